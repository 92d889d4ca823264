"""Sheets with several digits on them, as people draw them: MNIST's digits of any size, scattered or in a row, with exact boxes.

Dark on light or light on dark, thick pens and thin ones. No two boxes overlap.
"""

import math

import numpy as np
import torch
from torch import Tensor

from exporter.datasets.boxed import NOTHING
from exporter.datasets.mnist import digits
from exporter.letterbox import inside

MOST = 6  # digits on a sheet
SMALLEST, LARGEST = 0.12, 0.8  # a digit's longer side, as a share of the sheet's
INKED = 0.3


def canvases(fields: Tensor, labels: Tensor, count: int, side: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw `count` sheets: uint8 [count, side, side, 3] and objects [count, MOST, 5], x1 y1 x2 y2 in pixels and the digit.

    fields: ink from 0 to 1, [n, 28, 28], drawn one after the other, and again from the first; labels int64 [n].
    """
    low, high = ink_extents(fields)
    extents = (high - low).tolist()
    places, which, taken = [], [], 0  # (left, top, right, bottom), (sheet, number on it, field)
    for sheet in range(count):
        wanted = int(torch.randint(1, MOST + 1, (), generator=generator))
        chosen = [(taken + number) % len(fields) for number in range(wanted)]
        taken += wanted
        found = _placed([extents[field] for field in chosen], generator)
        places += [place for place in found if place]
        which += [(sheet, number, field) for number, field in enumerate(chosen) if found[number]]
    place, (sheet, number, field) = torch.tensor(places) * side, torch.tensor(which).T
    scale = ((high - low)[field] / (place[:, 2:] - place[:, :2])).amax(1)  # field pixels per sheet pixel
    centre = (low + high)[field] / 2 + (side / 2 - (place[:, :2] + place[:, 2:]) / 2) * scale[:, None]
    rows, columns = (inside(centre[:, axis], scale, fields.shape[1], side) for axis in (1, 0))
    ink = penned(rows @ fields[field] @ columns.transpose(1, 2), generator)
    objects = torch.full((count, MOST, 5), float(NOTHING))
    low, high = ink_extents(ink)
    objects[sheet, number] = torch.cat([low, high, labels[field, None]], 1).float()
    inks = torch.stack([torch.cat([ink[sheet == n], torch.zeros(1, side, side)]).amax(0) for n in range(count)])
    return _coloured(inks, generator), objects


def judged_canvases(count: int, side: int = 256) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The same sheets each time, from MNIST's test split: image uint8 [side, side, 3], boxes [objects, 4], classes int64."""
    images, labels = digits("test")
    generator = torch.Generator().manual_seed(1)
    found = []
    for chosen in torch.randint(len(images), (count * MOST,), generator=generator).split(50 * MOST):
        pictures, objects = canvases(images[chosen].float() / 255, labels[chosen], len(chosen) // MOST, side, generator)
        for picture, rows in zip(pictures.numpy(), objects.numpy(), strict=True):
            rows = rows[rows[:, 4] != NOTHING]
            found.append((picture, rows[:, :4], rows[:, 4].astype(np.int64)))
    return found


def ink_extents(ink: Tensor) -> tuple[Tensor, Tensor]:
    """Upper left and lower right corners of what is inked: [n, height, width] → (x, y) float [n, 2] twice."""
    corners = []
    for axis in (1, 2):
        profile = (ink.amax(axis) > INKED).float()
        first, last = profile.argmax(1), profile.shape[1] - profile.flip(1).argmax(1)
        corners.append((first, last))
    (left, right), (top, bottom) = corners
    return torch.stack([left, top], 1).float(), torch.stack([right, bottom], 1).float()


def _placed(sizes: list[list[float]], generator: torch.Generator) -> list[tuple[float, ...] | None]:
    """A place for each digit of (width, height), in shares of the sheet; None where there is no room left."""

    def uniform(low: float, high: float) -> float:
        return float(torch.rand((), generator=generator)) * (high - low) + low

    def scaled(size: list[float], longer: float) -> tuple[float, float]:
        return size[0] / max(size) * longer, size[1] / max(size) * longer

    if uniform(0, 1) < 0.4:  # in a row, as a number is written
        gap, height = uniform(0.1, 0.5), uniform(0.8, 1)
        boxes = [scaled(size, uniform(0.85, 1.1)) for size in sizes]
        length = sum(width + gap for width, _ in boxes)
        unit = min(uniform(SMALLEST, 1.2) * height, 0.96 / length, LARGEST)
        left, top = uniform(0.02, 0.98 - length * unit), uniform(0.02, max(0.02, 0.98 - 1.2 * unit))
        places = []
        for width, height in boxes:
            down = top + uniform(0, 0.1) * unit
            places.append((left, down, left + width * unit, down + height * unit))
            left += (width + gap) * unit
        return [place if unit >= SMALLEST * 0.8 and place[3] <= 1 else None for place in places]
    places = []
    for size in sizes:
        for attempt in range(20):
            longest = LARGEST if len(sizes) == 1 else 1 / math.sqrt(len(sizes)) * 0.97**attempt
            width, height = scaled(size, math.exp(uniform(math.log(SMALLEST), math.log(longest))))
            left, top = uniform(0.01, 0.99 - width), uniform(0.01, 0.99 - height)
            place = (left, top, left + width, top + height)
            if all(_apart(place, other) for other in places if other):
                places.append(place)
                break
        else:
            places.append(None)
    return places


def _apart(a: tuple[float, ...], b: tuple[float, ...], gap: float = 0.01) -> bool:
    return a[2] + gap < b[0] or b[2] + gap < a[0] or a[3] + gap < b[1] or b[3] + gap < a[1]


def penned(ink: Tensor, generator: torch.Generator) -> Tensor:
    """Edges as sharp as a pen's, strokes thicker or thinner: [n, side, side]."""

    def uniform(low: float, high: float) -> Tensor:
        return (torch.rand(len(ink), generator=generator) * (high - low) + low)[:, None, None]

    most = ink.amax((1, 2), keepdim=True).clamp(min=0.1)
    return ((ink / most - uniform(0.4, 0.65)) * uniform(1.5, 5) + 0.5).clamp(0, 1)


def _coloured(inks: Tensor, generator: torch.Generator) -> Tensor:
    """Ink on paper, either the darker, a little tinted, evenly or unevenly lit, with noise: uint8 [n, side, side, 3]."""
    count, side, _ = inks.shape

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator) * (high - low) + low

    plain = uniform(0, 1, 1, 1, 1) < 0.4
    paper = torch.where(plain, 255, uniform(190, 255, 1, 1, 1) + uniform(-12, 12, 1, 1, 3))
    pen = torch.where(plain, 0, uniform(0, 80, 1, 1, 1) + uniform(-30, 30, 1, 1, 3))
    slope = torch.linspace(-1, 1, side)
    light = uniform(-25, 25, 1, 1) * slope + uniform(-25, 25, 1, 1) * slope[:, None]
    noise = torch.randn(count, side, side, generator=generator) * uniform(0, 6, 1, 1)
    picture = torch.lerp(paper, pen, inks[..., None]) + torch.where(plain, 0, (light + noise)[..., None])
    negative = uniform(0, 1, 1, 1, 1) < 0.5
    return torch.where(negative, 255 - picture, picture).round().clamp(0, 255).byte()
