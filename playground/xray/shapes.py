"""Concrete shapes, types and small constants of every tensor, for given inputs.

ONNX's own shape inference does most of it. Between its rounds, the nodes that depend on shapes and constants only are
computed by ONNX Runtime, since inference knows no value behind a Div or a Floor. What depends on data (NonZero,
NonMaxSuppression) is learned by running the graph once, where real arrays were given.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .corrections import MASKED, is_own, own_types
from .folding import SMALL, fold
from .graph import STANDARD_DOMAINS, XrayError, flatten, is_full, node_names, outputs, true_inputs
from .session import plain_session

Shape = tuple[int | None, ...]
Inputs = Mapping[str, np.ndarray | Sequence[int]]

ROUNDS = 32  # of inference and folding: a shape that depends on a shape that … this deep


@dataclass(frozen=True)
class Graph:
    """An ONNX graph, read for given inputs.

    model      the model, local functions written out
    names      one unique name a node, in graph order
    inputs     names of the inputs without a default
    shapes     tensor name -> shape; None for a size that is not known; absent where even the rank is not known
    dtypes     tensor name -> "float32", "int64", …; absent for what is no tensor (sequences) or not known
    constants  tensor name -> value, for small tensors that are the same whatever the values of the inputs
    opset      version of the standard domain
    """

    model: onnx.ModelProto
    names: list[str]
    inputs: list[str]
    shapes: dict[str, Shape]
    dtypes: dict[str, str]
    constants: dict[str, np.ndarray]
    opset: int

    @property
    def nodes(self):
        return self.model.graph.node


def read(model: onnx.ModelProto, inputs: Inputs) -> Graph:
    """Shapes, types and constants for `inputs`: name -> array, or its shape as a tuple. Only small weights are copied.

    Raises XrayError where `inputs` do not fit the graph's, or where the run that data-dependent shapes need fails.
    """
    model = flatten(model)
    types = bind(model.graph, inputs)
    constants = {}
    for name, tensor in _stored(model.graph):
        value = _value(tensor) if math.prod(tensor.dims) <= SMALL else None
        if value is None:
            types[name] = (tensor.data_type, tuple(tensor.dims))
        else:
            constants[name] = value

    types = _settle(model, types, constants)
    missing = [name for name in outputs(model.graph.node) if not is_full(types.get(name))]
    if missing and all(hasattr(inputs.get(value.name), "dtype") for value in true_inputs(model.graph)):
        types = _settle(model, types | _measure(model, missing, inputs), constants)

    opset = max((entry.version for entry in model.opset_import if entry.domain in STANDARD_DOMAINS), default=1)
    return Graph(
        model=model,
        names=node_names(model.graph),
        inputs=[value.name for value in true_inputs(model.graph)],
        shapes={name: shape for name, (_, shape) in types.items() if shape is not None},
        dtypes={name: dtype_name(elem_type) for name, (elem_type, _) in types.items()},
        constants=constants,
        opset=opset,
    )


def dtype_name(elem_type: int) -> str:
    """ONNX's name of an element type, with its size: float32, not FLOAT."""
    name = TensorProto.DataType.Name(elem_type).lower()
    return {"float": "float32", "double": "float64"}.get(name, name)


def bind(graph: onnx.GraphProto, inputs: Inputs) -> dict:
    """Name -> (element type, shape) of the graph's inputs, checked against what the file says of them."""
    defaults = {tensor.name for tensor in graph.initializer}
    if strangers := inputs.keys() - {value.name for value in graph.input}:
        raise XrayError("no_input", name=sorted(strangers)[0])
    types = {}
    for value in graph.input:
        if value.name in defaults or not value.type.HasField("tensor_type"):  # a sequence has no shape
            continue
        if value.name not in inputs:
            raise XrayError("missing_input", name=value.name)
        given = inputs[value.name]
        shape = tuple(int(size) for size in getattr(given, "shape", given))
        declared = value.type.tensor_type
        if declared.HasField("shape"):
            sizes = [dim.dim_value if dim.dim_value > 0 else None for dim in declared.shape.dim]
            if len(sizes) != len(shape) or any(a is not None and a != b for a, b in zip(sizes, shape, strict=True)):
                wanted = [dim.dim_param or size or "?" for dim, size in zip(declared.shape.dim, sizes, strict=True)]
                raise XrayError(
                    "wrong_shape", name=value.name, wanted=f"[{', '.join(map(str, wanted))}]", given=str(list(shape))
                )
        types[value.name] = (declared.elem_type, shape)
    return types


