"""Points of the plane to learn from: x in [-6, 6]², and a side, a class or a value for each."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

EDGE = 6.0  # of the square


@dataclass(frozen=True)
class Points:
    """x float32 [n, 2]; y float32 [n]: -1 or 1 ("binary"), 0 to classes - 1 ("classes"), -1 to 1 ("regression")."""

    x: np.ndarray
    y: np.ndarray
    task: str
    classes: int = 1

    @property
    def outputs(self) -> int:
        """Of a net for them: one a class; one for two sides or a value."""
        return self.classes if self.task == "classes" else 1

    def __getitem__(self, rows) -> "Points":
        return Points(self.x[rows], self.y[rows], self.task, self.classes)

    def __len__(self) -> int:
        return len(self.x)


Draw = Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]


def _round(radius: np.ndarray, angle: np.ndarray) -> np.ndarray:
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], 1)


def _circle(random, count):
    side = np.arange(count) % 2
    radius = np.where(side, random.uniform(0, 2.5, count), random.uniform(3.5, 5, count))
    return _round(radius, random.uniform(0, 2 * np.pi, count)), 2 * side - 1


def _xor(random, count):
    x = random.uniform(0.3, 5, (count, 2)) * random.choice([-1, 1], (count, 2))
    return x, np.sign(x[:, 0] * x[:, 1])


def _gauss(random, count):
    side = 2 * (np.arange(count) % 2) - 1
    return random.normal(size=(count, 2)) + 2 * side[:, None], side


def _spiral(random, count):
    side, along = np.arange(count) % 2, (np.arange(count) // 2) / (count // 2)
    return _round(5 * along, 1.75 * 2 * np.pi * along + side * np.pi), 2 * side - 1


def _moons(random, count):
    side, angle = np.arange(count) % 2, random.uniform(0, np.pi, count)
    x = np.stack([3 * np.cos(angle), 3 * np.sin(angle)], 1)
    return np.where(side[:, None], x - [1.5, 0.75], [1.5, 0.75] - x), 2 * side - 1


def _blobs(random, count):
    label = np.arange(count) % 4
    return random.normal(size=(count, 2)) * 0.8 + _round(3.2 * np.ones(count), label * np.pi / 2 + 0.5), label


def _rings(random, count):
    label = np.arange(count) % 3
    return _round(random.uniform(0.1, 1.3, count) + 1.8 * label, random.uniform(0, 2 * np.pi, count)), label


def _pinwheel(random, count):
    label, along = np.arange(count) % 3, (np.arange(count) // 3) / (count // 3)
    return _round(0.3 + 4.7 * along, 2 * np.pi * (0.75 * along + label / 3)), label


def _plane(random, count):
    x = random.uniform(-EDGE, EDGE, (count, 2))
    return x, x.sum(1) / (2 * EDGE)


def _hills(random, count):
    x = random.uniform(-EDGE, EDGE, (count, 2))
    tops = [(-3, 3, 1), (0, 3.2, -1), (3, 3, 1), (-3, -3, -1), (0, -3.2, 1), (3, -3, -1)]
    return x, sum(sign * np.exp(-((x - top) ** 2).sum(1) / 2) for *top, sign in tops)


def _waves(random, count):
    x = random.uniform(-EDGE, EDGE, (count, 2))
    return x, np.sin(np.hypot(*x.T))


DATA: dict[str, tuple[str, int, Draw]] = {  # name → task, classes, how it is drawn
    "circle": ("binary", 1, _circle),
    "xor": ("binary", 1, _xor),
    "gauss": ("binary", 1, _gauss),
    "spiral": ("binary", 1, _spiral),
    "moons": ("binary", 1, _moons),
    "blobs": ("classes", 4, _blobs),
    "rings": ("classes", 3, _rings),
    "pinwheel": ("classes", 3, _pinwheel),
    "plane": ("regression", 1, _plane),
    "hills": ("regression", 1, _hills),
    "waves": ("regression", 1, _waves),
}


def sample(name: str, noise: float = 0.0, seed: int = 0, count: int = 500) -> Points:
    """Points of a data set. `noise`, 0 to 0.5, is the deviation by which they stray, as a share of the edge's half; values of a
    regression stray by it too. Raises KeyError if there is no such data set."""
    task, classes, draw = DATA[name]
    random = np.random.default_rng(seed)
    x, y = draw(random, count)
    x = x + random.normal(scale=noise * EDGE / 2, size=x.shape) * (task != "regression")
    y = y + random.normal(scale=noise, size=y.shape) * (task == "regression")
    mixed = random.permutation(count)
    return Points(np.clip(x, -EDGE, EDGE)[mixed].astype(np.float32), y[mixed].astype(np.float32), task, classes)


def split(points: Points, share: float, seed: int = 0) -> tuple[Points, Points]:
    """A `share` of the points to train on, at least one, and the others to test on."""
    mixed = np.random.default_rng((seed, 1)).permutation(len(points))
    count = min(max(1, round(share * len(points))), len(points))
    return points[mixed[:count]], points[mixed[count:]]
