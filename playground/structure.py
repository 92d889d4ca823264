"""Structures: the canonical giants as graphs without weights, a few kilobytes each. The weights follow from a seed.

In a structure the weights are inputs of the graph, each with its shape, so that the file is valid ONNX that any tool opens.
Its metadata `weights` names the inputs that are not weights, the seed, and weights that do not start as usual. From a
structure all of its relatives follow without torch: filled with weights, at other widths, with other classes.
"""

import copy
import json
import math
from collections.abc import Iterable

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

MAX_PARAMETERS = 450_000_000  # a file of protobuf ends at 2 GB
ONES = {("BatchNormalization", 1), ("BatchNormalization", 4)}  # scale and variance start as 1, all other vectors as 0


def described(model: onnx.ModelProto) -> dict | None:
    """What a structure says of its weights: inputs that are none, seed, divisor of maps, constants; None for other graphs."""
    said = {entry.key: entry.value for entry in model.metadata_props}.get("weights")
    return None if said is None else json.loads(said)


def shapes(model: onnx.ModelProto) -> dict[str, tuple[int, ...]]:
    """The weights of a structure: name → shape, in order."""
    ports = described(model)["inputs"]
    return {
        value.name: tuple(axis.dim_value for axis in value.type.tensor_type.shape.dim)
        for value in model.graph.input
        if value.name not in ports
    }


def hollow(model: onnx.ModelProto) -> onnx.ModelProto:
    """The graph with weights that have a shape and no content: nothing to run, all that the x-ray needs to count."""
    return _stored(
        model, [TensorProto(name=name, dims=shape, data_type=TensorProto.FLOAT) for name, shape in shapes(model).items()]
    )


def filled(model: onnx.ModelProto, seed: int | None = None) -> onnx.ModelProto:
    """The graph with weights drawn from `seed`, by default its own; a graph that is no structure comes back as it is.

    Kernels and matrices are He's, normal with variance 2 / inputs (2015, arXiv:1502.01852), batch norm passes on what comes,
    biases are 0. The same seed gives the same weights on every machine with the same numpy. Raises ValueError if the weights
    are more than a file of protobuf holds.
    """
    said = described(model)
    if said is None:
        return model
    if sum(math.prod(shape) for shape in shapes(model).values()) > MAX_PARAMETERS:
        raise ValueError(f"more than {MAX_PARAMETERS:,} parameters do not fit into one file")
    seed = said["seed"] if seed is None else seed
    roles = {name: (node.op_type, index) for node in model.graph.node for index, name in enumerate(node.input)}
    tensors = []
    for number, (name, shape) in enumerate(shapes(model).items()):
        if len(shape) > 1:
            draw = np.random.default_rng([seed, number]).standard_normal(shape, np.float32)
            draw *= np.float32(math.sqrt(2 / math.prod(shape[1:])))
        else:
            draw = np.full(shape, said["constants"].get(name, float(roles[name] in ONES)), np.float32)
        tensors.append(numpy_helper.from_array(draw, name))
    return _stored(model, tensors)


def _stored(model: onnx.ModelProto, tensors: list[TensorProto]) -> onnx.ModelProto:
    """A copy whose weights are initializers."""
    result, ports = copy.deepcopy(model), described(model)["inputs"]
    for index in reversed(range(len(result.graph.input))):
        if result.graph.input[index].name not in ports:
            del result.graph.input[index]
    for index in reversed(range(len(result.metadata_props))):
        if result.metadata_props[index].key == "weights":
            del result.metadata_props[index]
    result.graph.initializer.extend(tensors)
    return result


def sized(model: onnx.ModelProto, batch: int | None = None, side: int | None = None) -> onnx.ModelProto:
    """A copy of one of our image graphs for one batch size and square images of one side; None leaves things as they are."""
    result = copy.deepcopy(model)
    image = result.graph.input[0].type.tensor_type
    sides = (1, 2) if image.elem_type == TensorProto.UINT8 else (2, 3)
    for axis in sides if side is not None else ():
        image.shape.dim[axis].dim_value = side
    for value in (result.graph.input[0], *result.graph.output) if batch is not None else ():
        value.type.tensor_type.shape.dim[0].dim_value = batch
    return result


