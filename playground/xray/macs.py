"""Multiply-adds (MACs) of one node, from shapes alone; a published "FLOPs" is sometimes this number, sometimes twice it."""

from math import prod

import onnx

from .einsum import labels
from .graph import STANDARD_DOMAINS, attributes, subgraphs


def _conv(ins, outs, _, weight=1):
    """Each output element sums over its group's channels and the kernel; weights are [out, in / groups, kernel…]."""
    return prod(outs[0]) * prod(ins[weight][1:])


def _conv_transpose(ins, outs, _):
    """Each input element is spread over its group's output channels and the kernel: [in, out / groups, kernel…]."""
    return prod(ins[0]) * prod(ins[1][1:])


def _matmul(ins, outs, _):
    return prod(outs[0]) * ins[0][-1]


def _gemm(ins, outs, options):
    return prod(outs[0]) * ins[0][0 if options.get("transA") else 1]


def _einsum(ins, outs, options):
    """Two operands: one multiply-add for each combination of labels. More leave the order, and so the count, open."""
    if len(ins) != 2:
        return 0 if len(ins) == 1 else None
    operands, _ = labels(options["equation"].decode(), [len(shape) for shape in ins])
    sizes = {}
    for operand, shape in zip(operands, ins, strict=True):
        for label, size in zip(operand, shape, strict=True):
            sizes[label] = max(size, sizes.get(label, 1))
    return prod(sizes.values())


def _recurrent(ins, outs, _):
    """Input [time, batch, features] (or batch first); each step multiplies by W and R of every gate and direction."""
    x, w, r = ins[:3]
    return x[0] * x[1] * (prod(w) + prod(r))


def _attention(ins, outs, _):
    """Scores query x key, then weights x value; past keys count."""
    keys = ins[1][-2] + (ins[4][-2] if len(ins) > 4 and ins[4] else 0)
    return keys * (prod(ins[0]) + prod(outs[0]))


MACS = {
    "Conv": _conv,
    "ConvInteger": _conv,
    "DeformConv": _conv,
    "QLinearConv": lambda ins, outs, options: _conv(ins, outs, options, weight=3),
    "ConvTranspose": _conv_transpose,
    "MatMul": _matmul,
    "MatMulInteger": _matmul,
    "QLinearMatMul": _matmul,
    "Gemm": _gemm,
    "Einsum": _einsum,
    "LSTM": _recurrent,
    "GRU": _recurrent,
    "RNN": _recurrent,
    "Attention": _attention,
}


def macs(node: onnx.NodeProto, shapes: dict) -> int | None:
    """Multiply-adds of the node; 0 for operators that only add, compare or move.

    None where they are not known: shapes that depend on data, bodies that run an unknown number of times, operators of
    other domains.
    """
    if node.domain not in STANDARD_DOMAINS or any(subgraphs(node)):
        return None
    if node.op_type not in MACS:
        return 0
    ins, outs = ([shapes.get(name) if name else () for name in names] for names in (node.input, node.output))
    if any(shape is None or None in shape for shape in [*ins, *outs]):
        return None
    return MACS[node.op_type](ins, outs, attributes(node))
