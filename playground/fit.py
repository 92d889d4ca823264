"""Linear models fitted by gradient descent, Error(f, data) = Σ (x_i w + b - y_i)²: the lecture's first example (deck 003).

Descent is the artifact `linear_regression_step`, many steps a call. Beside it, in ONNX's own text: the error at many (w, b) at
once, the best of them so far, and how curved the error is, which says what rate it bears. All in double precision.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from playground import catalog, operators
from playground.engine import Answer, compute

STEP = "linear_regression_step"

# the error of n models at once: W [features, n], b [n]
ERRORS = """
errors (double[rows,features] x, double[rows] y, double[features,n] W, double[n] b) => (double[n] error) {
  column = Constant <value = int64[2] {-1, 1}> ()
  rows_axis = Constant <value = int64[1] {0}> ()
  z = MatMul(x, W)
  fitted = Add(z, b)
  target = Reshape(y, column)
  residual = Sub(fitted, target)
  squares = Mul(residual, residual)
  error = ReduceSum <keepdims = 0> (squares, rows_axis)
}"""

# the smallest of the first 1, 2, … n numbers, and where it stands
BEST = """
best_so_far (double[n] error) => (double[n] least, int64[n] place) {
  none = Constant <value = double {inf}> ()
  before = Constant <value = int64 {-1}> ()
  one = Constant <value = int64 {1}> ()
  last, last_place, last_i, least, place = Scan <num_scan_inputs = 1, body = look
    (double best, int64 at, int64 i, double e) => (double best_now, int64 at_now, int64 i_now, double told, int64 told_at) {
      i_now = Add(i, one)
      smaller = Less(e, best)
      best_now = Where(smaller, e, best)
      at_now = Where(smaller, i_now, at)
      told = Identity(best_now)
      told_at = Identity(at_now)
    }> (none, before, before, error)
}"""

# H = ∂²E/∂(w,b)² is the same everywhere: 2 XᵀX, X having a column of ones for b. Its largest eigenvalue λ by squaring H again
# and again, which leaves the projector on that direction; descent shrinks there by |1 - rate λ| a step, so the rate bears 2/λ.
CURVATURE = """
curvature (double[rows,features] x) => (double[d,d] H, double largest, double limit) {
  one = Constant <value = int64 {1}> ()
  first = Constant <value = int64[1] {0}> ()
  two = Constant <value = double {2}> ()
  times = Constant <value = int64 {40}> ()
  go = Constant <value = bool {1}> ()
  height = Shape <start = 0, end = 1> (x)
  ones_length = Constant <value = int64[1] {1}> ()
  ones_shape = Concat <axis = 0> (height, ones_length)
  ones = ConstantOfShape <value = double[1] {1}> (ones_shape)
  X = Concat <axis = 1> (x, ones)
  XT = Transpose(X)
  gram = MatMul(XT, X)
  H = Mul(gram, two)
  P = Loop (times, go, H) <body = square (int64 i, bool on, double[d,d] M) => (bool go_on, double[d,d] M_next) {
    go_on = Identity(on)
    squared = MatMul(M, M)
    size = ReduceL2 <keepdims = 0> (squared)
    M_next = Div(squared, size)
  }>
  eye = EyeLike(P)
  on_diagonal = Mul(P, eye)
  trace = ReduceSum <keepdims = 0> (on_diagonal)
  both = Mul(H, P)
  along = ReduceSum <keepdims = 0> (both)
  largest = Div(along, trace)
  limit = Div(two, largest)
}"""


@dataclass(frozen=True)
class Descent:
    """What there is to a run: link it, repeat it. `data` are x_1 … x_n, y, a row each; `start` is w_1 … w_n, b."""

    data: tuple[tuple[float, ...], ...]
    rate: float
    start: tuple[float, ...]
    steps: int

    @property
    def x(self) -> np.ndarray:
        """[rows, features]"""
        return np.array(self.data)[:, :-1].copy()

    @property
    def y(self) -> np.ndarray:
        """[rows]"""
        return np.array(self.data)[:, -1].copy()

    def parse_step(self, code: str) -> int:
        """A step of a link. Raises ValueError if the run has no such."""
        if not code.isascii() or not code.isdecimal() or len(code) > 6 or int(code) > self.steps:
            raise ValueError(f"not from 0 to {self.steps}")
        return int(code)

    def inputs(self, steps: int | None = None) -> dict[str, np.ndarray]:
        """What the step graph takes for all steps, or so many: all rows in each; one more tells how the last ended."""
        order = np.tile(np.arange(len(self.data)), ((self.steps if steps is None else steps) + 1, 1))
        return {"w": np.array(self.start[:-1]), "b": np.array(self.start[-1]), "inputs": self.x, "targets": self.y,
                "rate": np.array(self.rate), "order": order}  # fmt: skip


@cache
def step_graph() -> bytes:
    return catalog.path(STEP).read_bytes()


@lru_cache(maxsize=64)
def descend(run: Descent) -> Answer:
    """w_before [steps + 1, n], b_before, loss [steps + 1], fitted [steps + 1, rows]: the state after 0, 1, … steps.

    Where the rate is too large they run away, to infinity and NaN. The arrays are shared: not to be written to.
    """
    return compute(step_graph(), run.inputs())


def errors(x: np.ndarray, y: np.ndarray, models: np.ndarray) -> np.ndarray:
    """The error [n] of models [n, features + 1], w and b a row."""
    return operators.run(ERRORS, {"x": x, "y": y, "W": models[:, :-1].T.copy(), "b": models[:, -1].copy()})["error"]


def surface(run: Descent, states: np.ndarray, pair: tuple[int, int], spans: tuple, side: int) -> np.ndarray:
    """The error [states, side, side] over two parameters, the others as they are in each of `states` [n, features + 1].

    `pair` says which go to the right and upwards, `spans` from where to where; the first row is the top.
    """
    across, up = np.linspace(*spans[0], side), np.linspace(*spans[1], side)[::-1]
    models = np.repeat(states[:, None, None], side, 1).repeat(side, 2)
    models[..., pair[0]], models[..., pair[1]] = across, up[:, None]
    return errors(run.x, run.y, models.reshape(-1, models.shape[-1])).reshape(len(states), side, side)


def best_so_far(error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least of the first 1, 2, … n errors, and which it is (-1 where none is a number)."""
    answer = operators.run(BEST, {"error": error})
    return answer["least"], answer["place"]


@lru_cache(maxsize=256)
def limit(data: tuple[tuple[float, ...], ...]) -> float:
    """The rate from which descent runs away: 2 / the largest eigenvalue of the Hessian."""
    return float(operators.run(CURVATURE, {"x": np.array(data)[:, :-1].copy()})["limit"])


def runs_away(answer: Answer) -> int | None:
    """The first step at which the error is no finite number; None if there is none."""
    lost = np.flatnonzero(~np.isfinite(answer["loss"]))
    return int(lost[0]) if lost.size else None
