"""Receptive fields: the part of one tensor that an element of another depends on.

Boxes travel backwards through the graph, node by node, for many elements at once; where paths meet, the smallest box
that holds both goes on. The sizes agree with Araujo, Norris and Sim, "Computing receptive fields of convolutional neural
networks", Distill 2019 (https://distill.pub/2019/computing-receptive-fields), which treats chains of convolutions; here
any graph goes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import onnx

from .graph import STANDARD_DOMAINS, UnknownTensor, XrayError, attributes, captured, tensor_names
from .op import ALL, Op
from .rules import NOTHING, RULES
from .shapes import Graph, Inputs, read
from .windows import WHOLE, clipped, joined, pull

MANY = 4096  # elements traced at once; bounds the memory


@dataclass(frozen=True)
class AxisField:
    """How one axis of `wrt` is read: position p along axis `axis` of the tensor depends on low[p] to high[p], inclusive.

    axis  an axis of the tensor; None where no axis moves the interval, and low and high have one entry that goes for all
    low, high  integer arrays; low > high (0 and -1) where nothing is read, in padding for instance
    """

    wrt_axis: int
    axis: int | None
    low: np.ndarray
    high: np.ndarray


def receptive_field(
    model: onnx.ModelProto, tensor: str, index: tuple[int, ...], inputs: Inputs, wrt: str | None = None
) -> tuple[tuple[int, int], ...] | None:
    """The region of tensor `wrt` on which element `index` of `tensor` depends, clipped to its bounds.

    Returns one inclusive interval (low, high) an axis of `wrt`, or None where the element does not depend on it. `wrt` is
    any tensor of the graph, by default its first input. The region is a box, node by node: positions that dilation, a
    stride above the kernel or distant padding leave out count as read, which can widen the box where two such layers
    follow each other; it is never too small.
    Raises UnknownTensor, and XrayError for an index outside of the tensor or a tensor without a known shape.
    """
    graph, wrt = _prepare(model, inputs, tensor, wrt)
    shape = graph.shapes[tensor]
    index = tuple(index)
    if len(index) != len(shape) or not all(0 <= i < size for i, size in zip(index, shape, strict=True)):
        raise XrayError("no_element", name=tensor, shape=str(list(shape)), index=str(list(index)))
    box = trace(graph, paths(graph, wrt), wrt, {tensor: (0, _element(index))}, 1, clip=True)
    if box[0, 0, 0] > box[1, 0, 0]:
        return None
    return tuple((int(low), int(high)) for low, high in box[:, : len(graph.shapes[wrt]), 0].T)


def receptive_field_axes(model: onnx.ModelProto, tensor: str, inputs: Inputs, wrt: str | None = None) -> tuple[AxisField, ...]:
    """The same for all positions of a tensor at once, axis by axis: one AxisField for each spatial axis of `wrt`.

    The field of the element at row y, column x is then rows.low[y] to rows.high[y] by columns.low[x] to columns.high[x].
    Positions along one axis are traced with the others at their middle. Raises as receptive_field does.
    """
    graph, wrt = _prepare(model, inputs, tensor, wrt)
    shape = graph.shapes[tensor]
    middle = np.array([size // 2 for size in shape] or [0], float)
    columns = [np.tile(middle, (size, 1)) for size in shape] or [middle[None]]
    for axis, size in enumerate(shape):
        columns[axis][:, axis] = np.arange(size)
    every = np.concatenate(columns).T
    box = trace(graph, paths(graph, wrt), wrt, {tensor: (0, np.stack([every, every]))}, every.shape[1], clip=True)
    empty = box[0, 0] > box[1, 0]
    low, high = (np.where(empty, value, side).astype(int) for value, side in zip((0, -1), box, strict=True))
    starts = np.cumsum([0, *shape])
    fields = []
    for wrt_axis in spatial_axes(graph.shapes[wrt]):
        parts = [slice(start, start + size) for start, size in zip(starts, shape, strict=False)]
        moves = [np.ptp(low[wrt_axis, part]) + np.ptp(high[wrt_axis, part]) for part in parts]
        axis = int(np.argmax(moves)) if any(moves) else None
        part = slice(0, 1) if axis is None else parts[axis]
        fields.append(AxisField(wrt_axis, axis, low[wrt_axis, part], high[wrt_axis, part]))
    return tuple(fields)


def field_sizes(graph: Graph, wrt: str | None = None) -> list[tuple[int, ...] | None]:
    """For each node, how far along each spatial axis of `wrt` the middle element of its first output reaches.

    The textbook's size: as if `wrt` had no edges, so it may exceed the tensor's own size. Where an operator reads a whole
    axis (a dense layer, global pooling), the size is the extent of `wrt`. None where nothing of `wrt` is read, and where
    the graph has no input to measure to.
    """
    if wrt is None and not graph.inputs:
        return [None] * len(graph.nodes)
    wrt = _known(graph, wrt or graph.inputs[0])
    axes = spatial_axes(graph.shapes[wrt])
    top = np.array([graph.shapes[wrt][axis] for axis in axes])[:, None] - 1
    ways = paths(graph, wrt)
    same: dict[str, str] = {}  # tensor -> the first tensor that sees exactly what it sees; Relu sees what its input sees
    results = [next(filter(None, node.output), "") for node in graph.nodes]
    for name in filter(ways.get, results):  # without `wrt` itself, which has no way to go
        (source, entries), *others = ways[name]
        passes = not others and entries == list(range(len(graph.shapes.get(source, ()))))
        same[name] = same.get(source, name) if passes else name
    asked = list(dict.fromkeys(same.values()))
    sizes = {}
    for begin in range(0, len(asked), MANY):
        part = asked[begin : begin + MANY]
        starts = {name: (column, _middle(graph.shapes.get(name, ()))) for column, name in enumerate(part)}
        box = trace(graph, ways, wrt, starts, len(part), clip=False)
        low, high = box[:, axes]
        extents = np.where(np.isinf(high), top, high) - np.where(np.isinf(low), 0, low) + 1
        sizes |= {
            name: tuple(int(size) for size in extents[:, column])
            for column, name in enumerate(part)
            if box[0, 0, column] <= box[1, 0, column]
        }
    return [sizes.get(same.get(name)) for name in results]


def spatial_axes(shape: tuple) -> list[int]:
    """Which axes of a tensor are space: [batch, channels, …], or [batch, …, channels] where the last axis is at most 4
    and the second is larger. Of a vector or a matrix, the last."""
    if len(shape) < 3:
        return [len(shape) - 1] if shape else [0]
    if len(shape) > 3 and shape[-1] <= 4 < shape[1]:
        return list(range(1, len(shape) - 1))
    return list(range(2, len(shape)))


def paths(graph: Graph, wrt: str) -> dict[str, list]:
    """The way back to `wrt`: for each tensor that its values can flow to, in graph order, a list of (source, entries)
    of the nodes' rules (see windows.py)."""
    ways: dict[str, list] = {wrt: []}
    for node in graph.nodes:
        inner = captured(node)
        if node.op_type in NOTHING or ways.keys().isdisjoint([*node.input, *inner]):
            continue
        for k, name in enumerate(node.output):
            if name and name != wrt and name not in graph.constants:
                rule = [*zip(node.input, _rule(graph, node, k), strict=False), *((source, ALL) for source in inner)]
                if way := [(source, entries) for source, entries in rule if source in ways and entries is not None]:
                    ways[name] = way
    return ways


