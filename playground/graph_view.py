"""A graph as the view `components.graph` draws it: the x-ray's tree with titles and facts in the reader's language."""

from collections.abc import Mapping

from playground.language import current
from playground.language import text as _
from playground.xray import Block, NodeFacts, blocks
from playground.xray.layers import BINARY, UNARY, is_depthwise, kernel

SHORT = {
    "BatchNormalization": "BatchNorm",
    "GroupNormalization": "GroupNorm",
    "InstanceNormalization": "InstanceNorm",
    "LayerNormalization": "LayerNorm",
    "LeakyRelu": "Leaky ReLU",
    "PRelu": "PReLU",
    "Relu": "ReLU",
}
WRITTEN_OUT = {("Erf", "Mul"): "GELU", ("ReduceMean", "Sqrt"): "LayerNorm", ("Sigmoid", "Mul"): "SiLU"}
RECURRENT = {"GRU", "LSTM", "RNN"}
DENSE = {"Attention", "Einsum", "Gemm", "MatMul", "MatMulInteger", "MultiHeadAttention", "QLinearMatMul"} | RECURRENT
ATTENTION = {"Attention", "MultiHeadAttention", "ScaledDotProductAttention"}


def data(
    nodes: list[NodeFacts],
    *,
    selected: str = "",
    inputs: Mapping[str, tuple] | None = None,
    seconds: Mapping[str, float] | None = None,
    measure: str = "parameters",
    height: int = 560,
) -> dict:
    """What components.graph shows of a graph's facts.

    selected  name of the node that is selected at first
    inputs    shapes of the graph's inputs, as the facts were taken for
    seconds   measured time by node name; without it the view offers no time
    measure   what the bars of the boxes show at first: parameters, macs, seconds or none
    The view's state "node" is the name of the node that a person selects.
    """
    tree = blocks(nodes)
    return {
        "nodes": [[node.name, node.op, "\n".join([*filter(None, node.outputs), *node.weights])] for node in nodes],
        "tree": _item(tree, nodes, inputs or {}, seconds or {}),
        "selected": selected,
        "measure": measure,
        "timed": seconds is not None,
        "height": height,
        "language": current(),
        "texts": _texts(),
    }


def _item(block: Block, nodes: list[NodeFacts], inputs: Mapping, seconds: Mapping) -> dict:
    """One item and all inside of it; what is empty is left out."""
    shape = inputs.get(block.name) if block.kind == "input" else block.shape
    one = _first(block) if block.kind == "repeat" else block
    item = {
        "kind": block.kind,
        "title": title(block, nodes),
        "sub": subtitle(block, nodes),
        "scope": block.scope.replace("/", "."),
        "family": family(nodes[one.head]) if one.kind in ("node", "layer") else "",
        "shape": "" if shape is None else " × ".join("?" if size is None else str(size) for size in shape),
        "node": block.head if block.kind in ("node", "layer") else None,
        "count": len(block.nodes),
        "times": block.times if block.kind == "repeat" else 0,
        "parameters": block.parameters,
        "macs": block.macs,
        "microseconds": round(1e6 * sum(seconds.get(nodes[i].name, 0) for i in block.nodes), 1) if seconds else 0,
        "children": [_item(child, nodes, inputs, seconds) for child in block.children],
        "edges": block.edges,
    }
    return {key: value for key, value in item.items() if value or (value == 0 and key == "node")}


def title(block: Block, nodes: list[NodeFacts]) -> str:
    """What the item is, in a few words."""
    match block.kind:
        case "input" if block.times > 1:
            return _("{count} inputs").format(count=block.times)
        case "output" if block.times > 1:
            return _("{count} outputs").format(count=block.times)
        case "input" | "output":
            return block.name
        case "node" | "layer":
            return operator(nodes[block.head])
        case "shapes":
            return _("Shapes and constants")
        case "repeat":
            return title(_first(block), nodes)
        case "stage":
            return _("Stage {size}").format(size="×".join(map(str, block.shape[2:])) or block.nodes[-1])
        case "group":
            return _("Nodes {first}–{last}").format(first=block.nodes[0] + 1, last=block.nodes[-1] + 1)
        case "sequence":
            return _sequence(block, nodes)
        case "block":
            return _meeting(block, nodes)
    return ""


