"""The net of many layers: its forward and backward pass against torch, and what the papers say of it."""

import numpy as np
import pytest
import torch

from playground import activations, collapse, deep_net, dying, operators, softmax
from playground.deep_net import Net
from tests.test_activations import TORCH


@pytest.mark.parametrize("name", activations.FUNCTIONS)
@pytest.mark.parametrize("net", [Net(6, 20, "own"), Net(12, 40, "xavier", 1.3, 5), Net(5, 20, "he", 0.7, 3)])
def test_forward_and_backward_are_torchs(name, net):
    inputs, answer = deep_net.inputs(name, net), deep_net.through(name, net)
    known = activations.FUNCTIONS[name].parameter
    gain, power = deep_net.INITS[activations.FUNCTIONS[name].init if net.init == "own" else net.init]
    deviation = net.times * (gain / net.width**power) ** 0.5
    layers = [(deviation * torch.from_numpy(w)).double().requires_grad_() for w in inputs["weights"]]
    values = [torch.from_numpy(inputs["h"]).double().requires_grad_()]
    slopes = []
    for w in layers:
        x = values[-1] @ w
        values.append(TORCH[name](x, known.default if known else None))
        slopes.append(torch.autograd.grad(values[-1].sum(), x, retain_graph=True)[0])
        values[-1].retain_grad()
    (values[-1] * torch.from_numpy(inputs["top"])).sum().backward()
    last = values[-1].detach().numpy()
    np.testing.assert_allclose(answer["last"], last, rtol=1e-3, atol=1e-4 * np.abs(last).max())
    after = values[1:]
    np.testing.assert_allclose(answer["std"], [h.std(correction=0).item() for h in after], rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(answer["mean"], [h.mean().item() for h in after], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(answer["dead"], [(s.abs() < 0.00999999).double().mean().item() for s in slopes], atol=2e-3)
    np.testing.assert_allclose(answer["weight_norm"], [w.grad.norm().item() for w in layers], rtol=5e-3)
    top = np.linalg.norm(inputs["top"].astype(float))
    np.testing.assert_allclose(answer["share"], [h.grad.norm().item() / top for h in values[:-1]], rtol=5e-3)
    bottom = values[0].grad.numpy()
    np.testing.assert_allclose(answer["bottom"], bottom, rtol=0.02, atol=0.01 * max(np.abs(bottom).max(), 1e-12))


def test_histograms_are_numpys():
    net = Net(4, 20, "he", 1.0, 2)
    inputs, answer = deep_net.inputs("tanh", net), deep_net.through("tanh", net)
    values = np.tanh(inputs["h"] @ (inputs["weights"][0] * np.float32((2 / 20) ** 0.5)))
    half = deep_net.EDGE / (deep_net.BINS - 1)
    expected, _edges = np.histogram(values, np.linspace(-deep_net.EDGE - half, deep_net.EDGE + half, deep_net.BINS + 1))
    assert np.abs(answer["counts"][0] - expected).sum() <= 4  # values on an edge
    assert (answer["counts"].sum(1) == deep_net.BATCH * net.width).all()


def test_selu_keeps_mean_0_and_variance_1():
    for seed in range(3):
        answer = deep_net.through("selu", Net(50, 100, "own", 1.0, seed))
        assert np.abs(answer["std"] - 1).max() < 0.15 and np.abs(answer["mean"]).max() < 0.15


def test_relu_needs_hes_factor_of_two():
    """With 1/n the mean square halves in each layer, 2^-25 in std after fifty; with 2/n it stays within a factor of ten."""
    lost, kept = (deep_net.through("relu", Net(50, 100, init))["std"][-1] for init in ("xavier", "he"))
    assert 2**-28 < lost < 2**-22 and 0.1 < kept < 10
    np.testing.assert_allclose(kept / lost, 2**25, rtol=1e-3)


def test_fifty_sigmoids_leave_nothing_of_the_gradient():
    share, power = deep_net.left_over("sigmoid", Net(), (0, -3, -10, -20, -31))
    assert share < 0.25**50 * 10 and power == -31


def test_what_is_beyond_float32_is_none_and_is_drawn():
    """Standard normal weights: each layer multiplies by ten, and float32 ends at 10^38."""
    (panel,) = deep_net.panels(["identity"], Net(80, 100, "one"))
    assert panel["std"][0] > 5 and panel["std"][-1] is None and panel["picture"].startswith("data:image/png")


def test_the_same_seed_is_the_same_net_for_all_functions():
    one, two, other = (deep_net.inputs(name, Net(5, 20, seed=seed)) for name, seed in (("relu", 1), ("tanh", 1), ("tanh", 2)))
    assert np.array_equal(one["weights"], two["weights"]) and not np.array_equal(two["weights"], other["weights"])


def test_the_cover_is_a_picture():
    picture = deep_net.cover()
    assert picture.dtype == np.uint8 and picture.shape == (400, 1050, 3) and picture.std() > 20


@pytest.mark.parametrize("code", [dying.CODE, softmax.CODE, collapse.CODE, *(
    deep_net.code(name, Net(3, 20, "own")) for name in activations.FUNCTIONS if name != "sign"
)])  # fmt: skip
def test_the_torch_lines_to_take_home_run(code, capsys):
    exec(compile(code, "taken home", "exec"), {})
    assert capsys.readouterr().out


@pytest.mark.parametrize("name", ["gelu", "leaky"])
def test_the_file_to_take_home_runs_by_its_lines(name, tmp_path, monkeypatch, capsys):
    (tmp_path / f"{name}.onnx").write_bytes(operators.graph(activations.graph(name)))
    monkeypatch.chdir(tmp_path)
    exec(compile(activations.code(name), "taken home", "exec"), {})
    assert "[" in capsys.readouterr().out
