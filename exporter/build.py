"""The exporter's verbs, as functions: what the command line calls, and tests and other programs may call too."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import onnx
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from exporter import artifacts
from exporter.architectures import ARCHITECTURES, Architecture
from exporter.export import OPSET, ExportError, compare, load_weights, runner, to_onnx
from exporter.recipes import RECIPES, Port, Recipe

CHECKPOINTS = Path.home() / ".cache" / "deep-learning-playground" / "checkpoints"
Say = Callable[[str], None]


def build(name: str, say: Say = print, models: Path = artifacts.MODELS, checkpoints: Path = CHECKPOINTS) -> dict:
    """Train, export, verify, measure and write one artifact; returns its manifest entry.

    Training goes on from its checkpoint if there is one. Raises KeyError for an unknown name, ExportError for a graph that is
    not what torch computes.
    """
    recipe = RECIPES[name]
    torch.manual_seed(recipe.seed)
    module = recipe.module()
    recipe.train(module, checkpoints / f"{name}.pt")
    module.eval()
    say(f"{name}: exporting")
    model = to_onnx(recipe, module)
    difference = compare(recipe, module, model)
    say(f"{name}: verified, largest difference to torch {difference:.2g}; measuring")
    facts = {
        "parameters": sum(parameter.numel() for parameter in module.parameters()),
        "macs": macs(recipe, module),
        "metrics": recipe.evaluate(runner(recipe, model)),
        "max_difference_to_torch": difference,
    }
    entry = artifacts.write(recipe, model, facts, models)
    say(f"{name}: {entry['metadata']['model_bytes']:,} bytes in {artifacts.path(name, models)}")
    return entry


def macs(recipe: Recipe, module: nn.Module) -> int:
    """Multiply-adds of the served module's net for one image, as torch counts them; framing is not counted."""
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        module(*recipe.probes()[0])
    return sum(counter.get_flop_counts()[f"{type(module).__name__}.net"].values()) // 2


def verify(name: str, models: Path = artifacts.MODELS) -> float:
    """Compare an artifact on disk with torch, its weights loaded back into the torch module; returns the largest difference.

    Raises ExportError if the file is missing, is not the one in the manifest, or computes something else.
    """
    recipe, file = RECIPES[name], artifacts.path(name, models)
    entry = next((entry for entry in artifacts.read_manifest(models) if entry["model"] == name), None)
    if entry is None or not file.exists():
        raise ExportError(f"{name} is not built; run: python -m exporter build {name}")
    if hashlib.sha256(file.read_bytes()).hexdigest() != entry["metadata"]["model_sha"]:
        raise ExportError(f"{file} is not the file that the manifest describes")
    model = onnx.load(file)
    return compare(recipe, load_weights(recipe.module(), model), model)


def export(name: str, file: Path, opset: int = OPSET, seed: int = 0) -> float:
    """Write an architecture's canonical graph, untrained, with weights from `seed`; returns the largest difference to torch."""
    architecture = ARCHITECTURES[name]
    torch.manual_seed(seed)
    module = architecture.build().eval()
    recipe = _canonical(architecture)
    model = to_onnx(recipe, module, opset)
    difference = compare(recipe, module, model)
    onnx.save(model, file)
    return difference


def _canonical(architecture: Architecture) -> Recipe:
    """The paper's float images in, logits out; no data, nothing trained."""
    classes = architecture.build()(torch.zeros(2, *architecture.input)).shape[1]
    return Recipe(
        name=architecture.name,
        title=architecture.title,
        task="classification",
        architecture=architecture.name,
        dataset=None,
        labels=(),
        inputs=(Port("image", "float32", ("batch", *architecture.input), "images as the paper takes them"),),
        outputs=(Port("logits", "float32", ("batch", classes), "unnormalised log probabilities"),),
        module=architecture.build,
        taps={tap: tap for tap in architecture.taps[:-1]},  # the last one is the output
        train=lambda module, checkpoint: None,
        examples=lambda: (torch.rand(2, *architecture.input),),
        probes=lambda: [(torch.rand(batch, *architecture.input),) for batch in (1, 3)],
        evaluate=lambda run: {},
    )
