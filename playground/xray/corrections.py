"""Shapes that ONNX's inference does not know, or gets wrong."""

from collections.abc import Iterator

import onnx
from onnx import TensorProto

from .graph import STANDARD_DOMAINS, attributes, is_full

LIKE_INPUT = {"GroupNormalization", "MeanVarianceNormalization"}  # not known: defined by a function body
MASKED = {"Dropout"}  # the mask's shape is not known before opset 12
POOLS = {"AveragePool", "LpPool", "MaxPool"}  # wrong before opset 22: with ceil_mode, windows may begin in the padding


def is_own(node: onnx.NodeProto) -> bool:
    """Whether the shape is computed here and not by ONNX's inference."""
    if node.op_type in POOLS and node.domain in STANDARD_DOMAINS:
        return any(attribute.name == "ceil_mode" and attribute.i for attribute in node.attribute)
    return node.op_type in LIKE_INPUT and node.domain in STANDARD_DOMAINS


def own_types(node: onnx.NodeProto, types: dict) -> Iterator[tuple[str, tuple]]:
    """Name and type, (element type, shape), of each output, once the input's shape is known."""
    if not is_full(types.get(node.input[0])):
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
    for name, kind in zip(node.output, (elem_type, elem_type if node.op_type in MASKED else TensorProto.INT64), strict=False):
        yield name, (kind, shape)
