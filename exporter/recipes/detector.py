"""A detector as it is served: a picture in, boxes in its own pixels out; letterbox, net, decoding, suppression."""

import numpy as np
from torch import Tensor, nn

from exporter.architectures.yolo import CELL, decoded
from exporter.average_precision import Detections, Truth, average_precision, curve
from exporter.letterbox import Letterbox
from exporter.recipes import Port, Run
from exporter.suppression import suppressed

SCORE, IOU = 0.4, 0.5  # thresholds, unless others are given
LOW = 0.01  # score from which on detections are counted for average precision


def ports(labels: tuple[str, ...], height: int, width: int) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """Inputs and outputs of a detector whose net sees height x width."""
    cells, values = (height // CELL, width // CELL), 5 + len(labels)
    score = "boxes with a lower score are left out; a score is σ(z0) times the probability of the class"
    raw = f"z of each cell of {CELL}x{CELL} pixels of the picture as letterboxed into {height}x{width}"
    return (
        Port("image", "uint8", (1, "height", "width", 3), "RGB picture of any size; all of it is looked at"),
        Port("score_threshold", "float32", (), score, SCORE),
        Port("iou_threshold", "float32", (), "of two boxes of a class that overlap by more, the surer stays", IOU),
    ), (
        Port("boxes", "float32", ("detections", 4), "x1 y1 x2 y2 in the picture's pixels, the surest first"),
        Port("scores", "float32", ("detections",), "how sure, from 0 to 1"),
        Port("classes", "int64", ("detections",), "index of the label"),
        Port("raw", "float32", (*cells, values), f"{raw}: z0 object, z1 z2 place, z3 z4 size, then one for each class"),
    )


class Detector(nn.Module):
    """uint8 [1, height, width, 3], two thresholds → boxes [detections, 4], scores, classes, raw [rows, columns, 5 + classes].

    Inner tensors of interest: `cell_boxes` [cells, 4] in the picture's pixels, row by row, and `cell_scores` [cells, classes].
    """

    def __init__(self, net: nn.Module, height: int, width: int):
        super().__init__()
        self.framing, self.net = Letterbox(height, width), net
        self.cell_boxes, self.cell_scores = nn.Identity(), nn.Identity()

    def forward(self, image: Tensor, score_threshold: Tensor, iou_threshold: Tensor) -> tuple[Tensor, ...]:
        raw = self.net(self.framing(image))
        boxes, scores = decoded(raw, self.net.reach)
        boxes = self.cell_boxes(self.framing.back(boxes[0] * CELL, image))
        scores = self.cell_scores(scores[0])
        stays = suppressed(boxes.unsqueeze(0), scores.T.unsqueeze(0), score_threshold, iou_threshold)
        kinds, cells = stays[:, 1], stays[:, 2]
        sure, order = scores[cells, kinds].sort(descending=True)
        return boxes[cells[order]], sure, kinds[order], raw[0].permute(1, 2, 0)


def measured(run: Run, pictures: list[tuple[np.ndarray, np.ndarray, np.ndarray]], labels: tuple[str, ...]) -> dict:
    """Metrics of a detector on pictures with true boxes and classes: average precision at IoU 0.5.

    Under `validation`, by class: how many objects there were; of each detection, the surest first, its score in 1/10000, and
    whether it found an object ("1") or none ("0").
    """
    found: list[Detections] = []
    truth: list[Truth] = []
    for image, boxes, kinds in pictures:
        answer = run(
            {"image": image[None], "score_threshold": np.array(LOW, np.float32), "iou_threshold": np.array(IOU, np.float32)}
        )
        found.append((answer["boxes"], answer["scores"], answer["classes"]))
        truth.append((boxes, kinds))
    precision = [average_precision(found, truth, kind) for kind in range(len(labels))]
    return {
        "objects": sum(len(kinds) for _, kinds in truth),
        "map50": round(float(np.mean(precision)), 4),
        "map50_by_class": {label: round(value, 4) for label, value in zip(labels, precision, strict=True)},
        "validation": {"classes": {label: _detections(found, truth, kind) for kind, label in enumerate(labels)}},
    }


def _detections(found: list[Detections], truth: list[Truth], kind: int) -> dict:
    precision, _recall, scores = curve(found, truth, kind)
    hits = np.diff(np.rint(precision * np.arange(1, len(scores) + 1)), prepend=0)
    return {
        "objects": sum(int((kinds == kind).sum()) for _, kinds in truth),
        "scores": np.rint(10_000 * scores).astype(int).tolist(),
        "hits": "".join("1" if hit else "0" for hit in hits),
    }
