"""From nodes to layers: an operator with what belongs to it. The first step of blocks.py.

A layer is an operator, then the elementwise operators that follow it and nobody else reads past (its bias, batch
normalisation, ReLU; also what is written in several nodes, as SiLU and GELU are), and the quiet nodes that only prepare
something for it: constants, and arithmetic on shapes.
"""

from dataclasses import dataclass

from .folding import RANDOM
from .nodes import NodeFacts

# fmt: off
UNARY = {
    "BatchNormalization", "Celu", "Ceil", "Clip", "DequantizeLinear", "Dropout", "DynamicQuantizeLinear", "Elu", "Erf", "Exp",
    "Floor", "Gelu", "GroupNormalization", "HardSigmoid", "HardSwish", "InstanceNormalization", "LRN", "LayerNormalization",
    "LeakyRelu", "Log", "LogSoftmax", "Mish", "Neg", "PRelu", "QuantizeLinear", "RMSNormalization", "Reciprocal", "Relu",
    "Selu", "Sigmoid", "SimplifiedLayerNormalization", "Softmax", "Softplus", "Softsign", "Sqrt", "Swish", "Tanh",
    "ThresholdedRelu", "Cast",
}
BINARY = {"Add", "Div", "Max", "Min", "Mul", "Pow", "Sub", "Sum"}
AVERAGE = {"ReduceMean", "ReduceSum", "ReduceMax"}  # inside of a written-out normalisation
PLUMBING = {  # moves numbers and computes nothing: what follows stands alone
    "Cast", "Expand", "Flatten", "Gather", "Identity", "Pad", "Reshape", "Slice", "Split", "Squeeze", "Transpose", "Unsqueeze",
}
# fmt: on
FOLLOWERS = UNARY | BINARY
WRITTEN_OUT = 16  # nodes at most in a GELU, a layer normalisation


@dataclass(frozen=True)
class Layers:
    """The layers of a graph in graph order, and who reads whom.

    members   node indices of each layer; the operator that names it first, quiet nodes last
    quiet     which nodes only prepare shapes and constants
    reads     for each node, the nodes whose outputs it reads
    sources   for each loud node, the graph inputs that it reads
    """

    members: list[list[int]]
    quiet: list[bool]
    reads: list[list[int]]
    sources: list[list[str]]


def kernel(node: NodeFacts) -> tuple[int, ...]:
    """Kernel of a convolution or a pool, () where it has none."""
    if "kernel_shape" in node.attributes:
        return node.attributes["kernel_shape"]
    return next((shape[2:] for shape in node.weights.values() if len(shape) > 2), ()) if "Conv" in node.op else ()


def is_pointwise(node: NodeFacts | None) -> bool:
    """Whether it is a convolution whose kernel has one element."""
    return node is not None and node.op == "Conv" and {*kernel(node)} == {1}


def is_depthwise(node: NodeFacts | None) -> bool:
    """Whether it is a convolution that keeps the channels apart."""
    if node is None or node.op != "Conv" or not node.shapes[0]:
        return False
    return 1 < node.attributes.get("group", 1) == node.shapes[0][1]


def layers(nodes: list[NodeFacts]) -> Layers:
    maker = {name: i for i, node in enumerate(nodes) for name in node.outputs if name}
    reads, sources, readers = [], [], [[] for _ in nodes]
    quiet: list[bool] = []
    for i, node in enumerate(nodes):
        made, given = [], []
        for name in (*node.inputs, *node.captured):
            j = maker.get(name)
            if j is not None:
                if j not in made:
                    made.append(j)
            elif name and name not in node.weights and name not in given:
                given.append(name)
        reads.append(made)
        sources.append(given)
        prepares = node.op in ("Shape", "Size") or (not given and all(quiet[j] for j in made if j < i))
        quiet.append(prepares and not node.parameters and node.op not in RANDOM)
        for j in made:
            readers[j].append(i)
    for i in range(len(nodes)):
        if not readers[i]:
            quiet[i] = False  # a result, though it depends on shapes alone
    loud_readers: list[list[int]] = [[] for _ in nodes]
    for i in range(len(nodes)):
        if not quiet[i]:
            for j in reads[i]:
                loud_readers[j].append(i)
    loud_reads = [[j for j in made if not quiet[j]] for made in reads]
    members, layer_of = [], {}
    for i, node in enumerate(nodes):
        if quiet[i] or i in layer_of:
            continue
        layer = [i]
        if node.op not in PLUMBING:
            _follow(nodes, layer, loud_reads, loud_readers, sources, layer_of)
        layer_of.update(dict.fromkeys(layer, len(members)))
        members.append(layer)
    for i in reversed(range(len(nodes))):  # quiet nodes go where they are needed first
        if quiet[i]:
            layer_of[i] = min(layer_of[j] for j in readers[i])
    for i in range(len(nodes)):
        if quiet[i]:
            members[layer_of[i]].append(i)
    return Layers(members, quiet, reads, sources)


def _follow(nodes, layer, reads, readers, sources, taken) -> None:
    """Grow `layer` by the operators that follow its last one and read nothing from elsewhere."""
    first = layer[0]
    if nodes[first].op in AVERAGE or (nodes[first].op in FOLLOWERS and len(reads[first]) == 1):
        written_out = _written_out(nodes, [first], {*reads[first]}, reads, readers, sources, taken)
        if len(written_out) > 2:
            layer[:] = written_out
    while True:
        after = readers[layer[-1]]
        if len(after) == 1:
            (i,) = after
            if nodes[i].op not in FOLLOWERS or len(reads[i]) != 1 or sources[i] or i in taken:
                return
            if nodes[i].op == "Softmax" and not nodes[first].weights:
                return  # attention's own step
            layer.append(i)
        elif 1 < len(after) <= 4:
            longer = _written_out(nodes, [*layer], set(), reads, readers, sources, taken)
            if len(longer) == len(layer):
                return
            layer[:] = longer
        else:
            return


def _written_out(nodes, layer, outside, reads, readers, sources, taken) -> list[int]:
    """`layer`, longer by a bundle of elementwise nodes that starts at its end and comes together again in one of them.

    All of the bundle reads the layer, itself, or `outside`, which is what the layer reads.
    """
    mine, grown, longest = {*layer}, [*layer], layer
    start = layer[-1]
    pending = {start: len(readers[start])}  # node -> how many readers are not in the bundle yet
    queue = [*readers[start], *(i for j in outside for i in readers[j][:4])]
    for _ in range(WRITTEN_OUT):
        queue = [i for i in queue if i not in mine]
        elementwise = [i for i in queue if nodes[i].op in FOLLOWERS or nodes[i].op in AVERAGE]
        free = [i for i in elementwise if i > layer[0] and i not in taken and not sources[i]]
        ready = [i for i in free if all(j in mine or j in outside for j in reads[i])]
        if not ready:
            break
        i = min(ready)
        mine.add(i)
        grown.append(i)
        for j in reads[i]:
            if j in pending:
                pending[j] -= 1
                if not pending[j]:
                    del pending[j]
        pending[i] = len(readers[i])
        queue += readers[i][:4]
        if len(pending) == 1 and i in pending and len(grown) > len(longest):
            longest = [*grown]
            if len(readers[i]) <= 1:
                break  # the rest is a plain chain
    return longest
