"""The whole of a picture in a frame of fixed size, its proportions kept, and the way back for boxes; inside the graph."""

import torch
from torch import Tensor, nn

from exporter.photos import normalised, resampled


class Letterbox(nn.Module):
    """uint8 [batch, any height, any width, 3] → normalised float [batch, 3, height, width]; the mean colour around it."""

    def __init__(self, height: int, width: int):
        super().__init__()
        self.height, self.width = height, width

    def forward(self, image: Tensor) -> Tensor:
        _, height, width, _ = image.shape
        scale = self.scale(image)
        rows = inside(height * torch.ones(1, device=image.device) / 2, scale, height, self.height)
        columns = inside(width * torch.ones(1, device=image.device) / 2, scale, width, self.width)
        covered = rows.sum(2)[:, None, :, None] * columns.sum(2)[:, None, None, :]
        return normalised(resampled(image.float(), rows, columns)) * (covered > 0.5)

    def scale(self, image: Tensor) -> Tensor:
        """Pixels of the picture per pixel of the frame, [1]."""
        _, height, width, _ = image.shape
        one = torch.ones(1, device=image.device)
        return torch.maximum(height * one / self.height, width * one / self.width)

    def back(self, boxes: Tensor, image: Tensor) -> Tensor:
        """Boxes [..., 4], x1 y1 x2 y2 in the frame's pixels → in the picture's, clipped to it."""
        _, height, width, _ = image.shape
        scale, placed = self.scale(image), []
        for axis, (frame, own) in enumerate(((self.width, width), (self.height, height))):
            place = (boxes[..., axis::2] - frame / 2) * scale + own / 2
            placed.append(torch.minimum(place.clamp(min=0), own * torch.ones_like(scale)))
        return torch.stack(placed, -1).flatten(-2)


def inside(centre: Tensor, scale: Tensor, length: int, size: int) -> Tensor:
    """As `photos.resampling`, but what lies beyond the picture counts for nothing: rows of weights there have the sum 0."""
    steps = torch.arange(size, device=centre.device) + 0.5 - size / 2
    middle = centre[:, None, None] + steps[None, :, None] * scale[:, None, None]
    reach = scale.abs().clamp(min=1)[:, None, None]
    pixel = torch.arange(length, device=centre.device)[None, None] + 0.5
    weights = (1 - (pixel - middle).abs() / reach).clamp(min=0)
    within = ((middle >= 0) & (middle <= length)).float()
    return weights * within / weights.sum(2, keepdim=True).clamp(min=1e-3)
