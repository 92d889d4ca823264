"""Concrete shapes, types and small constants of every tensor, for given inputs.

ONNX's own shape inference does most of it. Between its rounds, the nodes that depend on shapes and constants only are
computed by ONNX Runtime, since inference knows no value behind a Div or a Floor. What depends on data (NonZero,
NonMaxSuppression) is learned by running the graph once, where real arrays were given.
"""

import math
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from .graph import STANDARD_DOMAINS, XrayError, attributes, flatten, node_names, subgraphs, true_inputs

Shape = tuple[int | None, ...]
Inputs = Mapping[str, np.ndarray | Sequence[int]]

SMALL = 4096  # elements; anything larger is a weight, and no shape depends on the values of weights
ROUNDS = 32  # of inference and folding: a shape that depends on a shape that … this deep
LIKE_INPUT = {"GroupNormalization", "MeanVarianceNormalization"}  # ONNX's inference knows nothing of these
POOLS = {"AveragePool", "LpPool", "MaxPool"}  # before opset 22 it counts windows that begin in the padding (ceil_mode)
RANDOM = {"RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli"}


@dataclass(frozen=True)
class Graph:
    """An ONNX graph, read for given inputs.

    model      the model, local functions written out
    names      one unique name a node, in graph order
    inputs     names of the inputs without a default
    shapes     tensor name -> shape; None for a size that is not known; absent where even the rank is not known
    dtypes     tensor name -> "float32", "int64", …; absent for what is no tensor (sequences) or not known
    constants  tensor name -> value, for small tensors that are the same whatever the values of the inputs
    opset      version of the standard domain
    """

    model: onnx.ModelProto
    names: list[str]
    inputs: list[str]
    shapes: dict[str, Shape]
    dtypes: dict[str, str]
    constants: dict[str, np.ndarray]
    opset: int

    @property
    def nodes(self):
        return self.model.graph.node


def read(model: onnx.ModelProto, inputs: Inputs) -> Graph:
    """Shapes, types and constants for `inputs`: name -> array, or its shape as a tuple. Weights are never copied.

    Raises XrayError where `inputs` do not fit the graph's, or where the run that data-dependent shapes need fails.
    """
    model = flatten(model)
    types = _bind(model.graph, inputs)
    constants = {}
    for name, tensor in _stored(model.graph):
        value = _value(tensor) if math.prod(tensor.dims) <= SMALL else None
        if value is None:
            types[name] = (tensor.data_type, tuple(tensor.dims))
        else:
            constants[name] = value

    types = _settle(model, types, constants)
    missing = [name for name in _outputs(model.graph.node) if not _is_full(types.get(name))]
    if missing and all(hasattr(inputs[value.name], "dtype") for value in true_inputs(model.graph)):
        types = _settle(model, types | _measure(model, missing, inputs), constants)

    opset = max((entry.version for entry in model.opset_import if entry.domain in STANDARD_DOMAINS), default=1)
    return Graph(
        model=model,
        names=node_names(model.graph),
        inputs=[value.name for value in true_inputs(model.graph)],
        shapes={name: shape for name, (_, shape) in types.items() if shape is not None},
        dtypes={name: dtype_name(elem_type) for name, (elem_type, _) in types.items()},
        constants=constants,
        opset=opset,
    )


def dtype_name(elem_type: int) -> str:
    """ONNX's name of an element type, with its size: float32, not FLOAT."""
    name = TensorProto.DataType.Name(elem_type).lower()
    return {"float": "float32", "double": "float64"}.get(name, name)


