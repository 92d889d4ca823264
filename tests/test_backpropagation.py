"""The gradient graph of a convolution against torch's autograd, finite differences and the slide; its page by AppTest."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from playground import backpropagation as story
from playground import convolution_gradient as graphs
from playground import gradient_puzzle, matrices, operators
from tests.test_pages import as_served, opened, said  # noqa: F401

PAGE = "pages/backpropagation.py"


def torch_loss(y, t, loss):
    if loss == "given":
        return (t * y).sum()
    if loss == "squares":
        return ((y - t) ** 2).sum() / 2
    return -(t * y.flatten(2).log_softmax(-1).view_as(y)).sum()


def drawn(seed: int) -> tuple:
    """n, channels, filters, height, width, kernel's height and width, stride, padding, loss."""
    sides = np.random.default_rng(seed).integers((1, 1, 1, 3, 3, 1, 1, 1, 0), (4, 4, 4, 9, 9, 4, 4, 4, 3))
    return (*map(int, sides), graphs.LOSSES[seed % 3])


@pytest.mark.parametrize("shape", list(map(drawn, range(40))), ids=lambda shape: "-".join(map(str, shape)))
def test_gradients_equal_torch_s(shape):
    """Over batch, channels in and out, sides, kernels, stride, padding, loss."""
    n, c, m, height, width, kh, kw, stride, padding, loss = shape
    x, w = torch.randn(n, c, height, width, requires_grad=True), torch.randn(m, c, kh, kw, requires_grad=True)
    y = torch.conv2d(x, w, stride=stride, padding=padding)
    t = torch.randn(y.shape[2:])
    value = torch_loss(y, t, loss)
    dy, dw, dx = torch.autograd.grad(value, (y, w, x))
    text = graphs.backward((kh, kw), (height, width), stride, padding, loss)
    inputs = {"x": x.detach().numpy(), "w": w.detach().numpy(), "t": t.numpy(), "rate": np.array(0.1, np.float32)}
    answer = operators.run(text, inputs)
    expected = {"y": y, "L": value, "dy": dy, "dw": dw, "dx": dx, "w_next": w - 0.1 * dw}
    for name, tensor in expected.items():
        torch.testing.assert_close(torch.from_numpy(answer[name]), tensor.detach(), rtol=1e-4, atol=2e-5, msg=name)


@pytest.mark.parametrize("seed", range(12))
def test_finite_differences_equal_torch_s_gradients_in_float64(seed):
    random = np.random.default_rng(seed)
    stride, padding, loss = int(random.integers(1, 4)), int(random.integers(0, 3)), graphs.LOSSES[seed % 3]
    x, w = random.normal(size=random.integers(3, 8, 2)), random.normal(size=random.integers(1, 4, 2))
    shape = graphs.output_shape(x.shape, w.shape, stride, padding)
    setting = story.Setting(*(values.astype(np.float32) for values in (x, w, random.normal(size=shape))), loss, stride, padding)
    x, w = (torch.tensor(values[None, None].astype(float), requires_grad=True) for values in (setting.x, setting.w))
    y = torch.conv2d(x, w, stride=stride, padding=padding)
    assert y.shape[2:] == shape
    gradients = torch.autograd.grad(torch_loss(y, torch.tensor(setting.t.astype(float)), loss), (w, x))
    for slope, gradient in zip(story.numeric(setting), gradients, strict=True):
        assert slope.dtype == np.float64
        np.testing.assert_allclose(slope, gradient[0, 0], rtol=1e-6, atol=1e-7)


