"""The line and the plane against the slide's printed numbers, torch and NumPy."""

import numpy as np
import pytest
import torch

from playground import fit, fit_line, fit_plane, fit_words
from playground.fit import Descent

SLIDE = fit_plane.parse(fit_plane.TABLE)
RUN = fit_plane.descent(SLIDE)


def test_the_slide_s_numbers_to_eight_digits():
    """w and b are those after call 1001; fitted values and error are what that call returned, so from before its update."""
    answer = fit.descend(RUN)
    np.testing.assert_allclose(answer["w_before"][1001], [0.16761281, -0.48895232, -0.09882342], rtol=0, atol=5e-9)
    assert answer["b_before"][1001] == pytest.approx(1.0258462414970015, rel=1e-13)
    assert answer["loss"][1000] == pytest.approx(0.015275746079053545, rel=1e-13)
    assert answer["loss"][1001] != pytest.approx(0.015275746079053545, rel=1e-8)
    fitted = [1.01576331, 0.94681398, -0.0508905, 0.09478897, -0.02497436]
    np.testing.assert_allclose(answer["fitted"][1000], fitted, rtol=0, atol=5e-9)
    assert not np.allclose(answer["fitted"][1001], fitted, rtol=0, atol=5e-9)


def test_the_printed_digits_shown_are_the_slide_s():
    printed = fit_plane.PRINTED
    assert [float(w) for w in printed["w"]] == [0.16761281, -0.48895232, -0.09882342]
    assert (float(printed["b"]), float(printed["error"])) == (1.0258462414970015, 0.015275746079053545)
    assert [float(value) for value in printed["fitted"]] == [1.01576331, 0.94681398, -0.0508905, 0.09478897, -0.02497436]


def test_a_run_is_torch_s():
    random = np.random.default_rng(0)
    data = random.normal(size=(7, 3)).round(3)
    start, rate = (0.3, -0.2, 1.0), 0.02
    answer = fit.descend(Descent(tuple(map(tuple, data.tolist())), rate, start, 30))
    w, b = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (start[:2], start[2]))
    optimiser = torch.optim.SGD([w, b], rate)
    x, y = torch.tensor(data[:, :2]), torch.tensor(data[:, 2])
    for step in range(31):
        np.testing.assert_allclose(answer["w_before"][step], w.detach(), rtol=1e-12)
        error = ((x @ w + b - y) ** 2).sum()
        assert answer["loss"][step] == pytest.approx(error.item(), rel=1e-12)
        optimiser.zero_grad(), error.backward(), optimiser.step()


@pytest.mark.parametrize("points", [SLIDE, *fit_line.presets().values()])
def test_the_limit_is_where_descent_begins_to_run_away(points):
    """NumPy's eigenvalue, and what happens on either side of it."""
    data = np.array(points)
    X = np.column_stack([data[:, :-1], np.ones(len(data))])
    largest = np.linalg.eigvalsh(2 * X.T @ X)[-1]
    assert fit.limit(points) == pytest.approx(2 / largest, rel=1e-12)
    start = (1.0,) * X.shape[1]
    below, above = (fit.descend(Descent(points, share * 2 / largest, start, 2000))["loss"] for share in (0.99, 1.01))
    assert below[-1] < below[0] and above[-1] > 1e6 * above[0]


def test_a_run_that_runs_away_says_when():
    assert fit.runs_away(fit.descend(Descent(SLIDE, 1.0, (0.0,) * 4, 400))) in range(50, 200)
    assert fit.runs_away(fit.descend(Descent(SLIDE, 0.01, (0.0,) * 4, 400))) is None


def test_the_surface_is_the_error():
    points = fit_line.presets()["noisy"]
    x, y = np.array(points).T
    found = fit_line.error_surface(points)
    ticks = np.linspace(-4, 4, fit_line.SIDE)
    for row, column in ((0, 0), (3, 50), (56, 10)):
        w, b = ticks[column], ticks[::-1][row]
        assert found[row, column] == pytest.approx(((w * x + b - y) ** 2).sum(), rel=1e-6)


def test_the_plane_s_surface_keeps_the_other_two_where_they_are():
    spans, steps, found = fit_plane.surfaces(RUN, (0, 3), 137)
    assert 137 in steps and steps[0] == 0 and steps[-1] == 1001 and found.shape == (len(steps), 33, 33)
    answer, data = fit.descend(RUN), np.array(SLIDE)
    w = answer["w_before"][137].copy()
    w[0], b = spans[0][1], spans[1][0]  # bottom right
    expected = ((data[:, :3] @ w + b - data[:, 3]) ** 2).sum()
    assert found[steps.index(137), -1, -1] == pytest.approx(expected, rel=1e-6)
    states = np.column_stack([answer["w_before"], answer["b_before"]])
    for which, (low, high) in zip((0, 3), spans, strict=True):
        assert low < states[:, which].min() and states[:, which].max() < high


