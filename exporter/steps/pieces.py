"""The pieces of a training step of a dense net, each traced from torch to a function of ONNX (a FunctionProto).

The playground puts a step together from them: a dense layer, its bend, the loss, then the same way back, then the update.
So any depth, any mix of activations, any loss and any optimiser is a graph, without a file for each (docs/architecture.md
says what that costs). A `_back` takes the loss's gradient by what its piece returned, and gives it by what the piece took;
it is torch's own formula, from aten or torch.func.vjp. Shapes: rows are points of the batch, columns are neurons.
"""

from collections.abc import Callable
from dataclasses import dataclass

import onnx
import torch
import torch.nn.functional as F
from onnx import helper

from exporter.export import OPSET
from exporter.recipes import Port
from exporter.steps.optimisers import OPTIMISERS, STATE, Update
from exporter.steps.trace import trace

DOMAIN = "steps"
MAPS, ROW, NUMBER = ("rows", "columns"), ("columns",), ()
aten = torch.ops.aten


@dataclass(frozen=True)
class Piece:
    """A function of tensors and its ports: name → shape."""

    function: Callable[..., tuple[torch.Tensor, ...]]
    inputs: dict[str, tuple[str | int, ...]]
    outputs: dict[str, tuple[str | int, ...]]


def _alone(function: Callable[..., torch.Tensor]) -> Callable[..., tuple[torch.Tensor]]:
    return lambda *tensors: (function(*tensors),)


def _dense() -> dict[str, Piece]:
    x, w, b, z = ("rows", "inputs"), ("inputs", "columns"), ROW, MAPS
    return {
        "dense": Piece(lambda x, w, b: (torch.addmm(b, x, w),), {"x": x, "w": w, "b": b}, {"z": z}),
        "dense_back": Piece(lambda gradient, w: (gradient @ w.t(),), {"gradient": z, "w": w}, {"by_x": x}),
        "dense_gradients": Piece(
            lambda gradient, x: (x.t() @ gradient, gradient.sum(0)), {"gradient": z, "x": x}, {"by_w": w, "by_b": b}
        ),
        # plain descent adds up gradients, already times −rate, right onto the parameters: two operators instead of seven
        "dense_descend": Piece(
            lambda gradient, x, ones, w, b: (torch.addmm(w, x.t(), gradient), torch.addmm(b, ones, gradient)),
            {"gradient": z, "x": x, "ones": (1, "rows"), "w": w, "b": (1, "columns")},
            {"w_next": w, "b_next": (1, "columns")},
        ),
    }


# name → what it does, its way back, and what that needs besides the gradient: what went in (z) or what came out (h)
ACTIVATIONS = {
    "relu": (F.relu, lambda g, h: aten.threshold_backward(g, h, 0), "h"),
    "leaky_relu": (F.leaky_relu, lambda g, z: aten.leaky_relu_backward(g, z, 0.01, False), "z"),
    "elu": (F.elu, lambda g, h: aten.elu_backward(g, 1.0, 1.0, 1.0, True, h), "h"),
    "selu": (F.selu, lambda g, z: torch.func.vjp(F.selu, z)[1](g)[0], "z"),
    "gelu": (F.gelu, lambda g, z: aten.gelu_backward(g, z), "z"),
    "swish": (F.silu, lambda g, z: aten.silu_backward(g, z), "z"),
    "softplus": (F.softplus, lambda g, z: aten.softplus_backward(g, z, 1.0, 20.0), "z"),
    "sigmoid": (torch.sigmoid, lambda g, h: aten.sigmoid_backward(g, h), "h"),
    "tanh": (torch.tanh, lambda g, h: aten.tanh_backward(g, h), "h"),
    "sine": (torch.sin, lambda g, z: torch.func.vjp(torch.sin, z)[1](g)[0], "z"),
}


def _activations() -> dict[str, Piece]:
    pieces = {}
    for name, (forward, back, needs) in ACTIVATIONS.items():
        pieces[name] = Piece(_alone(forward), {"z": MAPS}, {"h": MAPS})
        pieces[f"{name}_back"] = Piece(_alone(back), {"gradient": MAPS, needs: MAPS}, {"by_z": MAPS})
    return pieces


# name → the loss of each number, and its slope by z: both of z and the target
LOSSES = {
    "squared": (lambda z, t: (z - t) * (z - t) / 2, lambda z, t: z - t),
    "binary_cross_entropy": (
        lambda z, t: F.relu(z) - z * t + torch.log1p(torch.exp(-z.abs())),
        lambda z, t: torch.sigmoid(z) - t,
    ),
    "cross_entropy": (lambda z, t: -t * F.log_softmax(z, 1), lambda z, t: F.softmax(z, 1) - t),
    "hinge": (lambda z, t: F.relu(1 - t * z), lambda z, t: -t * (t * z < 1).to(z.dtype)),
}


