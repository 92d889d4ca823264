"""What a graph of any kind can be fed: photos, drawings, text, sound, numbers, noise, each made to fit an input's port.

A port is told by its shape, type and name alone; what the graph's author really put in, only the author knows.
"""

import io
import wave
from math import prod

import numpy as np
from PIL import Image, ImageOps

from playground.language import text as _
from playground.sandbox import Port
from playground.tensors import COLOURS, channels_last
from playground.xray import NodeFacts

MOST = 16_000_000  # numbers in one input
SCALES = ("imagenet", "unit", "signed", "bytes")
MEAN, DEVIATION = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)  # of ImageNet
SOURCES = {
    "image": ("photo", "upload", "drawing", "random", "zeros", "ones"),
    "words": ("text", "numbers", "random", "zeros", "ones"),
    "strings": ("text",),
    "sound": ("tone", "upload", "random", "zeros", "ones"),
    "scalar": ("numbers",),
    "numbers": ("random", "zeros", "ones", "numbers"),
    "list": ("random", "zeros", "ones"),
}
SOUNDS = ("audio", "sound", "wav", "signal", "sample", "speech", "input_values")


class Unfit(ValueError):
    """What was given does not make an input; its message is for the person who gave it."""


def kind(port: Port, shape: tuple[int, ...]) -> str | None:
    """Which of SOURCES a port of this shape takes; None if this page cannot make such values."""
    if port.kind == "sequence" and port.dtype not in (None, "string"):
        return "list"
    if port.kind != "tensor" or port.dtype is None:
        return None
    if port.dtype == "string":
        return "strings"
    if port.dtype != "bool" and image_axes(shape, port.dtype) is not None:
        return "image"
    if prod(shape) == 1 and len(shape) < 2:
        return "scalar"
    if port.dtype in ("int64", "int32") and len(shape) in (1, 2) and not _plays(port, "mask", "type", "len", "position"):
        return "words"
    if np.dtype(port.dtype).kind == "f" and len(shape) in (1, 2, 3) and _lasts(port, shape):
        return "sound"
    return "numbers"


def _lasts(port: Port, shape: tuple[int, ...]) -> bool:
    """Whether the last axis is time: its name says so, its length is open, or nothing else is so long."""
    if _plays(port, *SOUNDS):
        return shape[-1] >= 64
    is_open = port.shape is not None and not isinstance(port.shape[-1], int)
    return shape[-1] >= 256 and (is_open or prod(shape) == shape[-1] >= 4000)


def _plays(port: Port, *hints: str) -> bool:
    return any(hint in port.name.lower() for hint in hints)


def usual(port: Port, shape: tuple[int, ...], drawings: bool = False) -> str:
    """The source to begin with. `drawings`: the graph was trained on some."""
    of = kind(port, shape)
    if of == "image" and (drawings or shape[image_axes(shape, port.dtype)[0]] == 1):
        return "drawing"
    if of == "numbers" and _plays(port, "mask"):
        return "ones"
    if of == "numbers" and _plays(port, "type", "position"):
        return "zeros"
    return SOURCES[of][0]


def image_axes(shape: tuple[int, ...], dtype: str) -> tuple[int, int, int] | None:
    """Which axes are channels, rows and columns; None if this is no picture."""
    if len(shape) == 4:
        axes = (3, 1, 2) if channels_last(shape) else (1, 2, 3)
    elif len(shape) == 3:  # without a batch: then it must have colours, or bytes
        axes = (2, 0, 1) if shape[2] in COLOURS and shape[0] not in COLOURS else (0, 1, 2)
        if shape[axes[0]] != 3 and dtype != "uint8":
            return None
    else:
        return None
    channels, rows, columns = (shape[axis] for axis in axes)
    return axes if channels in COLOURS and min(rows, columns) >= 8 else None


def vocabulary(nodes: tuple[NodeFacts, ...], name: str) -> int | None:
    """How many rows the table has from which an input's numbers choose."""
    for node in nodes:
        if node.op == "Gather" and len(node.inputs) > 1 and node.inputs[1] == name and node.inputs[0] in node.weights:
            return node.weights[node.inputs[0]][0]
    return None


