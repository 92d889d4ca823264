"""YOLO's page by AppTest: links whole and broken, pictures of every kind, guesses that the graph grades."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from playground import catalog, detection, detection_loss, detection_quality
from playground.detection_samples import photo, photos, sheets
from playground.drawing import picture as drawn
from tests.test_pages import as_served, opened, said  # noqa: F401

PAGE = "pages/detection.py"
LAST = detection.nets()[-1]
OF_PHOTOS = [name for name in detection.nets() if name in photos()]
SECTIONS = ["detect", "suppression", "loss", *(["quality"] if detection_quality.nets() else [])]


def picture_of(name: str) -> np.ndarray:
    """What a detector looks at when the page is opened."""
    if name == detection.DIGITS:
        return drawn(next(iter(sheets().values())), times=2)
    return detection.small(photo(next(iter(photos()[name]))))


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("name", detection.nets())
def test_each_section_of_each_net_opens(name, section, language):
    app = opened(PAGE, lang=language, section=section, net=name)
    assert not app.exception and not app.error and not app.warning
    assert app.segmented_control(key=f"section-{language}").value == section
    if section != "quality" or name in detection_quality.nets():
        assert app.segmented_control(key=f"net-{language}").value == name


@pytest.mark.skipif(not OF_PHOTOS, reason="no detector of photos is built")
def test_a_choice_is_written_into_the_address():
    app = opened(PAGE, lang="en", net=OF_PHOTOS[0], cell="3.4", thresholds="0.30,0.60")
    code = list(photos()[OF_PHOTOS[0]])[1]
    app.pills(key=f"sample-{OF_PHOTOS[0]}en").set_value(code).run()
    assert app.query_params["sample"] == code
    if len(detection.nets()) > 1:
        other = next(name for name in detection.nets() if name != OF_PHOTOS[0])
        app.segmented_control(key="net-en").set_value(other).run()
        assert app.query_params["net"] == other
        assert "cell" not in app.query_params and "thresholds" not in app.query_params  # they were the other picture's


@pytest.mark.parametrize(("query", "warned"), [
    ({"net": "nobody"}, False), ({"section": "x"}, False), ({"cell": "99.99"}, False), ({"cell": "<b>"}, False),
    ({"look": "x"}, False), ({"thresholds": "x"}, True), ({"thresholds": "0.5"}, True), ({"thresholds": "7,7"}, True),
    ({"section": "suppression", "step": "-4"}, True), ({"section": "suppression", "step": "9999"}, False),
    ({"section": "loss", "truth": "1,2"}, True), ({"section": "loss", "kind": "77"}, False),
    ({"section": "loss", "cell": "3.3", "truth": "9,9,1,1"}, True), ({"section": "quality", "at": "x"}, True),
    ({"section": "quality", "class": "77"}, False), ({"sample": "nobody"}, False), ({"lang": "xx"}, False),
])  # fmt: skip
def test_a_broken_link_still_opens(query, warned):
    if query.get("section") == "quality" and not detection_quality.nets():
        pytest.skip("no detector's validation is here")
    app = opened(PAGE, **query)
    assert not app.exception and not app.error
    assert bool(app.warning) == warned


@pytest.mark.skipif(detection.DIGITS not in detection.nets(), reason="digits are not built")
def test_a_damaged_drawing_is_told():
    app = opened(PAGE, lang="en", drawing="!!!")
    assert not app.exception and "three digits instead" in app.warning[0].value


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # the phone was held on its side
    return encoded(Image.fromarray(photo("smear")), "JPEG", exif=exif)


SENT = {
    "large": (lambda: encoded(Image.new("RGB", (8000, 6000), "teal"), "JPEG"), (480, 640)),
    "large png": (lambda: encoded(Image.new("1", (8000, 6000)), "PNG"), (480, 640)),
    "pixel": (lambda: encoded(Image.new("RGB", (1, 1), "teal"), "PNG"), (1, 1)),
    "grey": (lambda: encoded(Image.fromarray(photo("smear")).convert("L"), "PNG"), (480, 640)),
    "cmyk": (lambda: encoded(Image.fromarray(photo("smear")).convert("CMYK"), "JPEG"), (480, 640)),
    "gif": (lambda: encoded(Image.fromarray(photo("smear")), "GIF", save_all=True,
                            append_images=[Image.fromarray(photo("smear_2"))]), (480, 640)),
    "turned": (turned, (640, 480)),
}  # fmt: skip


@pytest.mark.parametrize("kind", SENT)
def test_pictures_of_every_kind_are_looked_at(kind):
    """Upright, as large as is kept, and with the colours that were sent; what is special about one is told."""
    content, size = SENT[kind][0](), SENT[kind][1]
    app = opened(PAGE, lang="en", net=LAST)
    app.segmented_control(key="photo").set_value("upload").run()
    app.file_uploader(key="photo-upload").set_value(("photo.jpg", content, "image/jpeg")).run()
    assert not app.exception and not app.error
    picture = app.session_state["photo-sent"][2]
    assert picture.shape == (*size, 3)
    assert ("only 1 × 1 pixels" in "".join(info.value for info in app.info)) == (kind == "pixel")
    assert ("animation" in said(app)) == (kind == "gif")
    if kind in ("cmyk", "gif"):
        assert np.abs(picture.astype(float) - photo("smear")).mean() < 12
    if kind == "turned":
        assert np.abs(picture.astype(float) - np.rot90(photo("smear"), -1)).mean() < 12


@pytest.mark.parametrize("content", [b"This is no photo, whatever its name says.", b"", turned()[:3000]])
def test_what_is_no_picture_is_refused_and_the_page_goes_on(content):
    app = opened(PAGE, lang="en", net=LAST)
    app.segmented_control(key="photo").set_value("upload").run()
    app.file_uploader(key="photo-upload").set_value(("photo.jpg", content, "image/jpeg")).run()
    assert not app.exception
    assert any(why in app.error[0].value for why in ("not a picture", "empty", "damaged"))
    assert "cells answer" in said(app)


@pytest.mark.parametrize("guessed", [None, 0, "right"])
def test_the_guess_is_graded_by_the_graph(guessed):
    name = detection.nets()[0]
    app = opened(PAGE, lang="en", net=name, section="suppression", thresholds="0.20,0.50", reveal="true")
    truth = detection.read(name, picture_of(name), 0.2, 0.9).count
    if guessed is not None:
        app.number_input(key="guess").set_value(truth if guessed == "right" else truth + 1).run()
    assert not app.exception
    mark = {None: "help", "right": "check"}.get(guessed, "close")
    told = next(element.value for element in app.markdown if "asked again" in element.value)
    assert f"**{truth}**" in told and f":material/{mark}:" in told


@pytest.mark.skipif(not detection_quality.nets(), reason="no detector's validation is here")
def test_what_a_threshold_costs_is_graded_by_the_curve():
    app = opened(PAGE, lang="en", section="quality", at="0.20", reveal_threshold="true", **{"class": "0"})
    assert not app.exception
    curve = detection_quality.curves(detection_quality.nets()[0])[0]
    assert f"{round(100 * curve.at(0.6)[0], 1):g} %, recall" in said(app)
    truth = {(True, True): "both", (True, False): "precision", (False, True): "recall", (False, False): "neither"}
    answer = truth[curve.at(0.6)[0] < curve.at(0.2)[0], curve.at(0.6)[1] < curve.at(0.2)[1]]
    app.segmented_control(key="falls").set_value(answer).run()
    assert ":material/check:" in said(app)


@pytest.mark.parametrize("name", detection.nets())
def test_a_link_restores_the_truth_and_the_cell(name):
    app = opened(PAGE, lang="en", net=name, section="loss", truth="20,30,120,140", cell="2.3", kind="1")
    assert not app.exception and not app.warning
    app.session_state["home"] = True
    app.run()
    code = next(element.value for element in app.code if "binary_cross_entropy" in element.value)
    found = detection.read(name, picture_of(name), *detection.parse_thresholds(detection.thresholds(name)))
    loss = detection_loss.of_cell(found, 2 * found.grid[1] + 3, (20, 30, 120, 140), 1)
    printed = []
    exec(code, {"print": lambda *values: printed.extend(values)})
    # the code that is taken home computes the loss that is shown
    np.testing.assert_allclose(printed[0], loss.terms[0].sum(), rtol=2e-2, atol=2e-3)
    np.testing.assert_allclose(printed[1].numpy(), loss.gradients[0], rtol=2e-2, atol=5e-3)


@pytest.mark.parametrize("name", detection.nets())
def test_look_inside_and_take_home(name, tmp_path):
    """The nodes are listed; the code that is taken home finds what the page finds."""
    app = opened(PAGE, lang="en", net=name)
    app.session_state["xray"] = app.session_state["home"] = True
    app.run()
    assert not app.exception
    table = next(element.value for element in app.markdown if "| node |" in element.value)
    assert "NonMaxSuppression" in table
    code = next(element.value for element in app.code if "onnxruntime.InferenceSession" in element.value)
    sample = picture_of(name)
    Image.fromarray(sample).save(tmp_path / "photo.png")
    code = code.replace("photo.jpg", str(tmp_path / "photo.png")).replace(f"{name}.onnx", str(catalog.path(name)))
    printed = []
    exec(code, {"print": lambda label, *_: printed.append(label)})
    found = detection.read(name, sample, *detection.parse_thresholds(detection.thresholds(name)))
    assert printed == [catalog.facts(name)["labels"][kind] for kind in found.answer["classes"]] != []