def relative(
    model: onnx.ModelProto, side: int | None = None, classes: int | None = None, width: float = 1.0, batch: int | None = None
) -> onnx.ModelProto:
    """The structure for square images of another side, with another number of classes, with `width` times as many maps.

    What torch makes of the architecture's arguments of the same names, and dense layers that fit the side. Walks the graph in
    order and gives each weight the size that what comes before asks for; dense layers keep their units, the last one has
    `classes`. Raises ValueError where the image is too small for the net.
    """
    result, divisor = sized(model, batch, side), described(model)["divisor"]
    dims = {value.name: value.type.tensor_type.shape.dim for value in result.graph.input}
    image = result.graph.input[0].name
    was = _shapes_with_old_weights(result)
    nodes = result.graph.node
    depthwise = {node.input[0] for node in nodes if node.op_type == "Conv" and _groups(node) == was[node.input[0]][1] > 1}
    expanding = _before(nodes, depthwise)
    last = next(node for node in reversed(nodes) if node.op_type == "Gemm")
    channels = {image: dims[image][1].dim_value}
    for node in nodes:
        come = channels[node.input[0]]
        if node.op_type == "Conv":
            now, before = was[node.output[0]][1], was[node.input[0]][1]
            if node.input[0] in depthwise:
                _attribute(node, "group").i = new = come
            elif node.output[0] in expanding and now % before == 0:  # for a depthwise convolution; the factor stays
                new = come * (now // before)
            else:
                new = now if width == 1 else max(divisor, round(now * width / divisor) * divisor)
            dims[node.input[1]][1].dim_value = come // _groups(node)
        elif node.op_type == "Gemm":
            new = classes if node is last and classes is not None else dims[node.input[1]][0].dim_value
            dims[node.input[1]][1].dim_value = come
        elif node.op_type == "Concat":
            new = sum(channels[name] for name in node.input)
        elif node.op_type == "Flatten":
            new = come * math.prod(was[node.input[0]][2:])
        else:
            new = come
        if node.op_type in ("Conv", "Gemm", "BatchNormalization"):
            for name in node.input[1:]:
                dims[name][0].dim_value = new
        channels[node.output[0]] = new
    result.graph.output[0].type.tensor_type.shape.dim[1].dim_value = new
    return result


def _shapes_with_old_weights(model: onnx.ModelProto) -> dict[str, tuple[int | None, ...]]:
    """Tensor → shape: maps as they were, sides as they will be, None if open. Raises ValueError if a side ends at nothing."""
    inferred = onnx.shape_inference.infer_shapes(model).graph
    values = [*inferred.input, *inferred.value_info, *inferred.output]
    found = {
        value.name: tuple(axis.dim_value if axis.HasField("dim_value") else None for axis in value.type.tensor_type.shape.dim)
        for value in values
    }
    for node in model.graph.node:
        shape = found.get(node.output[0], ())  # unknown behind a dense layer that does not fit as it was
        if any(size is not None and size < 1 for size in shape):
            raise ValueError(f"the image is too small: nothing is left of it at {node.output[0]!r}")
    return found


def _before(nodes: Iterable[onnx.NodeProto], tensors: set[str]) -> set[str]:
    """Outputs of the convolutions from which `tensors` come, through normalisation and activations."""
    makers, found = {node.output[0]: node for node in nodes}, set()
    for name in tensors:
        while (maker := makers.get(name)) is not None and maker.op_type != "Conv":
            name = maker.input[0]
        if maker is not None:
            found.add(maker.output[0])
    return found


def _groups(node: onnx.NodeProto) -> int:
    group = _attribute(node, "group")
    return 1 if group is None else group.i


def _attribute(node: onnx.NodeProto, name: str) -> onnx.AttributeProto | None:
    return next((attribute for attribute in node.attribute if attribute.name == name), None)
