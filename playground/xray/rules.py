"""Where the values of an output come from: the table of all operators, and the rules of those that do not slide.

Steering inputs (a Reshape's shape, a Slice's starts, a TopK's k) carry no values. What is not in the table depends on
all of its inputs.
"""

import math

import numpy as np

from . import rules_norms as norms
from . import rules_spatial as spatial
from .einsum import labels
from .op import ALL, Op, across, along, fixed, shift
from .windows import WHOLE, Table, Window, reshaped

# fmt: off
ELEMENTWISE = {
    "Abs", "Acos", "Acosh", "Add", "And", "Asin", "Asinh", "Atan", "Atanh", "BitShift", "BitwiseAnd", "BitwiseNot",
    "BitwiseOr", "BitwiseXor", "Cast", "CastLike", "Ceil", "Celu", "Clip", "Cos", "Cosh", "Div", "Elu", "Equal", "Erf",
    "Exp", "Expand", "Floor", "Gelu", "Greater", "GreaterOrEqual", "HardSigmoid", "HardSwish", "Identity", "IsInf",
    "IsNaN", "LeakyRelu", "Less", "LessOrEqual", "Log", "Max", "Mean", "Min", "Mish", "Mod", "Mul", "Neg", "Not", "Or",
    "PRelu", "Pow", "Reciprocal", "Relu", "Round", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus",
    "Softsign", "Sqrt", "Sub", "Sum", "Swish", "Tan", "Tanh", "ThresholdedRelu", "Where", "Xor",
}
NOTHING = {
    "Constant", "ConstantOfShape", "EyeLike", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
    "Shape", "Size",
}
REDUCTIONS = {
    "ArgMax", "ArgMin", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean",
    "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare",
}
# fmt: on


def elementwise(op: Op) -> list:
    inputs = [shape and across(shape, op.out) if shape is not None else None for shape in op.ins]
    return [*inputs[:1], *[None] * (len(inputs) - 1)] if op.kind in ("Expand", "CastLike") else inputs


def first_elementwise(op: Op) -> list:
    """The first input element by element; the others (scales, zero points) in full."""
    return [list(range(len(op.out))), *[ALL] * (len(op.ins) - 1)]


def dropout(op: Op) -> list:
    return [list(range(len(op.out))) if op.output == 0 else None, None, None]


def reduction(op: Op) -> list:
    rank = len(op.ins[0])
    keep = op.get("keepdims", 1)
    if op.kind in ("ArgMax", "ArgMin"):
        axes = [op.get("axis", 0)]
    else:
        axes = op.get("axes", op.value(1))
        if axes is None and op.has(1):
            return [ALL, ALL]
        if axes is None or len(axes) == 0:
            axes = [] if op.get("noop_with_empty_axes", 0) else range(rank)
    reduced = {int(axis) % rank for axis in axes} if rank else set()
    entries, position = [], 0
    for axis in range(rank):
        entries.append(WHOLE if axis in reduced else position)
        position += bool(keep) or axis not in reduced
    return [entries, None]


def matmul(op: Op, left: int = 0, right: int = 1) -> list:
    a, b, rank = op.ins[left], op.ins[right], len(op.out)
    batch = op.out[: rank - (len(a) > 1) - (len(b) > 1)]
    inputs = [ALL] * len(op.ins)
    inputs[left] = [*across(a[:-2], batch), *([len(batch)] if len(a) > 1 else []), WHOLE]
    inputs[right] = [*across(b[:-2], batch), WHOLE, *([rank - 1] if len(b) > 1 else [])]
    return inputs


def gemm(op: Op) -> list:
    a = [WHOLE, 0] if op.get("transA", 0) else [0, WHOLE]
    b = [1, WHOLE] if op.get("transB", 0) else [WHOLE, 1]
    return [a, b, *[across(shape, op.out) if shape else ALL for shape in op.ins[2:]]]


def einsum(op: Op) -> list:
    operands, output = labels(op.get("equation").decode(), [len(shape) for shape in op.ins])
    return [
        [
            output.index(label) if label in output and (size != 1 or op.out[output.index(label)] == 1) else WHOLE
            for label, size in zip(operand, shape, strict=True)
        ]
        for operand, shape in zip(operands, op.ins, strict=True)
    ]


def transpose(op: Op) -> list:
    rank = len(op.out)
    order = op.get("perm", list(range(rank))[::-1])
    return [[order.index(axis) for axis in range(rank)]]


def reshape(op: Op) -> list:
    if math.prod(op.out) == 0:
        return [ALL]
    return [reshaped(op.ins[0], op.out), None]


def concat(op: Op) -> list:
    axis = op.get("axis", 1) % len(op.out)
    inputs, offset = [], 0
    for shape in op.ins:
        entries = list(range(len(op.out)))
        entries[axis] = shift(axis, offset)
        inputs.append(entries)
        offset += shape[axis]
    return inputs


