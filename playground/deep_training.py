"""Deep nets that learn side by side: what is set of them, and runs that are the same each time they are run."""

import copy
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from playground import deep_step
from playground.deep_step import Form
from playground.engine import compute
from playground.training import INITIALISATIONS
from playground.training_data import EDGE, Points, sample

COUNT = 200  # points
WIDTH = 10  # neurons a layer
SIDE = 50  # of a decision map, in cells
CURVE = 50  # points of a loss curve whose run is computed at once


@dataclass(frozen=True)
class Net:
    """In what the nets of a scene may differ; `initialisation` is a key of training.INITIALISATIONS."""

    activation: str = "sigmoid"
    initialisation: str = "xavier"
    batch_norm: bool = False
    shortcuts: bool = False
    optimiser: str = "sgd"

    @property
    def form(self) -> Form:
        return Form(self.activation, self.batch_norm, self.shortcuts, self.optimiser)


@dataclass(frozen=True)
class Common:
    """What the nets of a scene have in common; `depth` counts hidden layers, `data` is a key of training_data.DATA."""

    depth: int = 20
    data: str = "moons"
    rate: float = 0.03
    batch: int = 20
    seed: int = 0


class Run:
    """A deep net learning. `lost` says that numbers grew beyond all bounds: then nothing changes any more."""

    def __init__(self, net: Net, common: Common):
        self.net, self.common = net, common
        self.points = points(common.data, common.seed)
        self.target = (self.points.y[:, None] + 1) / 2
        self.parameters = self.began = begin(net, common)
        size = sum(value.size for value in self.parameters.values())
        self.memory = {name: np.zeros(size, np.float32) for name in net.form.memory}
        if net.optimiser == "adam":
            self.memory["count"] = np.array(1, np.float32)
        self.epoch, self.lost = 0, False

    def advance(self, epochs: int) -> None:
        """Train, in one call of the step graph; where numbers grow beyond all bounds, epoch by epoch up to there."""
        if self.lost or not epochs or self._tried(epochs):
            return
        while not self.lost:
            self.lost = not self._tried(1)

    def _tried(self, epochs: int) -> bool:
        feeds = self.feeds(epochs)
        after = compute(deep_step.step(self.net.form), feeds).outputs
        new = {name: after[f"{name}_next"] for name in self.parameters}
        if not all(np.isfinite(value).all() for value in new.values()):
            return False
        self.parameters, self.memory = new, {name: after[f"{name}_next"] for name in self.memory}
        self.epoch += epochs
        return True

    def feeds(self, epochs: int) -> dict[str, np.ndarray]:
        """What the step graph is given for so many epochs from here: the points in each one's own order."""
        steps = COUNT // self.common.batch
        randoms = [np.random.default_rng((self.common.seed, self.epoch + i)) for i in range(epochs)]
        order = np.concatenate([random.permutation(COUNT)[: steps * self.common.batch] for random in randoms])
        given = {"x": self.points.x, "target": self.target, "order": order.reshape(-1, self.common.batch)}
        return self.parameters | self.memory | given | {"rate": np.array(self.common.rate, np.float32)}

    def measured(self) -> dict[str, np.ndarray]:
        """What `deep_step.measure` says of the net on its points."""
        began = {f"began_{name}": self.began[name] for name in ("w0", "w", "w_out")}
        given = {"x": self.points.x, "target": self.target}
        return compute(deep_step.measure(self.net.form), self.parameters | began | given).outputs

    def surface(self, measured: dict[str, np.ndarray]) -> np.ndarray:
        """The decision map [SIDE, SIDE], from -1 to 1, the first row at x2 = 6."""
        still = {name: value for name, value in measured.items() if name.startswith(("mean", "variance"))}
        return compute(deep_step.surface(self.net.form), self.parameters | still | {"x": grid()})["side"].reshape(SIDE, SIDE)


def begin(net: Net, common: Common) -> dict[str, np.ndarray]:
    """Initial parameters: weights uniform with the deviation that the initialisation asks for, biases zero."""
    random, n, layers = np.random.default_rng(common.seed), WIDTH, common.depth - 1

    def weights(*shape: int) -> np.ndarray:
        edge = np.sqrt(3) * INITIALISATIONS[net.initialisation](*shape[-2:])
        return (edge * random.uniform(-1, 1, shape)).astype(np.float32)

    values = {"w0": weights(2, n), "w": weights(layers, n, n), "w_out": weights(n, 1)}
    values |= {name: np.zeros(shape, np.float32) for name, shape in (("b0", n), ("b", (layers, n)), ("b_out", 1))}
    if net.batch_norm:
        for k, shape in (("0", n), ("", (layers, n))):
            values |= {f"gain{k}": np.ones(shape, np.float32), f"shift{k}": np.zeros(shape, np.float32)}
    return values


@lru_cache(maxsize=64)
def played(net: Net, common: Common, epoch: int) -> tuple[Run, list[tuple[int, float]]]:
    """A net after so many epochs, and its loss on the way, up to CURVE times. Shared: to be copied before it goes on."""
    run, curve = Run(net, common), []
    every = -(-epoch // CURVE) or 1
    while True:
        curve.append((run.epoch, float(run.measured()["loss"])))
        if run.epoch >= epoch or run.lost:
            return run, curve
        run.advance(min(every, epoch - run.epoch))


def resumed(net: Net, common: Common, epoch: int) -> tuple[Run, list[tuple[int, float]]]:
    """The same, one's own."""
    run, curve = played(net, common, epoch)
    return copy.copy(run), list(curve)


@lru_cache(maxsize=64)
def points(data: str, seed: int) -> Points:
    return sample(data, 0.05, seed, COUNT)


@lru_cache(maxsize=1)
def grid() -> np.ndarray:
    """Middles of the map's cells, row by row from the top: [SIDE², 2]."""
    along = ((np.arange(SIDE, dtype=np.float32) + 0.5) / SIDE * 2 - 1) * np.float32(EDGE)
    return np.stack(np.meshgrid(along, along[::-1]), -1).reshape(-1, 2)
