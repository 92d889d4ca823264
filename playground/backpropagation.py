"""Lesson: the gradient of a convolution, as a graph, as a sum over positions, and as a numeric derivative."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from playground import figures, matrices, operators
from playground.convolution_gradient import DIFFERENCE, PRINTED, backward, formula, forward

STEP = 1e-4  # h of the central difference
DESCENT = 40  # steps shown
LARGEST_SIDE, LARGEST_KERNEL = 7, 3
DIVERGED = 1e6  # a loss beyond is not followed further


@dataclass(frozen=True)
class Setting:
    """What the page shows: input x [rows, columns], kernel w, and t of the output's shape, which the loss makes sense of.

    L is Σ t·y for "given" (t is ∂L/∂y itself), ½ Σ (y - t)² for "squares", -Σ t log softmax(y) for "entropy".
    """

    x: np.ndarray
    w: np.ndarray
    t: np.ndarray
    loss: str
    stride: int
    padding: int

    @property
    def is_slide(self) -> bool:
        """Whether the slide's formula, for a 3x3 input and a 2x2 kernel, speaks of it."""
        return (self.x.shape, self.w.shape, self.stride, self.padding) == ((3, 3), (2, 2), 1, 0)


def by_formula(setting: Setting, dy: np.ndarray, places: tuple[tuple[int, int], ...]) -> float:
    """What such a formula gives for a setting as the slide's, with its output gradient dy [2, 2]."""
    return float(operators.run(formula(places), {"x": setting.x, "dy": dy.astype(np.float32).ravel()})["sum"])


def gradient_graph(setting: Setting, rate: float) -> tuple[bytes, dict[str, np.ndarray]]:
    """The gradient graph of a setting as a file, and its inputs."""
    inputs = {"x": setting.x[None, None], "w": setting.w[None, None], "t": setting.t, "rate": np.array(rate, np.float32)}
    text = backward(setting.w.shape, setting.x.shape, setting.stride, setting.padding, setting.loss)
    return operators.graph(text), {name: np.asarray(value, np.float32) for name, value in inputs.items()}


def gradients(setting: Setting, rate: float = 0.0) -> dict[str, np.ndarray]:
    """y, L, dy, dw, dx and w_next of a setting, each of two dimensions (L of none)."""
    text = backward(setting.w.shape, setting.x.shape, setting.stride, setting.padding, setting.loss)
    answer = operators.run(text, gradient_graph(setting, rate)[1])
    return {name: value.reshape(value.shape[-2:]) for name, value in answer.outputs.items()}


def numeric(setting: Setting) -> tuple[np.ndarray, np.ndarray]:
    """∂L/∂w and ∂L/∂x by central differences in float64: (L(w + h) - L(w - h)) / 2h, one number moved at a time.

    The graph runs twice for all weights, w + h and w - h as filters of one convolution, and twice for all inputs.
    """
    text = forward(setting.w.shape, setting.t.shape, setting.stride, setting.padding, setting.loss)
    values = {"x": setting.x[None, None].astype(float), "w": setting.w[None, None].astype(float), "t": setting.t.astype(float)}
    slopes = []
    for name in ("w", "x"):
        moves = STEP * np.eye(values[name].size).reshape(-1, 1, *values[name].shape[2:])
        plus, minus = (operators.run(text, values | {name: values[name] + sign * moves})["L"] for sign in (1, -1))
        slope = operators.run(DIFFERENCE, {"plus": plus, "minus": minus, "h": np.array(STEP)})["slope"]
        slopes.append(slope.reshape(values[name].shape[2:]))
    return slopes[0], slopes[1]


def descent(setting: Setting, rate: float, steps: int = DESCENT) -> list[dict[str, np.ndarray]]:
    """Gradient descent on w: at each step what `gradients` gives, w itself and the numeric derivatives; ends if L runs away."""
    frames, w = [], setting.w
    for _ in range(steps + 1):
        at = Setting(setting.x, w, setting.t, setting.loss, setting.stride, setting.padding)
        frame = gradients(at, rate)
        if frames and not abs(float(frame["L"])) < DIVERGED:
            break
        numeric_dw, numeric_dx = numeric(at)
        frames.append(frame | {"w": w, "numeric_dw": numeric_dw, "numeric_dx": numeric_dx})
        w = frame["w_next"]
    return frames


