"""The folder `models/`: artifacts with their manifest, written so that nothing half-written is ever visible."""

import hashlib
import json
import os
import shlex
from dataclasses import asdict
from datetime import date
from importlib.metadata import version
from pathlib import Path

import onnx

from exporter.architectures import PAPERS
from exporter.recipes import Port, Recipe
from exporter.steps.served import Step

MODELS = Path(__file__).parents[1] / "models"
MAX_BYTES = 8_000_000


def path(name: str, models: Path = MODELS) -> Path:
    """Where an artifact lies: the layout that Triton and OVMS read too."""
    return models / name / "1" / "model.onnx"


def write_validation(name: str, found: dict, models: Path = MODELS) -> None:
    """What an artifact found on its validation pictures, `validation.json` beside the folder of its version."""
    _replace(path(name, models).parents[1] / "validation.json", (json.dumps(found, separators=(",", ":")) + "\n").encode())


def read_manifest(models: Path = MODELS) -> list[dict]:
    file = models / "manifest.json"
    return json.loads(file.read_text()) if file.exists() else []


def write(recipe: Recipe, model: onnx.ModelProto, facts: dict, models: Path = MODELS) -> dict:
    """Write a verified graph and its manifest entry (the ONNX hub's shape, extended); returns the entry.

    `facts` are the measured ones: parameters, macs, metrics, max_difference_to_torch. Raises ValueError if the graph is larger
    than an artifact may be (8 MB).
    """
    architecture = PAPERS[recipe.architecture]
    facts = {
        "name": recipe.name,
        "title": recipe.title,
        "task": recipe.task,
        "architecture": recipe.architecture,
        "paper": f"{architecture.paper} ({architecture.year}), {architecture.link}",
        "year": architecture.year,
        **(_trained_on(recipe) if recipe.dataset else {}),
        **{name: value for name, value in facts.items() if value is not None},
        "seed": recipe.seed,
        "torch": version("torch"),
        "onnx": version("onnx"),
        "command": shlex.join(["python", "-m", "exporter", "build", recipe.name]),
    }  # fmt: skip
    tags = [recipe.task, recipe.architecture, recipe.dataset.name if recipe.dataset else "untrained"]
    return _put(model, facts, tags, {"inputs": _ports(recipe.inputs), "outputs": _ports(recipe.outputs)}, models)


def write_step(step: Step, model: onnx.ModelProto, facts: dict, models: Path = MODELS) -> dict:
    """The same for a step graph, whose ports are read off it."""
    facts = {
        "name": step.name,
        "title": step.title,
        "task": "step",
        "paper": step.paper,
        "year": step.year,
        **step.facts,
        **facts,
        "torch": version("torch"),
        "onnx": version("onnx"),
        "command": shlex.join(["python", "-m", "exporter", "build", step.name]),
    }
    ports = {"inputs": _ports(_read(model.graph.input)), "outputs": _ports(_read(model.graph.output))}
    return _put(model, facts, ["step"], ports, models)


def _put(model: onnx.ModelProto, facts: dict, tags: list[str], ports: dict, models: Path) -> dict:
    """The file with its facts inside, and its manifest entry."""
    name = facts["name"]
    said = {key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for key, value in facts.items()}
    onnx.helper.set_model_props(model, {entry.key: entry.value for entry in model.metadata_props} | said)
    content = model.SerializeToString(deterministic=True)
    if len(content) > MAX_BYTES:
        raise ValueError(f"{name} has {len(content):,} bytes; an artifact may have {MAX_BYTES:,}")
    file = path(name, models)
    file.parent.mkdir(parents=True, exist_ok=True)
    _replace(file, content)
    entry = {
        "model": name,
        "model_path": file.relative_to(models).as_posix(),
        "onnx_version": version("onnx"),
        "opset_version": model.opset_import[0].version,
        "metadata": {
            "model_sha": hashlib.sha256(content).hexdigest(),
            "model_bytes": len(content),
            "tags": tags,
            "io_ports": ports,
            "built": date.today().isoformat(),  # not in the file, so that the same weights give the same bytes
            **facts,
        },
    }
    others = [other for other in read_manifest(models) if other["model"] != name]
    manifest = sorted([*others, entry], key=lambda entry: entry["model"])
    _replace(models / "manifest.json", (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode())
    return entry


def _trained_on(recipe: Recipe) -> dict:
    data = recipe.dataset
    return {
        "labels": list(recipe.labels),
        "dataset": {"title": data.title, "source": data.source, "licence": data.licence, "hub": data.hub},
    }


def _read(values) -> tuple[Port, ...]:
    """The ports that a graph declares."""
    return tuple(
        Port(value.name, onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type).name,
             tuple(axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim), value.doc_string)
        for value in values
    )  # fmt: skip


def _ports(ports: tuple[Port, ...]) -> list[dict]:
    entries = ({**asdict(port), "shape": list(port.shape)} for port in ports)
    return [{name: value for name, value in entry.items() if value is not None} for entry in entries]


def _replace(file: Path, content: bytes) -> None:
    unfinished = file.with_name(file.name + ".tmp")
    unfinished.write_bytes(content)
    os.replace(unfinished, file)
