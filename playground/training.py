"""A net in training on points of the plane: what is set, and a run that is the same each time it is run.

A run is a pure function of the settings, the points and the number of epochs: initial weights, the order of the points and
dropout's choices are drawn by NumPy from the seed (and the epoch), everything else is ONNX graphs, see training_step.py.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from playground.engine import compute
from playground.training_data import EDGE, Points
from playground.training_step import Form, maps, measure, step

DENSITY = 100  # of the decision map, points along each edge
INITIALISATIONS = {  # name → deviation of a weight, by its layer's inputs and outputs
    "uniform": lambda inputs, outputs: 1 / np.sqrt(12),  # -0.5 to 0.5, as TensorFlow Playground
    "xavier": lambda inputs, outputs: np.sqrt(2 / (inputs + outputs)),  # Glorot, Bengio 2010
    "he": lambda inputs, outputs: np.sqrt(2 / inputs),  # He et al. 2015, arXiv:1502.01852
    "lecun": lambda inputs, outputs: np.sqrt(1 / inputs),
    "small": lambda inputs, outputs: 0.01,
    "large": lambda inputs, outputs: 3.0,
    "zero": lambda inputs, outputs: 0.0,
}


@dataclass(frozen=True)
class Setup:
    """A net and how it learns.

    `layers` and `activations` are those of the hidden layers; `loss` is "squared", "cross_entropy" or "hinge" ("squared" it is
    for values of a regression, whatever is set); `penalty` is "none", "l1" or "l2"; `dropout` is the share of neurons dropped;
    `initialisation` a key of INITIALISATIONS.
    """

    features: tuple[str, ...] = ("x1", "x2")
    layers: tuple[int, ...] = (4, 2)
    activations: tuple[str, ...] = ("tanh", "tanh")
    loss: str = "squared"
    optimiser: str = "sgd"
    rate: float = 0.03
    batch: int = 10
    penalty: str = "none"
    strength: float = 0.001
    dropout: float = 0.0
    batch_norm: bool = False
    shortcuts: bool = False
    initialisation: str = "uniform"
    seed: int = 0

    def form(self, task: str) -> Form:
        """What its graphs' nodes depend on, for points of that task."""
        loss = "squared" if task == "regression" else self.loss
        sizes = (len(self.features), *self.layers)
        return Form(
            features=self.features,
            activations=self.activations,
            loss="binary_cross_entropy" if (task, loss) == ("binary", "cross_entropy") else loss,
            output="tanh" if loss == "squared" and task != "regression" else "linear",
            optimiser=self.optimiser,
            penalty=self.penalty if self.strength else "none",
            dropout=self.dropout > 0,
            batch_norm=self.batch_norm,
            shortcuts=tuple(a == b for a, b in zip(sizes, self.layers, strict=False)) if self.shortcuts else (),
        )


