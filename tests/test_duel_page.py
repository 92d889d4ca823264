"""The duel's page by AppTest: links whole and broken, uploads good and bad, the graded guess."""

from io import BytesIO

import pytest
from PIL import Image

from playground import catalog, duel, links
from tests.test_images import bomb
from tests.test_pages import as_served, opened, said  # noqa: F401

PAGE = "pages/duel.py"


def png(size: tuple[int, int]) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, "teal").save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_link_restores_the_scene_in_any_language(language):
    last = duel.nets()[-1]
    app = opened(PAGE, lang=language, nets=last, sample="french_horn", change="turn", cost="parameters", inside=last)
    assert app.multiselect(key=f"nets-{language}").value == [last]
    assert app.pills(key=f"sample-{language}").value == "french_horn"
    assert app.segmented_control(key=f"change-{language}").value == "turn"
    assert app.selectbox(key=f"inside-{language}").value == last


def test_a_choice_is_written_into_the_address():
    app = opened(PAGE, lang="en")
    app.pills(key="sample-en").set_value("parachute").run()
    app.multiselect(key="nets-en").set_value([duel.nets()[0]]).run()
    assert app.query_params["sample"] == "parachute" and app.query_params["nets"] == duel.nets()[0]


@pytest.mark.parametrize("query", [
    {"nets": "nobody"}, {"nets": "lenet5_mnist"}, {"nets": ",,"}, {"nets": ",".join([*duel.nets()] * 3)}, {"sample": "<b>"},
    {"shown": "dragon"}, {"change": "x"}, {"cost": "euro"}, {"inside": "softmax_mnist"}, {"reveal": "maybe"}, {"lang": "xx"},
])  # fmt: skip
def test_a_broken_link_still_opens(query):
    app = opened(PAGE, **query)
    assert not app.exception and not app.error


def test_no_net_is_no_duel():
    app = opened(PAGE, lang="en")
    app.multiselect(key="nets-en").set_value([]).run()
    assert not app.exception and "Stages, aligned by resolution" in said(app)


@pytest.mark.parametrize(("name", "content", "message"), [
    ("photo.png", b"", "empty"),
    ("photo.png", png((50, 50))[:60], "damaged"),
    ("photo.png", b"not a picture", "not a picture"),
    ("bomb.png", bomb(), "50 megapixels"),
])  # fmt: skip
def test_a_bad_upload_is_refused_and_the_page_goes_on(name, content, message):
    app = opened(PAGE, lang="en")
    app.segmented_control(key="photo").set_value("upload").run()
    app.file_uploader(key="photo-upload").set_value((name, content, "image/png")).run()
    assert not app.exception
    assert message in app.error[0].value
    assert "What accuracy costs" in said(app)
    for size in ((1, 1), (700, 3), (640, 480)):
        app.file_uploader(key="photo-upload").set_value(("photo.png", png(size), "image/png")).run()
        assert not app.exception and not app.error


@pytest.mark.parametrize("change", duel.CHANGES)
def test_the_guess_is_graded_by_the_nets(change):
    app = opened(PAGE, lang="en", change=change, sample="golf_ball", reveal="true")
    assert not app.exception
    picture = duel.photo("golf_ball")
    held = 0
    for name in duel.pair():
        before = duel.read(name, picture)
        held += before.answer == duel.read(name, duel.CHANGES[change](picture, before)).answer
    assert f"You foresaw {2 - held} of 2." in said(app)  # nobody was chosen, so each net that held was missed


def test_look_inside_is_of_the_chosen_net():
    name = duel.nets()[0]
    app = opened(PAGE, lang="en", inside=name)
    app.session_state["xray"] = True
    app.run()
    assert not app.exception
    table = next(element.value for element in app.markdown if "| node |" in element.value)
    assert f"{catalog.facts(name)['parameters']:,}" in table


def test_codes_in_the_address_are_passed_over_where_unknown(monkeypatch):
    monkeypatch.setattr(links.st, "query_params", {"nets": "b,x,b,a", "sample": "x"})
    assert links.chosen("abc", ["c"], "nets") == ["b", "a"]
    assert links.chosen("abc", "c", "sample") == "c"
