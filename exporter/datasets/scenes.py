"""Scenes drawn by a program, with exact boxes, masks and keypoints: shapes, digits, a street. For tests and lessons.

Everything is drawn four times as large as it is returned, each thing also alone on a mask of its own: a mask says which pixels
show at least half of the thing, where nothing nearer hides it, and the box is the smallest that holds these pixels. What is
hidden, or too small to be seen, is left out. A scene follows from its kind, size and seed alone.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw

TIMES = 4  # how much larger scenes are drawn
SEEN = 0.25  # of a thing must be seen, or it is left out
SHAPES = ("circle", "square", "triangle")
STREET = ("car", "pedestrian", "motorcycle")
DIGITS = tuple("0123456789")
# strokes of the digits, in a field of 1 x 1.6: polylines, as a seven-segment display with slants would have them
_STROKES = {
    "0": [[(0, 0), (1, 0), (1, 1.6), (0, 1.6), (0, 0)]],
    "1": [[(0.1, 0.4), (0.6, 0), (0.6, 1.6)]],
    "2": [[(0, 0.2), (0.3, 0), (0.8, 0), (1, 0.3), (1, 0.6), (0, 1.6), (1, 1.6)]],
    "3": [[(0, 0), (1, 0), (0.5, 0.65), (1, 0.95), (1, 1.35), (0.7, 1.6), (0, 1.6)]],
    "4": [[(0.7, 1.6), (0.7, 0), (0, 1.1), (1, 1.1)]],
    "5": [[(1, 0), (0, 0), (0, 0.7), (0.7, 0.7), (1, 0.95), (1, 1.35), (0.7, 1.6), (0, 1.6)]],
    "6": [[(0.9, 0), (0.3, 0.4), (0, 1), (0, 1.6), (1, 1.6), (1, 0.8), (0.05, 0.8)]],
    "7": [[(0, 0), (1, 0), (0.4, 1.6)]],
    "8": [[(0, 0), (1, 0), (1, 0.75), (0, 0.75), (0, 0)], [(0, 0.75), (1, 0.75), (1, 1.6), (0, 1.6), (0, 0.75)]],
    "9": [[(0.95, 0.75), (0, 0.75), (0, 0), (1, 0), (1, 0.7), (0.7, 1.6)]],
}


@dataclass(frozen=True)
class Thing:
    """One object of a scene.

    Attributes:
        label: its class.
        mask: bool [height, width], the pixels where it is seen.
        keypoints: by name, (x, y) in pixels and whether the point is seen: within the scene, nothing nearer before it.
    """

    label: str
    mask: np.ndarray
    keypoints: dict[str, tuple[float, float, bool]] = field(default_factory=dict)

    @property
    def box(self) -> tuple[int, int, int, int]:
        """x1, y1, x2, y2 in pixels, the smallest that holds the mask; x2 and y2 lie behind its last pixel."""
        rows, columns = (np.flatnonzero(self.mask.any(axis)) for axis in (1, 0))
        return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@dataclass(frozen=True)
class Scene:
    """A picture, uint8 RGB [height, width, 3], and the things in it, the furthest first."""

    picture: np.ndarray
    things: tuple[Thing, ...]

    def classes(self, labels: tuple[str, ...]) -> np.ndarray:
        """What each pixel shows: uint8 [height, width], 0 the ground, then `labels` from 1 on."""
        shown = np.zeros(self.picture.shape[:2], np.uint8)
        for thing in self.things:
            shown[thing.mask] = labels.index(thing.label) + 1
        return shown


class _Sheet:
    """A scene being drawn, from the furthest thing to the nearest."""

    def __init__(self, height: int, width: int, ground: tuple[int, int, int]):
        self.height, self.width = height, width
        self.image = Image.new("RGB", (width * TIMES, height * TIMES), ground)
        self.pen = ImageDraw.Draw(self.image)
        self.drawn: list[tuple[str, np.ndarray, dict]] = []  # label, share of each pixel that it covers, keypoints

    def put(self, label: str, draw: Callable[["_Brush"], dict]) -> None:
        """Draw a thing on the scene and, white on black, on a mask; `draw` returns its keypoints in pixels."""
        alone = Image.new("L", self.image.size)
        keypoints = draw(_Brush(self.pen, ImageDraw.Draw(alone)))
        cover = np.asarray(alone, np.float32).reshape(self.height, TIMES, self.width, TIMES).mean((1, 3)) / 255
        self.drawn.append((label, cover, keypoints or {}))

    def scene(self) -> Scene:
        things, hidden = [], np.zeros((self.height, self.width), bool)
        for label, cover, keypoints in reversed(self.drawn):
            whole = cover >= 0.5
            mask = whole & ~hidden
            if mask.sum() > SEEN * max(1, whole.sum()):
                points = {name: (x, y, self._is_seen(x, y, hidden)) for name, (x, y) in keypoints.items()}
                things.append(Thing(label, mask, points))
            hidden |= whole
        picture = self.image.resize((self.width, self.height), Image.Resampling.BOX)
        return Scene(np.asarray(picture), tuple(reversed(things)))

    def _is_seen(self, x: float, y: float, hidden: np.ndarray) -> bool:
        return 0 <= x < self.width and 0 <= y < self.height and not hidden[int(y), int(x)]


class _Brush:
    """Draws the same on a scene, in colour, and on its mask; all coordinates in the scene's pixels."""

    def __init__(self, *pens: ImageDraw.ImageDraw):
        self.scene, self.mask = pens

    def polygon(self, points: list[tuple[float, float]], colour: tuple[int, int, int]) -> None:
        points = [(TIMES * x, TIMES * y) for x, y in points]
        self.scene.polygon(points, colour)
        self.mask.polygon(points, 255)

    def disc(self, x: float, y: float, radius: float, colour: tuple[int, int, int], tall: float = 1) -> None:
        ends = [TIMES * value for value in (x - radius, y - radius * tall, x + radius, y + radius * tall)]
        self.scene.ellipse(ends, colour)
        self.mask.ellipse(ends, 255)

    def box(self, x1: float, y1: float, x2: float, y2: float, colour: tuple[int, int, int]) -> None:
        self.polygon([(x1, y1), (x2, y1), (x2, y2), (x1, y2)], colour)

    def line(self, points: list[tuple[float, float]], width: float, colour: tuple[int, int, int]) -> None:
        scaled, thick = [(TIMES * x, TIMES * y) for x, y in points], max(1, round(TIMES * width))
        self.scene.line(scaled, colour, thick, joint="curve")
        self.mask.line(scaled, 255, thick, joint="curve")
        for x, y in (points[0], points[-1]):
            self.disc(x, y, width / 2, colour)


