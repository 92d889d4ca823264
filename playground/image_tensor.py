"""The lesson on images as tensors: channels, memory and grey, each a graph of a few operators."""

from functools import cache

import numpy as np
from PIL import Image

from playground import operators
from playground.engine import Answer
from playground.sample_photos import photo

LONGEST = 320  # pixels of a photo's longer side
PATCH = 5  # pixels a side of the lecture's array, 5 × 5 × 3
ORDERS = ("RGB", "BGR", "GRB", "GBR", "BRG", "RBG")
LUMA = (0.299, 0.587, 0.114)  # how bright the eye sees red, green and blue: ITU-R BT.601

CHANNELS = """channels (uint8[1,h,w,3] image, float[1,3,1,1] gain, int64[3] order, float[3,1,1,3] tint)
  => (uint8[3,h,w,3] planes, uint8[1,h,w,3] picture)
  <float black = {0.0}, float white = {255.0}>
{
  channels_first = Transpose <perm = [0, 3, 1, 2]> (image)
  numbers = Cast <to = 1> (channels_first)
  amplified = Mul (numbers, gain)
  clipped = Clip (amplified, black, white)
  red, green, blue = Split <axis = 1, num_outputs = 3> (clipped)
  stacked = Concat <axis = 0> (red, green, blue)
  grey_planes = Transpose <perm = [0, 2, 3, 1]> (stacked)
  tinted = Mul (grey_planes, tint)
  whole_planes = Round (tinted)
  planes = Cast <to = 2> (whole_planes)
  ordered = Gather <axis = 1> (clipped, order)
  whole = Round (ordered)
  bytes = Cast <to = 2> (whole)
  picture = Transpose <perm = [0, 2, 3, 1]> (bytes)
}"""

MEMORY = """memory (uint8[1,h,w,3] image, int64[2] corner, int64[2] end)
  => (uint8[1,p,q,3] channels_last, uint8[1,3,p,q] channels_first, uint8[n] last_in_memory, uint8[n] first_in_memory)
  <int64[2] rows_and_columns = {1, 2}, int64[1] line = {-1}>
{
  channels_last = Slice (image, corner, end, rows_and_columns)
  channels_first = Transpose <perm = [0, 3, 1, 2]> (channels_last)
  last_in_memory = Reshape (channels_last, line)
  first_in_memory = Reshape (channels_first, line)
}"""

GREY = """grey (uint8[1,h,w,3] image, float[3,1] weights) => (uint8[1,h,w,1] grey, float brightness)
{
  numbers = Cast <to = 1> (image)
  mixed = MatMul (numbers, weights)
  brightness = ReduceMean <keepdims = 0> (mixed)
  whole = Round (mixed)
  grey = Cast <to = 2> (whole)
}"""

BRIGHTEST = """brightest (uint8[1,h,w,3] image) => (float[3] means, int64[1] brightest)
  <int64[3] all_pixels = {0, 1, 2}>
{
  numbers = Cast <to = 1> (image)
  means = ReduceMean <keepdims = 0> (numbers, all_pixels)
  brightest = ArgMax <axis = 0> (means)
}"""


def small(picture: np.ndarray) -> np.ndarray:
    """At most LONGEST pixels a side: uint8 RGB [height, width, 3]."""
    image = Image.fromarray(picture)
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    return np.asarray(image)


def channels(picture: np.ndarray, gain=(1, 1, 1), order: str = "RGB", tinted: bool = False) -> Answer:
    """The channels of a uint8 RGB picture [height, width, 3], each multiplied by its gain, and the picture put together again.

    `order` says which channel stands in the place of red, of green, of blue. Outputs: `planes` uint8 [3, height, width, 3], one
    picture a channel, in greys or tinted; `picture` uint8 [1, height, width, 3].
    """
    return operators.run(CHANNELS, channel_inputs(picture, gain, order, tinted))


def channel_inputs(picture: np.ndarray, gain, order: str, tinted: bool) -> dict[str, np.ndarray]:
    """What CHANNELS takes. Raises ValueError if `order` has a letter that is not R, G or B."""
    tint = np.eye(3) if tinted else np.ones((3, 3))
    return {
        "image": picture[None],
        "gain": np.array(gain, np.float32).reshape(1, 3, 1, 1),
        "order": np.array(["RGB".index(channel) for channel in order]),
        "tint": tint.astype(np.float32)[:, None, None],
    }


def memory(picture: np.ndarray, row: int, column: int) -> Answer:
    """The patch of PATCH x PATCH pixels around (row, column), within the picture, in both layouts and as it lies in memory."""
    corner = [corner_of(place, size) for place, size in zip((row, column), picture.shape, strict=False)]
    return operators.run(MEMORY, {"image": picture[None], "corner": np.array(corner), "end": np.array(corner) + PATCH})


def corner_of(place: int, size: int) -> int:
    """Where a patch around `place` begins, so that it does not leave an axis of `size` pixels."""
    return max(0, min(place - PATCH // 2, size - PATCH))


def strides(layout: np.ndarray) -> tuple[int, ...]:
    """How many elements further in memory the next one along each axis lies, as numpy says of the graph's output."""
    return tuple(step // layout.itemsize for step in layout.strides)


def grey(picture: np.ndarray, weights=LUMA) -> Answer:
    """Outputs: `grey` uint8 [1, height, width, 1], and `brightness`, its mean."""
    return operators.run(GREY, {"image": picture[None], "weights": np.array(weights, np.float32)[:, None]})


def brightest(picture: np.ndarray) -> Answer:
    """Outputs: `means` of red, green and blue over all pixels, and `brightest`, the index of the largest."""
    return operators.run(BRIGHTEST, {"image": picture[None]})


def place(text: str | None, picture: np.ndarray) -> tuple[int, int] | None:
    """The pixel that a link writes as row.column; None if it has none that lies in the picture."""
    rows, _, columns = (text or "").partition(".")
    if not (rows.isascii() and rows.isdecimal() and columns.isascii() and columns.isdecimal()):
        return None
    row, column = int(rows[:6]), int(columns[:6])
    return (row, column) if row < picture.shape[0] and column < picture.shape[1] else None


@cache
def cover() -> np.ndarray:
    """A photo and its three channels, computed by the graph, in one uint8 RGB picture."""
    picture = photo("parachute")
    tiles = [picture, *channels(picture, tinted=True)["planes"]]
    tiles = [np.pad(tile[:, 45:275], ((0, 0), (0, 12), (0, 0)), constant_values=255) for tile in tiles]
    return np.concatenate(tiles, 1)[:, :-12]
