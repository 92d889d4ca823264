"""A street, seen from the side: cars, pedestrians, motorcycles, which are the lecture's three kinds."""

from collections.abc import Callable

import numpy as np

from exporter.datasets.things import Thing, any_colour, bar, disc

LABELS = ("car", "pedestrian", "motorcycle")  # the lecture's three
DARK, HUB, GLASS, SKIN, LAMP = (40, 40, 45), (155, 155, 155), (170, 200, 220), (222, 180, 150), (250, 240, 170)


def _car(random: np.random.Generator) -> Thing:
    """Seen from the side, 2.4 times as long as high. Keypoints: both wheels, both ends of the roof, lamp."""
    body = any_colour(random, 30, 230)
    roof = [[-0.8, -0.12], [-0.5, -0.5], [0.35, -0.5], [0.75, -0.12]]
    hull = np.array([[-1.2, 0.3], [-1.2, -0.05], *roof, [1.2, 0], [1.2, 0.3]])
    window = np.array([[-0.68, -0.12], [-0.45, -0.42], [-0.12, -0.42], [-0.12, -0.12]])
    other = np.array([[-0.04, -0.12], [-0.04, -0.42], [0.3, -0.42], [0.58, -0.12]])
    wheels = [(disc(x, 0.3, radius), colour) for x in (-0.7, 0.7) for radius, colour in ((0.2, DARK), (0.09, HUB))]
    lamp = (disc(1.12, 0.08, 0.06), LAMP)
    return Thing(0, ((hull, body), (window, GLASS), (other, GLASS), *wheels, lamp),
                 np.array([[-0.7, 0.3], [0.7, 0.3], [-0.45, -0.47], [0.3, -0.47], [1.12, 0.08]]))  # fmt: skip


def _pedestrian(random: np.random.Generator) -> Thing:
    """Walking. Keypoints: head, both hands, both feet."""
    shirt, trousers, stride = any_colour(random, 40, 230), any_colour(random, 20, 140), random.uniform(0.05, 0.2)
    hands, feet = [(-stride - 0.05, 0.1), (stride + 0.05, 0.1)], [(-stride, 0.47), (stride, 0.47)]
    parts = [
        *((bar(0, 0.08, x, y, 0.09), trousers) for x, y in feet),
        *((bar(0, -0.2, x, y, 0.07), shirt) for x, y in hands),
        (bar(0, -0.2, 0, 0.08, 0.17), shirt),
        (disc(0, -0.4, 0.1), SKIN),
    ]
    return Thing(1, tuple(parts), np.array([(0, -0.4), *hands, *feet]))


def _motorcycle(random: np.random.Generator) -> Thing:
    """With its rider. Keypoints: both wheels, helmet, hand, lamp."""
    frame, jacket, helmet = (any_colour(random, 30, 230) for _ in range(3))
    wheels = [(disc(x, 0.3, radius), colour) for x in (-0.42, 0.42) for radius, colour in ((0.19, DARK), (0.08, HUB))]
    parts = [
        *wheels,
        (bar(-0.42, 0.3, 0.1, 0.25, 0.08), frame),
        (bar(0.42, 0.3, 0.25, -0.05, 0.06), DARK),
        (bar(-0.35, 0.08, 0.25, 0.05, 0.16), frame),
        (bar(-0.15, 0.02, 0.1, 0.25, 0.1), DARK),
        (bar(-0.2, -0.02, -0.05, -0.3, 0.18), jacket),
        (bar(-0.05, -0.25, 0.24, -0.05, 0.08), jacket),
        (disc(0, -0.44, 0.12), helmet),
        (disc(0.36, -0.02, 0.05), LAMP),
    ]
    return Thing(2, tuple(parts), np.array([[-0.42, 0.3], [0.42, 0.3], [0, -0.44], [0.24, -0.05], [0.36, -0.02]]))


def street(random: np.random.Generator, height: int, width: int) -> tuple[np.ndarray, list[Thing]]:
    """Sky, houses, pavement and road; what is nearer stands lower, is larger and hides what is behind."""
    horizon, kerb = round(height * random.uniform(0.4, 0.5)), round(height * random.uniform(0.58, 0.66))
    ground = np.empty((height, width, 3))
    sky = np.array([random.uniform(90, 180), random.uniform(150, 210), random.uniform(200, 245)])
    ground[:horizon] = sky + np.linspace(0, 40, horizon)[:, None, None]
    ground[horizon:kerb], ground[kerb:] = random.uniform(140, 190), random.uniform(70, 110)
    left = 0
    while left < width:
        wide, top = round(width * random.uniform(0.1, 0.3)), round(height * random.uniform(0.05, 0.3))
        ground[top:horizon, left : left + wide] = any_colour(random, 90, 220)
        for y in range(top + 6, horizon - 8, 16):
            for x in range(left + 5, min(left + wide, width) - 7, 14):
                ground[y : y + 8, x : x + 6] = any_colour(random, 50, 110) if random.random() < 0.7 else LAMP
        left += wide
    for x in range(0, width, 30):
        ground[(kerb + height) // 2 : (kerb + height) // 2 + 3, x : x + 16] = 225
    makers: list[tuple[Callable[[np.random.Generator], Thing], float, tuple[float, float]]] = [
        (_car, 0.24, (kerb / height + 0.02, 0.95)),
        (_pedestrian, 0.34, (horizon / height + 0.06, kerb / height)),
        (_motorcycle, 0.26, (kerb / height + 0.02, 0.95)),
    ]
    placed = []
    for _ in range(random.integers(2, 7)):
        make, size, (far, near) = makers[random.integers(len(makers))]
        depth = random.uniform(far, near)  # where it stands, as a share of the height
        size *= height * (0.55 + 0.8 * (depth - horizon / height) / (1 - horizon / height))
        x, y, mirror = random.uniform(0, width), depth * height - size / 2, random.random() < 0.5
        placed.append((depth, make(random).moved(x, y, size, mirror=mirror)))
    ground = (ground + random.normal(0, 3, ground.shape)).clip(0, 255)
    return ground, [thing for _, thing in sorted(placed, key=lambda pair: pair[0])]
