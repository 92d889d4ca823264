"""A drawing as its strokes: small enough for a link, the same picture on every machine.

A drawing is written in base64url; each stroke is two bytes, pen width and number of points (the width's high bit means the
eraser), then two bytes a point, x and y on a sheet of 256x256.
"""

import base64
import binascii
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

SHEET = 256  # pixels a side
MAX_BYTES = 6000
PAPER, INK = 255, 0


@dataclass(frozen=True)
class Stroke:
    """One line of the pen: its width, whether it erases, and its points (x, y) in sheet pixels."""

    width: int
    erases: bool
    points: tuple[tuple[int, int], ...]


def decode(code: str) -> list[Stroke]:
    """Strokes of a drawing's code. Raises ValueError if it is not one."""
    if "=" in code:
        raise ValueError("not base64url without padding")
    try:
        data = base64.b64decode(code + "=" * (-len(code) % 4), altchars="-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64url") from error
    if len(data) > MAX_BYTES:
        raise ValueError(f"a drawing has at most {MAX_BYTES} bytes")
    strokes, at = [], 0
    while at < len(data):
        if at + 2 > len(data) or at + 2 + 2 * data[at + 1] > len(data) or data[at + 1] == 0 or data[at] & 0x7F == 0:
            raise ValueError("a stroke is cut short")
        points = np.frombuffer(data, np.uint8, 2 * data[at + 1], at + 2).reshape(-1, 2)
        strokes.append(Stroke(data[at] & 0x7F, bool(data[at] & 0x80), tuple((int(x), int(y)) for x, y in points)))
        at += 2 + 2 * data[at + 1]
    return strokes


def is_valid(code: str) -> bool:
    """Whether `decode` accepts it."""
    try:
        decode(code)
    except ValueError:
        return False
    return True


def encode(strokes: list[Stroke]) -> str:
    """The code of a drawing: the inverse of `decode`."""
    data = bytearray()
    for stroke in strokes:
        data += bytes([stroke.width | (0x80 if stroke.erases else 0), len(stroke.points)])
        data += bytes(coordinate for point in stroke.points for coordinate in point)
    return base64.urlsafe_b64encode(bytes(data)).decode().rstrip("=")


def picture(code: str, times: int = 1) -> np.ndarray:
    """The drawing as uint8 RGB [128, 128, 3], or so many `times` as large; dark on light, edges smoothed.

    Raises ValueError if `code` is not a drawing.
    """
    sheet = Image.new("L", (times * SHEET, times * SHEET), PAPER)
    pen = ImageDraw.Draw(sheet)
    for stroke in decode(code):
        colour, half = PAPER if stroke.erases else INK, times * stroke.width / 2
        points = [(times * x, times * y) for x, y in stroke.points]
        if len(points) > 1:
            pen.line(points, fill=colour, width=times * stroke.width, joint="curve")
        for x, y in (points[0], points[-1]):
            pen.ellipse((x - half, y - half, x + half, y + half), fill=colour)
    return np.repeat(np.asarray(sheet.reduce(2))[..., None], 3, axis=-1)
