"""Lesson: the gradient of a convolution, as a graph, as a sum over positions, and as a numeric derivative.

y = x ∗ w, one window a position (p, q): y_pq = Σ_ij w_ij x_{ps+i-o, qs+j-o} with stride s and padding o. The chain rule over all
positions gives ∂L/∂w_ij = Σ_pq ∂L/∂y_pq x_{ps+i-o, qs+j-o}: the input correlated with the outputs' gradient, stride turned into
dilation; and ∂L/∂x = the outputs' gradient, fully convolved with the flipped kernel (Dumoulin & Visin 2016, arXiv:1603.07285).
The gradient graph is made of float32 Conv nodes; the numeric derivative runs another graph, of windows and Einsum in float64
(ONNX Runtime has no double Conv), so that the two have nothing in common but the definition.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from playground import figures, matrices, operators

LOSSES = ("given", "squares", "entropy")
STEP = 1e-4  # h of the central difference
DESCENT = 40  # steps shown
LARGEST_SIDE, LARGEST_KERNEL = 7, 3
DIVERGED = 1e6  # a loss beyond is not followed further

_LOSS = {  # of y and t [p, q], summed over what lies before: lines for the forward graph, lines for ∂L/∂y
    "given": ("terms = Mul(y, t)", "dy = Expand(t, shape)"),
    "squares": (
        "error = Sub(y, t)\n square = Mul(error, error)\n half = Constant <value = {kind} {{0.5}}> ()\n terms = Mul(square, half)",
        "dy = Identity(error)",
    ),
    "entropy": (
        """flat = Constant <value = int64[3] {{0, 0, -1}}> ()
 logits = Reshape(y, flat)
 logs = LogSoftmax <axis = -1> (logits)
 log_p = Reshape(logs, shape)
 product = Mul(t, log_p)
 terms = Neg(product)""",
        """p = Exp(log_p)
 all_t = ReduceSum <keepdims = 0> (t)
 share = Mul(p, all_t)
 dy = Sub(share, t)""",
    ),
}


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


def output_shape(x: tuple, w: tuple, stride: int, padding: int) -> tuple[int, int]:
    """Rows and columns that the kernel's window reaches. Raises ValueError where it fits nowhere."""
    rows, columns = ((side + 2 * padding - kernel) // stride + 1 for side, kernel in zip(x[-2:], w[-2:], strict=True))
    if rows < 1 or columns < 1:
        raise ValueError("the kernel is larger than the padded input")
    return rows, columns


def backward(kernel: tuple[int, int], input_side: tuple[int, int], stride: int, padding: int, loss: str) -> str:
    """The gradient graph as ONNX text: x [n,c,h,w], w [m,c,i,j], t [p,q], rate → y, L, dy, dw, dx, w_next, all float32."""
    pads = [padding] * 4
    if stride == 1 and padding < min(kernel):
        around = [kernel[0] - 1 - padding, kernel[1] - 1 - padding] * 2
        dx = f"""ends = Constant <value = int64[2] {{-1, -1}}> ()
 starts = Constant <value = int64[2] {{-{kernel[0] + 1}, -{kernel[1] + 1}}}> ()
 turned = Slice(w, ends, starts, axes, ends)
 swapped = Transpose <perm = [1, 0, 2, 3]> (turned)
 dx = Conv <pads = {around}> (dy, swapped)"""
    else:
        unseen = [(side + 2 * padding - k) % stride for side, k in zip(input_side, kernel, strict=True)]
        dx = f"dx = ConvTranspose <strides = {[stride] * 2}, pads = {pads}, output_padding = {unseen}> (dy, w)"
    forward_loss, gradient = (lines.format(kind="float") for lines in _LOSS[loss])
    return f"""backward (float[n,c,h,w] x, float[m,c,i,j] w, float[p,q] t, float rate) => (
 float[n,m,p,q] y, float L, float[n,m,p,q] dy, float[m,c,i,j] dw, float[n,c,h,w] dx, float[m,c,i,j] w_next) {{
 y = Conv <strides = {[stride] * 2}, pads = {pads}> (x, w)
 shape = Shape(y)
 {forward_loss}
 L = ReduceSum <keepdims = 0> (terms)
 {gradient}
 x_by_channel = Transpose <perm = [1, 0, 2, 3]> (x)
 dy_by_filter = Transpose <perm = [1, 0, 2, 3]> (dy)
 correlated = Conv <dilations = {[stride] * 2}, pads = {pads}> (x_by_channel, dy_by_filter)
 zero = Constant <value = int64[2] {{0, 0}}> ()
 size = Constant <value = int64[2] {{{kernel[0]}, {kernel[1]}}}> ()
 axes = Constant <value = int64[2] {{2, 3}}> ()
 cut = Slice(correlated, zero, size, axes)
 dw = Transpose <perm = [1, 0, 2, 3]> (cut)
 {dx}
 move = Mul(rate, dw)
 w_next = Sub(w, move)
}}"""


def forward(kernel: tuple[int, int], output: tuple[int, int], stride: int, padding: int, loss: str) -> str:
    """The loss in float64 as ONNX text, without Conv: x [n,1,h,w], w [m,1,i,j], t [p,q] → L [n,m], each filter's own."""

    def windows(k: int, out: int) -> str:
        places = np.arange(k)[:, None] + stride * np.arange(out)
        return f"int64[{k},{out}] {{{', '.join(map(str, places.ravel()))}}}"

    return f"""forward (double[n,c,h,w] x, double[m,c,i,j] w, double[p,q] t) => (double[n,m] L) {{
 pads = Constant <value = int64[8] {{0, 0, {padding}, {padding}, 0, 0, {padding}, {padding}}}> ()
 padded = Pad(x, pads)
 rows = Constant <value = {windows(kernel[0], output[0])}> ()
 columns = Constant <value = {windows(kernel[1], output[1])}> ()
 strips = Gather <axis = 2> (padded, rows)
 windows = Gather <axis = 4> (strips, columns)
 y = Einsum <equation = "ncipjq,mcij->nmpq"> (windows, w)
 shape = Shape(y)
 {_LOSS[loss][0].format(kind="double")}
 area = Constant <value = int64[2] {{2, 3}}> ()
 L = ReduceSum <keepdims = 0> (terms, area)
}}"""


DIFFERENCE = """central_difference (double[a,b] plus, double[a,b] minus, double h) => (double[a,b] slope) {
 rise = Sub(plus, minus)
 run = Add(h, h)
 slope = Div(rise, run)
}"""

# ∂L/∂w1 as the slide prints it: ∂L/∂a·x11 + ∂L/∂b·x12 + ∂L/∂c·x22 + ∂L/∂d·x12; indices from 0, in the order a, b, c, d
PRINTED = ((0, 0), (0, 1), (1, 1), (0, 1))
RIGHT = ((0, 0), (0, 1), (1, 0), (1, 1))


def formula(places: tuple[tuple[int, int], ...]) -> str:
    """∂L/∂w1 by a formula that multiplies ∂L/∂a, ∂L/∂b, … by the inputs at `places`, as ONNX text."""
    return f"""formula (float[3,3] x, float[4] dy) => (float sum) {{
 places = Constant <value = int64[4,2] {{{", ".join(str(index) for place in places for index in place)}}}> ()
 picked = GatherND(x, places)
 terms = Mul(dy, picked)
 sum = ReduceSum <keepdims = 0> (terms)
}}"""


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
    """t of the output's shape: what was given where it reaches; else 1 if given, 0 as a target, class a as a label."""
    fit = np.full(shape, float(loss == "given"), np.float32)
    if loss == "entropy":
        fit[0, 0] = 1
    if t is not None and (loss != "entropy" or t.shape == shape):
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
    return {
        "slide": {"x": "3,1,2;0,2,1;4,1,3", "w": "1,0;-1,2", "t": "1,2;-1,3", "look": "w.0.0"},
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


@dataclass(frozen=True)
class Puzzle:
    """A setting drawn from a seed: which weight has the largest gradient, and which inputs have none?"""

    setting: Setting
    dw: np.ndarray
    largest: int
    unseen: np.ndarray
    kind: str


GRIDS = ((5, 2, 2), (4, 2, 2), (5, 1, 2), (6, 3, 2), (5, 2, 3), (7, 3, 2))  # side, kernel, stride


def puzzle(seed: int) -> Puzzle:
    """Small whole numbers from the seed, one weight's gradient clearly the largest; graded by the gradient graph.

    `unseen` [side, side] marks the inputs of a second grid whose gradient is zero whatever the outputs' gradients are: `kind`
    is "none", "edge" (the last row and column) or "between" (between two windows).
    """
    random = np.random.default_rng(seed)
    while True:
        x, dy = random.integers(0, 5, (3, 3)), random.integers(-3, 4, (2, 2))
        setting = Setting(x.astype(np.float32), np.zeros((2, 2), np.float32), dy.astype(np.float32), "given", 1, 0)
        dw = gradients(setting)["dw"]
        order = np.sort(np.abs(dw).ravel())
        if order[-1] >= order[-2] + 2:
            break
    side, kernel, stride = GRIDS[seed % len(GRIDS)]
    ones = [np.ones((k, k), np.float32) for k in (side, kernel)]
    shape = output_shape(ones[0].shape, ones[1].shape, stride, 0)
    unseen = gradients(Setting(*ones, np.ones(shape, np.float32), "given", stride, 0))["dx"] == 0
    kind = "none" if not unseen.any() else "between" if unseen[: side - 1, : side - 1].any() else "edge"
    return Puzzle(setting, dw, int(np.abs(dw).argmax()), unseen, kind)


@cache
def cover() -> np.ndarray:
    """Input, kernel and output gradients of the slide's scene, as the graph computes them: uint8 RGB [400, 1050, 3]."""
    scene = scenes()["slide"]
    setting = Setting(*(matrices.parse(scene[name]) for name in "xwt"), "given", 1, 0)
    frame = gradients(setting)
    picture = np.full((400, 1050, 3), 255, np.uint8)
    left = 60
    for forwards, back in ((setting.x, frame["dx"]), (setting.w, frame["dw"]), (frame["y"], frame["dy"])):
        for top, values in ((20, forwards), (220, back)):
            cell = 160 // 3
            tiles = figures.signed(values).repeat(cell, 0).repeat(cell, 1)
            for line in range(1, len(values)):
                tiles[line * cell - 1 : line * cell + 1] = 255
                tiles[:, line * cell - 1 : line * cell + 1] = 255
            height, width = tiles.shape[:2]
            y = top + (160 - height) // 2
            picture[y : y + height, left : left + width] = tiles
        left += 350
    return picture