def trace(graph: Graph, ways: dict[str, list], wrt: str, starts: dict, count: int, clip: bool) -> np.ndarray:
    """Follow boxes back to `wrt`: starts is tensor -> (first column, box); returns `wrt`'s box [2, axes, count].

    Queries that do not arrive are (inf, -inf). See windows.pull for `clip`.
    """
    boxes: dict[str, np.ndarray] = {}
    with np.errstate(invalid="ignore"):
        for name in reversed(ways):
            shape = graph.shapes.get(name, ())
            box = boxes.pop(name, None)
            if name in starts:
                column, own = starts[name]
                box = _nowhere(own.shape[1], count) if box is None else box.copy()
                box[:, :, column : column + own.shape[2]] = own
            if box is None:
                continue
            if clip and None not in shape:
                box = clipped(box, shape)
            if name == wrt:
                return box
            for source, entries in ways[name]:
                size = graph.shapes.get(source, ())
                part = pull([WHOLE] * len(size) if entries is ALL else entries, box, size, shape, clip)
                boxes[source] = joined(boxes.get(source), part)
    return _nowhere(max(len(graph.shapes[wrt]), 1), count)


def _rule(graph: Graph, node: onnx.NodeProto, output: int) -> list:
    rule = RULES.get(node.op_type) if node.domain in STANDARD_DOMAINS else None
    shapes = [[graph.shapes.get(name) if name else None for name in names] for names in (node.input, node.output)]
    if rule is None or not all(_is_known(graph.shapes.get(name)) for name in [*node.input, *node.output] if name):
        return [ALL] * len(node.input)
    values = [graph.constants.get(name) for name in node.input]
    return rule(Op(node.op_type, attributes(node), *shapes, values, graph.opset, output))


def _nowhere(axes: int, count: int) -> np.ndarray:
    box = np.full((2, axes, count), np.inf)
    box[1] = -np.inf
    return box


def _middle(shape: tuple) -> np.ndarray:
    return _element([(size or 1) // 2 for size in shape])


def _element(index: Iterable[int]) -> np.ndarray:
    """The box of one element; a scalar counts as one axis."""
    low = np.array([*index] or [0], float)[:, None]
    return np.stack([low, low])


def _is_known(shape: tuple | None) -> bool:
    return shape is not None and None not in shape


def _prepare(model: onnx.ModelProto, inputs: Inputs, tensor: str, wrt: str | None) -> tuple[Graph, str]:
    graph = read(model, inputs)
    _known(graph, tensor)
    return graph, _known(graph, wrt or graph.inputs[0])


def _known(graph: Graph, name: str) -> str:
    """The name, if it is a tensor's whose shape is known."""
    if name not in tensor_names(graph.model.graph):
        raise UnknownTensor(name)
    if not _is_known(graph.shapes.get(name)):
        raise XrayError("unknown_shape", name=name)
    return name