def subtitle(block: Block, nodes: list[NodeFacts]) -> str:
    """What follows a layer's operator; the main path of a block; else where in the program it comes from."""
    match block.kind:
        case "layer":
            return ", ".join(_followers([nodes[i] for i in block.nodes if i != block.head and _is_loud(block, i)]))
        case "repeat":
            return subtitle(_first(block), nodes)
        case "block" if nodes[block.head].op == "Concat" and block.scope:
            return block.scope.replace("/", ".")
        case "sequence" if not any(is_depthwise(nodes[child.head]) for child in block.children):
            return block.scope.replace("/", ".")
        case "block" | "sequence":
            return _path(block, nodes) or block.scope.replace("/", ".")
        case "stage" | "group" | "shapes":
            return block.scope.replace("/", ".") or _("{count} nodes").format(count=len(block.nodes))
    return ""


def operator(node: NodeFacts) -> str:
    """A node as a lecture would call it: "Conv 3×3, 64, /2"."""
    shape = (node.shapes[0] if node.shapes else None) or ()
    channels = shape[1] if len(shape) > 1 else "?"
    size = "×".join(map(str, kernel(node)))
    stride = max(node.attributes.get("strides", (1,)), default=1)
    step = f", /{stride}" if stride > 1 else ""
    match node.op:
        case "Conv" if is_depthwise(node):
            return _("Depthwise conv {kernel}, {channels}").format(kernel=size, channels=channels) + step
        case "Conv" | "ConvInteger" | "QLinearConv":
            groups = node.attributes.get("group", 1)
            name = _("Conv {kernel}, {channels}").format(kernel=size, channels=channels) + step
            return name if groups == 1 else name + ", " + _("groups: {groups}").format(groups=groups)
        case "ConvTranspose":
            return _("Transposed conv {kernel}, {channels}").format(kernel=size, channels=channels) + step
        case "Gemm" | "MatMul" if shape and (node.weights or node.parameters):
            return _("Dense, {units}").format(units=shape[-1])
        case "MaxPool":
            return _("Max pool {kernel}").format(kernel=size) + step
        case "AveragePool":
            return _("Average pool {kernel}").format(kernel=size) + step
        case "GlobalAveragePool":
            return _("Global average pool")
        case "ReduceMean" if len(shape) == 4 and shape[2:] == (1, 1):
            return _("Global average pool")
        case "Gather" if node.parameters:
            return _("Embedding, {units}").format(units=shape[-1] if shape else "?")
        case "LSTM" | "GRU" | "RNN" if "hidden_size" in node.attributes:
            return f"{node.op}, {node.attributes['hidden_size']}"
    return SHORT.get(node.op, node.op)


def family(node: NodeFacts) -> str:
    """Which tint the node has: conv, dense, pool, norm, join or other."""
    if "Conv" in node.op:
        return "conv"
    if node.op in DENSE or (node.op == "Gather" and node.parameters):
        return "dense"
    if "Pool" in node.op or node.op.startswith("Reduce"):
        return "pool"
    if node.op in BINARY | {"Concat", "Where"}:
        return "join"
    return "norm" if node.op in UNARY and node.op != "Cast" else "other"


def _followers(nodes: list[NodeFacts]) -> list[str]:
    ops = [node.op for node in nodes]
    for pattern, name in WRITTEN_OUT.items():
        if len(ops) > 1 and {*pattern} <= {*ops} and len(ops) > 3 - (name == "SiLU") - 1:
            kept = [op for op in ops if op not in pattern and op not in BINARY | {"ReduceMean"}]
            return [*(SHORT.get(op, op) for op in kept), name]
    return [_("bias") if node.op == "Add" and node.weights else SHORT.get(node.op, node.op) for node in nodes]


def _is_loud(layer: Block, i: int) -> bool:
    return any(child.kind == "node" and child.head == i for child in layer.children) and not _is_quiet(layer, i)


def _is_quiet(layer: Block, i: int) -> bool:
    """A single quiet node stands first and has no followers' place."""
    return layer.children[0].head == i and layer.head != i


