"""Photos that nobody took: six scenes of Imagenette's classes, shaded, grained and blurred by a few lines of numpy each.

Coordinates run from -1 to 1, x to the right and y down. A shape is a signed distance in these units, negative inside (Quilez's
2D distance functions are the usual names for them); `paint` lays a colour where it is negative, its edge antialiased.
"""

from functools import cache

import numpy as np
from PIL import Image, ImageFilter

SIDE = 320  # pixels
Y, X = ((np.mgrid[:SIDE, :SIDE] + 0.5) / SIDE * 2 - 1).astype(np.float32)


@cache
def photo(name: str) -> np.ndarray:
    """One of `SAMPLES` as uint8 RGB [320, 320, 3]; the same numbers each time."""
    picture = SAMPLES[name](np.random.default_rng(0))
    soft = Image.fromarray(picture.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.8))
    grain = np.random.default_rng(1).normal(0, 3, (SIDE, SIDE, 1))
    return (np.asarray(soft) + grain).clip(0, 255).astype(np.uint8)


def paint(picture: np.ndarray, distance: np.ndarray, colour, soft: float = 1.5 / SIDE) -> None:
    """Lay `colour` (one, or one a pixel) where `distance` is negative; `soft` is the width of the edge."""
    share = np.clip(0.5 - distance / soft, 0, 1)[..., None]
    picture += share * (np.asarray(colour, np.float32) - picture)


def disc(x, y, radius):
    return np.hypot(X - x, Y - y) - radius


def box(x, y, half_width, half_height, round=0.0):
    across, down = np.abs(X - x) - half_width + round, np.abs(Y - y) - half_height + round
    return np.hypot(across.clip(0), down.clip(0)) + np.maximum(across, down).clip(max=0) - round


def triangle(x, top, bottom, half_width):
    """Its tip up at (x, top)."""
    slope = half_width / (bottom - top)
    return np.maximum((np.abs(X - x) - (Y - top) * slope) / np.hypot(1, slope), Y - bottom)


def line(x0, y0, x1, y1, width):
    along = ((X - x0) * (x1 - x0) + (Y - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2)
    along = along.clip(0, 1)
    return np.hypot(X - x0 - along * (x1 - x0), Y - y0 - along * (y1 - y0)) - width / 2


def noise(random, across: float, down: float) -> np.ndarray:
    """Smooth noise around 0, about 1 large, with so many bumps across and down the picture: [side, side, 1]."""
    coarse = random.normal(0, 1, (max(2, int(down)), max(2, int(across)))).astype(np.float32)
    return np.asarray(Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC))[..., None]


def clouds(random) -> np.ndarray:
    return sum(noise(random, 3 * 2**octave, 4 * 2**octave) / 1.6**octave for octave in range(5)) / 2


def mixed(low, high, share) -> np.ndarray:
    """Between two colours, one share a pixel."""
    share = np.clip(share, 0, 1).reshape(*share.shape[:2], 1)
    return np.asarray(low, np.float32) + share * (np.asarray(high, np.float32) - np.asarray(low, np.float32))


def sky(random, low=(205, 222, 238), high=(72, 128, 200), cloudy=0.5) -> np.ndarray:
    picture = mixed(high, low, (Y + 1) / 1.7)
    return picture + cloudy * np.clip(clouds(random), 0, 1.5) * (np.array([250, 250, 250]) - picture)


def grass(random, picture, horizon, colour=(84, 128, 46)) -> None:
    """Blades get longer towards the viewer; far ones melt together."""
    near = ((Y - horizon) / (1 - horizon)).clip(0, 1)[..., None]
    blades = noise(random, 160, 40) * near + noise(random, 90, 90) * (1 - near) * 0.4 + 0.5 * noise(random, 14, 10)
    paint(picture, horizon - Y, np.array(colour) * (0.85 + 0.2 * near + 0.18 * blades), 0.02)


def golf_ball(random):
    picture = mixed((70, 104, 52), (120, 148, 92), clouds(random) / 2 + 0.5)
    grass(random, picture, -0.25, (78, 126, 40))
    ball_on_grass(random, picture, 0.02, 0.08, 0.56)
    return picture