def bounded(shape: tuple[int, ...]) -> None:
    if prod(shape) > MOST:
        raise Unfit(_("An input of {count} million numbers is too large for this page; at most {most} million.").format(
            count=prod(shape) // 1_000_000, most=MOST // 1_000_000))  # fmt: skip


def image(picture: np.ndarray, shape: tuple[int, ...], dtype: str, scale: str) -> np.ndarray:
    """A uint8 RGB picture, its middle cut to the port's sides and scaled; the same for the whole batch."""
    axes = image_axes(shape, dtype)
    channels, rows, columns = (shape[axis] for axis in axes)
    fitted = ImageOps.fit(Image.fromarray(picture), (columns, rows), Image.Resampling.BILINEAR)
    pixels = np.asarray(fitted.convert({1: "L", 3: "RGB", 4: "RGBA"}[channels]))
    pixels = pixels.reshape(rows, columns, channels)
    if np.dtype(dtype).kind == "f":
        pixels = pixels.astype(np.float32)
        if scale == "imagenet":
            mean, deviation = (MEAN, DEVIATION) if channels == 3 else (MEAN.mean(), DEVIATION.mean())
            pixels = (pixels / 255 - mean) / deviation
        elif scale != "bytes":
            pixels = pixels / 255 if scale == "unit" else pixels / 127.5 - 1
    elif dtype == "int8":
        pixels = pixels.astype(np.int16) - 128
    axis = axes[0] - (len(shape) - 3)
    pixels = np.moveaxis(pixels, 2, axis) if axis != 2 else pixels
    return np.ascontiguousarray(np.broadcast_to(pixels, shape)).astype(dtype)


def visible(values: np.ndarray) -> np.ndarray | None:
    """An input that is a picture, as uint8 RGB, its own range from black to white; None for others."""
    axes = image_axes(values.shape, values.dtype.name)
    if axes is None:
        return None
    first = np.moveaxis(values[0] if values.ndim == 4 else values, axes[0] - (values.ndim - 3), 2)[..., :3].astype(np.float32)
    if values.dtype != np.uint8:
        low, high = float(first.min()), float(first.max())
        first = (first - low) * (255 / max(high - low, 1e-9))
    return np.rint(np.broadcast_to(first, (*first.shape[:2], 3))).astype(np.uint8)


def words(said: str, shape: tuple[int, ...], dtype: str, size: int | None) -> np.ndarray:
    """Text as the bytes of its UTF-8, cut or filled with zeros; numbers above a vocabulary's size start again at zero."""
    codes = np.frombuffer(said.encode(), np.uint8).astype(dtype)
    if size:
        codes %= size
    row = np.zeros(shape[-1], dtype)
    row[: len(codes)] = codes[: len(row)]
    return np.ascontiguousarray(np.broadcast_to(row, shape))


def typed(said: str, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Numbers that were typed, in order; one goes for all, what is missing is zero."""
    try:
        given = [float(part) if np.dtype(dtype).kind == "f" else int(part) for part in said.replace(",", " ").split()]
        values = np.array(given, np.float64 if np.dtype(dtype).kind == "f" else object)
        flat = np.zeros(prod(shape), dtype)
        if len(values) > len(flat):
            raise Unfit(_("The input takes {most} numbers, these are {count}.").format(most=len(flat), count=len(values)))
        flat[: len(values)] = values.astype(dtype)
    except (ValueError, OverflowError) as error:
        if isinstance(error, Unfit):
            raise
        raise Unfit(_("These are no numbers of type {type}.").format(type=dtype)) from error
    if len(values) == 1:
        flat[:] = flat[0]
    return flat.reshape(shape)


def random(shape: tuple[int, ...], dtype: str, seed: int, below: int | None = None) -> np.ndarray:
    """Normal numbers; whole ones from 0 to below a vocabulary's size, bytes over their whole range."""
    generator, as_type = np.random.default_rng(seed), np.dtype(dtype)
    if as_type.kind == "f":
        return generator.standard_normal(shape, np.float32).astype(as_type)
    if as_type.kind == "c":
        return (generator.standard_normal(shape) + 1j * generator.standard_normal(shape)).astype(as_type)
    if as_type.kind == "b":
        return generator.random(shape) < 0.5
    return generator.integers(0, below or (256 if dtype == "uint8" else 10), shape).astype(as_type)


def constant(shape: tuple[int, ...], dtype: str, value: int) -> np.ndarray:
    return np.full(shape, value, dtype)


def tone(shape: tuple[int, ...], dtype: str, hertz: float, rate: int) -> np.ndarray:
    return _sounding(np.sin(2 * np.pi * hertz * np.arange(shape[-1]) / rate) / 2, shape, dtype)


def sound(content: bytes, shape: tuple[int, ...], dtype: str, rate: int) -> np.ndarray:
    """A WAV file of whole numbers, its channels mixed, at `rate` samples a second, cut or filled with silence."""
    try:
        with wave.open(io.BytesIO(content)) as file:
            channels, width, own, count = file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes()
            raw = np.frombuffer(file.readframes(min(count, MOST)), np.uint8)
        if not raw.size or own <= 0:
            raise ValueError("silent")
        samples = raw[: raw.size // (width * channels) * width * channels].reshape(-1, channels, width)
    except (wave.Error, EOFError, ValueError, OverflowError, RuntimeError) as error:
        raise Unfit(_("This is not a WAV file of whole numbers (PCM). Other sounds must be converted first.")) from error
    if width == 1:
        levels = samples[..., 0].astype(np.float32) / 128 - 1
    else:
        wide = np.zeros((*samples.shape[:2], 4), np.uint8)
        wide[..., 4 - width :] = samples
        levels = wide.view("<i4")[..., 0].astype(np.float32) / 2**31
    levels = levels.mean(1)
    moments = np.arange(min(shape[-1], int(len(levels) * rate / own))) * (own / rate)
    return _sounding(np.interp(moments, np.arange(len(levels)), levels), shape, dtype)


def _sounding(samples: np.ndarray, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    row = np.zeros(shape[-1], np.float32)
    row[: len(samples)] = samples
    return np.ascontiguousarray(np.broadcast_to(row, shape)).astype(dtype)
