"""A composition of linear models is linear: W3 (W2 (W1 x + b1) + b2) + b3 = W x + b, multiplied out by a graph.

The net has one input, two hidden layers of three units, and one output: 22 numbers that collapse to two. With ReLU between the
layers it is piecewise linear; `KINKED` counts where its slope changes.
"""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from playground import figures, matrices, operators
from playground.engine import Answer
from playground.language import text as _

REACH = 4.0
SHAPES = {"W1": (3, 1), "b1": (3, 1), "W2": (3, 3), "b2": (3, 1), "W3": (1, 3), "b3": (1, 1)}
START = {
    "W1": "1.5;-1.5;-0.5", "b1": "-1;-1.5;0.5", "W2": "-1.5,-0.5,1;1.5,0.5,0.5;-1,1.5,-1.5", "b2": "1;-2;0.5",
    "W3": "-1,-1,-0.5", "b3": "1.5",
}  # fmt: skip
PORTS = "float[h, i] W1, float[h, 1] b1, float[k, h] W2, float[k, 1] b2, float[o, k] W3, float[o, 1] b3"
PRODUCT = f"""
collapse ({PORTS}) => (float[k, i] W21, float[k, 1] b21, float[o, i] W, float[o, 1] b) {{
  W21 = MatMul(W2, W1)
  W2b1 = MatMul(W2, b1)
  b21 = Add(W2b1, b2)
  W = MatMul(W3, W21)
  W3b21 = MatMul(W3, b21)
  b = Add(W3b21, b3)
}}"""
ONE = """
one (float[o, i] W, float[o, 1] b, float[i, n] x) => (float[o, n] y) {
  product = MatMul(W, x)
  y = Add(product, b)
}"""
LAYERS = f"""
layers ({PORTS}, float[i, n] x) => (float[o, n] y) {{
  p1 = MatMul(W1, x)
  z1 = Add(p1, b1)
  p2 = MatMul(W2, z1)
  z2 = Add(p2, b2)
  p3 = MatMul(W3, z2)
  y = Add(p3, b3)
}}"""
APART = """
apart (float[o, n] one, float[o, n] other) => (float apart) {
  difference = Sub(one, other)
  size = Abs(difference)
  apart = ReduceMax <keepdims = 0> (size)
}"""
KINKED = f"""
kinked ({PORTS}, float[1, n] x) => (float[o, n] y, float[o, n] slope, bool[o, m] kink, int64 kinks) {{
  p1 = MatMul(W1, x)
  z1 = Add(p1, b1)
  h1 = Relu(z1)
  p2 = MatMul(W2, h1)
  z2 = Add(p2, b2)
  h2 = Relu(z2)
  p3 = MatMul(W3, h2)
  y = Add(p3, b3)
  zero = Constant <value_float = 0.0> ()
  above1 = Greater(z1, zero)
  above2 = Greater(z2, zero)
  on1 = Cast <to = 1> (above1)
  on2 = Cast <to = 1> (above2)
  d1 = Mul(on1, W1)
  d2 = MatMul(W2, d1)
  d2on = Mul(on2, d2)
  slope = MatMul(W3, d2on)
  first = Constant <value_ints = [0]> ()
  second = Constant <value_ints = [1]> ()
  end = Constant <value_ints = [2147483647]> ()
  before_end = Constant <value_ints = [-1]> ()
  left = Slice(slope, first, before_end, second)
  right = Slice(slope, second, end, second)
  change = Sub(right, left)
  size = Abs(change)
  least = Constant <value_float = 0.0001> ()
  kink = Greater(size, least)
  ones = Cast <to = 7> (kink)
  kinks = ReduceSum <keepdims = 0> (ones)
}}"""


def parse(written: dict[str, str]) -> dict[str, np.ndarray]:
    """The six matrices as people and links write them. Raises ValueError with the name of the first that has another shape."""
    found = {}
    for name, shape in SHAPES.items():
        try:
            found[name] = matrices.parse(written[name], shape, 100)
        except ValueError as error:
            raise ValueError(name) from error
        if found[name].shape != shape:
            raise ValueError(name)
    return found


def grid() -> np.ndarray:
    """x where the nets are drawn: float32 [1, 2048], steps of 1/256, a half step beside the round numbers where kinks lie."""
    return ((np.arange(-1024, 1024) + 0.5) / 1024 * REACH).astype(np.float32)[None]


