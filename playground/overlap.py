"""How well two boxes agree: intersection over union, its generalisation, and two pairs to compare.

A box is x1, y1, x2, y2: its upper left and lower right corner, in shares of the picture's sides. GIoU: Rezatofighi et al. 2019,
arXiv:1902.09630.
"""

import numpy as np

from playground import matrices
from playground.engine import Answer
from playground.operators import run

LEAST = 0.02  # of a side
START = "0.16,0.2,0.62,0.76;0.38,0.34,0.86,0.9"
IOU = """iou (float[n,4] a, float[n,4] b) => (float[n,1] intersection, float[n,1] union, float[n,1] iou, float[n,1] hull, float[n,1] giou)
{
  one = Constant<value_ints = [1]>()
  nothing = Constant<value = float {0.0}>()
  a_low, a_high = Split<axis = 1, num_outputs = 2>(a)
  b_low, b_high = Split<axis = 1, num_outputs = 2>(b)
  from = Max(a_low, b_low)
  to = Min(a_high, b_high)
  between = Sub(to, from)
  common = Max(between, nothing)
  intersection = ReduceProd(common, one)
  a_sides = Sub(a_high, a_low)
  b_sides = Sub(b_high, b_low)
  a_area = ReduceProd(a_sides, one)
  b_area = ReduceProd(b_sides, one)
  both = Add(a_area, b_area)
  union = Sub(both, intersection)
  iou = Div(intersection, union)
  first = Min(a_low, b_low)
  last = Max(a_high, b_high)
  span = Sub(last, first)
  hull = ReduceProd(span, one)
  outside = Sub(hull, union)
  empty = Div(outside, hull)
  giou = Sub(iou, empty)
}"""  # noqa: E501


def parse(code: str) -> np.ndarray:
    """Two boxes as a link has them, x1,y1,x2,y2;x1,y1,x2,y2 → float32 [2, 4]. Raises ValueError if they are none."""
    return _boxes(code, 2)


def parse_box(code: str) -> np.ndarray:
    """One box as a link has it → float32 [4]. Raises ValueError."""
    return _boxes(code, 1)[0]


def _boxes(code: str, count: int) -> np.ndarray:
    boxes = matrices.parse(code, (count, 4), largest=1)
    if boxes.shape != (count, 4) or boxes.min() < 0 or (boxes[:, 2:] - boxes[:, :2]).min() < LEAST - 1e-6:
        raise ValueError("boxes lie within 0 and 1, and have sides")
    return boxes


def write(boxes: np.ndarray) -> str:
    """As links have them."""
    return ";".join(",".join(f"{value:.3g}" for value in box) for box in np.atleast_2d(boxes))


def measured(a: np.ndarray, b: np.ndarray) -> Answer:
    """Intersection, union, IoU, hull and GIoU of boxes float32 [n, 4] with boxes [n, 4], each [n, 1]; areas in shares."""
    return run(IOU, {"a": a, "b": b})


def puzzle(seed: int) -> np.ndarray:
    """Two pairs of boxes of about one size, whose IoU differ by at least a tenth: float32 [pair, 2, 4].

    One pair is moved apart, the other has a box inside of the other: eyes find these hard to compare.
    """
    random = np.random.default_rng(seed)
    while True:
        width, height = random.uniform(0.4, 0.62, 2)
        x, y = random.uniform(0.05, 0.3, 2)
        across, down = random.uniform(0.02, 0.34, 2) * [width, height]
        moved = np.array([[x, y, x + width, y + height], [x + across, y + down, x + across + width, y + down + height]])
        shrunk = random.uniform(0.5, 0.95, 2)
        inner = np.array([x, y, x + width * shrunk[0], y + height * shrunk[1]])
        inner += np.tile(random.uniform(0, 1, 2) * (1 - shrunk) * [width, height], 2)
        pairs = np.stack([moved, np.stack([moved[0], inner])])
        values = measured(*pairs.astype(np.float32).transpose(1, 0, 2))["iou"]
        if moved.max() <= 0.97 and abs(float(values[0, 0] - values[1, 0])) >= 0.1:
            return pairs[:: int(random.choice([-1, 1]))].astype(np.float32)
