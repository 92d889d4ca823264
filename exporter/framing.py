"""Framing: from any picture of one digit to the 28x28 field that MNIST's authors made, inside the graph.

MNIST's digits were scaled into a 20x20 box and moved so that their centre of mass stands in the middle of 28x28 (LeCun et al.
1998, §III.A). People draw anywhere and of any size, dark on light or light on dark; the same normalisation makes their digit
one of the kind the nets have learned.
"""

import torch
from torch import Tensor, nn

FIELD, BOX = 28, 20  # pixels: the nets' input, and the box that a framed digit fills
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


class Framing(nn.Module):
    """`uint8` RGB pictures to fields of ink.

    Inputs: image uint8 [batch, height, width, 3], frame bool [] (off: the whole picture is shrunk into the field).
    Outputs: field float [batch, 1, 28, 28], 0 paper to 1 ink; window float [batch, 3]: where the field lies in the picture, as
    centre y, centre x (pixels from the upper left corner) and picture pixels per field pixel.
    """

    def forward(self, image: Tensor, frame: Tensor) -> tuple[Tensor, Tensor]:
        ink = (image.float() * torch.tensor(LUMA, device=image.device)).sum(-1) / 255
        ground = border_mean(ink)
        dark_on_light = ground > 0.5
        ink, ground = torch.where(dark_on_light, 1 - ink, ink), torch.where(dark_on_light, 1 - ground, ground)
        ink = torch.where(frame, cleaned(ink, ground), ink)

        batch, height, width = ink.shape
        whole = torch.stack([height * ink.new_ones(batch) / 2, width * ink.new_ones(batch) / 2,
                             max(height, width) * ink.new_ones(batch) / FIELD], 1)  # fmt: skip
        window = torch.where(frame, _digit_window(ink, whole), whole)
        rows = area_weights(window[:, 0], window[:, 2], height)
        columns = area_weights(window[:, 1], window[:, 2], width)
        return (rows @ ink @ columns.transpose(1, 2)).unsqueeze(1), window


def border_mean(ink: Tensor) -> Tensor:
    """Mean of the four edges: what the paper looks like. [batch, height, width] → [batch, 1, 1]."""
    edges = torch.cat([ink[:, 0], ink[:, -1], ink[:, :, 0], ink[:, :, -1]], 1)
    return edges.mean(1)[:, None, None]


def cleaned(ink: Tensor, ground: Tensor) -> Tensor:
    """Paper to 0, the darkest stroke to 1; below a quarter of the contrast it is shadow or noise, above three, full ink."""
    ink = (ink - ground).clamp(min=0)
    contrast = ink.amax((1, 2), keepdim=True).clamp(min=0.05)  # an empty sheet stays empty
    return ((ink / contrast - 0.25) * 2).clamp(0, 1)


def _digit_window(ink: Tensor, whole: Tensor) -> Tensor:
    """The window whose 20x20 box holds all ink and whose centre is the centre of mass; `whole` where there is no ink."""
    rows, columns = ink.amax(2), ink.amax(1)  # [batch, height], [batch, width]
    mass = ink.sum((1, 2))
    y = torch.arange(ink.shape[1], device=ink.device) + 0.5
    x = torch.arange(ink.shape[2], device=ink.device) + 0.5
    centre_y = (ink.sum(2) * y).sum(1) / mass.clamp(min=1e-3)
    centre_x = (ink.sum(1) * x).sum(1) / mass.clamp(min=1e-3)
    extent = torch.maximum(_extent(rows, y), _extent(columns, x))
    return torch.where((mass > 0)[:, None], torch.stack([centre_y, centre_x, extent / BOX], 1), whole)


def _extent(profile: Tensor, position: Tensor) -> Tensor:
    """Length in pixels from the first to the last position with ink. [batch, n], [n] → [batch]."""
    inked = profile > 0.25
    last = torch.where(inked, position, -1e6).amax(1)
    first = torch.where(inked, position, 1e6).amin(1)
    return (last - first + 1).clamp(min=1)


def area_weights(centre: Tensor, scale: Tensor, length: int) -> Tensor:
    """How much each picture pixel counts for each of 28 field pixels: [batch] , [batch] → [batch, 28, length].

    A field pixel averages the picture over its own area; where the picture is the coarser one, over one picture pixel, which
    is linear interpolation. Outside the picture is paper.
    """
    steps = torch.arange(FIELD, device=centre.device) + 0.5 - FIELD / 2
    middle = centre[:, None, None] + steps[None, :, None] * scale[:, None, None]
    side = scale.clamp(min=1)[:, None, None]
    pixel = torch.arange(length, device=centre.device)[None, None]
    overlap = torch.minimum(middle + side / 2, pixel + 1) - torch.maximum(middle - side / 2, pixel)
    return overlap.clamp(min=0) / side
