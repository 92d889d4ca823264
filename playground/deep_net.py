"""What an activation and an initialisation do to values and gradients through many layers: one graph, forward and backward.

h_l = f(h_{l-1} W_l), weights normal with a variance of gain / width^power: Glorot & Bengio 2010 (1/n where layers are equally
wide, which is LeCun's 1/n too), He et al. 2015 (arXiv:1502.01852, 2/n), Klambauer et al. 2017 (arXiv:1706.02515, SELU with
1/n keeps mean 0 and variance 1). No biases. The loss is L = Σ h_depth ∘ r with a random r: the gradient that enters from above
is a normal one. Two ONNX Scans run over the layers, the second backwards; statistics are taken in double precision, since
squares of a vanished gradient are below float32.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from math import inf, log10

import numpy as np

from playground import activations, figures, operators
from playground.activations import DEAD, FUNCTIONS
from playground.components import packed
from playground.engine import Answer
from playground.images import data_url

BATCH = 64
BINS, EDGE = 49, 3.0  # histograms of [-EDGE, EDGE]; what lies beyond is in the outermost bins
INITS = {"xavier": (1.0, 1.0), "he": (2.0, 1.0), "small": (1e-4, 0.0), "one": (1.0, 0.0)}  # gain, power


@dataclass(frozen=True)
class Net:
    """What is in the link: layers, units a layer, initialisation (a key of INITS), its factor, and the weights' seed."""

    depth: int = 50
    width: int = 100
    init: str = "xavier"
    times: float = 1.0
    seed: int = 0


FORWARD = """
    x = MatMul(before, w)
    {body}
    exact = Cast <to = 11> (y)
    mean_of = ReduceMean <keepdims = 0> (exact)
    apart = Sub(exact, mean_of)
    squared = Mul(apart, apart)
    variance = ReduceMean <keepdims = 0> (squared)
    std_of = Sqrt(variance)
    size_of_slope = Abs(slope)
    is_dead = Less(size_of_slope, least)
    dead_units = Cast <to = 1> (is_dead)
    dead_of = ReduceMean <keepdims = 0> (dead_units)
    scaled_y = Mul(y, bins_per_unit)
    shifted_y = Add(scaled_y, middle)
    whole = Round(shifted_y)
    within = Clip(whole, lowest, highest)
    flat = Reshape(within, all)
    lost = IsNaN(flat)
    found = Where(lost, lowest, flat)
    bins = Cast <to = 7> (found)
    each = Where(lost, lowest, unit)
    counts_of = ScatterElements <reduction = "add"> (empty, bins, each)
    after = Identity(y)
    kept = Identity(before)
    slope_of = Identity(slope)
"""
BACKWARD = """
    at_x = Mul(g, slope_at)
    turned_w = Transpose(w_at)
    below = MatMul(at_x, turned_w)
    turned_h = Transpose(h_at)
    to_w = MatMul(turned_h, at_x)
    to_w_wide = Cast <to = 11> (to_w)
    norm_of = ReduceL2 <keepdims = 0> (to_w_wide)
    below_wide = Cast <to = 11> (below)
    below_norm = ReduceL2 <keepdims = 0> (below_wide)
    share_of = Div(below_norm, top_norm)
"""


def graph(name: str) -> str:
    """ONNX text: h, top = ∂L/∂h_depth [batch, width]; weights [depth, width, width] ~ N(0, 1); gain, power, times.

    Outputs by layer, double [depth] where not said otherwise: mean, std of h_l; dead, the share of |f'| < 0.01 (float);
    counts, histograms (float [depth, 49]); weight_norm, ‖∂L/∂W_l‖; share, ‖∂L/∂h_{l-1}‖ / ‖∂L/∂h_depth‖. And last = h_depth,
    bottom = ∂L/∂h_0 [batch, width].
    """
    a = ", float a" if FUNCTIONS[name].parameter else ""
    return f"""
deep_{name} (float[batch, width] h, float[depth, width, width] weights, float[batch, width] top, float gain, float power,
             float times{a}) =>
    (double[depth] mean, double[depth] std, float[depth] dead, float[depth, {BINS}] counts, double[depth] weight_norm,
     double[depth] share, float[batch, width] last, float[batch, width] bottom) {{
  width_of = Shape <start = 2> (weights)
  fan = Cast <to = 1> (width_of)
  divisor = Pow(fan, power)
  variance_of_w = Div(gain, divisor)
  usual = Sqrt(variance_of_w)
  deviation = Mul(usual, times)
  scaled = Mul(weights, deviation)
  least = Constant <value_float = {DEAD}> ()
  bins_per_unit = Constant <value_float = {(BINS - 1) / 2 / EDGE}> ()
  middle = Constant <value_float = {(BINS - 1) / 2}> ()
  lowest = Constant <value_float = 0.0> ()
  highest = Constant <value_float = {BINS - 1.0}> ()
  all = Constant <value_ints = [-1]> ()
  unit = Constant <value_float = 1.0> ()
  bins_shape = Constant <value_ints = [{BINS}]> ()
  empty = ConstantOfShape (bins_shape)
  last, inputs, slopes, mean, std, dead, counts = Scan <num_scan_inputs = 1, body = forward
    (float[batch, width] before, float[width, width] w) =>
    (float[batch, width] after, float[batch, width] kept, float[batch, width] slope_of, double mean_of, double std_of,
     float dead_of, float[{BINS}] counts_of) {{ {FORWARD.format(body=FUNCTIONS[name].body)} }}> (h, scaled)
  top_wide = Cast <to = 11> (top)
  top_norm = ReduceL2 <keepdims = 0> (top_wide)
  bottom, weight_norm, share = Scan <num_scan_inputs = 3, scan_input_directions = [1, 1, 1],
    scan_output_directions = [1, 1], body = backward
    (float[batch, width] g, float[width, width] w_at, float[batch, width] slope_at, float[batch, width] h_at) =>
    (float[batch, width] below, double norm_of, double share_of) {{ {BACKWARD} }}> (top, scaled, slopes, inputs)
}}"""


