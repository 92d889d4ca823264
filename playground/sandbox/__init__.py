"""Look into ONNX files from strangers, and run them, without trusting them: each question is a process of its own.

    opened = sandbox.open(content)
    ran = sandbox.run(content, {"image": pictures}, tensors=("conv1",))

All raise Refused, whose message is for the person. Nothing is kept between calls. docs/architecture.md says what the
processes may and may not do.
"""

from dataclasses import dataclass

import numpy as np

from playground.xray import NodeFacts

from .process import ask
from .refusals import Refused

__all__ = ["Opened", "Port", "Ran", "Refused", "differences", "open", "receptive_field", "run", "weights"]

FILE_BYTES = 600 * 2**20  # VGG has 550
SECONDS = 4.0  # and one to start, to kill and to clean up: every refusal comes within five
MEMORY = 2 * 2**30  # of address space, which is more than is ever touched
SHOWN = 64 * 2**20  # bytes of values


@dataclass(frozen=True)
class Port:
    """An input or output: kind is "tensor", "sequence", "optional", "map"; of the last three, dtype and shape are an element's.

    shape has a name or None for an axis that the file leaves open, and is None where the file says nothing.
    default says that the file has a value for it.
    """

    name: str
    kind: str
    dtype: str | None
    shape: tuple[int | str | None, ...] | None
    default: bool


@dataclass(frozen=True)
class Opened:
    """What a file holds.

    shapes             the inputs' shapes for which the nodes' facts hold: given, or chosen where the file leaves axes open
    nodes              as playground.xray tells them; macs counts those whose multiply-adds are known
    unknown_operators  as domain::name; with any of them the graph cannot be run, only looked at
    """

    ir_version: int
    opsets: dict[str, int]
    producer: str
    metadata: dict[str, str]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    shapes: dict[str, tuple[int, ...]]
    nodes: tuple[NodeFacts, ...]
    unknown_operators: tuple[str, ...]
    parameters: int
    macs: int
    bytes: int


@dataclass(frozen=True)
class Ran:
    """Values by name, of the outputs and of the tensors asked for; a sequence is a list, a map a dict.

    seconds of the first run; node_seconds by the names of Opened.nodes, the median of further runs where the time sufficed.
    Both are of one CPU thread, nodes unfused.
    """

    values: dict[str, np.ndarray | list | dict]
    seconds: float
    node_seconds: dict[str, float]


def open(
    content: bytes,
    inputs: dict[str, tuple[int, ...] | np.ndarray] | None = None,
    fields: bool = False,
    wrt: str | None = None,
    seconds: float = SECONDS,
    memory: int = MEMORY,
) -> Opened:
    """Read a file. `inputs`: shapes for some or all inputs, or arrays, for shapes that depend on values.

    `fields`: with receptive fields, measured to `wrt`, by default the first input; they take longer.
    """
    told = _ask("open", content, seconds, memory, inputs=inputs or {}, fields=fields, wrt=wrt)
    try:
        nodes = tuple(_node(*node) for node in told["nodes"])
        return Opened(
            **{name: told[name] for name in ("ir_version", "opsets", "producer", "metadata")},
            inputs=tuple(_port(port) for port in told["inputs"]),
            outputs=tuple(_port(port) for port in told["outputs"]),
            shapes={name: tuple(shape) for name, shape in told["shapes"].items()},
            nodes=nodes,
            unknown_operators=tuple(told["unknown_operators"]),
            parameters=sum(node.parameters for node in nodes),
            macs=sum(node.macs or 0 for node in nodes),
            bytes=len(content),
        )
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise Refused("crashed") from error


def run(
    content: bytes,
    inputs: dict[str, np.ndarray | list],
    tensors: tuple[str, ...] = (),
    repeats: int = 3,
    seconds: float = SECONDS,
    memory: int = MEMORY,
    most: int = SHOWN,
) -> Ran:
    """Run a file on `inputs`; `tensors` are inner ones wanted beside the outputs. They have at most `most` bytes.

    `repeats`: further runs to measure the nodes in, as long as time is left.
    """
    told = _ask("run", content, seconds, memory, most, inputs=inputs, tensors=tensors, repeats=repeats)
    try:
        return Ran(dict(told["values"]), float(told["seconds"]), dict(told["node_seconds"]))
    except (TypeError, KeyError, ValueError) as error:
        raise Refused("crashed") from error


def weights(
    content: bytes, name: str, seconds: float = SECONDS, memory: int = MEMORY, most: int = SHOWN
) -> dict[str, np.ndarray]:
    """The weights that a node reads, by name, in the order of its inputs; or one tensor that is stored in the file.

    Weights that reach the node through others that compute with stored tensors only (DequantizeLinear) are as they arrive.
    """
    return _ask("weights", content, seconds, memory, most, name=name)


def receptive_field(
    content: bytes,
    tensor: str,
    index: tuple[int, ...],
    inputs: dict[str, tuple[int, ...]] | None = None,
    wrt: str | None = None,
    seconds: float = SECONDS,
    memory: int = MEMORY,
) -> tuple[tuple[int, int], ...] | None:
    """The part of `wrt`, by default the first input, that one element of a tensor depends on; see xray.receptive_field."""
    box = _ask("receptive_field", content, seconds, memory, tensor=tensor, index=index, inputs=inputs or {}, wrt=wrt)
    return box and tuple((low, high) for low, high in box)


def differences(
    content: bytes, other: bytes, seconds: float = SECONDS, memory: int = MEMORY
) -> dict[str, tuple[tuple[int, ...], float, float]]:
    """Stored tensors that both files have under one name in one shape: shape, largest difference, largest magnitude.

    A difference is NaN where only one file has a NaN or both have infinities that differ.
    """
    if len(other) > FILE_BYTES:
        raise Refused("large", megabytes=len(other) // 2**20, most=FILE_BYTES // 2**20)
    told = _ask("differences", content, seconds, memory, other=np.frombuffer(other, np.uint8))
    try:
        return {name: (tuple(shape), float(most), float(size)) for name, shape, most, size in told}
    except (TypeError, ValueError) as error:
        raise Refused("crashed") from error


def _ask(kind: str, content: bytes, seconds: float, memory: int, most: int = 0, **parameters: object):
    if len(content) > FILE_BYTES:
        raise Refused("large", megabytes=len(content) // 2**20, most=FILE_BYTES // 2**20)
    return ask(kind, content, seconds, memory, most, **parameters)


def _port(told: dict) -> Port:
    shape = told["shape"]
    return Port(told["name"], told["kind"], told["dtype"], None if shape is None else tuple(shape), told["default"])


def _node(name, op, domain, inputs, outputs, shapes, dtypes, parameters, macs, receptive_field, attributes, weights, captured):
    """JSON has lists where NodeFacts has tuples."""
    return NodeFacts(
        name, op, domain, tuple(inputs), tuple(outputs), tuple(map(_tuple, shapes)), tuple(dtypes), parameters, macs,
        _tuple(receptive_field), {key: _tuple(value) for key, value in attributes.items()},
        {key: _tuple(value) for key, value in weights.items()}, tuple(captured),
    )  # fmt: skip


def _tuple(value):
    return tuple(value) if isinstance(value, list) else value
