"""The questions that can be asked of a graph, answered inside of the sandbox."""

import os
import re
import tempfile
import time
from collections.abc import Callable
from math import prod
from threading import Timer
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime
from onnx import ModelProto, TensorProto, numpy_helper

from playground import structure, xray
from playground.sandboxed import ports
from playground.sandboxed.checks import Refusal, parsed, standard, unknown_operators
from playground.sandboxed.frames import plain, put, take, unpack
from playground.xray.folding import RANDOM
from playground.xray.graph import captured, flatten, node_names, subgraphs, tensor_names
from playground.xray.session import plain_session
from playground.xray.shapes import bind, dtype_name


class Limits(NamedTuple):
    deadline: float  # of time.monotonic()
    most: int  # bytes of arrays in the answer


MARGIN = 0.4  # seconds kept for packing the answer
DETAIL = 300  # characters of another program's message


def answer(frame: bytes, deadline: float) -> tuple[dict, list[np.ndarray]]:
    """The header and the arrays of an answer, which may be a refusal, to the question that `frame` holds."""
    tempfile.tempdir = os.getcwd()  # the parent removes it, also where this process is killed
    onnxruntime.set_default_logger_severity(4)
    arrays: list[np.ndarray] = []
    try:
        header, given = unpack(frame)
        del frame  # and below: a big file must not lie in memory several times
        limits = Limits(deadline, header["most"])
        question = {name: take(value, given) for name, value in header["parameters"].items()}
        model = parsed(question.pop("content").data)
        del given
        result = ASKED[header["ask"]](complete(model, values=header["ask"] in ("run", "weights")), limits=limits, **question)
        if header["ask"] in ("run", "weights"):
            return {"answer": put(result, arrays)}, arrays
        return {"answer": {"plain": result}}, arrays
    except Refusal as refusal:
        code, parameters = refusal.code, refusal.parameters
    except xray.XrayError as error:
        code, parameters = error.code, error.parameters
        if code == "no_run":
            code, parameters = why(parameters["detail"])
    except MemoryError:
        code, parameters = "memory", {}
    except RecursionError:
        code, parameters = "nested", {}
    except Exception as error:  # ONNX's and ONNX Runtime's errors share no base class
        code, parameters = why(str(error))
    return {"refused": code, "parameters": parameters}, []


def complete(model: ModelProto, values: bool) -> ModelProto:
    """Here a structure file of ours, whose weights are inputs, gets them from its seed; others pass as they are.

    `values`: whether the numbers matter, or only their shapes.
    """
    if structure.described(model) is None:
        return model
    return structure.filled(model) if values else structure.hollow(model)


def why(message: str) -> tuple[str, dict]:
    """What ONNX Runtime's message means, as a refusal's code and parameters."""
    if "terminate flag" in message:
        return "time", {}
    if re.search(
        r"allocate memory|bad.?alloc|Integer overflow|SafeInt|allocat\w+ .*failed|length_error|serialize proto", message, re.I
    ):
        return "memory", {}
    for pattern in (r"No Op registered for (\S+)", r"an implementation for ([^\s(]+)", r"(\S+?)\(-?\d+\) is not a registered"):
        if found := re.search(pattern, message):
            return "operators", {"names": [found[1]]}
    message = re.sub(
        r"\[ONNXRuntimeError\] : \d+ : \w+ : |/onnxruntime_src/\S+ ", "", message.rpartition("Status Message: ")[2]
    )
    return "runtime", {"detail": next(iter(message.strip().splitlines()), "")[:DETAIL]}


def opened(model: ModelProto, inputs: dict, fields: bool, wrt: str | None, limits: Limits) -> dict:
    """What the file says, and the facts of its nodes for the shapes given or chosen."""
    real = ports.real_inputs(model)
    defaults = {tensor.name for tensor in model.graph.initializer}
    shapes, nodes = _fitting(model, inputs, fields, wrt, limits.deadline)
    return {
        "ir_version": model.ir_version,
        "opsets": {standard(entry.domain): entry.version for entry in model.opset_import},
        "producer": f"{model.producer_name} {model.producer_version}".strip()[:DETAIL],
        "metadata": {entry.key[:DETAIL]: entry.value[: 100 * DETAIL] for entry in model.metadata_props[:100]},
        "inputs": ports.ports(real, defaults),
        "outputs": ports.ports(model.graph.output, set()),
        "shapes": shapes,
        "nodes": [list(vars(node).values()) for node in nodes],
        "unknown_operators": unknown_operators(model),
    }


