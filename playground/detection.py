"""YOLO's lesson: what a detector answers to a picture, and with it what each cell of its grid said."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from playground import catalog, figures
from playground.components import packed
from playground.detection_samples import sheets
from playground.drawing import picture as drawn
from playground.engine import Answer, run
from playground.images import data_url
from playground.language import current
from playground.language import text as _

ORDER = ("yolo_digits", "yolo_animals", "yolo_blood_cells")
DIGITS = ORDER[0]
TAPS = ("cell_boxes", "cell_scores")
LONGEST = 640  # pixels that are kept of a photo's longer side
LEAST, MOST = 0.02, 0.98  # of the sliders


@dataclass(frozen=True)
class Reading:
    """A detector's answer to a picture, uint8 RGB [height, width, 3], at two thresholds.

    `answer` has the graph's outputs, and inside of it `cell_boxes` [cells, 4] in the picture's pixels, `cell_scores`
    [cells, classes].
    """

    name: str
    picture: np.ndarray
    score: float
    iou: float
    answer: Answer

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return self.answer["raw"].shape[:2]

    @property
    def count(self) -> int:
        """Boxes that stay."""
        return len(self.answer["scores"])

    @property
    def cell(self) -> float:
        """The side of a cell in the picture's pixels."""
        return max(length / cells for length, cells in zip(self.picture.shape, self.grid, strict=False))

    @property
    def corner(self) -> tuple[float, float]:
        """x, y of the grid's upper left corner in the picture's pixels: not above 0, as the grid covers all of it."""
        (height, width), (rows, columns) = self.picture.shape[:2], self.grid
        return (width - columns * self.cell) / 2, (height - rows * self.cell) / 2


def nets() -> list[str]:
    """The detectors that there are, the lesson's first one first."""
    return [name for name in ORDER if name in catalog.manifest()]


def titles() -> dict[str, str]:
    """What the detectors find."""
    said = {"yolo_digits": _("Digits"), "yolo_animals": _("Animals"), "yolo_blood_cells": _("Blood cells")}
    return {name: said[name] for name in nets()}


def title(name: str) -> str:
    """What people call a detector."""
    return {
        "yolo_digits": _("YOLO for drawn digits"),
        "yolo_animals": _("YOLO for animals in photos"),
        "yolo_blood_cells": _("YOLO for blood cells"),
    }[name]


def labels(name: str) -> list[str]:
    """The classes of a detector, in its order, in the language of the page."""
    said = {
        "dog": _("dog"), "cat": _("cat"), "sheep": _("sheep"), "horse": _("horse"), "cow": _("cow"),
        "red cell": _("red cell"), "white cell": _("white cell"), "platelet": _("platelet"),
    }  # fmt: skip
    return [said.get(label, label) for label in catalog.facts(name)["labels"]]


def thresholds(name: str) -> str:
    """The thresholds that the graph takes by default, as the link has them."""
    defaults = {port["name"]: port.get("default") for port in catalog.facts(name)["io_ports"]["inputs"]}
    return f"{defaults['score_threshold']:.2f},{defaults['iou_threshold']:.2f}"


def parse_thresholds(code: str) -> tuple[float, float]:
    """Least score and largest IoU from a link. Raises ValueError if they are not two numbers from 0.02 to 0.98."""
    score, iou = map(float, code.split(","))
    if not (LEAST <= score <= MOST and LEAST <= iou <= MOST):
        raise ValueError("no thresholds")
    return score, iou


def parse_cell(code: str | None, grid: tuple[int, int]) -> int | None:
    """The number of a cell, row by row, from a link's row.column; None if the grid has no such."""
    parts = (code or "").split(".")
    if len(parts) != 2 or not all(part.isascii() and part.isdecimal() and len(part) < 4 for part in parts):
        return None
    row, column = map(int, parts)
    return row * grid[1] + column if row < grid[0] and column < grid[1] else None


def small(picture: np.ndarray) -> np.ndarray:
    """A photo, its longer side at most 640 pixels: the nets see fewer."""
    image = Image.fromarray(picture)
    image.thumbnail((LONGEST, LONGEST))
    return np.asarray(image)


def read(name: str, picture: np.ndarray, score: float, iou: float) -> Reading:
    """Show a picture, uint8 RGB [height, width, 3], to a detector."""
    inputs = {
        "image": picture[None],
        "score_threshold": np.array(score, np.float32),
        "iou_threshold": np.array(iou, np.float32),
    }
    return Reading(name, picture, score, iou, run(name, inputs, TAPS))


def field(reading: Reading, alt: str, texts: dict[str, str]) -> dict:
    """What boxes.js reads: the picture, what every cell said of it, and what the graph let stay."""
    answer, (rows, columns) = reading.answer, reading.grid
    picture = reading.picture
    if (picture == picture[..., :1]).all():  # a drawing, whose strokes a JPEG would smear
        picture = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    return {
        "picture": data_url(picture), "alt": alt, "height": picture.shape[0], "width": picture.shape[1],
        "rows": rows, "columns": columns,
        "boxes": packed(answer["cell_boxes"]), "scores": packed(answer["cell_scores"]), "raw": packed(answer["raw"]),
        "labels": labels(reading.name), "colours": figures.CLASSES, "thresholds": [reading.score, reading.iou],
        "answer": {"score": reading.score, "iou": reading.iou, "kinds": answer["classes"].tolist()},
        "language": current(), "texts": texts,
    }  # fmt: skip


@cache
def cover() -> np.ndarray:
    """A sheet with digits, how sure each cell is that one is centred there, and the boxes: one uint8 RGB picture."""
    name = nets()[0]
    sheet = drawn(next(iter(sheets().values())), times=2)
    reading = read(name, sheet, *parse_thresholds(thresholds(name)))
    side = len(sheet)
    object_here = 1 / (1 + np.exp(-reading.answer["raw"][..., 0]))
    heat = Image.fromarray(figures.cividis(object_here)).resize((side, side), Image.Resampling.NEAREST)
    heat = Image.blend(Image.fromarray(sheet), heat, 0.75)
    boxed = Image.fromarray(sheet)
    pen = ImageDraw.Draw(boxed)
    for box, kind in zip(reading.answer["boxes"], reading.answer["classes"], strict=True):
        pen.rectangle(box.tolist(), outline=figures.CLASSES[kind], width=4)
    tiles = [np.pad(np.asarray(tile)[16:-16], ((0, 0), (0, 16), (0, 0)), constant_values=255) for tile in (sheet, heat, boxed)]
    return np.concatenate(tiles, 1)[:, :-16]
