"""The lecture's loss of one box, with its question marks.

    L = BCE(p_c, object) + object · [4 numbers of the box: (b̂ - b)², summed, + CE(classes)]

Where nothing is, the box and the class are "?": they have no loss, and no gradient.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from exporter.datasets.boxed import NOTHING
from exporter.training.detection_loss import generalised_iou

UNKNOWN = -1  # p_c of a photo whose animal the window lost: nobody knows what is right


def targets(objects: Tensor, was_animal: Tensor, side: int) -> Tensor:
    """Objects [batch, most, 5] in pixels → [batch, 6]: p_c, b_x, b_y, b_h, b_w in shares of `side`, class."""
    first = objects[:, 0]
    here = first[:, 4] != NOTHING
    (x1, y1, x2, y2), kind = (first[:, :4] / side).unbind(1), first[:, 4]
    asked = torch.where(here, 1.0, torch.where(was_animal, float(UNKNOWN), 0.0))
    return torch.stack([asked, (x1 + x2) / 2, (y1 + y2) / 2, y2 - y1, x2 - x1, kind], 1)


def localisation_loss(places: float = 1.0, overlap: float = 0.0, smoothing: float = 0.0):
    """The loss as a function of (z [batch, 5 + classes], targets); the lecture's with the defaults.

    `places` weighs the squares, `overlap` adds 1 - GIoU, `smoothing` is of the classes' labels.
    """

    def loss(z: Tensor, target: Tensor) -> Tensor:
        z, known, here = z.float(), target[:, 0] != UNKNOWN, target[:, 0] == 1
        value = F.binary_cross_entropy_with_logits(z[known, 0], target[known, 0], reduction="sum")
        box, truth = z[here, 1:5].sigmoid(), target[here, 1:5]
        value = value + places * (box - truth).square().sum()
        value = value + overlap * (1 - generalised_iou(corners(box), corners(truth))).sum()
        value = value + F.cross_entropy(z[here, 5:], target[here, 5].long(), reduction="sum", label_smoothing=smoothing)
        return value / len(z)

    return loss


def corners(box: Tensor) -> Tensor:
    """b_x, b_y, b_h, b_w [n, 4] → x1, y1, x2, y2 [n, 4]."""
    x, y, tall, wide = box.unbind(1)
    return torch.stack([x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2], 1)
