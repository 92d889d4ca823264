"""Structures: what is stored of the canonical nets is theirs to the last weight, and its relatives are torch's relatives."""

import inspect
import math

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from exporter.architectures import ARCHITECTURES
from exporter.export import compare, load_weights
from exporter.structure import canonical
from exporter.structure import structure as traced
from playground import catalog, structure, xray
from playground.architectures import names

WIDE = [name for name in names() if "width" in inspect.signature(ARCHITECTURES[name].build).parameters]


def on_meta(name, **arguments):
    with torch.device("meta"):
        return ARCHITECTURES[name].build(**arguments).eval()


def torch_shapes(net):
    return {name: tuple(value.shape) for name, value in net.state_dict().items() if not name.endswith("num_batches_tracked")}


def counted(model, name):
    return xray.facts(structure.hollow(model), {"image": (1, *ARCHITECTURES[name].input)}, fields=False)


def test_every_architecture_is_stored():
    assert set(names()) == set(ARCHITECTURES)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_stored_without_weights_and_counts_as_published(name):
    assert catalog.path(name).stat().st_size < 250_000
    found = counted(catalog.graph(name), name)
    assert sum(node.parameters for node in found) == ARCHITECTURES[name].parameters == catalog.facts(name)["parameters"]
    assert sum(node.macs or 0 for node in found) == catalog.facts(name)["macs"]  # torch's count


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_weights_have_torch_s_names_and_shapes(name):
    assert structure.shapes(catalog.graph(name)) == torch_shapes(on_meta(name))
    onnx.checker.check_model(catalog.graph(name))


@pytest.mark.parametrize("name", WIDE)
@pytest.mark.parametrize("width", [0.25, 0.5, 0.75, 1.5, 2])
def test_a_relative_is_the_one_that_torch_builds(name, width):
    relative = structure.relative(catalog.graph(name), classes=7, width=width)
    assert structure.shapes(relative) == torch_shapes(on_meta(name, classes=7, width=width))


@pytest.mark.parametrize("name", ["lenet5", "keras_small", "resnet18", "googlenet", "plain20"])
def test_filled_it_computes_what_torch_computes(name):
    full, recipe = structure.filled(catalog.graph(name)), canonical(ARCHITECTURES[name])
    assert compare(recipe, load_weights(recipe.module(), full), full) < 1e-4


def test_a_narrow_relative_computes_what_torch_computes():
    full = structure.filled(structure.relative(catalog.graph("mobilenet_v2"), side=96, classes=5, width=0.5, batch=2), seed=4)
    recipe = canonical(ARCHITECTURES["mobilenet_v2"], side=96, batch=2, classes=5, width=0.5)
    assert compare(recipe, load_weights(recipe.module(), full), full) < 1e-4


@pytest.mark.parametrize("name", ["lenet5", "softmax"])
def test_tracing_gives_what_is_stored(name):
    recipe = canonical(ARCHITECTURES[name])
    torch.manual_seed(recipe.seed)
    again, stored = traced(recipe, recipe.module()), catalog.graph(name)
    assert again.graph == stored.graph
    assert structure.described(again) == structure.described(stored)


def test_weights_follow_from_the_seed():
    model = catalog.graph("resnet18")
    first, again, other = (structure.filled(model, seed) for seed in (5, 5, 6))
    assert first == again != other
    kernel = next(onnx.numpy_helper.to_array(w) for w in first.graph.initializer if w.name == "stage4.1.residual.3.weight")
    assert kernel.std() == pytest.approx(math.sqrt(2 / math.prod(kernel.shape[1:])), rel=0.01)
    assert structure.described(first) is None and [value.name for value in first.graph.input] == ["image"]


def test_dense_layers_fit_another_side():
    full = structure.filled(structure.relative(catalog.graph("alexnet"), side=160, width=0.25, batch=1))
    session = onnxruntime.InferenceSession(full.SerializeToString(), providers=["CPUExecutionProvider"])
    assert session.run(None, {"image": np.zeros((1, 3, 160, 160), np.float32)})[0].shape == (1, 1000)


@pytest.mark.parametrize(("name", "side"), [("alexnet", 40), ("inception_v3", 40), ("lenet5", 4)])
def test_too_small_an_image_is_refused(name, side):
    with pytest.raises(ValueError, match="too small"):
        structure.relative(catalog.graph(name), side=side)


def test_too_many_weights_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        structure.filled(structure.relative(catalog.graph("vgg16"), classes=100_000))


def test_a_graph_that_is_no_structure_passes():
    model = catalog.graph("lenet5_mnist")
    assert structure.filled(model) is model