class Run:
    """A net learning.

    `parameters` are by name: w0 [inputs, neurons], b0 [neurons], …, the output's last; gain and shift too where there is batch
    normalisation. `lost` says that numbers grew beyond all bounds: then nothing changes any more.
    """

    def __init__(self, setup: Setup, train: Points, test: Points):
        self.setup, self.train, self.test = setup, train, test
        self.form = setup.form(train.task)
        self.epoch, self.lost = 0, False
        self.parameters = begin(setup, train.outputs)
        size = sum(value.size for value in self.parameters.values())
        self.memory = {name: np.zeros(size, np.float32) for name in self.form.memory}
        if setup.optimiser == "adam":
            self.memory["count"] = np.array(1, np.float32)

    @property
    def steps_an_epoch(self) -> int:
        """Each step takes a full batch; what is left over waits for the next epoch's order."""
        return len(self.train) // self._batch

    @property
    def _batch(self) -> int:
        return min(self.setup.batch, len(self.train))

    def advance(self, epochs: int) -> None:
        """Train, in one call of the step graph."""
        if self.lost or not epochs:
            return
        randoms = [np.random.default_rng((self.setup.seed, self.epoch + i)) for i in range(epochs)]
        steps = self.steps_an_epoch
        orders = [random.permutation(len(self.train))[: steps * self._batch].reshape(steps, -1) for random in randoms]
        feeds = {"x": self.train.x, "target": targets(self.train, self.form.loss), "order": np.concatenate(orders)}
        feeds["rate"] = np.array(self.setup.rate, np.float32)
        if self.form.penalty != "none":
            feeds["strength"] = np.array(self.setup.strength, np.float32)
        if self.form.dropout:
            for i, width in enumerate(self.setup.layers):
                drawn = np.concatenate([random.random((steps, self._batch, width), np.float32) for random in randoms])
                feeds[f"keep{i}"] = (drawn >= self.setup.dropout).astype(np.float32) / np.float32(1 - self.setup.dropout)
        after = compute(step(self.form), self.parameters | self.memory | feeds).outputs
        new = {name: after[f"{name}_next"] for name in self.parameters}
        if not all(np.isfinite(value).all() for value in new.values()):
            self.lost = True  # the last finite parameters stay
            return
        self.parameters, self.memory = new, {name: after[f"{name}_next"] for name in self.memory}
        self.epoch += epochs

    def set(self, name: str, place: tuple[int, ...], value: float) -> None:
        """Edit a parameter by hand. Raises KeyError or IndexError if there is none."""
        changed = self.parameters[name].copy()
        changed[place] = value
        self.parameters = self.parameters | {name: changed}

    def measured(self, points: Points) -> dict[str, np.ndarray]:
        """What `training_step.measure` says of the net on these points."""
        feeds = {"x": points.x, "target": targets(points, self.form.loss)}
        return compute(measure(self.form), self.parameters | feeds).outputs

    def answers(self, x: np.ndarray, neurons: bool = True) -> dict[str, np.ndarray]:
        """What `training_step.maps` says at x [rows, 2]."""
        still = {}
        if self.form.batch_norm:
            on_train = self.measured(self.train)
            still = {name: value for name, value in on_train.items() if name.startswith(("mean", "variance"))}
        return compute(maps(self.form, self.train.task, neurons), self.parameters | still | {"x": x}).outputs


def begin(setup: Setup, outputs: int) -> dict[str, np.ndarray]:
    """Initial parameters: weights uniform with the deviation that the initialisation asks for, biases zero."""
    random, parameters = np.random.default_rng(setup.seed), {}
    sizes = (len(setup.features), *setup.layers, outputs)
    for i, (inputs, width) in enumerate(pairwise(sizes)):
        edge = np.sqrt(3) * INITIALISATIONS[setup.initialisation](inputs, width)
        parameters[f"w{i}"] = random.uniform(-edge, edge, (inputs, width)).astype(np.float32)
        parameters[f"b{i}"] = np.zeros(width, np.float32)
        if setup.batch_norm and i < len(setup.layers):
            parameters[f"gain{i}"], parameters[f"shift{i}"] = np.ones(width, np.float32), np.zeros(width, np.float32)
    return parameters


def targets(points: Points, loss: str) -> np.ndarray:
    """What the net should answer, [n, outputs]: probabilities for cross-entropies, else -1 to 1."""
    if points.task == "classes":
        hot = np.eye(points.classes, dtype=np.float32)[points.y.astype(int)]
        return hot if loss == "cross_entropy" else 2 * hot - 1
    return ((points.y + 1) / 2 if loss == "binary_cross_entropy" else points.y)[:, None]


@lru_cache(maxsize=1)
def grid() -> np.ndarray:
    """The square's points, row by row from the top: [10000, 2]."""
    along = np.linspace(-EDGE, EDGE, DENSITY, dtype=np.float32)
    return np.stack(np.meshgrid(along, along[::-1]), -1).reshape(-1, 2)
