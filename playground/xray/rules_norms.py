"""Where the values of an output come from: operators that normalise. See op.py for what a rule is."""

from .op import ALL, Op, across, along, grouped
from .windows import WHOLE


def softmax(op: Op) -> list:
    rank = len(op.out)
    if op.opset < 13:  # the tensor is taken as a matrix, split at axis
        return [along(rank, range(op.get("axis", 1) % rank, rank))]
    return [along(rank, [op.get("axis", -1)])]


def batch_normalization(op: Op) -> list:
    if op.output or op.get("training_mode", 0):
        return [ALL] * len(op.ins)
    return [list(range(len(op.out))), *[[min(1, len(op.out) - 1)]] * 4]


def instance_normalization(op: Op) -> list:
    return [along(len(op.out), range(2, len(op.out))), [1], [1]]


def group_normalization(op: Op) -> list:
    rank, channels, groups = len(op.out), op.out[1], op.get("num_groups")
    return [[0, grouped(channels, channels, groups), *[WHOLE] * (rank - 2)], ALL, ALL]


def layer_normalization(op: Op) -> list:
    rank = len(op.ins[0])
    x = along(rank, range(op.get("axis", -1) % rank, rank))
    return [x, *[across(shape, op.ins[0]) if shape else ALL for shape in op.ins[1:]]]


def over_axes(name: str, default: int | list):
    """The axes are an attribute."""

    def rule(op: Op) -> list:
        axes = op.get(name, default)
        return [along(len(op.out), axes if isinstance(axes, list) else [axes])]

    return rule
