"""Deep nets in training: what the page shows of each layer against torch's autograd, runs that replay, links."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from playground import deep_training, training_step
from playground.deep_code import torch as in_code
from playground.deep_live import Race
from playground.deep_scene import FIELDS, SCENES, Scene, parse_nets, read, write_nets
from playground.deep_training import Common, Net, Run, grid, played
from playground.training import Setup
from tests.test_training_step import BENT, forward, in_torch, loss_of

KINDS = [Net("tanh"), Net("sigmoid"), Net("relu", "he", True), Net("tanh", shortcuts=True), Net("relu", "he", True, True)]


def apart(run: Run) -> dict[str, np.ndarray]:
    """Its parameters by layer, as training_step.py names them."""
    depth, layers = run.common.depth, {}
    for name, value in run.parameters.items():
        kind = name.rstrip("0").removesuffix("_out")
        if name.endswith("_out"):
            layers[f"{kind}{depth}"] = value
        elif name.endswith("0"):
            layers[name] = value
        else:
            layers |= {f"{kind}{i + 1}": row for i, row in enumerate(value)}
    return layers


def form(run: Run) -> training_step.Form:
    net, depth = run.net, run.common.depth
    return training_step.Form(
        ("x1", "x2"), (net.activation,) * depth, "binary_cross_entropy", optimiser=net.optimiser, batch_norm=net.batch_norm,
        shortcuts=(False, *(net.shortcuts,) * (depth - 1)),
    )  # fmt: skip


def gradients(run: Run) -> list[float]:
    """Root mean square of each layer's, by autograd in double precision."""
    p = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in apart(run).items()}
    x, target = (torch.tensor(value, dtype=torch.float64) for value in (run.points.x, run.target))
    loss_of(form(run), forward(form(run), p, x), target).backward()
    return [p[f"w{i}"].grad.square().mean().sqrt().item() for i in range(run.common.depth + 1)]


@pytest.mark.parametrize("net", KINDS, ids=str)
@pytest.mark.parametrize("epochs", [0, 3])
def test_each_layer_s_gradient_is_autograd_s(net, epochs):
    run = Run(net, Common(depth=20, seed=1))
    run.advance(epochs)
    expected = np.array(gradients(run))
    # sums over points cancel to what float32 rounds: a millionth of what passes through
    np.testing.assert_allclose(run.measured()["gradient"], expected, rtol=2e-3, atol=1e-7 * expected.max())


@pytest.mark.parametrize("net", [*KINDS, Net("tanh", optimiser="adam"), Net("relu", "he", True, True, "momentum")], ids=str)
def test_steps_are_torch_s(net):
    run = Run(net, Common(depth=6, rate=0.01))
    began = SimpleNamespace(form=form(run), parameters=apart(run), train=run.points)
    order = np.concatenate([run.feeds(2)["order"]])
    setup = Setup(optimiser=net.optimiser, rate=0.01, batch_norm=net.batch_norm)
    expected = in_torch(setup, began, order)
    run.advance(1)
    run.advance(1)
    for name, value in apart(run).items():
        if not (net.batch_norm and name.startswith("b") and name != "b6"):  # no effect, no gradient: rounding only
            np.testing.assert_allclose(value, expected[name], rtol=0, atol=2e-5, err_msg=name)


def test_twenty_sigmoids_leave_nothing_and_shortcuts_all():
    for net, vanishes in ((Net(), True), (Net(shortcuts=True), False), (Net(batch_norm=True), False)):
        gradient = Run(net, Common(depth=20)).measured()["gradient"]
        assert (gradient[0] < 1e-6 * gradient[-1]) == vanishes


@pytest.mark.parametrize("net", KINDS, ids=str)
def test_spread_and_way_are_what_numpy_finds(net):
    run = Run(net, Common(depth=5))
    run.advance(2)
    p = {name: torch.tensor(value) for name, value in apart(run).items()}
    h = torch.tensor(run.points.x)
    measured = run.measured()
    for i in range(5):
        z = h @ p[f"w{i}"] + p[f"b{i}"]
        z = F.batch_norm(z, None, None, p[f"gain{i}"], p[f"shift{i}"], training=True) if net.batch_norm else z
        h = BENT[net.activation](z) + (h if net.shortcuts and i else 0)
        assert measured["spread"][i] == pytest.approx(h.var(0, correction=0).mean().sqrt().item(), rel=1e-4)
    began, now = apart(Run(net, run.common)), apart(run)
    for i in range(6):
        way = np.linalg.norm(now[f"w{i}"] - began[f"w{i}"]) / np.linalg.norm(began[f"w{i}"])
        assert measured["moved"][i] == pytest.approx(way, rel=1e-4)


