"""Photos with boxes around their objects, as equal arrays."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from exporter.datasets import Dataset
from exporter.photos import MEAN

NOTHING = -1  # the class of a row that describes no object


def boxed_photos(dataset: Dataset, split: str, height: int, width: int) -> tuple[Tensor, Tensor, Tensor]:
    """A split, each photo scaled to fit into height x width and centred on the mean colour.

    Returns images uint8 [n, height, width, 3]; their own extents float [n, 2], height and width in these pixels; objects float
    [n, most, 5]: x1, y1, x2, y2 in these pixels, class; rows beyond a photo's own have class -1.
    """
    rows = dataset.load(split)
    ground = np.round(np.array(MEAN) * 255).astype(np.uint8)
    images = np.broadcast_to(ground, (len(rows), height, width, 3)).copy()
    extents = torch.zeros(len(rows), 2)
    objects = torch.full((len(rows), max(len(row["category"]) for row in rows["objects"]), 5), float(NOTHING))
    for index, row in enumerate(rows):
        photo = row["image"].convert("RGB")
        scale = min(height / photo.height, width / photo.width)
        size = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
        left, top = (width - size[0]) // 2, (height - size[1]) // 2
        if size != photo.size:
            photo = photo.resize(size, Image.Resampling.BICUBIC)
        images[index, top : top + size[1], left : left + size[0]] = np.asarray(photo)
        extents[index] = torch.tensor([size[1], size[0]])
        corners = np.array(row["objects"]["bbox"], np.float32).reshape(-1, 4)
        corners[:, 2:] += corners[:, :2]
        objects[index, : len(corners), :4] = torch.from_numpy(corners * scale + [left, top, left, top])
        objects[index, : len(corners), 4] = torch.tensor(row["objects"]["category"]).float()
    return torch.from_numpy(images), extents, objects


def truths(dataset: Dataset, split: str) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """A split as it is: image uint8 [height, width, 3], boxes [objects, 4] x1 y1 x2 y2 in pixels, classes int64 [objects]."""
    found = []
    for row in dataset.load(split):
        corners = np.array(row["objects"]["bbox"], np.float32).reshape(-1, 4)
        corners[:, 2:] += corners[:, :2]
        found.append((np.asarray(row["image"].convert("RGB")), corners, np.array(row["objects"]["category"], np.int64)))
    return found
