"""Images as tensors: the graphs against torch and numpy; the page by AppTest, from links whole and broken."""

import numpy as np
import pytest
import torch
from PIL import Image

from playground import image_tensor
from playground.sample_photos import photo
from tests.test_pages import ROOT, as_served, opened, said  # noqa: F401

PAGE = "pages/image.py"


def random_picture(height: int, width: int) -> np.ndarray:
    return torch.randint(0, 256, (height, width, 3), dtype=torch.uint8).numpy()


@pytest.mark.parametrize("order", image_tensor.ORDERS)
@pytest.mark.parametrize("shape", [(1, 1), (4, 9), (31, 6)])
def test_channels_are_split_scaled_and_put_together_as_torch_does(shape, order):
    picture, gain = random_picture(*shape), torch.rand(3) * 2
    answer = image_tensor.channels(picture, gain.tolist(), order)
    scaled = (torch.from_numpy(picture).permute(2, 0, 1) * gain[:, None, None]).clamp(0, 255).round()
    torch.testing.assert_close(torch.from_numpy(answer["planes"]).float(), scaled[..., None].expand(-1, -1, -1, 3))
    swapped = scaled[["RGB".index(channel) for channel in order]].permute(1, 2, 0)
    torch.testing.assert_close(torch.from_numpy(answer["picture"][0]).float(), swapped)


def test_tinted_channels_add_up_to_the_photo():
    picture = random_picture(7, 5)
    planes = image_tensor.channels(picture, tinted=True)["planes"]
    assert (planes.sum(0, dtype=np.int64) == picture).all()
    assert (np.count_nonzero(planes.any((1, 2)), axis=1) == 1).all()


@pytest.mark.parametrize("row, column", [(0, 0), (3, 11), (8, 5)])
def test_strides_lead_to_each_number_in_memory(row, column):
    picture = random_picture(9, 12)
    answer = image_tensor.memory(picture, row, column)
    last, first = answer["channels_last"], answer["channels_first"]
    top, left = (image_tensor.corner_of(place, size) for place, size in ((row, 9), (column, 12)))
    assert top <= row < top + 5 and left <= column < left + 5
    assert image_tensor.strides(last) == torch.from_numpy(last).contiguous().stride() == (75, 15, 3, 1)
    assert image_tensor.strides(first) == torch.from_numpy(first).contiguous().stride() == (75, 25, 5, 1)
    for y, x, c in np.ndindex(5, 5, 3):
        number = picture[top + y, left + x, c]
        assert answer["last_in_memory"][15 * y + 3 * x + c] == number
        assert answer["first_in_memory"][25 * c + 5 * y + x] == number


def test_grey_and_the_brightest_channel_are_those_of_numpy():
    picture = photo("golf_ball")
    expected = picture @ np.array(image_tensor.LUMA)
    answer = image_tensor.grey(picture)
    assert np.abs(answer["grey"][0, ..., 0] - expected).max() <= 0.5001
    assert float(answer["brightness"]) == pytest.approx(expected.mean(), rel=1e-5)
    means = image_tensor.brightest(picture)
    assert means["means"] == pytest.approx(picture.mean((0, 1)), rel=1e-5)
    assert means["brightest"][0] == picture.mean((0, 1)).argmax()


@pytest.mark.parametrize("shape", [(1, 1), (3, 4), (700, 3), (1024, 500)])
def test_any_photo_becomes_small_and_has_a_patch(shape):
    picture = image_tensor.small(random_picture(*shape))
    assert max(picture.shape) <= 320 and min(picture.shape) >= 1
    patch = image_tensor.memory(picture, picture.shape[0] - 1, 0)["channels_last"]
    assert patch.shape[1:3] == tuple(min(5, size) for size in picture.shape[:2])


@pytest.mark.parametrize("text, found", [
    ("3.4", (3, 4)), ("0.0", (0, 0)), ("9.0", None), ("0.12", None), ("", None), (None, None), ("3", None), ("a.b", None),
    ("-1.2", None), ("3.4.5", None), ("².1", None), ("9" * 5000 + ".1", None),
])  # fmt: skip
def test_a_pixel_in_a_link_is_read_or_refused(text, found):
    assert image_tensor.place(text, np.zeros((9, 12, 3), np.uint8)) == found


def test_the_cover_shows_the_channels():
    assert image_tensor.cover().dtype == np.uint8 and image_tensor.cover().shape[1] > 2.5 * image_tensor.cover().shape[0]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_link_restores_the_scene(language):
    app = opened(PAGE, lang=language, sample="church", order="BGR", red="0.5", tint="false", layout="nchw", at="10.20")
    assert (
        app.pills(key=f"sample-{language}").value == "church" and app.segmented_control(key=f"order-{language}").value == "BGR"
    )
    assert app.slider(key="red").value == 0.5 and not app.toggle(key="tint").value
    assert app.segmented_control(key=f"layout-{language}").value == "nchw"
    assert not app.exception and not app.warning


@pytest.mark.parametrize("query", [
    {"at": "9999.1"}, {"at": "x"}, {"order": "RRR"}, {"red": "9"}, {"red": "x"}, {"layout": "<b>"}, {"sample": "nobody"},
    {"tint": "maybe"}, {"reveal": "x"}, {"lang": "xx"},
])  # fmt: skip
def test_a_broken_link_still_opens(query):
    app = opened(PAGE, **query)
    assert not app.exception and not app.error
    assert bool(app.warning) == ("at" in query)


def test_the_guesses_are_graded_by_the_graphs():
    app = opened(PAGE, lang="en", sample="parachute", reveal="true")
    picture = photo("parachute")
    means = picture.mean((0, 1))
    assert f"red {means[0]:.1f}, green {means[1]:.1f}, blue {means[2]:.1f}" in said(app)
    app.pills(key="brightest").set_value("blue").run()
    app.pills(key="way").set_value("darker").run()  # the sky is blue, and blue weighs more where red was
    marks = [element.value.split()[0] for element in app.markdown if element.value.startswith(":material/c")]
    assert marks == [":material/check:", ":material/close:"]


def test_a_bad_upload_is_refused_and_the_page_goes_on():
    app = opened(PAGE, lang="en")
    app.segmented_control(key="photo").set_value("upload").run()
    app.file_uploader(key="photo-upload").set_value(("photo.png", b"no picture", "image/png")).run()
    assert not app.exception and "not a picture" in app.error[0].value and "Channels" in said(app)


def test_what_is_taken_home_swaps_red_and_blue(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(random_picture(8, 8)).save("photo.jpg")
    source = (ROOT / PAGE).read_text().split('TAKE_HOME = """\\\n')[1].split('"""')[0]
    exec(source, {})
    before, after = (np.asarray(Image.open(name).convert("RGB")) for name in ("photo.jpg", "swapped.png"))
    assert (after == before[..., ::-1]).all()
