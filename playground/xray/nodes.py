"""One line a node: what it is, what it puts out, what it costs, how far it sees."""

from dataclasses import dataclass, field

import onnx

from .fields import field_sizes
from .graph import STANDARD_DOMAINS, attributes, captured
from .learned import learned
from .macs import macs
from .shapes import Inputs, Shape, read


@dataclass(frozen=True)
class NodeFacts:
    """What there is to say about one node.

    name             unique in the graph; the file's own or made up from operator and index
    op               operator, "Conv"
    domain           "" for standard ONNX
    inputs, outputs  tensor names as the node lists them, "" for an optional one left out
    shapes           one for each output: sizes, None for a size that is not known; None if not even the rank is known
    dtypes           one for each output: "float32", "int64", …; None for a sequence, or if not known
    parameters       learned elements that act here and at no earlier node; see learned.py for what counts
    macs             multiply-adds for the whole batch; None if not known
    receptive_field  elements along each spatial axis of the tensor measured to; None if nothing of it is read, and for
                     that tensor's own node. May exceed the tensor: then the middle of the picture sees all of it
    attributes       the short ones among integers, lists of integers and words: kernel_shape, strides, group, axis, …
    weights          the stored tensors among the inputs, learned or not, name -> shape
    captured         tensors that the bodies of an If, Loop or Scan read from outside without listing them
    """

    name: str
    op: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    shapes: tuple[Shape | None, ...]
    dtypes: tuple[str | None, ...]
    parameters: int
    macs: int | None
    receptive_field: tuple[int, ...] | None
    attributes: dict[str, int | str | tuple[int, ...]] = field(default_factory=dict)
    weights: dict[str, Shape] = field(default_factory=dict)
    captured: tuple[str, ...] = ()


def facts(model: onnx.ModelProto, inputs: Inputs, wrt: str | None = None, fields: bool = True) -> list[NodeFacts]:
    """The facts of every node, in graph order, for `inputs`: name -> array, or a shape as a tuple.

    Inputs with a default need not be given. Shapes that depend on data are known only where all inputs are arrays: the
    graph is then run once. Receptive fields are measured to the tensor `wrt`, by default the first input; they are the
    textbook's sizes (see fields.field_sizes), and None where `fields` is false, which is several times as fast. Nodes of
    local functions are listed one by one; an If, Loop or Scan is one node. The nodes' parameters sum to the model's, as
    stored: torch's exporter folds batch normalisation into convolutions, and merges weights that happen to be equal, unless
    told not to (optimize=False).
    Raises XrayError where the inputs do not fit, UnknownTensor for `wrt`.
    """
    graph = read(model, inputs)
    sizes = field_sizes(graph, wrt) if fields else [None] * len(graph.nodes)
    stored = {tensor.name for tensor in graph.model.graph.initializer}
    stored |= {tensor.values.name for tensor in graph.model.graph.sparse_initializer}
    return [
        NodeFacts(
            name=name,
            op=node.op_type,
            domain="" if node.domain in STANDARD_DOMAINS else node.domain,
            inputs=tuple(node.input),
            outputs=tuple(node.output),
            shapes=tuple(graph.shapes.get(output) for output in node.output),
            dtypes=tuple(graph.dtypes.get(output) for output in node.output),
            parameters=parameters,
            macs=macs(node, graph.shapes),
            receptive_field=reach,
            attributes=_short(node),
            weights={given: graph.shapes.get(given, ()) for given in node.input if given in stored},
            captured=tuple(captured(node)),
        )
        for name, node, parameters, reach in zip(graph.names, graph.nodes, learned(graph.model.graph), sizes, strict=True)
    ]


def _short(node: onnx.NodeProto) -> dict[str, int | str | tuple[int, ...]]:
    short = {}
    for name, value in attributes(node).items():
        if isinstance(value, int):
            short[name] = value
        elif isinstance(value, bytes) and len(value) <= 40:
            short[name] = value.decode(errors="replace")
        elif isinstance(value, list | tuple) and len(value) <= 8 and all(isinstance(part, int) for part in value):
            short[name] = tuple(value)
    return short
