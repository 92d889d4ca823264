"""The page "Fit a line, fit a plane" by AppTest: links whole and broken, questions graded by the graph."""

import json

import pytest

from playground import fit_line, fit_plane
from tests.test_pages import as_served, opened, said  # noqa: F401

PAGE = "pages/fit.py"


def shown(app, name):
    """What a view was given."""
    for element in app.get("bidi_component"):
        proto = element.proto
        if proto.component_name.endswith(f".{name}"):
            return json.loads(proto.bytes)
    raise AssertionError(f"no view {name}")


@pytest.mark.parametrize("query", [
    {"points": "1,2,3"}, {"points": "9,9"}, {"section": "line", "points": "<b>"}, {"start": "7,0"},
    {"section": "line", "start": "x"},
    {"rate": "nan"}, {"rate": "5"}, {"step": "401"}, {"step": "-1"}, {"section": "plane", "table": "1,2,3"},
    {"section": "plane", "table": "1,2,3,x"}, {"section": "plane", "plane_step": "1002"},
    {"section": "plane", "plane_rate": ""},
])  # fmt: skip
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_damaged_link_warns_and_opens(query, language):
    app = opened(PAGE, lang=language, **query)
    assert not app.exception and not app.error
    assert len(app.warning) == 1
    assert any("а" <= letter <= "я" for letter in app.warning[0].value) == (language == "ru")


@pytest.mark.parametrize("query", [{"section": "x"}, {"section": "plane", "pair": "w9"}, {"seed": "x"}])
def test_an_unknown_choice_is_passed_over(query):
    app = opened(PAGE, **query)
    assert not app.exception and not app.error and not app.warning


@pytest.mark.parametrize("section", ["search", "line", "plane", "words"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_each_section_ends_with_the_step_s_graph(section, language):
    app = opened(PAGE, lang=language, section=section)
    app.session_state["xray"] = app.session_state["home"] = True
    app.run()
    assert not app.exception and not app.error and not app.warning
    assert any("Scan" in element.value for element in app.code) and any(
        "InferenceSession" in element.value for element in app.code
    )


def test_blind_tries_are_counted():
    app = opened(PAGE, lang="en", reveal_tries="true", seed="4")
    _error, tries = fit_line.tries_needed(fit_run(), 15, 4)
    assert f"needed **{tries:,}** tries" in said(app)
    right = next(str(most) for most in (100, 1000, 10_000, 100_000) if tries <= most)
    assert ":material/check:" in said(app.button_group(key="tries").set_value(right).run())


def fit_run():
    return fit_line.Descent(fit_line.presets()["noisy"], 0.01, fit_line.START, 0)


def test_the_limit_falls_when_points_move_away():
    app = opened(PAGE, lang="en", section="line", reveal_moved="true")
    assert ":material/check:" in said(app.button_group(key="moved").set_value("smaller").run())
    assert ":material/close:" in said(app.button_group(key="moved").set_value("larger").run())


def test_more_steps_leave_the_least_squares_error():
    app = opened(PAGE, lang="en", section="plane", reveal_longer="true")
    assert "**0.01034**" in said(app)
    assert ":material/check:" in said(app.button_group(key="longer").set_value("lower").run())
    away = opened(PAGE, lang="en", section="plane", reveal_longer="true", plane_rate="0.1")
    assert "runs away" in said(away)


def test_the_programs_are_run():
    app = opened(PAGE, lang="en", section="words", reveal_program="true")
    told = said(app.button_group(key="program").set_value("theano").run())
    assert ":material/check: Theano 0.01526 · TensorFlow" in told
    assert len([code for code in app.code if "1001" in code.value]) == 4


def test_the_slide_s_digits_are_shown_only_beside_the_slide_s_data():
    assert shown(opened(PAGE, section="plane"), "plane")["printed"] == fit_plane.PRINTED
    assert shown(opened(PAGE, section="plane", table="2,0.1,3,1;1,0.1,2,1"), "plane")["printed"] is None
    assert shown(opened(PAGE, section="plane", plane_rate="0.02"), "plane")["printed"] is None
