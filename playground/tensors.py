"""Tensors of any graph as pictures: which axes are maps, rows and columns, and which element lies under a pixel."""

from dataclasses import dataclass
from math import ceil, prod, sqrt

import numpy as np
from PIL import Image

from playground import figures
from playground.xray import NodeFacts

FIRST = {"Conv", "ConvTranspose", "ConvInteger", "QLinearConv", "MaxPool", "AveragePool", "LpPool", "GlobalAveragePool",
         "GlobalMaxPool", "BatchNormalization", "InstanceNormalization", "GroupNormalization", "LRN"}  # fmt: skip
BROKEN = (204, 0, 121)  # NaN and infinity, a colour that no scale has
ROW = 32  # elements of a vector that stand in one row
COLOURS = (1, 3, 4)  # channels that a picture has


def channels_last(shape: tuple[int, ...]) -> bool:
    """Whether a tensor of this shape looks like [batch, height, width, channels]."""
    return len(shape) == 4 and shape[3] in COLOURS and shape[1] not in COLOURS


def layouts(nodes: tuple[NodeFacts, ...], inputs: dict[str, tuple[int, ...]]) -> set[str]:
    """The tensors of rank 4 whose channels stand last.

    Convolutions and pooling put them first, a Transpose may turn them, other operators leave them as they come.
    """
    last = {name: channels_last(shape) for name, shape in inputs.items() if len(shape) == 4}
    for node in nodes:
        come = next((last[name] for name in node.inputs if name in last), None)
        turned = node.attributes.get("perm") if node.op == "Transpose" else None
        for name, shape in zip(node.outputs, node.shapes, strict=True):
            if shape is None or len(shape) != 4:
                continue
            if node.op in FIRST and not node.attributes.get("channels_last"):
                last[name] = False
            elif turned in ((0, 2, 3, 1), (0, 3, 1, 2)):
                last[name] = turned == (0, 2, 3, 1)
            elif come is not None:
                last[name] = come
    return {name for name, is_last in last.items() if is_last}


@dataclass(frozen=True)
class Maps:
    """A tensor as pictures beside each other: values [maps, rows, columns], and the way back to its elements.

    A vector is written in rows like text; what is left of the last row is NaN, and `outside` there.
    """

    values: np.ndarray
    shape: tuple[int, ...]
    axes: tuple[int, ...]  # of the tensor: those of the maps, then rows, then columns; () for a vector
    batch: int = 0

    def index(self, number: int, row: int, column: int) -> tuple[int, ...] | None:
        """The element of the tensor under a pixel; None where there is none."""
        count, rows, columns = self.values.shape
        if not (0 <= number < count and 0 <= row < rows and 0 <= column < columns):
            return None
        if not self.axes:
            place = row * columns + column
            return tuple(map(int, np.unravel_index(place, self.shape))) if place < prod(self.shape) else None
        *maps, down, across = self.axes
        found = dict(zip(maps, np.unravel_index(number, [self.shape[axis] for axis in maps]), strict=True)) if maps else {}
        found |= {down: row, across: column}
        return tuple(int(found.get(axis, self.batch)) for axis in range(len(self.shape)))

    @property
    def outside(self) -> int:
        """How many pixels at the end stand for no element."""
        return 0 if self.axes else self.values.size - prod(self.shape)


def maps(values: np.ndarray, last: bool = False, batch: int = 0) -> Maps:
    """One example of a tensor as maps. `last`: a tensor of rank 4 has its channels last."""
    shape, numbers = values.shape, values.astype(np.float32)
    if len(shape) < 4 and sum(size > 1 for size in shape) < 2:  # a vector, however it is written
        count = max(values.size, 1)
        width = count if count <= ROW else max(ROW, ceil(sqrt(1.6 * count)))
        flat = np.full(ceil(count / width) * width, np.nan, np.float32)
        flat[: values.size] = numbers.reshape(-1)
        return Maps(flat.reshape(1, -1, width), shape, ())
    rank = len(shape)
    axes = (3, 1, 2) if last and rank == 4 else tuple(range(1 if rank > 3 else 0, rank))
    shown = numbers[batch] if rank > 3 else numbers
    shown = shown.transpose([axis - (1 if rank > 3 else 0) for axis in axes])
    return Maps(shown.reshape(-1, *shown.shape[-2:]), shape, axes, batch if rank > 3 else 0)


def painted(values: np.ndarray, outside: int = 0) -> np.ndarray:
    """Numbers as colours, one scale for all: blue – white – orange where some are negative, else cividis; uint8 [..., 3]."""
    finite = np.isfinite(values)
    safe = np.where(finite, values, 0).astype(np.float32)
    if safe.size and safe.min() < 0:
        picture = figures.signed(safe)
    else:
        picture = figures.cividis(safe / max(float(safe.max(initial=0)), 1e-30))
    picture[~finite] = BROKEN
    if outside:
        picture.reshape(-1, 3)[-outside:] = 128
    return picture


