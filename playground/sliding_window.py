"""The sliding window: a classifier asked at every place of a sheet, and the same weights as one convolution over all of it.

Sermanet et al. 2013 (OverFeat), arXiv:1312.6229. Costs are the x-ray's counts of the two graphs, times are measured.
"""

from base64 import b64encode
from dataclasses import dataclass
from functools import cache, lru_cache
from statistics import median

import numpy as np
from PIL import Image

from playground import catalog, drawing, figures, xray
from playground.components import packed
from playground.detection_samples import sheet as drawn
from playground.engine import run
from playground.operators import run as compute

WINDOW, ONCE = "window_digits", "sliding_digits"
SIDE = 28  # pixels of the window
SHARES = ("0.5", "0.4", "0.33", "0.25", "0.2")  # of the sheet's side that a window sees
REPEATS = 3  # runs, whose median is told
PEAKS = """peaks (float[rows,columns,kinds] said) => (
  bool[rows,columns] peak, float[rows,columns] sure, int64[rows,columns] digit)
{
  begin = Constant<value_ints = [0]>()
  end = Constant<value_ints = [-1]>()
  axis = Constant<value_ints = [2]>()
  two = Constant<value_ints = [0, 1]>()
  least = Constant<value = float {0.8}>()
  digits = Slice(said, begin, end, axis)
  sure = ReduceMax<keepdims = 0>(digits, axis)
  digit = ArgMax<axis = 2, keepdims = 0>(digits)
  map = Unsqueeze(sure, two)
  most = MaxPool<kernel_shape = [5, 5], pads = [2, 2, 2, 2]>(map)
  around = Squeeze(most, two)
  first = GreaterOrEqual(sure, around)
  likely = Greater(sure, least)
  peak = And(first, likely)
}"""


@dataclass(frozen=True)
class Sweep:
    """What was found on a sheet in both ways.

    Attributes:
        ink: uint8 [side, side], 0 paper to 255 ink: what the windows are cut from.
        said: probabilities of the convolution, float32 [rows, columns, 11].
        difference: the largest between the two ways.
        seconds, processor: of all windows in one batch, and of the convolution.
    """

    ink: np.ndarray
    said: np.ndarray
    by_windows: np.ndarray
    seconds: tuple[float, float]
    processor: str

    @property
    def difference(self) -> float:
        return float(np.abs(self.said - self.by_windows).max())

    @property
    def count(self) -> int:
        """Windows."""
        return self.said.shape[0] * self.said.shape[1]


def side_of(share: str) -> int:
    """Pixels of the sheet's side, if a window sees this share of it; a window moves in steps of 4 pixels."""
    return round(SIDE / float(share) / 4) * 4


def picture(code: str, share: str) -> np.ndarray:
    """A drawing as the net sees it: uint8 RGB [side, side, 3]. Raises ValueError if it is none."""
    side = side_of(share)
    return np.asarray(Image.fromarray(drawing.picture(code)).resize((side, side), Image.Resampling.BILINEAR))


@cache
def stride() -> int:
    """Pixels from one window to the next: the product of the pools' strides, read off the graph."""
    model = catalog.graph(ONCE)
    strides = [attribute.ints[0] for node in model.graph.node for attribute in node.attribute if attribute.name == "strides"]
    return int(np.prod(strides))


def windows(ink: np.ndarray) -> np.ndarray:
    """All windows of a sheet [height, width], row by row, as pictures: uint8 [n, 28, 28, 3]."""
    cut = np.lib.stride_tricks.sliding_window_view(ink, (SIDE, SIDE))[:: stride(), :: stride()].reshape(-1, SIDE, SIDE)
    return np.repeat(cut[..., None], 3, axis=-1)


def sweep(sheet: np.ndarray) -> Sweep:
    """Read a picture, uint8 RGB [height, width, 3], by its windows and at once."""
    at_once = [run(ONCE, {"image": sheet[None]}) for _ in range(REPEATS)]
    said, ink = at_once[0]["probabilities"], at_once[0]["ink"]
    batch = {"image": windows(ink), "frame": np.array(False)}
    one_by_one = run(WINDOW, batch)
    return Sweep(
        ink, said, one_by_one["probabilities"].reshape(said.shape),
        (one_by_one.seconds, median(answer.seconds for answer in at_once)), one_by_one.processor,
    )  # fmt: skip


