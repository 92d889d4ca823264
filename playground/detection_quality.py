"""Precision, recall and average precision of a detector on its validation pictures, from `validation.json` beside its graph.

That file has, for each class, how many objects there were, and of each detection its score and whether it found one (IoU at
least 0.5); `python -m exporter evaluate NAME` writes it. Average precision is COCO's: the mean, over the recalls 0, 0.01, …, 1,
of the best precision at that recall or a higher one (Lin et al. 2014, arXiv:1405.0312).
"""

import json
from dataclasses import dataclass
from functools import cache

import numpy as np

from playground import catalog, detection, figures
from playground.components import packed
from playground.detection import labels
from playground.language import current
from playground.operators import run

RECALLS = np.linspace(0, 1, 101)
GRAPH = """
average_precision (double[n] hits, double objects, double[r] recalls)
  => (double[n] precision, double[n] recall, double[r] best, double average) {
  zero = Constant <value = double {0.0}> ()
  one = Constant <value = double {1.0}> ()
  first = Constant <value_int = 0> ()
  row = Constant <value_ints = [1, -1]> ()
  column = Constant <value_ints = [-1, 1]> ()
  along = Constant <value_ints = [1]> ()
  found = CumSum(hits, first)
  none = Mul(hits, zero)
  ones = Add(none, one)
  asked = CumSum(ones, first)
  precision = Div(found, asked)
  recall = Div(found, objects)
  recall_row = Reshape(recall, row)
  precision_row = Reshape(precision, row)
  wanted = Reshape(recalls, column)
  reached = GreaterOrEqual(recall_row, wanted)
  seen = Where(reached, precision_row, zero)
  best = ReduceMax <keepdims = 0> (seen, along)
  average = ReduceMean <keepdims = 0> (best)
}"""


@dataclass(frozen=True)
class Curve:
    """One class: `scores` [detections], falling, with precision and recall down to each; `best` precision at RECALLS."""

    objects: int
    scores: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    best: np.ndarray
    average: float
    inputs: dict[str, np.ndarray]

    def at(self, threshold: float) -> tuple[float, float]:
        """Precision and recall of the detections that are surer than a threshold; without any, precision is 1."""
        count = int((self.scores > threshold).sum())
        return (float(self.precision[count - 1]), float(self.recall[count - 1])) if count else (1.0, 0.0)


def nets() -> list[str]:
    """The detectors that were measured so."""
    return [name for name in detection.nets() if validation(name)]


@cache
def validation(name: str) -> dict | None:
    """What was measured of a detector; None where it was not."""
    file = catalog.path(name).parents[1] / "validation.json"
    return json.loads(file.read_text()) if file.exists() else None


@cache
def curves(name: str) -> list[Curve]:
    """One a class, in the detector's order."""
    return [_curve(**measured) for measured in validation(name)["classes"].values()]


def _curve(objects: int, scores: list[int], hits: str) -> Curve:
    inputs = {"hits": np.array([float(hit) for hit in hits or "0"]), "objects": np.array(float(max(objects, 1))),
              "recalls": RECALLS}  # fmt: skip
    answer = run(GRAPH, inputs)
    count = len(scores)
    return Curve(objects, np.array(scores) / 10_000, answer["precision"][:count], answer["recall"][:count], answer["best"],
                 float(answer["average"]) if objects else float("nan"), inputs)  # fmt: skip


def mean(name: str) -> float:
    """mAP: the mean over the classes that have objects."""
    return float(np.nanmean([curve.average for curve in curves(name)]))


def shown(name: str, kind: int, threshold: float, texts: dict[str, str]) -> dict:
    """What components.precision shows of a class."""
    curve, told = curves(name)[kind], labels(name)
    averages = [(label, one.average) for label, one in zip(told, curves(name), strict=True)]
    return {
        "kind": kind, "at": threshold, "objects": curve.objects, "colour": figures.CLASSES[kind],
        "scores": packed(curve.scores), "precision": packed(curve.precision), "recall": packed(curve.recall),
        "best": packed(curve.best), "recalls": packed(RECALLS), "map": mean(name),
        "classes": [{"label": label, "colour": figures.CLASSES[n], "value": None if np.isnan(value) else value}
                    for n, (label, value) in enumerate(averages)],
        "texts": texts, "language": current(),
    }  # fmt: skip
