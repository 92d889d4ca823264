"""The same kernel over the three colours of a photo: uint8 in, uint8 out, all of it one graph."""

from functools import cache

import numpy as np
from PIL import Image

from playground import operators
from playground.engine import Answer
from playground.language import text as _
from playground.sample_photos import photo

SIDE = 480  # pixels of the longer side: a larger photo takes longer to encode than to convolve
PATCH = 7  # pixels a side, whose numbers are shown
KNOBS = {"gain": (0, 4, 1), "offset": (-255, 255, 0)}  # least, most, default
SHOWN = {"plain": "Identity", "absolute": "Abs"}


def text(size: tuple[int, int], shown: str = "plain") -> str:
    """The graph: image uint8 [1, H, W, 3], kernel [1, 1, h, w], gain, offset → filtered, uint8 of the image's size.

    The colours are convolved apart, each with the kernel; the border is a reflection. filtered = gain * value + offset, where
    value is the sum or, if `shown` is "absolute", its magnitude; QuantizeLinear rounds and cuts off what is beyond 0 and 255.
    """
    rows, columns = size[0] - 1, size[1] - 1
    return f"""photo (uint8[1,height,width,3] image, float[1,1,h,w] kernel, float gain, float offset)
    => (uint8[1,height,width,3] filtered)
    <uint8 black = {{0}}> {{
  colours = Transpose <perm = [0, 3, 1, 2]> (image)
  pixels = Cast <to = 1> (colours)
  border = Constant <value_ints = [0, 0, {rows // 2}, {columns // 2}, 0, 0, {rows - rows // 2}, {columns - columns // 2}]> ()
  padded = Pad <mode = "reflect"> (pixels, border)
  thrice = Constant <value_ints = [3, 1, 1, 1]> ()
  kernels = Tile (kernel, thrice)
  sums = Conv <group = 3> (padded, kernels)
  values = {SHOWN[shown]} (sums)
  scaled = Mul (values, gain)
  moved = Add (scaled, offset)
  one = Constant <value_float = 1.0> ()
  bytes = QuantizeLinear (moved, one, black)
  filtered = Transpose <perm = [0, 2, 3, 1]> (bytes)
}}"""


def file(size: tuple[int, int], shown: str) -> bytes:
    """The graph as a file."""
    return operators.graph(text(size, shown))


def inputs(picture: np.ndarray, kernel: np.ndarray, gain: float = 1, offset: float = 0) -> dict[str, np.ndarray]:
    return {
        "image": picture[None],
        "kernel": kernel[None, None],
        "gain": np.array(gain, np.float32),
        "offset": np.array(offset, np.float32),
    }


def in_numpy(kernel: np.ndarray, gain: float, offset: float) -> str:
    """A program that runs the file."""
    return f"""\
import numpy as np, onnxruntime
from PIL import Image

image = np.asarray(Image.open("photo.jpg").convert("RGB"))[None]
kernel = np.array({kernel.tolist()}, np.float32)[None, None]
gain, offset = np.array({gain:g}, np.float32), np.array({offset:g}, np.float32)
net = onnxruntime.InferenceSession("filter.onnx")
filtered, = net.run(None, {{"image": image, "kernel": kernel, "gain": gain, "offset": offset}})
Image.fromarray(filtered[0]).save("filtered.png")
"""


def filtered(picture: np.ndarray, kernel: np.ndarray, gain: float = 1, offset: float = 0, shown: str = "plain") -> Answer:
    """A uint8 RGB picture [H, W, 3] convolved with a kernel [h, w]; the answer's `filtered` has the same size."""
    return operators.run(text(kernel.shape, shown), inputs(picture, kernel, gain, offset))


KERNELS = {
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "edges": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "blur": np.full((3, 3), 1 / 9),
    "tenths": np.full((3, 3), 0.1),
    "glow": [[0.1, 0.1, 0.1], [0.1, 2, 0.1], [0.1, 0.1, 0.1]],
    "gauss": np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256,
    "sobel_x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel_y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
}
KERNELS = {name: np.array(kernel, np.float32) for name, kernel in KERNELS.items()}
SIGNED = ("sobel_x", "sobel_y")  # of which magnitudes are shown: half of their numbers are negative


