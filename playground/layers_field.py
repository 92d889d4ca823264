"""Receptive fields of stacks of convolutions and pools that people put together: a real ONNX chain, measured by the x-ray."""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import onnx

from playground import operators, xray
from playground.language import text as _

SIDE = 64  # pixels of the input
MOST = 12  # layers
KERNELS, STRIDES, DILATIONS = (1, 2, 3, 5, 7, 11), (1, 2, 3, 4), (1, 2, 4, 8)
CODE = re.compile(r"([cp])([1-9]\d?)(?:s(\d))?(?:d(\d))?", re.ASCII)


@dataclass(frozen=True)
class Layer:
    """A convolution ("c") or max pooling ("p") with a square window; padded so that stride 1 keeps the size."""

    kind: str
    kernel: int
    stride: int = 1
    dilation: int = 1

    @property
    def code(self) -> str:
        """`c3`, `c3s2`, `c3d2`, `p2`: a pool's stride is its kernel unless it is written."""
        stride = f"s{self.stride}" if self.stride != (self.kernel if self.kind == "p" else 1) else ""
        return f"{self.kind}{self.kernel}{stride}" + (f"d{self.dilation}" if self.dilation > 1 else "")

    @property
    def pads(self) -> tuple[int, int]:
        """Before and after, along each axis."""
        total = self.dilation * (self.kernel - 1) if self.kind == "c" else max(self.kernel - self.stride, 0)
        return total // 2, total - total // 2


def parse(text: str) -> tuple[Layer, ...]:
    """The stack that a link writes as `c3-c3s2-p2`.

    Raises ValueError for what is none: no or too many layers, unknown sizes, strides that leave less than a pixel.
    """
    layers = tuple(_layer(code) for code in text.split("-"))
    if len(layers) > MOST or int(np.prod([layer.stride for layer in layers])) > SIDE:
        raise ValueError("too many layers, or too large strides")
    return layers


def _layer(code: str) -> Layer:
    found = CODE.fullmatch(code)
    if not found:
        raise ValueError(f"no layer: {code[:20]!r}")
    kind, kernel = found[1], int(found[2])
    layer = Layer(kind, kernel, int(found[3] or (kernel if kind == "p" else 1)), int(found[4] or 1))
    known = kernel in KERNELS and layer.dilation in (DILATIONS if kind == "c" else (1,))
    if not known or layer.stride not in (*STRIDES, kernel if kind == "p" else 1):
        raise ValueError(f"no layer: {code[:20]!r}")
    return layer


def write(layers: tuple[Layer, ...]) -> str:
    """The inverse of `parse`."""
    return "-".join(layer.code for layer in layers)


def text(layers: tuple[Layer, ...]) -> str:
    """The chain as ONNX text: x [1, 1, height, width] and a kernel for each convolution → y; tensors x0, x1, … between."""
    ports, nodes = ["float[1,1,h,w] x"], []
    for number, layer in enumerate(layers, 1):
        before, after = ("x" if number == 1 else f"x{number - 1}"), ("y" if number == len(layers) else f"x{number}")
        (low, high), size = layer.pads, layer.kernel
        strides, pads = [layer.stride] * 2, [low, low, high, high]
        window = f"kernel_shape = {[size] * 2}, strides = {strides}, pads = {pads}"
        if layer.kind == "c":
            ports.append(f"float[1,1,{size},{size}] w{number}")
            dilations = f"dilations = [{layer.dilation}, {layer.dilation}]"
            nodes.append(f"  {after} = Conv <{window}, {dilations}> ({before}, w{number})")
        else:
            nodes.append(f"  {after} = MaxPool <{window}> ({before})")
    return f"stack ({', '.join(ports)}) => (float[1,1,p,q] y) {{\n" + "\n".join(nodes) + "\n}"


def inputs(layers: tuple[Layer, ...], side: int = SIDE) -> dict[str, np.ndarray]:
    """A picture of ones, and kernels of ones."""
    ones = {"x": np.ones((1, 1, side, side), np.float32)}
    for number, layer in enumerate(layers, 1):
        if layer.kind == "c":
            ones[f"w{number}"] = np.ones((1, 1, layer.kernel, layer.kernel), np.float32)
    return ones


@lru_cache(maxsize=1024)
def measured(layers: tuple[Layer, ...]) -> tuple[tuple[int, int], ...]:
    """For each layer: the side of the square of input pixels that one of its cells sees, and its output's side."""
    facts = xray.facts(onnx.load_from_string(operators.graph(text(layers))), inputs(layers))
    return tuple((node.receptive_field[0], node.shapes[0][2]) for node in facts)


def least(target: int, period: tuple[Layer, ...]) -> int | None:
    """How many of `period`'s layers, repeated in their order, it takes until a cell sees `target` pixels; None beyond MOST."""
    stack = ()
    while len(stack) < MOST:
        stack += (period[len(stack) % len(period)],)
        if measured(stack)[-1][0] >= target:
            return len(stack)
    return None


def scenes() -> dict[str, str]:
    """Stacks to begin with: what a person reads → the stack, as a link writes it."""
    return {
        _("five 3×3"): "c3-c3-c3-c3-c3",
        _("one 5×5"): "c5",
        _("two 3×3 instead (VGG)"): "c3-c3",
        _("a pool after every two"): "c3-c3-p2-c3-c3-p2-c3-c3",
        _("strides"): "c3s2-c3s2-c3s2-c3s2",
        _("dilation 1, 2, 4, 8"): "c3-c3d2-c3d4-c3d8",
        _("LeNet-5"): "c5-p2-c5-p2",
    }


def data(layers: tuple[Layer, ...]) -> dict:
    """What components.cone shows of a stack."""
    shown, step, seen = [], 1, measured(layers)
    for layer, (field, size) in zip(layers, seen, strict=True):
        step *= layer.stride
        title = _("conv {kernel}×{kernel}") if layer.kind == "c" else _("max pool {kernel}×{kernel}")
        parts = [title.format(kernel=layer.kernel)]
        parts += [_("stride {stride}").format(stride=layer.stride)] if layer.stride > 1 else []
        parts += [_("dilation {dilation}").format(dilation=layer.dilation)] if layer.dilation > 1 else []
        told = _("sees {field} × {field}, step {step}").format(field=field, step=step)
        shown.append({
            "kind": layer.kind, "kernel": layer.kernel, "stride": layer.stride, "dilation": layer.dilation,
            "pad": layer.pads[0], "size": size, "field": field, "title": ", ".join(parts), "told": told,
        })  # fmt: skip
    return {
        "side": SIDE, "layers": shown, "most": MOST, "scenes": list(scenes().items()), "code": write(layers),
        "choices": {"kernel": KERNELS, "stride": STRIDES, "dilation": DILATIONS},
        "texts": {
            "drawing": _("Layers from the input below to the last above. Arrow keys choose the cell whose field is shown."),
            "input": _("input, {side} pixels; the cell above sees {field}").format(side=SIDE, field="{field}"),
            "kind": _("Kind of layer"), "c": _("convolution"), "p": _("max pooling"), "kernel": _("kernel"),
            "stride": _("stride"), "dilation": _("dilation"), "remove": _("Remove the layer"),
            "add": _("Add a layer"), "scenes": _("Stacks"),
        },
    }  # fmt: skip
