"""A composition of linear models is linear: W3 (W2 (W1 x + b1) + b2) + b3 = W x + b, multiplied out by a graph.

The net has one input, two hidden layers of three units, and one output: 22 numbers that collapse to two. With ReLU between the
layers it is piecewise linear; `KINKED` counts where its slope changes.
"""

import numpy as np

from playground import matrices, operators
from playground.engine import Answer

REACH = 4.0
SHAPES = {"W1": (3, 1), "b1": (3, 1), "W2": (3, 3), "b2": (3, 1), "W3": (1, 3), "b3": (1, 1)}
START = {
    "W1": "1.5;-1.5;-0.5", "b1": "-1;-1.5;0.5", "W2": "-1.5,-0.5,1;1.5,0.5,0.5;-1,1.5,-1.5", "b2": "1;-2;0.5", "W3": "-1,-1,-0.5",
    "b3": "1.5",
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


def product(weights: dict[str, np.ndarray]) -> Answer:
    """W21, b21 of the first two layers as one, W and b of all three."""
    return operators.run(PRODUCT, weights)


def one(collapsed: Answer) -> np.ndarray:
    """y [1, n] of the single layer over the grid."""
    return operators.run(ONE, {"W": collapsed["W"], "b": collapsed["b"], "x": grid()})["y"]


def layers(weights: dict[str, np.ndarray]) -> np.ndarray:
    """y [1, n] of the three layers over the grid."""
    return operators.run(LAYERS, {**weights, "x": grid()})["y"]


def kinked(weights: dict[str, np.ndarray]) -> Answer:
    """y, slope, kink and the number of kinks of the three layers with ReLU between them, over the grid."""
    return operators.run(KINKED, {**weights, "x": grid()})
