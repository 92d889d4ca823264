"""A training of LeNet-5 under way: the step graph, called again and again, and where it stands.

A run is a pure function of its settings and the number of steps: the seed draws the weights before the first step and the order
of the digits in each epoch. Wherever it is taken up, and in whatever portions it is computed, it is the same to the bit.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from time import perf_counter

import numpy as np
import onnx
from onnx import compose

from playground import catalog, engine, lenet_data, operators, structure, xray

RATES = {"sgd": 0.1, "momentum": 0.02, "adam": 0.001}  # by optimiser: one at which it learns well
MEMORY = {"sgd": (), "momentum": ("velocity",), "adam": ("first", "second")}  # what each remembers of a weight
BATCHES = (8, 16, 32, 64, 128)
STEPS = 2000  # at most
CHECK = 10  # steps from one check on the digits held back to the next
KEPT = 3  # portions that can be gone back
LAYERS = ("conv1", "pool1", "conv2", "pool2")

# A picture as it is stored becomes ink from 0 to 1, and the ten scores become probabilities; between them comes the net.
BEFORE = """before (uint8[batch, 28, 28] pictures) => (float[batch, 1, 28, 28] ink)
  <float most = {255}, int64[1] channel = {1}> {
  grey = Cast <to = 1> (pictures)
  plane = Unsqueeze(grey, channel)
  ink = Div(plane, most)
}"""
AFTER = "after (float[batch, 10] scores) => (float[batch, 10] probabilities) { probabilities = Softmax(scores) }"


@dataclass(frozen=True)
class Settings:
    """What there is to a run: link it, repeat it. `data` is one of lenet_data.offered, `optimiser` one of RATES."""

    data: str = "sklearn"
    optimiser: str = "adam"
    rate: float = 0.001
    batch: int = 32
    seed: int = 1


def initial(settings: Settings) -> dict[str, np.ndarray]:
    """Weights as torch draws them, uniform within ±1/√inputs, kernels and biases alike (LeCun et al. 1998, Efficient BackProp).

    With them what the optimiser remembers, nothing yet.
    """
    weights, inputs = {}, 1
    for number, (name, shape) in enumerate(structure.shapes(catalog.graph("lenet5")).items()):
        inputs = int(np.prod(shape[1:])) if len(shape) > 1 else inputs  # a bias follows its kernel
        random = np.random.default_rng([settings.seed, 0, number])
        weights[name] = (random.uniform(-1, 1, shape) / np.sqrt(inputs)).astype(np.float32)
    memory = {
        f"{name}.{part}": np.zeros_like(weight) for name, weight in weights.items() for part in MEMORY[settings.optimiser]
    }
    count = {"count": np.array(1, np.float32)} if settings.optimiser == "adam" else {}
    return weights | memory | count


def rows(settings: Settings, first: int, steps: int) -> np.ndarray:
    """Which digits each step learns from, int64 [steps, batch]: each epoch in an order of its own."""
    learned = lenet_data.load(settings.data).learned
    each = learned // settings.batch
    turns = range(first, first + steps)
    orders = {epoch: _order(settings.seed, epoch, learned) for epoch in {step // each for step in turns}}
    return np.stack([orders[step // each][step % each * settings.batch :][: settings.batch] for step in turns])


@lru_cache(maxsize=64)
def _order(seed: int, epoch: int, learned: int) -> np.ndarray:
    return np.random.default_rng([seed, 1, epoch]).permutation(learned)


def epochs(settings: Settings, step: int) -> float:
    """How often each digit has been learned from."""
    return step / (lenet_data.load(settings.data).learned // settings.batch)


def held_back(settings: Settings) -> int:
    """Digits to check with."""
    digits = lenet_data.load(settings.data)
    return len(digits.labels) - digits.learned


class Run:
    """Where a training stands: `step`, `state` (weights and the optimiser's memory by name), all losses and all checks so far.

    `checks` has the share of right answers at 0, CHECK, 2 CHECK … steps, `said` the answers at the last one. `blown` says that
    numbers ran away: it goes no further.
    """

    def __init__(self, settings: Settings):
        self.settings, self.digits = settings, lenet_data.load(settings.data)
        self.step, self.state, self.losses, self.checks = 0, initial(settings), [], {}
        self.kept = deque([(0, self.state)], maxlen=KEPT)
        self._check()

    @property
    def weights(self) -> dict[str, np.ndarray]:
        return {name: self.state[name] for name in structure.shapes(catalog.graph("lenet5"))}

    @property
    def blown(self) -> bool:
        return bool(self.losses) and not np.isfinite(self.losses[-1])

    @property
    def ended(self) -> bool:
        return self.blown or self.step >= STEPS

    def portion(self, after: int, frames: int, every: int, until: int, seconds: float) -> Iterator["Run"]:
        """Itself at each frame after the step `after`: every so many steps, no further than `until`.

        Stops early when `seconds` are over. If it has gone further than `after`, it goes back first; if it has not come that
        far, it goes on, and there may be no frame yet.
        """
        begin, until = perf_counter(), min(until, STEPS)
        if after < self.step:
            self.back(after)
        self.kept.append((self.step, self.state))
        while frames and self.step < until and not self.blown:
            self.to(min(self.step + every, until))
            if self.step > after:
                frames -= 1
                yield self
            if perf_counter() - begin > seconds:
                return

    def back(self, step: int) -> None:
        """To where it stood at a step that lies behind; far back it is the start that it goes to."""
        while len(self.kept) > 1 and self.kept[-1][0] > step:
            self.kept.pop()
        if self.kept[-1][0] > step:
            self.kept[-1] = 0, initial(self.settings)
        self.step, self.state = self.kept[-1]
        del self.losses[self.step :]
        self.checks = {at: share for at, share in self.checks.items() if at <= self.step}
        if step - self.step <= KEPT * STEPS // 100:
            self.to(step)

    def to(self, step: int) -> None:
        """On to a step, with the checks that lie on the way."""
        while self.step < step and not self.blown:
            steps = min(step, self.step - self.step % CHECK + CHECK) - self.step
            given = {
                "pictures": self.digits.pictures,
                "digits": self.digits.labels,
                "rate": np.array(self.settings.rate, np.float32),
            }
            order = rows(self.settings, self.step, steps)
            answer = engine.compute(step_graph(self.settings.optimiser), self.state | given | {"order": order})
            self.state = {name: answer[f"{name}_next"] for name in self.state}
            self.losses += answer["loss"].tolist()
            self.step += steps
            if self.step % CHECK == 0:
                self._check()

    def _check(self) -> None:
        self.said = self.answers()
        self.checks[self.step] = self.right(self.said)

    def answers(self) -> np.ndarray:
        """What it says of the digits that are held back: int64 [n]."""
        return self.read(self.digits.pictures[self.digits.learned :], ())["probabilities"].argmax(1)

    def right(self, said: np.ndarray) -> float:
        """The share of them that is right."""
        return float((said == self.digits.labels[self.digits.learned :]).mean())

    def read(self, pictures: np.ndarray, layers: tuple[str, ...] = LAYERS) -> engine.Answer:
        """Its answer to uint8 pictures [n, 28, 28]: `probabilities` [n, 10], and the tensors in `layers`."""
        return engine.compute(reader(layers), {"pictures": pictures} | self.weights)


def step_name(optimiser: str) -> str:
    """The artifact that makes steps."""
    return f"lenet5_step_{optimiser}"


@cache
def step_graph(optimiser: str) -> bytes:
    return catalog.path(step_name(optimiser)).read_bytes()


@cache
def step_text(optimiser: str) -> str:
    """A step in ONNX's own text: the body of the Scan."""
    scan = onnx.load_from_string(step_graph(optimiser)).graph.node[0]
    return onnx.printer.to_text(next(attribute.g for attribute in scan.attribute if attribute.name == "body"))


@cache
def reader(layers: tuple[str, ...]) -> bytes:
    """The net as ONNX, weights among its inputs: uint8 pictures [n, 28, 28] → probabilities [n, 10], and the layers named."""
    return xray.expose(_whole(), layers).SerializeToString()


@cache
def _whole() -> onnx.ModelProto:
    before, after = (onnx.load_from_string(operators.graph(text)) for text in (BEFORE, AFTER))
    net = compose.merge_models(before, catalog.graph("lenet5"), [("ink", "image")])
    net = compose.merge_models(net, after, [("logits", "scores")])
    net.graph.name, net.producer_name = "lenet5", "deep-learning-playground"
    return net


def trained(run: Run) -> onnx.ModelProto:
    """The net with the run's weights inside."""
    net = onnx.ModelProto()
    net.CopyFrom(_whole())
    del net.graph.input[1:]
    net.graph.initializer.extend(onnx.numpy_helper.from_array(weight, name) for name, weight in run.weights.items())
    onnx.checker.check_model(net, full_check=True)
    return net


@lru_cache(maxsize=64)
def first_right(settings: Settings, share: float, most: int) -> int | None:
    """The first check at which that share of the digits held back is right; None if there is none within `most` steps."""
    run = Run(settings)
    while run.checks[run.step] < share:
        if run.step >= most or run.blown:
            return None
        run.to(run.step + CHECK)
    return run.step