def ball_on_grass(random, picture, x, y, radius):
    """A ball with dimples, lit from the upper left, its foot behind blades of grass."""
    across, down = (X - x) / radius, (Y - y) / radius
    paint(picture, np.hypot((across - 0.25) / 1.35, (down - 0.96) / 0.3) - 1, picture * 0.35, 0.9)
    front = np.sqrt((1 - across**2 - down**2).clip(0))
    normal = np.stack([across, down, front], -1)
    count = np.arange(330) + 0.5  # dimples, spread as sunflower seeds are
    height, angle = 1 - 2 * count / 330, np.pi * (1 + 5**0.5) * count
    ring = np.sqrt(1 - height**2)
    centres = np.stack([ring * np.cos(angle), 0.8 * height + 0.6 * ring * np.sin(angle),
                        0.8 * ring * np.sin(angle) - 0.6 * height], -1).astype(np.float32)  # fmt: skip
    seen = centres[centres[:, 2] > -0.1]
    offset = normal - seen[(normal @ seen.T).argmax(-1)]
    reach = np.linalg.norm(offset, axis=-1, keepdims=True) / 0.098
    normal += offset / 0.098 * 0.5 * np.sqrt((1 - reach**2).clip(0))
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    light = (normal @ np.array([-0.5, -0.68, 0.54], np.float32)).clip(0)[..., None]
    bounce = (normal[..., 1:2] * 0.5).clip(0) * np.array([46, 70, 20])
    paint(picture, disc(x, y, radius), 74 + 176 * light**0.9 + 30 * light**30 + bounce)
    blades = noise(random, 150, 30) + 0.6 * noise(random, 40, 20)
    foot = np.maximum(0.86 - down - 0.11 * blades[..., 0], np.abs(across) - 1.3)
    paint(picture, foot * radius, np.array([80, 128, 38]) * (0.9 + 0.2 * blades), 0.03)


def parachute(random):
    picture = sky(random, cloudy=0.35)
    top, width, height = -0.28, 0.62, 0.46
    across = (X / width).clip(-1, 1)
    canopy = np.maximum(np.hypot(X / width, (Y - top) / height) - 1, (Y - top) / height - 0.10 * np.cos(across * np.pi * 4.5))
    gore = np.arcsin(across) / np.pi * 9 + 4.5  # seams bend away as on a globe
    colours = np.array([(214, 54, 40), (240, 236, 228), (32, 74, 160)])
    cloth = colours[(gore.clip(0, 8.99)).astype(int) % 3].astype(np.float32)
    shade = 0.62 + 0.4 * np.clip(0.6 - 0.5 * across - 0.6 * (Y - top) / height, 0, 1) - 0.25 * np.abs(gore % 1 - 0.5) ** 2
    paint(picture, canopy * 0.4, cloth * shade[..., None], 0.008)
    for seam in np.linspace(-1, 1, 10):
        paint(picture, line(seam * width, top + 0.04, 0.02 * seam, 0.56, 0.007), (60, 60, 66))
    paint(picture, line(0, 0.62, 0, 0.72, 0.09), (36, 40, 52), 0.01)
    paint(picture, disc(0, 0.55, 0.04), (150, 110, 90), 0.01)
    for foot in (-0.03, 0.03):
        paint(picture, line(foot, 0.74, foot * 1.6, 0.86, 0.045), (40, 44, 60), 0.01)
    return picture


