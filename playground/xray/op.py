"""What a rule of receptive fields sees of a node, and says.

A rule takes the node as `Op` and says for each input which part of it an output's box needs: the entries that
windows.pull takes, None for an input whose values do not reach the output, or ALL.
"""

from dataclasses import dataclass

import numpy as np

from .windows import WHOLE, Window

ALL = "all of it"  # the safe default


@dataclass(frozen=True)
class Op:
    """A node as rules see it: attributes, shapes (scalars are ()), values where they are constant, output asked about."""

    kind: str
    attributes: dict
    ins: list[tuple]
    outs: list[tuple]
    values: list[np.ndarray | None]
    opset: int
    output: int  # the index of the output in question

    @property
    def out(self) -> tuple:
        return self.outs[self.output]

    def get(self, name, default=None):
        return self.attributes.get(name, default)

    def value(self, index):
        """The constant value of an optional input, or None."""
        return self.values[index] if index < len(self.values) else None

    def has(self, index) -> bool:
        return index < len(self.ins) and self.ins[index] is not None


def shift(axis: int, by: int, edge: str = "drop") -> Window:
    return Window(axis, lambda o: (o - by, o - by), edge=edge)


def fixed(low: int, high: int) -> Window:
    return Window(0, lambda o: (np.full_like(o, low), np.full_like(o, high)))


def grouped(channels_in: int, channels_out: int, groups: int):
    """Output channel o reads the input channels of its group."""
    if groups == 1:
        return WHOLE
    each_in, each_out = channels_in // groups, channels_out // groups

    def look(o):
        start = np.floor(o / each_out) * each_in
        return start, start + each_in - 1

    return Window(1, look)


def across(shape: tuple, out: tuple) -> list:
    """Broadcasting: axes are matched from the right, an axis of size one is read whole by all."""
    lead = len(out) - len(shape)
    return [WHOLE if size == 1 != out[lead + axis] else lead + axis for axis, size in enumerate(shape)]


def along(rank: int, whole) -> list:
    """All axes as they are, but the given ones whole."""
    whole = {axis % rank for axis in whole}
    return [WHOLE if axis in whole else axis for axis in range(rank)]
