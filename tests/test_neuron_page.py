"""The neuron's page by AppTest: links whole and broken, questions graded by the graph."""

import pytest

from playground import halfplanes, neuron_training
from tests.test_pages import as_served, opened, said  # noqa: F401

PAGE = "pages/neuron.py"


@pytest.mark.parametrize("query", [
    {"neuron": "x"}, {"neuron": "1,2"}, {"neuron": "nan,1,1"}, {"section": "lines", "lines": "<b>"},
    {"section": "lines", "lines": "aao:0,0,1,1"},
    {"section": "learning", "points": "1,2"}, {"section": "learning", "points": "1,1,7"},
    {"section": "learning", "trained": "1001"},
    {"section": "learning", "trained": "-1"}, {"section": "learning", "trained": "²"},
])  # fmt: skip
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_damaged_link_warns_and_opens(query, language):
    app = opened(PAGE, lang=language, **query)
    assert not app.exception and not app.error
    assert len(app.warning) == 1
    assert any("а" <= letter <= "я" for letter in app.warning[0].value) == (language == "ru")


@pytest.mark.parametrize("query", [
    {"section": "x"}, {"f": "softmax"}, {"section": "lines", "sharpness": "3"}, {"section": "learning", "neurons": "99"},
    {"section": "learning", "hidden": "relu", "learning_rate": "7", "seed": "x"},
])  # fmt: skip
def test_an_unknown_choice_is_passed_over(query):
    app = opened(PAGE, **query)
    assert not app.exception and not app.error and not app.warning


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_link_restores_a_training_in_any_language(language):
    app = opened(
        PAGE, lang=language, section="learning", neurons="2", hidden="and", learning_rate="0.3", seed="17", trained="40"
    )
    assert not app.exception and not app.warning
    assert app.slider(key="neurons").value == 2 and app.number_input(key="seed").value == 17
    assert app.segmented_control(key=f"hidden-{language}").value == "and"
    assert app.select_slider(key=f"learning_rate-{language}").value == "0.3"


def test_the_functions_of_one_neuron_are_counted():
    app = opened(PAGE, lang="en", reveal_functions="true")
    app.slider(key="guess").set_value(14).run()
    assert "it is **14**" in said(app) and ":material/check:" in said(app)
    assert "`0110`, `1001`" in said(app)
    app.slider(key="guess").set_value(16).run()
    assert ":material/close:" in said(app)


def test_the_regions_are_those_of_the_lines_in_the_link():
    app = opened(PAGE, lang="en", section="lines", reveal_regions="true", lines=halfplanes.scenes()["triangle"])
    app.number_input(key="parts").set_value(7).run()
    assert "gives **7**" in said(app) and ":material/check:" in said(app)


def test_how_few_lines_are_enough_is_found_by_training():
    app = opened(PAGE, lang="en", section="learning", reveal_fewest="true", hidden="sigmoid",
                 points=neuron_training.presets()["xor"])  # fmt: skip
    app.segmented_control(key="few").set_value("2").run()
    assert not app.exception
    assert ":material/close: 1 hidden: at best 75 % of the points are right" in said(app)
    assert ":material/check: 2 hidden: at best 100 % of the points are right" in said(app)
    assert "That is what you said." in said(app) and "3 hidden" not in said(app)


@pytest.mark.parametrize(("section", "operator"), [("neuron", "Sign"), ("lines", "Greater"), ("learning", "Loop")])
def test_look_inside_is_the_graph_of_the_part(section, operator):
    app = opened(PAGE, lang="en", section=section)
    app.session_state["xray"] = True
    app.run()
    assert not app.exception
    assert any(operator in element.value for element in app.code)
    table = next(element.value for element in app.markdown if "| node |" in element.value)
    assert f"| {operator} |" in table
