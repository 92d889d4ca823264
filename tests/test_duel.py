"""The duel against torch and the definitions: class activation maps, stages and strides of every photo net."""

from functools import cache

import numpy as np
import onnx
import pytest
import torch

from exporter.architectures import ARCHITECTURES
from exporter.export import load_weights, session, to_onnx
from exporter.recipes import RECIPES
from playground import catalog, duel, xray
from playground.anatomy import anatomy, class_maps
from playground.engine import run
from playground.sample_photos import SAMPLES, photo
from tests.test_imagenette_recipe import NAMES, randomised

ONE_OF_EACH = [name for name in NAMES if name not in ("plain56_imagenette", "resnet20_imagenette", "resnet56_imagenette")]


@cache
def graph(name: str) -> onnx.ModelProto:
    """The artifact where it is trained, else its recipe with random weights."""
    if name in catalog.manifest():
        return catalog.graph(name)
    torch.manual_seed(0)
    return to_onnx(RECIPES[name], randomised(RECIPES[name].module()))


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_parts_of_every_architecture_are_found(name):
    """Stages are the taps that hold weights, before the pool; a class's map averages to its logit less the bias."""
    model = graph(name)
    parts, taps = anatomy(model), list(RECIPES[name].taps.values())
    assert [stage for level in parts.levels for stage in level.stages] == [
        tap for tap in taps[1:-2] if any(weight.name.startswith(f"net.{tap}.") for weight in model.graph.initializer)
    ]
    last = parts.classifier
    assert last.maps == [tap for tap in taps if tap in {stage for level in parts.levels for stage in level.stages}][-1]
    maps, logits = session(xray.expose(model, (last.maps, last.logits))).run(
        [last.maps, last.logits], {"image": photo("church")[None]}
    )
    np.testing.assert_allclose(class_maps(last, maps[0]).mean((1, 2)) + last.bias, logits[0], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_strides_are_the_steps_of_receptive_fields(name):
    """A step to the next number of a map moves the middle of its receptive field by the stride."""
    model = graph(name)
    square = next(node.input[0] for node in model.graph.node if node.op_type == "Conv")
    told = []
    for level in anatomy(model).levels:
        rows, _ = xray.receptive_field_axes(model, level.tensor, {"image": (1, 224, 224, 3)}, square)
        low = np.asarray(rows.low)
        steps = set(np.diff(low)[low[:-1] > 0].tolist())  # at the upper border fields are cut; the coarsest see everything
        assert steps <= {level.stride}
        told += steps
    assert len(told) >= 2


@pytest.mark.parametrize("name", duel.nets())
def test_work_adds_up_to_the_manifest(name):
    """The convolutions of all levels and the last layer are the net's multiply-adds; the rest of the manifest's is framing."""
    levels, last = duel.parts(name).levels, duel.parts(name).classifier
    nodes = xray.facts(catalog.graph(name), {"image": (1, 224, 224, 3)})
    net = nodes[next(i for i, node in enumerate(nodes) if node.op == "Conv") :]
    assert sum(level.macs for level in levels) + last.weights.size == sum(node.macs or 0 for node in net)
    assert sum(level.convolutions for level in levels) == sum(node.op == "Conv" for node in net)


@pytest.mark.parametrize("name", duel.nets())
def test_class_maps_are_those_of_torch(name):
    """The module with the artifact's weights, its last maps caught by a hook, weighted by its last layer."""
    net = load_weights(RECIPES[name].module(), catalog.graph(name)).net
    pool = [module for module in net.modules() if isinstance(module, torch.nn.AdaptiveAvgPool2d)][-1]
    dense = [module for module in net.modules() if isinstance(module, torch.nn.Linear)][-1]
    caught = []
    pool.register_forward_hook(lambda _, inputs, __: caught.append(inputs[0]))
    picture = photo("church_and_ball")
    framed = run(name, {"image": picture[None]}, ("framed",))["framed"]
    with torch.inference_mode():
        logits = net(torch.from_numpy(framed))[0]
        expected = torch.einsum("ck,kyx->cyx", dense.weight, caught[0][0]).numpy()
    reading = duel.read(name, picture)
    np.testing.assert_allclose(reading.class_maps, expected, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(list(reading.probabilities.values()), logits.softmax(0).numpy(), atol=1e-5)
    np.testing.assert_allclose(reading.class_maps.mean((1, 2)) + duel.parts(name).classifier.bias, logits.numpy(), atol=1e-3)


@pytest.mark.parametrize("name", duel.nets())
def test_source_and_year_are_the_architecture_s(name):
    architecture = ARCHITECTURES[catalog.facts(name)["architecture"]]
    build = getattr(architecture.build, "func", architecture.build)
    assert duel.source(name) == build.__module__.replace(".", "/") + ".py"
    assert duel.year(name) == architecture.year


@pytest.mark.parametrize("sample", SAMPLES)
def test_samples_are_recognised(sample):
    """By each net that sees photos as large as these need: one of the classes that the sample's name tells."""
    answers = {name: duel.read(name, photo(sample)).answer for name in duel.nets() if duel.parts(name).side > duel.SMALL}
    expected = (
        {"church", "golf ball"} if sample == "church_and_ball" else {sample.replace("_", " ").replace("french", "French")}
    )
    assert set(answers.values()) & expected, answers


def test_samples_are_the_same_on_each_run():
    first = photo("golf_ball")
    photo.cache_clear()
    assert first.dtype == np.uint8 and np.array_equal(first, photo("golf_ball"))


def test_the_brightest_place_is_covered():
    name, picture = duel.nets()[0], photo("church")
    reading = duel.read(name, picture)
    seen = reading.class_map(reading.answer)
    row, column = np.unravel_index(seen.argmax(), seen.shape)
    hidden = (duel.covered(picture, reading) != picture).any(-1)
    y, x = (int((place + 0.5) / length * len(picture)) for place, length in ((row, seen.shape[0]), (column, seen.shape[1])))
    assert hidden[y - 5 : y + 5, x - 5 : x + 5].mean() > 0.9
    assert 0.03 < hidden.mean() <= 0.17  # at most 0.4 of each side, less at a border


def test_a_class_seen_nowhere_lights_nothing():
    picture = photo("church")
    reading = duel.read(duel.nets()[0], picture)
    said = {label: duel.overlay(picture, reading, label).astype(int) for label in reading.probabilities}
    yellow = {label: int((image[..., 0] - image[..., 2]).max()) for label, image in said.items()}
    least = min(reading.probabilities, key=lambda label: reading.class_map(label).max())
    assert yellow[reading.answer] > yellow[least] + 40


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (500, 3), (321, 320), (2000, 1500)])
def test_any_picture_becomes_a_square_that_nets_read(shape):
    picture = duel.square(np.full((*shape, 3), 200, np.uint8))
    assert picture.shape[0] == picture.shape[1] == min(320, *shape)
    reading = duel.read(duel.nets()[0], picture)
    assert sum(reading.probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert duel.overlay(picture, reading, "church").shape == (320, 320, 3)
    for change in duel.CHANGES.values():
        assert change(picture, reading).shape == picture.shape


def test_every_net_is_in_the_chart_at_its_measured_accuracy():
    figure = duel.cost_figure("macs", "multiply-adds", tuple(duel.pair()), "en")
    titles = [title for title, _ in figure.data[0].customdata]
    points = dict(zip(titles, zip(figure.data[0].x, figure.data[0].y, strict=True), strict=True))
    for name in duel.nets():
        facts = catalog.facts(name)
        assert points[facts["title"]] == (facts["macs"] / 1e6, facts["metrics"]["accuracy"])
