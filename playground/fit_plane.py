"""The lecture's plane (deck 003): five rows of three numbers, errors squared and summed, rate 0.01, from zero, 1001 calls."""

from functools import lru_cache

import numpy as np

from playground import fit, matrices
from playground.fit import Descent

TABLE = "2,0.1,3,1;1,0.1,2,1;0,2,1,0;0,1.5,2,0;-1,1.2,3,0"  # x1, x2, x3, y
STEPS = 1001  # calls of the slide's train
RATE = "0.01"
# what the slide prints, digit by digit: fitted values and error as the last call returned them, from before its update
PRINTED = {
    "w": ["0.16761281", "-0.48895232", "-0.09882342"], "b": "1.0258462414970015", "error": "0.015275746079053545",
    "fitted": ["1.01576331", "0.94681398", "-0.0508905", "0.09478897", "-0.02497436"],
}  # fmt: skip
MOST_ROWS, LARGEST = 12, 99
NAMES = ("w₁", "w₂", "w₃", "b")
PAIRS = {"w1w2": (0, 1), "w1w3": (0, 2), "w2w3": (1, 2), "w1b": (0, 3), "w2b": (1, 3), "w3b": (2, 3)}
SIDE, SNAPSHOTS = 33, 30


def parse(code: str) -> tuple[tuple[float, ...], ...]:
    """A table of a link: x1, x2, x3, y a row. Raises ValueError if it is none."""
    table = matrices.parse(code, (MOST_ROWS, 4), LARGEST, float)
    if table.shape[1] != 4:
        raise ValueError("not x1, x2, x3 and y")
    return tuple(map(tuple, table.tolist()))


LONG = 20_000  # steps, for who asks what becomes of it


def descent(table: tuple, rate: float = float(RATE), steps: int = STEPS) -> Descent:
    return Descent(table, rate, (0.0,) * 4, steps)


def becomes(table: tuple, rate: float) -> tuple[float, float, str]:
    """The error after the slide's steps and after 20,000: it becomes "zero", is "lower", the "same", or has run "away"."""
    loss = fit.descend(descent(table, rate, LONG))["loss"]
    now, then = float(loss[STEPS]), float(loss[LONG])
    shares = ((0.01, "zero"), (0.99, "lower"), (1.01, "same"))
    return now, then, next((name for most, name in shares if then <= most * now), "away")


def programs() -> dict[str, float]:
    """The error after the slide's steps with each program's own rate on the sum of squares; Keras takes the mean of five."""
    table = parse(TABLE)
    rates = {"theano": 0.01, "tensorflow": 0.005, "keras": 0.01 / len(table)}
    return {name: float(fit.descend(descent(table, rate))["loss"][STEPS]) for name, rate in rates.items()}


@lru_cache(maxsize=64)
def surfaces(run: Descent, pair: tuple[int, int], at: int) -> tuple[tuple, list[int], np.ndarray]:
    """The error over two parameters, the other two as they are at that moment: spans, steps, float32 [steps, SIDE, SIDE].

    The spans hold the whole way; the steps are spread as its bends are, close at the beginning, and `at` is among them.
    """
    answer = fit.descend(run)
    states = np.column_stack([answer["w_before"], answer["b_before"]])
    seen = np.isfinite(states).all(1) & (np.abs(states).max(1) < 1e3)
    steps = np.unique(np.r_[0, np.geomspace(1, run.steps, SNAPSHOTS).round(), at]).astype(int)
    steps = steps[seen[steps]]
    spans = tuple(_span(states[seen, which]) for which in pair)
    found = fit.surface(run, states[steps], pair, spans, SIDE)
    return spans, steps.tolist(), found.astype(np.float32)


def _span(way: np.ndarray) -> tuple[float, float]:
    """From where to where an axis goes that shows a way and air around it."""
    low, high = min(float(way.min()), -0.2), max(float(way.max()), 0.2)
    air = 0.25 * (high - low)
    return round(low - air, 3), round(high + air, 3)