def test_torch_s_program_prints_the_slide_s_numbers(capsys):
    names = {}
    exec(fit_words.CODE["torch"], names)
    assert names["error"].item() == pytest.approx(0.015275746079053545, rel=1e-13)
    assert names["b"].item() == pytest.approx(1.0258462414970015, rel=1e-13)
    np.testing.assert_allclose(names["w"].detach(), [0.16761281, -0.48895232, -0.09882342], rtol=0, atol=5e-9)
    assert "1.0158" in capsys.readouterr().out


@pytest.mark.parametrize("name", fit_words.CODE)
def test_each_program_is_python_and_has_the_lecture_s_data(name):
    compile(fit_words.CODE[name], name, "exec")
    assert "1001" in fit_words.CODE[name] and "0.01" in fit_words.CODE[name]
    names = {"np": np}
    exec(fit_words.DATA, names)
    assert np.array_equal(np.column_stack([names["x_"], names["y_"]]), np.array(SLIDE))


def test_the_slides_three_programs_differ_by_their_rates():
    """TensorFlow's rate is half of Theano's; the mean of five rows is a fifth of their sum."""
    found = fit_plane.programs()
    x, y = np.array(SLIDE)[:, :3], np.array(SLIDE)[:, 3]
    for name, rate, scale in (("theano", 0.01, 1), ("tensorflow", 0.005, 1), ("keras", 0.01, 1 / 5)):
        w, b = np.zeros(3), 0.0
        for _ in range(1001):
            residual = x @ w + b - y
            w, b = w - rate * scale * 2 * x.T @ residual, b - rate * scale * 2 * residual.sum()
        assert found[name] == pytest.approx(((x @ w + b - y) ** 2).sum(), rel=1e-9)


def test_the_error_that_is_left_is_the_least_squares_one():
    now, then, becomes = fit_plane.becomes(SLIDE, 0.01)
    X = np.column_stack([np.array(SLIDE)[:, :3], np.ones(5)])
    least = np.linalg.lstsq(X, np.array(SLIDE)[:, 3], rcond=None)[1][0]
    assert then == pytest.approx(least, rel=1e-9) and becomes == "lower" and now > least
    assert fit_plane.becomes(SLIDE, 0.03)[2] == "away"
    assert fit_plane.becomes(SLIDE[:3], 0.01)[2] == "zero"


def test_far_from_zero_the_limit_falls():
    before, after = fit_line.limits_if_moved(fit_line.presets()["noisy"], 3.0)
    assert after < before / 3


def test_search_keeps_the_best_so_far():
    points = fit_line.presets()["outlier"]
    x, y = np.array(points).T
    found = fit_line.search(points, seed=5)
    of_each = ((found["models"][:, :1] * x + found["models"][:, 1:] - y) ** 2).sum(1)
    np.testing.assert_allclose(found["least"], np.minimum.accumulate(of_each), rtol=1e-12)
    np.testing.assert_allclose(of_each[found["place"]], found["least"], rtol=1e-12)
    assert np.abs(found["models"]).max() <= 4 and len(found["models"]) == 401
    assert not np.array_equal(found["models"], fit_line.search(points, seed=6)["models"])


def test_blind_search_needs_more_tries_for_more_steps():
    run = Descent(fit_line.presets()["noisy"], 0.02, fit_line.START, 0)
    (error5, tries5), (error40, tries40) = (fit_line.tries_needed(run, steps, 1) for steps in (5, 40))
    assert error40 < error5 and tries5 < (tries40 or np.inf)
    assert fit_line.search(run.data, 1, 100_000)["least"][tries5 - 1] <= error5


@pytest.mark.parametrize("parse, code", [
    (fit_line.parse_points, "1,2,3"), (fit_line.parse_points, "1,9"), (fit_line.parse_points, ""),
    (fit_line.parse_points, "nan,1"),
    (fit_line.parse_start, "1"), (fit_line.parse_start, "1,2;3,4"), (fit_line.parse_start, "9,0"), (fit_line.parse_rate, "nan"),
    (fit_line.parse_rate, "2"), (fit_line.parse_rate, "x"), (fit_plane.parse, "1,2,3"), (fit_plane.parse, "1,2,3,400"),
    (RUN.parse_step, "1002"), (RUN.parse_step, "-1"), (RUN.parse_step, "²"),
])  # fmt: skip
def test_damaged_links_are_refused(parse, code):
    with pytest.raises(ValueError):
        parse(code)


def test_the_cover_is_a_picture():
    cover = fit_line.cover()
    assert cover.shape == (400, 1050, 3) and cover.dtype == np.uint8 and len(np.unique(cover.reshape(-1, 3), axis=0)) > 10