def inputs(name: str, net: Net) -> dict[str, np.ndarray]:
    """What the graph of a function is given for a net; the same numbers for the same seed, for all functions."""
    h, top, weights = _drawn(net.depth, net.width, net.seed)
    gain, power = INITS[FUNCTIONS[name].init if net.init == "own" else net.init]
    return {
        "h": h, "weights": weights, "top": top,
        "gain": np.array(gain, np.float32), "power": np.array(power, np.float32), "times": np.array(net.times, np.float32),
        **activations.parameter(name),
    }  # fmt: skip


@lru_cache(maxsize=4)
def _drawn(depth: int, width: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Normal numbers for h, top and weights; three functions side by side share them. Up to 7 MB."""
    random = np.random.default_rng(seed)
    h, top = random.standard_normal((2, BATCH, width), np.float32)
    return h, top, random.standard_normal((depth, width, width), np.float32)


@lru_cache(maxsize=128)
def through(name: str, net: Net) -> Answer:
    """Run a net forward and back. The arrays are shared: not to be written to."""
    return operators.run(graph(name), inputs(name, net))


def left_over(name: str, net: Net, powers: tuple[int, ...]) -> tuple[float, int]:
    """‖∂L/∂h_0‖ / ‖∂L/∂h_depth‖, what the way back through all layers leaves, and which power of ten it is nearest to."""
    share = float(through(name, net)["share"][0])
    exponent = log10(share) if share else -inf
    return share, min(powers, key=lambda power: abs(power - exponent))


def panels(names: list[str], net: Net) -> list[dict]:
    """What components.depth draws of one net a function: numbers by layer, None where they are not finite; histograms."""
    nets = []
    for colour, name in zip(figures.CLASSES, names, strict=False):
        answer = through(name, net)
        numbers = {
            key: [float(v) if np.isfinite(v) else None for v in answer[key]] for key in ("mean", "std", "dead", "weight_norm")
        }
        shares = answer["counts"] / np.maximum(answer["counts"].max(1, keepdims=True), 1)
        nets.append({"name": name, "title": activations.titles()[name], "colour": colour, "counts": packed(answer["counts"]),
                     "picture": _picture(shares), **numbers})  # fmt: skip
    return nets


def _picture(shares: np.ndarray) -> str:
    """Histograms [depth, bins] as a picture, a column a layer, large values on top; square roots, so that tails are seen."""
    pixels = figures.cividis(np.sqrt(shares.T[::-1]))
    return data_url(np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)]))


def code(name: str, net: Net) -> str:
    """The same net in torch, backward by autograd."""
    return f"""\
import torch
from torch.nn import functional as F

f = {TORCH[name]}
h, gradients, layers = torch.randn({BATCH}, {net.width}), [], []
for layer in range({net.depth}):
    W = torch.randn({net.width}, {net.width}) * {_deviation(name, net)}
    layers.append(W.requires_grad_())
    h = f(h @ W)
(h * torch.randn_like(h)).sum().backward()
print(h.std(), [float(W.grad.norm()) for W in layers])
"""


TORCH = {
    "identity": "torch.Tensor.clone", "sign": "torch.sign", "sigmoid": "torch.sigmoid", "tanh": "torch.tanh", "relu": "F.relu",
    "leaky": "lambda x: F.leaky_relu(x, 0.01)", "prelu": "lambda x: F.leaky_relu(x, 0.25)", "elu": "F.elu", "selu": "F.selu",
    "gelu": "F.gelu", "gelu_tanh": 'lambda x: F.gelu(x, approximate="tanh")', "silu": "F.silu", "softplus": "F.softplus",
}  # fmt: skip


def _deviation(name: str, net: Net) -> str:
    """The weights' deviation, as code."""
    gain, power = INITS[FUNCTIONS[name].init if net.init == "own" else net.init]
    return f"{net.times} * ({gain} / {net.width} ** {power}) ** 0.5"


@cache
def cover() -> np.ndarray:
    """How values spread through fifty layers of tanh, ReLU and SELU: uint8 RGB [400, 1050, 3]."""
    spread = [through(name, Net(init="own" if name == "selu" else "xavier"))["counts"] for name in ("tanh", "relu", "selu")]
    tiles = [figures.cividis(np.sqrt(counts.T[::-1] / counts.max(1))).repeat(8, 0).repeat(7, 1)[:, :342] for counts in spread]
    framed = [np.pad(tile, ((4, 4), (0, 12), (0, 0)), constant_values=255) for tile in tiles]
    return np.concatenate(framed, 1)[:, :1050]