def _fitting(model: ModelProto, inputs: dict, fields: bool, wrt: str | None, deadline: float) -> tuple[dict, list]:
    """Of the shapes that the inputs may have, the first for which all shapes inside are known, else the best."""
    arrays = {name: value for name, value in inputs.items() if isinstance(value, np.ndarray)}
    lists = {
        name: value for name, value in inputs.items() if name not in arrays and all(isinstance(size, int) for size in value)
    }
    given = {name: tuple(value) for name, value in lists.items()} | {name: value.shape for name, value in arrays.items()}
    begin, best, failed, tried = time.monotonic(), None, None, set()
    for shapes in ports.choices(model.graph, given):
        if (key := tuple(shapes.items())) in tried:
            continue
        tried.add(key)
        took = (time.monotonic() - begin) / len(tried)
        if (best or failed) and len(tried) > 1 and time.monotonic() + 2 * took > min(deadline - 1, begin + 1):
            break
        try:
            nodes = xray.facts(model, shapes | arrays, fields=False)
        except xray.XrayError as error:
            failed = failed or error
            continue
        unknown = sum(shape is None or None in shape for node in nodes for shape in node.shapes)
        if best is None or unknown < best[0]:
            best = unknown, shapes, nodes
        if not unknown:
            break
    if best is None:
        raise failed
    _, shapes, nodes = best
    return shapes, xray.facts(model, shapes | arrays, wrt=wrt) if fields else nodes


def run(model: ModelProto, inputs: dict, tensors: list[str], repeats: int, limits: Limits) -> dict:
    """Outputs and inner tensors by name; seconds of the run and of each node, as the nodes stand, unfused, in one thread."""
    _runnable(model)
    feeds = _fed(model, inputs)
    stop = onnxruntime.RunOptions()
    with _until(limits.deadline - MARGIN, stop):
        timed = xray.run_timed(model, feeds, tensors, repeats, limits.deadline - 2 * MARGIN, stop)
    _bounded(_bytes(timed.values), limits.most)
    return timed._asdict()


class _until:
    """ONNX Runtime stops at the deadline, between two nodes; a single endless node is the parent's to kill."""

    def __init__(self, deadline: float, stop: onnxruntime.RunOptions):
        self.timer = Timer(max(deadline - time.monotonic(), 0), setattr, (stop, "terminate", True))

    def __enter__(self) -> None:
        self.timer.start()

    def __exit__(self, *_) -> None:
        self.timer.cancel()


def _runnable(model: ModelProto) -> None:
    if names := unknown_operators(model):
        raise Refusal("operators", names=names)


def _fed(model: ModelProto, inputs: dict) -> dict:
    """The inputs as ONNX Runtime takes them. Raises XrayError or Refusal where they do not fit the ports."""
    bind(model.graph, {name: value for name, value in inputs.items() if isinstance(value, np.ndarray)})
    feeds = dict(inputs)
    for value in model.graph.input:
        given = inputs.get(value.name)
        if given is None and value.type.HasField("sequence_type"):
            raise xray.XrayError("missing_input", name=value.name)
        if isinstance(given, np.ndarray) and value.type.HasField("tensor_type"):
            wanted, got = (
                dtype_name(value.type.tensor_type.elem_type),
                "string" if given.dtype.kind == "U" else given.dtype.name,
            )
            if wanted != got:
                raise Refusal("input_type", name=value.name, wanted=wanted, given=got)
            feeds[value.name] = given.astype(object) if got == "string" else given
    return feeds


