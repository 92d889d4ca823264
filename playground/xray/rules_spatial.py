"""Where the values of an output come from: operators that slide, resize, cut and pad. See op.py for what a rule is."""

import numpy as np

from .op import ALL, Op, grouped, shift
from .windows import WHOLE, Table, Window, reshaped


def _begin(op: Op, axis: int, kernel: int, stride: int, size_in: int, size_out: int) -> int:
    """Padding before the first position of a spatial axis; `kernel` is the dilated extent."""
    auto = op.get("auto_pad", b"NOTSET")
    if auto in (b"SAME_UPPER", b"SAME_LOWER"):
        total = max((size_out - 1) * stride + kernel - size_in, 0)
        return total // 2 if auto == b"SAME_UPPER" else total - total // 2
    return 0 if auto == b"VALID" else op.get("pads", [0] * (axis + 1))[axis]


def sliding(op: Op, shape: tuple, kernel: list) -> list:
    """The spatial axes of Conv and the pools: position o reads o * stride - padding + k * dilation, k < kernel."""
    spatial = range(len(kernel))
    strides, dilations = op.get("strides", [1 for _ in spatial]), op.get("dilations", [1 for _ in spatial])
    entries = []
    for axis, taps, stride, dilation in zip(spatial, kernel, strides, dilations, strict=True):
        reach = (taps - 1) * dilation
        begin = _begin(op, axis, reach + 1, stride, shape[axis + 2], op.out[axis + 2])

        def look(o, stride=stride, begin=begin, reach=reach):
            start = o * stride - begin
            return start, start + reach

        entries.append(Window(axis + 2, look, dilation))
    return entries


def conv(op: Op, weight: int = 1) -> list:
    x, w = op.ins[0], op.ins[weight]
    channel = grouped(x[1], op.out[1], op.get("group", 1))
    inputs = [ALL] * len(op.ins)
    inputs[0] = [0, channel, *sliding(op, x, w[2:])]
    inputs[weight] = [1, *[WHOLE] * (len(w) - 1)]
    return inputs


def conv_transpose(op: Op) -> list:
    """Input position i writes i * stride - padding + k * dilation; turned round. With stride and dilation both above
    one the input positions that miss are not left out."""
    x, w = op.ins[0], op.ins[1]
    spatial = range(len(w) - 2)
    strides, dilations = op.get("strides", [1 for _ in spatial]), op.get("dilations", [1 for _ in spatial])
    extra = op.get("output_padding", [0 for _ in spatial])
    auto = op.get("auto_pad", b"NOTSET")
    entries = []
    for axis, taps, stride, dilation in zip(spatial, w[2:], strides, dilations, strict=True):
        reach = (taps - 1) * dilation
        begin = op.get("pads", [0] * (axis + 1))[axis]
        if "output_shape" in op.attributes or auto in (b"SAME_UPPER", b"SAME_LOWER"):
            total = max(stride * (x[axis + 2] - 1) + extra[axis] + reach + 1 - op.out[axis + 2], 0)
            begin = total // 2 if auto == b"SAME_UPPER" else total - total // 2

        def look(o, stride=stride, begin=begin, reach=reach):
            return np.ceil((o + begin - reach) / stride), np.floor((o + begin) / stride)

        entries.append(Window(axis + 2, look, dilation if stride == 1 else 1))
    return [[0, grouped(x[1], op.out[1], op.get("group", 1)), *entries], ALL, ALL]


def pool(op: Op) -> list:
    return [[0, 1, *sliding(op, op.ins[0], op.get("kernel_shape"))]]


def global_pool(op: Op) -> list:
    return [[0, 1, *[WHOLE] * (len(op.ins[0]) - 2)]]


def lrn(op: Op) -> list:
    before, after = (op.get("size") - 1) // 2, op.get("size") // 2
    return [[0, Window(1, lambda o: (o - before, o + after)), *range(2, len(op.ins[0]))]]


def resize(op: Op) -> list:
    """Resize and its forerunner Upsample."""
    x = op.ins[0]
    old = op.kind == "Upsample" or op.opset < 11
    scales = op.get("scales") if "scales" in op.attributes else op.value(1 if old else 2)
    mode = op.get("mode", b"nearest").decode()
    where = "asymmetric" if old else op.get("coordinate_transformation_mode", b"half_pixel").decode()
    nearest = "floor" if old else op.get("nearest_mode", b"round_prefer_floor").decode()
    axes = [axis % len(x) for axis in op.get("axes", range(len(x)))]
    entries = list(range(len(x)))
    for k, axis in enumerate(axes):
        size_in, size_out = x[axis], op.out[axis]
        scale = float(scales[k]) if scales is not None and len(scales) else size_out / size_in
        if where == "tf_crop_and_resize":
            entries[axis] = WHOLE
        elif size_in != size_out or scale != 1:
            center = _coordinate(where, scale, size_in, size_out)
            entries[axis] = Window(axis, _neighbours(op, mode, nearest, scale, center), edge="clamp")
    return [entries, None, None, None]


