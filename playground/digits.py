"""The digits lesson: three readers of one picture, and what its views need to show how LeNet-5 came to its answer."""

import base64
from dataclasses import dataclass
from functools import cache

import numpy as np
import onnx
import plotly.graph_objects as go

from playground import catalog, drawing, figures, xray
from playground.engine import Answer, run
from playground.language import number
from playground.language import text as _
from playground.samples import DIGITS

READERS = ("softmax_mnist", "mlp_mnist", "lenet5_mnist")
LENET = "lenet5_mnist"
LAYERS = ("field", "conv1", "pool1", "conv2", "pool2", "fc1", "fc2", "fc3")
FIELD = 28  # pixels a side
MAX_SHIFT = 10  # pixels


@dataclass(frozen=True)
class Reading:
    """What each reader answered to a picture, and where the 28x28 field lies in it.

    Attributes:
        answers: by reader; LeNet-5's carries its layers too.
        left, top, step: the field's corner and one field pixel, as shares of the square that the picture is shown in (x, y).
        moved: whether the field was moved away from the digit.
    """

    answers: dict[str, Answer]
    left: float
    top: float
    step: float
    moved: bool


def read(picture: np.ndarray, right: int = 0, down: int = 0) -> Reading:
    """Show a uint8 RGB picture [height, width, 3] to all readers.

    With a shift, the framed field is moved by so many pixels and read with framing off; what leaves the field is lost.
    """
    framed = run(LENET, {"image": picture[None]}, (*LAYERS, "window"))
    centre_y, centre_x, scale = framed["window"][0]
    if right or down:
        inputs = {"image": _shifted(framed["field"][0, 0], right, down), "frame": np.array(False)}
        answers = {name: run(name, inputs, LAYERS if name == LENET else ()) for name in READERS}
    else:
        inputs = {"image": picture[None]}
        answers = {name: framed if name == LENET else run(name, inputs) for name in READERS}
    height, width = picture.shape[:2]
    side = max(height, width)
    return Reading(
        answers,
        left=float(centre_x - (FIELD / 2 + right) * scale + (side - width) / 2) / side,
        top=float(centre_y - (FIELD / 2 + down) * scale + (side - height) / 2) / side,
        step=float(scale) / side,
        moved=bool(right or down),
    )


def _shifted(field: np.ndarray, right: int, down: int) -> np.ndarray:
    """A field of ink [28, 28] moved over paper, as the light-on-dark picture that MNIST is: uint8 [1, 28, 28, 3]."""
    room = np.pad(np.rint(field * 255).clip(0, 255).astype(np.uint8), MAX_SHIFT)
    top, left = MAX_SHIFT - down, MAX_SHIFT - right
    moved = room[top : top + FIELD, left : left + FIELD]
    return np.repeat(moved[None, :, :, None], 3, axis=-1)


@cache
def _fixed(name: str) -> dict:
    """What never changes of a layer: its kernel, its receptive fields in the 28x28 field, how it is laid out."""
    model = catalog.graph(LENET)
    node = next(node for node in model.graph.node if name in node.output)
    weights = {weight.name: onnx.numpy_helper.to_array(weight) for weight in model.graph.initializer}
    attributes = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
    facts = {"name": name, "title": name, "signed": node.op_type in ("Conv", "Gemm"), "relu": False}
    if node.op_type in ("Conv", "Gemm"):
        facts |= {"kind": "conv" if node.op_type == "Conv" else "dense", "relu": name != "fc3"}
    else:
        facts["kind"] = {"MaxPool": "max"}.get(node.op_type, "input")
    if node.op_type == "Conv":
        facts |= {"weights": _text(weights[node.input[1]]), "weight_shape": weights[node.input[1]].shape,
                  "bias": _text(weights[node.input[2]])}  # fmt: skip
    if node.op_type in ("Conv", "MaxPool"):
        facts |= {"kernel": attributes["kernel_shape"][0], "stride": attributes.get("strides", [1])[0],
                  "padding": attributes.get("pads", [0])[0]}  # fmt: skip
    return facts