def _stored(graph: onnx.GraphProto) -> Iterable[tuple[str, TensorProto]]:
    """Tensors that lie in the file: initializers, and the values of Constant nodes, where older exporters put weights."""
    for tensor in graph.initializer:
        yield tensor.name, tensor
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute and node.attribute[0].type == onnx.AttributeProto.TENSOR:
            yield node.output[0], node.attribute[0].t


def _value(tensor: TensorProto) -> np.ndarray | None:
    """The tensor as an array; None where its data are in another file, which is never opened, or were stripped."""
    if tensor.data_location == TensorProto.EXTERNAL:
        return None
    try:
        return numpy_helper.to_array(tensor)
    except ValueError:
        return None


def _settle(model: onnx.ModelProto, types: dict, constants: dict) -> dict:
    """Infer and fold in turns until nothing new is learned; adds to `constants`."""
    for _ in range(ROUNDS):
        types = types | _infer(model, types, constants)
        own = {
            name: kind
            for node in model.graph.node
            if is_own(node) or node.op_type in MASKED
            for name, kind in own_types(node, types)
            if name not in types
        }
        types |= own
        folded = fold(model, types, constants)
        constants.update(folded)
        if not (folded or own) or all(is_full(types.get(name)) for name in outputs(model.graph.node)):
            break
    return types


def _infer(model: onnx.ModelProto, types: dict, constants: dict) -> dict:
    """One round of shape inference over a copy of the graph without its weights: their types are enough."""
    nodes = [node for node in model.graph.node if not all(name in constants for name in node.output)]
    made = {name for node in nodes if not is_own(node) for name in node.output}
    big = {node.output[0] for node in nodes if node.op_type == "Constant" and node.output[0] in types}
    graph = onnx.GraphProto(name="without_weights")
    graph.node.extend(node for node in nodes if not (node.output[0] in big or is_own(node)))
    for name, (elem_type, shape) in types.items():
        if name in constants:
            continue
        target = graph.value_info if name in made - big else graph.input
        target.append(helper.make_tensor_value_info(name, elem_type, shape))
    graph.input.extend(value for value in model.graph.input if not value.type.HasField("tensor_type"))
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    light = onnx.ModelProto(ir_version=max(model.ir_version, 4), opset_import=model.opset_import, graph=graph)
    try:
        inferred = onnx.shape_inference.infer_shapes(light, strict_mode=False, data_prop=True).graph
    except onnx.shape_inference.InferenceError as error:
        raise XrayError("misfit", detail=str(error)) from error
    found = {name: (helper.np_dtype_to_tensor_dtype(value.dtype), value.shape) for name, value in constants.items()}
    for value in inferred.value_info:
        tensor = value.type.tensor_type
        if value.type.HasField("tensor_type"):
            sizes = (dim.dim_value if dim.HasField("dim_value") else None for dim in tensor.shape.dim)
            found[value.name] = (tensor.elem_type, tuple(sizes) if tensor.HasField("shape") else None)
    return found


def _measure(model: onnx.ModelProto, names: list[str], inputs: Inputs) -> dict:
    """Types of tensors that only a run can tell."""
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    del probe.graph.output[:]
    probe.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    try:
        values = plain_session(probe).run(names, {name: np.asarray(value) for name, value in inputs.items()})
    except Exception as error:  # ONNX Runtime's errors share no base class
        raise XrayError("no_run", detail=str(error)) from error
    return {
        name: (helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)
        for name, value in zip(names, values, strict=True)
        if isinstance(value, np.ndarray)  # not a sequence
    }
