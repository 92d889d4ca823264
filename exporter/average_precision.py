"""How good are the boxes? Average precision, as COCO defines it (Lin et al. 2014, arXiv:1405.0312).

Each detection, the surest first, takes the object of its class that it overlaps most and that nobody has taken, if they overlap
by `iou` at least; else it is a false alarm. With each detection recall grows or precision falls. AP is the mean, over the
recalls 0, 0.01, …, 1, of the best precision at that recall or a higher one; mAP the mean over classes. Overlap is

    IoU = area of the intersection / area of the union
"""

import numpy as np

RECALLS = np.linspace(0, 1, 101)
MOST = 100  # detections of a class in a picture that count

Boxes = np.ndarray  # [n, 4] x1 y1 x2 y2
Detections = tuple[Boxes, np.ndarray, np.ndarray]  # boxes, scores [n], classes [n]
Truth = tuple[Boxes, np.ndarray]  # boxes, classes [n]


def ious(a: Boxes, b: Boxes) -> np.ndarray:
    """Overlap of each box with each: [n, 4], [m, 4] → [n, m], from 0 to 1."""
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = (high - low).clip(min=0).prod(2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).clip(min=0).prod(1) for boxes in (a, b)]
    return shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-9)


def curve(
    found: list[Detections], truth: list[Truth], kind: int, iou: float = 0.5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision and recall of one class as the threshold falls, and the threshold (score): three arrays [detections]."""
    scores, hits, wanted = [], [], 0
    for (boxes, sure, kinds), (objects, object_kinds) in zip(found, truth, strict=True):
        objects = objects[object_kinds == kind]
        wanted += len(objects)
        order = np.flatnonzero(kinds == kind)
        order = order[np.argsort(-sure[order], kind="stable")][:MOST]
        overlaps, free = ious(boxes[order], objects), np.ones(len(objects), bool)
        for index, row in zip(order, overlaps, strict=True):
            best = int(np.argmax(np.where(free, row, -1))) if free.any() else -1
            hit = best >= 0 and row[best] >= iou
            if hit:
                free[best] = False
            scores.append(sure[index])
            hits.append(hit)
    order = np.argsort(-np.array(scores), kind="stable")
    hit = np.cumsum(np.array(hits, float)[order])
    return hit / np.arange(1, len(hit) + 1), hit / max(wanted, 1), np.array(scores)[order]


def average_precision(found: list[Detections], truth: list[Truth], kind: int, iou: float = 0.5) -> float:
    """AP of one class over all pictures; NaN if no picture has such an object."""
    if not any((kinds == kind).any() for _, kinds in truth):
        return float("nan")
    precision, recall, _ = curve(found, truth, kind, iou)
    best = np.maximum.accumulate(precision[::-1])[::-1]  # at this recall or a higher one
    at = np.searchsorted(recall, RECALLS)
    return float(np.mean(np.append(best, 0)[np.minimum(at, len(best))]))