def atlas(pictures: np.ndarray, columns: int, side: int) -> np.ndarray:
    """Pictures [n, height, width, 3] side by side without gaps, so many a row; each made smaller if it is above `side`."""
    count, height, width = pictures.shape[:3]
    scale = min(1, side / max(height, width))
    if scale < 1:
        height, width = max(1, round(height * scale)), max(1, round(width * scale))
        shrunk = [Image.fromarray(picture).resize((width, height), Image.Resampling.BOX) for picture in pictures]
        pictures = np.stack([np.asarray(picture) for picture in shrunk])
    rows = -(-count // columns)
    sheet = np.zeros((rows * columns, height, width, 3), np.uint8)
    sheet[:count] = pictures
    return sheet.reshape(rows, columns, height, width, 3).swapaxes(1, 2).reshape(rows * height, columns * width, 3)


def columns(count: int, height: int, width: int, across: int, down: int) -> int:
    """How many of `count` pictures go into a row so that all of them fit into `across` x `down` as large as can be."""
    fitting = range(1, count + 1)
    return max(fitting, key=lambda n: (min(across / n / width, down / -(-count // n) / height), -n))


def kernels(weight: np.ndarray, most: int = 24, side: int = 432) -> tuple[np.ndarray, tuple[int, int] | None]:
    """Weights as a picture: kernels apart by a line, outputs down, inputs across, at most so many; or a whole matrix.

    Returns the picture and how many outputs and inputs of the kernels are in it. Three inputs at a time are one coloured
    kernel, as pixels have them. A vector is a row.
    """
    weight = np.nan_to_num(weight.astype(np.float32))
    if weight.ndim < 3 or prod(weight.shape[2:]) == 1:
        matrix = weight.reshape(weight.shape[0] if weight.ndim > 1 else 1, -1)
        return magnified(figures.signed(matrix), side), None
    weight = weight.reshape(*weight.shape[:2], -1, weight.shape[-1])
    coloured = weight.shape[1] == 3 and weight.shape[2] > 1
    outputs, inputs = min(len(weight), most * most if coloured else most), 1 if coloured else min(weight.shape[1], most)
    if coloured:
        shown = weight[:outputs] / max(float(np.abs(weight).max()), 1e-9)
        tiles = np.rint(127.5 + 127.5 * shown.transpose(0, 2, 3, 1)).astype(np.uint8)
        across = columns(outputs, *tiles.shape[1:3], 3, 2)
    else:
        tiles = figures.signed(weight[:outputs, :inputs]).reshape(-1, *weight.shape[2:], 3)
        across = inputs if inputs > 1 else columns(outputs, *tiles.shape[1:3], 3, 2)
    count, height, width = tiles.shape[:3]
    apart = np.full((count, height + 1, width + 1, 4), 0, np.uint8)  # the lines let the page's colour through
    apart[:, :height, :width, :3], apart[:, :height, :width, 3] = tiles, 255
    rows = -(-count // across)
    sheet = np.zeros((rows * across, height + 1, width + 1, 4), np.uint8)
    sheet[:count] = apart
    sheet = sheet.reshape(rows, across, height + 1, width + 1, 4).swapaxes(1, 2).reshape(rows * (height + 1), -1, 4)
    return magnified(sheet, side), (outputs, weight.shape[1] if coloured else inputs)


def magnified(pixels: np.ndarray, side: int) -> np.ndarray:
    """A picture whole times as large, so that pixels stay squares; or shrunk, its longer side to `side`."""
    picture = Image.fromarray(pixels)
    longest = max(picture.size)
    if longest > side:
        size = [max(1, round(length * side / longest)) for length in picture.size]
        return np.asarray(picture.resize(size, Image.Resampling.BOX))
    times = side // longest
    return np.repeat(np.repeat(pixels, times, 0), times, 1)


@dataclass(frozen=True)
class Summary:
    """Of the finite numbers: the least, the greatest, mean, standard deviation, the share of zeros."""

    least: float
    greatest: float
    mean: float
    deviation: float
    zeros: float


def summary(values: np.ndarray) -> Summary | None:
    """None where no number is finite."""
    finite = np.asarray(values)[np.isfinite(values)].astype(np.float64)
    if not finite.size:
        return None
    zeros = 1 - np.count_nonzero(finite) / finite.size
    return Summary(float(finite.min()), float(finite.max()), float(finite.mean()), float(finite.std()), zeros)


def broken(values: np.ndarray) -> tuple[int, int]:
    """How many numbers are NaN, how many infinite."""
    return int(np.isnan(values).sum()), int(np.isinf(values).sum())
