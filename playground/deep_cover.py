"""The lesson's picture on the home page."""

from functools import cache
from math import log10

import numpy as np

from playground import figures
from playground.deep_scene import SCENES, read
from playground.deep_training import played

EPOCHS, LEAST = 60, -16  # powers of ten of the gradient


@cache
def cover() -> np.ndarray:
    """What three nets of twenty layers answer after EPOCHS, and their gradients by layer: uint8 RGB [400, 1050, 3]."""
    scene, _ = read(SCENES["nineties"])
    panels = [_panel(played(net, scene.common, EPOCHS)[0]) for net in scene.nets]
    return np.concatenate(panels, 1)


def _panel(run) -> np.ndarray:
    """[400, 350, 3]: above the decision map, below a bar a layer."""
    measured = run.measured()
    picture = np.full((400, 350, 3), 255, np.uint8)
    picture[10:210, 10:340] = figures.signed(run.surface(measured))[10:40].repeat(7, 0).repeat(7, 1)[:200, :330]
    powers = [max(log10(value), LEAST) if value else LEAST for value in measured["gradient"][:-1]]
    wide = 330 // len(powers)
    for i, power in enumerate(powers):
        share = 1 - power / LEAST
        high = max(2, round(165 * min(share + 0.1, 1)))
        picture[390 - high : 390, 10 + i * wide : 8 + (i + 1) * wide] = figures.cividis(np.array(share))
    return picture
