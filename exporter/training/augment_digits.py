"""What people do to a digit that MNIST's writers did not: thick and thin pens, slants, odd proportions, other places, flags.

Works on batches of MNIST images as tensors, with a generator, so that an epoch's distortions follow from its seed.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from exporter.framing import Framing

_framing = Framing()


def distorted(images: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
    """uint8 [batch, 28, 28] and labels int64 [batch] → fields float [batch, 1, 28, 28].

    Rotations to ±20°, scales 0.75 to 1.2 by axis, slants to ±0.3, smooth local warps, strokes thinner or thicker by up to a
    pixel; a half of the ones get the flag that most of Europe writes. Then one half of all goes through the framing, as
    drawings do; the other half is shifted by up to 2.5 pixels.
    """
    batch = len(images)
    drawn = F.interpolate(images[:, None].float() / 255, size=(56, 56), mode="bilinear")
    drawn = _stroked(_flagged(drawn, labels == 1, generator), generator)
    reframed = _uniform((batch,), 0, 1, generator) < 0.5
    grid = F.affine_grid(_matrices(batch, reframed, generator), [batch, 1, 56, 56], align_corners=False)
    grid = grid + _warp(batch, generator)
    drawn = F.grid_sample(drawn, grid, align_corners=False)
    framed, _ = _framing((drawn[:, 0, :, :, None] * 255).expand(-1, -1, -1, 3), torch.tensor(True))
    return torch.where(reframed[:, None, None, None], framed, F.avg_pool2d(drawn, 2))


def _uniform(shape: tuple[int, ...], low: float, high: float, generator: torch.Generator) -> Tensor:
    return torch.rand(shape, generator=generator) * (high - low) + low


def _matrices(batch: int, reframed: Tensor, generator: torch.Generator) -> Tensor:
    """Random affine maps [batch, 2, 3] from output to input coordinates, both in [-1, 1]."""
    angle = _uniform((batch,), -20, 20, generator) * math.pi / 180
    slant = _uniform((batch,), -0.3, 0.3, generator)
    shrink_x, shrink_y = 1 / _uniform((2, batch), 0.75, 1.2, generator)
    shift = torch.where(reframed[:, None], 0, _uniform((batch, 2), -2.5, 2.5, generator) / 14)
    cosine, sine = angle.cos(), angle.sin()
    first = torch.stack([cosine * shrink_x, (slant * cosine - sine) * shrink_y, shift[:, 0]], 1)
    second = torch.stack([sine * shrink_x, (slant * sine + cosine) * shrink_y, shift[:, 1]], 1)
    return torch.stack([first, second], 1)


def _warp(batch: int, generator: torch.Generator) -> Tensor:
    """Smooth displacement [batch, 56, 56, 2]: random arrows on a 5x5 grid, up to 1.2 pixels of 28, interpolated."""
    arrows = _uniform((batch, 2, 5, 5), -1.2, 1.2, generator) / 14
    return F.interpolate(arrows, size=(56, 56), mode="bicubic", align_corners=True).permute(0, 2, 3, 1)


def _flagged(drawn: Tensor, ones: Tensor, generator: torch.Generator) -> Tensor:
    """A stroke from the top of a one down to the left; MNIST's writers were American and wrote a bare line."""
    batch = len(drawn)
    rows, columns = torch.meshgrid(torch.arange(56.0), torch.arange(56.0), indexing="ij")
    inked = drawn[:, 0] > 0.5
    top = torch.where(inked.any(2), torch.arange(56), 56).amin(1).float()
    first_row = inked & (rows < top[:, None, None] + 3)
    left = (first_row * columns).sum((1, 2)) / first_row.sum((1, 2)).clamp(min=1)
    length = _uniform((batch,), 8, 20, generator)
    angle = _uniform((batch,), 15, 50, generator) * math.pi / 180  # from the downward vertical
    down, across = length * angle.cos(), -length * angle.sin()
    y, x = rows - top[:, None, None] - 1, columns - left[:, None, None]
    along = ((y * down[:, None, None] + x * across[:, None, None]) / (length**2)[:, None, None]).clamp(0, 1)
    distance = ((y - along * down[:, None, None]) ** 2 + (x - along * across[:, None, None]) ** 2).sqrt()
    width = _uniform((batch,), 1.5, 2.8, generator)
    flag = (width[:, None, None] + 0.5 - distance).clamp(0, 1)
    chosen = ones & (_uniform((batch,), 0, 1, generator) < 0.5)
    return torch.where(chosen[:, None, None, None], torch.maximum(drawn, flag[:, None]), drawn)


def _stroked(drawn: Tensor, generator: torch.Generator) -> Tensor:
    """Blend each image with its erosion (thin pen) or dilation (thick pen), by a random amount."""
    amount = _uniform((len(drawn), 1, 1, 1), -0.7, 1, generator)
    thick = F.max_pool2d(F.max_pool2d(drawn, 3, 1, 1), 3, 1, 1)
    thin = -F.max_pool2d(-drawn, 3, 1, 1)
    return torch.where(amount > 0, torch.lerp(drawn, thick, amount), torch.lerp(drawn, thin, -amount))