def titles() -> dict[str, str]:
    """What people read for each kernel."""
    return {
        "edges": _("Edges"),
        "sharpen": _("Sharpen"),
        "blur": _("Box blur, 1/9"),
        "tenths": _("All 0.1"),
        "glow": _("0.1 around 2"),
        "gauss": _("Gaussian blur"),
        "sobel_x": _("Sobel ↔"),
        "sobel_y": _("Sobel ↕"),
        "emboss": _("Emboss"),
        "identity": _("Identity"),
    }


def notes() -> dict[str, str]:
    """What to see in each."""
    return {
        "edges": _("The weights sum to 0: a plain area gives zero, black; only changes remain."),
        "sharpen": _("The picture plus its edges: the weights sum to 1, so plain areas stay as they are."),
        "blur": _("The mean of nine neighbours: the weights sum to 1, so the brightness stays."),
        "tenths": _("Nine times 0.1 is 0.9: a blur that darkens by a tenth."),
        "glow": _("The weights sum to 2.8: nearly three times as bright, and what passes 255 is cut off to white."),
        "gauss": _("A mean that trusts near neighbours more: softer than a box, without its square shadows."),
        "sobel_x": _("Right minus left: finds vertical edges. Magnitudes are shown, since half of the sums are negative."),
        "sobel_y": _("Below minus above: finds horizontal edges. Magnitudes are shown, since half of the sums are negative."),
        "emboss": _("Light from the upper left: differences along one diagonal, added to the picture."),
        "identity": _("A single 1 in the middle: the picture itself."),
    }


def fitted(picture: np.ndarray) -> np.ndarray:
    """A uint8 picture with its longer side at most `SIDE` pixels, and none below 8, which reflecting for 7x7 kernels needs."""
    image = Image.fromarray(picture)
    image.thumbnail((SIDE, SIDE))
    return np.asarray(image.resize((max(image.width, 8), max(image.height, 8))))


def knob(code: str | None, low: float, high: float, default: float) -> float:
    """A number between `low` and `high` as the address has it; the default if it has none."""
    try:
        value = float(code)
    except (TypeError, ValueError):
        return default
    return value if low <= value <= high else default


def pixel(code: str | None, picture: np.ndarray) -> tuple[int, int]:
    """Row and column as the address has them, "row.column"; in the middle of the picture if it has none."""
    at = (code or "").split(".")
    if len(at) == 2 and all(part.isdecimal() and len(part) < 5 for part in at):
        return min(int(at[0]), picture.shape[0] - 1), min(int(at[1]), picture.shape[1] - 1)
    return picture.shape[0] // 2, picture.shape[1] // 2


def patch(picture: np.ndarray, row: int, column: int, channel: int) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """`PATCH` x `PATCH` pixels of one colour around a place, moved inside the picture: float32 [1, PATCH, PATCH]; its box."""
    top, left = (min(max(at - PATCH // 2, 0), side - PATCH) for at, side in zip((row, column), picture.shape[:2], strict=True))
    box = top, left, top + PATCH, left + PATCH
    return picture[top : box[2], left : box[3], channel].astype(np.float32)[None], box


@cache
def cover() -> np.ndarray:
    """The same photo under four kernels: uint8 RGB [390, 1040, 3]."""
    picture = np.asarray(Image.fromarray(photo("church_and_ball")).resize((390, 390)))
    kinds = {"identity": (1, "plain"), "edges": (2, "plain"), "sobel_x": (1.5, "absolute"), "emboss": (1, "plain")}
    strips = [filtered(picture, KERNELS[name], gain, shown=shown)["filtered"][0] for name, (gain, shown) in kinds.items()]
    return np.concatenate([strip[:, 65:325] for strip in strips], axis=1)
