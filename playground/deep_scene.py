"""The scenes of the lesson on deep nets, as links write them.

`nets` is words with hyphens: the first net's, then of each other net those in which it differs from the first one:
`relu-small;he;he-norm` is ReLU with small weights, with He's, and with He's and batch normalisation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from playground.deep_training import Common, Net

FIELDS = {  # of a net → its words in links and what they mean
    "activation": {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "relu"},
    "initialisation": {"small": "small", "xavier": "xavier", "he": "he", "large": "large"},
    "batch_norm": {"bare": False, "norm": True},
    "shortcuts": {"plain": False, "short": True},
    "optimiser": {"sgd": "sgd", "momentum": "momentum", "adam": "adam"},
}
WORDS = {word: (field, value) for field, words in FIELDS.items() for word, value in words.items()}
FEWEST, MOST = 2, 3  # nets side by side
SHALLOWEST, DEEPEST = 2, 40
MOST_EPOCHS = 400
RATES = ("0.003", "0.01", "0.03", "0.1", "0.3", "1")
BATCHES = ("10", "20", "50", "200")
DATA = ("moons", "circle", "xor", "spiral")


@dataclass(frozen=True)
class Scene:
    """What a run is a function of, beside its epochs."""

    nets: tuple[Net, ...]
    common: Common


SCENES = {  # name → its address
    "nineties": {"nets": "sigmoid-small;xavier;tanh-xavier"},
    "xavier": {"nets": "tanh-small;xavier"},
    "he": {"nets": "relu-small;xavier;he"},
    "batch_norm": {"nets": "sigmoid-xavier;norm"},
    "shortcuts": {"nets": "relu-small;short"},
    "too_deep": {"nets": "relu-he-norm;short", "depth": "40", "data": "circle"},
    "exploding": {"nets": "relu-he;large;tanh-large"},
}
NAMES = ("nets", "depth", "data", "rate", "batch", "seed")  # in the address


def read(address: Mapping[str, str]) -> tuple[Scene, list[str]]:
    """The scene of an address, and the names of what is damaged in it and was passed over."""
    damaged, usual = [], Common()

    def value(name: str, parse, otherwise):
        try:
            return parse(address[name]) if name in address else otherwise
        except ValueError:
            damaged.append(name)
            return otherwise

    nets = value("nets", parse_nets, parse_nets(SCENES["nineties"]["nets"]))
    common = Common(
        depth=value("depth", lambda text: whole(text, DEEPEST, SHALLOWEST), usual.depth),
        data=value("data", lambda text: _among(text, DATA), usual.data),
        rate=value("rate", lambda text: float(_among(text, RATES)), usual.rate),
        batch=value("batch", lambda text: int(_among(text, BATCHES)), usual.batch),
        seed=value("seed", lambda text: whole(text, 9999), usual.seed),
    )
    return Scene(nets, common), damaged


def parse_nets(text: str) -> tuple[Net, ...]:
    """Raises ValueError if they are none, too few or too many."""
    first, *others = text.split(";")
    begun = _changed(Net(), first)
    if not FEWEST <= 1 + len(others) <= MOST:
        raise ValueError(f"not {FEWEST} to {MOST} nets")
    return begun, *(_changed(begun, words) for words in others)


def _changed(net: Net, words: str) -> Net:
    for word in words.split("-") if words else []:
        if word not in WORDS:
            raise ValueError(f"no such word: {word}")
        net = replace(net, **dict([WORDS[word]]))
    return net


def write_nets(nets: tuple[Net, ...]) -> str:
    first, *others = nets
    return ";".join([_difference(first, Net(activation="", initialisation="")), *(_difference(net, first) for net in others)])


def _difference(net: Net, other: Net) -> str:
    return "-".join(word for word, (field, value) in WORDS.items() if value == getattr(net, field) != getattr(other, field))


def whole(text: str, most: int, least: int = 0) -> int:
    """A whole number of a link. Raises ValueError if it is none, or not within bounds."""
    if not text.isascii() or not text.isdecimal() or len(text) > 4 or not least <= int(text) <= most:
        raise ValueError(f"not from {least} to {most}")
    return int(text)


def _among(text: str, options: tuple[str, ...]) -> str:
    if text not in options:
        raise ValueError("no such choice")
    return text
