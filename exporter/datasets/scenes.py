"""Small scenes of which all is known: shapes, digits, and streets with cars, pedestrians and motorcycles; drawn from a seed.

Each comes with the class of every pixel, and for each object its box, its mask and its keypoints, exact to the pixel: they are
read off the very polygons that are painted. Nothing is taken from anywhere, so the project may show and ship what it draws.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from exporter.datasets import street
from exporter.datasets.things import Thing, any_colour, bar, disc
from playground import drawing
from playground.samples import DIGITS

FINER = 4  # times: everything is painted so much larger and then averaged, so that edges are smooth
LEAST = 0.25  # of an object must be seen, or it is painted and not listed


@dataclass(frozen=True)
class Scene:
    """A picture and the truth about it.

    Attributes:
        image: uint8 [height, width, 3].
        labels: names of the kinds.
        kinds: int64 [objects].
        boxes: float32 [objects, 4], x1 y1 x2 y2 in pixels, around what is seen of each.
        masks: bool [objects, height, width], what is seen of each.
        keypoints: float32 [objects, most, 3], x, y and whether it is seen (1 or 0); rows of zeros for kinds with fewer.
        classes: uint8 [height, width], 0 for the ground, else kind + 1; also of things that are hardly seen.
    """

    image: np.ndarray
    labels: tuple[str, ...]
    kinds: np.ndarray
    boxes: np.ndarray
    masks: np.ndarray
    keypoints: np.ndarray
    classes: np.ndarray


def scene(subject: str, seed: int, height: int = 160, width: int = 240) -> Scene:
    """One of SUBJECTS, always the same for a seed. Raises KeyError for another subject."""
    labels, compose = SUBJECTS[subject]
    random = np.random.default_rng(seed)
    ground, things = compose(random, height, width)
    return _painted(ground, things, labels)


def _painted(ground: np.ndarray, things: list[Thing], labels: tuple[str, ...]) -> Scene:
    """Paint the things onto the ground [height, width, 3], the first one furthest back, and note what is seen."""
    height, width, _ = ground.shape
    image, covers, owner = ground.astype(np.float32), [], np.full((height, width), -1)
    for index, thing in enumerate(things):
        layer = Image.new("RGB", (width * FINER, height * FINER))
        stencil = Image.new("L", layer.size)
        for points, colour in thing.parts:
            corners = [tuple(point) for point in points * FINER]
            ImageDraw.Draw(layer).polygon(corners, fill=colour)
            ImageDraw.Draw(stencil).polygon(corners, fill=255)
        cover = np.asarray(stencil.reduce(FINER), np.float32)[..., None] / 255
        colour = np.asarray(layer.reduce(FINER), np.float32)  # already weighted: black where nothing is painted
        image = image * (1 - cover) + colour
        covers.append(cover[..., 0] > 0.5)
        owner[covers[-1]] = index
    shown = [n for n, cover in enumerate(covers) if (owner == n).sum() > max(8, LEAST * cover.sum())]
    masks = np.array([owner == n for n in shown], bool).reshape(-1, height, width)
    kinds = np.array([things[n].kind for n in shown], np.int64)
    most = max((len(things[n].keypoints) for n in shown), default=0)
    keypoints = np.zeros((len(shown), most, 3), np.float32)
    for row, n in zip(keypoints, shown, strict=True):
        for place, (x, y) in zip(row, things[n].keypoints, strict=False):
            place[:] = x, y, 0 <= x < width and 0 <= y < height and owner[int(y), int(x)] <= n  # nothing nearer covers it
    classes = np.where(owner >= 0, np.array([thing.kind + 1 for thing in things] + [0])[owner], 0)
    boxes = np.array([_box(mask) for mask in masks], np.float32).reshape(-1, 4)
    return Scene(image.round().clip(0, 255).astype(np.uint8), labels, kinds, boxes, masks, keypoints, classes.astype(np.uint8))


def _box(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


SHAPES = ("circle", "square", "triangle", "star")


def _shapes(random: np.random.Generator, height: int, width: int) -> tuple[np.ndarray, list[Thing]]:
    """Two to six shapes on a plain or shaded ground, turned and partly over one another; corners are keypoints."""
    light = np.linspace(-1, 1, width)[None, :, None] * random.uniform(-25, 25) + random.integers(60, 196, 3)
    things = []
    for _ in range(random.integers(2, 7)):
        kind = int(random.integers(len(SHAPES)))
        colour = np.array(any_colour(random))
        while np.abs(colour - light.mean((0, 1))).max() < 60:
            colour = np.array(any_colour(random))
        sides = {1: 4, 2: 3, 3: 5}.get(kind)
        if sides is None:
            outline, corners = disc(0, 0, 0.5), np.zeros((1, 2))
        else:
            angles = np.arange(sides) * 2 * np.pi / sides - np.pi / 2
            corners = np.stack([np.cos(angles), np.sin(angles)], 1) / 2
            inner = np.stack([np.cos(angles + np.pi / 5), np.sin(angles + np.pi / 5)], 1) / 5
            outline = np.stack([corners, inner], 1).reshape(-1, 2) if kind == 3 else corners
            corners = corners * 0.98  # on the shape, not on its edge
        size = random.uniform(0.2, 0.55) * min(height, width)
        x, y = random.uniform(0.1, 0.9) * width, random.uniform(0.1, 0.9) * height
        thing = Thing(kind, ((outline, tuple(colour.tolist())),), corners)
        things.append(thing.moved(x, y, size, random.uniform(0, 2 * np.pi)))
    return np.broadcast_to(light, (height, width, 3)), things


def _digits(random: np.random.Generator, height: int, width: int) -> tuple[np.ndarray, list[Thing]]:
    """One to five drawn digits side by side, dark on light or light on dark."""
    paper, ink = any_colour(random, 200), any_colour(random, 0, 90)
    if random.random() < 0.5:
        paper, ink = ink, paper
    count, things = int(random.integers(1, 6)), []
    for place in range(count):
        kind, thick = int(random.integers(10)), random.uniform(0.05, 0.13)
        strokes = [np.array(stroke.points) for stroke in drawing.decode(DIGITS[kind]) if not stroke.erases]
        every = np.concatenate(strokes)
        middle, size = (every.min(0) + every.max(0)) / 2, np.ptp(every, axis=0).max()
        parts = []
        for stroke in strokes:
            line = (stroke - middle) / size
            ends = zip(line, line[1:] if len(line) > 1 else line, strict=False)
            parts += [(bar(*start, *end, thick), ink) for start, end in ends]
        cell = width / count
        size = random.uniform(0.5, 0.8) * min(cell, height)
        x = (place + 0.5 + random.uniform(-0.05, 0.05)) * cell
        y = height / 2 + random.uniform(-0.4, 0.4) * (height - size)
        things.append(Thing(kind, tuple(parts), np.zeros((0, 2))).moved(x, y, size, random.uniform(-0.2, 0.2)))
    return np.broadcast_to(np.array(paper), (height, width, 3)), things


SUBJECTS = {"shapes": (SHAPES, _shapes), "digits": (tuple("0123456789"), _digits), "street": (street.LABELS, street.street)}
