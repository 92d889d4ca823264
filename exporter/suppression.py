"""Non-maximum suppression: in torch as plain Python, in the graph as ONNX's operator; each checks the other.

Of boxes that show the same thing, the surest stays. For each class: take the surest box, remove all that overlap it by more
than a threshold, repeat with what is left.
"""

import torch
from onnxscript import opset20 as onnx_operators
from torch import Tensor

MOST = 100  # boxes of a class


@torch.library.custom_op("playground::suppressed", mutates_args=())
def suppressed(boxes: Tensor, scores: Tensor, score_threshold: Tensor, iou_threshold: Tensor) -> Tensor:
    """Which boxes stay: boxes [1, cells, 4], scores [1, classes, cells], two numbers → int64 [detections, (0, class, cell)]."""
    kept = []
    for kind, sure in enumerate(scores[0]):
        left = [cell for cell in sure.argsort(descending=True, stable=True).tolist() if sure[cell] > score_threshold]
        of_kind = []
        while left and len(of_kind) < MOST:
            best, *others = left
            of_kind.append((0, kind, best))
            left = [
                cell for cell, iou in zip(others, _ious(boxes[0, best], boxes[0, others]), strict=True) if iou <= iou_threshold
            ]
        kept += of_kind
    return torch.tensor(kept, dtype=torch.int64).reshape(-1, 3)


def _ious(box: Tensor, others: Tensor) -> Tensor:
    shared = (torch.minimum(box[2:], others[:, 2:]) - torch.maximum(box[:2], others[:, :2])).clamp(min=0).prod(1)
    return shared / ((box[2:] - box[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(1) - shared).clamp(min=1e-9)


@suppressed.register_fake
def _(boxes: Tensor, scores: Tensor, score_threshold: Tensor, iou_threshold: Tensor) -> Tensor:
    return boxes.new_empty((torch.library.get_ctx().new_dynamic_size(), 3), dtype=torch.int64)


def _operator(boxes, scores, score_threshold, iou_threshold):
    one, most = onnx_operators.Constant(value_ints=[1]), onnx_operators.Constant(value_ints=[MOST])
    return onnx_operators.NonMaxSuppression(
        boxes, scores, most, onnx_operators.Reshape(iou_threshold, one), onnx_operators.Reshape(score_threshold, one)
    )


OPERATORS = {torch.ops.playground.suppressed.default: _operator}