def church(random):
    picture = sky(random, low=(214, 226, 238), high=(86, 140, 208), cloudy=0.5)
    for x, size in ((-0.95, 0.34), (-0.62, 0.26), (0.95, 0.38), (0.7, 0.24)):
        paint(picture, disc(x, 0.42, size) + 0.05 * noise(random, 30, 30)[..., 0],
              np.array([52, 84, 44]) * (1 + 0.25 * noise(random, 60, 60)), 0.04)  # fmt: skip
    grass(random, picture, 0.66)
    boards = (1 - 0.06 * ((Y * 26) % 1 < 0.2))[..., None] * (1 + 0.02 * noise(random, 20, 20))
    white, shadow = np.array([236, 234, 226]) * boards, np.array([168, 174, 188]) * boards
    roof = np.array([92, 84, 86]) * (1 + 0.12 * noise(random, 40, 70))
    paint(picture, box(0.34, 0.42, 0.42, 0.27), shadow)
    paint(picture, box(0.32, 0.02, 0.47, 0.15), roof)
    paint(picture, box(-0.2, 0.36, 0.3, 0.33), white)
    paint(picture, triangle(-0.2, -0.24, 0.06, 0.36), roof)
    paint(picture, triangle(-0.2, -0.19, 0.05, 0.29), white)
    paint(picture, box(-0.2, -0.22, 0.145, 0.3), white)
    paint(picture, box(-0.1, -0.22, 0.045, 0.3), white * 0.8)
    paint(picture, box(-0.2, -0.5, 0.17, 0.025), white * 0.9)
    paint(picture, triangle(-0.2, -0.93, -0.5, 0.15), roof * np.where(X > -0.2, 0.75, 1.1)[..., None])
    paint(picture, np.minimum(box(-0.2, -0.92, 0.008, 0.07), box(-0.2, -0.94, 0.03, 0.008)), (60, 56, 50))
    windows = [(-0.2, -0.3, 0.05, 0.09), (-0.38, 0.3, 0.045, 0.11), (-0.02, 0.3, 0.045, 0.11)]
    windows += [(x, 0.42, 0.045, 0.11) for x in (0.22, 0.4, 0.58)]
    for x, y, width, height in windows:
        for grow, colour in ((0.018, (250, 250, 246)), (0, (58, 64, 78))):
            paint(picture, np.minimum(box(x, y, width + grow, height + grow), disc(x, y - height, width + grow)), colour)
    paint(picture, np.minimum(box(-0.2, 0.56, 0.075, 0.13), disc(-0.2, 0.43, 0.075)), (112, 46, 36))
    paint(picture, np.maximum(np.abs(X + 0.2 + (Y - 0.69) * 0.2) - 0.06 - (Y - 0.69) * 0.5, 0.69 - Y), (190, 184, 170), 0.02)
    return picture


def gas_pump(random):
    picture = mixed((150, 160, 166), (200, 206, 208), clouds(random) / 2 + 0.5)
    paint(picture, box(0.2, -0.86, 1.4, 0.16), (224, 226, 228), 0.03)
    paint(picture, box(0.2, -0.72, 1.4, 0.03), (190, 40, 36), 0.03)
    paint(picture, box(-0.85, 0.1, 0.09, 0.9), (120, 126, 130), 0.05)
    paint(picture, 0.55 - Y, np.array([128, 126, 122]) * (1 + 0.06 * noise(random, 120, 60)), 0.03)
    paint(picture, np.hypot((X - 0.1) / 1.5, (Y - 0.86) / 0.2) - 0.45, (66, 66, 66), 0.4)
    paint(picture, box(0, 0.86, 0.62, 0.08, 0.02), (176, 174, 168))
    sheen = (0.78 + 0.3 * np.exp(-((X + 0.22) ** 2) / 0.03) - 0.18 * (X > 0.3))[..., None]
    paint(picture, box(0, 0.1, 0.42, 0.74, 0.05), np.array([196, 36, 30]) * sheen)
    paint(picture, box(0, -0.56, 0.36, 0.05, 0.02), np.array([236, 236, 232]) * sheen)
    paint(picture, box(0, -0.27, 0.33, 0.2, 0.03), (232, 234, 230))
    for row in (-0.36, -0.2):
        paint(picture, box(0.02, row, 0.24, 0.06, 0.01), (36, 44, 40))
        for digit in range(5):
            paint(picture, box(-0.14 + digit * 0.08, row, 0.024, 0.04, 0.01), (190, 206, 180), 0.012)
            paint(picture, box(-0.14 + digit * 0.08, row, 0.01, 0.024), (36, 44, 40), 0.012)
    for button in range(3):
        paint(
            picture, box(-0.2 + 0.2 * button, 0.06, 0.08, 0.07, 0.015), ((240, 240, 236), (236, 196, 60), (70, 150, 90))[button]
        )
        paint(picture, box(-0.2 + 0.2 * button, 0.06, 0.05, 0.02), (60, 60, 60))
    paint(picture, box(0, 0.48, 0.33, 0.27, 0.02), np.array([228, 228, 224]) * sheen)
    paint(picture, box(0, 0.36, 0.22, 0.05), (196, 36, 30))
    hose = np.minimum.reduce([np.where(Y > 0.3, np.abs(np.hypot((X - 0.56) / 0.8, (Y - 0.3) / 1.7) - 0.2) * 0.9, 9),
                              line(0.4, 0.3, 0.4, -0.34, 0), line(0.72, 0.3, 0.72, -0.05, 0)])  # fmt: skip
    paint(picture, hose - 0.026, (30, 30, 32))
    paint(picture, box(0.52, -0.1, 0.1, 0.2, 0.03), (70, 72, 76))
    paint(picture, line(0.53, -0.2, 0.76, -0.06, 0.1), (24, 24, 26))
    paint(picture, line(0.5, -0.3, 0.56, -0.16, 0.05), (150, 150, 150))
    return picture


