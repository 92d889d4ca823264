"""The exporter's verbs, as functions: what the command line calls, and tests and other programs may call too."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from exporter import artifacts
from exporter.architectures import ARCHITECTURES
from exporter.export import OPSET, ExportError, compare, load_weights, runner, session, to_onnx
from exporter.recipes import RECIPES, Recipe
from exporter.steps.served import STEPS, Step
from exporter.structure import canonical, structure, takes_any_size
from playground.calibration import examples
from playground.precision import converted
from playground.structure import filled, sized

CHECKPOINTS = Path.home() / ".cache" / "deep-learning-playground" / "checkpoints"
Say = Callable[[str], None]


def build(name: str, say: Say = print, models: Path = artifacts.MODELS, checkpoints: Path = CHECKPOINTS) -> dict:
    """Train, export, verify, measure and write one artifact; of an architecture its structure, of a step its graph.

    Returns its manifest entry. Training goes on from its checkpoint if there is one. Raises KeyError for an unknown name,
    ExportError for a graph that is not what torch computes.
    """
    if name in ARCHITECTURES:
        return build_structure(name, say, models)
    if name in STEPS:
        return build_step(name, say, models)
    recipe = RECIPES[name]
    torch.manual_seed(recipe.seed)
    module = recipe.module()
    recipe.train(module, checkpoints / f"{name}.pt")
    module.eval()
    say(f"{name}: exporting")
    model = to_onnx(recipe, module)
    difference = max(compare(recipe, module, model), compare(recipe, module, model, probes=recipe.real_probes()))
    say(f"{name}: verified, largest difference to torch {difference:.2g}; measuring")
    metrics = recipe.evaluate(runner(recipe, model))
    validation = metrics.pop("validation", None)
    facts = {
        "parameters": sum(parameter.numel() for parameter in module.parameters()),
        "macs": macs(recipe, module),
        "metrics": metrics,
        "max_difference_to_torch": difference,
    }
    entry = artifacts.write(recipe, model, facts, models)
    if validation:
        artifacts.write_validation(name, validation, models)
    say(f"{name}: {entry['metadata']['model_bytes']:,} bytes in {artifacts.path(name, models)}")
    return entry


def build_structure(name: str, say: Say = print, models: Path = artifacts.MODELS) -> dict:
    """Trace, verify and write the structure of a canonical architecture; returns its manifest entry."""
    architecture = ARCHITECTURES[name]
    recipe = canonical(architecture)
    torch.manual_seed(recipe.seed)
    module = recipe.module().eval()
    say(f"{name}: tracing")
    model = structure(recipe, module)
    full = filled(model)
    difference = compare(recipe, load_weights(module, full), full)
    with FlopCounterMode(display=False) as counter, torch.device("meta"), torch.inference_mode():
        architecture.build().eval()(torch.empty(1, *architecture.input))
    facts = {
        "parameters": sum(parameter.numel() for parameter in module.parameters()),
        "macs": counter.get_total_flops() // 2,
        "max_difference_to_torch": difference,
        "input": list(architecture.input),
        "counted_against": architecture.counted_against,
        "top5_error": architecture.top5_error,
        "top5_error_ensemble": architecture.top5_error_ensemble,
    }
    entry = artifacts.write(recipe, model, facts, models)
    say(f"{name}: {entry['metadata']['model_bytes']:,} bytes, largest difference to torch {difference:.2g}")
    return entry


def build_step(name: str, say: Say = print, models: Path = artifacts.MODELS) -> dict:
    """Trace, verify and write a step graph; returns its manifest entry. Raises ExportError if it is not what torch computes."""
    step = STEPS[name]
    say(f"{name}: tracing")
    model = step.graph()
    difference = compare_step(step, model)
    entry = artifacts.write_step(step, model, {"max_difference_to_torch": difference}, models)
    say(f"{name}: {entry['metadata']['model_bytes']:,} bytes, differs from torch by {difference:.2g} of the largest number")
    return entry


def compare_step(step: Step, model: onnx.ModelProto) -> float:
    """Largest difference of its graph to torch over its probes, as a share of the largest number of each output.

    Raises ExportError if that is more than the step's tolerance; a NaN is.
    """
    run, largest = session(model), 0.0
    for probe in step.probes():
        got = run.run(None, {name: value.numpy() for name, value in probe.items()})
        expected = step.in_torch(probe)
        for port, value in zip(run.get_outputs(), got, strict=True):
            there = expected[port.name].numpy()
            difference = float(np.max(np.abs(value - there)) / max(np.max(np.abs(there)), np.finfo(there.dtype).tiny))
            if value.shape != there.shape or not difference <= step.tolerance:
                raise ExportError(f"{step.name}: {port.name} differs from torch by {difference:.2g} of its largest number")
            largest = max(largest, difference)
    return largest


def macs(recipe: Recipe, module: nn.Module) -> int:
    """Multiply-adds of the served module's net for one image, as torch counts them; framing is not counted."""
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        module(*recipe.probes()[0])
    return sum(counter.get_flop_counts()[f"{type(module).__name__}.net"].values()) // 2


