"""A sheep and a cow that nobody photographed, painted as `sample_photos` are."""

from functools import cache

import numpy as np
from PIL import Image, ImageFilter

from playground.sample_photos import SIDE, X, Y, disc, grass, line, noise, paint, sky


def ellipse(x, y, wide, tall, turn=0.0):
    """About its signed distance."""
    across, down = X - x, Y - y
    along, off = across * np.cos(turn) + down * np.sin(turn), down * np.cos(turn) - across * np.sin(turn)
    return (np.hypot(along / wide, off / tall) - 1) * min(wide, tall)


def lit(colour, x, y, radius, dark=0.45):
    """A colour over a round body: light from the upper left, darker below."""
    shade = np.clip(0.95 - 0.32 * ((X - x) + 1.5 * (Y - y)) / radius, dark, 1.15)[..., None]
    return np.asarray(colour, np.float32) * shade


def meadow(random):
    picture = sky(random, low=(206, 220, 228), high=(120, 160, 205), cloudy=0.7)
    for x in np.linspace(-1.1, 1.1, 9):
        size = random.uniform(0.16, 0.3)
        paint(picture, disc(x, -0.28, size) + 0.05 * noise(random, 40, 40)[..., 0],
              np.array([58, 80, 52]) * (1 + 0.2 * noise(random, 80, 80)), 0.04)  # fmt: skip
    grass(random, picture, -0.2, (98, 136, 58))
    return picture


def sheep(random):
    picture = meadow(random)
    wool = noise(random, 70, 70) + 0.7 * noise(random, 34, 34)
    paint(picture, ellipse(0.05, 0.66, 0.55, 0.07), (60, 84, 38), 0.14)
    for x, shade in ((-0.3, 0.7), (0.34, 0.7), (-0.2, 1), (0.42, 1)):
        paint(picture, line(x, 0.25, x + 0.01, 0.62, 0.085), np.array([92, 80, 70]) * shade, 0.02)
        paint(picture, line(x, 0.6, x + 0.01, 0.66, 0.08), np.array([40, 36, 34]), 0.02)
    body = np.minimum(ellipse(0.08, 0.06, 0.56, 0.36), ellipse(-0.3, -0.02, 0.25, 0.29))
    paint(picture, body + 0.016 * wool[..., 0], lit((226, 216, 196), 0.05, 0.0, 0.55) * (1 + 0.09 * wool), 0.02)
    face = np.minimum(ellipse(-0.52, -0.2, 0.125, 0.21, 0.35), ellipse(-0.58, -0.06, 0.085, 0.12, 0.3))
    paint(picture, ellipse(-0.37, -0.25, 0.13, 0.05, -0.2), lit((150, 126, 112), -0.4, -0.2, 0.3), 0.015)
    paint(picture, ellipse(-0.67, -0.27, 0.1, 0.045, 0.5), lit((130, 106, 94), -0.6, -0.2, 0.3), 0.015)
    paint(picture, face, lit((202, 186, 166), -0.52, -0.15, 0.3) * (1 + 0.03 * wool), 0.015)
    paint(picture, ellipse(-0.47, -0.36, 0.13, 0.1) + 0.015 * wool[..., 0], lit((228, 218, 198), -0.5, -0.3, 0.3), 0.02)
    for x, y in ((-0.575, -0.2), (-0.465, -0.2)):
        paint(picture, disc(x, y, 0.024), (26, 22, 20))
        paint(picture, disc(x - 0.006, y - 0.008, 0.006), (230, 230, 226))
    paint(picture, ellipse(-0.61, 0.03, 0.045, 0.022, 0.3), (84, 60, 58), 0.01)
    paint(picture, line(-0.635, 0.035, -0.6, 0.07, 0.01), (70, 50, 48))
    return picture


def cow(random):
    picture = meadow(random)
    paint(picture, ellipse(0.05, 0.68, 0.62, 0.07), (60, 84, 38), 0.14)
    patches = noise(random, 5, 5) > 0.1
    hide = np.where(patches, np.array([34, 30, 30]), np.array([232, 226, 216])).astype(np.float32)
    hide = hide * (1 + 0.05 * noise(random, 90, 90))
    for x, shade in ((-0.26, 0.6), (0.42, 0.6), (-0.36, 0.95), (0.52, 0.95)):
        paint(picture, line(x, 0.15, x, 0.62, 0.1), np.array([214, 206, 196]) * shade, 0.015)
        paint(picture, line(x, 0.61, x, 0.66, 0.11), (50, 42, 40), 0.015)
    paint(picture, line(0.66, -0.2, 0.72, 0.3, 0.035), (60, 54, 50), 0.01)
    ends = np.minimum(ellipse(-0.3, -0.04, 0.26, 0.28), ellipse(0.48, -0.02, 0.2, 0.27))
    body = np.minimum(ellipse(0.1, 0.02, 0.57, 0.31), ends)
    shade = np.clip(1.02 - 0.75 * (Y + 0.05), 0.5, 1.1)[..., None]
    paint(picture, body, hide * shade, 0.012)
    paint(picture, ellipse(0.34, 0.33, 0.13, 0.09), (222, 178, 168), 0.02)
    paint(picture, line(-0.42, -0.1, -0.6, -0.26, 0.26), hide * shade, 0.012)
    for turn, x in ((-0.5, -0.49), (0.5, -0.83)):
        paint(picture, ellipse(x, -0.36, 0.11, 0.05, turn), (44, 38, 38), 0.012)
    for x, tip in ((-0.59, -0.55), (-0.73, -0.77)):
        paint(picture, line(x, -0.44, tip, -0.56, 0.035), (222, 214, 190), 0.01)
    paint(picture, ellipse(-0.66, -0.26, 0.14, 0.21), lit((38, 34, 34), -0.66, -0.3, 0.4), 0.012)
    paint(picture, ellipse(-0.66, -0.27, 0.05, 0.2), lit((228, 220, 210), -0.66, -0.3, 0.4), 0.012)
    paint(picture, ellipse(-0.66, -0.08, 0.105, 0.085), lit((216, 166, 156), -0.66, -0.1, 0.3), 0.012)
    for x in (-0.7, -0.62):
        paint(picture, disc(x, -0.08, 0.018), (90, 56, 54), 0.012)
    for x in (-0.755, -0.565):
        paint(picture, disc(x, -0.29, 0.024), (14, 12, 12))
        paint(picture, disc(x - 0.007, -0.297, 0.007), (220, 220, 220))
    return picture


SCENES = {"sheep": sheep, "cow": cow}


@cache
def scene(name: str) -> np.ndarray:
    """One of `SCENES` as uint8 RGB [320, 320, 3]; the same numbers each time."""
    picture = SCENES[name](np.random.default_rng(3))
    soft = Image.fromarray(picture.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.9))
    grain = np.random.default_rng(1).normal(0, 4, (SIDE, SIDE, 1))
    return (np.asarray(soft) + grain).clip(0, 255).astype(np.uint8)
