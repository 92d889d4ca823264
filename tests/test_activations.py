"""Activation functions, the dying neuron, softmax and the collapse of linear layers against torch."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from playground import activations

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
