"""The registry of architectures: one paper, one file, one entry.

A module registers itself with the facts of its paper. The exporter's list, its recipes and the parametrised tests all
read `ARCHITECTURES`; nothing is listed twice. Nets of our own size after a paper, whose own net is not built here, are in
`PAPERS` alone.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True, kw_only=True)
class Paper:
    """What a network was published in.

    Attributes:
        name: what the network is called in commands, files and manifests.
        title: what people call it.
        paper, link, year: where it was published.
        taps: submodules whose outputs keep their name in the exported graph, in order of computation.
        build: makes the module; its keyword arguments (classes, width, depth, ...) make relatives of it.
    """

    name: str
    title: str
    paper: str
    link: str
    year: int
    taps: tuple[str, ...]
    build: Callable[..., nn.Module]


@dataclass(frozen=True, kw_only=True)
class Architecture(Paper):
    """A classifier as its paper gives it: `build` without arguments makes the canonical module, float [batch, channels, height,
    width] in, logits [batch, classes] out.

    Attributes:
        parameters: published number of parameters of the canonical form.
        counted_against: the reference that publishes this number.
        input: canonical input shape without the batch, (channels, height, width).
        divisor: maps stay a multiple of it when `width` changes.
        top5_error, top5_error_ensemble: percent on ImageNet as the lectures quote it, of one net and of several that vote.
    """

    parameters: int
    counted_against: str
    input: tuple[int, int, int]
    divisor: int = 1
    top5_error: float | None = None
    top5_error_ensemble: float | None = None


PAPERS: dict[str, Paper] = {}
ARCHITECTURES: dict[str, Architecture] = {}


def register(**facts):
    """Decorator for what builds a net, a class or a function: into `ARCHITECTURES` with the facts of its paper."""

    def add(build: Callable[..., nn.Module]) -> Callable[..., nn.Module]:
        architecture = Architecture(build=build, **facts)
        ARCHITECTURES[architecture.name] = _add(architecture)
        return build

    return add


def cited(**facts):
    """Decorator for what builds a net after a paper that has no canonical form here: into `PAPERS` alone."""

    def add(build: Callable[..., nn.Module]) -> Callable[..., nn.Module]:
        _add(Paper(build=build, **facts))
        return build

    return add


def _add(paper: Paper) -> Paper:
    if PAPERS.setdefault(paper.name, paper) is not paper:
        raise ValueError(f"two architectures are called {paper.name!r}")
    return paper


def he_init(net: nn.Module) -> None:
    """Weights from He et al. 2015 (arXiv:1502.01852): variance 2 / inputs, which keeps the size of signals through ReLU."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)


for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
