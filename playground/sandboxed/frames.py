"""How the two sides of the sandbox speak: a length, a JSON header, and the bytes of arrays one after another.

Nothing is unpickled or decompressed and no code runs while a frame is read; what it claims of its sizes must add up.
"""

import json
import math
import re

import numpy as np

PLAIN = re.compile(r"[<>|][biufcU]\d{1,9}")  # numbers, booleans and text; no objects, no records


def pack(header: object, arrays: list[np.ndarray]) -> list[bytes | memoryview]:
    """The parts of a frame, to be written in this order."""
    arrays = [np.ascontiguousarray(array).reshape(array.shape) for array in arrays]  # which makes a vector of a scalar
    listed = [(array.dtype.str, array.shape) for array in arrays]
    head = json.dumps([header, listed]).encode()
    return [len(head).to_bytes(8, "little"), head, *(array.reshape(-1).view(np.uint8).data for array in arrays if array.nbytes)]


def unpack(frame: bytes | bytearray) -> tuple[object, list[np.ndarray]]:
    """The header and the arrays, which share the frame's memory. Raises ValueError for anything that `pack` does not write."""
    start = 8 + int.from_bytes(frame[:8], "little")
    if not 8 < start <= len(frame):
        raise ValueError("a header that is not there")
    try:
        header, listed = json.loads(bytes(frame[8:start]))
        arrays = []
        for kind, shape in listed:
            if not PLAIN.fullmatch(kind) or not all(isinstance(size, int) and size >= 0 for size in shape):
                raise ValueError("an array of no plain type")
            dtype = np.dtype(kind)
            count = math.prod(shape)
            if start + count * dtype.itemsize > len(frame):
                raise ValueError("an array that is not there")
            array = np.frombuffer(frame, dtype, count, start).reshape(shape)
            if dtype.kind == "U" and count and array.reshape(-1).view(np.uint32).max() > 0x10FFFF:
                raise ValueError("no text")
            start += array.nbytes
            arrays.append(array)
    except (TypeError, KeyError, RecursionError) as error:
        raise ValueError("no frame") from error
    return header, arrays


def put(value: object, arrays: list[np.ndarray]) -> object:
    """A value that ONNX Runtime takes or gives, as JSON; its arrays are appended to `arrays`."""
    match value:
        case np.ndarray() | np.generic():
            arrays.append(plain(np.asarray(value)))
            return {"array": len(arrays) - 1}
        case list() | tuple():
            return {"list": [put(part, arrays) for part in value]}
        case dict():
            return {"map": [[key, put(part, arrays)] for key, part in value.items()]}
        case _:
            return {"plain": value}


def take(value: dict, arrays: list[np.ndarray]) -> object:
    """The value that `put` wrote."""
    ((kind, part),) = value.items()
    match kind:
        case "array":
            return arrays[part]
        case "list":
            return [take(inner, arrays) for inner in part]
        case "map":
            return {key: take(inner, arrays) for key, inner in part}
        case "plain":
            return part
    raise ValueError("no value")


def plain(array: np.ndarray) -> np.ndarray:
    """The same numbers in a type that NumPy knows by itself: bfloat16 and the eights become float32, text is text."""
    if array.dtype.kind == "O":
        return array.astype(str)
    if PLAIN.fullmatch(array.dtype.str):
        return array
    return array.astype({"u": np.uint8, "i": np.int8}.get(array.dtype.name[0], np.float32))
