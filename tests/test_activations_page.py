"""The page on activation functions by AppTest: links whole and broken, the graded guesses, what can be taken home."""

import pytest

from playground import activations, dying
from tests.test_pages import as_served, opened, said  # noqa: F401

PAGE = "pages/activations.py"
SCENES = ("curves", "dying", "softmax", "linear", "deep")


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("scene", SCENES)
def test_each_scene_opens_by_its_link(scene, language):
    app = opened(PAGE, lang=language, section=scene)
    assert not app.exception and not app.error and not app.warning
    assert app.segmented_control(key=f"section-{language}").value == scene
    assert (sum("а" <= letter.lower() <= "я" for letter in said(app)) > 100) == (language == "ru")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_link_restores_functions_and_parameters(language):
    app = opened(PAGE, lang=language, functions="elu,leaky", a_elu="2.0", a_leaky="0.2", point="-1.25")
    assert app.pills(key=f"functions-{language}").value == ["elu", "leaky"]
    assert (app.slider(key="a_elu").value, app.slider(key="a_leaky").value) == (2.0, 0.2)


def test_links_restore_the_other_scenes():
    app = opened(PAGE, lang="en", section="dying", w0="3.0", b0="3.0", step_size="0.55", beside="elu", moment="7")
    assert [app.slider(key=key).value for key in ("w0", "b0", "step_size")] == [3, 3, 0.55]
    assert app.selectbox(key="beside-en").value == "elu" and app.slider(key="alpha_elu").value == 1
    app = opened(PAGE, lang="en", section="linear", W1="1;0;0", bent="true")
    assert app.text_input(key="W1").value == "1;0;0" and app.toggle(key="bent").value
    app = opened(
        PAGE, lang="en", section="deep", through="tanh", weights="he", net_depth="20", weights_times="1.5", net_seed="7"
    )
    assert app.multiselect(key="through-en").value == ["tanh"] and app.selectbox(key="weights-en").value == "he"
    assert (app.slider(key="net_depth").value, app.slider(key="weights_times").value) == (20, 1.5)
    assert app.number_input(key="net_seed").value == 7


@pytest.mark.parametrize(("query", "warned"), [
    ({"section": "nothing"}, False), ({"functions": "step,<b>"}, False), ({"functions": "sigmoid,tanh,relu,elu,gelu"}, False),
    ({"a_leaky": "9", "functions": "leaky"}, False), ({"point": "7"}, True), ({"point": "nan"}, True), ({"point": "x"}, True),
    ({"section": "dying", "moment": "121"}, True), ({"section": "dying", "b0": "x"}, False),
    ({"section": "dying", "beside": "relu"}, False),
    ({"section": "softmax", "logits": "1,,x"}, True), ({"section": "softmax", "logits": "1,2,3,4,5,6,7"}, True),
    ({"section": "softmax", "temperature": "0"}, True), ({"section": "softmax", "added": "1e9"}, True),
    ({"section": "linear", "W2": "1,2;3"}, True), ({"section": "linear", "b3": ""}, True),
    ({"section": "deep", "at_layer": "0"}, True),
    ({"section": "deep", "net_depth": "10", "at_layer": "40"}, False), ({"section": "deep", "weights": "huge"}, False),
    ({"section": "deep", "net_seed": "-1"}, False), ({"lang": "xx"}, False),
])  # fmt: skip
def test_a_broken_link_still_opens(query, warned):
    app = opened(PAGE, **query)
    assert not app.exception and not app.error
    assert bool(app.warning) == warned


def test_a_fourth_function_takes_the_place_of_the_first():
    app = opened(PAGE, lang="en")
    app.pills(key="functions-en").set_value(["sigmoid", "tanh", "relu", "gelu"]).run()
    assert not app.exception and app.pills(key="functions-en").value == ["tanh", "relu", "gelu"]
    app.pills(key="functions-en").set_value([]).run()
    assert not app.exception and "**sigmoid**" in said(app)


def test_the_guesses_are_graded_by_the_graphs():
    app = opened(PAGE, lang="en", reveal_pass="true")
    alive = [name for name in activations.FUNCTIONS if abs(activations.at(name, activations.points(-4))["slope"][0]) >= 0.01]
    assert f"You foresaw {13 - len(alive)} of 13." in said(app)
    app.pills(key="guess_pass").set_value(alive).run()
    assert "You foresaw 13 of 13." in said(app)

    app = opened(PAGE, lang="en", section="deep", reveal_left="true")
    app.pills(key="guess_left").set_value("-31").run()
    assert ":material/check: **10⁻³¹**" in said(app)

    app = opened(PAGE, lang="en", section="linear", reveal_kinks="true")
    app.pills(key="guess_kinks").set_value("3").run()
    assert ":material/close: **8**" in said(app)

    app = opened(PAGE, lang="en", section="softmax", reveal_shifted="true")
    assert ":material/help: **It stays**: 0.609 → 0.609" in said(app)


def test_a_start_is_one_click_away():
    app = opened(PAGE, lang="en", section="dying", moment="9")
    app.button(key="start_killed").click().run()
    assert not app.exception and "moment" not in app.query_params
    assert [app.slider(key=key).value for key in ("w0", "b0", "step_size")] == list(dying.STARTS["killed"].values())
    app = opened(PAGE, lang="en", section="deep")
    app.button(key="scene_burst").click().run()
    assert not app.exception and app.slider(key="weights_times").value == 1.2
    assert app.multiselect(key="through-en").value == ["tanh", "relu", "selu"]


def test_a_matrix_of_another_shape_is_named_and_kept():
    app = opened(PAGE, lang="en", section="linear")
    app.text_input(key="W2").set_value("1,2").run()
    assert not app.exception and "$W_2$ must be 3 × 3" in app.warning[0].value and app.text_input(key="W2").value == "1,2"


@pytest.mark.parametrize("scene", SCENES)
def test_look_inside_shows_the_graph(scene):
    app = opened(PAGE, lang="en", section=scene)
    app.session_state["xray"] = app.session_state["home"] = True
    app.run()
    assert not app.exception
    assert any("=>" in code.value for code in app.code) and any("import" in code.value for code in app.code)
