"""Pictures on which the ranges of an int8 graph are measured: ours, so that anyone gets the same graph without the data."""

import numpy as np
import onnx

from playground import drawing, sample_photos
from playground.samples import DIGITS


def examples(model: onnx.ModelProto) -> list[dict[str, np.ndarray]]:
    """Inputs for one of our image graphs: sample photos, drawn digits; noise for an untrained net, which knows no better."""
    image = model.graph.input[0].type.tensor_type
    if image.elem_type != onnx.TensorProto.UINT8:
        batch, *sides = (axis.dim_value for axis in image.shape.dim)
        shape = (batch or 1, sides[0], *(side or 224 for side in sides[1:]))
        noise = np.random.default_rng(0)
        return [{"image": noise.random(shape, np.float32)} for _ in range(4)]
    digits = any("mnist" in entry.value for entry in model.metadata_props if entry.key in ("name", "dataset"))
    if digits:
        pictures = [drawing.picture(digit) for digit in DIGITS]
    else:
        photos = [sample_photos.photo(name) for name in sample_photos.SAMPLES]
        pictures = [*photos, *(photo[:, ::-1] // 2 for photo in photos), *(255 - photo // 2 for photo in photos)]
    batch = image.shape.dim[0].dim_value or 1
    return [{"image": np.stack([_square(picture, image.shape.dim[1].dim_value)] * batch)} for picture in pictures]


def _square(picture: np.ndarray, side: int) -> np.ndarray:
    """The picture as it is, or its nearest pixels on a square of `side`."""
    if not side:
        return np.ascontiguousarray(picture)
    rows, columns = (np.arange(side) * size // side for size in picture.shape[:2])
    return picture[rows][:, columns]
