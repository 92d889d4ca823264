"""What batch normalisation does to a deep net's activations and gradients: two nets of the same weights, one with it.

A layer is z = h W, then ẑ = (z - μ) / √(σ² + ε) by unit over the batch where there is batch norm (γ = 1, β = 0, as it starts),
then tanh or ReLU. One Scan runs the layers forwards, a second one backwards from a given ∂L/∂h of the last layer; with m
examples ∂L/∂z = (∂L/∂ẑ - mean(∂L/∂ẑ) - ẑ mean(∂L/∂ẑ ẑ)) / √(σ² + ε) (Ioffe & Szegedy 2015, arXiv:1502.03167, section 3).
Both lie in one small ONNX graph; depth, width, batch and the scale of the weights are its inputs' to say.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import plotly.graph_objects as go

from playground import figures, operators
from playground.language import text as _

WIDTH, BATCH, BINS, DEEPEST = 64, 128, 40, 50
RANGES = {"tanh": (-1.0, 1.0), "relu": (0.0, 4.0)}  # what the histograms show; what lies beyond counts at the ends

_NORMALISE = """ column = Constant <value = int64[1] {0}> ()
  mu = ReduceMean(z, column)
  centred = Sub(z, mu)
  square = Mul(centred, centred)
  var = ReduceMean(square, column)
  epsilon = Constant <value = float {0.00001}> ()
  above_zero = Add(var, epsilon)
  deviation = Sqrt(above_zero)
  z_hat = Div(centred, deviation)"""
_PASS = """ z_hat = Identity(z)
  column = Constant <value = int64[1] {0}> ()
  square = Mul(z, z)
  deviation = ReduceMean(square, column)"""
_NORMALISE_BACK = """ column = Constant <value = int64[1] {0}> ()
  mean_d = ReduceMean(d_hat, column)
  along = Mul(d_hat, z_hat)
  mean_along = ReduceMean(along, column)
  common = Mul(z_hat, mean_along)
  less = Sub(d_hat, mean_d)
  own = Sub(less, common)
  dz = Div(own, deviation)"""
_ACTIVATION = {"tanh": "h_next = Tanh(z_hat)", "relu": "h_next = Relu(z_hat)"}
_ACTIVATION_BACK = {
    "tanh": """ h_square = Mul(h_out, h_out)
  one = Constant <value = float {1.0}> ()
  slope = Sub(one, h_square)""",
    "relu": """ positive = Sign(h_out)
  slope = Identity(positive)""",
}


def _size(values: str, name: str) -> str:
    """Lines for the root mean square of a tensor, by its largest number first, so that squares neither over- nor underflow."""
    return f""" {name}_abs = Abs({values})
  {name}_most = ReduceMax <keepdims = 0> ({name}_abs)
  {name}_least = Constant <value = float {{1e-37}}> ()
  {name}_unit = Max({name}_most, {name}_least)
  {name}_share = Div({values}, {name}_unit)
  {name}_square = Mul({name}_share, {name}_share)
  {name}_mean = ReduceMean <keepdims = 0> ({name}_square)
  {name}_root = Sqrt({name}_mean)
  {name} = Mul({name}_root, {name}_unit)"""


def text(normalised: bool, activation: str) -> str:
    """The net, forwards and backwards, as ONNX text: x [batch, width], weights [layers, width, width], scale, d_last as x.

    Gives by layer the mean and standard deviation of what it puts out, its histogram, and the root mean square of the
    gradients by its weights and by its outputs; and all outputs and weight gradients, which the tests compare with torch.
    """
    low, high = RANGES[activation]
    return f"""deep (float[b,n] x, float[l,n,n] weights, float scale, float[b,n] d_last) => (
 float[l] mean, float[l] std, float[l,{BINS}] histogram, float[l] weight_gradient, float[l] gradient,
 float[l,b,n] outputs, float[l,n,n] dw) {{
 scaled = Mul(weights, scale)
 last, inputs, outputs, z_hats, deviations, mean, std, histogram = Scan <num_scan_inputs = 1,
 body = layer (float[b,n] h, float[n,n] w) => (float[b,n] h_next, float[b,n] h_in, float[b,n] h_out, float[b,n] z_hat_out,
  float[1,n] deviation_out, float layer_mean, float layer_std, float[{BINS}] counts) {{
  h_in = Identity(h)
  z = MatMul(h, w)
 {_NORMALISE if normalised else _PASS}
  {_ACTIVATION[activation]}
  h_out = Identity(h_next)
  z_hat_out = Identity(z_hat)
  deviation_out = Identity(deviation)
  layer_mean = ReduceMean <keepdims = 0> (h_next)
  off = Sub(h_next, layer_mean)
 {_size("off", "layer_std")}
  low = Constant <value = float {{{low}}}> ()
  bins = Constant <value = float {{{BINS / (high - low)}}}> ()
  above = Sub(h_next, low)
  place = Mul(above, bins)
  floor = Floor(place)
  first = Constant <value = float {{0.0}}> ()
  final = Constant <value = float {{{BINS - 1}.0}}> ()
  clipped = Clip(floor, first, final)
  index = Cast <to = 7> (clipped)
  flat = Constant <value = int64[1] {{-1}}> ()
  all_places = Reshape(index, flat)
  size = Shape(all_places)
  ones = ConstantOfShape <value = float[1] {{1.0}}> (size)
  width = Constant <value = int64[1] {{{BINS}}}> ()
  empty = ConstantOfShape (width)
  counts = ScatterElements <axis = 0, reduction = "add"> (empty, all_places, ones)
 }}> (x, scaled)
 d_first, weight_gradient, gradient, dw = Scan <num_scan_inputs = 5, scan_input_directions = [1, 1, 1, 1, 1],
 scan_output_directions = [1, 1, 1], body = layer_back (float[b,n] d, float[n,n] w, float[b,n] h_in, float[b,n] h_out,
  float[b,n] z_hat, float[1,n] deviation) => (float[b,n] d_before, float layer_dw, float layer_d, float[n,n] dw_out) {{
 {_ACTIVATION_BACK[activation]}
  d_hat = Mul(d, slope)
 {_NORMALISE_BACK if normalised else " dz = Identity(d_hat)"}
  h_turned = Transpose <perm = [1, 0]> (h_in)
  dw_out = MatMul(h_turned, dz)
  w_turned = Transpose <perm = [1, 0]> (w)
  d_before = MatMul(dz, w_turned)
 {_size("dw_out", "layer_dw")}
 {_size("d", "layer_d")}
 }}> (d_last, scaled, inputs, outputs, z_hats, deviations)
}}"""


@dataclass(frozen=True)
class Net:
    """How deep, which activation, how large the weights are: their deviation times √width; and where the chance comes from."""

    depth: int
    activation: str
    scale: float
    seed: int


@lru_cache(maxsize=4)
def _chance(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    shapes = (BATCH, WIDTH), (BATCH, WIDTH), (DEEPEST, WIDTH, WIDTH)
    x, d_last, weights = (random.standard_normal(shape, np.float32) for shape in shapes)
    return x, d_last, weights / np.float32(WIDTH**0.5)


def feeds(net: Net) -> dict[str, np.ndarray]:
    """The graph's inputs: a batch, the weights of the first `depth` layers, their scale, the gradient that comes from above."""
    x, d_last, weights = _chance(net.seed)
    return {"x": x, "weights": weights[: net.depth], "scale": np.array(net.scale, np.float32), "d_last": d_last}


