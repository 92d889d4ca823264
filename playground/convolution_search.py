"""A pattern searched in a drawing: the kernel slides over it, and where the sum is largest the pattern is found."""

from itertools import pairwise

import numpy as np

from playground import operators
from playground.drawing import Stroke, encode
from playground.engine import Answer

SIDE = 32  # numbers a side that the drawing becomes
INK = 50  # what black ink is worth, as on the slide
TEXT = f"""search (uint8[1,128,128,3] image, float[1,1,h,w] kernel)
    => (float[1,1,{SIDE},{SIDE}] ink, float[1,1,p,q] sums, int64 best) {{
  pixels = Cast <to = 1> (image)
  colours = Transpose <perm = [0, 3, 1, 2]> (pixels)
  channel = Constant <value_ints = [1]> ()
  grey = ReduceMean <keepdims = 1> (colours, channel)
  small = AveragePool <kernel_shape = [4, 4], strides = [4, 4]> (grey)
  white = Constant <value_float = 255.0> ()
  dark = Sub (white, small)
  worth = Constant <value_float = {INK / 255}> ()
  exact = Mul (dark, worth)
  ink = Round (exact)
  sums = Conv (ink, kernel)
  all = Constant <value_ints = [-1]> ()
  flat = Reshape (sums, all)
  best = ArgMax <axis = 0, keepdims = 0> (flat)
}}"""


def file() -> bytes:
    """The graph as a file."""
    return operators.graph(TEXT)


def inputs(picture: np.ndarray, kernel: np.ndarray) -> dict[str, np.ndarray]:
    return {"image": picture[None], "kernel": kernel[None, None]}


def in_numpy(kernel: np.ndarray) -> str:
    """A program that runs the file."""
    return f"""\
import numpy as np, onnxruntime
from PIL import Image

drawing = np.asarray(Image.open("drawing.png").convert("RGB").resize((128, 128)))[None]  # dark on light
kernel = np.array({kernel.tolist()}, np.float32)
search = onnxruntime.InferenceSession("search.onnx")
print(search.run(["sums"], {{"image": drawing, "kernel": kernel[None, None]}}))
"""


def search(picture: np.ndarray, kernel: np.ndarray) -> Answer:
    """Look for a kernel [h, w] in a drawing, uint8 [128, 128, 3]: `ink`, what it slides over; `sums`; `best`, a flat index."""
    return operators.run(TEXT, inputs(picture, kernel))


def place(answer: Answer) -> tuple[int, int]:
    """Row and column of the best match in the map of sums."""
    row, column = np.unravel_index(int(answer["best"]), answer["sums"].shape[2:])
    return int(row), int(column)


def _bent(width: int, *corners: tuple[int, int]) -> Stroke:
    """A stroke through a Bezier curve whose handles are `corners`, 24 points."""
    t, points = np.linspace(0, 1, 24)[:, None], [np.array(corner, float)[None] for corner in corners]
    while len(points) > 1:
        points = [(1 - t) * one + t * other for one, other in pairwise(points)]
    return Stroke(width, False, tuple((int(x), int(y)) for x, y in np.rint(points[0])))


MOUSE = encode([  # as in the lecture, a mouse whose back ends in the curve; its ear is no match
    _bent(12, (204, 226), (204, 190), (204, 140), (204, 110), (212, 84), (240, 70)),
    _bent(9, (204, 224), (130, 232), (60, 232), (20, 200)),
    _bent(9, (20, 200), (40, 170), (70, 140), (96, 128)),
    _bent(9, (98, 128), (60, 80), (120, 60), (134, 96), (122, 122)),
    _bent(9, (122, 124), (150, 112), (180, 112), (204, 122)),
    _bent(10, (66, 178), (67, 180), (69, 180)),
    _bent(7, (240, 70), (250, 40), (220, 10), (190, 30)),
])  # fmt: skip
