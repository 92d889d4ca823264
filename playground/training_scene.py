"""All there is to a training: data, one net or two, what was changed by hand, the epoch. In a link, and out of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from playground import training_points
from playground.training import INITIALISATIONS, Setup
from playground.training_data import DATA, Points, sample, split
from playground.training_step import FEATURES, REMEMBERED

OWN = "own"  # data: points that were drawn or brought along
COUNT = 500  # points of a data set
MOST_EPOCHS = 20_000
MOST_LAYERS, MOST_NEURONS = 6, 12
MOST_EDITS = 200
LARGEST = 100.0  # weight set by hand
MOST_SEED = 9999

ACTIVATIONS = ("tanh", "relu", "sigmoid", "linear", "leaky_relu", "elu", "selu", "gelu", "swish", "softplus", "sine")
LOSSES = {task: ("cross_entropy", "squared", "hinge") for task in ("binary", "classes")} | {"regression": ("squared",)}
CHOICES = {  # what a link may say, the default first
    "noise": ("0.1", "0", "0.05", "0.15", "0.2", "0.25", "0.3", "0.35", "0.4", "0.45", "0.5"),
    "share": ("0.5", "0.1", "0.2", "0.3", "0.4", "0.6", "0.7", "0.8", "0.9"),
    "optimiser": tuple(REMEMBERED),
    "rate": ("0.03", "0.0001", "0.0003", "0.001", "0.003", "0.01", "0.1", "0.3", "1", "3", "10"),
    "batch": ("10", "1", "2", "5", "20", "50", "100", "500"),
    "penalty": ("none", "l1", "l2"),
    "strength": ("0.001", "0.0001", "0.0003", "0.003", "0.01", "0.03", "0.1", "0.3", "1"),
    "dropout": ("0", "0.1", "0.2", "0.3", "0.4", "0.5"),
    "initialisation": tuple(INITIALISATIONS),
    "batch_norm": ("0", "1"),
    "shortcuts": ("0", "1"),
}
SHAPES = {"features": "x1,x2", "layers": "4,2", "activations": "tanh"}  # commas between several, and the default
OF_THE_DATA = ("data", "noise", "share", "sample", "points")
OF_A_NET = (*SHAPES, "loss", "optimiser", "rate", "batch", "penalty", "strength", "dropout", "initialisation",
            "batch_norm", "shortcuts", "seed")  # fmt: skip
OF_THE_SECOND = tuple(f"{name}2" for name in OF_A_NET)
RUNNING = ("epoch", "edits")
NAMES = (*OF_THE_DATA, *OF_A_NET, *OF_THE_SECOND, *RUNNING, "two", "stop")


@dataclass(frozen=True)
class Edit:
    """A parameter set by hand after `epoch` epochs: weight i → j of a layer, or with i None bias j, of run 0 or 1."""

    epoch: int
    run: int
    layer: int
    i: int | None
    j: int
    value: float

    def __str__(self) -> str:
        i = "b" if self.i is None else self.i
        return f"{self.epoch},{self.run},{self.layer},{i},{self.j},{self.value:g}"


@dataclass(frozen=True)
class Start:
    """What a run is a function of, beside its epochs and edits. `points` is their code where data is OWN."""

    data: str
    noise: float
    share: float
    sample: int
    points: str
    setups: tuple[Setup, ...]

    def all_points(self) -> Points:
        own = self.data == OWN
        return training_points.decode(self.points) if own else sample(self.data, self.noise, self.sample, COUNT)

    def parts(self) -> tuple[Points, Points]:
        """What the nets learn from, and what they are tested with."""
        return split(self.all_points(), self.share, self.sample)


@dataclass(frozen=True)
class Scene:
    """A start, and how far it has come. `stop` is the epoch after which it stops by itself; 0 is never."""

    start: Start
    epoch: int
    edits: tuple[Edit, ...]
    stop: int


def read(address: Mapping[str, str | None]) -> tuple[Scene, list[str]]:
    """The scene of an address, and the names of what is damaged in it and was passed over."""
    damaged: list[str] = []

    def value(name: str, parse: Callable, otherwise):
        if not address.get(name):
            return otherwise
        try:
            return parse(address[name])
        except ValueError:
            damaged.append(name)
            return otherwise

    def word(name: str, options: Iterable[str], otherwise: str) -> str:
        return address[name] if address.get(name) in options else otherwise

    data, code = word("data", (*DATA, OWN), "circle"), ""
    if data == OWN:
        code = value("points", _code, "")
        data = data if code else "circle"
    task = training_points.decode(code).task if code else DATA[data][0]

    def setup(suffix: str, base: Setup) -> Setup:
        layers = value(f"layers{suffix}", _layers, base.layers)
        bends = value(f"activations{suffix}", _activations, base.activations)
        said = {name: word(f"{name}{suffix}", CHOICES[name], "") for name in CHOICES}
        return Setup(
            features=value(f"features{suffix}", _features, base.features),
            layers=layers,
            activations=(bends + bends[-1:] * MOST_LAYERS)[: len(layers)] if bends else ("tanh",) * len(layers),
            loss=word(f"loss{suffix}", LOSSES[task], base.loss if base.loss in LOSSES[task] else LOSSES[task][0]),
            optimiser=said["optimiser"] or base.optimiser,
            rate=float(said["rate"] or base.rate),
            batch=int(said["batch"] or base.batch),
            penalty=said["penalty"] or base.penalty,
            strength=float(said["strength"] or base.strength),
            dropout=float(said["dropout"] or base.dropout),
            batch_norm=bool(int(said["batch_norm"] or base.batch_norm)),
            shortcuts=bool(int(said["shortcuts"] or base.shortcuts)),
            initialisation=said["initialisation"] or base.initialisation,
            seed=value(f"seed{suffix}", _seed, base.seed),
        )

    first = setup("", USUAL)
    setups = (first, setup("2", first)) if address.get("two") == "1" else (first,)
    noise, share = (float(word(name, CHOICES[name], CHOICES[name][0])) for name in ("noise", "share"))
    start = Start(data, noise, share, value("sample", _seed, 0), code, setups)
    epoch = value("epoch", lambda text: _whole(text, MOST_EPOCHS), 0)
    edits = value("edits", lambda text: _edits(text, start, epoch), ())
    return Scene(start, epoch, edits, value("stop", lambda text: _whole(text, MOST_EPOCHS), 0)), damaged


USUAL = Setup(loss="cross_entropy")  # what a link need not say


def sizes(setup: Setup, points: Points) -> list[int]:
    """How many numbers each layer has, from the features to the outputs."""
    return [len(setup.features), *setup.layers, points.outputs]


def write_edits(edits: Iterable[Edit]) -> str:
    return ";".join(map(str, edits))


def _whole(text: str, most: int) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(most)) or int(text) > most:
        raise ValueError(f"not from 0 to {most}")
    return int(text)


def _seed(text: str) -> int:
    return _whole(text, MOST_SEED)


def _code(text: str) -> str:
    training_points.decode(text)
    return text


def _among(text: str, options: Iterable[str]) -> tuple[str, ...]:
    words = tuple(text.split(","))
    if not set(words) <= set(options):
        raise ValueError("no such word")
    return words


def _features(text: str) -> tuple[str, ...]:
    chosen = _among(text, FEATURES)
    return tuple(name for name in FEATURES if name in chosen)  # in their own order: the same net has one link


def _activations(text: str) -> tuple[str, ...]:
    return _among(text, ACTIVATIONS)


def _layers(text: str) -> tuple[int, ...]:
    """Neurons of each hidden layer; "-" is none."""
    widths = () if text == "-" else tuple(_whole(part, MOST_NEURONS) for part in text.split(","))
    if len(widths) > MOST_LAYERS or 0 in widths:
        raise ValueError("too many layers, or an empty one")
    return widths


def _edits(text: str, start: Start, last: int) -> tuple[Edit, ...]:
    """Edits of a link, in the order of their epochs. Raises ValueError if one has no place in its net."""
    edits, points = [], start.all_points()
    for row in text.split(";"):
        epoch, run, layer, i, j, number = row.split(",")
        edit = Edit(_whole(epoch, MOST_EPOCHS), _whole(run, 1), _whole(layer, MOST_LAYERS),
                    None if i == "b" else _whole(i, 99), _whole(j, 99), _number(number))  # fmt: skip
        if edit.run >= len(start.setups) or edit.epoch > last:
            raise ValueError("no such run, or not yet")
        wide = sizes(start.setups[edit.run], points)
        if edit.layer + 1 >= len(wide) or (edit.i or 0) >= wide[edit.layer] or edit.j >= wide[edit.layer + 1]:
            raise ValueError("no such weight")
        edits.append(edit)
    if len(edits) > MOST_EDITS or edits != sorted(edits, key=lambda edit: edit.epoch):
        raise ValueError("too many edits, or out of order")
    return tuple(edits)


def _number(text: str) -> float:
    value = float(text)
    if not abs(value) <= LARGEST:
        raise ValueError("too large, or no number")
    return value
