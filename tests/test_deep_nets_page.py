"""The page on deep nets by AppTest: links whole and broken, scenes, choices, the question graded by training."""

import json

import pytest

from playground.deep_page import RACE
from playground.deep_scene import SCENES
from tests.test_pages import as_served, opened, said  # noqa: F401

PAGE = "pages/deep_nets.py"
QUICK = {"nets": "tanh-xavier;sigmoid", "depth": "3"}


def race(app):
    return app.session_state[RACE]


@pytest.mark.parametrize("query", [
    {"nets": "relu"}, {"nets": "relu;<b>"}, {"depth": "99"}, {"depth": "²"}, {"data": "mnist"}, {"rate": "nan"}, {"batch": "7"},
    {"seed": "-1"}, {"epoch": "401"}, {"epoch": "x"},
])  # fmt: skip
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_damaged_link_warns_and_opens(query, language):
    app = opened(PAGE, lang=language, **query)
    assert not app.exception and not app.error
    assert len(app.warning) == 1
    assert any("а" <= letter <= "я" for letter in app.warning[0].value) == (language == "ru")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_link_restores_nets_settings_and_the_epoch(language):
    query = {
        "nets": "relu-he;norm-short-adam",
        "depth": "5",
        "data": "xor",
        "rate": "0.1",
        "batch": "50",
        "seed": "7",
        "epoch": "4",
    }
    app = opened(PAGE, lang=language, **query)
    assert not app.exception and not app.warning
    assert app.slider(key="deep-depth").value == 5 and app.number_input(key="deep-seed").value == 7
    assert app.select_slider(key="deep-rate").value == "0.1"
    assert app.segmented_control(key="deep-data").value == "xor" and app.segmented_control(key="deep-batch").value == "50"
    assert [app.segmented_control(key=f"deep-optimiser-{n}").value for n in (0, 1)] == ["sgd", "adam"]
    assert [app.toggle(key=f"deep-shortcuts-{n}").value for n in (0, 1)] == [False, True]
    assert race(app).epoch == 4
    assert json.dumps(race(opened(PAGE, lang=language, **query)).frame()) == json.dumps(race(app).frame())


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_one_click_away_and_a_link(name):
    app = opened(PAGE, lang="en", depth="2", seed="3", epoch="2")
    app.button_group(key="deep-scene").set_value(name).run()
    assert not app.exception and not app.warning
    assert {key: app.query_params[key] for key in SCENES[name]} == SCENES[name]
    assert "seed" not in app.query_params and race(app).epoch == 0


def test_what_is_chosen_is_in_the_address_and_trains_from_the_start():
    app = opened(PAGE, lang="en", **QUICK, epoch="3")
    assert race(app).epoch == 3
    app.toggle(key="deep-batch_norm-1").set_value(True).run()
    assert app.query_params["nets"] == "tanh-xavier;sigmoid-norm"
    assert "epoch" not in app.query_params and race(app).epoch == 0
    app.slider(key="deep-depth").set_value(4).run()
    assert app.query_params["depth"] == "4" and race(app).scene.common.depth == 4
    next(button for button in app.button if button.label == "Add a third net").click().run()
    assert len(race(app).scene.nets) == 3 and not app.exception


def test_the_question_is_graded_by_training():
    app = opened(PAGE, lang="en", nets="tanh-xavier;sigmoid-small;relu-large", reveal="true")
    app.button_group(key="deep-guess").set_value(["0", "1"]).run()
    told = said(app)
    assert ":material/check: **A: tanh · Xavier**: 0.00" in told and "below 0.3" in told
    assert ":material/close: **B: σ · small weights**: 0.693, not below 0.3" in told
    assert ":material/check: **C: ReLU · large weights**: beyond all bounds after epoch" in told
    assert "You foresaw 2 of 3." in told


def test_look_inside_is_the_step_s_graph():
    app = opened(PAGE, lang="en", **QUICK)
    app.session_state["xray"] = True
    app.run()
    assert not app.exception
    assert any("Scan" in element.value for element in app.code)
