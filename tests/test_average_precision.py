"""Our average precision against COCO's own program."""

import contextlib
import io

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from exporter.average_precision import average_precision, ious


def scene(generator, pictures=30, classes=3):
    """True boxes, and detections of which some are near them, some double, some of another class, some nowhere."""
    found, truth = [], []
    for _ in range(pictures):
        corners = generator.uniform(0, 80, (generator.integers(0, 7), 2))
        boxes = np.concatenate([corners, corners + generator.uniform(5, 40, corners.shape)], 1)
        kinds = generator.integers(classes, size=len(boxes))
        times = generator.integers(0, 3, len(boxes))
        near = np.repeat(boxes, times, axis=0) + generator.normal(0, 2, (times.sum(), 4))
        corners = generator.uniform(0, 80, (generator.integers(0, 4), 2))
        seen = np.concatenate([near, np.concatenate([corners, corners + 15], 1)])
        seen[:, 2:] = np.maximum(seen[:, 2:], seen[:, :2] + 1)
        scores = np.round(generator.uniform(0, 1, len(seen)), 6)  # COCO's program sorts doubles
        guessed = np.append(np.repeat(kinds, times), generator.integers(classes, size=len(corners)))
        guessed = np.where(generator.random(len(seen)) < 0.9, guessed, (guessed + 1) % classes)
        found.append((seen, scores, guessed))
        truth.append((boxes, kinds))
    return found, truth


def coco(found, truth, classes, iou):
    """AP by class, from the reference."""

    def described(boxes, kinds, number):
        sides = boxes[:, 2:] - boxes[:, :2]
        return [
            {"image_id": number, "category_id": int(kind), "bbox": [*corner, *side], "area": float(side.prod()), "iscrowd": 0}
            for corner, side, kind in zip(boxes[:, :2], sides, kinds, strict=True)
        ]

    objects = [entry for number, (boxes, kinds) in enumerate(truth) for entry in described(boxes, kinds, number)]
    detections = []
    for number, (boxes, scores, kinds) in enumerate(found):
        entries = described(boxes, kinds, number)
        detections += [entry | {"score": float(score)} for entry, score in zip(entries, scores, strict=True)]
    with contextlib.redirect_stdout(io.StringIO()):
        reference = COCO()
        reference.dataset = {"images": [{"id": number} for number in range(len(truth))],
                             "annotations": [entry | {"id": n + 1} for n, entry in enumerate(objects)],
                             "categories": [{"id": kind} for kind in range(classes)]}  # fmt: skip
        reference.createIndex()
        judge = COCOeval(reference, reference.loadRes(detections), "bbox")
        judge.params.iouThrs = np.array([iou])
        judge.evaluate()
        judge.accumulate()
    return judge.eval["precision"][0, :, :, 0, 2].mean(0)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("iou", [0.5, 0.75])
def test_equals_cocos_own_program(seed, iou):
    found, truth = scene(np.random.default_rng(seed))
    ours = [average_precision(found, truth, kind, iou) for kind in range(3)]
    np.testing.assert_allclose(ours, coco(found, truth, 3, iou), atol=1e-6)
    assert 0.02 < np.mean(ours) < 0.98


def test_iou_of_known_boxes():
    a = np.array([[0, 0, 2, 2.0], [0, 0, 1, 1]])
    b = np.array([[1, 1, 3, 3.0], [0, 0, 2, 2], [5, 5, 6, 6]])
    np.testing.assert_allclose(ious(a, b), [[1 / 7, 1, 0], [0, 1 / 4, 0]])


def test_no_detection_no_object():
    nothing = (np.zeros((0, 4)), np.zeros(0), np.zeros(0, int))
    one = (np.array([[0, 0, 1, 1.0]]), np.array([0]))
    assert average_precision([nothing], [one], 0) == 0
    assert np.isnan(average_precision([nothing], [one], 1))