def _first(block: Block) -> Block:
    """The first of a repeat's equal items, out of its groups."""
    first = block.children[0]
    while first.kind in ("group", "stage"):
        first = first.children[0]
    return first


def _meeting(block: Block, nodes: list[NodeFacts]) -> str:
    """A block by how its branches meet."""
    end = len(block.children) - 1
    op = nodes[block.children[end].head].op
    branches = sum(a == -1 for a, b in block.edges)
    before = [a for a, b in block.edges if b == end]
    ops = {nodes[i].op for i in block.nodes}
    shortcut = -1 in before or any(before_it == [-1] for before_it in (_before(block, a) for a in before))
    if op in ("Add", "Sum") and branches == 2 and shortcut:
        if _attends(ops):
            return _("Residual block: attention")
        return _("Residual block") if -1 in before else _("Residual block with projection")
    if op in ("Add", "Sum") and branches > 2:
        return _("Sum of {count} branches").format(count=branches)
    if op == "Concat" and -1 in before:
        return _("Skip connection by Concat")
    if op == "Concat" and branches > 2:
        return _("Inception module: {count} branches").format(count=branches)
    if op == "Concat" and branches == 2:
        return _("Two branches, concatenated")
    if op == "Mul" and -1 in before:
        return _("Squeeze and excitation") if ops & {"GlobalAveragePool", "ReduceMean"} else _("Gate")
    if _attends(ops):
        return _("Attention")
    return _("Block of {count} nodes").format(count=len(block.nodes))


def _attends(ops: set[str]) -> bool:
    return bool(ops & ATTENTION) or {"Softmax", "MatMul"} <= ops


def _sequence(block: Block, nodes: list[NodeFacts]) -> str:
    heads = [nodes[child.head] for child in block.children]
    if len(heads) == 2 and _attends({nodes[i].op for i in block.children[0].nodes}):
        return _("Transformer layer")
    if len(heads) == 3 and is_depthwise(heads[1]):
        return _("Inverted bottleneck")
    if len(heads) == 2 and is_depthwise(heads[0]):
        return _("Separable convolution")
    return " + ".join(dict.fromkeys(title(child, nodes) for child in block.children))


def _before(block: Block, child: int) -> list[int]:
    return [a for a, b in block.edges if b == child]


def _path(block: Block, nodes: list[NodeFacts]) -> str:
    """The weights along the longest way through a block: "1×1 64 → 3×3 64 → 1×1 256"."""
    longest: list[list[int]] = []
    for at in range(len(block.children)):
        ways = [longest[a] for a in _before(block, at) if a >= 0]
        longest.append([*max(ways, key=len, default=[]), at])
    steps = []
    for at in longest[-1]:
        child = block.children[at]
        node = nodes[child.head]
        if child.kind in ("block", "repeat", "sequence", "stage", "group"):
            steps.append(title(child, nodes).partition(":")[0])
        elif "Conv" in node.op and node.shapes[0]:
            steps.append(f"{'×'.join(map(str, kernel(node)))} {node.shapes[0][1]}")
        elif node.op in DENSE and node.parameters:
            steps.append(operator(node))
    return " → ".join(steps) if len(steps) <= 5 else _("{count} layers").format(count=len(steps))


def _texts() -> dict[str, str]:
    return {
        "picture": _("The graph. Arrow keys walk, Enter opens or selects, Escape closes."),
        "search": _("Search: node, operator, tensor"),
        "found": _("{at} of {count}"),
        "nothing": _("nothing found"),
        "parameters": _("parameters"),
        "macs": _("multiply-adds"),
        "seconds": _("time"),
        "none": _("no bars"),
        "measure": _("What the bars show"),
        "nodes": _("{count} nodes"),
        "short_parameters": _("{number} par."),
        "short_macs": _("{number} MAC"),
        "short_microseconds": _("{number} µs"),
        "in": _("Zoom in"),
        "out": _("Zoom out"),
        "fit": _("Fit"),
        "open": _("Open"),
        "conv": _("convolution"),
        "dense": _("dense, recurrent"),
        "pool": _("pooling"),
        "norm": _("normalisation, activation"),
        "join": _("join"),
        "other": _("other"),
    }