def test_the_slide_s_formula_is_wrong_and_the_right_one_right():
    """∂L/∂w1 = ∂L/∂a·x11 + ∂L/∂b·x12 + ∂L/∂c·x22 + ∂L/∂d·x12, as printed; c and d want x21 and x22."""
    random = np.random.default_rng(0)
    for _ in range(5):
        x, w, dy = (random.normal(size=shape).astype(np.float32) for shape in ((3, 3), (2, 2), (2, 2)))
        setting = story.Setting(x, w, dy, "given", 1, 0)
        (a, b), (c, d) = dy
        printed, right = (story.by_formula(setting, dy, places) for places in (graphs.PRINTED, graphs.RIGHT))
        assert printed == pytest.approx(a * x[0, 0] + b * x[0, 1] + c * x[1, 1] + d * x[0, 1], rel=1e-4)
        assert right == pytest.approx(story.gradients(setting)["dw"][0, 0], rel=1e-4)
        assert right == pytest.approx(story.numeric(setting)[0][0, 0], rel=1e-4)
        assert abs(printed - right) == pytest.approx(abs(c * (x[1, 1] - x[1, 0]) + d * (x[0, 1] - x[1, 1])), rel=1e-3)


def test_descent_finds_the_kernel_that_made_the_targets():
    scene = story.scenes()["descent"]
    x, w, t = (matrices.parse(scene[name]) for name in "xwt")
    setting = story.Setting(x, w, t, "squares", 1, 0)
    losses = [float(frame["L"]) for frame in story.descent(setting, 0.03)]
    assert len(losses) == story.DESCENT + 1
    assert all(after < before for before, after in pairwise(losses))
    assert np.allclose(story.descent(setting, 0.03, 400)[-1]["w"], [[0, 1], [-1, 2]], atol=0.02)


def test_a_loss_that_runs_away_is_not_followed():
    x = np.full((5, 5), 50, np.float32)
    setting = story.Setting(x, np.ones((2, 2), np.float32), np.zeros((4, 4), np.float32), "squares", 1, 0)
    frames = story.descent(setting, 0.3)
    assert len(frames) < 5 and all(np.isfinite(frame["L"]) for frame in frames)


@pytest.mark.parametrize("seed", range(18))
def test_puzzles_have_one_answer(seed):
    quiz = gradient_puzzle.puzzle(seed)
    side, kernel, stride = gradient_puzzle.GRIDS[seed % len(gradient_puzzle.GRIDS)]
    seen = np.zeros((side, side), bool)
    for top in range(0, side - kernel + 1, stride):
        for left in range(0, side - kernel + 1, stride):
            seen[top : top + kernel, left : left + kernel] = True
    assert np.array_equal(quiz.unseen, ~seen)
    last = np.zeros((side, side), bool)
    last[-1], last[:, -1] = True, True
    kinds = {"none": not quiz.unseen.any(), "edge": np.array_equal(quiz.unseen, last)}
    assert quiz.kind == next((kind for kind, holds in kinds.items() if holds), "between")
    sizes = np.sort(np.abs(quiz.dw).ravel())
    assert sizes[-1] > sizes[-2] and np.abs(quiz.dw).ravel()[quiz.largest] == sizes[-1]


def test_cover_is_a_picture():
    picture = story.cover()
    assert picture.dtype == np.uint8 and picture.shape == (400, 1050, 3) and picture.std() > 20


def test_what_is_missing_of_targets_is_made_up():
    t = np.array([[1, 2], [-1, 3]], np.float32)
    assert np.array_equal(story.fitted(t, (2, 3), "given"), [[1, 2, 1], [-1, 3, 1]])
    assert np.array_equal(story.fitted(t, (1, 2), "squares"), [[1, 2]])
    assert np.array_equal(story.fitted(t, (2, 2), "entropy"), [[1, 0], [0, 0]])
    assert np.array_equal(story.fitted(np.abs(t), (2, 2), "entropy"), np.abs(t))


# ---- the page


@pytest.mark.parametrize("language", ["en", "ru"])
def test_each_scene_opens_by_its_link(language):
    for scene in story.scenes().values():
        app = opened(PAGE, lang=language, **scene)
        assert not app.exception and not app.warning and not app.error
        assert app.segmented_control(key=f"loss-{language}").value == scene.get("loss", "given")
        assert story.scenes()[app.pills(key="scene").value] == scene
        assert app.segmented_control(key=f"stride-{language}").value == scene.get("stride", "1")


