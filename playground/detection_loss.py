"""The loss of one cell of YOLO, its gradient by each z, and where a descent along it takes the cell's box; one small graph.

    L = BCE(σ(z0), object) + object · [(σ(z1) - x)² + (σ(z2) - y)² + (z3 - log w/2)² + (z4 - log h/2)²]
                           + object · CE(softmax(z5, z6, …), class)

Lecture 5, slide "YOLO". x and y go from 0 to 1 across what a cell can reach, w and h are in cells. The gradients, by hand:

    ∂/∂z0 = σ(z0) - object        ∂/∂z1 = 2 (σ(z1) - x) σ(z1) (1 - σ(z1))
    ∂/∂z3 = 2 (z3 - log w/2)      ∂/∂zc = softmax(z)c - [c is the class]
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from playground import catalog
from playground.components import packed
from playground.detection import Reading, labels, read
from playground.language import number
from playground.language import text as _
from playground.operators import graph, run

STEPS, RATE = 60, 0.4  # of the descent


def text(classes: int) -> str:
    """The graph for so many classes, in ONNX's text form."""
    v, k = 5 + classes, classes
    return f"""
cell (float[{v}] z, float here, float[4] goal, float[{k}] kind, float[2] middle, float reach, float rate, int64 steps)
  => (float[n,{v}] zs, float[n,6] terms, float[n,{v}] gradients, float[n,4] boxes) {{
  go = Constant <value = bool {{1}}> ()
  two = Constant <value_float = 2.0> ()
  one = Constant <value_float = 1.0> ()
  half = Constant <value_float = 0.5> ()
  most = Constant <value_float = 5.0> ()
  pair = Constant <value_ints = [2, 2]> ()
  parts = Constant <value_ints = [1, 2, 2, {k}]> ()
  wide = Constant <value_ints = [1, 4, {k}]> ()
  place_goal, size_goal = Split <axis = 0> (goal, pair)
  last, zs, terms, gradients = Loop (steps, go, z) <body =
    turn (int64 i, bool on, float[{v}] now)
      => (bool go_on, float[{v}] next, float[{v}] was, float[6] term, float[{v}] gradient) {{
      go_on = Identity(on)
      was = Identity(now)
      z0, z12, z34, classes = Split <axis = 0> (now, parts)
      p = Sigmoid(z0)
      soft = Softplus(z0)
      sure = Mul(here, z0)
      bce = Sub(soft, sure)
      at = Sigmoid(z12)
      off = Sub(at, place_goal)
      off2 = Mul(off, off)
      place = Mul(off2, here)
      wrong = Sub(z34, size_goal)
      wrong2 = Mul(wrong, wrong)
      size = Mul(wrong2, here)
      logs = LogSoftmax <axis = 0> (classes)
      chosen = Mul(logs, kind)
      log_p = ReduceSum(chosen)
      surprise = Neg(log_p)
      entropy = Mul(surprise, here)
      term = Concat <axis = 0> (bce, place, size, entropy)

      d0 = Sub(p, here)
      not_at = Sub(one, at)
      slope = Mul(at, not_at)
      bent = Mul(off, slope)
      twice = Mul(two, here)
      d12 = Mul(bent, twice)
      d34 = Mul(wrong, twice)
      shares = Exp(logs)
      more = Sub(shares, kind)
      d5 = Mul(more, here)
      gradient = Concat <axis = 0> (d0, d12, d34, d5)
      move = Mul(gradient, rate)
      next = Sub(now, move)
    }}>
  all0, boxed, all5 = Split <axis = 1> (zs, wide)
  all12, all34 = Split <axis = 1> (boxed, pair)
  share = Sigmoid(all12)
  aside = Sub(share, half)
  reached = Mul(aside, reach)
  centre = Add(middle, reached)
  capped = Min(all34, most)
  radius = Exp(capped)
  low = Sub(centre, radius)
  high = Add(centre, radius)
  boxes = Concat <axis = 1> (low, high)
}}"""


@dataclass(frozen=True)
class CellLoss:
    """What the graph computed for one cell and one true box.

    Attributes:
        cell, kind, truth: the cell's number, the true class, the true box x1 y1 x2 y2 in the picture's pixels.
        here: whether the cell has to answer: the box's centre is within its reach.
        goal: x, y, log w/2, log h/2.
        zs, terms, gradients, boxes: by step of the descent, [steps, values], [steps, 6], [steps, values], [steps, 4]; boxes are
            in the picture's pixels.
        graph, inputs: what computed it.
    """

    cell: int
    kind: int
    truth: tuple[float, ...]
    here: bool
    goal: np.ndarray
    zs: np.ndarray
    terms: np.ndarray
    gradients: np.ndarray
    boxes: np.ndarray
    graph: bytes
    inputs: dict[str, np.ndarray]


@cache
def reach(name: str) -> int:
    """How many cells wide the square is in which a cell of this detector may place a centre: read off its own boxes.

    A box's centre is the middle of its cell plus reach · (σ(z) - 1/2); on a grey picture as large as the grid no box is scaled.
    """
    rows, columns = next(port["shape"] for port in catalog.facts(name)["io_ports"]["outputs"] if port["name"] == "raw")[:2]
    side = 16
    reading = read(name, np.full((rows * side, columns * side, 3), 128, np.uint8), 0.5, 0.5)
    boxes, raw = reading.answer["cell_boxes"].reshape(rows, columns, 4), reading.answer["raw"]
    whole = (boxes[..., :2] > 0).all(-1) & (boxes[..., 2:] < [columns * side, rows * side]).all(-1)  # not cut at the edge
    middles = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1) + 0.5
    moved = (boxes[..., :2] + boxes[..., 2:])[whole] / 2 / side - middles[whole]
    share = 1 / (1 + np.exp(-raw[..., 1:3][whole])) - 0.5
    return round(float((moved * share).sum() / (share**2).sum()))


