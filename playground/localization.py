"""One box: what the localiser answers to a photo, the lecture's target vector, and the loss between the two.

y = [p_c, b_x, b_y, b_h, b_w, c_1, …, c_5], all places and sizes in shares of the photo's sides
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from playground import catalog
from playground.animal_scenes import SCENES, scene
from playground.detection_samples import photo as bundled
from playground.engine import Answer, run
from playground.language import text as _
from playground.operators import run as compute
from playground.sample_photos import photo as rendered

NET = "localizer_animals"
LONGEST = 640  # pixels that are kept of a photo's longer side
TRUTHS = {
    "cat": ("cat", "0.04,0.02,0.99,0.99"),
    "sheep": ("sheep", "0.12,0.25,0.83,0.85"),
    "cow": ("cow", "0.03,0.2,0.87,0.86"),
}  # what we see in the samples ourselves: label and box
ELSE = "0.25,0.25,0.75,0.75"  # where a box to be dragged begins
# p_c of both is a probability; a gradient is by the numbers before σ and softmax for p_c and c, and by the box itself
LOSS = """loss (float[1,k] predicted, float[1,k] truth, int64[3] parts) => (
  float[1,1] object, float[1,4] squares, float[1,1] classes, float[1,1] loss, float[1,k] gradient)
{
  last = Constant<value_ints = [1]>()
  one = Constant<value = float {1.0}>()
  two = Constant<value = float {2.0}>()
  p, b, c = Split<axis = 1>(predicted, parts)
  p_truth, b_truth, c_truth = Split<axis = 1>(truth, parts)
  log_p = Log(p)
  not_p = Sub(one, p)
  log_not_p = Log(not_p)
  absent = Sub(one, p_truth)
  said_yes = Mul(p_truth, log_p)
  said_no = Mul(absent, log_not_p)
  sure = Add(said_yes, said_no)
  object = Neg(sure)
  b_off = Sub(b, b_truth)
  squared = Mul(b_off, b_off)
  squares = Mul(squared, p_truth)
  log_c = Log(c)
  right = Mul(c_truth, log_c)
  said_right = ReduceSum(right, last)
  wrong = Neg(said_right)
  classes = Mul(wrong, p_truth)
  place = ReduceSum(squares, last)
  with_place = Add(object, place)
  loss = Add(with_place, classes)
  p_slope = Sub(p, p_truth)
  b_twice = Mul(b_off, two)
  b_slope = Mul(b_twice, p_truth)
  c_off = Sub(c, c_truth)
  c_slope = Mul(c_off, p_truth)
  gradient = Concat<axis = 1>(p_slope, b_slope, c_slope)
}"""


@dataclass(frozen=True)
class Reading:
    """What the localiser said of a photo: `answer` as the graph gave it, `box` x1 y1 x2 y2 in shares of the photo's sides."""

    picture: np.ndarray
    answer: Answer

    @property
    def y(self) -> np.ndarray:
        """The predicted vector, float32 [5 + classes]."""
        return self.answer["y"][0]

    @property
    def box(self) -> np.ndarray:
        height, width = self.picture.shape[:2]
        return self.answer["box"][0] / np.array([width, height, width, height], np.float32)

    @property
    def present(self) -> bool:
        return bool(self.y[0] > 0.5)

    @property
    def best(self) -> str:
        """The likeliest label, as the manifest calls it."""
        return labels()[int(self.answer["probabilities"][0].argmax())]


def labels() -> list[str]:
    return catalog.facts(NET)["labels"]


def metrics() -> dict:
    """What was measured when the net was built."""
    return catalog.facts(NET)["metrics"]


def samples() -> dict[str, str]:
    """Samples, code → what a person reads: a photo, painted animals, and a scene without any."""
    return {"cat": _("a cat"), "sheep": _("a painted sheep"), "cow": _("a painted cow"), "church": _("church")}


def sample(code: str) -> np.ndarray:
    """A sample as uint8 RGB [height, width, 3]."""
    return bundled(code) if code == "cat" else scene(code) if code in SCENES else rendered(code)


def small(picture: np.ndarray) -> np.ndarray:
    """A photo as large as the page needs it: uint8 RGB, the longer side at most 640 pixels."""
    image = Image.fromarray(picture)
    image.thumbnail((LONGEST, LONGEST))
    return np.asarray(image)


def read(picture: np.ndarray) -> Reading:
    """Show a uint8 RGB picture [height, width, 3] to the localiser."""
    return Reading(picture, run(NET, {"image": picture[None]}))


def target(present: bool, box: np.ndarray, label: str) -> np.ndarray:
    """The lecture's y of a photo, float32 [5 + classes]; where nothing is, NaN stands for "?"."""
    if not present:
        return np.array([0, *[np.nan] * (4 + len(labels()))], np.float32)
    x1, y1, x2, y2 = box
    classes = [float(label == name) for name in labels()]
    return np.array([1, (x1 + x2) / 2, (y1 + y2) / 2, y2 - y1, x2 - x1, *classes], np.float32)


def loss(predicted: np.ndarray, truth: np.ndarray) -> Answer:
    """Loss term by term and its gradient, of y and a target as above [5 + classes] each.

    A "?" is given as 0: the graph multiplies it with p_c.
    """
    inputs = {
        "predicted": np.clip(predicted, 1e-7, 1 - 1e-7)[None].astype(np.float32),
        "truth": np.nan_to_num(truth)[None].astype(np.float32),
        "parts": np.array([1, 4, len(predicted) - 5]),
    }
    return compute(LOSS, inputs)


@cache
def cover() -> np.ndarray:
    """The sample cat in the box that the graph gives it: uint8 RGB, 8:3."""
    reading = read(sample("cat"))
    picture = Image.fromarray(reading.picture)
    pen = ImageDraw.Draw(picture)
    pen.rectangle(reading.answer["box"][0].tolist(), outline="#e69f00", width=5)
    height = round(picture.width * 3 / 8)
    top = (picture.height - height) // 3
    return np.asarray(picture.crop((0, top, picture.width, top + height)))
