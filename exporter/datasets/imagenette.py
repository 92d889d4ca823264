"""Imagenette: ten classes of ImageNet that are easily told apart, as photos (Howard, fast.ai)."""

import os
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

import datasets
from exporter.datasets import Dataset


@dataclass(frozen=True)
class _Imagenette(Dataset):
    def load(self, split: str) -> datasets.Dataset:
        """Rows of `train` or `val`; the Hub's copy comes in several sizes and calls the latter `validation`."""
        if os.environ.get("PLAYGROUND_DATA"):
            return super().load(split)
        return datasets.load_dataset(self.hub, "160px", split={"train": "train", "val": "validation"}[split])


IMAGENETTE = _Imagenette(
    name="imagenette",
    hub="frgfm/imagenette",
    title="Imagenette",
    source="Howard, fast.ai: Imagenette, ten classes of ImageNet",
    licence="ImageNet's terms of access: research and education, not for commercial use",
)
LABELS = ("tench", "English springer", "cassette player", "chain saw", "church", "French horn", "garbage truck", "gas pump",
          "golf ball", "parachute")  # fmt: skip
SIDE = 112  # pixels of the square that is kept of each photo


def photos(split: str) -> tuple[Tensor, Tensor]:
    """Images uint8 [n, 112, 112, 3], the middle square of each, and labels int64 [n] of `train` or `val`."""
    rows = IMAGENETTE.load(split)
    images = torch.empty(len(rows), SIDE, SIDE, 3, dtype=torch.uint8)
    for index, row in enumerate(rows):
        photo = ImageOps.fit(row["image"].convert("RGB"), (SIDE, SIDE), Image.Resampling.BICUBIC)
        images[index] = torch.from_numpy(np.array(photo))
    return images, torch.tensor(rows["label"][:])
