"""The lecture's loss of a grid of cells, and who answers for what.

    L = BCE(σ(z0), object) + object · [(σ(z1) - x)² + (σ(z2) - y)² + (z3 - log w/2)² + (z4 - log h/2)²]
                           + object · CE(softmax(z5, z6, …), class)

x and y go from 0 to 1 across what a cell can reach; w and h are in cells. The squares know nothing of overlap, by which
detections are judged, so 1 - GIoU (Rezatofighi et al. 2019, arXiv:1902.09630) may be added, `overlap` times.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from exporter.architectures.yolo import CELL
from exporter.datasets.boxed import NOTHING


def assigned(objects: Tensor, rows: int, columns: int, reach: int) -> Tensor:
    """Objects [batch, most, 5] in pixels → targets [batch, 6, rows, columns]: object (1 or 0), x, y, log w/2, log h/2, class.

    A cell answers for the nearest object whose centre is within its reach.
    """
    boxes = objects[..., :4] / CELL
    centre, half = (boxes[..., :2] + boxes[..., 2:]) / 2, (boxes[..., 2:] - boxes[..., :2]) / 2
    column, row = torch.arange(columns) + 0.5, torch.arange(rows) + 0.5
    across = centre[..., 0, None, None] - column  # [batch, most, 1, columns]
    down = centre[..., 1, None, None] - row[:, None]  # [batch, most, rows, 1]
    distance = torch.maximum(across.abs(), down.abs())
    out = (distance > reach / 2) | (objects[..., 4] == NOTHING)[..., None, None]
    nearest, which = distance.masked_fill(out, torch.inf).min(1)  # [batch, rows, columns]
    picture = torch.arange(len(objects))[:, None, None]
    size = half.clamp(min=1e-3).log()[picture, which]
    place = centre[picture, which] - torch.stack(torch.meshgrid(row, column, indexing="ij")[::-1], -1)
    kind = objects[..., 4][picture, which]
    parts = [nearest.isfinite().float(), *(place / reach + 0.5).unbind(-1), *size.unbind(-1), kind]
    return torch.stack(parts, 1)


def loss_terms(raw: Tensor, targets: Tensor, reach: int, smoothing: float = 0.0) -> dict[str, Tensor]:
    """Terms of the loss, each summed over the cells and divided by the number of cells that have an object.

    raw z [batch, 5 + classes, rows, columns], targets as `assigned` gives them; `smoothing` of the classes' labels.
    """
    here = targets[:, 0] > 0
    count = here.sum().clamp(min=1)
    z, t = raw.permute(0, 2, 3, 1)[here], targets.permute(0, 2, 3, 1)[here]
    place = z[:, 1:3].sigmoid()
    found = _box(reach * (place - 0.5), z[:, 3:5].clamp(max=5).exp())  # from the cell's own middle
    truth = _box(reach * (t[:, 1:3] - 0.5), t[:, 3:5].exp())
    return {
        "object": F.binary_cross_entropy_with_logits(raw[:, 0], targets[:, 0], reduction="sum") / count,
        "place": (place - t[:, 1:3]).square().sum() / count,
        "size": (z[:, 3:5] - t[:, 3:5]).square().sum() / count,
        "overlap": (1 - generalised_iou(found, truth)).sum() / count,
        "class": F.cross_entropy(z[:, 5:], t[:, 5].long(), reduction="sum", label_smoothing=smoothing) / count,
    }


def detection_loss(reach: int, overlap: float = 1.0, smoothing: float = 0.0):
    """The loss as a function of (raw, targets); `overlap` 0 leaves the lecture's."""

    def loss(raw: Tensor, targets: Tensor) -> Tensor:
        terms = loss_terms(raw.float(), targets, reach, smoothing)
        return sum(term * (overlap if name == "overlap" else 1) for name, term in terms.items())

    return loss


def _box(centre: Tensor, half: Tensor) -> Tensor:
    return torch.cat([centre - half, centre + half], 1)


def generalised_iou(a: Tensor, b: Tensor) -> Tensor:
    """IoU minus the share of the boxes' common hull that neither covers: boxes [n, 4] twice → [n], from -1 to 1."""
    area = ((box[:, 2:] - box[:, :2]).prod(1) for box in (a, b))
    inner = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0).prod(1)
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(1)
    union = sum(area) - inner
    return inner / union.clamp(min=1e-6) - (hull - union) / hull.clamp(min=1e-6)
