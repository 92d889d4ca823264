"""Pooling, mixing channels and growing maps, on small grids and on photos: each a graph of a few operators."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from playground import operators
from playground.engine import Answer
from playground.language import text as _
from playground.sample_photos import photo

POOLS = {"max": "MaxPool", "average": "AveragePool"}
LECTURE = "3,3,5,1,2,3;3,4,0,1,4,5;5,1,2,3,2,0;5,0,4,5,2,1;3,4,3,1,0,2;2,0,4,3,5,1"


# ---- pooling


def pool_text(op: str, size: int, stride: int) -> str:
    """x [1, 1, height, width] → y, the largest or the mean of each window."""
    window = f"kernel_shape = [{size}, {size}], strides = [{stride}, {stride}]"
    return f"pool (float[1,c,h,w] x) => (float[1,c,p,q] y)\n{{\n  y = {POOLS[op]} <{window}> (x)\n}}"


def pooled(op: str, grid: np.ndarray, size: int, stride: int) -> Answer:
    """Output `y` [1, 1, rows, columns] of a grid [height, width]. Raises what ONNX Runtime raises for a grid below `size`."""
    return operators.run(pool_text(op, size, stride), {"x": grid[None, None]})


def moved(grid: np.ndarray) -> np.ndarray:
    """One cell to the right; what enters repeats the edge."""
    return np.pad(grid, ((0, 0), (1, 0)), mode="edge")[:, :-1]


def kept(op: str, grid: np.ndarray, size: int, stride: int) -> tuple[int, int]:
    """How many of the pooled numbers stay when the grid moves by one cell, and of how many."""
    before, after = (pooled(op, values, size, stride)["y"] for values in (grid, moved(grid)))
    return int(np.isclose(before, after, atol=1e-5).sum()), before.size


def shrink_text(size: int) -> str:
    """A photo, uint8 RGB, made smaller in three ways: every size-th pixel, the largest and the mean of each window."""
    window = f"kernel_shape = [{size}, {size}], strides = [{size}, {size}]"
    ways = {"strided": f"MaxPool <kernel_shape = [1, 1], strides = [{size}, {size}]>", "largest": f"MaxPool <{window}>",
            "mean": f"AveragePool <{window}>"}  # fmt: skip
    nodes = ["  numbers = Cast <to = 1> (image)", "  x = Transpose <perm = [0, 3, 1, 2]> (numbers)"]
    for name, operator in ways.items():
        nodes += [f"  {name}_x = {operator} (x)", f"  {name}_hwc = Transpose <perm = [0, 2, 3, 1]> ({name}_x)",
                  f"  {name}_whole = Round ({name}_hwc)", f"  {name} = Cast <to = 2> ({name}_whole)"]  # fmt: skip
    ports = ", ".join(f"uint8[1,p_{name},q_{name},3] {name}" for name in ways)
    return f"shrink (uint8[1,h,w,3] image) => ({ports})\n{{\n" + "\n".join(nodes) + "\n}"


def shrunk(picture: np.ndarray, size: int) -> Answer:
    """Outputs `strided`, `largest`, `mean`, uint8 [1, rows, columns, 3]."""
    return operators.run(shrink_text(size), {"image": picture[None]})


# ---- 1×1: each pixel's channels mixed

MIX = """mix (uint8[1,h,w,3] image, float[3,3,1,1] kernel) => (float[1,3,h,w] sums, uint8[1,h,w,3] picture)
  <float black = {0.0}, float white = {255.0}>
{
  numbers = Cast <to = 1> (image)
  x = Transpose <perm = [0, 3, 1, 2]> (numbers)
  sums = Conv (x, kernel)
  clipped = Clip (sums, black, white)
  whole = Round (clipped)
  bytes = Cast <to = 2> (whole)
  picture = Transpose <perm = [0, 2, 3, 1]> (bytes)
}"""


def mixed(picture: np.ndarray, kernel: np.ndarray) -> Answer:
    """Outputs `sums` float [1, 3, h, w] and `picture` uint8 [1, h, w, 3] for a uint8 picture and a matrix [3, 3]."""
    return operators.run(MIX, {"image": picture[None], "kernel": kernel.reshape(3, 3, 1, 1).astype(np.float32)})


def mixtures() -> dict[str, np.ndarray]:
    """Matrices to begin with, what a person reads → [3, 3]: a row makes a channel out of red, green, blue."""
    sepia = [[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]]
    return {
        _("as it is"): np.eye(3),
        _("grey"): np.tile([0.299, 0.587, 0.114], (3, 1)),
        _("sepia"): np.array(sepia),
        _("blue and red swapped"): np.eye(3)[::-1],
        _("warmer"): np.diag([1.2, 1, 0.8]),
        _("red alone"): np.diag([1, 0, 0]),
        _("where red exceeds blue"): np.tile([2, 0, -2], (3, 1)),
    }


# ---- growing maps


@dataclass(frozen=True)
class Growth:
    """A way to grow a map, and the transposed convolution that does the same: its kernel, stride and cut-off edges.

    text: the graph in ONNX's text, x [1, channels, h, w] (and w where the kernel is free) → y.
    """

    text: str
    kernel: np.ndarray
    stride: int
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)
    channels: int = 1
    free: bool = False


HEAD = "grow (float[1,{channels},h,w] x{more}) => (float[1,1,p,q] y)\n"
NEAREST = (
    HEAD.format(channels=1, more="")
    + """  <float[4] scales = {1.0, 1.0, 2.0, 2.0}>
{
  y = Resize <mode = "nearest", coordinate_transformation_mode = "asymmetric", nearest_mode = "floor"> (x, , scales)
}"""
)
BILINEAR = (
    HEAD.format(channels=1, more="")
    + """  <int64[1] one = {1}, int64[2] twice = {2, 2}>
{
  shape = Shape (x)
  size = Shape <start = 2> (x)
  doubled = Mul (size, twice)
  less = Sub (doubled, one)
  outer = Shape <end = 2> (x)
  sizes = Concat <axis = 0> (outer, less)
  y = Resize <mode = "linear", coordinate_transformation_mode = "align_corners"> (x, , , sizes)
}"""
)
TRANSPOSED = (
    HEAD.format(channels=1, more=", float[1,1,i,j] w") + "{{\n  y = ConvTranspose <strides = [{stride}, {stride}]> (x, w)\n}}"
)
SHUFFLE = (
    HEAD.format(channels=4, more="")
    + """{
  y = DepthToSpace <blocksize = 2, mode = "CRD"> (x)
}"""
)
TENT = np.outer([0.5, 1, 0.5], [0.5, 1, 0.5])  # the lecture's table: 1 in its place, half of it half a way off


def growth(way: str, kernel: np.ndarray | None = None, stride: int = 2) -> Growth:
    """ "nearest", "bilinear", "transposed" (with a kernel [k, k] of its own) or "shuffle" (four channels into one)."""
    if way == "nearest":
        return Growth(NEAREST, np.ones((1, 1, 2, 2)), 2)
    if way == "bilinear":
        return Growth(BILINEAR, TENT[None, None], 2, pads=(1, 1, 1, 1))
    if way == "shuffle":
        return Growth(SHUFFLE, np.eye(4).reshape(4, 1, 2, 2), 2, channels=4)
    return Growth(TRANSPOSED.format(stride=stride), kernel[None, None], stride, free=True)


def growth_inputs(grown: Growth, grids: np.ndarray) -> dict[str, np.ndarray]:
    given = {"x": grids[None].astype(np.float32)}
    return given | ({"w": grown.kernel.astype(np.float32)} if grown.free else {})


def grow(grown: Growth, grids: np.ndarray) -> Answer:
    """Output `y` [1, 1, rows, columns] of grids [channels, height, width]."""
    return operators.run(grown.text, growth_inputs(grown, grids))


PHOTO_WAYS = """ways (uint8[1,h,w,3] image, float[3,1,k,k] w)
  => (uint8[1,h4,w4,3] small, uint8[1,p,q,3] nearest, uint8[1,p1,q1,3] bilinear, uint8[1,p2,q2,3] transposed,
      uint8[1,p3,q3,3] shuffled, float[1,48,h5,w5] channels)
  <float[4] scales = {1.0, 1.0, 4.0, 4.0}, float black = {0.0}, float white = {255.0}>
{
  numbers = Cast <to = 1> (image)
  x = Transpose <perm = [0, 3, 1, 2]> (numbers)
  small_x = AveragePool <kernel_shape = [4, 4], strides = [4, 4]> (x)
  nearest_x = Resize <mode = "nearest", coordinate_transformation_mode = "asymmetric", nearest_mode = "floor">
    (small_x, , scales)
  bilinear_x = Resize <mode = "linear", coordinate_transformation_mode = "half_pixel"> (small_x, , scales)
  once = ConvTranspose <strides = [2, 2], group = 3> (small_x, w)
  twice = ConvTranspose <strides = [2, 2], group = 3> (once, w)
  transposed_x = Clip (twice, black, white)
  channels = SpaceToDepth <blocksize = 4> (x)
  shuffled_x = DepthToSpace <blocksize = 4, mode = "DCR"> (channels)
"""
for _name in ("small", "nearest", "bilinear", "transposed", "shuffled"):
    PHOTO_WAYS += f"""  {_name}_hwc = Transpose <perm = [0, 2, 3, 1]> ({_name}_x)
  {_name}_whole = Round ({_name}_hwc)
  {_name} = Cast <to = 2> ({_name}_whole)
"""
PHOTO_WAYS += "}"


def photo_ways(picture: np.ndarray, size: int) -> Answer:
    """A photo at a quarter of its side and back again: outputs small, nearest, bilinear, transposed, shuffled, channels.

    The transposed convolution goes twice by 2 with `size` × `size` equal weights, whose mean effect is 1. `channels` [1, 48, …]
    are the photo's own pixels as channels, which the shuffle brings back. The picture's sides are cut to multiples of 4.
    """
    return operators.run(PHOTO_WAYS, photo_inputs(picture, size))


def photo_inputs(picture: np.ndarray, size: int) -> dict[str, np.ndarray]:
    height, width = (max(4, side - side % 4) for side in picture.shape[:2])
    whole = np.pad(picture, ((0, max(0, 4 - picture.shape[0])), (0, max(0, 4 - picture.shape[1])), (0, 0)), mode="edge")
    return {"image": whole[None, :height, :width], "w": np.full((3, 1, size, size), 4 / size**2, np.float32)}


@cache
def cover() -> np.ndarray:
    """A photo made small and grown again in three ways, in one uint8 RGB picture."""
    picture = photo("church")[40:200, 40:200]
    answer = photo_ways(picture, 3)
    tiles = [answer[name][0][:160, :160].repeat(2, 0).repeat(2, 1) for name in ("nearest", "bilinear", "transposed")]
    return np.concatenate([np.pad(tile, ((0, 0), (0, 12), (0, 0)), constant_values=255) for tile in tiles], 1)[:, :-12]


def even(size: int, stride: int = 2) -> bool:
    """Whether a transposed convolution with size × size ones lays equally many on each inner pixel: no checkerboard."""
    laid = grow(growth("transposed", np.ones((size, size)), stride), np.ones((1, 8, 8)))["y"][0, 0]
    inner = laid[size:-size, size:-size]
    return bool(np.ptp(inner) == 0)