@pytest.mark.parametrize("net", KINDS, ids=str)
def test_the_map_is_what_torch_answers(net):
    run = Run(net, Common(depth=4))
    run.advance(2)
    p = {name: torch.tensor(value) for name, value in apart(run).items()}
    h, place = torch.tensor(run.points.x), torch.tensor(grid())
    for i in range(4):
        z, at = (v @ p[f"w{i}"] + p[f"b{i}"] for v in (h, place))
        if net.batch_norm:  # the statistics of all points, held still
            at = F.batch_norm(at, z.mean(0), z.var(0, correction=0), p[f"gain{i}"], p[f"shift{i}"])
            z = F.batch_norm(z, None, None, p[f"gain{i}"], p[f"shift{i}"], training=True)
        h, place = (BENT[net.activation](v) + (past if net.shortcuts and i else 0) for v, past in ((z, h), (at, place)))
    answer = (place @ p["w4"] + p["b4"]).numpy().reshape(50, 50)
    np.testing.assert_allclose(run.surface(run.measured()), np.tanh(answer / 2), atol=1e-4)


def test_a_run_in_one_go_is_the_run_in_pieces():
    net, common = Net("relu", "he", True, True, "adam"), Common(depth=8, batch=50)
    at_once, in_pieces = Run(net, common), Run(net, common)
    at_once.advance(7)
    for epochs in (1, 4, 0, 2):
        in_pieces.advance(epochs)
    for name, value in at_once.parameters.items():
        np.testing.assert_array_equal(value, in_pieces.parameters[name])


@pytest.mark.parametrize("every", [1, 10])
def test_numbers_beyond_all_bounds_stop_one_net_and_leave_the_others(every):
    seen, _ = read(SCENES["exploding"])
    race = Race(seen, 0)
    while race.epoch < 10:
        frames = race.frames(2, every)
    fine, lost, saturated = frames[-1]["nets"]
    assert lost["lost"] is not None and fine["lost"] is saturated["lost"] is None
    assert race.runs[1].epoch == played(seen.nets[1], seen.common, 10)[0].epoch  # however it got there
    assert not race.ended and race.runs[0].epoch == race.epoch


def test_going_back_is_where_it_was():
    seen = Scene((Net("tanh"), Net("relu", "he")), Common(depth=4))
    race = Race(seen, 3)
    first = race.frame()
    race.frames(3, 1)
    race.at(3)
    assert race.frame() == first == Race(seen, 3).frame()
    race.frames(1, 10)
    race.at(2)  # forgotten: computed again
    assert race.frame() == Race(seen, 2).frame()


@pytest.mark.parametrize("name", SCENES)
def test_what_each_scene_tells_is_true(name):
    seen, damaged = read(SCENES[name])
    assert not damaged
    losses = [float(played(net, seen.common, 60)[0].measured()["loss"]) for net in seen.nets]
    learned = {"nineties": [0, 0, 1], "xavier": [0, 1], "he": [0, 0, 1], "batch_norm": [0, 1], "shortcuts": [0, 1],
               "too_deep": [0, 1], "exploding": [1, 0, 0]}[name]  # fmt: skip
    assert [loss < 0.3 for loss in losses] == learned
    assert write_nets(seen.nets) == SCENES[name]["nets"]


def test_at_two_layers_sigmoid_learns():
    assert played(Net(), Common(depth=2), 200)[0].measured()["loss"] < 0.3


def test_nets_of_links():
    nets = (Net("relu", "he"), Net("relu", "he", True), Net("tanh", "he", False, True, "adam"))
    assert write_nets(nets) == "relu-he;norm;tanh-short-adam" and parse_nets(write_nets(nets)) == nets
    for text in ("", "relu", "relu;x", "relu;he;he;he"):
        with pytest.raises(ValueError):
            parse_nets(text)
    known = {"depth": "7", "data": "spiral", "rate": "0.1", "batch": "50", "seed": "3"}
    assert read(known)[0].common == Common(7, "spiral", 0.1, 50, 3) and read(known)[1] == []
    assert read({"depth": "1", "data": "x", "rate": "nan", "batch": "-1", "seed": "²", "nets": "<"})[1] == [
        "nets", "depth", "data", "rate", "batch", "seed"
    ]  # fmt: skip


@pytest.mark.parametrize("net", KINDS, ids=str)
def test_the_code_to_take_home_runs(net):
    names: dict = {}
    exec(in_code(Scene((net, net), Common(depth=3))), names)
    points = deep_training.points("moons", 0)
    x, y = torch.tensor(points.x), torch.tensor((points.y[:, None] + 1) / 2)
    found = names["epoch"](x, y)
    assert len(found) == 3 and all(value > 0 for value in found)


def test_every_choice_has_its_word():
    assert {field: set(words.values()) for field, words in FIELDS.items()}.keys() == vars(Net()).keys()
    for field, words in FIELDS.items():
        for value in words.values():
            net = replace(Net(), **{field: value})
            assert parse_nets(write_nets((net, Net()))) == (net, Net())