def fitted(t: np.ndarray | None, shape: tuple[int, int], loss: str) -> np.ndarray:
    """t of the output's shape: what was given where it reaches; else 1 if given, 0 as a target.

    As labels they must be of that shape and not negative; else the label is the first class, a.
    """
    fit = np.full(shape, float(loss == "given"), np.float32)
    if loss == "entropy":
        fit[0, 0] = 1
    if t is not None and (loss != "entropy" or (t.shape == shape and (t >= 0).all())):
        rows, columns = min(shape[0], t.shape[0]), min(shape[1], t.shape[1])
        fit[:rows, :columns] = t[:rows, :columns]
    return fit


def resized(values: np.ndarray, side: int) -> np.ndarray:
    """A matrix cut, or continued by itself, to side x side."""
    rows, columns = (np.arange(side) % size for size in values.shape)
    return values[np.ix_(rows, columns)]


def as_shown(setting: Setting, frames: list[dict[str, np.ndarray]]) -> dict:
    """Everything the view shows of a setting and its descent."""

    def plain(values: np.ndarray) -> list | float:
        return np.vectorize(lambda value: float(f"{value:.10g}"))(values.astype(float)).tolist()

    names = ("w", "y", "dy", "dw", "dx", "L", "numeric_dw", "numeric_dx")
    shown = {
        "x": plain(setting.x), "t": plain(setting.t), "loss": setting.loss, "stride": setting.stride,
        "padding": setting.padding, "colours": figures.CLASSES, "printed": None,
        "frames": [{name: plain(frame[name]) for name in names} for frame in frames],
    }  # fmt: skip
    if setting.is_slide:
        shown["printed"] = PRINTED
        for shown_frame, frame in zip(shown["frames"], frames, strict=True):
            shown_frame["printed"] = by_formula(setting, frame["dy"], PRINTED)
    return shown


@cache
def scenes() -> dict[str, dict[str, str]]:
    """What the links of the ready scenes say, by scene."""
    teacher = Setting(matrices.parse("1,0,2,1;0,1,1,2;2,1,0,1;1,2,1,0"), matrices.parse("0,1;-1,2"),
                      np.zeros((3, 3), np.float32), "squares", 1, 0)  # fmt: skip
    slide = {"x": "3,1,2;0,2,1;4,1,3", "w": "1,0;-1,2", "t": "1,2;-1,3", "look": "w.0.0"}
    return {
        "slide": slide,
        "printed": slide | {"printed": "true"},
        "descent": {
            "x": matrices.write(teacher.x), "w": "1,0;0,0", "t": matrices.write(gradients(teacher)["y"]),
            "loss": "squares", "look": "w.0.1", "rate": "0.03",
        },
        "stride": {"x": "2,1,0,3,1;0,1,2,1,2;1,3,1,0,1;2,0,1,2,3;1,1,2,0,1", "w": "1,2;-1,1", "t": "1,-1;2,1",
                   "stride": "2", "look": "x.4.4"},
        "padding": {"x": "3,1,2;0,2,1;4,1,3", "w": "0,1,0;1,-4,1;0,1,0", "t": "1,0,-1;2,1,0;0,-1,1", "padding": "1",
                    "look": "w.0.0"},
        "entropy": {"x": "1,0,0;0,1,0;0,0,1", "w": "1,0;0,-1", "t": "0,1;0,0", "loss": "entropy", "look": "w.0.0",
                    "rate": "0.3"},
    }  # fmt: skip


@cache
def cover() -> np.ndarray:
    """Input, kernel and output above, their gradients below, as the graph computes them: uint8 RGB [400, 1050, 3]."""
    scene = scenes()["slide"]
    setting = Setting(*(matrices.parse(scene[name]) for name in "xwt"), "given", 1, 0)
    frame, cell, line = gradients(setting), 58, 3
    picture = np.full((400, 1050, 3), 255, np.uint8)
    columns = ((setting.x, frame["dx"]), (setting.w, frame["dw"]), (frame["y"], frame["dy"]))
    for centre, column in zip((175, 525, 875), columns, strict=True):
        for middle, values in zip((102, 298), column, strict=True):
            height, width = (size * (cell + line) + line for size in values.shape)
            top, left = middle - height // 2, centre - width // 2
            picture[top : top + height, left : left + width] = 205
            for (row, place), colour in zip(np.ndindex(values.shape), figures.signed(values).reshape(-1, 3), strict=True):
                y, x = top + line + row * (cell + line), left + line + place * (cell + line)
                picture[y : y + cell, x : x + cell] = colour
    return picture