def french_horn(random):
    picture = mixed((54, 40, 44), (112, 84, 78), clouds(random) / 3 + 0.5 - 0.3 * Y[..., None])
    glow = 0.12 * noise(random, 9, 9)

    def tube(distance, width):
        """A round brass pipe along the curve where `distance` is 0: light from above, dark at its rims."""
        height = np.sqrt((1 - (distance / width) ** 2).clip(0))[..., None]
        fall = np.gradient(np.abs(distance), axis=0)[..., None] * SIDE / 2
        light = 0.28 + 0.55 * height + 0.22 * fall + glow
        brass = np.array([206, 156, 66]) * light + np.array([255, 246, 210]) * 0.75 * np.clip(height - 0.93, 0, 1) / 0.07
        paint(picture, np.abs(distance) - width, np.array([40, 26, 16]), 0.05)
        paint(picture, np.abs(distance) - width, brass)

    around = np.arctan2(Y - 0.45, X - 0.35)
    for x, y, radius, width in ((-0.18, -0.1, 0.62, 0.035), (-0.12, -0.06, 0.52, 0.042), (-0.2, -0.12, 0.4, 0.034),
                                (-0.1, -0.1, 0.3, 0.03), (-0.24, -0.2, 0.2, 0.026)):  # fmt: skip
        tube(disc(x, y, radius), width)
    for x in (-0.36, -0.24, -0.12):
        tube(line(x, -0.34, x + 0.06, 0.1, 0.0), 0.05)
        paint(picture, disc(x - 0.01, -0.38, 0.05), (236, 206, 130))
    tube(line(-0.3, -0.7, -0.86, -0.86, 0), 0.022)
    x, y, radius = 0.36, 0.4, 0.5
    deep = (np.hypot(X - x, Y - y) / radius).clip(0, 1)
    sweep = 0.5 + 0.5 * np.cos(2 * (around - 0.8))
    bell = 0.25 + 0.75 * deep**1.5 * (0.45 + 0.75 * sweep**2)
    brass = np.array([224, 172, 78]) * bell[..., None] + np.array([255, 240, 200]) * (0.5 * sweep**8 * deep**2)[..., None]
    paint(picture, disc(x + 0.02, y + 0.04, radius + 0.02), np.array([30, 20, 16]), 0.16)
    paint(picture, disc(x, y, radius), brass)
    paint(picture, disc(x, y, 0.16), (52, 32, 16), 0.25)
    tube(disc(x, y, radius), 0.018)
    return picture


def church_and_ball(random):
    """Two classes in one picture: whichever map is asked for shows its own."""
    picture = church(random)
    ball_on_grass(random, picture, 0.54, 0.56, 0.4)
    return picture


SAMPLES = {
    "church_and_ball": church_and_ball,
    "golf_ball": golf_ball,
    "parachute": parachute,
    "church": church,
    "gas_pump": gas_pump,
    "french_horn": french_horn,
}
