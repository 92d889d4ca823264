"""Pictures that people send: decoded safely, or refused with a message that says why."""

from base64 import b64encode
from io import BytesIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from playground.language import text as _

MAX_BYTES = 20_000_000
MAX_PIXELS = 50_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # Pillow itself only warns, up to twice as many


class BadImage(ValueError):
    """A file that is not a picture we can show; its message is for the person who sent it."""


def decode(content: bytes, longest: int = 1024) -> np.ndarray:
    """A picture as uint8 RGB [height, width, 3], upright, transparent parts white, its longer side at most `longest` pixels.

    Raises BadImage if the file is empty, too large, not a picture, cut short, or would unpack to too many pixels.
    """
    if not content:
        raise BadImage(_("This file is empty."))
    if len(content) > MAX_BYTES:
        raise BadImage(_("This file is larger than {megabytes} MB.").format(megabytes=MAX_BYTES // 1_000_000))
    try:
        image = Image.open(BytesIO(content), formats=FORMATS)
    except Exception as error:  # see below
        raise BadImage(_refusal(error)) from error
    if image.width * image.height > MAX_PIXELS:
        raise BadImage(_too_many_pixels())
    try:
        image.draft("RGB", (longest, longest))  # lets a large JPEG decode at a fraction of its size
        image.load()
        image = _upright(image)
        if image.mode.startswith("I"):  # 16 bits a pixel, as scanners write; Pillow would clip them to 255
            image = Image.fromarray((np.asarray(image, np.uint32) // 257).clip(0, 255).astype(np.uint8))
        image.thumbnail((longest, longest))
        image = image.convert("RGBA")
    except Exception as error:  # on damaged files Pillow's decoders raise whatever they stumble over
        raise BadImage(_refusal(error)) from error
    white = Image.new("RGBA", image.size, "white")
    return np.asarray(Image.alpha_composite(white, image).convert("RGB"))


def is_animated(content: bytes) -> bool:
    """Whether a picture that `decode` accepts has more than the one that it returns."""
    try:
        return getattr(Image.open(BytesIO(content), formats=FORMATS), "is_animated", False)
    except Exception:  # see decode
        return False


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF says; damaged EXIF turns nothing."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # see decode
        return image


def _refusal(error: Exception) -> str:
    if isinstance(error, Image.DecompressionBombError):
        return _too_many_pixels()
    if isinstance(error, UnidentifiedImageError):
        return _("This is not a picture in a format we read ({formats}).").format(formats=", ".join(FORMATS))
    return _("This picture is damaged or cut short and cannot be read.")


def _too_many_pixels() -> str:
    return _("This picture unpacks to more than {megapixels} megapixels.").format(megapixels=MAX_PIXELS // 1_000_000)


def data_url(picture: np.ndarray) -> str:
    """A uint8 picture [height, width, 3 or 4] as a URL that holds it, for views; RGB as JPEG, RGBA exact as PNG."""
    kind = "png" if picture.shape[2] == 4 else "jpeg"
    file = BytesIO()
    Image.fromarray(picture).save(file, kind, quality=90, compress_level=1)
    return f"data:image/{kind};base64," + b64encode(file.getvalue()).decode()
