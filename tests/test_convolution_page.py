"""The convolution's page by AppTest: links whole and broken, settings that do not fit, the graded guess, uploads."""

import json

import numpy as np
import pytest

from playground import convolution_photo as photos
from playground import convolution_scenes as scenes
from playground import convolution_search as searches
from playground import drawing, window
from playground.convolution import convolve
from tests.test_duel_page import png
from tests.test_images import bomb
from tests.test_pages import as_served, opened, said  # noqa: F401

PAGE = "pages/convolution.py"


def view(app, key: str) -> dict:
    """What a view of the page was given to show."""
    stack = [app.main]
    while stack:
        node = stack.pop()
        stack += list(getattr(node, "children", {}).values())
        proto = getattr(node, "proto", None)
        if getattr(proto, "component_name", "") == f"playground.{key}":
            return json.loads(proto.bytes)
    raise KeyError(key)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("name", scenes.SCENES)
def test_each_scene_opens_by_its_link(name, language):
    app = opened(PAGE, lang=language, scene=name)
    assert not app.exception and not app.warning and not app.error
    assert app.pills(key=f"scene-{language}").value == name
    scene = scenes.SCENES[name]
    expected = convolve(scene.x, scene.w, scene.b, scene.setting)["y"]
    assert np.allclose(view(app, "window")["output"]["values"], expected.ravel())


def test_a_link_restores_settings_and_numbers():
    app = opened(PAGE, lang="en", scene="first", stride="2", padding="same", fill="reflect", kernel="1,0;0,1", look="0.1.1")
    assert not app.exception and not app.warning
    assert app.segmented_control(key="stride-first-en").value == "2"
    shown = view(app, "window")
    assert shown["kernel"] == {"shape": [1, 1, 2, 2], "values": [1, 0, 0, 1]}
    assert (shown["stride"], shown["padding"], shown["look"]) == ([2, 2], "reflect", "0.1.1")


def test_another_scene_forgets_what_was_edited():
    app = opened(PAGE, lang="en", scene="first", kernel="1,0;0,1", stride="3")
    app.pills(key="scene-en").set_value("second").run()
    assert not app.exception and not app.warning
    assert view(app, "window")["kernel"]["values"] == scenes.SCENES["second"].w.ravel().tolist()
    assert app.segmented_control(key="stride-second-en").value == "1"
    assert "kernel" not in app.query_params and "stride" not in app.query_params


@pytest.mark.parametrize("query", [
    {"input": "1,2;3"}, {"kernel": "<b>"}, {"bias": "1/2"}, {"input": "1,1e9"}, {"kernel": "/" * 400},
    {"section": "search", "kernel": "x"}, {"section": "search", "drawing": "!!!"}, {"section": "photo", "kernel": "1/2"},
    {"scene": "first", "padding": "3", "fill": "reflect", "input": "1,2;3,4"}, {"input": "1"},
])  # fmt: skip
def test_what_is_damaged_or_does_not_fit_is_said(query):
    app = opened(PAGE, **query)
    assert not app.exception and len(app.warning) == 1


@pytest.mark.parametrize("query", [
    {"scene": "x"}, {"section": "x"}, {"stride": "9"}, {"padding": "-1"}, {"look": "a.b.c"}, {"look": "9.9.9"}, {"ask": "-1"},
    {"ask": "²"}, {"section": "photo", "gain": "nan", "offset": "x", "pixel": "1.2.3", "effect": "y", "colour": "z"},
    {"section": "photo", "pixel": "9999.9999", "gain": "99"}, {"reveal": "perhaps"}, {"scene": "channels", "groups": "2"},
])  # fmt: skip
def test_unknown_words_in_a_link_are_passed_over(query):
    app = opened(PAGE, **query)
    assert not app.exception and not app.warning and not app.error


def test_the_padding_slide_shows_both_results():
    text = said(opened(PAGE, lang="en", scene="padding"))
    assert "6 of 9 differ" in text
    assert "1 & 5 & 6 \\\\ 7 & 8 & 3 \\\\ 3 & 10 & 4" in text


def test_slashes_are_told_and_moved_by_buttons():
    app = opened(PAGE, lang="en", scene="slash")
    assert "**2**: this is **\\\\**" in said(app)
    app.button(key="slash-↑").click().run()
    app.button(key="slash-←").click().run()
    assert app.query_params["input"] == "0,0,0,0;0,1,0,0;0,0,1,0;0,0,0,0"
    assert "**2**: this is **\\\\**" in said(app)
    app.button(key="slash-/").click().run()
    assert "**1**: this is **/**" in said(app)


def test_the_ear_gives_nothing():
    app = opened(PAGE, lang="en", scene="curve")
    assert view(app, "window")["output"]["values"] == [6600]
    app.button(key="patch-ear").click().run()
    assert view(app, "window")["output"]["values"] == [0]
    assert "**6600** on the curve, **0** on the ear" in said(app)


def test_numbers_can_be_typed_as_text_and_a_mistake_stays_to_be_mended():
    app = opened(PAGE, lang="en", scene="second")
    app.text_area(key="typed-kernel-second").set_value("1 0\n0 1").run()
    assert view(app, "window")["kernel"]["values"] == [1, 0, 0, 1] and not app.error
    app.text_area(key="typed-kernel-second").set_value("1 0\n0 one").run()
    assert "no matrices" in app.error[0].value and not app.exception
    assert app.text_area(key="typed-kernel-second").value == "1 0\n0 one"
    assert view(app, "window")["kernel"]["values"] == [1, 0, 0, 1]
    app.text_area(key="typed-kernel-second").set_value("1 0\n0 2").run()
    assert view(app, "window")["kernel"]["values"] == [1, 0, 0, 2] and not app.error


