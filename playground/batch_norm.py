"""Lesson: batch normalisation of one feature, in training and at inference.

μ = mean(x), σ² = mean((x - μ)²), x̂ = (x - μ) / √(σ² + ε), y = γ x̂ + β; while training, the running mean and variance move
towards the batch's, and at inference they stand in for them (Ioffe & Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2).

The paper and torch let the running variance follow the unbiased m / (m - 1) σ²; ONNX's BatchNormalization takes σ² itself, and
its momentum is 1 minus torch's. The graphs here follow the paper, with one node for y and a few for the running variance.
"""

from functools import cache

import numpy as np
import plotly.graph_objects as go

from playground import figures, operators
from playground.engine import Answer
from playground.language import text as _

MOST_POINTS, MOST_FED = 24, 60
LARGEST = 10.0  # the number lines show -10 to 10

TRAINING = """batch_norm_training (float[m,c] x, float[c] gamma, float[c] beta, float[c] running_mean, float[c] running_var)
 => (float[m,c] y, float[m,c] x_hat, float[c] mean, float[c] var,
 float[c] unbiased, float[c] running_mean_next, float[c] running_var_next, float[c] running_var_onnx) {{
 y, running_mean_next, running_var_onnx = BatchNormalization <training_mode = 1, momentum = {keep}, epsilon = {epsilon}>
  (x, gamma, beta, running_mean, running_var)
 batch = Constant <value = int64[1] {{0}}> ()
 mean = ReduceMean <keepdims = 0> (x, batch)
 centred = Sub(x, mean)
 square = Mul(centred, centred)
 var = ReduceMean <keepdims = 0> (square, batch)
 epsilon = Constant <value = float {{{epsilon}}}> ()
 above_zero = Add(var, epsilon)
 deviation = Sqrt(above_zero)
 x_hat = Div(centred, deviation)
 count = Shape <start = 0, end = 1> (x)
 m = Cast <to = 1> (count)
 one = Constant <value = float {{1.0}}> ()
 m_1 = Sub(m, one)
 m_var = Mul(var, m)
 unbiased = Div(m_var, m_1)
 keep = Constant <value = float {{{keep}}}> ()
 move = Sub(one, keep)
 kept = Mul(keep, running_var)
 moved = Mul(move, unbiased)
 running_var_next = Add(kept, moved)
}}"""

INFERENCE = """batch_norm_inference (float[m,c] x, float[c] gamma, float[c] beta, float[c] running_mean, float[c] running_var)
 => (float[m,c] y, float[m,c] x_hat, float[c] mean, float[c] var) {{
 y = BatchNormalization <epsilon = {epsilon}> (x, gamma, beta, running_mean, running_var)
 mean = Identity(running_mean)
 var = Identity(running_var)
 centred = Sub(x, mean)
 epsilon = Constant <value = float {{{epsilon}}}> ()
 above_zero = Add(var, epsilon)
 deviation = Sqrt(above_zero)
 x_hat = Div(centred, deviation)
}}"""


def text(training: bool, momentum: float, epsilon: float) -> str:
    """The graph as ONNX text; `momentum` as torch and the paper have it, the share of the batch in the running statistics."""
    return (TRAINING if training else INFERENCE).format(keep=f"{1 - momentum:.6g}", epsilon=f"{epsilon:.8f}")


def feeds(x: np.ndarray, gamma: float, beta: float, running: tuple[float, float]) -> dict[str, np.ndarray]:
    """The inputs of the graph for one feature: a batch x [m], γ, β, and the running mean and variance."""
    numbers = {"gamma": gamma, "beta": beta, "running_mean": running[0], "running_var": running[1]}
    return {"x": np.asarray(x, np.float32)[:, None]} | {name: np.array([value], np.float32) for name, value in numbers.items()}


def normalise(x, gamma=1.0, beta=0.0, running=(0.0, 1.0), training=True, momentum=0.1, epsilon=1e-5) -> Answer:
    """Run the graph on one feature of a batch x [m]: y and x_hat [m, 1], what they were made with, the running statistics."""
    return operators.run(text(training, momentum, epsilon), feeds(x, gamma, beta, running))


def fed(history: np.ndarray, x: np.ndarray, times: int, momentum: float) -> np.ndarray:
    """The running (mean, variance) [steps + 1, 2] after the batch x was trained on so many times more."""
    rows = [tuple(row) for row in history]
    for _turn in range(min(times, MOST_FED + 1 - len(rows))):
        answer = normalise(x, running=rows[-1], momentum=momentum)
        rows.append((answer["running_mean_next"][0], answer["running_var_next"][0]))
    return np.array(rows, np.float32)


@cache
def trained() -> np.ndarray:
    """Running statistics after 30 batches of 16 from a normal distribution around -2 with deviation 1.5."""
    history, random = np.array([(0, 1)], np.float32), np.random.default_rng(0)
    for batch in random.normal(-2, 1.5, (30, 16)):
        history = fed(history, batch, 1, 0.1)
    return history


def running_figure(history: np.ndarray, batch: tuple[float, float] | None, language: str) -> go.Figure:
    """The running mean and variance by batches fed; `batch` is where the present batch would draw them."""
    steps, figure = list(range(len(history))), go.Figure(layout={"template": "playground", "height": 300})
    names = (_("running mean"), _("running variance"))
    for index, name in enumerate(names):
        colour = figures.CLASSES[index]
        figure.add_scatter(x=steps, y=history[:, index], name=name, mode="lines+markers", line={"width": 2.5, "color": colour})
        if batch:
            figure.add_hline(batch[index], line={"dash": "dot", "width": 1.5, "color": colour})
    figure.update_layout(title=_("Running statistics; dotted: this batch's"), separators=figures.separators(language))
    figure.update_xaxes(title=_("batches trained on"), range=[-0.2, max(10, len(history)) + 0.2])
    figure.update_yaxes(title=_("value"))
    return figure


@cache
def cover() -> np.ndarray:
    """A batch of numbers before, normalised, and scaled and shifted, as the graph computes them: uint8 RGB [400, 1050, 3]."""
    x = np.sort(np.random.default_rng(5).normal(4, 2.4, 36)).clip(-9, 9)
    answer = normalise(x, gamma=1.8, beta=-4)
    stops = [np.asarray(values).ravel() * 110 + 1050 for values in (x, answer["x_hat"], answer["y"])]
    picture, shades = np.full((800, 2100, 3), 255, np.uint8), figures.cividis(np.linspace(0.05, 0.95, len(x)))
    for row in range(800):
        leg, share = divmod(row / 400, 1)
        bend = (1 - np.cos(np.pi * share)) / 2
        places = (1 - bend) * stops[int(leg)] + bend * stops[int(leg) + 1]
        for place, shade in zip(places.astype(int).clip(6, 2094), shades, strict=True):
            picture[row, place - 5 : place + 5] = shade
    return picture.reshape(400, 2, 1050, 2, 3).mean((1, 3)).astype(np.uint8)


def graph(training: bool, momentum: float, epsilon: float) -> bytes:
    """The file of the graph that answers."""
    return operators.graph(text(training, momentum, epsilon))


CHANGE = """largest_change (float[m,c] before, float[m,c] after) => (float most) {
 change = Sub(after, before)
 size = Abs(change)
 most = ReduceMax <keepdims = 0> (size)
}"""


def largest_change(before: np.ndarray, after: np.ndarray) -> float:
    """The largest difference between two batches [m, c], in magnitude."""
    return float(operators.run(CHANGE, {"before": before, "after": after})["most"])
