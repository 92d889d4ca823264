"""Batch norm's graphs against torch: both modes, running statistics, folding, a deep net's gradients; the page by AppTest."""

import numpy as np
import pytest
import torch

from playground import batch_norm as story
from playground import batch_norm_folding as folding
from playground import deep_batch_norm as deep
from playground import matrices, operators
from tests.test_pages import as_served, opened, said  # noqa: F401

PAGE = "pages/batch_norm.py"


def close(ours, theirs, within=1e-4):
    np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=within, atol=within)


def torch_norm(features, inputs, momentum, epsilon):
    norm = torch.nn.BatchNorm1d(features, momentum=momentum, eps=epsilon)
    names = {"weight": "gamma", "bias": "beta", "running_mean": "running_mean", "running_var": "running_var"}
    norm.load_state_dict({theirs: torch.from_numpy(inputs[ours]) for theirs, ours in names.items()}, strict=False)
    return norm


@pytest.mark.parametrize("seed", range(12))
def test_both_modes_equal_torch_s_running_statistics_too(seed):
    random = np.random.default_rng(seed)
    m, features = random.integers(2, 20), random.integers(1, 6)
    momentum, epsilon = random.choice([0.01, 0.1, 0.5]), random.choice([1e-5, 1e-3, 0.1])
    inputs = {"x": random.normal(3, 2, (m, features)), "running_var": random.uniform(0.1, 3, features)}
    inputs |= {name: random.normal(size=features) for name in ("gamma", "beta", "running_mean")}
    inputs = {name: values.astype(np.float32) for name, values in inputs.items()}
    norm = torch_norm(features, inputs, momentum, epsilon)
    x = torch.from_numpy(inputs["x"])
    inference = operators.run(story.text(False, momentum, epsilon), inputs)
    close(inference["y"], norm.eval()(x))
    training = operators.run(story.text(True, momentum, epsilon), inputs)
    close(training["y"], norm.train()(x))
    close(training["running_mean_next"], norm.running_mean)
    close(training["running_var_next"], norm.running_var)
    close(training["unbiased"], x.var(0, unbiased=True))
    biased = (1 - momentum) * inputs["running_var"] + momentum * inputs["x"].var(0)
    np.testing.assert_allclose(training["running_var_onnx"], biased, rtol=1e-4)  # ONNX's own definition, with m for m - 1
    for answer in (training, inference):
        np.testing.assert_allclose(answer["x_hat"] * inputs["gamma"] + inputs["beta"], answer["y"], rtol=1e-3, atol=1e-4)


def test_a_batch_of_one_is_beta_and_torch_refuses_it():
    answer = story.normalise([3], gamma=2, beta=0.5)
    assert answer["y"].item() == 0.5 and np.isnan(answer["running_var_next"]).all()
    with pytest.raises(ValueError, match="more than 1 value"):
        torch.nn.BatchNorm1d(1)(torch.tensor([[3.0]]))


def test_batches_fed_one_after_another_move_the_statistics_as_torch_s():
    norm, history = torch.nn.BatchNorm1d(1, momentum=0.1), np.array([(0, 1)], np.float32)
    for batch in np.random.default_rng(1).normal(2, 3, (4, 7)).astype(np.float32):
        for _ in range(3):
            norm(torch.from_numpy(batch)[:, None])
        history = story.fed(history, batch, 3, 0.1)
    assert len(history) == 13
    close(history[-1], torch.cat([norm.running_mean, norm.running_var]))


def test_no_more_batches_than_a_link_holds():
    history = story.fed(np.array([(0, 1)], np.float32), np.array([1.0, 2]), 1000, 0.1)
    assert len(history) == story.MOST_FED + 1
    assert matrices.parse(matrices.write(history), (story.MOST_FED + 1, 2)).shape == history.shape


@pytest.mark.parametrize("gamma, beta", [(1, 0), (-2.5, 3), (0, 1)])
def test_folded_is_the_same_as_torch_s_fused_convolution(gamma, beta):
    inputs, answer = folding.feeds(gamma, beta), folding.fold(gamma, beta)
    conv, norm = torch.nn.Conv2d(1, 3, 3).eval(), torch.nn.BatchNorm2d(3).eval()
    conv.load_state_dict({"weight": torch.from_numpy(inputs["w"]), "bias": torch.from_numpy(inputs["b"])})
    x = torch.from_numpy(inputs["x"])
    maps = conv(x)
    statistics = {"running_mean": maps.mean((0, 2, 3)), "running_var": maps.var((0, 2, 3), unbiased=False)}
    weights = {"weight": torch.from_numpy(inputs["gamma"]), "bias": torch.from_numpy(inputs["beta"])}
    norm.load_state_dict(statistics | weights | {"num_batches_tracked": torch.tensor(0)})
    fused = torch.nn.utils.fuse_conv_bn_eval(conv, norm)
    close(answer["normalised"], norm(maps))
    close(answer["w_folded"], fused.weight)
    close(answer["b_folded"], fused.bias)
    close(answer["folded"], fused(x))
    assert answer["difference"] == np.abs(answer["normalised"] - answer["folded"]).max() < 1e-4