def test_each_page_remembers_its_own_when_it_is_left():
    """Backpropagation has a `kernel` in its address too."""
    app = opened(PAGE, lang="en")
    app.pills(key="scene-en").set_value("second").run()
    app.text_area(key="typed-kernel-second").set_value("1 0 0\n0 1 0").run()
    for page in ("pages/backpropagation.py", PAGE):
        app.switch_page(page)
        app.query_params.clear()  # as the browser's navigation does
        app.run()
        assert not app.exception and not app.warning
        assert ("kernel" in app.query_params) == (page == PAGE)
    assert view(app, "window")["kernel"]["values"] == [1, 0, 0, 0, 1, 0]
    assert app.pills(key="scene-en").value == "second"


def test_groups_make_a_depthwise_convolution():
    app = opened(PAGE, lang="en", scene="channels")
    app.segmented_control(key="groups-channels-en").set_value("3").run()
    assert not app.exception and not app.warning
    assert view(app, "window")["kernel"]["shape"] == [3, 1, 3, 3]


def test_the_guess_is_graded_by_the_graph():
    app = opened(PAGE, lang="en", scene="first", ask="7", reveal="true")
    scene = scenes.SCENES["first"]
    y = convolve(scene.x, scene.w, None, scenes.asked(scene.x, scene.w, scene.setting, 7))["y"][0]
    row, column = scenes.spot(y, 7)
    assert "You foresaw 0 of 3." in said(app) and f"row {row}, column {column}" in said(app)
    app.number_input(key="guess-rows-7").set_value(y.shape[1])
    app.number_input(key="guess-columns-7").set_value(y.shape[2])
    app.number_input(key="guess-value-7").set_value(float(y[0, row, column])).run()
    assert "You foresaw 3 of 3." in said(app)
    next(button for button in app.button if button.label == "Another question").click().run()
    assert app.query_params["ask"] == "8" and "You foresaw" in said(app)


def test_the_search_stands_at_its_best_match():
    app = opened(PAGE, lang="en", section="search")
    row, column = searches.place(searches.search(drawing.picture(searches.MOUSE), scenes.CURVE))
    assert f"row {row}, column {column}" in said(app)
    assert view(app, "window")["look"] == f"0.{row}.{column}" and view(app, "window")["announce"]
    next(button for button in app.button if button.label == "The found patch as filter").click().run()
    assert f"row {row}, column {column}" in said(app) and not app.exception
    assert max(view(app, "window")["kernel"]["values"]) > 30


@pytest.mark.parametrize("name", photos.KERNELS)
def test_each_kernel_changes_the_photo_by_its_link(name):
    app = opened(PAGE, lang="en", section="photo", effect=name)
    assert not app.exception and not app.warning
    shown = view(app, "filtered")
    assert (shown["before"] == shown["after"]) == (name == "identity")
    assert shown["texts"]["after"] == photos.titles()[name] and photos.notes()[name] in said(app)


def test_a_kernel_in_the_link_is_used_and_a_choice_replaces_it():
    app = opened(PAGE, lang="en", section="photo", effect="edges", kernel="0,0,0;0,1,0;0,0,0", gain="2", offset="-30")
    assert view(app, "window")["kernel"]["values"] == photos.KERNELS["identity"].ravel().tolist()
    assert (view(app, "filtered")["gain"], view(app, "filtered")["offset"]) == (2, -30)
    app.pills(key="effect-en").set_value("blur").run()
    assert np.allclose(view(app, "window")["kernel"]["values"], 1 / 9) and view(app, "filtered")["gain"] == 1


@pytest.mark.parametrize(("content", "message"), [
    (b"", "empty"), (png((50, 50))[:60], "damaged"), (b"not a picture", "not a picture"), (bomb(), "50 megapixels"),
])  # fmt: skip
def test_a_bad_upload_is_refused_and_the_page_goes_on(content, message):
    app = opened(PAGE, lang="en", section="photo")
    app.segmented_control(key="photo").set_value("upload").run()
    app.file_uploader(key="photo-upload").set_value(("photo.png", content, "image/png")).run()
    assert not app.exception and message in app.error[0].value
    for size in ((1, 1), (700, 3), (640, 480)):
        app.file_uploader(key="photo-upload").set_value(("photo.png", png(size), "image/png")).run()
        assert not app.exception and not app.error
    assert (view(app, "filtered")["width"], view(app, "filtered")["height"]) == (480, 360)


def test_the_view_is_told_what_it_needs():
    scene = scenes.SCENES["layer"]
    answer = convolve(scene.x, scene.w, scene.b, scene.setting)
    packed = window.data("conv", scene.x, answer["y"][0], w=scene.w, bias=scene.b, sums=answer["sums"][0], activation="σ")
    assert packed["bias"]["shape"] == (1, 1, 1) and packed["size"] == [3, 3] and packed["signed"] == ["kernel", "bias"]
    assert packed["sums"]["values"] != packed["output"]["values"]
    pooled = window.data("max", scene.x, scene.x[:, :1, :1], size=(2, 2), padding="none")
    assert pooled["kernel"] is None and pooled["size"] == [2, 2] and pooled["sums"] == pooled["output"]
