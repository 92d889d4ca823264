"""The page of the graph that differentiates itself by AppTest: what is typed, links whole and broken, the graded question."""

import numpy as np
import pytest
import torch

from playground import autograd_page
from playground.expression import FUNCTIONS
from tests.test_autograd import by_torch
from tests.test_fit_page import shown
from tests.test_pages import as_served, opened, said  # noqa: F401

PAGE = "pages/autograd.py"


@pytest.mark.parametrize("name", autograd_page.SCENES)
def test_each_scene_shows_torch_s_gradients(name):
    text, at, learns, rate = autograd_page.SCENES[name]
    view = shown(opened(PAGE, lang="en", f=text, at=at, learn=learns, rate=rate), "expression")
    nodes, values = autograd_page.read(text), autograd_page.parse_values(at)
    value, gradients = by_torch(nodes, values)
    assert view["nodes"][-1]["value"] == pytest.approx(value, rel=1e-12) and view["nodes"][-1]["gradient"] == 1
    for row in view["variables"]:
        assert row["gradient"] == pytest.approx(gradients[row["name"]], rel=1e-10)
        assert row["numeric"] == pytest.approx(row["gradient"], rel=1e-4, abs=1e-7)
        assert row["next"] == pytest.approx(row["value"] - float(rate) * row["gradient"], rel=1e-10)
        assert row["learns"] == (row["name"] in learns.split(","))
    assert not view["wrong"] and not view["trouble"]


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("f", ["x +", "foo(x)", "1/0", "2", "", "a" * 300, "__import__('os')", "<script>", "x" + "+1" * 90])
def test_what_is_not_understood_is_told_and_nothing_breaks(f, language):
    app = opened(PAGE, lang=language, f=f)
    assert not app.exception and not app.error and not app.warning
    view = shown(app, "expression")
    assert view["f"] == f and view["text"] == autograd_page.NEURON and len(view["nodes"]) == 13
    assert any("а" <= letter <= "я" for letter in view["wrong"]["message"]) == (language == "ru")


@pytest.mark.parametrize("f, at, word", [
    ("1/(x-y)", "x=2,y=2", "zero"), ("log(x)", "x=-1", "logarithm"), ("exp(x)", "x=1000", "beyond"),
    ("sqrt(x)", "x=0", "finite"),
])  # fmt: skip
def test_numbers_that_blow_up_are_told(f, at, word):
    view = shown(opened(PAGE, lang="en", f=f, at=at), "expression")
    assert word in view["trouble"]["message"] and "Position" in view["trouble"]["message"]


@pytest.mark.parametrize("query", [{"at": "x=1e99"}, {"at": "w1"}, {"at": "w1=nan"}, {"rate": "0"}, {"rate": "x"}])
def test_a_damaged_link_warns_and_opens(query):
    app = opened(PAGE, lang="en", **query)
    assert not app.exception and not app.error and len(app.warning) == 1


@pytest.mark.parametrize("query", [{"learn": "nobody"}, {"step": "-1"}, {"step": "²"}, {"step": "99999"}])
def test_what_does_not_fit_is_passed_over(query):
    app = opened(PAGE, lang="en", **query)
    assert not app.exception and not app.error and not app.warning
    assert all(row["learns"] for row in shown(app, "expression")["variables"]) == ("learn" in query)


def test_the_question_is_graded_by_the_graph_at_another_point():
    app = opened(PAGE, lang="en", f="x^3 * y", at="x=1,y=2", reveal="true")
    assert ":material/check:" in said(app.number_input(key="guess").set_value(24.1).run()) and "**24**" in said(app)
    assert ":material/close:" in said(app.number_input(key="guess").set_value(6.0).run())


def test_the_code_taken_home_is_torch_and_runs(capsys):
    app = opened(PAGE, lang="en", f="max(x, 2) * softplus(y) / x^2", at="x=3,y=-1")
    app.session_state["home"] = app.session_state["xray"] = True
    app.run()
    assert not app.exception
    code = next(element.value for element in app.code if "backward()" in element.value)
    names = {}
    exec(code.split("# the file")[0], names)
    assert names["x"].grad.item() == pytest.approx(-np.log1p(np.exp(-1)) / 9, rel=1e-12)
    assert isinstance(names["f"], torch.Tensor)


def test_every_function_is_understood():
    every = "+".join(f"{name}(x)" for name, count in FUNCTIONS.items() if count == 1)
    view = shown(opened(PAGE, lang="en", f=every), "expression")
    assert not view["wrong"] and len(view["nodes"]) > 20