def split(op: Op) -> list:
    axis = op.get("axis", 0) % len(op.out)
    entries = list(range(len(op.out)))
    entries[axis] = shift(axis, -sum(shape[axis] for shape in op.outs[: op.output]))
    return [entries, None]


def gather(op: Op) -> list:
    data, indices = op.ins[:2]
    axis, values = op.get("axis", 0) % len(data), op.value(1)
    entry = WHOLE
    if values is not None and values.size:
        values = np.where(values < 0, values + data[axis], values).astype(float)
        entry = Table(axis, values, values) if values.ndim == 1 else fixed(values.min(), values.max())
    after = [position + len(indices) - 1 for position in range(axis + 1, len(data))]
    return [[*range(axis), entry, *after], list(range(axis, axis + len(indices)))]


def gather_elements(op: Op) -> list:
    rank = len(op.out)
    return [along(rank, [op.get("axis", 0)]), list(range(rank))]


def tile(op: Op) -> list:
    entries = []
    for axis, (size, total) in enumerate(zip(op.ins[0], op.out, strict=True)):
        source = np.arange(total, dtype=float) % size
        entries.append(axis if size == total else Table(axis, source, source))
    return [entries, None]


def cumsum(op: Op) -> list:
    if op.value(1) is None:
        return [ALL, ALL]
    axis = int(op.value(1).item()) % len(op.out)
    skip = op.get("exclusive", 0)
    entries = list(range(len(op.out)))
    if op.get("reverse", 0):
        entries[axis] = Window(axis, lambda o: (o + skip, np.full_like(o, np.inf)))
    else:
        entries[axis] = Window(axis, lambda o: (np.full_like(o, -np.inf), o - skip))
    return [entries, None]


def recurrent(op: Op) -> list:
    """Step t has seen the sequence up to t (from t on, in reverse); the last state, and both directions, all of it."""
    batch_first = op.get("layout", 0)
    time = {
        b"forward": Window(1 if batch_first else 0, lambda o: (np.full_like(o, -np.inf), o)),
        b"reverse": Window(1 if batch_first else 0, lambda o: (o, np.full_like(o, np.inf))),
    }.get(op.get("direction", b"forward"), WHOLE)
    time = time if op.output == 0 else WHOLE
    batch = 0 if batch_first else 2 if op.output == 0 else 1
    return [[batch, time, WHOLE] if batch_first else [time, batch, WHOLE], *[ALL] * (len(op.ins) - 1)]


def top_k(op: Op) -> list:
    return [along(len(op.out), [op.get("axis", -1)]), None]


def grid_sample(op: Op) -> list:
    rank = len(op.out)
    return [along(rank, range(2, rank)), [0, *range(2, rank), WHOLE]]


RULES = {
    **dict.fromkeys(ELEMENTWISE, elementwise),
    **dict.fromkeys(NOTHING, lambda op: [None] * len(op.ins)),
    **dict.fromkeys(REDUCTIONS, reduction),
    **dict.fromkeys(["Softmax", "LogSoftmax", "Hardmax"], norms.softmax),
    **dict.fromkeys(["Reshape", "Flatten", "Squeeze", "Unsqueeze"], reshape),
    **dict.fromkeys(["MaxPool", "AveragePool", "LpPool"], spatial.pool),
    **dict.fromkeys(["GlobalMaxPool", "GlobalAveragePool", "GlobalLpPool"], spatial.global_pool),
    **dict.fromkeys(["Resize", "Upsample"], spatial.resize),
    **dict.fromkeys(["LSTM", "GRU", "RNN"], recurrent),
    **dict.fromkeys(["LayerNormalization", "RMSNormalization"], norms.layer_normalization),
    **dict.fromkeys(["MatMul", "MatMulInteger"], matmul),
    **dict.fromkeys(["Conv", "ConvInteger"], spatial.conv),
    **dict.fromkeys(["QuantizeLinear", "DequantizeLinear", "Trilu"], first_elementwise),
    "BatchNormalization": norms.batch_normalization,
    "Concat": concat,
    "ConvTranspose": spatial.conv_transpose,
    "CumSum": cumsum,
    "DepthToSpace": spatial.depth_to_space,
    "Dropout": dropout,
    "Einsum": einsum,
    "Gather": gather,
    "GatherElements": gather_elements,
    "Gemm": gemm,
    "GridSample": grid_sample,
    "GroupNormalization": norms.group_normalization,
    "InstanceNormalization": norms.instance_normalization,
    "LRN": spatial.lrn,
    "LpNormalization": norms.over_axes("axis", -1),
    "MeanVarianceNormalization": norms.over_axes("axes", [0, 2, 3]),
    "Pad": spatial.pad,
    "QLinearConv": lambda op: spatial.conv(op, weight=3),
    "QLinearMatMul": lambda op: matmul(op, left=0, right=3),
    "Slice": spatial.slice_,
    "SpaceToDepth": spatial.space_to_depth,
    "Split": split,
    "Tile": tile,
    "TopK": top_k,
    "Transpose": transpose,
}
