"""Sheets of ink with digits of any size on them, and what a window should say at each place of a grid."""

import torch
from torch import Tensor

from exporter.datasets.canvases import ink_extents, penned
from exporter.letterbox import inside

NOTHING, IGNORED = 10, -1  # beside the ten digits
DIGITS = 6  # tries for a place, on each sheet
SMALLEST, LARGEST = 11, 36  # pixels of a digit's longer side
FITTING, DOUBTFUL = (13, 25), (10, 29)  # that a window of 28 is for; that it is not asked about
NEAR, NEARBY = 2.01, 6  # pixels from a window's middle to a digit's: this is it; it may be


def sheets(fields: Tensor, side: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Put digits on sheets: fields of ink [count * DIGITS, 28, 28] → inks [count, side, side], from 0 to 1, and boxes [count,
    DIGITS, 4], x1 y1 x2 y2 in pixels; NaN where a digit found no free place. Some reach over the edge: windows see such too."""
    count = len(fields) // DIGITS
    low, high = ink_extents(fields)
    low, high = (corner.view(count, DIGITS, 2) for corner in (low, high))
    longest = (high - low).amax(2).clamp(min=1)
    share = torch.rand(count, DIGITS, generator=generator)
    grown = SMALLEST * (LARGEST / SMALLEST) ** share / longest  # sheet pixels per field pixel
    half = (high - low) * grown[..., None] / 2
    centre = 4 + torch.rand(count, DIGITS, 2, generator=generator) * (side - 8)
    boxes = torch.cat([centre - half, centre + half], 2)
    for last in range(1, DIGITS):
        before, box = boxes[:, :last], boxes[:, last : last + 1]
        apart = (before[..., 2:] + 1 < box[..., :2]) | (box[..., 2:] + 1 < before[..., :2])
        free = (apart.any(2) | before.isnan().any(2)).all(1)
        boxes[:, last][~free] = torch.nan
    kept = ~boxes[..., 0].isnan().flatten()
    scale = 1 / grown.flatten()[kept]
    middle = ((low + high) / 2 + (side / 2 - centre) / grown[..., None]).flatten(0, 1)[kept]
    rows, columns = (inside(middle[:, axis], scale, fields.shape[1], side) for axis in (1, 0))
    inks = penned(rows @ fields[kept] @ columns.transpose(1, 2), generator)
    sheet = torch.arange(count).repeat_interleave(DIGITS)[kept]
    return torch.zeros(count, side, side).index_reduce_(0, sheet, inks, "amax"), boxes


def answers(boxes: Tensor, labels: Tensor, cells: int, window: int, stride: int) -> Tensor:
    """What each window of a grid should say: boxes [count, n, 4], labels int64 [count, n] → int64 [count, cells, cells].

    A digit's label if a digit that fits stands in its middle; NOTHING if none is near; IGNORED in between.
    """
    middle = torch.arange(cells) * stride + window / 2
    centre, size = (boxes[..., :2] + boxes[..., 2:]) / 2, (boxes[..., 2:] - boxes[..., :2]).amax(2)[..., None, None]
    across = (centre[..., 0, None, None] - middle).abs()
    down = (centre[..., 1, None, None] - middle[:, None]).abs()
    distance = torch.maximum(across, down).nan_to_num(torch.inf)  # [count, n, cells, cells]
    here = (distance <= NEAR) & (size >= FITTING[0]) & (size <= FITTING[1])
    near = (distance <= NEARBY) & (size >= DOUBTFUL[0]) & (size <= DOUBTFUL[1])
    said = torch.where(near.any(1), IGNORED, NOTHING)
    return torch.where(here.any(1), (here * labels[..., None, None]).amax(1), said)