def test_a_scene_is_one_click_away_and_then_in_the_address():
    app = opened(PAGE, lang="en", x="1,2,3;4,5,6;7,8,9", loss="squares")
    app.pills(key="scene").set_value("stride").run()
    assert not app.exception
    scene = story.scenes()["stride"]
    assert {name: app.query_params[name] for name in scene} == scene
    assert "loss" not in app.query_params
    assert app.segmented_control(key="stride-en").value == "2" and app.segmented_control(key="loss-en").value == "given"


def test_the_slide_s_error_is_told_with_its_numbers():
    app = opened(PAGE, lang="en", **story.scenes()["printed"])
    table = next(element.value for element in app.markdown if "the slide's formula" in element.value)
    x, dy = (matrices.parse(story.scenes()["printed"][name]) for name in "xt")
    printed = (dy.ravel() * [x[0, 0], x[0, 1], x[1, 1], x[0, 1]]).sum()
    right = (dy.ravel() * [x[0, 0], x[0, 1], x[1, 0], x[1, 1]]).sum()
    assert f"the slide's formula | {printed:g} |" in table
    for source in ("the right sum", "gradient graph", "numeric derivative, float64"):
        assert f"{source} | {right:g} |" in table


@pytest.mark.parametrize(("query", "warns"), [
    ({"x": "!!!"}, True), ({"w": "1,2;3"}, True), ({"t": "nan"}, True), ({"x": "1"}, True), ({"x": "1,2", "w": "1;1;1"}, True),
    ({"x": ";".join([",".join("1" * 12)] * 12)}, True), ({"loss": "hinge"}, False), ({"stride": "9"}, False),
    ({"look": "<b>"}, False), ({"step": "x"}, False), ({"step": "999"}, False), ({"rate": "1e9"}, False),
    ({"puzzle": "-1"}, False),
    ({"t": "1"}, False), ({"printed": "true", "stride": "2"}, False), ({"step": "٣"}, False),
])  # fmt: skip
def test_a_broken_link_warns_and_opens(query, warns):
    app = opened(PAGE, lang="en", **query)
    assert not app.exception and not app.error
    assert bool(app.warning) == warns


def test_sizes_cut_and_continue_the_matrices():
    app = opened(PAGE, lang="en", **story.scenes()["slide"])
    app.number_input(key="side-x").set_value(5).run()
    assert not app.exception
    assert matrices.parse(app.query_params["x"]).shape == (5, 5)
    app.number_input(key="side-w").set_value(3).run()
    assert matrices.parse(app.query_params["w"]).shape == (3, 3)
    assert not app.exception and not app.warning


def test_the_guesses_are_graded_by_the_graph():
    quiz = gradient_puzzle.puzzle(1)
    app = opened(PAGE, lang="en", reveal="true")
    marks = [element.value for element in app.markdown if element.value.startswith(":material")]
    assert [value.split()[0] for value in marks] == [":material/help:"] * 2  # not guessed
    app.segmented_control(key="weight-1").set_value(quiz.largest).run()
    app.radio(key="kind-1").set_value(quiz.kind).run()
    marks = [element.value for element in app.markdown if element.value.startswith(":material")]
    assert [value.split()[0] for value in marks] == [":material/check:"] * 2


def test_look_inside_is_the_graph_of_the_setting():
    app = opened(PAGE, lang="en", **story.scenes()["stride"])
    app.session_state["xray"] = True
    app.run()
    assert not app.exception
    assert any("ConvTranspose" in element.value for element in app.code)
    assert "| node |" in said(app)


@pytest.mark.parametrize("name", story.scenes())
def test_the_code_to_take_home_gives_the_page_s_gradients(name):
    scene = story.scenes()[name]
    app = opened(PAGE, lang="en", **scene)
    app.session_state["home"] = True
    app.run()
    taken = {}
    exec(next(element.value for element in app.code if "conv2d" in element.value), taken)
    x, w, t = (matrices.parse(scene[part]) for part in "xwt")
    setting = story.Setting(x, w, t, scene.get("loss", "given"), int(scene.get("stride", 1)), int(scene.get("padding", 0)))
    for part in "wx":
        np.testing.assert_allclose(taken[part].grad[0], story.gradients(setting)[f"d{part}"], rtol=1e-4, atol=1e-5)