def _bind(graph: onnx.GraphProto, inputs: Inputs) -> dict:
    """Name -> (element type, shape) of the graph's inputs, checked against what the file says of them."""
    defaults = {tensor.name for tensor in graph.initializer}
    if strangers := inputs.keys() - {value.name for value in graph.input}:
        raise XrayError(f"the graph has no input named {sorted(strangers)[0]!r}")
    types = {}
    for value in graph.input:
        if value.name in defaults:
            continue
        if value.name not in inputs:
            raise XrayError(f"the graph needs input {value.name!r}: give an array or a shape")
        given = inputs[value.name]
        shape = tuple(int(size) for size in getattr(given, "shape", given))
        declared = value.type.tensor_type
        if declared.HasField("shape"):
            sizes = [dim.dim_value if dim.HasField("dim_value") else None for dim in declared.shape.dim]
            if len(sizes) != len(shape) or any(a is not None and a != b for a, b in zip(sizes, shape, strict=True)):
                wanted = [dim.dim_param or (dim.dim_value if dim.HasField("dim_value") else "?")
                          for dim in declared.shape.dim]
                raise XrayError(f"input {value.name!r} is [{', '.join(map(str, wanted))}], not {list(shape)}")
        types[value.name] = (declared.elem_type, shape)
    return types


def _stored(graph: onnx.GraphProto) -> Iterable[tuple[str, TensorProto]]:
    """Tensors that lie in the file: initializers, and the values of Constant nodes, where older exporters put weights."""
    for tensor in graph.initializer:
        yield tensor.name, tensor
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute and node.attribute[0].type == onnx.AttributeProto.TENSOR:
            yield node.output[0], node.attribute[0].t


def _value(tensor: TensorProto) -> np.ndarray | None:
    """The tensor as an array; None where its data are in another file, which is never opened, or were stripped."""
    if tensor.data_location == TensorProto.EXTERNAL:
        return None
    try:
        return numpy_helper.to_array(tensor)
    except ValueError:
        return None


def _settle(model: onnx.ModelProto, types: dict, constants: dict) -> dict:
    """Infer and fold in turns until nothing new is learned; adds to `constants`."""
    for _ in range(ROUNDS):
        types = types | _infer(model, types, constants)
        own = {name: kind for node in model.graph.node if _is_own(node) for name, kind in _own_types(node, types)
               if name not in types}
        types |= own
        folded = _fold(model, types, constants)
        constants.update(folded)
        if not (folded or own) or all(_is_full(types.get(name)) for name in _outputs(model.graph.node)):
            break
    return types


def _is_own(node: onnx.NodeProto) -> bool:
    """Whether the shape is computed here and not by ONNX's inference."""
    return node.op_type in LIKE_INPUT or (
        node.op_type in POOLS and any(attribute.name == "ceil_mode" and attribute.i for attribute in node.attribute)
    )