@dataclass(frozen=True)
class Comparison:
    """Three layers and the one they collapse to, over the grid.

    Attributes:
        collapsed: W21, b21 of the first two layers as one, W, b of all three.
        single, layered, bent: y [n] of the single layer, of the three, of the three with ReLU between them.
        apart: the largest difference of single and layered.
        places: x of the kinks of `bent`.
    """

    collapsed: Answer
    single: np.ndarray
    layered: np.ndarray
    bent: np.ndarray
    apart: float
    places: np.ndarray

    @property
    def kinks(self) -> int:
        return len(self.places)


def compare(weights: dict[str, np.ndarray]) -> Comparison:
    """Run the graphs. The weights are those of `parse`."""
    x, collapsed = grid(), operators.run(PRODUCT, weights)
    single = operators.run(ONE, {"W": collapsed["W"], "b": collapsed["b"], "x": x})["y"]
    layered, bent = operators.run(LAYERS, {**weights, "x": x})["y"], operators.run(KINKED, {**weights, "x": x})
    apart = operators.run(APART, {"one": single, "other": layered})["apart"]
    return Comparison(collapsed, single[0], layered[0], bent["y"][0], float(apart), x[0, :-1][bent["kink"][0]])


def figure(found: Comparison, with_relu: bool, separators: str) -> go.Figure:
    """The three layers and the single one over x; with ReLU between the layers, the kinked function beside it."""
    x = grid()[0]
    wide = {"width": 9, "color": figures.CLASSES[4]}
    first = go.Scatter(x=x, y=found.layered, name=_("three layers"), mode="lines", line=wide)
    lines = [
        go.Scatter(
            x=x,
            y=found.single,
            name=_("the single layer W x + b"),
            mode="lines",
            line={"width": 2.5, "color": figures.CLASSES[0]},
        )
    ]
    if with_relu:
        heights = np.interp(found.places, x, found.bent)
        lines += [
            go.Scatter(
                x=x,
                y=found.bent,
                name=_("three layers with ReLU"),
                mode="lines",
                line={"width": 3, "color": figures.CLASSES[5]},
            ),
            go.Scatter(
                x=found.places, y=heights, name=_("kinks"), mode="markers", marker={"size": 9, "color": figures.CLASSES[5]}
            ),
        ]
    else:
        lines.insert(0, first)
    low, high = (found.bent if with_relu else found.layered).min(), (found.bent if with_relu else found.layered).max()
    air = max(0.15 * float(high - low), 0.5)
    title = _("With ReLU between them: {kinks} kinks").format(kinks=found.kinks) if with_relu else _("Three layers, one line")
    figure = go.Figure(
        lines, layout={"template": "playground", "title": {"text": title}, "height": 400, "separators": separators}
    )
    figure.update_layout(legend={"y": -0.28, "yanchor": "top"}, margin={"t": 50})  # below, where a phone has room
    figure.update_xaxes(title="x", range=[-REACH, REACH])
    figure.update_yaxes(title="y", range=[low - air, high + air])
    return figure


def written(values: np.ndarray) -> str:
    """A matrix in LaTeX."""
    rows = r" \\ ".join(" & ".join(f"{value:.4g}" for value in row) for row in values)
    return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"


def multiplied_out(weights: dict[str, np.ndarray], collapsed: Answer) -> list[str]:
    """The product step by step, as four formulas in LaTeX."""
    m = {name: written(value) for name, value in {**weights, **collapsed.outputs}.items()}
    steps = [
        ("W_2 W_1", f"{m['W2']} {m['W1']}", m["W21"]),
        ("W_2 b_1 + b_2", f"{m['W2']} {m['b1']} + {m['b2']}", m["b21"]),
        ("W = W_3 (W_2 W_1)", f"{m['W3']} {m['W21']}", m["W"]),
        ("b = W_3 (W_2 b_1 + b_2) + b_3", f"{m['W3']} {m['b21']} + {m['b3']}", m["b"]),
    ]
    return [rf"\small\begin{{aligned}} & {left} \\ &= {middle} \\ &= {right} \end{{aligned}}" for left, middle, right in steps]


CODE = """\
import torch
from torch import nn

net = nn.Sequential(nn.Linear(1, 3), nn.Linear(3, 3), nn.Linear(3, 1))
first, second, third = net
W = third.weight @ second.weight @ first.weight
b = third.weight @ (second.weight @ first.bias + second.bias) + third.bias
x = torch.randn(5, 1)
print(net(x) - (x @ W.T + b))  # zero, up to rounding
"""