def verify(name: str, models: Path = artifacts.MODELS, real: bool = False) -> float:
    """Compare an artifact on disk with torch, its weights loaded back into the torch module; returns the largest difference.

    With `real`, on pictures from its data set too. Raises ExportError if the file is missing, is not the one in the manifest,
    or computes something else.
    """
    if name in STEPS:
        return compare_step(STEPS[name], _file(name, models))
    recipe, model = _on_disk(name, models)
    module = load_weights(recipe.module(), model)
    return max(compare(recipe, module, model, probes=probes) for probes in (None, recipe.real_probes() if real else []))


def evaluate(name: str, models: Path = artifacts.MODELS) -> dict:
    """Measure an artifact on disk anew, on the split that its card names; returns its metrics.

    What it found, where its recipe tells, is written beside it again.
    """
    recipe, model = _on_disk(name, models)
    metrics = recipe.evaluate(runner(recipe, model))
    if validation := metrics.pop("validation", None):
        artifacts.write_validation(name, validation, models)
    return {name: value for name, value in metrics.items() if value}


def reduced_difference(name: str, precision: str, models: Path = artifacts.MODELS) -> float:
    """The same for its "fp16" or "int8" graph, as a share of the largest output. There is no bound that it must keep."""
    if name in STEPS:
        return compare_step(STEPS[name], _file(name, models))
    recipe, model = _on_disk(name, models)
    return compare(recipe, load_weights(recipe.module(), model), converted(model, precision, examples(model)), tolerance=None)


def _file(name: str, models: Path) -> onnx.ModelProto:
    file = artifacts.path(name, models)
    entry = next((entry for entry in artifacts.read_manifest(models) if entry["model"] == name), None)
    if entry is None or not file.exists():
        raise ExportError(f"{name} is not built; run: python -m exporter build {name}")
    if hashlib.sha256(file.read_bytes()).hexdigest() != entry["metadata"]["model_sha"]:
        raise ExportError(f"{file} is not the file that the manifest describes")
    return onnx.load(file)


def _on_disk(name: str, models: Path) -> tuple[Recipe, onnx.ModelProto]:
    return RECIPES[name] if name in RECIPES else canonical(ARCHITECTURES[name]), filled(_file(name, models))


def export(
    name: str,
    file: Path,
    *,
    side: int | None = None,
    classes: int | None = None,
    width: float | None = None,
    batch: int = 1,
    dynamic: bool = False,
    precision: str = "fp32",
    opset: int = OPSET,
    seed: int = 0,
    say: Say = print,
) -> float:
    """Write an architecture with weights from `seed`, or a trained artifact, as one file; returns its difference to torch.

    The largest absolute one in fp32, else as a share of the largest output. `side` of square images, `classes`, `width` of
    the maps: by default the paper's. `dynamic` leaves the batch open, and the sides where the net takes any. Raises ExportError
    for what this net cannot be.
    """
    if name in ARCHITECTURES:
        architecture, arguments = ARCHITECTURES[name], {"classes": classes, "width": width}
        arguments = {key: value for key, value in arguments.items() if value is not None}
        recipe = canonical(architecture, side, None if dynamic else batch, **arguments)
        if dynamic and (side or not takes_any_size(architecture, **arguments)):
            say(f"{name}: only the batch is left open" + ("" if side else "; its dense layers take one size"))
        module = recipe.module()
        say(f"{name}: tracing")
        model = structure(recipe, module, opset)
        say(f"{name}: {sum(parameter.numel() for parameter in module.parameters()):,} parameters from seed {seed}")
        model = filled(model, seed)
    else:
        if classes or width:
            raise ExportError(f"{name} is trained: its classes and its width are what they are")
        if opset != OPSET:
            raise ExportError(f"{name} is trained and stored at opset {OPSET}; only untrained nets are written at others")
        recipe, model = _on_disk(name, artifacts.MODELS)
        module = recipe.module()
        model = sized(model, None if dynamic else batch, side)
        shape = ("batch" if dynamic else batch, side or "height", side or "width", 3)
        recipe = replace(
            recipe, inputs=(replace(recipe.inputs[0], shape=shape), *recipe.inputs[1:]), probes=_fitting(recipe, shape)
        )
    load_weights(module, model)
    say(f"{name}: comparing with torch")
    difference = compare(recipe, module, model)
    if precision != "fp32":
        say(f"{name}: converting to {precision}")
        model = converted(model, precision, examples(model))
        difference = compare(recipe, module, model, tolerance=None)
    unfinished = file.with_name(file.name + ".tmp")
    onnx.save(model, unfinished)
    os.replace(unfinished, file)
    return difference


def _fitting(recipe: Recipe, shape: tuple[int | str, ...]):
    """Probes of the sizes that are fixed in `shape`."""
    fixed = [7 if size == "batch" else 120 if isinstance(size, str) else size for size in shape]
    image = torch.randint(256, fixed, dtype=torch.uint8)
    others = recipe.probes()[0][1:]
    return lambda: [(image, *others)]
