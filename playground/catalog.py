"""The artifacts in `models/`, as their manifest describes them (the ONNX hub's manifest, extended)."""

import json
from functools import cache
from pathlib import Path

import onnx

MODELS = Path(__file__).parents[1] / "models"


@cache
def manifest() -> dict[str, dict]:
    """Entries by artifact name."""
    return {entry["model"]: entry for entry in json.loads((MODELS / "manifest.json").read_text())}


@cache
def steps() -> tuple[str, ...]:
    """Training steps: graphs with the gradient and the update inside, weights as inputs and outputs."""
    return tuple(name for name, entry in manifest().items() if entry["metadata"]["task"] == "step")


@cache
def trained() -> tuple[str, ...]:
    """Artifacts with weights that learned something; the others are steps, and structures, see structure.py."""
    return tuple(name for name, entry in manifest().items() if "dataset" in entry["metadata"])


def facts(name: str) -> dict:
    """What is known of an artifact: title, labels, parameters, macs, metrics, io_ports, … Raises KeyError if there is none."""
    return manifest()[name]["metadata"]


def title(name: str) -> str:
    """What people call an artifact's net, in English."""
    return facts(name)["title"]


def path(name: str) -> Path:
    """The artifact's ONNX file. Raises KeyError if there is none."""
    return MODELS / manifest()[name]["model_path"]


@cache
def graph(name: str) -> onnx.ModelProto:
    """The artifact's graph, shared: do not change it."""
    return onnx.load(path(name))
