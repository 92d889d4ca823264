"""Pictures to detect something in: sheets of drawn digits, a cat that comes with scikit-image, a blood smear that we render."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from playground.drawing import MAX_BYTES, Stroke, decode, encode
from playground.language import text as _
from playground.samples import DIGITS

PEN = 20  # width of the pen that DIGITS were drawn with
ONE = encode([Stroke(PEN, False, ((140, 44), (116, 214)))])  # a bar, as MNIST's writers write it; with a hook it is their 7
DRAWN = (DIGITS[0], ONE, *DIGITS[2:])
THINNEST = 7
SMEAR = (480, 640)  # pixels, height and width


def sheet(*digits: tuple[int, float, float, float]) -> str:
    """A drawing of several digits, each (digit, left, top, height) in shares of the sheet; as a code, see drawing.py."""
    strokes = []
    for digit, left, top, height in digits:
        drawn = decode(DRAWN[digit])
        points = np.concatenate([stroke.points for stroke in drawn])
        low, high = points.min(0), points.max(0)
        scale = 255 * height / (high - low)[1]
        for stroke in drawn:
            placed = (np.array(stroke.points) - low) * scale + np.array([left, top]) * 255
            kept = [*placed[:: max(1, round(1.4 / scale))], placed[-1]]  # as many points as one can see
            width = max(THINNEST, round(PEN * scale))
            strokes.append(Stroke(width, False, tuple((round(x), round(y)) for x, y in np.clip(kept, 0, 255))))
    return encode(strokes)


@cache
def sheets() -> dict[str, str]:
    """Sample drawings, what is on them → code."""
    found = {
        "314": sheet((3, 0.08, 0.34, 0.34), (1, 0.46, 0.33, 0.34), (4, 0.66, 0.35, 0.32)),
        "2026": sheet(*((digit, 0.05 + 0.24 * n, 0.1 + 0.2 * n, 0.2) for n, digit in enumerate((2, 0, 2, 6)))),
        "271828": sheet(
            *((digit, 0.12 + 0.29 * (n % 3), 0.16 + 0.4 * (n // 3), 0.28) for n, digit in enumerate((2, 7, 1, 8, 2, 8)))
        ),
        "888": sheet((8, 0.06, 0.08, 0.62), (8, 0.56, 0.5, 0.34), (8, 0.82, 0.1, 0.15)),
        "5×8": sheet((5, 0.3, 0.22, 0.5), (8, 0.42, 0.26, 0.5)),
    }
    assert all(len(code) < MAX_BYTES for code in found.values())
    return found


def photos() -> dict[str, dict[str, str]]:
    """Sample photos of the detectors that look at photos, code → what a person reads; `photo` makes them."""
    return {
        "yolo_animals": {"two_cats": _("a cat and her mirror image"), "cat": _("a cat")},
        "yolo_blood_cells": {"smear": _("a blood smear, rendered"), "smear_2": _("another smear")},
    }


@cache
def photo(code: str) -> np.ndarray:
    """A sample as uint8 RGB [height, width, 3]; the same numbers each time."""
    if code.startswith("smear"):
        return smear(2 if code.endswith("2") else 1)
    # Chelsea, photographed by Stéfan van der Walt, CC0; found without importing scikit-image, which would load SciPy
    cat = np.asarray(Image.open(Path(find_spec("skimage").origin).parent / "data" / "chelsea.png").convert("RGB"))
    if code == "cat":
        return cat
    height, width = cat.shape[:2]
    table = np.empty((2 * height + 30, round(1.4 * width), 3), np.uint8)
    table[:] = cat.mean((0, 1))
    table[10 : 10 + height, 10 : 10 + width] = cat
    table[-10 - height : -10, -10 - width : -10] = cat[:, ::-1]
    return table


def smear(seed: int) -> np.ndarray:
    """Blood under a microscope, uint8 RGB [480, 640, 3]: red cells, pale in their middle, a stained white cell, platelets."""
    random = np.random.default_rng(seed)
    height, width = SMEAR
    y, x = np.mgrid[:height, :width].astype(np.float32)

    def smooth(cells: int, strength: float) -> np.ndarray:
        coarse = random.normal(0, strength, (cells, cells)).astype(np.float32)
        return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))[..., None]

    picture = np.array([214, 208, 200], np.float32) + smooth(4, 6) + smooth(40, 1.5)

    def blob(cx: float, cy: float, radius: float, uneven: float, soft: float) -> tuple[np.ndarray, np.ndarray]:
        """Distance from the middle in radii, and how much of it covers each pixel."""
        dx, dy, turn, flat = x - cx, y - cy, random.uniform(0, np.pi), random.uniform(1, 1 + uneven)
        across, down = dx * np.cos(turn) + dy * np.sin(turn), dy * np.cos(turn) - dx * np.sin(turn)
        angle = np.arctan2(down, across)
        wave = 1 + uneven / 6 * np.sin(3 * angle + random.uniform(0, 6)) + uneven / 8 * np.sin(5 * angle + random.uniform(0, 6))
        reach = np.hypot(across * flat, down) / (radius * wave)
        return reach, np.clip((1 - reach) * radius / soft + 0.5, 0, 1)[..., None]

    def lay(cover: np.ndarray, colour: np.ndarray, strength: float = 1.0) -> None:
        picture[:] += strength * cover * (colour - picture)

    spots = _apart(random, [62, *[46] * 17, *[17] * 4])
    for number, (cx, cy) in enumerate(spots):
        if number == 0:
            _reach, cover = blob(cx, cy, 62, 0.12, 5)
            lay(cover, np.array([196, 178, 208], np.float32) + smooth(60, 5), 0.85)
            for dx, dy, size in ((-20, -12, 30), (18, -18, 27), (8, 20, 29)):
                _reach, cover = blob(cx + dx, cy + dy, size, 0.35, 6)
                lay(cover, np.array([92, 58, 152], np.float32) + smooth(50, 9), 0.92)
        elif number < 18:
            reach, cover = blob(cx, cy, random.uniform(38, 46), 0.16, 4)
            rim = np.clip(reach, 0, 1)[..., None] ** 2
            pale = random.uniform(0.35, 0.8)
            colour = np.array([214, 190, 186], np.float32) * (1 - rim) + np.array([186, 134, 132], np.float32) * rim
            lay(cover, colour * pale + np.array([190, 142, 140], np.float32) * (1 - pale), 0.9)
        else:
            _reach, cover = blob(cx, cy, random.uniform(11, 15), 0.4, 5)
            lay(cover, np.array([134, 104, 174], np.float32) + smooth(80, 10), 0.85)
    soft = Image.fromarray(picture.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1.2))
    return (np.asarray(soft) + random.normal(0, 2.5, (height, width, 1))).clip(0, 255).astype(np.uint8)


def _apart(random: np.random.Generator, radii: list[int]) -> list[tuple[float, float]]:
    """A place for each disc, none upon another by more than a little; some reach over the edge."""
    height, width = SMEAR
    placed = []
    for number, radius in enumerate(radii):
        margin = radius if number == 0 else radius * 0.3
        tries = random.uniform([margin, margin], [width - margin, height - margin], (400, 2))
        taken = np.array([(px, py, pr) for (px, py), pr in zip(placed, radii, strict=False)]).reshape(-1, 3)
        gaps = np.hypot(*(tries[:, None] - taken[None, :, :2]).transpose(2, 0, 1)) - taken[:, 2] - 0.9 * radius
        placed.append(tuple(tries[int(gaps.min(1, initial=np.inf).argmax() if number and gaps.min(1).max() < 0 else
                                      np.flatnonzero(gaps.min(1, initial=np.inf) >= 0)[0])]))  # fmt: skip
    return placed
