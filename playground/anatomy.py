"""The parts of a photo net, read off its graph: the square it sees, its stages, and the layer that turns maps into classes.

Nothing is known of any architecture. Weights in a graph keep their torch names, so a stage is a tensor `stage1` whose weights
are called `net.stage1.…`; the classifier is the last dense layer, and its maps are what the global pooling before it averages.
"""

from dataclasses import dataclass

import numpy as np
import onnx

from playground import xray

WINDOWED = ("Conv", "MaxPool", "AveragePool")
PROBE = np.zeros((1, 224, 224, 3), np.uint8)


@dataclass(frozen=True)
class Level:
    """What a net does on maps of one resolution.

    Attributes:
        stride: how many pixels of the net's square one step of these maps is.
        stages: those whose output is of this resolution, in order; there may be none, inside of a longer stage.
        tensor: the last stage's output, else the last maps of this resolution; `shape` is its [maps, height, width].
        convolutions, macs: how many of them give such maps, and their multiply-adds.
    """

    stride: int
    stages: tuple[str, ...]
    tensor: str
    shape: tuple[int, int, int]
    convolutions: int
    macs: int


@dataclass(frozen=True)
class Classifier:
    """The last dense layer over globally averaged maps: `maps` and `logits` name tensors; weights [classes, maps]."""

    maps: str
    logits: str
    weights: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True)
class Anatomy:
    """A net's parts: the side of the square that it sees, its levels from fine to coarse, its classifier."""

    side: int
    levels: tuple[Level, ...]
    classifier: Classifier


def anatomy(model: onnx.ModelProto) -> Anatomy:
    """Raises StopIteration or KeyError for a graph that is not convolutions, a global average and one dense layer."""
    graph = model.graph
    nodes = xray.facts(model, {"image": PROBE})
    shapes = {name: shape for node in nodes for name, shape in zip(node.outputs, node.shapes, strict=True)}
    step, square = strides(graph)
    modules = {parts[1] for weight in graph.initializer if len(parts := weight.name.split(".")) > 2 and parts[0] == "net"}
    levels = []
    for stride in sorted(set(step.values())):
        tensors = [name for name in step if step[name] == stride and name != square and _is_map(shapes[name])]
        convolutions = [node for node in nodes if node.op == "Conv" and node.outputs[0] in tensors]
        if convolutions:
            stages = tuple(name for name in tensors if name in modules)
            tensor = (stages or tensors)[-1]
            macs = sum(node.macs for node in convolutions)
            levels.append(Level(stride, stages, tensor, shapes[tensor][1:], len(convolutions), macs))
    return Anatomy(shapes[square][2], tuple(levels), classifier(graph))


def _is_map(shape: tuple | None) -> bool:
    return shape is not None and len(shape) == 4 and shape[2] > 1


def strides(graph: onnx.GraphProto) -> tuple[dict[str, int], str]:
    """How many input pixels one step of each tensor is, in order of computation; and the first convolution's input."""
    first = next(node.input[0] for node in graph.node if node.op_type == "Conv")
    step = {first: 1}
    for node in graph.node:
        before = [step[name] for name in node.input if name in step]
        if before:
            stride = next((list(field.ints) for field in node.attribute if field.name == "strides"), [1])[0]
            step.update(dict.fromkeys(node.output, max(before) * (stride if node.op_type in WINDOWED else 1)))
    return step, first


def classifier(graph: onnx.GraphProto) -> Classifier:
    """What the class activation maps of Zhou et al. 2016 (arXiv:1512.04150) need."""
    made = {output: node for node in graph.node for output in node.output}
    stored = {weight.name: weight for weight in graph.initializer}
    dense = next(node for node in reversed(graph.node) if node.op_type == "Gemm")
    weights, *bias = (onnx.numpy_helper.to_array(stored[name]) for name in dense.input[1:])
    if not any(field.name == "transB" and field.i for field in dense.attribute):
        weights = weights.T
    node = made[dense.input[0]]
    while node.op_type not in ("ReduceMean", "GlobalAveragePool"):
        node = made[node.input[0]]
    return Classifier(node.input[0], dense.output[0], weights, bias[0] if bias else np.zeros(len(weights), np.float32))


def class_maps(last: Classifier, maps: np.ndarray) -> np.ndarray:
    """What each place of the last maps [maps, height, width] says for each class: [classes, height, width].

    A class's logit is the mean of its map plus its bias, exactly: averaging and weighting may be done in either order.
    """
    return np.tensordot(last.weights, maps, 1)