def shapes(seed: int, height: int = 96, width: int = 96, most: int = 5) -> Scene:
    """Circles, squares and triangles of any colour, turned and one upon another."""
    random = np.random.default_rng(seed)
    sheet = _Sheet(height, width, _colour(random, 190, 255))
    for _ in range(random.integers(1, most + 1)):
        label, colour = str(random.choice(SHAPES)), _colour(random, 0, 170)
        radius, turn = random.uniform(0.08, 0.24) * min(height, width), random.uniform(0, 2 * math.pi)
        x, y = random.uniform(radius / 2, width - radius / 2), random.uniform(radius / 2, height - radius / 2)

        def draw(brush: _Brush, label=label, colour=colour, radius=radius, turn=turn, x=x, y=y) -> dict:
            if label == "circle":
                brush.disc(x, y, radius, colour)
                return {"middle": (x, y)}
            count = {"square": 4, "triangle": 3}[label]
            turns = [turn + 2 * math.pi * n / count for n in range(count)]
            corners = [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in turns]
            brush.polygon(corners, colour)
            return {"middle": (x, y), **{f"corner {n}": corner for n, corner in enumerate(corners, 1)}}

        sheet.put(label, draw)
    return sheet.scene()


def digits(seed: int, height: int = 96, width: int = 96, most: int = 4) -> Scene:
    """Digits written with a round pen, dark on light, none upon another; keypoints are where a stroke begins and ends."""
    random = np.random.default_rng(seed)
    sheet, taken = _Sheet(height, width, _colour(random, 225, 255)), []
    for _ in range(random.integers(1, most + 1)):
        label, colour = str(random.choice(DIGITS)), _colour(random, 0, 90)
        for _try in range(20):
            tall = random.uniform(0.2, 0.5) * min(height, width)
            pen, wide = tall * random.uniform(0.06, 0.14), tall / 1.6
            left, top = random.uniform(pen, width - wide - pen), random.uniform(pen, height - tall - pen)
            place = (left - pen, top - pen, left + wide + pen, top + tall + pen)
            if all(place[2] < other[0] or other[2] < place[0] or place[3] < other[1] or other[3] < place[1] for other in taken):
                break
        else:
            continue
        taken.append(place)
        slant = random.uniform(-0.1, 0.1)

        def draw(brush: _Brush, label=label, colour=colour, tall=tall, pen=pen, left=left, top=top, slant=slant) -> dict:
            unit = tall / 1.6
            strokes = [[(left + unit * (x * 0.9 + slant * (0.8 - y) * x), top + unit * y) for x, y in stroke]
                       for stroke in _STROKES[label]]  # fmt: skip
            for stroke in strokes:
                brush.line(stroke, pen, colour)
            return {"begin": strokes[0][0], "end": strokes[-1][-1]}

        sheet.put(label, draw)
    return sheet.scene()


