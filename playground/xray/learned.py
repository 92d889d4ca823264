"""Which of the tensors stored in a file are learned, and at which node they act.

A file does not say: weights, batch normalisation's running statistics, shapes, thresholds and the mean of ImageNet all
lie side by side. So a table names, for each operator, the inputs where weights belong; what reaches them through nodes
that read stored tensors only (a Transpose, a DequantizeLinear, weight normalisation) counts where it arrives.

Not learned: integers of 64 bits, booleans, text; single numbers and constants of the preprocessing in Add, Sub, Mul and
Div, that is before the first layer. A fixed table added after a layer (sinusoidal positions, anchor boxes) cannot be told
from a learned one, nor a matrix of fixed weights from a trained one; both are counted.
"""

from math import prod

import onnx
from onnx import TensorProto, numpy_helper

from .graph import STANDARD_DOMAINS, subgraphs

NEVER = {TensorProto.INT64, TensorProto.UINT64, TensorProto.BOOL, TensorProto.STRING}
ARITHMETIC = {"Add", "Sub", "Mul", "Div", "Sum"}
SLOTS = {
    **dict.fromkeys(["Conv", "ConvTranspose"], (1, 2)),
    **dict.fromkeys(["BatchNormalization", "InstanceNormalization", "LayerNormalization", "GroupNormalization"], (1, 2)),
    **dict.fromkeys(["LSTM", "GRU", "RNN"], (1, 2, 3, 7)),
    **dict.fromkeys(["PRelu", "RMSNormalization", "ConvInteger"], (1,)),
    **dict.fromkeys(["Gather", "Resize"], (0,)),
    **dict.fromkeys(["MatMul", "MatMulInteger"], (0, 1)),
    "DeformConv": (1, 3),
    "Gemm": (0, 1, 2),
    "QLinearConv": (3, 8),
    "QLinearMatMul": (0, 3),
}
EVERY_SLOT = {"Concat", "Einsum"} | ARITHMETIC  # and operators of other domains; there, one number is a setting
# fmt: off
FIRST_ONLY = {  # the other inputs are shapes, axes, types, scales
    "CastLike", "DequantizeLinear", "Expand", "QuantizeLinear", "Reshape", "Squeeze", "Tile", "Unsqueeze",
}
# fmt: on


def learned(graph: onnx.GraphProto) -> list[int]:
    """Learned elements of each node; a tensor that several nodes share counts at the first of them only.

    The weights inside of an If, Loop or Scan count at that node. The list's sum is the model's number of parameters.
    """
    return _count(graph, {}, set(), set())


def _count(graph: onnx.GraphProto, outer: dict, seen: set, fed: set) -> list[int]:
    """`outer`: stored tensor -> {identity of a weight: elements} that it is made of; `fed`: tensors behind a layer."""
    stored = outer | {tensor.name: _weight(tensor) for tensor in graph.initializer}
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    reshaped, counts = set(), []
    for node in graph.node:
        bodies = list(subgraphs(node))
        data = node.input[:1] if node.op_type in FIRST_ONLY else node.input
        if not bodies and all(name in stored for name in data if name):
            stored.update(dict.fromkeys(node.output, _made_of(node, stored, tensors)))
            counts.append(0)
            continue
        behind = not fed.isdisjoint(node.input)
        if node.op_type == "Reshape":
            reshaped.update(node.output)
        new = {}
        for name in [] if _is_group_norm(node, reshaped) else _slots(node, behind):
            new |= {key: size for key, size in stored.get(name, {}).items() if key not in seen}
        if node.op_type in EVERY_SLOT or node.domain not in STANDARD_DOMAINS:
            new = {key: size for key, size in new.items() if size > 1}
        seen |= new.keys()
        inner = [_count(body, stored, seen, fed | {value.name for value in body.input}) for body in bodies]
        counts.append(sum(new.values()) + sum(map(sum, inner)))
        if behind or counts[-1]:
            fed.update(node.output)
    return counts


def _is_group_norm(node: onnx.NodeProto, reshaped: set) -> bool:
    """GroupNorm as torch writes it: Reshape, InstanceNormalization by stored ones and zeros, Reshape, Mul, Add."""
    return node.op_type == "InstanceNormalization" and node.input[0] in reshaped


def _slots(node: onnx.NodeProto, behind: bool) -> list[str]:
    """The inputs of the node where weights belong."""
    if node.domain in STANDARD_DOMAINS and node.op_type not in EVERY_SLOT:
        return [node.input[slot] for slot in SLOTS.get(node.op_type, ()) if slot < len(node.input)]
    return [] if node.op_type in ARITHMETIC and not behind else list(node.input)


def _weight(tensor: TensorProto) -> dict:
    return {} if tensor.data_type in NEVER or not tensor.dims else {object(): prod(tensor.dims)}


def _made_of(node: onnx.NodeProto, stored: dict, tensors: dict) -> dict:
    if node.op_type == "Constant":
        return _weight(node.attribute[0].t) if node.attribute[0].name == "value" else {}
    if node.op_type == "ConstantOfShape" and node.attribute and node.input[0] in tensors:
        # a file without its weights makes them up so (ONNX's own "light" models); zeros and ones are no weights
        fill, shape = node.attribute[0].t, tensors[node.input[0]]
        if fill.data_type in NEVER or numpy_helper.to_array(fill).item() in (0, 1):
            return {}
        return {object(): prod(numpy_helper.to_array(shape).tolist())}
    parts = {}
    for name in node.input[:1] if node.op_type in FIRST_ONLY else node.input:
        parts |= stored.get(name, {})
    return parts
