"""What graphs are fed, against numpy."""

import io
import wave

import numpy as np
import pytest

from playground import feeds, sandbox
from playground.sandbox import Port
from tests import strangers

GREY = np.full((40, 60, 3), 51, np.uint8)


def port(name="x", dtype="float32", shape=None):
    return Port(name, "tensor", dtype, shape, False)


@pytest.mark.parametrize(("named", "shape", "kind"), [
    (port(), (1, 3, 224, 224), "image"),
    (port(dtype="uint8"), (1, 30, 30, 3), "image"),
    (port(dtype="uint8"), (30, 30, 3), "image"),
    (port(), (1, 80, 3000), "numbers"),
    (port(dtype="int64"), (1, 16), "words"),
    (port("attention_mask", "int64"), (1, 16), "numbers"),
    (port(dtype="string"), (2,), "strings"),
    (port(), (), "scalar"),
    (port(shape=("n", "t")), (1, 512), "sound"),
    (port("audio", shape=(1, 400)), (1, 400), "sound"),
    (port(shape=(1, 512)), (1, 512), "numbers"),
    (port(dtype="bool"), (4,), "numbers"),
])  # fmt: skip
def test_kinds(named, shape, kind):
    assert feeds.kind(named, shape) == kind


@pytest.mark.parametrize(
    ("scale", "value"), [("unit", 0.2), ("bytes", 51), ("signed", -0.6), ("imagenet", (0.2 - 0.485) / 0.229)]
)
def test_scales(scale, value):
    made = feeds.image(GREY, (2, 3, 8, 8), "float32", scale)
    assert made.shape == (2, 3, 8, 8) and made.dtype == np.float32
    assert np.allclose(made[:, 0], value, atol=1e-5)


def test_layouts_and_channels():
    half = np.concatenate([np.zeros((20, 20, 3), np.uint8), np.full((20, 20, 3), 255, np.uint8)])  # dark above
    first, last = feeds.image(half, (1, 3, 16, 8), "uint8", "bytes"), feeds.image(half, (1, 16, 8, 3), "uint8", "bytes")
    assert (first[0].transpose(1, 2, 0) == last[0]).all()
    assert first[0, :, 0].max() == 0 and first[0, :, -1].min() == 255
    assert feeds.image(half, (1, 1, 16, 8), "float32", "unit")[0, 0, -1].min() == 1
    assert (feeds.visible(last) == last[0]).all()


def test_text_and_typed_numbers():
    assert feeds.words("AB", (2, 4), "int64", None).tolist() == [[65, 66, 0, 0]] * 2
    assert feeds.words("ABCDE", (1, 3), "int64", 60).tolist() == [[5, 6, 7]]
    assert feeds.typed("1, 2 3", (2, 2), "int64").tolist() == [[1, 2], [3, 0]]
    assert feeds.typed("0.5", (3,), "float32").tolist() == [0.5] * 3
    for wrong, dtype in (
        ("a", "int64"),
        ("1.5", "int64"),
        ("1 2 3 4 5", "int64"),
        ("999999999999999999999", "int64"),
        ("300", "uint8"),
    ):
        with pytest.raises(feeds.Unfit):
            feeds.typed(wrong, (2, 2), dtype)


def recorded(samples: np.ndarray, width: int, rate: int) -> bytes:
    whole = np.rint(samples * (2 ** (8 * width - 1) - 1)).astype(np.int64) + (128 if width == 1 else 0)
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((samples.shape[1], width, rate, 0, "NONE", ""))
        out.writeframes(b"".join(int(value).to_bytes(width, "little", signed=width > 1) for value in whole.reshape(-1)))
    return file.getvalue()


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_a_wav_file_is_heard(width):
    time = np.arange(800) / 8000
    tone = 0.5 * np.sin(2 * np.pi * 100 * time)
    heard = feeds.sound(recorded(np.stack([tone, tone], 1), width, 8000), (1, 2000), "float32", 16_000)
    expected = 0.5 * np.sin(2 * np.pi * 100 * np.arange(1590) / 16_000)
    assert np.abs(heard[0, :1590] - expected).max() < (0.02 if width == 1 else 2e-3)
    assert not heard[0, 1600:].any()


def test_what_is_no_wav_file_is_told_so():
    good = recorded(np.zeros((100, 1)), 2, 8000)
    for bad in (b"", b"RIFF", good[:30], good[:44], b"ID3" + bytes(100)):
        with pytest.raises(feeds.Unfit):
            feeds.sound(bad, (1, 100), "float32", 8000)


def test_noise_stays_below_the_vocabulary():
    opened = sandbox.open(strangers.words())
    below = feeds.vocabulary(opened.nodes, "ids")
    assert below == 100
    assert feeds.random((1, 5000), "int64", 0, below).max() == 99
    assert (feeds.random((5,), "float32", 3) == feeds.random((5,), "float32", 3)).all()
