"""The page on localisation by AppTest: links whole and broken, uploads good and bad, questions graded by the graphs."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from playground import localization, overlap, sliding_window
from tests.test_images import bomb
from tests.test_pages import as_served, opened, said  # noqa: F401

PAGE = "pages/localization.py"
SECTIONS = ("box", "iou", "sliding", "convolution")


@pytest.mark.parametrize("query", [
    {"box_cat": "x"}, {"box_cat": "0,0,2,1"}, {"section": "iou", "pair": "0,0,1,1"}, {"section": "iou", "pair": "<b>"},
    {"section": "sliding", "drawing": "!"}, {"section": "sliding", "look": "99.99"}, {"section": "sliding", "look": "x"},
])  # fmt: skip
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_damaged_link_warns_and_opens(query, language):
    app = opened(PAGE, lang=language, **query)
    assert not app.exception and not app.error
    assert len(app.warning) == 1
    assert any("а" <= letter <= "я" for letter in app.warning[0].value) == (language == "ru")


@pytest.mark.parametrize("query", [
    {"section": "x"}, {"sample": "x"}, {"there": "perhaps", "animal": "crocodile"}, {"section": "iou", "puzzle": "-5"},
    {"section": "sliding", "window": "2"}, {"section": "convolution", "side": "999", "pool": "3", "answer": "x.y"},
])  # fmt: skip
def test_an_unknown_choice_is_passed_over(query):
    app = opened(PAGE, **query)
    assert not app.exception and not app.error and not app.warning


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_opens_in_its_language(section, language):
    app = opened(PAGE, lang=language, section=section)
    assert not app.exception and not app.error and not app.warning
    assert any("а" <= letter <= "я" for letter in said(app)) == (language == "ru")


# ---- one box


def table(app) -> list[list[str]]:
    rows = next(element.value for element in app.markdown if "hat y" in element.value and "|" in element.value).split("\n")[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_the_target_is_written_out():
    app = opened(PAGE, lang="en", sample="cat", box_cat="0.1,0.2,0.5,0.8")
    rows = table(app)
    assert [row[1] for row in rows] == ["1", "0.3", "0.5", "0.6", "0.4", "0", "1", "0", "0", "0"]
    y = localization.read(localization.sample("cat")).y
    assert [float(row[2]) for row in rows] == pytest.approx(y.tolist(), abs=6e-4)


def test_without_an_animal_there_are_question_marks_and_no_loss():
    app = opened(PAGE, lang="en", sample="church")
    rows = table(app)
    assert rows[0][1] == "0" and all(row[1] == "**?**" and row[3] == row[4] == "–" for row in rows[1:])
    assert app.segmented_control(key="there-churchen").value == "no"
    app.segmented_control(key="there-churchen").set_value("yes").run()
    assert all("?" not in row[1] for row in table(app)) and not app.exception


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_link_restores_what_was_said(language):
    app = opened(PAGE, lang=language, sample="sheep", there="yes", animal="cow", box_sheep="0.1,0.1,0.3,0.3")
    assert not app.exception and not app.warning
    assert app.selectbox(key=f"animal-sheep{language}").value == "cow"
    assert table(app)[-1][1] == "1"


@pytest.mark.parametrize(("there", "right"), [("no", 1), ("yes", 10)])
def test_who_learns_is_counted_in_the_gradient(there, right):
    app = opened(PAGE, lang="en", sample="cat", reveal="true")
    key = f"guess_{there}"
    app.pills(key=key).set_value(right).run()
    assert f":material/check: {right}: the graph gives {10 - right}" in said(app)
    app.pills(key=key).set_value(5).run()
    assert f":material/close: {right}:" in said(app)


# ---- pictures that people send


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def cat() -> Image.Image:
    return Image.fromarray(localization.sample("cat"))


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # by a quarter, as telephones write
    return encoded(cat().transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif, quality=95)


GOOD = {
    "large.jpg": lambda: encoded(cat().resize((8000, 6000)), "JPEG", quality=60),
    "grey.png": lambda: encoded(cat().convert("L"), "PNG"),
    "cmyk.jpg": lambda: encoded(cat().convert("CMYK"), "JPEG", quality=95),
    "animated.gif": lambda: encoded(cat(), "GIF", save_all=True, append_images=[Image.new("RGB", cat().size)]),
    "turned.jpg": turned,
}
BAD = {"text.jpg": b"no picture at all", "empty.png": b"", "bomb.png": bomb(), "cut.jpg": None}


def uploaded(name: str, content: bytes):
    app = opened(PAGE, lang="en")
    app.segmented_control(key="photo").set_value("upload").run()
    return app.file_uploader(key="photo-upload").set_value((name, content, "image/jpeg")).run()


@pytest.mark.parametrize("name", GOOD)
def test_a_cat_is_a_cat_in_any_file(name):
    app = uploaded(name, GOOD[name]())
    assert not app.exception and not app.error
    assert "an animal" in said(app) and "**cat**" in said(app)
    assert ("This is an animation" in said(app)) == (name == "animated.gif")


def test_a_single_pixel_is_a_photo_too():
    app = uploaded("one.png", encoded(Image.new("RGB", (1, 1)), "PNG"))
    assert not app.exception and not app.error and "The net: no animal" in said(app)


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_picture_is_refused_and_the_sample_stays(name):
    app = uploaded(name, BAD[name] if BAD[name] is not None else encoded(cat(), "JPEG")[:2000])
    assert not app.exception and len(app.error) == 1
    assert len(table(app)) == 10


# ---- two boxes


def test_which_pair_agrees_better_is_graded():
    app = opened(PAGE, lang="en", section="iou", puzzle="7", reveal_pair="true")
    pairs = overlap.puzzle(7)
    values = overlap.measured(pairs[:, 0], pairs[:, 1])["iou"][:, 0]
    right = str(values.argmax() + 1)
    app.pills(key="guess_pair").set_value(right).run()
    assert f":material/check: Pair 1: {round(float(values[0]), 3)}, pair 2: {round(float(values[1]), 3)}." in said(app)
    app.pills(key="guess_pair").set_value(str(3 - int(right))).run()
    assert ":material/close: Pair 1" in said(app)


def test_a_scene_s_button_writes_its_boxes():
    app = opened(PAGE, lang="en", section="iou")
    app.button(key="scene-half").click().run()
    boxes = overlap.parse("".join(app.query_params["pair"]))
    assert overlap.measured(boxes[:1], boxes[1:])["iou"][0, 0] == pytest.approx(1 / 3)


# ---- the window


@pytest.mark.parametrize("share", sliding_window.SHARES)
def test_any_window_size_opens(share):
    app = opened(PAGE, lang="en", section="sliding", window=share)
    assert not app.exception and not app.warning and app.select_slider(key="window-en").value == share


def test_savings_are_graded_by_the_counts():
    app = opened(PAGE, lang="en", section="sliding", reveal_saved="true")
    one, once = sliding_window.cost(sliding_window.side_of("0.2"))
    times = one * 29**2 / once
    assert f"**{round(times, 1)} times**" in said(app)
    app.pills(key="guess_saved").set_value("8-16").run()
    assert 8 <= times < 16 and ":material/check: 841 windows" in said(app)
    app.pills(key="guess_saved").set_value("2-4").run()
    assert ":material/close: 841 windows" in said(app)


def test_the_lecture_s_sizes_are_counted_and_agree():
    app = opened(PAGE, lang="en", section="convolution", side="16")
    text = next(element.value for element in app.markdown if "windows, each on its own" in element.value)
    assert text.startswith("2×2 windows, each on its own: 4 × 441,600 = 1,766,400 multiply-adds. At once: **1,459,200**")
    assert "differ by at most" in text


def test_the_step_is_graded():
    app = opened(PAGE, lang="en", section="convolution", reveal_stride="true")
    app.pills(key="guess_stride").set_value(4).run()
    assert ":material/check: **4**." in said(app)
    app.pills(key="guess_stride").set_value(2).run()
    assert ":material/close: **4**." in said(app)


@pytest.mark.parametrize(("section", "operator"), [("box", "Conv"), ("iou", "ReduceProd"), ("sliding", "Conv"),
                                                   ("convolution", "Conv")])  # fmt: skip
def test_look_inside_is_the_graph_of_the_section(section, operator):
    app = opened(PAGE, lang="en", section=section)
    app.session_state["xray"] = True
    app.run()
    assert not app.exception
    rows = next(element.value for element in app.markdown if "| node |" in element.value)
    assert f"| {operator} |" in rows


def test_a_blank_sheet_has_nothing_on_it():
    app = opened(PAGE, lang="en", section="sliding", drawing="")
    assert not app.exception and not app.warning
    sweep = sliding_window.sweep(sliding_window.picture("", "0.33"))
    assert np.all(sweep.said.argmax(-1) == 10)