def _coordinate(where: str, scale: float, size_in: int, size_out: int):
    """The (fractional) input coordinate of an output position; rounded, since ties decide who is nearest."""
    single = size_out == 1
    formulas = {
        "half_pixel": lambda o: (o + 0.5) / scale - 0.5,
        "half_pixel_symmetric": lambda o: (o + 0.5) / scale - 0.5 + size_in / 2 * (1 - size_out / (scale * size_in)),
        "pytorch_half_pixel": lambda o: np.zeros_like(o) if single else (o + 0.5) / scale - 0.5,
        "align_corners": lambda o: np.zeros_like(o) if single else o * (size_in - 1) / (size_out - 1),
        "asymmetric": lambda o: o / scale,
        "tf_half_pixel_for_nn": lambda o: (o + 0.5) / scale,
    }
    return lambda o: np.round(formulas[where](o), 6)


def _neighbours(op: Op, mode: str, nearest: str, scale: float, center):
    if mode == "nearest":
        pick = {
            "round_prefer_floor": lambda x: np.ceil(x - 0.5),
            "round_prefer_ceil": lambda x: np.floor(x + 0.5),
            "floor": np.floor,
            "ceil": np.ceil,
        }[nearest]
        return lambda o: (pick(center(o)),) * 2
    half = 2 if mode == "cubic" else 1
    if op.get("antialias", 0) and scale < 1:
        support = half / scale  # the filter is zero at its ends
        return lambda o: (np.floor(center(o) - support) + 1, np.ceil(center(o) + support) - 1)

    def look(o):
        """On a grid point the other neighbours have weight zero."""
        low, high = np.floor(center(o)), np.ceil(center(o))
        between = low < high
        return np.where(between, low - half + 1, low), np.where(between, high + half - 1, high)

    return look


def pad(op: Op) -> list:
    pads = op.get("pads", op.value(1))
    if pads is None or (op.has(3) and op.value(3) is None):
        return [ALL] * len(op.ins)
    rank = len(op.ins[0])
    axes = [int(axis) % rank for axis in op.value(3)] if op.has(3) else range(rank)
    mode = op.get("mode", b"constant").decode()
    edge = {"constant": "drop", "edge": "clamp"}.get(mode, mode)
    entries = list(range(rank))
    for k, axis in enumerate(axes):
        entries[axis] = shift(axis, int(pads[k]), edge)
    return [entries, None, None, None]


def slice_(op: Op) -> list:
    rank = len(op.ins[0])
    starts = op.get("starts", op.value(1))
    axes = op.get("axes", op.value(3))
    steps = op.value(4)
    if starts is None or (op.has(3) and axes is None) or (op.has(4) and steps is None):
        return [ALL] * len(op.ins)
    axes = range(len(starts)) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    entries = list(range(rank))
    for start, axis, step in zip(starts, axes, steps, strict=True):
        axis, step, size = int(axis) % rank, int(step), op.ins[0][int(axis) % rank]
        start = int(start) + size if start < 0 else int(start)
        start = min(max(start, 0), size if step > 0 else size - 1)
        if step > 0:
            entries[axis] = Window(axis, lambda o, start=start, step=step: (start + o * step,) * 2)
        else:
            positions = start + np.arange(op.out[axis], dtype=float) * step
            entries[axis] = Table(axis, positions, positions)
    return [entries, *[None] * (len(op.ins) - 1)]


def depth_to_space(op: Op) -> list:
    n, c, h, w = op.ins[0]
    b = op.get("blocksize")
    inner = c // (b * b)
    if op.get("mode", b"DCR") == b"DCR":
        return [_through((n, c, h, w), (n, b, b, inner, h, w), (0, 3, 4, 1, 5, 2), op.out)]
    return [_through((n, c, h, w), (n, inner, b, b, h, w), (0, 1, 4, 2, 5, 3), op.out)]


def space_to_depth(op: Op) -> list:
    n, c, h, w = op.ins[0]
    b = op.get("blocksize")
    return [_through((n, c, h, w), (n, c, h // b, b, w // b, b), (0, 3, 5, 1, 2, 4), op.out)]


def _through(size_in: tuple, split: tuple, order: tuple, size_out: tuple):
    """Reshape to `split`, transpose, reshape to `size_out`: the definition of both operators, followed backwards."""
    merge = reshaped(tuple(split[axis] for axis in order), size_out)
    divide = reshaped(size_in, split)
    back = [order.index(axis) for axis in range(len(order))]
    return lambda box: divide(merge(box)[:, back])