def _bounded(size: int, most: int) -> None:
    if size > most:
        raise Refusal("answer", megabytes=-(-size // 2**20), most=most // 2**20)


def _bytes(value: object) -> int:
    """Of the arrays in a value, as they travel: text has four bytes a character, as long as the longest."""
    if isinstance(value, dict):
        return sum(map(_bytes, value.values()))
    if isinstance(value, list):
        return sum(map(_bytes, value))
    if isinstance(value, np.ndarray) and value.dtype.kind == "O":
        return 4 * value.size * max((len(text) for text in value.flat), default=0)
    return getattr(value, "nbytes", 0)


def weights(model: ModelProto, name: str, limits: Limits) -> dict:
    """The stored tensors that a node reads, or one tensor; also where they pass nodes that read stored tensors only."""
    model = flatten(model)
    graph = model.graph
    nodes = dict(zip(node_names(graph), graph.node, strict=True))
    if name not in nodes and name not in tensor_names(graph):
        raise xray.UnknownTensor(name)
    node = nodes.get(name)
    wanted = [name] if node is None else [source for source in dict.fromkeys([*node.input, *captured(node)]) if source]
    stored = {tensor.name: tensor for tensor in graph.initializer}
    for body in subgraphs(node) if node else ():
        _add_stored(body, stored, wanted)
    size = sum(prod(stored[source].dims) * numpy_itemsize(stored[source]) for source in wanted if source in stored)
    _bounded(size, limits.most)
    result = {source: numpy_helper.to_array(stored[source]) for source in wanted if source in stored}
    made = _made(model, [source for source in wanted if source not in stored], stored)
    _bounded(size + _bytes(made), limits.most)
    return result | made


def numpy_itemsize(tensor: TensorProto) -> int:
    return onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize


def _add_stored(body: onnx.GraphProto, stored: dict, wanted: list[str]) -> None:
    for tensor in body.initializer:
        stored.setdefault(tensor.name, tensor)
        wanted.append(tensor.name)
    for inner in body.node:
        if inner.op_type == "Constant" and inner.attribute and inner.attribute[0].HasField("t"):
            stored.setdefault(inner.output[0], inner.attribute[0].t)
            wanted.append(inner.output[0])
        for deeper in subgraphs(inner):
            _add_stored(deeper, stored, wanted)


def _made(model: ModelProto, wanted: list[str], stored: dict) -> dict[str, np.ndarray]:
    """Those of the tensors that follow from stored ones alone: Constant, DequantizeLinear of a weight, ConstantOfShape."""
    makers = {}
    for node in model.graph.node:
        if (
            node.op_type not in RANDOM
            and not any(subgraphs(node))
            and all(not source or source in stored or source in makers for source in node.input)
        ):
            makers.update((output, node) for output in node.output if output)
    wanted = [source for source in wanted if source in makers]
    if not wanted:
        return {}
    needed, open_ones = set(), list(wanted)
    while open_ones:
        if (source := open_ones.pop()) not in needed:
            needed.add(source)
            open_ones += [name for name in makers[source].input if name] if source in makers else []
    graph = onnx.GraphProto(name="weights")
    graph.node.extend(node for node in model.graph.node if not needed.isdisjoint(node.output))
    graph.initializer.extend(tensor for name, tensor in stored.items() if name in needed)
    graph.output.extend(onnx.ValueInfoProto(name=name) for name in wanted)
    part = ModelProto(ir_version=max(model.ir_version, 4), opset_import=model.opset_import, graph=graph)
    return dict(zip(wanted, plain_session(part).run(None, {}), strict=True))


def receptive_field(
    model: ModelProto, tensor: str, index: list[int], inputs: dict, wrt: str | None, limits: Limits
) -> list | None:
    """The box of `wrt` that one element depends on; see xray.receptive_field."""
    if any(not isinstance(value, np.ndarray) for value in inputs.values()) or not inputs:
        inputs = _fitting(model, inputs, False, None, limits.deadline)[0] | inputs
    box = xray.receptive_field(model, tensor, tuple(index), inputs, wrt)
    return box and [list(interval) for interval in box]


def differences(model: ModelProto, other: np.ndarray, limits: Limits) -> list:
    """Of the stored tensors that two files have under one name in one shape: shape, largest difference, largest magnitude."""
    theirs = {tensor.name: tensor for tensor in parsed(other.data).graph.initializer}
    found = []
    for tensor in model.graph.initializer:
        match = theirs.get(tensor.name)
        if match is None or match.dims != tensor.dims or not prod(tensor.dims):
            continue
        ours, others = (plain(numpy_helper.to_array(each)) for each in (tensor, match))
        if "U" in (ours.dtype.kind, others.dtype.kind):
            continue
        kind = np.complex128 if "c" in (ours.dtype.kind, others.dtype.kind) else np.float64
        ours, others = ours.astype(kind), others.astype(kind)
        with np.errstate(invalid="ignore"):
            gap = np.where((ours == others) | (np.isnan(ours) & np.isnan(others)), 0, np.abs(ours - others))
        found.append([tensor.name[:DETAIL], list(tensor.dims), float(gap.max()), float(np.abs(ours).max())])
    return found


ASKED: dict[str, Callable] = {
    "open": opened, "run": run, "weights": weights, "receptive_field": receptive_field, "differences": differences,
}  # fmt: skip
