"""The convolution lesson by hand: one graph a setting, its scenes' sizes, and what cannot be convolved.

Dumoulin & Visin, A guide to convolution arithmetic for deep learning (2016), https://arxiv.org/abs/1603.07285, derive the
sizes: along each axis floor((n + 2p - d(k - 1) - 1) / s) + 1, transposed (n - 1)s - 2p + d(k - 1) + 1.
"""

from dataclasses import dataclass

import numpy as np

from playground import operators
from playground.engine import Answer
from playground.language import text as _

ACTIVATIONS = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh"}  # as links write them → ONNX's operators
CALLED = {"": "", "relu": "ReLU", "sigmoid": "σ", "tanh": "tanh"}  # as people read them
BACKSLASH = 1.5  # between the maximum over a "/", 1, and over a "\", 2


class Impossible(ValueError):
    """A setting that does not fit the numbers; its message is for people."""


@dataclass(frozen=True)
class Setting:
    """How a kernel is applied, the same down and across.

    Attributes:
        op: "conv" or "transposed".
        padding: "valid" (none), "same" (as many numbers come out as go in, at stride 1) or a number.
        fill: what stands in the padding: "zero" or "reflect".
        activation: one of `ACTIVATIONS`, or "".
    """

    op: str = "conv"
    stride: int = 1
    padding: str = "valid"
    fill: str = "zero"
    dilation: int = 1
    groups: int = 1
    activation: str = ""

    def pads(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """(top, left, bottom, right) for a kernel of `size`; where "same" is odd, the last row and column get one more."""
        if self.padding.isdecimal():
            return (int(self.padding),) * 4
        rows, columns = (self.dilation * (side - 1) if self.padding == "same" else 0 for side in size)
        return rows // 2, columns // 2, rows - rows // 2, columns - columns // 2


def text(setting: Setting, size: tuple[int, int], bias: bool = False, slash: bool = False) -> str:
    """The graph: x [1, C, H, W], w, with `bias` b [M] → sums and y [1, M, P, Q], before and after the activation.

    With `slash` also the largest number of y, and whether it makes the picture a backslash.
    """
    top, left, bottom, right = setting.pads(size)
    reflect = setting.op == "conv" and setting.fill == "reflect" and any((top, left, bottom, right))
    pads = [0, 0, 0, 0] if reflect else [top, left, bottom, right]
    attributes = (
        f"strides = {[setting.stride] * 2}, dilations = {[setting.dilation] * 2}, group = {setting.groups}, pads = {pads}"
    )
    operator, image = ("ConvTranspose" if setting.op == "transposed" else "Conv"), "padded" if reflect else "x"
    lines = [
        f"width = Constant <value_ints = [0, 0, {top}, {left}, 0, 0, {bottom}, {right}]> ()\n"
        '  padded = Pad <mode = "reflect"> (x, width)' if reflect else "",
        f"sums = {operator} <{attributes}> ({image}, w{', b' if bias else ''})",
        f"y = {ACTIVATIONS.get(setting.activation, 'Identity')} (sums)",
        "largest = ReduceMax <keepdims = 0> (y)\n"
        f"  limit = Constant <value_float = {BACKSLASH}> ()\n"
        "  backslash = Greater (largest, limit)" if slash else "",
    ]  # fmt: skip
    inputs = "float[1,c,height,width] x, float[m,i,u,v] w" + (", float[k] b" if bias else "")
    outputs = "float[1,k,p,q] sums, float[1,k,p,q] y" + (", float largest, bool backslash" if slash else "")
    body = "\n  ".join(line for line in lines if line)
    return f"convolution ({inputs}) => ({outputs}) {{\n  {body}\n}}"


def file(setting: Setting, size: tuple[int, int], bias: bool = False, slash: bool = False) -> bytes:
    """The graph of `text` as a file."""
    return operators.graph(text(setting, size, bias, slash))


def inputs(x: np.ndarray, w: np.ndarray, b: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """What the graph takes, for an image [C, H, W]."""
    return {"x": x[None], "w": w} | ({} if b is None else {"b": b})


def convolve(x: np.ndarray, w: np.ndarray, b: np.ndarray | None, setting: Setting, slash: bool = False) -> Answer:
    """Convolve an image [C, H, W] with kernels (see `window.data`), biases [M] or none: sums and y, [1, M, P, Q].

    Raises Impossible where `setting` does not fit.
    """
    if said := refusal(x.shape, w.shape, setting):
        raise Impossible(said)
    return operators.run(text(setting, w.shape[2:], b is not None, slash), inputs(x, w, b))


def refusal(x: tuple[int, ...], w: tuple[int, ...], setting: Setting) -> str | None:
    """Why ONNX Runtime would refuse these shapes, for people."""
    pads, channels = setting.pads(w[2:]), x[0]
    if (
        channels % setting.groups
        or w[0] % setting.groups
        or channels != (w[0] if setting.op == "transposed" else w[1] * setting.groups)
    ):
        return _("{groups} groups need channels and filters that can be divided by {groups}.").format(groups=setting.groups)
    for axis in (0, 1):
        before, after, size, extent = pads[axis], pads[axis + 2], x[axis + 1], setting.dilation * (w[axis + 2] - 1) + 1
        if setting.op == "transposed":
            if (size - 1) * setting.stride + extent - before - after < 1:
                return _("This padding would cut off the whole output.")
        elif setting.fill == "reflect" and max(before, after) >= size:
            return _("A reflection of {pad} rows needs an image of more than {pad} rows.").format(pad=max(before, after))
        elif size + before + after < extent:
            return _("The kernel spans {extent} rows, more than the padded image has.").format(extent=extent)
    return None


def size_formula(x: tuple[int, ...], w: tuple[int, ...], y: tuple[int, ...], setting: Setting) -> str:
    """The size formula in LaTeX, for rows, with this setting's numbers, and the size `y` that the graph gave.

    `x`, `w`, `y`: shapes [C, H, W], [M, C / groups, h, w], [M, P, Q]. Where width differs from height, both are written.
    """
    pads, lines = setting.pads(w[2:]), []
    for axis in (0, 1) if (x[1], w[2]) != (x[2], w[3]) else (0,):
        size, kernel, padding = x[axis + 1], w[axis + 2], (pads[axis], pads[axis + 2])
        twice = f"2 \\cdot {padding[0]}" if padding[0] == padding[1] else f"({padding[0]} + {padding[1]})"
        stride, spread = setting.stride, f"{setting.dilation} \\cdot ({kernel} - 1)"
        if setting.op == "transposed":
            computed = f"({size} - 1) \\cdot {stride} - {twice} + {spread} + 1"
        else:
            computed = f"\\left\\lfloor \\frac{{{size} + {twice} - {spread} - 1}}{{{stride}}} \\right\\rfloor + 1"
        lines.append(f"{computed} = \\mathbf{{{y[axis + 1]}}}")
    return ",\\quad ".join(lines)


def parameters(x: np.ndarray, w: np.ndarray, b: np.ndarray | None, y: np.ndarray) -> tuple[int, int]:
    """How many numbers are learned: of this convolution, and of a dense layer with biases between the same tensors."""
    return w.size + (0 if b is None else b.size), x.size * y.size + y.size


def matrix(values: np.ndarray, marked: np.ndarray | None = None) -> str:
    """A matrix in LaTeX; where `marked` is true, in red."""
    marked = np.zeros(values.shape, bool) if marked is None else marked
    rows = [
        " & ".join(f"\\color{{#d55e00}}\\mathbf{{{value:g}}}" if red else f"{value:g}" for value, red in zip(*row, strict=True))
        for row in zip(values, marked, strict=True)
    ]
    return "\\begin{pmatrix} " + " \\\\ ".join(rows) + " \\end{pmatrix}"


TORCH = {
    "conv": """\
import torch

x = torch.tensor({x})
w = torch.tensor({w})
padded = torch.nn.functional.pad(x, ({left}, {right}, {top}, {bottom}), mode="{mode}")
print(torch.nn.functional.conv2d(padded, w, {bias}, {stride}, 0, {dilation}, {groups}){after})
""",
    "transposed": """\
import torch

x = torch.tensor({x})
w = torch.tensor({w})  # channels first, then filters
print(torch.nn.functional.conv_transpose2d(x, w, {bias}, {stride}, ({top}, {left}), 0, {groups}, {dilation}){after})
""",
}


def in_torch(x: np.ndarray, w: np.ndarray, b: np.ndarray | None, setting: Setting) -> str:
    """A program that computes the same with torch."""
    top, left, bottom, right = setting.pads(w.shape[2:])
    return TORCH[setting.op].format(
        x=x[None].tolist(), w=w.tolist(), bias="None" if b is None else f"torch.tensor({b.tolist()})", top=top, left=left,
        bottom=bottom, right=right, mode="reflect" if setting.fill == "reflect" else "constant", stride=setting.stride,
        dilation=setting.dilation, groups=setting.groups, after=f".{setting.activation}()" if setting.activation else "",
    )  # fmt: skip
