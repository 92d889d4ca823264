"""The picture of the training playground on the home page."""

from functools import cache

import numpy as np

from playground import figures
from playground.training import Run
from playground.training_scene import read
from playground.training_words import scenes

EPOCHS = (5, 40, 150)
SIDE = 350  # pixels of a map


@cache
def cover() -> np.ndarray:
    """A net of the spiral's scene after 5, 40 and 150 epochs, computed by its graphs: uint8 RGB [350, 1050, 3]."""
    start = read(scenes()["spiral"][1])[0].start
    run, tiles = Run(start.setups[0], *start.parts()), []
    for epoch in EPOCHS:
        run.advance(epoch - run.epoch)
        tiles.append(figures.signed(run.frame().decision[0].clip(-1, 1) * 0.8).repeat(4, 0).repeat(4, 1)[:SIDE, :SIDE])
    return np.concatenate([np.pad(tile[:, :-10], ((0, 0), (5, 5), (0, 0)), constant_values=255) for tile in tiles], 1)
