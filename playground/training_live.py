"""Trainings in progress: as far as a person has watched them, and packed for the view."""

import copy
import time
from base64 import b64encode
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import numpy as np

from playground.training import Frame, Run
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

    @property
    def epoch(self) -> int:
        return self.runs[0].epoch

    def _restart(self, edits: list[Edit], epoch: int) -> None:
        """From the beginning to `epoch`, with these edits on the way."""
        self.runs = [Run(setup, self.train, self.test) for setup in self.start.setups]
        self.past: deque = deque(maxlen=3 * MOST_FRAMES)
        self.edits = []
        for edit in edits:
            self._advance_to(edit.epoch, -(-epoch // CURVE))
            self._apply(edit)
        self._advance_to(epoch, -(-epoch // CURVE))
        self._remember()

    def _advance_to(self, epoch: int, by: int) -> None:
        while self.epoch < epoch:
            for run in self.runs:
                run.advance(min(by, epoch - self.epoch) if run is self.runs[0] else self.epoch - run.epoch)

    def _apply(self, edit: Edit) -> None:
        self.runs[edit.run].set(edit.layer, "b" if edit.i is None else "W", edit.i or 0, edit.j, edit.value)
        self.edits.append(edit)

    def _remember(self) -> None:
        self.past.append((self.epoch, [copy.deepcopy(run) for run in self.runs]))

    def at(self, epoch: int) -> None:
        """Go to an epoch that was shown: the view plays a little behind what has been computed."""
        if epoch == self.epoch:
            return
        for then, runs in self.past:
            if then == epoch:
                self.runs = [copy.deepcopy(run) for run in runs]
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

    def frames(self, wanted: int, speed: int, stop: int) -> Iterator[dict]:
        """The next frames, `speed` epochs apart, as many as the budget allows."""
        begin, last = time.perf_counter(), stop if stop > self.epoch else MOST_EPOCHS
        for _ in range(min(wanted, MOST_FRAMES)):
            if self.epoch >= last or not self.alive():
                return
            self._advance_to(min(self.epoch + speed, last), speed)
            self._remember()
            yield self.frame(SMALL)
            if time.perf_counter() - begin > BUDGET:
                return

    def ended(self, stop: int) -> bool:
        """Whether it goes no further by itself: at its last epoch, or blown up."""
        return (stop and self.epoch == stop) or self.epoch >= MOST_EPOCHS or not self.alive()

    def alive(self) -> bool:
        return all(np.isfinite(p).all() for run in self.runs for p in run.parameters)

    def frame(self, side: int = FINE) -> dict:
        """What the view draws of this epoch."""
        return {"step": self.epoch, "runs": [packed(run.frame(), run, side) for run in self.runs]}

    def curves(self) -> list[str]:
        """epoch, loss of the train points and of the test points, a row each, of every run."""
        return [text(np.array(run.history, np.float32).reshape(-1, 3)) for run in self.runs]


def packed(frame: Frame, run: Run, side: int) -> dict:
    """A frame as the view reads it. Maps are bytes: 0 to 254 for −1 to 1; of classes, SHADES a class, by confidence."""
    neurons = [small(maps, side) for maps in (frame.features, *frame.neurons)]
    outputs = []
    if run.train.task == "classes":
        outputs = [small(2 * frame.decision - 1, side)]
    layers = len(frame.gradients)
    return {
        "loss": [number(frame.train_loss), number(frame.test_loss)],
        "right": [number(frame.train_accuracy), number(frame.test_accuracy)],
        "decision": text(classes(frame.decision) if run.train.task == "classes" else shades(frame.decision[0])),
        "maps": text(np.concatenate([*neurons, *outputs]) if len(neurons) + len(outputs) else np.zeros(0, np.uint8)),
        "side": side,
        "weights": text(np.concatenate([np.ravel(p) for p in run.parameters]).astype(np.float32)),
        "gradients": [number(frame.gradients[i]) for i in range(layers)],
        "activations": [[number(value) for value in row] for row in frame.activations],
    }


def small(maps: np.ndarray, side: int) -> np.ndarray:
    """Maps [n, h, w] as bytes [n, side, side], each from −1 to 1, or by its largest number if that is more."""
    picked = (np.arange(side) + 0.5) * maps.shape[1] / side
    part = maps[:, picked.astype(int)][:, :, picked.astype(int)]
    return shades(part / np.maximum(np.abs(part).max((1, 2), keepdims=True, initial=0), 1))


def shades(values: np.ndarray) -> np.ndarray:
    return np.rint((np.nan_to_num(values).clip(-1, 1) + 1) * 127).astype(np.uint8)


def classes(shares: np.ndarray) -> np.ndarray:
    """Which class has the largest share, and by how much: [classes, h, w] → bytes [h, w]."""
    shares = np.nan_to_num(shares)
    least = 1 / len(shares)
    sure = ((shares.max(0) - least) / (1 - least)).clip(0, 1)
    return (shares.argmax(0) * SHADES + np.rint(sure * (SHADES - 1))).astype(np.uint8)


def number(value: float | None) -> float | None:
    """JSON has no NaN."""
    return None if value is None or not np.isfinite(value) else float(f"{value:.5g}")


def text(values: np.ndarray) -> str:
    return b64encode(np.ascontiguousarray(values).tobytes()).decode()