def street(seed: int, height: int = 120, width: int = 200, most: int = 6) -> Scene:
    """A road with cars, pedestrians and motorcycles, seen from the side: what is nearer is larger, lower, and in front."""
    random = np.random.default_rng(seed)
    sheet, horizon = _Sheet(height, width, (190, 212, 232)), 0.42 * height
    for x in np.arange(0, width, width / 7):
        roof = horizon - random.uniform(0.1, 0.36) * height
        sheet.pen.rectangle([TIMES * v for v in (x, roof, x + width / 7, horizon)], _colour(random, 130, 200))
    for top, colour in ((horizon, (150, 150, 146)), (horizon + 0.12 * height, (92, 94, 98))):
        sheet.pen.rectangle([0, TIMES * top, TIMES * width, TIMES * height], colour)
    for x in np.arange(0, width, width / 8):
        sheet.pen.rectangle([TIMES * v for v in (x, 0.75 * height, x + width / 16, 0.765 * height)], (226, 224, 210))
    feet = sorted(random.uniform(0.54, 0.98, random.integers(2, most + 1)))
    for foot in feet:  # where it touches the ground, from the furthest on
        label = str(random.choice(STREET))
        tall = {"car": 0.34, "pedestrian": 0.44, "motorcycle": 0.3}[label] * foot * height
        x, y, way, colour = random.uniform(0.04, 0.96) * width, foot * height, random.choice([-1, 1]), _colour(random, 20, 235)
        sheet.put(label, lambda brush, f=_FIGURES[label], a=(x, y, tall, way, colour): f(brush, *a))
    return sheet.scene()


def _car(brush: _Brush, x: float, y: float, tall: float, way: int, colour: tuple[int, int, int]) -> dict:
    """A saloon with its wheels at y, 2.4 times as long as tall, its front to the right where `way` is 1."""

    def at(along: float, up: float) -> tuple[float, float]:
        return x + way * along * tall, y - up * tall

    brush.polygon([at(-1.2, 0.2), at(-1.2, 0.55), at(-0.75, 0.62), at(-0.5, 1), at(0.3, 1), at(0.62, 0.62), at(1.2, 0.5),
                   at(1.2, 0.2)], colour)  # fmt: skip
    glass = (206, 226, 236)
    brush.polygon([at(-0.6, 0.64), at(-0.44, 0.93), at(-0.1, 0.93), at(-0.1, 0.64)], glass)
    brush.polygon([at(-0.02, 0.64), at(-0.02, 0.93), at(0.26, 0.93), at(0.5, 0.64)], glass)
    wheels = {"rear wheel": at(-0.7, 0.2), "front wheel": at(0.72, 0.2)}
    for place in wheels.values():
        brush.disc(*place, 0.2 * tall, (26, 26, 28))
        brush.disc(*place, 0.09 * tall, (170, 172, 176))
    return wheels | {"roof": at(-0.1, 1), "front": at(1.2, 0.5)}


def _pedestrian(brush: _Brush, x: float, y: float, tall: float, way: int, colour: tuple[int, int, int]) -> dict:
    """A walker with both feet at y."""
    limb, dark = 0.085 * tall, tuple(value // 3 for value in colour)
    hip, neck, head = (x, y - 0.48 * tall), (x, y - 0.82 * tall), (x + way * 0.01 * tall, y - 0.91 * tall)
    feet = {"left foot": (x - 0.12 * tall, y - limb / 2), "right foot": (x + 0.12 * tall, y - limb / 2)}
    hands = {"left hand": (x - 0.15 * tall, y - 0.5 * tall), "right hand": (x + 0.15 * tall, y - 0.52 * tall)}
    for foot in feet.values():
        brush.line([hip, foot], limb, dark)
    brush.line([hip, neck], 0.17 * tall, colour)
    for hand in hands.values():
        brush.line([(x, y - 0.77 * tall), hand], limb * 0.8, colour)
    brush.disc(*head, 0.08 * tall, (222, 184, 158), 1.12)
    return {"head": head, "hip": hip, **hands, **feet}


def _motorcycle(brush: _Brush, x: float, y: float, tall: float, way: int, colour: tuple[int, int, int]) -> dict:
    """A motorcycle without a rider, its wheels at y, 1.6 times as long as tall."""

    def at(along: float, up: float) -> tuple[float, float]:
        return x + way * along * tall, y - up * tall

    wheels = {"rear wheel": at(-0.55, 0.28), "front wheel": at(0.55, 0.28)}
    for place in wheels.values():
        brush.disc(*place, 0.28 * tall, (24, 24, 26))
        brush.disc(*place, 0.15 * tall, (158, 160, 164))
    brush.polygon([at(-0.3, 0.3), at(-0.2, 0.68), at(0.28, 0.72), at(0.2, 0.3)], (58, 60, 64))
    brush.polygon([at(-0.72, 0.66), at(-0.66, 0.78), at(-0.1, 0.74), at(-0.05, 0.62)], (30, 28, 28))
    brush.polygon([at(-0.08, 0.62), at(0, 0.86), at(0.34, 0.82), at(0.36, 0.6)], colour)
    bar = at(0.26, 1)
    brush.line([wheels["front wheel"], bar], 0.07 * tall, (120, 122, 126))
    brush.line([bar, at(0.12, 0.98)], 0.06 * tall, (30, 30, 30))
    return wheels | {"seat": at(-0.4, 0.75), "handlebar": bar}


_FIGURES = {"car": _car, "pedestrian": _pedestrian, "motorcycle": _motorcycle}
KINDS = {"shapes": (shapes, SHAPES), "digits": (digits, DIGITS), "street": (street, STREET)}


def _colour(random: np.random.Generator, low: int, high: int) -> tuple[int, int, int]:
    return tuple(int(value) for value in random.integers(low, high, 3))
