"""The picture of the training playground on the home page."""

from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from playground import figures
from playground.training import Run
from playground.training_data import EDGE
from playground.training_live import coarse_grid
from playground.training_scene import read
from playground.training_words import scenes

EPOCHS = (20, 60, 150)
SIDE, MARGIN, DOT = 340, 5, 4  # pixels


@cache
def cover() -> np.ndarray:
    """A net of the spiral's scene after 20, 60 and 150 epochs, computed by its graphs: uint8 RGB [350, 1050, 3]."""
    start = read(scenes()["spiral"][1])[0].start
    run, tiles = Run(start.setups[0], *start.parts()), []
    for epoch in EPOCHS:
        run.advance(epoch - run.epoch)
        answer = run.answers(coarse_grid(SIDE), neurons=False)["output"].reshape(SIDE, SIDE)
        tile = Image.fromarray(figures.signed(answer.clip(-1, 1)))
        pen = ImageDraw.Draw(tile)
        for (x, y), side in zip((run.train.x * [1, -1] + EDGE) / (2 * EDGE) * SIDE, run.train.y, strict=True):
            pen.ellipse((x - DOT, y - DOT, x + DOT, y + DOT), "#d95f0e" if side > 0 else "#2166ac", "#fff")
        tiles.append(np.pad(np.asarray(tile), ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), constant_values=255))
    return np.concatenate(tiles, 1)
