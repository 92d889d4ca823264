"""Before anything is computed: whether a file may be opened at all, and which of its operators are not known here."""

from collections.abc import Iterable, Iterator, Sequence
from math import prod

import onnx
from google.protobuf.message import DecodeError
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto

NODES = 20_000  # local functions written out, bodies counted
TENSOR_BYTES = 2**30  # as the file declares its tensors
MANY = 10**12  # what a larger number is called
IR = 13  # what ONNX Runtime 1.31 reads
OPSETS = {"": 26, "ai.onnx.ml": 5, "com.microsoft": 1, "ai.onnx.preview.training": 1}
FOREIGN = {"com.microsoft::EPContext"}  # reads a file that the graph names


class Refusal(Exception):
    """A reason not to answer: a code that playground.sandbox.refusals knows, and the numbers and names of its message."""

    def __init__(self, code: str, **parameters: object):
        super().__init__(code)
        self.code, self.parameters = code, parameters


def parsed(content: bytes | memoryview) -> ModelProto:
    """The file as a graph that may be opened. Raises Refusal."""
    if not content:
        raise Refusal("empty")
    try:
        model = ModelProto.FromString(content)
    except DecodeError as error:
        if "MaxDepth" in str(error):
            raise Refusal("nested") from error
        if "alloc" in str(error) or "memory" in str(error).lower():
            raise Refusal("memory") from error
        # an ONNX file begins with its field 1, the IR version
        raise Refusal("damaged" if content[:1] == b"\x08" and 0 < content[1] < 64 else "foreign") from error
    if not model.ir_version or not model.HasField("graph"):
        raise Refusal("foreign")
    check(model)
    model.ClearField("training_info")
    return model


def check(model: ModelProto) -> None:
    if model.ir_version > IR:
        raise Refusal("ir", version=model.ir_version, most=IR)
    for entry in model.opset_import:
        domain = standard(entry.domain)
        if entry.version > OPSETS.get(domain, entry.version):
            raise Refusal("opset", domain=domain or "ai.onnx", version=entry.version, most=OPSETS[domain])
    graphs = [model.graph]
    for training in model.training_info:
        graphs += [training.initialization, training.algorithm]
    if (count := _written_out(model)) > NODES:  # first, as the others walk over every node
        raise Refusal("nodes", count=min(count, MANY), most=NODES)
    bytes_declared = 0
    for tensor in _tensors(graphs, [function.node for function in model.functions], model.functions):
        if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
            raise Refusal("external", name=tensor.name)
        if any(size < 0 for size in tensor.dims):
            raise Refusal("damaged")
        bytes_declared += prod(tensor.dims) * _size(tensor)
    if bytes_declared > TENSOR_BYTES:
        raise Refusal("tensors", megabytes=min(bytes_declared // 2**20, MANY), most=TENSOR_BYTES // 2**20)


def standard(domain: str) -> str:
    return "" if domain == "ai.onnx" else domain


def _size(tensor: TensorProto) -> float:
    try:
        kind = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
    except KeyError as error:
        raise Refusal("damaged") from error
    return 8 if kind.kind == "O" else max(kind.itemsize, 1)


def _tensors(graphs: Iterable[GraphProto], lists: Iterable[Iterable[NodeProto]], functions) -> Iterator[TensorProto]:
    """Every tensor of a file, wherever it lies."""
    for graph in graphs:
        yield from graph.initializer
        for sparse in graph.sparse_initializer:
            yield from (sparse.values, sparse.indices)
        yield from _of_nodes(graph.node)
    for nodes in lists:
        yield from _of_nodes(nodes)
    for function in functions:
        yield from _of_attributes(function.attribute_proto)


def _of_nodes(nodes: Iterable[NodeProto]) -> Iterator[TensorProto]:
    for node in nodes:
        if node.attribute:
            yield from _of_attributes(node.attribute)


def _of_attributes(attributes: Iterable[AttributeProto]) -> Iterator[TensorProto]:
    """By what is there, not by the attribute's declared type, which may lie."""
    for attribute in attributes:
        if attribute.HasField("t"):
            yield attribute.t
        yield from attribute.tensors
        for sparse in [*([attribute.sparse_tensor] if attribute.HasField("sparse_tensor") else []), *attribute.sparse_tensors]:
            yield from (sparse.values, sparse.indices)
        yield from _tensors(_bodies(attribute), [], [])


def _bodies(attribute: AttributeProto) -> list[GraphProto]:
    return [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]


def _written_out(model: ModelProto) -> int:
    """How many nodes the graph has once its local functions are written out, which can double with each function."""
    functions = {(standard(f.domain), f.name, f.overload): f for f in model.functions}
    counts: dict[tuple, int | None] = {}  # None while a function is being counted: then it calls itself

    def of_nodes(nodes: Sequence[NodeProto]) -> int:
        if len(nodes) > NODES:
            return len(nodes)
        total = 0
        for node in nodes:
            total += 1
            key = (standard(node.domain), node.op_type, node.overload)
            if key in functions:
                total += of_function(key)
            for attribute in node.attribute:
                total += sum(of_nodes(body.node) for body in _bodies(attribute))
        return total

    def of_function(key: tuple) -> int:
        if key not in counts:
            counts[key] = None
            counts[key] = of_nodes(functions[key].node)
        if counts[key] is None:
            raise Refusal("recursive", name=key[1])
        return counts[key]

    for key in functions:
        of_function(key)
    return of_nodes(model.graph.node)


def unknown_operators(model: ModelProto) -> list[str]:
    """Operators of the graph that ONNX Runtime cannot run or that are not let run, as domain::name."""
    functions = {(standard(f.domain), f.name) for f in model.functions}
    opsets = {standard(entry.domain): entry.version for entry in model.opset_import}
    used = {(standard(node.domain), node.op_type) for node in _nodes(model)} - functions
    unknown = {f"{domain}::{name}".removeprefix("::") for domain, name in used if not _is_known(domain, name, opsets)}
    return sorted(unknown | FOREIGN & {f"{domain}::{name}" for domain, name in used})


def _is_known(domain: str, name: str, opsets: dict[str, int]) -> bool:
    if domain not in OPSETS:
        return False
    if domain == "com.microsoft":
        return name in _microsoft()
    return onnx.defs.has(name, domain=domain, max_inclusive_version=opsets.get(domain, OPSETS[domain]))


def _microsoft() -> set[str]:
    from onnxruntime.capi.onnxruntime_pybind11_state import get_all_operator_schema

    return {schema.name for schema in get_all_operator_schema() if schema.domain == "com.microsoft"}


def _nodes(model: ModelProto) -> Iterator[NodeProto]:
    def of(nodes: Iterable[NodeProto]) -> Iterator[NodeProto]:
        for node in nodes:
            yield node
            for attribute in node.attribute:
                for body in _bodies(attribute):
                    yield from of(body.node)

    yield from of(model.graph.node)
    for function in model.functions:
        yield from of(function.node)