def parse_truth(code: str, picture: np.ndarray) -> tuple[float, ...]:
    """A box of the link, x1,y1,x2,y2 in pixels of the picture. Raises ValueError if it is none inside of it."""
    box = tuple(map(float, code.split(",")))
    height, width = picture.shape[:2]
    if len(box) != 4 or not (0 <= box[0] < box[2] <= width and 0 <= box[1] < box[3] <= height):
        raise ValueError("no box in this picture")
    return box


def begin(reading: Reading) -> tuple[tuple[float, ...], int]:
    """A box and a class to begin with: the surest answer, grown by a tenth to the right and below, so that there is something
    to learn; without an answer the middle of the picture."""
    height, width = reading.picture.shape[:2]
    if not reading.count:
        return (0.3 * width, 0.3 * height, 0.62 * width, 0.62 * height), 0
    x1, y1, x2, y2 = map(float, reading.answer["boxes"][0])
    grown = min(x2 + 0.1 * (x2 - x1), width), min(y2 + 0.1 * (y2 - y1), height)
    return (round(x1), round(y1), round(grown[0]), round(grown[1])), int(reading.answer["classes"][0])


def centre_cell(reading: Reading, truth: tuple[float, ...]) -> int:
    """The cell that the middle of a box lies in."""
    (left, top), (rows, columns) = reading.corner, reading.grid
    column = min(int(((truth[0] + truth[2]) / 2 - left) / reading.cell), columns - 1)
    return min(int(((truth[1] + truth[3]) / 2 - top) / reading.cell), rows - 1) * columns + column


def of_cell(reading: Reading, cell: int, truth: tuple[float, ...], kind: int) -> CellLoss:
    """The loss of a cell of `reading` against a true box and class."""
    columns, classes, far = reading.grid[1], len(catalog.facts(reading.name)["labels"]), reach(reading.name)
    middle = np.array([cell % columns, cell // columns], np.float32) + 0.5
    corner = np.tile(reading.corner, 2)
    box = (np.array(truth) - corner) / reading.cell
    away = (box[:2] + box[2:]) / 2 - middle
    here = bool((np.abs(away) <= far / 2).all())
    goal = np.concatenate([away / far + 0.5, np.log(np.maximum((box[2:] - box[:2]) / 2, 1e-3))]).astype(np.float32)
    inputs = {
        "z": reading.answer["raw"].reshape(-1, 5 + classes)[cell], "here": np.float32(here), "goal": goal,
        "kind": np.eye(classes, dtype=np.float32)[kind], "middle": middle, "reach": np.float32(far),
        "rate": np.float32(RATE), "steps": np.int64(STEPS),
    }  # fmt: skip
    inputs = {name: np.asarray(value) for name, value in inputs.items()}
    answer = run(text(classes), inputs)
    boxes = answer["boxes"] * reading.cell + corner
    return CellLoss(cell, kind, truth, here, goal, answer["zs"], answer["terms"], answer["gradients"], boxes,
                    graph(text(classes)), inputs)  # fmt: skip


def shown(loss: CellLoss, name: str) -> dict:
    """What components.cell_loss shows of it, beside the field."""
    return {
        "cell": loss.cell, "kind": loss.kind, "truth": loss.truth, "terms": rows(loss, labels(name)),
        "path": packed(loss.boxes), "losses": [round(float(value), 5) for value in loss.terms.sum(1)],
        "kinds_now": loss.zs[:, 5:].argmax(1).tolist(),
    }  # fmt: skip


def rows(loss: CellLoss, kinds: list[str]) -> list[dict]:
    """The terms, a z each, and their sum: title, z, what it should be, term, gradient."""
    z, terms, gradient = loss.zs[0], loss.terms[0], loss.gradients[0]
    chances = np.exp(z[5:] - z[5:].max())
    chances /= chances.sum()
    share = 1 / (1 + np.exp(-z[:3].astype(float)))
    titles = (_("object"), _("across"), _("down"), _("width"), _("height"))
    goals = [f"σ = {_two(share[0])} → {int(loss.here)}"]
    goals += [f"σ = {_two(share[1 + i])} → {_two(loss.goal[i])}" for i in range(2)]
    goals += [f"→ log({side}/2) = {_two(loss.goal[2 + i])}" for i, side in enumerate("wh")]
    told = [_row(f"{_z(i)} {titles[i]}", z[i], goals[i] if loss.here or i == 0 else "?", terms[i], gradient[i],
                 off=i > 0 and not loss.here) for i in range(5)]  # fmt: skip
    others = [kind for kind in np.argsort(-chances) if kind != loss.kind][:2]
    for kind in (loss.kind, *others):
        goal = f"p = {_two(chances[kind])} → {int(kind == loss.kind)}" if loss.here else "?"
        term = terms[5] if kind == loss.kind else None
        told.append(_row(f"{_z(5 + kind)} {kinds[kind]}", z[5 + kind], goal, term, gradient[5 + kind], off=not loss.here))
    return [*told, _row("L", None, None, terms.sum(), None, off=False) | {"sum": True}]


def _row(title, z, goal, term, gradient, off) -> dict:
    z, term, gradient = (None if value is None else float(value) for value in (z, term, gradient))
    return {"title": title, "z": z, "goal": goal, "term": term, "gradient": gradient, "off": off}


def _z(index: int) -> str:
    return "z" + "".join("₀₁₂₃₄₅₆₇₈₉"[int(digit)] for digit in str(index))


def _two(value: float) -> str:
    return number(round(float(value), 2)).replace("-", "−")
