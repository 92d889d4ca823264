"""Batch norm at inference is a line, and folds into the convolution before it: w γ / √(σ² + ε), (b - μ) γ / √(σ² + ε) + β."""

import numpy as np

from playground import figures, operators
from playground.engine import Answer
from playground.sample_photos import photo

FOLDING = """folding (float[n,c,h,w] x, float[m,c,i,j] w, float[m] b, float[m] gamma, float[m] beta, float epsilon) => (
 float[n,m,p,q] conv, float[n,m,p,q] normalised, float[n,m,p,q] folded, float[m] mean, float[m] var, float[m] scale,
 float[m,c,i,j] w_folded, float[m] b_folded, float difference) {
 conv = Conv(x, w, b)
 places = Constant <value = int64[3] {0, 2, 3}> ()
 mean_kept = ReduceMean(conv, places)
 centred = Sub(conv, mean_kept)
 square = Mul(centred, centred)
 var = ReduceMean <keepdims = 0> (square, places)
 mean = ReduceMean <keepdims = 0> (conv, places)
 normalised = BatchNormalization <epsilon = 0.00001> (conv, gamma, beta, mean, var)
 above_zero = Add(var, epsilon)
 deviation = Sqrt(above_zero)
 scale = Div(gamma, deviation)
 filters = Constant <value = int64[4] {-1, 1, 1, 1}> ()
 scale_by_filter = Reshape(scale, filters)
 w_folded = Mul(w, scale_by_filter)
 b_centred = Sub(b, mean)
 b_scaled = Mul(b_centred, scale)
 b_folded = Add(b_scaled, beta)
 folded = Conv(x, w_folded, b_folded)
 apart = Sub(normalised, folded)
 size = Abs(apart)
 difference = ReduceMax <keepdims = 0> (size)
}"""

KERNELS = (((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)), ((0, -1, 0), (-1, 4, -1), (0, -1, 0)), ((1, 2, 1), (2, 4, 2), (1, 2, 1)))


def feeds(gamma: float, beta: float) -> dict[str, np.ndarray]:
    """A photo in grey, 160x160 and from 0 to 1, three kernels (vertical edges, spots, blur), γ and β the same for all."""
    grey = photo("church")[::2, ::2].mean(-1, dtype=np.float32)[None, None] / 255
    w = np.array(KERNELS, np.float32)[:, None]
    ones = np.ones(len(w), np.float32)
    return {
        "x": grey,
        "w": w,
        "b": 0.1 * ones,
        "gamma": gamma * ones,
        "beta": beta * ones,
        "epsilon": np.array(1e-5, np.float32),
    }


def fold(gamma: float, beta: float) -> Answer:
    """Three convolutions of a photo, normalised by their own statistics, and as one convolution with folded weights."""
    return operators.run(FOLDING, feeds(gamma, beta))


def graph() -> bytes:
    """The file of the graph that folds."""
    return operators.graph(FOLDING)


def picture(answer: Answer) -> np.ndarray:
    """The maps of `fold` as signed pictures: a row each for convolution, batch norm and folded convolution, uint8 RGB."""
    rows = []
    for name in ("conv", "normalised", "folded"):
        maps = [np.pad(figures.signed(values), ((2, 2), (2, 2), (0, 0)), constant_values=255) for values in answer[name][0]]
        rows.append(np.concatenate(maps, 1))
    return np.concatenate(rows)
