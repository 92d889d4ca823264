"""Step graphs put together from pieces, against torch.autograd and torch.optim over a hundred steps; and runs that replay."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from exporter.steps.optimisers import EPSILON, OPTIMISERS
from exporter.steps.pieces import ACTIVATIONS, PIECES
from playground import training_step
from playground.engine import compute
from playground.training import INITIALISATIONS, Run, Setup, begin, grid, targets
from playground.training_data import DATA, EDGE, sample, split
from playground.training_step import FEATURES, Form, measure, step

BENT = {
    "linear": lambda z: z, "relu": F.relu, "leaky_relu": F.leaky_relu, "elu": F.elu, "selu": F.selu, "gelu": F.gelu,
    "swish": F.silu, "softplus": F.softplus, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "sine": torch.sin,
}  # fmt: skip
COMPUTED = {
    "x1": lambda a, b: a, "x2": lambda a, b: b, "x1x1": lambda a, b: a**2, "x2x2": lambda a, b: b**2,
    "x1x2": lambda a, b: a * b, "sin1": lambda a, b: a.sin(), "sin2": lambda a, b: b.sin(),
}  # fmt: skip
OPTIMISER = {
    "sgd": lambda p, rate: torch.optim.SGD(p, rate),
    "momentum": lambda p, rate: torch.optim.SGD(p, rate, momentum=0.9),
    "nesterov": lambda p, rate: torch.optim.SGD(p, rate, momentum=0.9, nesterov=True),
    "adagrad": lambda p, rate: torch.optim.Adagrad(p, rate, eps=EPSILON),
    "rmsprop": lambda p, rate: torch.optim.RMSprop(p, rate, eps=EPSILON),
    "adam": lambda p, rate: torch.optim.Adam(p, rate, eps=EPSILON),
}


def forward(form: Form, p: dict, x: torch.Tensor, keep=None) -> torch.Tensor:
    h = torch.stack([COMPUTED[name](x[:, 0], x[:, 1]) for name in form.features], 1)
    for i, activation in enumerate(form.activations):
        z = h @ p[f"w{i}"] + p[f"b{i}"]
        if form.batch_norm:
            z = F.batch_norm(z, None, None, p[f"gain{i}"], p[f"shift{i}"], training=True)
        bent = BENT[activation](z) * (keep[i] if keep else 1)
        h = bent + h if form.shortcuts and form.shortcuts[i] else bent
    answer = h @ p[f"w{len(form.activations)}"] + p[f"b{len(form.activations)}"]
    return torch.tanh(answer) if form.output == "tanh" else answer


def loss_of(form: Form, answer: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    if form.loss == "squared":
        return F.mse_loss(answer, target, reduction="none").sum(1).mean() / 2
    if form.loss == "hinge":
        return F.relu(1 - answer * target).sum(1).mean()
    if form.loss == "binary_cross_entropy":
        return F.binary_cross_entropy_with_logits(answer, target, reduction="none").sum(1).mean()
    return F.cross_entropy(answer, target)


def in_torch(setup: Setup, run: Run, order: np.ndarray, keeps=None) -> dict[str, np.ndarray]:
    """The same steps by torch."""
    form = run.form
    p = {name: torch.tensor(value, requires_grad=True) for name, value in run.parameters.items()}
    optimiser = OPTIMISER[setup.optimiser](list(p.values()), setup.rate)
    x, target = torch.tensor(run.train.x), torch.tensor(targets(run.train, form.loss))
    for k, rows in enumerate(order):
        optimiser.zero_grad()
        keep = [torch.tensor(mask[k]) for mask in keeps] if keeps else None
        loss = loss_of(form, forward(form, p, x[rows], keep), target[rows])
        weights = [w for name, w in p.items() if name.startswith("w")]
        if form.penalty == "l1":
            loss = loss + setup.strength * sum(w.abs().sum() for w in weights)
        if form.penalty == "l2":
            loss = loss + setup.strength / 2 * sum((w * w).sum() for w in weights)
        loss.backward()
        optimiser.step()
    return {name: value.detach().numpy() for name, value in p.items()}


CALM = Setup(layers=(5, 4), rate=0.02, initialisation="xavier", seed=3)
SETUPS = [
    *(("moons", replace(CALM, activations=(name, "tanh"), rate=0.005)) for name in BENT),
    *(("moons", replace(CALM, optimiser=name, rate=0.005)) for name in OPTIMISERS),
    *(("moons", replace(CALM, penalty=name, strength=0.01, optimiser=optimiser)) for name in ("l1", "l2")
      for optimiser in ("sgd", "momentum")),
    *((data, replace(CALM, loss=loss)) for data in ("circle", "rings", "hills")
      for loss in ("squared", "cross_entropy", "hinge")),
    ("circle", replace(CALM, features=tuple(FEATURES), rate=0.001)),
    ("moons", replace(CALM, layers=(4, 4, 4), activations=("tanh",) * 3, batch_norm=True, rate=0.01)),
    ("moons", replace(CALM, layers=(2, 3, 3, 3), activations=("relu", "tanh", "elu", "tanh"), shortcuts=True, rate=0.005)),
    ("rings", replace(CALM, layers=(4, 4, 4), activations=("tanh", "relu", "sigmoid"), shortcuts=True, batch_norm=True,
                      loss="cross_entropy", optimiser="momentum", rate=0.005)),
    ("circle", replace(CALM, layers=(), activations=())),
]  # fmt: skip


@pytest.mark.parametrize("data, setup", SETUPS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_hundred_steps_are_torch_s(data, setup):
    train, test = split(sample(data, 0.1, 1, 200), 0.5)
    run = Run(setup, train, test)
    order = np.concatenate([np.random.default_rng((setup.seed, i)).permutation(100) for i in range(10)]).reshape(100, 10)
    expected = in_torch(setup, run, order)
    run.advance(4)  # in two calls: the optimiser's memory goes from one to the other
    run.advance(6)
    assert set(run.parameters) == set(expected) and not run.lost
    for name, value in expected.items():
        if not (setup.batch_norm and name in ("b0", "b1", "b2")[: len(setup.layers)]):  # no effect, no gradient: rounding only
            np.testing.assert_allclose(run.parameters[name], value, rtol=0, atol=1e-5, err_msg=name)


def test_dropout_drops_the_same_as_torch_with_the_same_masks():
    setup = replace(CALM, dropout=0.3, activations=("tanh", "relu"))
    train, test = split(sample("circle", 0.1, 1, 200), 0.5)
    run, random = Run(setup, train, test), np.random.default_rng(0)
    order = random.integers(0, 100, (100, 10))
    keeps = [((random.random((100, 10, width)) >= 0.3) / 0.7).astype(np.float32) for width in setup.layers]
    expected = in_torch(setup, run, order, keeps)
    feeds = {"x": train.x, "target": targets(train, "squared"), "order": order, "rate": np.array(setup.rate, np.float32)}
    got = compute(step(run.form), run.parameters | feeds | {f"keep{i}": keep for i, keep in enumerate(keeps)})
    for name, value in expected.items():
        np.testing.assert_allclose(got[f"{name}_next"], value, rtol=0, atol=1e-5)


@pytest.mark.parametrize("data", ["moons", "rings", "waves"])
def test_what_is_measured_is_torch_s(data):
    setup = Setup(layers=(6, 4), activations=("relu", "tanh"), loss="cross_entropy", initialisation="he", seed=1)
    train, test = split(sample(data, 0.2, 2), 0.5)
    run = Run(setup, train, test)
    run.advance(5)
    p = {name: torch.tensor(value, requires_grad=True) for name, value in run.parameters.items()}
    target = torch.tensor(targets(train, run.form.loss))
    answer = forward(run.form, p, torch.tensor(train.x))
    loss = loss_of(run.form, answer, target)
    loss.backward()
    measured = run.measured(train)
    assert measured["loss"] == pytest.approx(loss.item(), abs=1e-5)
    for i in range(3):
        assert measured[f"gradient{i}"] == pytest.approx(p[f"w{i}"].grad.square().mean().sqrt().item(), rel=1e-4)
    hidden = torch.relu(torch.tensor(train.x) @ p["w0"] + p["b0"])
    assert measured["spread0"] == pytest.approx(hidden.std(correction=0).item(), rel=1e-4)
    if data == "rings":
        assert measured["right"] == pytest.approx((answer.argmax(1) == torch.tensor(train.y)).float().mean().item())
    if data == "moons":
        assert measured["right"] == pytest.approx(((answer[:, 0] > 0) == (torch.tensor(train.y) > 0)).float().mean().item())


def test_a_dead_neuron_is_counted():
    run = Run(Setup(layers=(4,), activations=("relu",)), *split(sample("circle"), 0.5))
    for j in (0, 2, 3):
        run.set("b0", (j,), -100.0)
    assert run.measured(run.train)["dead0"] == 0.75


@pytest.mark.parametrize("batch_norm", [False, True])
def test_maps_are_what_torch_answers_at_each_point(batch_norm):
    setup = Setup(layers=(5, 3), activations=("relu", "sine"), loss="cross_entropy", batch_norm=batch_norm, seed=2)
    run = Run(setup, *split(sample("pinwheel", 0.1), 0.5))
    run.advance(3)
    seen, p = run.answers(grid()), {name: torch.tensor(value) for name, value in run.parameters.items()}
    if batch_norm:  # the whole training set's statistics, held still
        h, place = torch.tensor(run.train.x), torch.tensor(grid())
        for i in range(2):
            z, at = (v @ p[f"w{i}"] + p[f"b{i}"] for v in (h, place))
            at = F.batch_norm(at, z.mean(0), z.var(0, correction=0), p[f"gain{i}"], p[f"shift{i}"])
            h = BENT[setup.activations[i]](F.batch_norm(z, None, None, p[f"gain{i}"], p[f"shift{i}"], training=True))
            place = BENT[setup.activations[i]](at)
        answer = place @ p["w2"] + p["b2"]
    else:
        answer = forward(run.form, p, torch.tensor(grid()))
    np.testing.assert_allclose(seen["output"], F.softmax(answer, 1), atol=1e-5)
    assert [seen[name].shape for name in ("features", "h0", "h1")] == [(10000, 2), (10000, 5), (10000, 3)]
    assert tuple(grid()[0]) == (-EDGE, EDGE) and tuple(grid()[99]) == (EDGE, EDGE)  # x2 is largest above


def test_a_run_in_one_go_is_the_run_in_pieces():
    setup = Setup(optimiser="adam", dropout=0.2, penalty="l2", batch=7)
    halves = split(sample("spiral", 0.05, 4), 0.6)
    at_once, in_pieces = Run(setup, *halves), Run(setup, *halves)
    at_once.advance(9)
    for epochs in (1, 3, 0, 5):
        in_pieces.advance(epochs)
    assert at_once.epoch == in_pieces.epoch == 9
    for name, value in at_once.parameters.items():
        np.testing.assert_array_equal(value, in_pieces.parameters[name])


def test_numbers_beyond_all_bounds_stop_the_run_and_keep_the_last_net():
    run = Run(Setup(features=("x1x1",), activations=("relu", "relu"), rate=10.0), *split(sample("hills"), 0.5))
    for _ in range(20):
        run.advance(5)
    assert run.lost and all(np.isfinite(value).all() for value in run.parameters.values())
    assert np.isfinite(run.answers(grid())["output"]).all()


def test_the_spiral_is_solved():
    setup = Setup(layers=(8, 8, 8), activations=("tanh",) * 3, loss="cross_entropy", optimiser="adam", rate=0.01)
    train, test = split(sample("spiral"), 0.5)
    run = Run(setup, train, test)
    run.advance(300)
    assert run.measured(test)["right"] > 0.95


def test_every_piece_is_in_the_artifact_and_every_activation_has_its_oracle():
    assert set(training_step.functions()) == set(PIECES)
    assert set(ACTIVATIONS) | {"linear"} == set(BENT) and set(FEATURES) == set(COMPUTED)
    assert set(OPTIMISERS) == set(training_step.REMEMBERED)


@pytest.mark.parametrize("name", DATA)
def test_points_lie_in_the_square_and_have_their_kind_of_label(name):
    points = sample(name, 0.3, 5)
    assert len(points) == 500 and np.abs(points.x).max() <= EDGE and points.x.dtype == points.y.dtype == np.float32
    if points.task == "regression":
        assert np.abs(points.y).max() < 2.5
    else:
        assert sorted(set(points.y)) == ([-1, 1] if points.task == "binary" else list(range(points.classes)))
    np.testing.assert_array_equal(points.x, sample(name, 0.3, 5).x)
    assert not np.array_equal(points.x, sample(name, 0.3, 6).x)
    train, test = split(points, 0.7, 1)
    assert (len(train), len(test)) == (350, 150)


@pytest.mark.parametrize("name", INITIALISATIONS)
def test_weights_begin_with_the_deviation_asked_for(name):
    weights = begin(Setup(layers=(200, 300), initialisation=name), 1)["w1"]
    assert weights.std() == pytest.approx(INITIALISATIONS[name](200, 300), rel=0.02)


def test_measuring_takes_one_batch_for_all_points():
    form = Form(("x1", "x2"), ("tanh",), "squared", "tanh")
    assert measure(form) is measure(form)  # made once
