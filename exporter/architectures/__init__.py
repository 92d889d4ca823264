"""The registry of architectures: one paper, one file, one entry.

A module registers itself with the facts of its paper. The exporter's list, the pages' menus and the parametrised tests all
read `ARCHITECTURES`; nothing is listed twice.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True)
class Architecture:
    """A network as its paper gives it.

    Attributes:
        name: what it is called in commands, files and manifests.
        title: what people call it.
        paper, link, year: where it was published.
        parameters: published number of parameters of the canonical form.
        counted_against: the reference that publishes this number.
        input: canonical input shape without the batch, (channels, height, width).
        taps: submodules whose outputs keep their name in the exported graph, in order of computation.
        build: makes the canonical module; float [batch, channels, height, width] in, logits [batch, classes] out.
    """

    name: str
    title: str
    paper: str
    link: str
    year: int
    parameters: int
    counted_against: str
    input: tuple[int, int, int]
    taps: tuple[str, ...]
    build: Callable[..., nn.Module]


ARCHITECTURES: dict[str, Architecture] = {}


def register(**facts):
    """Class decorator: put a module into `ARCHITECTURES` with the facts of its paper (see `Architecture`)."""

    def add(module: type[nn.Module]) -> type[nn.Module]:
        architecture = Architecture(build=module, **facts)
        if ARCHITECTURES.setdefault(architecture.name, architecture) is not architecture:
            raise ValueError(f"two architectures are called {architecture.name!r}")
        return module

    return add


for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
