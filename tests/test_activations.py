"""Activation functions, the dying neuron, softmax and the collapse of linear layers against torch."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from playground import activations, collapse, dying, softmax

TORCH = {
    "identity": lambda x, a: x * 1,
    "sign": lambda x, a: torch.sign(x),
    "sigmoid": lambda x, a: torch.sigmoid(x),
    "tanh": lambda x, a: torch.tanh(x),
    "relu": lambda x, a: F.relu(x),
    "leaky": lambda x, a: F.leaky_relu(x, a),
    "prelu": lambda x, a: F.prelu(x, torch.tensor([a]).double()),
    "elu": lambda x, a: F.elu(x, a),
    "selu": lambda x, a: F.selu(x),
    "gelu": lambda x, a: F.gelu(x),
    "gelu_tanh": lambda x, a: F.gelu(x, approximate="tanh"),
    "silu": lambda x, a: F.silu(x),
    "softplus": lambda x, a: F.softplus(x),
}


@pytest.mark.parametrize("name", activations.FUNCTIONS)
def test_value_and_derivative_are_torch_autograds(name):
    """At random points, far out, and at the kink, for the default parameter and three random ones."""
    known = activations.FUNCTIONS[name].parameter
    random = np.random.default_rng(0)
    for a in [None] if known is None else [None, *random.uniform(known.least, known.most, 3)]:
        x = torch.cat([3 * torch.randn(500), torch.tensor([-30.0, -10, -1e-6, 0, 1e-6, 10, 30])]).double().requires_grad_()
        y = TORCH[name](x, float(known.default if a is None else a) if known else None)
        (slope,) = torch.autograd.grad(y.sum(), x)
        answer = activations.at(name, x.detach().float().numpy(), a)
        torch.testing.assert_close(torch.from_numpy(answer["y"]).double(), y.detach(), rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(torch.from_numpy(answer["slope"]).double(), slope, rtol=1e-5, atol=4e-6)
        assert np.array_equal(answer["dead"], np.abs(answer["slope"]) < np.float32(activations.DEAD))


def test_the_conventions_at_the_kinks():
    at_zero = {name: float(activations.at(name, np.zeros(1, np.float32))["slope"][0]) for name in activations.FUNCTIONS}
    assert at_zero["relu"] == at_zero["sign"] == 0 and at_zero["leaky"] == np.float32(0.01) and at_zero["elu"] == 1
    assert at_zero["selu"] == pytest.approx(1.0507 * 1.67326, abs=1e-4)


def test_the_slides_numbers():
    """sigma' = sigma (1 - sigma), tanh' = (1 - tanh)(1 + tanh), leaky ReLU's 0.01, SELU's 1.0507 and 1.67326."""
    x = activations.samples()
    values = {name: activations.at(name, x) for name in activations.FUNCTIONS}
    s, t = values["sigmoid"]["y"].astype(float), values["tanh"]["y"].astype(float)
    np.testing.assert_allclose(values["sigmoid"]["slope"], s * (1 - s), atol=1e-7)
    np.testing.assert_allclose(values["tanh"]["slope"], (1 - t) * (1 + t), atol=1e-7)
    assert values["sigmoid"]["slope"].max() == 0.25 and values["tanh"]["slope"].max() == 1
    np.testing.assert_allclose(values["leaky"]["y"][x < 0], 0.01 * x[x < 0], rtol=1e-6)
    np.testing.assert_allclose(values["selu"]["y"], 1.0507 * np.where(x < 0, 1.67326 * np.expm1(x), x), atol=1e-3)
    assert not values["leaky"]["dead"].any() and values["relu"]["dead"].mean() == pytest.approx(601 / 1201)


def test_stretches_are_runs():
    assert activations.stretches(np.array([1, 1, 0, 1, 0, 1, 1], bool)) == [(0, 1), (3, 3), (5, 6)]
    assert activations.stretches(np.zeros(3, bool)) == []


# ---- the neuron that dies


@pytest.mark.parametrize("name", [name for name in activations.FUNCTIONS if name != "sign"])
@pytest.mark.parametrize("start", dying.STARTS)
def test_learning_is_gradient_descent_of_torch(name, start):
    """Weights, loss and gradients of each step."""
    known = activations.FUNCTIONS[name].parameter
    begin = dying.STARTS[start]
    run = dying.learn(name, **begin)
    x, target = torch.from_numpy(dying.POINTS).double(), torch.from_numpy(dying.TARGETS).double()
    w, b = (torch.tensor(begin[key], dtype=torch.float64, requires_grad=True) for key in ("w0", "b0"))
    for step in range(20):
        loss = ((TORCH[name](w * x + b, known.default if known else None) - target) ** 2).mean()
        gradients = torch.autograd.grad(loss, (w, b))
        now = [run[key][step] for key in ("w", "b", "loss", "w_gradient", "b_gradient")]
        np.testing.assert_allclose(now, [v.item() for v in (w, b, loss, *gradients)], rtol=2e-3, atol=2e-4)
        w, b = ((p - begin["step_size"] * g).detach().requires_grad_() for p, g in zip((w, b), gradients, strict=True))
    np.testing.assert_allclose(run["z"][:, :4], run["w"][:, None] * dying.POINTS + run["b"][:, None], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("start", "dead_from"), [("born", 0), ("killed", 1)])
def test_a_dead_relu_stays_as_it_is_and_a_leaky_one_comes_back(start, dead_from):
    dead, leaky = dying.learn("relu", **dying.STARTS[start]), dying.learn("leaky", **dying.STARTS[start], a=0.1)
    for key in ("w", "b", "loss"):
        assert len(set(dead[key][dead_from:].tolist())) == 1
    assert (dead["z"][dead_from:, :4] < 0).all() and not dead["w_gradient"][dead_from:].any()
    assert leaky["loss"][-1] < 0.005 < dead["loss"][-1]
    assert dying.learn("relu", **dying.STARTS["alive"])["loss"][-1] < 0.005


# ---- softmax


def test_softmax_at_every_temperature_is_torchs():
    for units in range(1, softmax.MOST + 1):
        z = (5 * torch.rand(units) - 2.5).double()
        p = torch.from_numpy(softmax.at(z.float().numpy(), 3)["p"]).double()
        expected = torch.stack([torch.softmax((z + 3) / t, 0) for t in softmax.temperatures().tolist()])
        torch.testing.assert_close(p, expected, rtol=1e-4, atol=1e-6)


def test_cold_is_argmax_hot_is_uniform_and_one_unit_is_certain():
    p = softmax.at(np.array([2, 1, 0.5, -1], np.float32))["p"]
    np.testing.assert_allclose(p[0], [1, 0, 0, 0], atol=1e-6)
    np.testing.assert_allclose(p[-1], 0.25, atol=0.005)
    assert (softmax.at(np.array([-3.7], np.float32), 50)["p"] == 1).all()
    assert softmax.temperatures()[softmax.nearest(1)] == 1


def test_a_shift_changes_nothing_but_the_formula_by_hand():
    z = np.array([2, 1, 0.5, -1], np.float32)
    here, there = softmax.at(z), softmax.at(z, 100)
    np.testing.assert_allclose(here["p"][26:], there["p"][26:], rtol=1e-4)
    assert np.isnan(there["by_hand"][26]).any() and np.isfinite(here["by_hand"][26]).all()
    assert softmax.shifted(z, 1)[2] == "same"


@pytest.mark.parametrize("temperature", [0, -1, float("nan"), float("inf")])
def test_what_is_no_temperature_is_refused(temperature):
    with pytest.raises(ValueError):
        softmax.nearest(temperature)


# ---- a composition of linear models


def weights(seed: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {name: random.normal(size=shape).astype(np.float32) for name, shape in collapse.SHAPES.items()}


@pytest.mark.parametrize("seed", range(20))
def test_three_layers_are_one_and_the_bent_ones_are_torchs(seed):
    w = weights(seed)
    found = collapse.compare(w)
    t = {name: torch.from_numpy(value).double() for name, value in w.items()}
    x = torch.from_numpy(collapse.grid()).double().requires_grad_()
    straight = t["W3"] @ (t["W2"] @ (t["W1"] @ x + t["b1"]) + t["b2"]) + t["b3"]
    np.testing.assert_allclose(found.layered, straight.detach()[0], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found.single, straight.detach()[0], rtol=1e-4, atol=1e-4)
    assert found.apart == np.abs(found.single - found.layered).max() < 1e-4
    bent = t["W3"] @ F.relu(t["W2"] @ F.relu(t["W1"] @ x + t["b1"]) + t["b2"]) + t["b3"]
    np.testing.assert_allclose(found.bent, bent.detach()[0], rtol=1e-4, atol=1e-4)
    (slope,) = torch.autograd.grad(bent.sum(), x)
    assert found.kinks == int((slope.diff().abs() > 1e-4).sum())


def test_the_first_scene_collapses_to_the_digit_and_has_eight_kinks():
    found = collapse.compare(collapse.parse(collapse.START))
    assert found.apart == 0 and np.array_equal(found.single, found.layered) and found.kinks == 8
    assert (found.collapsed["W"].item(), found.collapsed["b"].item()) == (2.25, 2.5)


def test_one_relu_has_one_kink_where_it_opens():
    one = {"W1": "1;0;0", "b1": "-0.5;0;0", "W2": "1,0,0;0,0,0;0,0,0", "b2": "0;0;0", "W3": "2,0,0", "b3": "1"}
    found = collapse.compare(collapse.parse(one))
    assert found.kinks == 1 and found.places[0] == pytest.approx(0.5, abs=1 / 128)


@pytest.mark.parametrize(("name", "text"), [("W1", "1,2,3"), ("b1", ""), ("W2", "1,2;3,4"), ("W3", "1,x,2"), ("b3", "1e9")])
def test_a_matrix_of_another_shape_is_refused_by_name(name, text):
    with pytest.raises(ValueError, match=f"^{name}$"):
        collapse.parse({**collapse.START, name: text})
