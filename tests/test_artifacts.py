"""What lies in models/ keeps the contract: ports, metadata, size, and the very numbers that torch computes."""

import hashlib
import json
from math import prod

import numpy as np
import onnx
import onnxruntime
import pytest

from exporter import artifacts
from exporter.build import verify
from exporter.export import TOLERANCE
from exporter.recipes import RECIPES
from exporter.steps.served import STEPS
from playground import catalog, drawing, xray
from playground.card import card
from playground.samples import DIGITS

NAMES = catalog.trained()  # structures have tests of their own, test_structure.py
PORTS = {  # required and optional inputs; outputs
    "classification": ({"image", "frame"}, {"probabilities"}),
    "detection": ({"image", "score_threshold", "iou_threshold"}, {"boxes", "scores", "classes", "raw"}),
    "localisation": ({"image"}, {"probabilities", "box", "y"}),
    "sliding window": ({"image"}, {"probabilities", "ink"}),
}


def test_there_is_a_recipe_for_each_artifact():
    assert set(NAMES) <= set(RECIPES)
    assert {"softmax_mnist", "mlp_mnist", "lenet5_mnist"} <= set(NAMES)


def test_all_of_models_is_at_most_100_mb():
    assert sum(file.stat().st_size for file in artifacts.MODELS.rglob("*") if file.is_file()) <= 100_000_000


@pytest.mark.parametrize("name", NAMES)
def test_computes_what_torch_computes(name):
    assert verify(name) <= TOLERANCE


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_what_torch_computes_and_keeps_its_contract(name):
    """Ports: state comes back as NAME_next, `order` says which rows each step takes, `loss` is told step by step."""
    model, facts = catalog.graph(name), catalog.facts(name)
    assert verify(name) <= STEPS[name].tolerance
    for way, values in (("inputs", model.graph.input), ("outputs", model.graph.output)):
        described = {port["name"]: (port["type"], port["shape"]) for port in facts["io_ports"][way]}
        for value in values:
            axes = [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim]
            kind = onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type).name
            assert described.pop(value.name) == (kind, axes)
        assert not described
    outputs = {value.name for value in model.graph.output}
    handed_on = {name.removesuffix("_next") for name in outputs if name.endswith("_next")}
    assert handed_on < {value.name for value in model.graph.input} and "loss" in outputs
    assert (model.opset_import[0].version, model.ir_version) == (20, 10)
    assert facts["task"] == "step" and facts["command"] in card(catalog.manifest()[name])


def test_every_step_is_built():
    assert set(catalog.steps()) == set(STEPS)


@pytest.mark.parametrize("name", [*NAMES, *STEPS])
def test_file_is_the_one_in_the_manifest(name):
    content, facts = catalog.path(name).read_bytes(), catalog.facts(name)
    assert len(content) == facts["model_bytes"] <= artifacts.MAX_BYTES
    assert hashlib.sha256(content).hexdigest() == facts["model_sha"]
    assert catalog.path(name) == artifacts.path(name)


@pytest.mark.parametrize("name", NAMES)
def test_ports_are_those_of_its_task(name):
    model, facts = catalog.graph(name), catalog.facts(name)
    allowed, outputs = PORTS[facts["task"]]
    ports = facts["io_ports"]
    for described, values in ((ports["inputs"], model.graph.input), (ports["outputs"], model.graph.output)):
        for port, value in zip(described, values, strict=True):
            axes = [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim]
            kind = onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type).name
            assert (port["name"], port["type"], port["shape"]) == (value.name, kind, axes)
            assert port["meaning"] == value.doc_string
    assert {port["name"] for port in ports["inputs"]} <= allowed
    assert {port["name"] for port in ports["outputs"]} == outputs
    assert (model.opset_import[0].version, model.ir_version) == (20, 10)
    assert not model.functions and len(model.opset_import) == 1


@pytest.mark.parametrize("name", NAMES)
def test_metadata_travels_in_the_file(name):
    facts, inside = catalog.facts(name), {entry.key: entry.value for entry in catalog.graph(name).metadata_props}
    for key in ("name", "title", "task", "labels", "parameters", "macs", "dataset", "metrics", "seed", "torch", "command"):
        value = facts[key]
        assert inside[key] == (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)), key
    assert facts["dataset"]["licence"] and facts["metrics"]["split"]


@pytest.mark.parametrize("name", NAMES)
def test_costs_are_those_that_the_x_ray_counts(name):
    """The exporter lets torch count; the x-ray counts in the graph, behind the framing."""
    facts = catalog.facts(name)
    nodes = xray.facts(catalog.graph(name), {"image": (1, 28, 28, 3)})
    start = next(i for i, node in enumerate(nodes) if {"field", "framed"} & set(node.outputs))
    assert sum(node.macs or 0 for node in nodes[start:]) == facts["macs"]
    # the x-ray cannot tell a fixed table behind a layer, the places of a detector's cells, from a learned one
    table = sum(2 * prod(port["shape"][:2]) for port in facts["io_ports"]["outputs"] if port["name"] == "raw")
    assert sum(node.parameters for node in nodes) == facts["parameters"] + table


def test_lenet5_reaches_what_it_should_on_the_test_split():
    metrics = catalog.facts("lenet5_mnist")["metrics"]
    assert metrics["split"] == "test" and metrics["rows"] in (5000, 10_000)  # PLAYGROUND_DATA's half, or the Hub's whole
    assert metrics["accuracy"] >= 0.992


def answer(name, picture, **inputs):
    session = onnxruntime.InferenceSession(str(catalog.path(name)), providers=["CPUExecutionProvider"])
    return session.run(["probabilities"], {"image": picture[None], **inputs})[0][0]


@pytest.mark.parametrize("digit", range(10))
def test_lenet5_reads_the_samples_wherever_and_however_they_are_drawn(digit):
    strokes = drawing.decode(DIGITS[digit])
    for size, right, down, width in [(1, 0, 0, 20), (0.5, 120, 100, 10), (0.4, 5, 5, 14), (1, 0, 0, 34), (0.9, 10, 20, 8)]:
        moved = [
            drawing.Stroke(width, False, tuple((int(x * size) + right, int(y * size) + down) for x, y in stroke.points))
            for stroke in strokes
        ]
        picture = drawing.picture(drawing.encode(moved))
        for sheet in (picture, 255 - picture):
            assert answer("lenet5_mnist", sheet).argmax() == digit, (size, right, down, width)


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("_mnist")])
def test_frame_is_on_unless_switched_off(name):
    picture = np.full((100, 160, 3), 255, np.uint8)
    picture[20:60, 20:26] = 0
    default, on, off = answer(name, picture), *(answer(name, picture, frame=np.array(frame)) for frame in (True, False))
    np.testing.assert_array_equal(default, on)
    assert np.abs(on - off).max() > 1e-3
    assert default.sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_card_tells_what_one_must_know(name):
    facts, text = catalog.facts(name), card(catalog.manifest()[name])
    for said in (facts["title"], facts["dataset"]["licence"], facts["command"], facts["model_sha"], facts["metrics"]["split"]):
        assert said in text
    assert str(facts["metrics"].get("accuracy", facts["metrics"].get("map50"))) in text
