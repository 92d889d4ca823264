"""The lesson's picture on the home page."""

from functools import cache
from math import log10

import numpy as np

from playground import figures
from playground.deep_scene import SCENES, read
from playground.deep_training import SIDE, Run, played
from playground.training_data import EDGE

EPOCHS, LEAST = 60, -16  # powers of ten of the gradient
CELL, TOP = 7, 10  # pixels of a map's cell; rows of the map that are left out above and below


@cache
def cover() -> np.ndarray:
    """What three nets of twenty layers answer after EPOCHS, and their gradients by layer: uint8 RGB [400, 1050, 3]."""
    scene, _ = read(SCENES["nineties"])
    return np.concatenate([_panel(played(net, scene.common, EPOCHS)[0]) for net in scene.nets], 1)


def _panel(run: Run) -> np.ndarray:
    """[400, 350, 3]: above the decision map with the points, below a bar a layer."""
    measured, picture = run.measured(), np.full((400, 350, 3), 255, np.uint8)
    full = np.ones((1, SIDE))  # the fullest colour is a certain answer's
    plane = figures.signed(np.vstack([0.8 * run.surface(measured), full]))[TOP : SIDE - TOP].repeat(CELL, 0).repeat(CELL, 1)
    for (x1, x2), side in zip(run.points.x, run.points.y, strict=True):
        row, column = ((EDGE - x2) / (2 * EDGE) * SIDE - TOP) * CELL, (x1 + EDGE) / (2 * EDGE) * SIDE * CELL
        plane[round(row) - 4 : round(row) + 4, round(column) - 4 : round(column) + 4] = 255
        plane[round(row) - 3 : round(row) + 3, round(column) - 3 : round(column) + 3] = figures.signed(np.array(side))
    picture[10:210, 10:340] = plane[5:205, 10:340]
    picture[[10, 209], 10:340] = picture[10:210, [10, 339]] = 215
    powers = [max(log10(value), LEAST) if value else LEAST for value in measured["gradient"][:-1]]
    wide = 330 // len(powers)
    for i, power in enumerate(powers):
        share = 1 - power / LEAST
        high = max(2, round(165 * min(share + 0.1, 1)))
        picture[390 - high : 390, 10 + i * wide : 8 + (i + 1) * wide] = figures.cividis(np.array(share))
    return picture
