"""What components.window shows: a window sliding over grids of numbers, and the sum behind each number of the output."""

from collections.abc import Sequence

import numpy as np

from playground import matrices
from playground.language import current
from playground.language import text as _

SIGNED = ("kernel", "bias")  # always blue to orange, the others where something is negative
MOST = 64  # matrices in a stack


def data(
    op: str,
    x: np.ndarray,
    y: np.ndarray,
    *,
    w: np.ndarray | None = None,
    size: tuple[int, int] | None = None,
    bias: np.ndarray | None = None,
    sums: np.ndarray | None = None,
    activation: str = "",
    stride: tuple[int, int] = (1, 1),
    pads: tuple[int, int, int, int] = (0, 0, 0, 0),
    padding: str = "zero",
    dilation: tuple[int, int] = (1, 1),
    groups: int = 1,
    editable: Sequence[str] = (),
    brush: dict[str, float] | None = None,
    limit: float = 1000,
    names: dict[str, Sequence[str]] | None = None,
    look: str | None = None,
    play: bool = False,
    announce: bool = False,
    height: int = 330,
) -> dict:
    """Data of `components.window`.

    Args:
        op: "conv" (ONNX's Conv), "max", "average" (pooling), "transposed" (ConvTranspose).
        x: input [channels, height, width].
        y: what the graph computed, after the activation: [filters, rows, columns].
        w: kernels, [filters, channels / groups, height, width]; of "transposed", as ONNX has it, [channels, filters / groups,
            height, width]; None when pooling, which then needs `size` (height, width).
        bias: [filters].
        sums: what the graph computed before the activation, if there is one; `activation` is its name, as people read it.
        stride, dilation: (down, across). pads: (top, left, bottom, right), as ONNX has them in `pads`; of "transposed" they are
            cut off the output.
        padding: what stands in the padding: "zero"; "reflect"; "none" if it counts for nothing (max pooling, and average
            pooling without count_include_pad).
        editable: which of "input", "kernel", "bias" people may change. They come back as the values of these names, for
            `links.keep` (see `stack`; a bias is a matrix of one number).
        brush: {"input": 1}: dragging over the input, or a click, paints ones, and zeros over ones, instead of opening a cell
            to type in.
        limit: the largest magnitude that people may type.
        names: above the grids: "input" (one a channel), "kernel" and "output" (one a filter).
        look: "filter.row.column" of the output number that was clicked; comes back as the value `look`.
        play: whether the window begins to slide by itself, when the view is first shown.
        announce: whether the window is outlined on a `components.canvas` of the page, which shows the input.
        height: pixels that the grids may take where they stand side by side.
    """
    filters = y.shape[0]
    titles = {
        "input": _numbered(_("Input"), x.shape[0]),
        "kernel": _numbered(_("Kernel"), filters),
        "output": _numbered(_("Output"), filters),
    }
    tensors = {"input": x, "kernel": w, "bias": None if bias is None else np.reshape(bias, (-1, 1, 1)), "output": y}
    return {
        "op": op,
        **{name: None if values is None else _packed(values) for name, values in tensors.items()},
        "sums": _packed(y if sums is None else sums),
        "activation": activation,
        "size": list(w.shape[2:] if w is not None else size),
        "stride": list(stride), "pads": list(pads), "padding": padding, "dilation": list(dilation), "groups": groups,
        "editable": list(editable), "brush": brush or {}, "limit": limit,
        "names": titles | {kind: list(titles) for kind, titles in (names or {}).items()},
        "signed": [*SIGNED, *(name for name in ("input", "output") if tensors[name].min() < 0)],
        "look": look or "", "play": play, "announce": announce, "height": height, "language": current(), "texts": texts(),
    }  # fmt: skip


def _numbered(title: str, count: int) -> list[str]:
    return [f"{title} {n}" if count > 1 else title for n in range(count)]


def _packed(values: np.ndarray) -> dict:
    return {"shape": values.shape, "values": np.asarray(values, float).ravel().tolist()}


def texts() -> dict[str, str]:
    """What the view says."""
    return {
        "grids": _("Input, kernel and output as grids of numbers"),
        "play": _("Slide the window"),
        "pause": _("Stop"),
        "back": _("One step back"),
        "next": _("One step on"),
        "scrub": _("Which number of the output"),
        "speed": _("Speed"),
        "product": _("patch × kernel"),
        "bias": _("bias"),
        "largest": _("largest of the patch"),
        "edit": _("Type a number, Enter takes it, Escape leaves it"),
        "cell": _("row {row}, column {column}: {value}"),
    }


def stack(text: str, most: tuple[int, int] = (16, 16), largest: float = 1000) -> np.ndarray:
    """Matrices of one size, parted by "/", as links and the view write them: float32 [matrices, rows, columns].

    Raises ValueError if they are none (see `matrices.parse`), of different sizes, or more than `MOST`.
    """
    parts = text.split("/")
    if len(parts) > MOST:
        raise ValueError(f"more than {MOST} matrices")
    return np.stack([matrices.parse(part, most, largest) for part in parts])


def write(values: np.ndarray) -> str:
    """The inverse of `stack`, for [..., rows, columns]: leading axes become one."""
    return "/".join(matrices.write(matrix) for matrix in values.reshape(-1, *values.shape[-2:]))
