"""Weights that one of our own trainings ended with, for another to begin with."""

from pathlib import Path

import torch
from torch import Tensor


def pretrained(name: str, checkpoints: Path) -> dict[str, Tensor]:
    """The averaged weights of recipe `name`'s net as it was trained, batch norm and all. Trains it first if it is not."""
    file = checkpoints / f"{name}.pt"
    from exporter.recipes import RECIPES  # which import this module

    recipe = RECIPES[name]
    torch.manual_seed(recipe.seed)
    recipe.train(recipe.module(), file)  # finished trainings answer at once
    averaged = torch.load(file, map_location="cpu")["averaged"]
    return {key.removeprefix("module."): value for key, value in averaged.items() if key.startswith("module.")}
