"""Trainings in progress: as far as a person has watched them, and packed for the view."""

import copy
import time
from base64 import b64encode
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import count

import numpy as np

from playground.training import DENSITY, Run, grid
from playground.training_data import EDGE
from playground.training_scene import MOST_EDITS, MOST_EPOCHS, Edit, Scene

BUDGET = 0.04  # seconds of one answer
MOST_FRAMES = 8  # of one answer
SMALL, FINE = 25, 50  # pixels a side of a neuron's map: while it plays, and when it stands
CURVE = 200  # points of a loss curve that is computed when a link is opened
SHADES = 32  # of a class
_rounds = count(1)


class Live:
    """One run or two of a scene, in step. What it is at an epoch follows from the scene alone; `round` numbers such objects."""

    def __init__(self, scene: Scene):
        self.start, self.linked, self.round = scene.start, (scene.epoch, scene.edits), next(_rounds)
        self.train, self.test = scene.start.parts()
        self.edits: list[Edit] = []
        self._restart(list(scene.edits), scene.epoch)
        for run in self.runs:  # the step's graph is loaded before it is asked for
            copy.copy(run).advance(1)

    @property
    def epoch(self) -> int:
        return self.runs[0].epoch

    def _restart(self, edits: list[Edit], epoch: int) -> None:
        """From the beginning to `epoch`, with these edits on the way."""
        self.runs = [Run(setup, self.train, self.test) for setup in self.start.setups]
        self.past: deque = deque(maxlen=3 * MOST_FRAMES)
        self.edits, self.curves = [], [[] for _ in self.runs]
        self._note()
        for edit in edits:
            self._go(edit.epoch, -(-epoch // CURVE))
            self._apply(edit)
        self._go(epoch, -(-epoch // CURVE))
        self._remember()

    def _go(self, epoch: int, by: int) -> None:
        """To an epoch, noting the losses on the way every `by` epochs; as far as the numbers stay finite."""
        while self.epoch < epoch and self.alive():
            for run in self.runs:
                run.advance(min(by, epoch - run.epoch))
            self._note()

    def _note(self) -> None:
        for run, curve in zip(self.runs, self.curves, strict=True):
            losses = [float(run.measured(part)["loss"]) if len(part) else np.nan for part in (run.train, run.test)]
            curve.append((run.epoch, *losses))

    def _apply(self, edit: Edit) -> None:
        name, place = (f"b{edit.layer}", (edit.j,)) if edit.i is None else (f"w{edit.layer}", (edit.i, edit.j))
        self.runs[edit.run].set(name, place, edit.value)
        self.edits.append(edit)

    def _remember(self) -> None:
        self.past.append((self.epoch, [copy.copy(run) for run in self.runs]))

    def at(self, epoch: int) -> None:
        """Go to an epoch that was shown: the view plays a little behind what has been computed."""
        if epoch == self.epoch:
            return
        for then, runs in self.past:
            if then == epoch:
                self.runs = [copy.copy(run) for run in runs]
                self.past = deque((kept for kept in self.past if kept[0] <= epoch), maxlen=self.past.maxlen)
                break
        else:
            self._restart([edit for edit in self.edits if edit.epoch <= epoch], epoch)

    def edit(self, edit: Edit) -> bool:
        """Set a parameter at this epoch; what was set at the same place and epoch before is replaced. False if it is full."""
        where = replace(edit, value=0.0)
        self.edits = [other for other in self.edits if replace(other, value=0.0) != where]
        if len(self.edits) >= MOST_EDITS:
            return False
        self._apply(edit)
        self.past.clear()
        self._remember()
        self.linked = (self.epoch, tuple(self.edits))
        return True

    def run(self, index: int) -> Run:
        """The run of that number, or the first if there is no second any more."""
        return self.runs[min(index, len(self.runs) - 1)]

    def edits_of(self, run: int) -> list[Edit]:
        return [edit for edit in self.edits if edit.run == run]

    def frames(self, wanted: int, speed: int, stop: int) -> Iterator[dict]:
        """The next frames, `speed` epochs apart, as many as the budget allows."""
        begin, last = time.perf_counter(), stop if stop > self.epoch else MOST_EPOCHS
        for _ in range(min(wanted, MOST_FRAMES)):
            if self.epoch >= last or not self.alive():
                return
            epoch = min(self.epoch + speed, last)
            for run in self.runs:
                run.advance(epoch - run.epoch)
            self._remember()
            yield self.frame(SMALL)
            if time.perf_counter() - begin > BUDGET:
                return

    def ended(self, stop: int = 0) -> bool:
        """Whether it goes no further: at its last epoch, or blown up; by itself, at `stop` if that is not 0."""
        return (stop != 0 and self.epoch == stop) or self.epoch >= MOST_EPOCHS or not self.alive()

    def alive(self) -> bool:
        return not any(run.lost for run in self.runs)

    def frame(self, side: int = FINE) -> dict:
        """What the view draws of this epoch."""
        return {"step": self.epoch, "lost": not self.alive(), "runs": [packed(run, side) for run in self.runs]}


def packed(run: Run, side: int) -> dict:
    """A frame as the view reads it. Maps are bytes: 0 to 254 for −1 to 1; of classes, SHADES a class, by confidence."""
    on_train, on_test = run.measured(run.train), run.measured(run.test) if len(run.test) else {}
    decision = run.answers(grid(), neurons=False)["output"].T.reshape(-1, DENSITY, DENSITY)
    several, hidden = run.train.task == "classes", range(len(run.setup.layers))
    graded = run.train.task != "regression"
    return {
        "loss": [number(on.get("loss")) for on in (on_train, on_test)],
        "right": [number(on.get("right")) if graded else None for on in (on_train, on_test)],
        "decision": text(classes(decision) if several else shades(decision[0])),
        "maps": text(inner_maps(run, side)),
        "side": side,
        "weights": text(np.concatenate([np.ravel(run.parameters[name]) for name in dense(run)])),
        "gradients": [number(on_train[f"gradient{i}"]) for i in (*hidden, len(hidden))],
        "spreads": [number(on_train[f"spread{i}"]) for i in hidden],
        "dead": [number(on_train[f"dead{i}"]) for i in hidden],
    }


def dense(run: Run) -> list[str]:
    """Weights and biases, layer by layer: what the view draws and lets edit."""
    return [f"{kind}{i}" for i in range(len(run.setup.layers) + 1) for kind in "wb"]


def inner_maps(run: Run, side: int) -> np.ndarray:
    """Features, hidden neurons and, of classes, outputs, as bytes [n, side, side]; each is from −1 to 1, or by its largest
    number if that is more."""
    seen = run.answers(coarse_grid(side))
    names = ["features", *(f"h{i}" for i in range(len(run.setup.layers)))]
    maps = np.concatenate([seen[name] for name in names], 1)
    bytes_ = shades(maps / np.maximum(np.abs(maps).max(0), 1))
    if run.train.task == "classes":
        bytes_ = np.concatenate([bytes_, shades(2 * seen["output"] - 1)], 1)
    return np.ascontiguousarray(bytes_.T)


@lru_cache(maxsize=4)
def coarse_grid(side: int) -> np.ndarray:
    """Points of the plane, the middles of side × side cells, row by row from the top: [side², 2]."""
    along = ((np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1) * np.float32(EDGE)
    return np.stack(np.meshgrid(along, along[::-1]), -1).reshape(-1, 2)


def shades(values: np.ndarray) -> np.ndarray:
    return np.rint((values.clip(-1, 1) + 1) * 127).astype(np.uint8)


def classes(shares: np.ndarray) -> np.ndarray:
    """Which class has the largest share, and by how much: [classes, h, w] → bytes [h, w]."""
    least = 1 / len(shares)
    sure = ((shares.max(0) - least) / (1 - least)).clip(0, 1)
    return (shares.argmax(0) * SHADES + np.rint(sure * (SHADES - 1))).astype(np.uint8)


def number(value: np.ndarray | None) -> float | None:
    """For JSON, which has no NaN."""
    return None if value is None or not np.isfinite(value) else float(f"{float(value):.5g}")


def text(values: np.ndarray) -> str:
    return b64encode(np.ascontiguousarray(values).tobytes()).decode()
