"""Pictures that people send: read as Pillow reads them, or refused by name of what is wrong."""

import contextlib
import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from playground.images import BadImage, data_url, decode


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def photo(width=60, height=40) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(side=13_000) -> bytes:
    """A small PNG that unpacks to side² pixels, all black."""
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + side // 8)) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_png_is_read_to_the_pixel():
    assert (decode(encoded(photo())) == np.asarray(photo())).all()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF", "BMP"])
def test_formats(kind):
    assert decode(encoded(photo().convert("P" if kind == "GIF" else "RGB"), kind)).shape == (40, 60, 3)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_modes(mode):
    image = Image.new("I;16", (60, 40)) if mode == "I;16" else photo().convert(mode)
    picture = decode(encoded(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert picture.shape == (40, 60, 3) and picture.dtype == np.uint8


def test_what_is_transparent_becomes_paper():
    assert (decode(encoded(Image.new("RGBA", (5, 5), (0, 0, 0, 0)))) == 255).all()


def test_a_phone_s_picture_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    assert decode(encoded(photo(), "JPEG", exif=exif)).shape == (60, 40, 3)


def test_large_pictures_are_shrunk_keeping_their_proportions():
    assert decode(encoded(Image.new("RGB", (3000, 1500)), "JPEG")).shape == (512, 1024, 3)


@pytest.mark.parametrize(("content", "message"), [
    (b"", "empty"),
    (b"just some text, called digit.png", "not a picture"),
    (b"%PDF-1.7 not a picture either", "not a picture"),
    (encoded(photo())[:-40], "damaged"),
    (encoded(photo(), "JPEG")[:300], "damaged"),
    (encoded(photo())[:20], "damaged|not a picture"),
    (b"\x89PNG\r\n\x1a\n" + bytes(100), "damaged|not a picture"),
    (bytes(20_000_001), "20 MB"),
])  # fmt: skip
def test_bad_files_are_refused_with_the_reason(content, message):
    with pytest.raises(BadImage, match=message):
        decode(content)


def test_a_small_file_that_unpacks_to_169_megapixels_is_refused_unopened():
    content = bomb()
    assert len(content) < 30_000
    with pytest.raises(BadImage, match="50 megapixels"):
        decode(content)


def test_an_eps_is_not_even_tried():
    with pytest.raises(BadImage, match="not a picture"):
        decode(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")


def test_sixteen_bits_of_grey_keep_their_shades():
    shades = np.linspace(0, 65535, 60 * 40).astype(np.uint16).reshape(40, 60)
    picture = decode(encoded(Image.fromarray(shades)))
    assert np.abs(picture[..., 0].astype(float) - shades / 257).max() <= 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_damaged_files_are_read_or_refused_but_never_an_error(kind):
    random = np.random.default_rng(0)
    exif = Image.Exif()
    exif[0x0112] = 6
    content = np.frombuffer(encoded(photo(), kind, **({"exif": exif} if kind in ("PNG", "JPEG", "WEBP") else {})), np.uint8)
    for _ in range(400):
        damaged = content.copy()
        damaged[random.integers(0, len(content), random.integers(1, 8))] = random.integers(0, 256)
        with contextlib.suppress(BadImage):
            assert decode(damaged.tobytes()).ndim == 3


def test_data_url_holds_the_picture():
    import base64

    picture = np.asarray(Image.new("RGB", (8, 6), (200, 100, 50)))
    head, content = data_url(picture).split(",")
    assert head == "data:image/jpeg;base64"
    assert np.abs(decode(base64.b64decode(content)).astype(int) - picture).max() < 4
