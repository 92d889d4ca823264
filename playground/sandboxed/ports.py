"""What goes into a graph and comes out of it, and sizes for the axes that the file leaves open."""

from collections.abc import Iterator, Mapping

import onnx
from onnx import GraphProto, NodeProto, TypeProto, ValueInfoProto

from playground.xray.graph import attributes
from playground.xray.shapes import dtype_name

Size = int | str | None
IMAGE_SIDES = (224, 256, 320, 416, 299, 640, 48, 32)  # pixels; the first at which all shapes fit together
WORDS = 16
SAMPLES = 512  # of sound: what a voice detector listens to at once
VOXELS = 32


def ports(values, defaults: set[str]) -> list[dict]:
    """Name, kind ("tensor", "sequence", …), dtype, shape and whether the file has a value for it."""
    return [_of_type(value.type) | {"name": value.name, "default": value.name in defaults} for value in values]


def real_inputs(model: onnx.ModelProto) -> list[ValueInfoProto]:
    """Inputs as people think of them. Files before IR 4 had to list all their weights among the inputs."""
    weights = {tensor.name for tensor in model.graph.initializer} if model.ir_version < 4 else set()
    return [value for value in model.graph.input if value.name not in weights]


def _of_type(kind: TypeProto) -> dict:
    which = kind.WhichOneof("value")
    if which in ("tensor_type", "sparse_tensor_type"):
        tensor = getattr(kind, which)
        known = tensor.elem_type in onnx.TensorProto.DataType.values() and tensor.elem_type
        return {
            "kind": which.removesuffix("_type"),
            "dtype": dtype_name(tensor.elem_type) if known else None,
            "shape": sizes(kind),
        }
    if which in ("sequence_type", "optional_type"):
        return _of_type(getattr(kind, which).elem_type) | {"kind": which.removesuffix("_type")}
    return {"kind": (which or "unknown").removesuffix("_type"), "dtype": None, "shape": None}


def sizes(kind: TypeProto) -> list[Size] | None:
    """A name for an open axis where the file gives one, else None."""
    tensor = getattr(kind, kind.WhichOneof("value"))
    if not tensor.HasField("shape"):
        return None
    return [dim.dim_value if dim.dim_value > 0 else dim.dim_param.strip("?") or None for dim in tensor.shape.dim]


def choices(graph: GraphProto, given: Mapping[str, tuple]) -> Iterator[dict[str, tuple[int, ...]]]:
    """Shapes for the inputs that need one, best guess first; `given` ones stay, and settle axes of the same name."""
    defaults = {tensor.name for tensor in graph.initializer}
    open_ones = [value for value in graph.input if value.name not in defaults and value.type.HasField("tensor_type")]
    named: dict[str, int] = {}
    for value in open_ones:
        for size, settled in zip(sizes(value.type) or [], given.get(value.name, ()), strict=False):
            if isinstance(size, str):
                named[size] = settled
    for side in IMAGE_SIDES:
        settled = dict(named)
        chosen = {name: tuple(shape) for name, shape in given.items()}
        for value in open_ones:
            if value.name not in given:
                chosen[value.name] = _guess(graph, value, settled, side)
        yield chosen


def _guess(graph: GraphProto, value: ValueInfoProto, named: dict[str, int], side: int) -> tuple[int, ...]:
    """One input's shape; `named` remembers what its named axes became, for other inputs that have them too."""
    shape = sizes(value.type) or []
    consumer = next((node for node in graph.node if value.name in node.input), None)
    wanted = _wanted(graph, consumer, value.name, len(shape))
    space = _space(shape)
    whole = dtype_name(value.type.tensor_type.elem_type).lstrip("u").startswith("int")
    result = []
    for axis, size in enumerate(shape):
        if isinstance(size, int):
            result.append(size)
            continue
        if size in named:
            guess = named[size]
        elif axis in wanted:
            guess = wanted[axis]
        elif axis in space:
            guess = side if len(shape) == 4 else VOXELS
        elif len(shape) >= 4 and axis == (1 if 1 not in space else len(shape) - 1):
            guess = 3
        elif "batch" in str(size).lower() or axis == (0 if not isinstance(shape[0], int) else 1) < len(shape) - 1:
            guess = 1  # [batch, …], or a recurrent net's [layers, batch, …]
        elif axis == len(shape) - 1 and len(shape) > 1 and not whole:
            guess = SAMPLES
        else:
            guess = WORDS
        if size:
            named[size] = guess
        result.append(guess)
    return tuple(result)


def _space(shape: list[Size]) -> list[int]:
    """Which axes are a picture's: [batch, channels, …], or [batch, …, channels] where the last axis says so."""
    if len(shape) < 4:
        return []
    last = shape[-1] in (1, 2, 3, 4) and shape[1] not in (1, 3, 4)
    return list(range(1, len(shape) - 1)) if last else list(range(2, len(shape)))


def _wanted(graph: GraphProto, node: NodeProto | None, name: str, rank: int) -> dict[int, int]:
    """Sizes that the weights of the first node that reads the input ask for."""
    dims = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    if node is None or node.input[0] != name or len(node.input) < 2 or len(dims.get(node.input[1], ())) < 2:
        return {}
    weight, options = dims[node.input[1]], attributes(node)
    if node.op_type == "Conv" and rank == len(weight):
        return {1: weight[1] * options.get("group", 1)}
    if node.op_type == "Gemm" and not options.get("transA"):
        return {1: weight[1 if options.get("transB") else 0]}
    return {rank - 1: weight[-2]} if node.op_type == "MatMul" else {}
