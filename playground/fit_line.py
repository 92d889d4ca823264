"""A line through points that people put down: descent beside blind search, over all lines f(x) = w x + b."""

from dataclasses import replace
from functools import cache, lru_cache

import numpy as np
from PIL import Image, ImageDraw

from playground import figures, fit, matrices
from playground.fit import Descent

SPAN = 3.0  # points lie within ± it, in x and in y
REACH = 4.0  # lines that are looked at: w and b within ± it
STEPS = 400
SIDE = 57  # of the error's surface
MOST_POINTS = 40
START = (-2.5, -2.5)
LONGEST_SEARCH = 100_000


def presets() -> dict[str, tuple[tuple[float, float], ...]]:
    """Points to begin with, by name."""
    return {name: _points(code) for name, code in _codes().items()}


@cache
def _codes() -> dict[str, str]:
    random = np.random.default_rng(3)
    x = np.linspace(-2.4, 2.4, 13)
    noisy = np.column_stack([x, 0.7 * x + 0.5 + random.normal(0, 0.35, 13)])
    outlier = np.vstack([np.column_stack([x, 0.5 * x - 0.8]), [[1.5, 2.8]]])
    far = np.column_stack([np.linspace(1.6, 2.8, 9), 0.9 * np.linspace(1.6, 2.8, 9) - 0.6 + random.normal(0, 0.15, 9)])
    three = np.array([[-2, -1], [0, 1.5], [2, 1]])
    return {name: matrices.write(np.round(points, 2)) for name, points in
            {"noisy": noisy, "outlier": outlier, "far": far, "three": three}.items()}  # fmt: skip


def preset(name: str) -> str:
    """As a link writes it."""
    return _codes()[name]


def _points(code: str) -> tuple[tuple[float, float], ...]:
    return tuple(map(tuple, matrices.parse(code, (MOST_POINTS, 2), SPAN, float).round(4).tolist()))


def parse_points(code: str) -> tuple[tuple[float, float], ...]:
    """Points of a link, x and y a row. Raises ValueError if they are none, too many, or out of sight."""
    points = _points(code)
    if len(points[0]) != 2:
        raise ValueError("no points")
    return points


def parse_start(code: str) -> tuple[float, float]:
    """w, b of a link. Raises ValueError if they are none, or out of sight."""
    ((w, b),) = matrices.parse(code, (1, 2), REACH, float).tolist()
    return w, b


def parse_rate(code: str) -> float:
    """A rate of a link. Raises ValueError if it is none, or beyond what the slider has."""
    rate = float(code)
    if not 1e-4 <= rate <= 1:
        raise ValueError("not a rate from 0.0001 to 1")
    return rate


@lru_cache(maxsize=64)
def error_surface(points: tuple) -> np.ndarray:
    """The error over (w, b), float32 [SIDE, SIDE], w to the right, b upwards."""
    span = (-REACH, REACH)
    return fit.surface(Descent(points, 0.0, START, 0), np.zeros((1, 2)), (0, 1), (span, span), SIDE)[0].astype(np.float32)


@lru_cache(maxsize=64)
def search(points: tuple, seed: int, tries: int = STEPS) -> dict[str, np.ndarray]:
    """Blind search: models [tries + 1, 2] drawn evenly from those that are looked at, least error so far and which has it."""
    models = np.random.default_rng(seed).uniform(-REACH, REACH, (tries + 1, 2))
    data = np.array(points)
    least, place = fit.best_so_far(fit.errors(data[:, :1], data[:, 1], models))
    return {"models": models, "least": least, "place": place}


def tries_needed(run: Descent, steps: int, seed: int) -> tuple[float, int | None]:
    """The error after so many steps of descent, and how many blind tries it takes to get as low; None if more than 100,000."""
    reached = float(fit.descend(replace(run, steps=steps))["loss"][-1])
    low_enough = np.flatnonzero(search(run.data, seed, LONGEST_SEARCH)["least"] <= reached)
    return reached, int(low_enough[0]) + 1 if low_enough.size else None


def limits_if_moved(points: tuple, right: float) -> tuple[float, float]:
    """The rate from which descent runs away, for the points as they are and moved to the right."""
    return fit.limit(points), fit.limit(tuple((x + right, y) for x, y in points))


@cache
def cover() -> np.ndarray:
    """Descent at three rates over the error's surface: uint8 RGB [400, 1050, 3]."""
    points = presets()["noisy"]
    limit, tiles = fit.limit(points), []
    high = np.log(error_surface(points))
    shares = (high - high.min()) / np.ptp(high)
    bands = figures.cividis((np.floor(shares * 14) + 0.5) / 14)
    for share in (0.1, 0.6, 0.97):
        answer = fit.descend(Descent(points, share * limit, START, 60))
        path = np.column_stack([answer["w_before"][:, 0], -answer["b_before"]])
        picture = Image.fromarray(bands).resize((342, 400), Image.Resampling.NEAREST)
        draw = ImageDraw.Draw(picture)
        spots = ((path + REACH) / (2 * REACH) * (342, 400)).ravel().tolist()
        draw.line(spots, fill=(255, 255, 255), width=4)
        for x, y in zip(spots[::2], spots[1::2], strict=True):
            draw.ellipse((x - 5, y - 5, x + 5, y + 5), fill=(255, 255, 255))
        tiles.append(np.pad(np.asarray(picture), ((0, 0), (0, 12), (0, 0)), constant_values=255))
    return np.concatenate(tiles, 1)[:, :1050]
