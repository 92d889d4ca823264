"""Things to paint, as polygons: outlines that are exact, and places on them that have names."""

import math
from dataclasses import dataclass

import numpy as np

Points = np.ndarray  # [n, 2], x y
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Thing:
    """Something to paint, around (0, 0) and about 1 high: polygons, back to front, and named places on it."""

    kind: int
    parts: tuple[tuple[Points, Colour], ...]
    keypoints: Points

    def moved(self, x: float, y: float, size: float, angle: float = 0, mirror: bool = False) -> "Thing":
        """Scaled by `size`, turned by `angle` (radians), its (0, 0) at pixel (x, y)."""
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]) * size
        turn = turn @ np.diag([-1 if mirror else 1, 1])

        def place(points: Points) -> Points:
            return points @ turn.T + [x, y]

        return Thing(self.kind, tuple((place(points), colour) for points, colour in self.parts), place(self.keypoints))


def disc(x: float, y: float, radius: float, tall: float = 1) -> Points:
    angles = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    return np.stack([x + radius * np.cos(angles), y + tall * radius * np.sin(angles)], 1)


def bar(x1: float, y1: float, x2: float, y2: float, thick: float) -> Points:
    """A line with round ends, as a polygon."""
    along = math.atan2(y2 - y1, x2 - x1)
    half = np.linspace(-np.pi / 2, np.pi / 2, 9)
    ends = [(x2, y2, along + half), (x1, y1, along + np.pi + half)]
    return np.concatenate([np.stack([x + thick / 2 * np.cos(a), y + thick / 2 * np.sin(a)], 1) for x, y, a in ends])


def any_colour(random: np.random.Generator, low: int = 0, high: int = 256) -> Colour:
    return tuple(int(value) for value in random.integers(low, high, 3))
