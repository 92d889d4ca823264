"""Photos for nets: from any picture to the square of normalised numbers that a net takes, inside the graph.

Resizing is a product with two matrices, one for rows and one for columns, image ↦ R · image · Cᵀ. Each row of R holds the
triangle of bilinear interpolation, as wide as a new pixel where the picture shrinks: no detail is skipped, so none comes back
as a pattern that is not there (aliasing). Pillow's and torch's antialiased bilinear filters are the same.
"""

import torch
from torch import Tensor, nn

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's red, green, blue


class PhotoFraming(nn.Module):
    """The middle square, resized and normalised: uint8 [batch, height, width, 3] → float [batch, 3, size, size]."""

    def __init__(self, size: int):
        super().__init__()
        self.size = size

    def forward(self, image: Tensor) -> Tensor:
        _, height, width, _ = image.shape
        one = torch.ones(1, device=image.device)
        scale = min(height, width) * one / self.size
        rows = resampling(height * one / 2, scale, height, self.size)
        columns = resampling(width * one / 2, scale, width, self.size)
        return normalised(resampled(image.float(), rows, columns))


def resampling(centre: Tensor, scale: Tensor, length: int, size: int) -> Tensor:
    """How much each of `length` pixels counts for each of `size` new ones: [batch], [batch] → [batch, size, length].

    `centre` of the window and `scale`, old pixels per new one, are in pixels; a negative scale mirrors.
    """
    steps = torch.arange(size, device=centre.device) + 0.5 - size / 2
    middle = centre[:, None, None] + steps[None, :, None] * scale[:, None, None]
    reach = scale.abs().clamp(min=1)[:, None, None]
    pixel = torch.arange(length, device=centre.device)[None, None] + 0.5
    weights = (1 - (pixel - middle).abs() / reach).clamp(min=0)
    return weights / weights.sum(2, keepdim=True)


def resampled(image: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """float [batch, height, width, 3] → [batch, 3, new height, new width]; weights as `resampling` gives them."""
    batch, height, width, _ = image.shape
    image = (rows @ image.reshape(batch, height, width * 3)).reshape(batch, rows.shape[1], width, 3)
    return image.permute(0, 3, 1, 2) @ columns.transpose(1, 2).unsqueeze(1)


def normalised(image: Tensor) -> Tensor:
    """Red, green, blue from 0 to 255 → mean 0, variance 1 over ImageNet; [batch, 3, height, width]."""
    mean, deviation = (torch.tensor(value, device=image.device)[:, None, None] for value in (MEAN, DEVIATION))
    return (image / 255 - mean) / deviation
