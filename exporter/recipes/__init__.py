"""The registry of recipes: what is trained on what, and what the trained graph takes and returns."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

from exporter.datasets import Dataset

Run = Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]


@dataclass(frozen=True)
class Port:
    """An input or output of a graph: name, ONNX element type, named shape, meaning; optional inputs have a default."""

    name: str
    type: str
    shape: tuple[str | int, ...]
    meaning: str
    default: Any = None


@dataclass(frozen=True)
class Recipe:
    """How one artifact comes to be.

    Attributes:
        name: the artifact, architecture_data.
        architecture: its entry in `ARCHITECTURES`.
        module: makes the untrained served module; its forward takes the inputs and returns the outputs, in order; its
            submodule `net` is the architecture's.
        taps: submodule path → name of its output inside the graph.
        train: trains the module in place, given the checkpoint's path; returns when finished, goes on where it was killed.
        examples: input tensors for tracing; sizes of dynamic axes must all differ.
        probes: further input tensors on which the graph is compared with torch; the first ones are of batch 1.
        evaluate: metrics of the exported graph, given a function that runs it; says on which split. What is under
            `validation` is kept in a file beside it, for plots.
        real_probes: probes from the data set, for outputs that pictures of noise leave empty.
    """

    name: str
    title: str
    task: str
    architecture: str
    dataset: Dataset
    labels: tuple[str, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    module: Callable[[], nn.Module]
    taps: dict[str, str]
    train: Callable[[nn.Module, Path], None]
    examples: Callable[[], tuple[Tensor, ...]]
    probes: Callable[[], list[tuple[Tensor, ...]]]
    evaluate: Callable[[Run], dict[str, Any]]
    seed: int = 0
    real_probes: Callable[[], list[tuple[Tensor, ...]]] = list


RECIPES: dict[str, Recipe] = {}


def register(recipe: Recipe) -> Recipe:
    if RECIPES.setdefault(recipe.name, recipe) is not recipe:
        raise ValueError(f"two recipes are called {recipe.name!r}")
    return recipe


for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
