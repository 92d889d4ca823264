"""Photos with boxes as others might have taken them: nearer or further, mirrored, in another light, four in one picture.

Works on batches as tensors, with a generator, so that an epoch's changes follow from its seed.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from exporter.datasets.boxed import NOTHING
from exporter.letterbox import inside
from exporter.photos import normalised, resampled

VISIBLE = 0.3  # of an object's area must be left, or its box goes
SMALLEST = 4  # pixels


@dataclass(frozen=True)
class Changes:
    """How much may change: `nearest` and `furthest` zoom, `stretch` of one side against the other, `light` (share), how many of
    the pictures are mosaics of four (Bochkovskiy et al. 2020, arXiv:2004.10934), and whether up and down are alike."""

    nearest: float = 1.8
    furthest: float = 0.6
    stretch: float = 1.25
    light: float = 0.4
    mosaics: float = 0.5
    upright: bool = True


def changed(
    images: Tensor, extents: Tensor, objects: Tensor, chosen: Tensor, height: int, width: int, changes: Changes,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Pictures float [batch, 3, height, width] and their objects [batch, most, 5], of the photos that `chosen` [batch] numbers.

    Photos as `boxed_photos` gives them; the tiles of mosaics are drawn from all of them.
    """
    mosaics = round(len(chosen) * changes.mosaics)
    tiles = torch.randint(len(images), (4 * mosaics,), generator=generator)

    def cut(chosen: Tensor, height: int, width: int, nearer: float) -> tuple[Tensor, Tensor]:
        return _windows(images[chosen], extents[chosen], objects[chosen], height, width, nearer, changes, generator)

    pictures, found = cut(chosen[mosaics:], height, width, 1)
    if mosaics:
        tiles, inner = cut(tiles, height // 2, width // 2, 1.2)
        tiles = tiles.reshape(mosaics, 2, 2, 3, height // 2, width // 2).permute(0, 3, 1, 4, 2, 5)
        inner = inner.reshape(mosaics, 2, 2, -1, 5).clone()
        inner[:, :, 1, :, 0:3:2] += width // 2
        inner[:, 1, :, :, 1:4:2] += height // 2
        pictures = torch.cat([pictures, tiles.reshape(mosaics, 3, height, width)])
        most = objects.shape[1]
        found = torch.cat([torch.nn.functional.pad(found, (0, 0, 0, 3 * most), value=NOTHING), inner.reshape(mosaics, -1, 5)])
    return pictures.contiguous(memory_format=torch.channels_last), _compact(found)


def _windows(
    images: Tensor, extents: Tensor, objects: Tensor, height: int, width: int, nearer: float, changes: Changes,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """One random window of each photo, and the objects that are seen in it."""
    batch, *sides, _ = images.shape

    def uniform(low: float, high: float) -> Tensor:
        return torch.rand(batch, generator=generator) * (high - low) + low

    fit = torch.maximum(extents[:, 0] / height, extents[:, 1] / width)  # photo pixels per picture pixel, if all is seen
    zoom = uniform(math.log(changes.furthest), math.log(changes.nearest)).exp() * nearer
    stretch = uniform(-1, 1).mul(math.log(changes.stretch) / 2).exp()
    centres, scales = [], []
    for axis, scale in enumerate((fit / zoom * stretch, fit / zoom / stretch)):
        room = (extents[:, axis] - scale * (height, width)[axis]).abs() / 2  # the window moves in the photo, or the photo in it
        centres.append(sides[axis] / 2 + room * uniform(-1, 1))
        mirror = uniform(-1, 1).sign() if axis == 1 or not changes.upright else 1
        scales.append(scale * mirror)
    rows, columns = (inside(centres[axis], scales[axis], sides[axis], (height, width)[axis]) for axis in range(2))
    half = torch.bfloat16  # twice as fast, and as fine as eight bits of a photo
    pictures = resampled(images.to(half), rows.to(half), columns.to(half)).float()
    covered = rows.sum(2)[:, None, :, None] * columns.sum(2)[:, None, None, :]
    pictures = normalised(_relit(pictures, uniform, changes.light)) * covered
    return pictures, _seen(objects, centres, scales, height, width)


def _seen(objects: Tensor, centres: list[Tensor], scales: list[Tensor], height: int, width: int) -> Tensor:
    """Boxes as the window shows them, clipped; those of which too little is left have no class."""
    seen = objects.clone()
    for axis, size in ((0, width), (1, height)):
        centre, scale = centres[1 - axis][:, None, None], scales[1 - axis][:, None, None]
        moved = (objects[..., [axis, axis + 2]] - centre) / scale + size / 2
        seen[..., [axis, axis + 2]] = moved.sort(-1).values  # a mirror exchanges left and right
    whole = (seen[..., 2] - seen[..., 0]) * (seen[..., 3] - seen[..., 1])
    seen[..., 0:3:2] = seen[..., 0:3:2].clamp(0, width)
    seen[..., 1:4:2] = seen[..., 1:4:2].clamp(0, height)
    sides = seen[..., 2:4] - seen[..., 0:2]
    kept = (sides.prod(-1) > VISIBLE * whole) & (sides.amin(-1) >= SMALLEST)
    seen[..., 4] = torch.where(kept, objects[..., 4], NOTHING)
    return seen


def _relit(images: Tensor, uniform, light: float) -> Tensor:
    """Other contrast, brightness and saturation, and a cast of colour: 0 to 255, [batch, 3, height, width]."""
    contrast, brightness, saturation = (uniform(1 - light, 1 + light)[:, None, None, None] for _ in range(3))
    cast = torch.stack([uniform(1 - light / 4, 1 + light / 4) for _ in range(3)], 1)[:, :, None, None]
    grey = images.mean(1, keepdim=True)
    images = torch.lerp(grey, images, saturation)
    return (torch.lerp(grey.mean((2, 3), keepdim=True), images, contrast) * (brightness * cast)).clamp(0, 255)


def _compact(objects: Tensor) -> Tensor:
    """Objects first, and no more rows than the fullest picture needs."""
    order = (objects[..., 4] == NOTHING).int().argsort(stable=True, dim=1)
    most = max(1, int((objects[..., 4] != NOTHING).sum(1).max()))
    return objects.gather(1, order[..., None].expand_as(objects))[:, :most]