def _own_types(node: onnx.NodeProto, types: dict) -> Iterable[tuple[str, tuple]]:
    if not _is_full(types.get(node.input[0])):
        return
    elem_type, shape = types[node.input[0]]
    if node.op_type in POOLS:
        options = attributes(node)
        sides = []
        for axis, (size, taps) in enumerate(zip(shape[2:], options["kernel_shape"], strict=True)):
            rank = len(shape) - 2
            stride = options.get("strides", [1] * rank)[axis]
            extent = (taps - 1) * options.get("dilations", [1] * rank)[axis] + 1
            begin, end = (options.get("pads", [0] * rank * 2)[axis + side] for side in (0, rank))
            if options.get("auto_pad", b"NOTSET").startswith(b"SAME"):
                sides.append(-(-size // stride))
            else:
                windows = -(-(size + begin + end - extent) // stride) + 1
                sides.append(windows - 1 if (windows - 1) * stride >= size + begin else windows)
        shape = (*shape[:2], *sides)
    for name, kind in zip(node.output, (elem_type, TensorProto.INT64), strict=False):
        yield name, (kind, shape)


def _infer(model: onnx.ModelProto, types: dict, constants: dict) -> dict:
    """One round of shape inference over a copy of the graph without its weights: their types are enough."""
    nodes = [node for node in model.graph.node if not all(name in constants for name in node.output)]
    made = {name for node in nodes if not _is_own(node) for name in node.output}
    big = {node.output[0] for node in nodes if node.op_type == "Constant" and node.output[0] in types}
    graph = onnx.GraphProto(name="without_weights")
    graph.node.extend(node for node in nodes if not (node.output[0] in big or _is_own(node)))
    for name, (elem_type, shape) in types.items():
        if name in constants:
            continue
        target = graph.value_info if name in made - big else graph.input
        target.append(helper.make_tensor_value_info(name, elem_type, shape))
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    light = onnx.ModelProto(ir_version=max(model.ir_version, 4), opset_import=model.opset_import, graph=graph)
    try:
        inferred = onnx.shape_inference.infer_shapes(light, strict_mode=False, data_prop=True).graph
    except onnx.shape_inference.InferenceError as error:
        raise XrayError(f"the shapes of the graph do not fit together: {error}") from error
    found = {name: (helper.np_dtype_to_tensor_dtype(value.dtype), value.shape) for name, value in constants.items()}
    for value in inferred.value_info:
        tensor = value.type.tensor_type
        if value.type.HasField("tensor_type"):
            sizes = (dim.dim_value if dim.HasField("dim_value") else None for dim in tensor.shape.dim)
            found[value.name] = (tensor.elem_type, tuple(sizes) if tensor.HasField("shape") else None)
    return found


def _fold(model: onnx.ModelProto, types: dict, constants: dict) -> dict:
    """Values of small tensors that follow from shapes and constants, of the nodes not folded before."""
    new, nodes = {}, []
    known = set(constants)
    for node in model.graph.node:
        if node.domain not in STANDARD_DOMAINS or all(name in known for name in node.output):
            continue
        if node.op_type == "Shape" and _is_full(types.get(node.input[0])):
            bounds = {attribute.name: attribute.i for attribute in node.attribute}
            shape = types[node.input[0]][1][slice(bounds.get("start"), bounds.get("end"))]
            new[node.output[0]] = np.array(shape, np.int64)
        elif node.op_type == "Size" and _is_full(types.get(node.input[0])):
            new[node.output[0]] = np.array(math.prod(types[node.input[0]][1]), np.int64)
        elif (node.op_type not in RANDOM
              and all(name in known for name in node.input if name)
              and all(_is_full(types.get(name)) and math.prod(types[name][1]) <= SMALL for name in node.output if name)
              and not any(subgraphs(node))):
            nodes.append(node)
        else:
            continue
        known.update(node.output)
    return new | _compute(model, nodes, constants | new)


def _compute(model: onnx.ModelProto, nodes: list[onnx.NodeProto], constants: dict) -> dict:
    if not nodes:
        return {}
    made = set(_outputs(nodes))
    graph = onnx.GraphProto(name="constants")
    graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input if name} - made
    graph.initializer.extend(numpy_helper.from_array(constants[name], name) for name in sorted(used))
    graph.output.extend(onnx.ValueInfoProto(name=name) for name in sorted(made))
    model = onnx.ModelProto(ir_version=model.ir_version, opset_import=model.opset_import, graph=graph)
    try:
        return dict(zip(sorted(made), plain_session(model).run(None, {}), strict=True))
    except Exception:  # ONNX Runtime's errors share no base class; a node it cannot compute stays unfolded
        return {}


def _measure(model: onnx.ModelProto, names: list[str], inputs: Inputs) -> dict:
    """Types of tensors that only a run can tell."""
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    del probe.graph.output[:]
    probe.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    try:
        values = plain_session(probe).run(names, dict(inputs))
    except Exception as error:  # see _compute
        raise XrayError(f"the graph does not run on these inputs: {error}") from error
    return {
        name: (helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)
        for name, value in zip(names, values, strict=True)
        if isinstance(value, np.ndarray)  # not a sequence
    }


def plain_session(model: onnx.ModelProto, **options) -> ort.InferenceSession:
    """A session on the CPU that runs the nodes as they stand and opens no other file for weights."""
    settings = ort.SessionOptions()
    settings.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    settings.intra_op_num_threads = 1
    settings.log_severity_level = 3
    for name, value in options.items():
        setattr(settings, name, value)
    with tempfile.TemporaryDirectory() as empty:
        settings.add_session_config_entry("session.model_external_initializers_file_folder_path", empty)
        return ort.InferenceSession(model.SerializeToString(), settings, providers=["CPUExecutionProvider"])


def _outputs(nodes: Iterable[onnx.NodeProto]) -> list[str]:
    return [name for node in nodes for name in node.output if name]


def _is_full(kind: tuple | None) -> bool:
    return kind is not None and kind[1] is not None and None not in kind[1]
