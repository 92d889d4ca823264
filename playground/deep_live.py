"""Deep nets in training, as far as a person has watched them, and packed for the view."""

import copy
from base64 import b64encode
from collections import deque
from itertools import count
from math import ceil, floor, isfinite, log10
from time import thread_time  # of this thread's own work: a busy machine makes an answer late, not small

import numpy as np

from playground.deep_scene import MOST_EPOCHS, Scene
from playground.deep_training import Run, resumed

BUDGET = 0.04  # seconds of work for one answer
MOST_FRAMES = 8  # of one answer
AXES = {"gradient": (-20, 20), "moved": (-8, 2), "spread": (-16, 20)}  # powers of ten that are drawn at most
_rounds = count(1)


class Race:
    """The nets of a scene learning in step. What they are at an epoch follows from the scene alone.

    `round` numbers such objects, and `linked` is the epoch that the address has.
    """

    def __init__(self, scene: Scene, epoch: int):
        self.scene, self.linked, self.round = scene, epoch, next(_rounds)
        self._go_to(epoch)
        self.axes = axes(scene)
        begin = thread_time()
        for run in self.runs:  # loads the graphs, so that the first picture comes at once
            copy.copy(run).advance(1)
        self.cost = thread_time() - begin  # seconds an epoch

    def _go_to(self, epoch: int) -> None:
        runs = [resumed(net, self.scene.common, epoch) for net in self.scene.nets]
        self.runs, self.curves = [run for run, _ in runs], [curve for _, curve in runs]
        self.epoch = epoch
        self.past: deque = deque([(epoch, [copy.copy(run) for run in self.runs])], maxlen=3 * MOST_FRAMES)

    @property
    def ended(self) -> bool:
        return self.epoch >= MOST_EPOCHS or all(run.lost for run in self.runs)

    def at(self, epoch: int) -> None:
        """Go back to an epoch that was shown: the view plays a little behind what has been computed."""
        if epoch == self.epoch:
            return
        then = next((runs for shown, runs in self.past if shown == epoch), None)
        if then is None:
            return self._go_to(epoch)
        self.runs, self.epoch = [copy.copy(run) for run in then], epoch
        self.past = deque((kept for kept in self.past if kept[0] <= epoch), maxlen=self.past.maxlen)
        self.curves = [[point for point in curve if point[0] <= epoch] for curve in self.curves]

    def frames(self, wanted: int, every: int) -> list[dict]:
        """The next frames, `every` epochs apart or fewer, as many as the budget allows, but one."""
        begin, found = thread_time(), []
        while len(found) < min(wanted, MOST_FRAMES) and not self.ended:
            left = BUDGET - (thread_time() - begin)
            if found and left < self.cost:
                break
            fits = max(1, int(left / self.cost))
            found.append(self._next(min(every, fits, MOST_EPOCHS - self.epoch)))
        return found

    def _next(self, epochs: int) -> dict:
        begin = thread_time()
        for run in self.runs:
            run.advance(epochs)
        self.epoch += epochs
        self.past.append((self.epoch, [copy.copy(run) for run in self.runs]))
        frame = self.frame()
        for curve, net in zip(self.curves, frame["nets"], strict=True):
            if not net["lost"]:
                curve.append((self.epoch, net["loss"]))
        self.cost = (thread_time() - begin) / epochs
        return frame

    def frame(self) -> dict:
        """What the view draws of this epoch."""
        return {"step": self.epoch, "nets": [packed(run) for run in self.runs]}


def packed(run: Run) -> dict:
    """A net as the view reads it. Numbers by layer are None where they are beyond all bounds; the map is bytes, 0 to 254 for
    -1 to 1; `lost` is the epoch that was its last, or None."""
    measured = run.measured()
    side = np.nan_to_num(run.surface(measured))
    return {
        "loss": number(measured["loss"]),
        "right": number(measured["right"]),
        "map": b64encode(np.rint((side.clip(-1, 1) + 1) * 127).astype(np.uint8).tobytes()).decode(),
        "lost": run.epoch if run.lost else None,
        **{kind: [number(value) for value in measured[kind]] for kind in AXES},
    }


def number(value: np.ndarray) -> float | None:
    """For JSON, which has no infinity."""
    return float(f"{float(value):.4g}") if isfinite(value) else None


def axes(scene: Scene) -> dict[str, list[int]]:
    """Between which powers of ten the bars stand: fixed while it learns, by how the nets begin."""
    begun = [resumed(net, scene.common, 0)[0].measured() for net in scene.nets]
    found = {}
    for kind, (least, most) in AXES.items():
        values = np.concatenate([np.asarray(measured[kind]) for measured in begun])
        powers = [log10(value) for value in values if value > 0 and isfinite(value)]
        low, high = (floor(min(powers)), ceil(max(powers))) if powers else (least, most)
        found[kind] = [max(least, min(low, -5)), min(most, max(high + 1, 1))]
    return found