@pytest.mark.parametrize("activation", deep.RANGES)
@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("depth, scale", [(3, 1.5), (20, 1.0)])
def test_the_deep_net_and_its_gradients_equal_torch_s(activation, normalised, depth, scale):
    net = deep.Net(depth, activation, scale, 5)
    inputs = deep.feeds(net)
    answer = operators.run(deep.text(normalised, activation), inputs)
    weights = (torch.from_numpy(inputs["weights"]) * scale).double().requires_grad_()
    h, outputs = torch.from_numpy(inputs["x"]).double(), []
    for w in weights:
        z = h @ w
        z = torch.nn.functional.batch_norm(z, None, None, training=True) if normalised else z
        h = getattr(torch, activation)(z)
        h.retain_grad()
        outputs.append(h)
    (h * torch.from_numpy(inputs["d_last"])).sum().backward()
    for ours, theirs in ((answer["outputs"], torch.stack(outputs)), (answer["dw"], weights.grad)):
        apart = np.abs(ours - theirs.detach().numpy())  # a unit on ReLU's kink may fall on either side
        size = np.abs(theirs.detach().numpy()).max((1, 2), keepdims=True)
        assert np.quantile(apart / size, 0.999) < 1e-3
    rms = lambda tensor: tensor.pow(2).mean().sqrt().item()  # noqa: E731
    np.testing.assert_allclose(answer["std"], [out.std(unbiased=False).item() for out in outputs], rtol=1e-3)
    np.testing.assert_allclose(answer["mean"], [out.mean().item() for out in outputs], rtol=1e-2, atol=1e-4)
    np.testing.assert_allclose(answer["weight_gradient"], [rms(grad) for grad in weights.grad], rtol=5e-3)
    np.testing.assert_allclose(answer["gradient"], [rms(out.grad) for out in outputs], rtol=5e-3)


@pytest.mark.parametrize("activation", deep.RANGES)
def test_histograms_count_every_output(activation):
    net = deep.Net(10, activation, 2.0, 1)
    answer = operators.run(deep.text(True, activation), deep.feeds(net))
    low, high = deep.RANGES[activation]
    edges = np.linspace(low, high, deep.BINS + 1)
    for counts, values in zip(answer["histogram"], answer["outputs"], strict=True):
        assert counts.sum() == deep.BATCH * deep.WIDTH
        expected = np.histogram(values.clip(low, high), edges)[0]
        assert np.abs(counts - expected).sum() <= 8  # numbers within rounding of an edge


def test_what_the_page_tells_of_deep_nets_holds():
    """ReLU without batch norm scales by 2 a layer, with it not at all; its weights' gradient shrinks as they grow."""
    net = deep.Net(30, "relu", 1.0, 0)
    kind, before, after = deep.twice(net, False)
    assert kind == "explodes" and after / before == pytest.approx(2**30, rel=1e-3)
    kind, before, after = deep.twice(net, True)
    assert kind == "stays" and after == pytest.approx(before, rel=1e-2)
    small, large = (deep.run(deep.Net(30, "relu", scale, 0), True)["weight_gradient"] for scale in (1.0, 2.0))
    np.testing.assert_allclose(large * 2, small, rtol=0.05)
    assert small[0] > 50 * small[-1]  # Yang et al. 2019: gradients grow towards the first layers
    assert np.isfinite(deep.run(deep.Net(50, "relu", 3.0, 0), False)["weight_gradient"]).all()


def test_cover_is_a_picture():
    picture = story.cover()
    assert picture.dtype == np.uint8 and picture.shape == (400, 1050, 3) and picture.std() > 20


# ---- the page


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("section", ["batch", "deep", "fold"])
def test_each_section_opens_by_its_link(section, language):
    app = opened(PAGE, lang=language, section=section)
    assert not app.exception and not app.warning and not app.error
    assert app.segmented_control(key=f"section-{language}").value == section


def test_a_link_restores_the_scene():
    app = opened(PAGE, lang="en", x="1,2,3", mode="inference", gamma="1.5", beta="-2", ran="0,1;0.2,1.5", momentum="0.5")
    assert app.segmented_control(key="mode-en").value == "inference"
    assert [app.slider(key=key).value for key in ("gamma", "beta")] == [1.5, -2]
    assert "μ = 0.2, σ² = 1.5; batches: 1" in said(app)
    app = opened(PAGE, lang="en", section="deep", act="tanh", depth="50", scale="1.5", seed="7")
    assert app.slider(key="depth").value == 50 and app.number_input(key="seed").value == 7