def _mean(loss):
    return lambda z, target: (loss(z, target).sum(1).mean(),)


def _scaled(slope):
    return lambda z, target, scale: (slope(z, target) * scale,)


def _losses() -> dict[str, Piece]:
    """Losses are summed over columns and averaged over rows; the way back is scaled: 1 / rows, or −rate / rows."""
    pieces = {}
    for name, (loss, slope) in LOSSES.items():
        pieces[name] = Piece(_mean(loss), {"z": MAPS, "target": MAPS}, {"loss": NUMBER})
        pieces[f"{name}_back"] = Piece(_scaled(slope), {"z": MAPS, "target": MAPS, "scale": NUMBER}, {"by_z": MAPS})
    return pieces


def _penalties() -> dict[str, Piece]:
    """What a penalty of `strength` · Σ|w| or `strength` / 2 · Σw² adds to the gradient."""
    slopes = {"l1": torch.sign, "l2": lambda w: w}
    ports = {"gradient": MAPS, "w": MAPS, "strength": NUMBER}
    return {name: Piece(_added(slope), ports, {"by_w": MAPS}) for name, slope in slopes.items()}


def _added(slope):
    return lambda gradient, w, strength: (gradient + strength * slope(w),)


def _updates() -> dict[str, Piece]:
    pieces = {}
    for name, update in OPTIMISERS.items():
        memory = {f"state{i}": MAPS for i in range(STATE[name])}
        counts = {"count": NUMBER} if name == "adam" else {}
        ports = {"parameter": MAPS, "gradient": MAPS, "rate": NUMBER, **memory, **counts}
        pieces[name] = Piece(_flat(update, len(memory)), ports, {"next": MAPS, **{f"{state}_next": MAPS for state in memory}})
    return pieces


def _flat(update: Update, remembered: int):
    def step(parameter, gradient, rate, *rest):
        after, memory = update(parameter, gradient, rest[:remembered], rate, *(rest[remembered:] or (None,)))
        return after, *memory

    return step


def _normalise(z: torch.Tensor, gain: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
    """Ioffe, Szegedy 2015, arXiv:1502.03167: each neuron over its batch."""
    centred = z - z.mean(0)
    return centred / torch.sqrt((centred * centred).mean(0) + 1e-5) * gain + shift


def _normalise_back(gradient, z, gain):
    """By z, gain and shift: what shifts or scales a whole batch has no effect, so its share is taken out."""
    centred = z - z.mean(0)
    deviation = torch.sqrt((centred * centred).mean(0) + 1e-5)
    normal = centred / deviation
    along = gradient * normal
    by_z = (gradient - gradient.mean(0) - normal * along.mean(0)) * gain / deviation
    return by_z, along.sum(0), gradient.sum(0)


PIECES: dict[str, Piece] = {
    **_dense(),
    **_activations(),
    **_losses(),
    **_penalties(),
    **_updates(),
    "batch_norm": Piece(
        lambda z, gain, shift: (_normalise(z, gain, shift),), {"z": MAPS, "gain": ROW, "shift": ROW}, {"normal": MAPS}
    ),
    "batch_norm_still": Piece(
        lambda z, mean, variance, gain, shift: ((z - mean) / torch.sqrt(variance + 1e-5) * gain + shift,),
        {"z": MAPS, "mean": ROW, "variance": ROW, "gain": ROW, "shift": ROW},
        {"normal": MAPS},
    ),
    "batch_norm_back": Piece(
        _normalise_back,
        {"gradient": MAPS, "z": MAPS, "gain": ROW},
        {"by_z": MAPS, "by_gain": ROW, "by_shift": ROW},
    ),
}


def function(name: str) -> onnx.FunctionProto:
    """The piece as a function of domain `steps`, its constants inside.

    Raises KeyError if there is no such piece, and ExportError as `trace` does.
    """
    piece = PIECES[name]
    ports = [tuple(Port(port, "float32", shape, "") for port, shape in side.items()) for side in (piece.inputs, piece.outputs)]
    graph = trace(piece.function, *ports).graph
    constants = [helper.make_node("Constant", [], [value.name], value=value) for value in graph.initializer]
    return helper.make_function(
        DOMAIN, name, list(piece.inputs), list(piece.outputs), [*constants, *graph.node], [helper.make_opsetid("", OPSET)]
    )
