"""Where the values of an output box come from in an input, axis by axis.

A box is a float array [2, axes, queries]: for many queries at once, the lowest and the highest position along each axis,
both inclusive; (inf, -inf) says that the query reaches nothing here. A scalar counts as one axis of size one.

A rule describes an input of a node by one entry an axis:

    int              the same interval as that axis of the output
    WHOLE            all of the axis
    Window(...)      a function of the position along an axis of the output
    Table(...)       the same, written out position by position

or, for Reshape and its kin, by a function from the output's box to the input's.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

WHOLE = None


class Window(NamedTuple):
    """Position o of output axis `axis` reads positions look(o) = (first, last) of the input, every `step`-th of them.

    `edge` says what happens to positions outside of the input: "drop" (padding: nothing is read there), "clamp",
    "reflect" or "wrap".
    """

    axis: int
    look: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
    step: int = 1
    edge: str = "drop"


class Table(NamedTuple):
    """Position o of output axis `axis` reads positions first[o] to last[o] of the input."""

    axis: int
    first: np.ndarray
    last: np.ndarray


def pull(entries: list | Callable, box: np.ndarray, size_in: tuple, size_out: tuple, clip: bool) -> np.ndarray:
    """The input's box, given the output's.

    With `clip` the box is exact: the smallest that holds all positions read. Without, windows go on beyond the edges of
    the input as if it had none, and a WHOLE axis is (-inf, inf); this is what textbooks call the receptive field's size.
    """
    if callable(entries):
        return entries(box)
    if entries == list(range(box.shape[1])):  # the most frequent case by far, elementwise without broadcasting
        return box
    result = np.empty((2, max(len(size_in), 1), box.shape[2]))
    dead = box[0, 0] > box[1, 0]
    for axis in range(result.shape[1]):
        entry = entries[axis] if entries else WHOLE
        if entry is WHOLE:
            result[0, axis], result[1, axis] = -np.inf, np.inf
        elif isinstance(entry, int):
            result[:, axis] = box[:, entry]
        elif isinstance(entry, Window) and not clip:
            result[0, axis] = entry.look(box[0, entry.axis])[0]
            result[1, axis] = entry.look(box[1, entry.axis])[1]
        else:
            if isinstance(entry, Window):
                positions = np.arange(size_out[entry.axis] if size_out else 1, dtype=float)
                entry = Table(entry.axis, *settle(*entry.look(positions), size_in[axis], entry))
            result[:, axis] = over(entry, *box[:, entry.axis])
    if dead.any():
        result[0][:, dead], result[1][:, dead] = np.inf, -np.inf
    return result


def settle(first: np.ndarray, last: np.ndarray, size: int, window: Window) -> tuple[np.ndarray, np.ndarray]:
    """Bring windows that reach over the edge of an axis of this size inside, by the window's own policy."""
    if window.edge == "clamp":
        return np.clip(first, 0, size - 1), np.clip(last, 0, size - 1)
    if window.edge == "wrap":
        return first % size, last % size
    if window.edge == "reflect":
        first = size - 1 - abs(size - 1 - first % max(2 * size - 2, 1))
        return first, first  # only Pad reflects, and it reads one position
    first, last = np.where(first == -np.inf, 0, first), np.where(last == np.inf, size - 1, last)
    first = np.where(first < 0, first + np.ceil(-first / window.step) * window.step, first)
    over_edge = last - (size - 1)
    last = np.where(over_edge > 0, last - np.ceil(over_edge / window.step) * window.step, last)
    return np.where(first <= last, first, np.inf), np.where(first <= last, last, -np.inf)


def over(table: Table, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The hull of what the positions low to high read, for many such intervals at once: [2, queries]."""
    size = len(table.first)
    ends = np.stack([np.clip(low, 0, size - 1), np.clip(high, 0, size - 1) + 1], axis=1).astype(int)
    ends[:, 1] = np.maximum(ends[:, 1], ends[:, 0] + 1)
    ends = ends.ravel()
    first = np.minimum.reduceat(np.append(table.first, np.inf), ends)[::2]
    last = np.maximum.reduceat(np.append(table.last, -np.inf), ends)[::2]
    return np.stack([first, last])


def clipped(box: np.ndarray, shape: tuple) -> np.ndarray:
    """The part of the box inside a tensor of this shape; a query left with nothing is (inf, -inf) on every axis."""
    low = np.maximum(box[0], 0)
    high = np.minimum(box[1], np.array(shape or (1,))[:, None] - 1)
    empty = (low > high).any(axis=0)
    return np.stack([np.where(empty, np.inf, low), np.where(empty, -np.inf, high)])


def joined(one: np.ndarray | None, other: np.ndarray) -> np.ndarray:
    """The smallest box that holds both."""
    if one is None or one is other:
        return other
    return np.stack([np.minimum(one[0], other[0]), np.maximum(one[1], other[1])])


def reshaped(size_in: tuple, size_out: tuple) -> Callable[[np.ndarray], np.ndarray]:
    """The rule of a reshape: axes that are kept pass, axes that merge or split go through their common flat position.

    Exact for one element, and for intervals as long as they do not cross a row; then it takes full rows.
    """
    groups = list(_groups(size_in, size_out))

    def rule(box: np.ndarray) -> np.ndarray:
        result = np.zeros((2, max(len(size_in), 1), box.shape[2]))
        dead = box[0, 0] > box[1, 0]
        for axes_in, axes_out in groups:
            if len(axes_in) == len(axes_out) == 1:
                result[:, axes_in[0]] = box[:, axes_out[0]]
            else:
                _regroup(
                    box, [size_out[axis] for axis in axes_out], axes_out, result, [size_in[axis] for axis in axes_in], axes_in
                )
        result[0][:, dead], result[1][:, dead] = np.inf, -np.inf
        return result

    return rule


def _groups(size_in: tuple, size_out: tuple):
    """The finest pairs of neighbouring axes (of the input, of the output) with equal products, axes of size 1 aside."""
    left = [axis for axis, size in enumerate(size_in) if size != 1]
    right = [axis for axis, size in enumerate(size_out) if size != 1]
    while left and right:
        axes_in, axes_out = [left.pop(0)], [right.pop(0)]
        while (a := math.prod(size_in[i] for i in axes_in)) != (b := math.prod(size_out[i] for i in axes_out)):
            if a < b:
                axes_in.append(left.pop(0))
            else:
                axes_out.append(right.pop(0))
        yield axes_in, axes_out


def _regroup(box, sizes_out, axes_out, result, sizes_in, axes_in):
    """Flatten the output's axes, then split the flat interval into the input's; what an endless one spans is endless."""
    part = box[:, axes_out]
    endless = np.isinf(part).any(axis=(0, 1))
    top = np.array(sizes_out, float)[:, None] - 1
    part = np.where(np.isinf(part), np.stack([np.zeros_like(part[0]), top + np.zeros_like(part[1])]), part)
    low, high = np.zeros(box.shape[2]), np.zeros(box.shape[2])
    for k, size in enumerate(sizes_out):
        low, high = low * size + part[0, k], high * size + part[1, k]
    for k, axis in enumerate(axes_in):
        inner = math.prod(sizes_in[k + 1 :])
        result[0, axis], result[1, axis] = low // inner, high // inner
        crosses = result[0, axis] != result[1, axis]
        low = np.where(crosses, 0, low % inner)
        high = np.where(crosses, inner - 1, high % inner)
        spans = endless & (result[0, axis] == 0) & (result[1, axis] == sizes_in[k] - 1)
        result[:, axis, spans] = [[-np.inf], [np.inf]]
