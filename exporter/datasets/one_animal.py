"""Photos with a single animal, and pictures without any: what a localiser learns from."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from exporter.datasets.animals import ANIMALS
from exporter.datasets.boxed import NOTHING
from exporter.datasets.imagenette import IMAGENETTE
from exporter.photos import MEAN

SIDE = 160  # pixels of a photo's long side
THINGS = 2  # Imagenette's first classes are a fish and a dog; from here on there are things


def one_animal(split: str, things: int) -> tuple[Tensor, Tensor, Tensor]:
    """As `boxed_photos` gives them, images [n, 160, 160, 3], extents [n, 2] and objects [n, 1, 5]: all photos with one animal;
    windows of the photos that show none of their animals; so many of Imagenette's photos of things."""
    rows = ANIMALS.load(split)
    random = np.random.default_rng(0)
    single, empty = [], []
    for row in rows:
        boxes = np.array(row["objects"]["bbox"], np.float32).reshape(-1, 4)
        photo = row["image"].convert("RGB")
        if len(boxes) == 1:
            single.append((photo, [*boxes[0], row["objects"]["category"][0]]))
        if (window := _empty_window(photo, boxes, random)) is not None:
            empty.append((window, None))
    others = IMAGENETTE.load(split)
    labels = np.array(others["label"][:])
    chosen = random.permutation(np.flatnonzero(labels >= THINGS))[:things]
    empty += [(row["image"].convert("RGB"), None) for row in others.select(chosen)]
    return _framed(single + empty)


def _empty_window(photo: Image.Image, boxes: np.ndarray, random: np.random.Generator) -> Image.Image | None:
    """A window of the photo without any part of the boxes (x, y, width, height); None if none is found in ten tries."""
    for _ in range(10):
        side = int(random.uniform(0.3, 0.6) * min(photo.size))
        x, y = (int(random.uniform(0, length - side)) for length in photo.size)
        apart = (boxes[:, 0] > x + side) | (boxes[:, 0] + boxes[:, 2] < x)
        apart |= (boxes[:, 1] > y + side) | (boxes[:, 1] + boxes[:, 3] < y)
        if side >= 60 and apart.all():
            return photo.crop((x, y, x + side, y + side))
    return None


def _framed(found: list[tuple[Image.Image, list | None]]) -> tuple[Tensor, Tensor, Tensor]:
    ground = np.round(np.array(MEAN) * 255).astype(np.uint8)
    images = np.broadcast_to(ground, (len(found), SIDE, SIDE, 3)).copy()
    extents, objects = torch.zeros(len(found), 2), torch.full((len(found), 1, 5), float(NOTHING))
    for index, (photo, told) in enumerate(found):
        scale = SIDE / max(photo.size)
        width, height = (max(1, round(length * scale)) for length in photo.size)
        left, top = (SIDE - width) // 2, (SIDE - height) // 2
        images[index, top : top + height, left : left + width] = photo.resize((width, height), Image.Resampling.BICUBIC)
        extents[index] = torch.tensor([height, width])
        if told:
            x, y, wide, tall, kind = told
            box = np.array([x, y, x + wide, y + tall]) * scale + [left, top, left, top]
            objects[index, 0] = torch.tensor([*box, kind])
    return torch.from_numpy(images), extents, objects