@lru_cache(maxsize=32)
def run(net: Net, normalised: bool) -> dict[str, np.ndarray]:
    """What the graph says of the net by layer: mean, std, histogram, weight_gradient, gradient."""
    answer = operators.run(text(normalised, net.activation), feeds(net))
    return {name: answer[name] for name in ("mean", "std", "histogram", "weight_gradient", "gradient")}


def twice(net: Net, normalised: bool) -> tuple[str, float, float]:
    """What twice the weight scale makes of the last layer's deviation: "stays", "grows" or "explodes", from what to what."""
    nets = (net, replace(net, scale=2 * net.scale))
    before, after = (float(run(each, normalised)["std"][-1]) for each in nets)
    return "stays" if after < 1.3 * before else "grows" if after < 3 * before else "explodes", before, after


def graph(activation: str) -> bytes:
    """The file of the net with batch norm."""
    return operators.graph(text(True, activation))


def lines(net: Net, name: str, title: str, y_title: str, language: str) -> go.Figure:
    """A number by layer on a logarithmic axis, with and without batch norm."""
    figure = go.Figure(layout={"template": "playground", "height": 310, "title": {"text": title}})
    layers = list(range(1, net.depth + 1))
    for normalised, label in ((False, _("without")), (True, _("with batch norm"))):
        values = run(net, normalised)[name]
        figure.add_scatter(x=layers, y=np.where(values > 0, values, np.nan), name=label, mode="lines", line={"width": 2.5})
    figure.update_xaxes(title=_("layer"))
    values = np.concatenate([run(net, normalised)[name] for normalised in (False, True)])
    powers = np.log10(values[values > 0])
    low, high = int(np.floor(powers.min())), int(np.ceil(powers.max()))  # whole powers of ten, about six of them named
    figure.update_yaxes(title=y_title, type="log", range=[low, high], dtick=max(1, (high - low) // 6), exponentformat="power")
    return figure.update_layout(separators=figures.separators(language))


def histograms(net: Net, normalised: bool, title: str, language: str) -> go.Figure:
    """How each layer's outputs are spread: a column a layer, bright where many lie."""
    counts = run(net, normalised)["histogram"]
    low, high = RANGES[net.activation]
    centres = low + (np.arange(BINS) + 0.5) * (high - low) / BINS
    share = counts / counts.sum(1, keepdims=True)
    figure = go.Figure(
        go.Heatmap(x=list(range(1, net.depth + 1)), y=centres, z=np.sqrt(share.T), colorscale="Cividis", showscale=False,
                   customdata=share.T, hovertemplate="%{x} · %{y:.2f} · %{customdata:.1%}<extra></extra>"),
        layout={"template": "playground", "height": 300, "title": {"text": title}, "hovermode": "closest"},
    )  # fmt: skip
    figure.update_xaxes(title=_("layer"))
    figure.update_yaxes(title=_("output"))
    return figure.update_layout(separators=figures.separators(language), margin={"t": 45})