@lru_cache(maxsize=64)
def cost(side: int) -> tuple[int, int]:
    """Multiply-adds for a sheet of side x side: of one window, and of the convolution over all of it; framing not counted."""
    return _net_macs(WINDOW, SIDE), _net_macs(ONCE, side)


def _net_macs(name: str, side: int) -> int:
    nodes = xray.facts(catalog.graph(name), {"image": (1, side, side, 3)}, fields=False)
    start = next(i for i, node in enumerate(nodes) if "framed" in node.outputs)
    return sum(node.macs or 0 for node in nodes[start:])


def found(sweep: Sweep) -> list[dict]:
    """The windows that are surer of a digit than all around them: row, column, digit, sure."""
    answer = compute(PEAKS, {"said": sweep.said})
    return [
        {"at": [int(row), int(column)], "digit": int(answer["digit"][row, column]), "sure": float(answer["sure"][row, column])}
        for row, column in np.argwhere(answer["peak"])
    ]


@cache
def rows_by_side() -> dict[int, int]:
    """How many answers stand in a row for blank sheets of some sides: asked of the graph."""
    blank = np.full((1, SIDE + 12, SIDE + 12, 3), 255, np.uint8)
    return {side: len(run(ONCE, {"image": blank[:, :side, :side]})["probabilities"]) for side in range(SIDE, SIDE + 13)}


def measured_step(rows: dict[int, int]) -> int:
    """Pixels that a sheet must grow for one more answer."""
    grown = [side for side, count in rows.items() if count > rows.get(side - 1, count)]
    return grown[1] - grown[0]


def view(sweep: Sweep) -> dict:
    """What components.sweep shows."""
    side = len(sweep.ink)
    one, once = cost(side)
    return {
        "side": side, "window": SIDE, "stride": stride(), "rows": sweep.said.shape[0], "columns": sweep.said.shape[1],
        "ink": b64encode(sweep.ink.tobytes()).decode(), "said": packed(sweep.said), "labels": catalog.facts(ONCE)["labels"],
        "macs": [one, one * sweep.count, once], "found": found(sweep),
    }  # fmt: skip


def parse_look(code: str | None, sweep: Sweep) -> tuple[int, int] | None:
    """row.column of a window as a link has it; None if there is no such window."""
    parts = (code or "").split(".")
    if len(parts) != 2 or not all(part.isascii() and part.isdecimal() and len(part) < 4 for part in parts):
        return None
    row, column = map(int, parts)
    return (row, column) if row < sweep.said.shape[0] and column < sweep.said.shape[1] else None


@cache
def samples() -> dict[str, str]:
    """Drawings to begin with, what is on them → code."""
    return {
        "372": drawn((3, 0.08, 0.12, 0.22), (7, 0.42, 0.4, 0.22), (2, 0.7, 0.68, 0.22)),
        "198": drawn((1, 0.14, 0.12, 0.24), (9, 0.4, 0.36, 0.22), (8, 0.66, 0.62, 0.24)),
        "5 5 5": drawn((5, 0.06, 0.1, 0.12), (5, 0.3, 0.25, 0.22), (5, 0.5, 0.3, 0.6)),
        "66": drawn((6, 0.3, 0.36, 0.24), (6, 0.44, 0.36, 0.24)),
    }


@cache
def cover() -> np.ndarray:
    """A sheet and the map of each of its three digits, computed by the graph: uint8 RGB, 8:3."""
    seen = sweep(picture(samples()["372"], "0.33"))
    sheet = np.repeat(255 - seen.ink[..., None], 3, -1)
    maps = [figures.cividis(seen.said[..., digit]) for digit in (3, 7, 2, 10)]
    tiles = [np.asarray(Image.fromarray(part).resize((236, 236), Image.Resampling.NEAREST)) for part in maps]
    tiles = [np.pad(tile, ((2, 2), (2, 2), (0, 0)), constant_values=255) for tile in tiles]
    mosaic = np.concatenate([np.concatenate(tiles[:2], 1), np.concatenate(tiles[2:], 1)])
    page = np.asarray(Image.fromarray(sheet).resize((480, 480), Image.Resampling.BICUBIC))
    margin = np.full((480, 20, 3), 255, np.uint8)
    return np.concatenate([margin, page, margin, mosaic, margin], 1)