@pytest.mark.parametrize(("query", "warns"), [
    ({"x": "a"}, True), ({"x": "1;2"}, True), ({"x": ",".join("1" * 99)}, True), ({"x": "11"}, True), ({"x": "nan"}, True),
    ({"ran": "1"}, False), ({"ran": "0,-1"}, False), ({"ran": "x"}, True), ({"mode": "x"}, False), ({"gamma": "99"}, False),
    ({"epsilon": "-1"}, False), ({"section": "<b>"}, False), ({"depth": "1e9", "section": "deep"}, False),
    ({"seed": "-3", "section": "deep"}, False), ({"act": "sign", "section": "deep"}, False), ({"x": "3"}, False),
])  # fmt: skip
def test_a_broken_link_warns_and_opens(query, warns):
    app = opened(PAGE, lang="en", **query)
    assert not app.exception and not app.error
    assert bool(app.warning) == warns


def test_training_moves_the_running_averages_in_the_address():
    app = opened(PAGE, lang="en", x="1,2,6")
    norm = torch.nn.BatchNorm1d(1)
    app.button(key="feed").click().run()
    norm(torch.tensor([[1.0], [2.0], [6.0]]))
    assert matrices.parse(app.query_params["ran"])[-1] == pytest.approx(
        [norm.running_mean.item(), norm.running_var.item()], rel=1e-4
    )
    app.button(key="feed-10").click().run()
    assert len(matrices.parse(app.query_params["ran"])) == 12
    app.button(key="forget").click().run()
    assert app.query_params["ran"] == "0,1" and not app.exception


def test_a_batch_of_one_cannot_be_trained_on():
    app = opened(PAGE, lang="en")
    app.pills(key="scene").set_value("one").run()
    assert not app.exception and app.query_params["x"] == "3"
    assert app.button(key="feed").disabled and "0/0" in app.info[0].value


def test_the_guess_is_graded_by_the_graph():
    app = opened(PAGE, lang="en", reveal="true")
    app.pills(key="same").set_value(["shift", "double"]).run()
    assert "You foresaw 4 of 4." in said(app)
    app.segmented_control(key="mode-en").set_value("inference").run()
    assert "You foresaw 2 of 4." in said(app)


def test_the_deep_guess_is_graded_by_both_nets():
    app = opened(PAGE, lang="en", section="deep", reveal="true")
    app.pills(key="twice-False").set_value("explodes").run()
    app.pills(key="twice-True").set_value("grows").run()
    told = [element.value for element in app.markdown if "\\to" in element.value]
    assert told[0].startswith(":material/check:") and told[1].startswith(":material/close:")


def test_look_inside_is_the_graph_of_the_mode():
    app = opened(PAGE, lang="en", mode="inference")
    app.session_state["xray"] = True
    app.run()
    assert not app.exception and "| node |" in said(app)
    assert any("BatchNormalization" in element.value and "training_mode" not in element.value for element in app.code)
    app = opened(PAGE, lang="en", section="deep")
    app.session_state["xray"] = True
    app.run()
    assert not app.exception and any("Scan" in element.value for element in app.code)


def taken_home(sign: str, **query) -> dict:
    """What the page's code to take home computes, run as it stands."""
    app = opened(PAGE, lang="en", **query)
    app.session_state["home"] = True
    app.run()
    taken = {}
    exec(next(element.value for element in app.code if sign in element.value), taken)
    return taken


def test_the_code_to_take_home_gives_the_page_s_numbers(tmp_path, monkeypatch, capsys):
    norm = taken_home("BatchNorm1d", x="1,2,6", gamma="2", beta="-1", momentum="0.5")["norm"]
    answer = story.normalise([1, 2, 6], 2, -1, momentum=0.5)
    close(answer["running_var_next"], norm.running_var)
    assert norm.training and f"{answer['y'][0, 0]:.4f}" in capsys.readouterr().out
    taken_home("fuse_conv_bn_eval", section="fold")
    assert float(capsys.readouterr().out.split("(")[1].split(",")[0]) < 1e-5
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deep_batch_norm.onnx").write_bytes(deep.graph("tanh"))
    taken = taken_home("deep_batch_norm.onnx", section="deep", act="tanh", depth="20", scale="1.5", seed="4")
    std = taken["net"].run(["std"], taken["inputs"])[0]
    np.testing.assert_allclose(std, deep.run(deep.Net(20, "tanh", 1.5, 4), True)["std"], rtol=1e-5)
