"""Photos as others might have taken them: nearer or further, mirrored, in another light, partly hidden.

Works on batches as tensors, with a generator, so that an epoch's changes follow from its seed.
"""

import math

import torch
from torch import Tensor

from exporter.photos import normalised, resampled, resampling


def photographed(images: Tensor, size: int, generator: torch.Generator) -> Tensor:
    """uint8 [batch, height, width, 3] → net inputs [batch, 3, size, size], channels last in memory.

    A random window of 0.35 to 1 of the area, sides 3:4 to 4:3 (Szegedy et al. 2014, §6), mirrored or not; colours changed; a
    square hidden from every second photo (cutout: DeVries, Taylor 2017, arXiv:1708.04552).
    """
    batch, height, width, _ = images.shape

    def uniform(low: float, high: float) -> Tensor:
        return torch.rand(batch, generator=generator) * (high - low) + low

    area, aspect = uniform(0.35, 1), uniform(-1, 1).mul(math.log(4 / 3) / 2).exp()
    tall, wide = (area.sqrt() / aspect).clamp(max=1) * height, (area.sqrt() * aspect).clamp(max=1) * width
    y = tall / 2 + (height - tall) * uniform(0, 1)
    x = wide / 2 + (width - wide) * uniform(0, 1)
    mirror = uniform(-1, 1).sign()
    rows = resampling(y, tall / size, height, size)
    columns = resampling(x, mirror * wide / size, width, size)
    images = normalised(_relit(resampled(images.float(), rows, columns), uniform))
    return (images * _visible(size, uniform)).contiguous(memory_format=torch.channels_last)


def _relit(images: Tensor, uniform) -> Tensor:
    """Other contrast, brightness and saturation, each by up to 30 %; 0 to 255, [batch, 3, height, width]."""
    contrast, brightness, saturation = (uniform(0.7, 1.3)[:, None, None, None] for _ in range(3))
    grey = images.mean(1, keepdim=True)
    images = torch.lerp(grey, images, saturation)
    mean = grey.mean((2, 3), keepdim=True)
    return (torch.lerp(mean, images, contrast) * brightness).clamp(0, 255)


def _visible(size: int, uniform) -> Tensor:
    """1 where a photo is seen, 0 (the mean colour) in the hidden square of 0.2 to 0.5 of its side: [batch, 1, size, size]."""
    side = uniform(0.2, 0.5) * (uniform(0, 1) < 0.5)
    along = (torch.arange(size) + 0.5) / size
    rows, columns = ((along - uniform(0, 1)[:, None]).abs() < side[:, None] / 2 for _ in range(2))
    return 1 - (rows[:, :, None] & columns[:, None, :]).float().unsqueeze(1)