@cache
def _receptive_fields(name: str) -> dict:
    rows, columns = xray.receptive_field_axes(catalog.graph(LENET), name, {"image": (1, FIELD, FIELD, 3)}, "field")
    return {
        axis: list(zip(field.low.tolist(), field.high.tolist(), strict=True))
        for axis, field in (("rows_seen", rows), ("columns_seen", columns))
    }


# pixels on the screen and maps a row, so that all layers stand beside one another
LAYOUT = {"field": (112, 1), "conv1": (66, 2), "pool1": (42, 2), "conv2": (40, 4), "pool2": (30, 4), "fc1": (72, 1),
          "fc2": (63, 1), "fc3": (20, 1)}  # fmt: skip
ACROSS = {"fc1": 8, "fc2": 7, "fc3": 1}


def layers_of(reading: Reading, look: str | None) -> dict:
    """Everything the layers view shows of LeNet-5's reading; `look` names the number clicked, as layer.map.row.column."""
    shown = []
    for name in LAYERS:
        values = reading.answers[LENET][name][0]
        side, columns = LAYOUT[name]
        layer = _fixed(name) | {"shape": values.shape, "values": _text(values), "side": side, "columns": columns}
        if values.ndim == 3:
            layer |= _receptive_fields(name)
        else:
            layer["across"] = ACROSS[name]
        layer["facts"] = " × ".join(map(str, values.shape))
        if name == "fc3":
            layer["labels"] = catalog.facts(LENET)["labels"]
        shown.append(layer)
    window = {"left": reading.left, "top": reading.top, "step": reading.step, "moved": reading.moved}
    return {"layers": shown, "window": window, "look": look, "unit": _unit(look)}


def _unit(look: str | None) -> dict | None:
    """The weights of the dense unit that was clicked, if one was."""
    name, *at = (look or "").split(".")
    if name not in ACROSS or len(at) != 3 or not all(part.isdecimal() for part in at):
        return None
    weights = {weight.name: weight for weight in catalog.graph(LENET).graph.initializer}
    matrix, bias = (onnx.numpy_helper.to_array(weights[f"net.{name}.{part}"]) for part in ("weight", "bias"))
    unit = int(at[1]) * ACROSS[name] + int(at[2])
    if unit >= len(bias):
        return None
    return {"look": f"{name}.{unit}", "weights": _text(matrix[unit]), "bias": float(bias[unit])}


def _text(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values, np.float32).tobytes()).decode()


@cache
def shift_figure(language: str) -> go.Figure:
    """The readers' accuracy against the shift, as measured when they were built, with titles in `language`."""
    metrics = {_(catalog.title(name)): catalog.facts(name)["metrics"] for name in READERS}
    return figures.curves(
        _("Accuracy on {rows} moved test digits").format(rows=number(catalog.facts(LENET)["metrics"]["rows"])),
        _("shift, pixels"),
        _("accuracy"),
        x=[int(shift) for shift in catalog.facts(LENET)["metrics"]["accuracy_by_shift"]],
        lines={title: list(metric["accuracy_by_shift"].values()) for title, metric in metrics.items()},
        percent=True,
    )


@cache
def cover() -> np.ndarray:
    """A sample digit and LeNet-5's six conv1 maps of it, computed by the graph, in one uint8 RGB picture."""
    seven = drawing.picture(DIGITS[7])
    maps = figures.signed(read(seven).answers[LENET]["conv1"][0])
    tiles = [np.pad(tile, ((1, 1), (1, 1), (0, 0)), constant_values=255) for tile in maps]
    mosaic = np.concatenate([np.concatenate(tiles[:3], 1), np.concatenate(tiles[3:], 1)]).repeat(8, 0).repeat(8, 1)
    sheet = seven.repeat(4, 0).repeat(4, 1)[16:496]
    margin = np.full((480, 40, 3), 255, np.uint8)
    return np.concatenate([sheet, margin, mosaic], 1)
