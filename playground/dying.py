"""A neuron a = f(w x + b) that learns four points by gradient descent, with one activation or another, in one graph.

Where all pre-activations are negative, ReLU passes no gradient, and the neuron stays as it is for ever.
"""

import numpy as np

from playground import activations, figures, operators
from playground.activations import FUNCTIONS, titles
from playground.components import packed
from playground.engine import Answer

POINTS = np.array([-0.5, 0.25, 1, 1.5], np.float32)
TARGETS = np.array([0.25, 0.5, 1, 1.25], np.float32)
GRID = np.linspace(-1, 2, 61, dtype=np.float32)  # where the neuron's answer is drawn
STEPS = 120
STARTS = {
    "born": {"w0": 1.0, "b0": -2.0, "step_size": 0.3},
    "killed": {"w0": 3.0, "b0": 3.0, "step_size": 0.55},
    "alive": {"w0": 1.0, "b0": 0.0, "step_size": 0.3},
}
BODY = """
    wx = Mul(w_old, points)
    x = Add(wx, b_old)
    {body}
    error = Sub(y, targets)
    squares = Mul(error, error)
    shared = Mul(squares, shares)
    loss_of = ReduceSum <keepdims = 0> (shared)
    twice = Add(error, error)
    at_y = Mul(twice, shares)
    at_x = Mul(at_y, slope)
    at_w = Mul(at_x, points)
    w_slope = ReduceSum <keepdims = 0> (at_w)
    b_slope = ReduceSum <keepdims = 0> (at_x)
    w_step = Mul(step_size, w_slope)
    b_step = Mul(step_size, b_slope)
    w_new = Sub(w_old, w_step)
    b_new = Sub(b_old, b_step)
    w_of = Identity(w_old)
    b_of = Identity(b_old)
    z_of = Identity(x)
    y_of = Identity(y)
"""


def graph(name: str) -> str:
    """ONNX text of gradient descent on L = Σ shares (f(w x + b) - target)², as many steps as `turns` has elements.

    w0, b0, step_size; points, targets, shares [m]; what has a share of 0 is answered and not learned. Outputs before each step:
    w, b, loss, w_gradient, b_gradient [steps]; z and y [steps, m].
    """
    a = ", float a" if FUNCTIONS[name].parameter else ""
    return f"""
learn_{name} (float[m] points, float[m] targets, float[m] shares, float w0, float b0, float step_size, float[steps] turns{a}) =>
    (float[steps] w, float[steps] b, float[steps] loss, float[steps] w_gradient, float[steps] b_gradient, float[steps, m] z,
     float[steps, m] answers) {{
  w_last, b_last, w, b, loss, w_gradient, b_gradient, z, answers = Scan <num_scan_inputs = 1, body = step
    (float w_old, float b_old, float turn) => (float w_new, float b_new, float w_of, float b_of, float loss_of, float w_slope,
     float b_slope, float[m] z_of, float[m] y_of) {{ {BODY.format(body=FUNCTIONS[name].body)} }}> (w0, b0, turns)
}}"""


def inputs(name: str, w0: float, b0: float, step_size: float, a: float | None = None) -> dict[str, np.ndarray]:
    """The four points, each with a share of 1/4, and after them the grid."""
    shares = np.concatenate([np.full(len(POINTS), 1 / len(POINTS)), np.zeros(len(GRID))])
    return {
        "w0": np.array(w0, np.float32), "b0": np.array(b0, np.float32), "step_size": np.array(step_size, np.float32),
        "points": np.concatenate([POINTS, GRID]), "targets": np.concatenate([TARGETS, np.zeros_like(GRID)]),
        "shares": shares.astype(np.float32), "turns": np.arange(STEPS + 1, dtype=np.float32), **activations.parameter(name, a),
    }  # fmt: skip


def learn(name: str, w0: float, b0: float, step_size: float, a: float | None = None) -> Answer:
    """`STEPS` steps from w0 and b0; see `graph`."""
    return operators.run(graph(name), inputs(name, w0, b0, step_size, a))


def film(runs: dict[str, Answer], parameters: dict[str, float | None]) -> dict:
    """What components.dying plays: runs by function, with the functions' own curves; `parameters` as far as not usual."""
    nets = []
    for colour, (name, run) in zip((figures.CLASSES[1], figures.CLASSES[0]), runs.items(), strict=False):
        numbers = {key: run[key].tolist() for key in ("w", "b", "loss", "w_gradient", "b_gradient")}
        curve = activations.at(name, activations.samples(), parameters.get(name))["y"]
        nets.append({
            "name": name, "title": titles()[name], "colour": colour, "z": packed(run["z"]), "y": packed(run["answers"]),
            "curve": packed(curve), **numbers,
        })  # fmt: skip
    return {"nets": nets, "points": POINTS.tolist(), "targets": TARGETS.tolist(), "grid": GRID.tolist(), "steps": STEPS,
            "reach": activations.REACH, "per_unit": activations.STEP}  # fmt: skip


CODE = """\
import torch

x, target = torch.tensor([-0.5, 0.25, 1, 1.5]), torch.tensor([0.25, 0.5, 1, 1.25])
w, b = torch.tensor(1.0, requires_grad=True), torch.tensor(-2.0, requires_grad=True)
for step in range(120):
    loss = ((torch.relu(w * x + b) - target) ** 2).mean()
    gradients = torch.autograd.grad(loss, (w, b))  # zero from the beginning
    w, b = ((p - 0.3 * g).detach().requires_grad_() for p, g in zip((w, b), gradients))
print(loss)
"""
