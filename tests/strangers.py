"""Harmless graphs as other programs write them: old and new opsets, open axes, other layouts, control flow, integers."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT64, BOOL, UINT8, INT8 = (getattr(TensorProto, kind) for kind in ("FLOAT", "INT64", "BOOL", "UINT8", "INT8"))
random = np.random.default_rng(0)


def floats(*shape):
    return random.standard_normal(shape).astype(np.float32)


def model(nodes, inputs, outputs, weights=None, opset=20, ir=10, domains=()) -> bytes:
    """inputs: name -> (element type, shape with names for open axes); IR 3 files list their weights as inputs."""
    stored = [numpy_helper.from_array(np.asarray(value), name) for name, value in (weights or {}).items()]
    ports = [helper.make_tensor_value_info(name, *spec) if isinstance(spec, tuple) else spec for name, spec in inputs.items()]
    if ir < 4:
        ports += [helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims) for tensor in stored]
    outputs = [onnx.ValueInfoProto(name=name) if isinstance(name, str) else name for name in outputs]
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
    graph = helper.make_graph(nodes, "stranger", ports, outputs, stored)
    return helper.make_model(graph, opset_imports=opsets, ir_version=ir, producer_name="a stranger").SerializeToString()


def node(kind, inputs, outputs, **attributes):
    return helper.make_node(kind, inputs.split(" "), outputs.split(" "), **attributes)


def classifier(opset) -> bytes:
    """Convolution, batch normalisation, padding, pooling, a dense layer, each written as its opset has it. 10 classes."""
    weights = {"w": floats(8, 3, 3, 3), "s": floats(8), "b": floats(8), "m": floats(8), "v": 1 + floats(8) ** 2,
               "d": floats(10, 8), "e": floats(10)}  # fmt: skip
    nodes = [node("Conv", "x w", "conv", strides=[2, 2], pads=[1, 1, 1, 1]), node("BatchNormalization", "conv s b m v", "norm")]
    if opset < 11:
        nodes += [node("Pad", "norm", "padded", pads=[0, 0, 1, 1, 0, 0, 1, 1])]
    else:
        weights["pads"] = np.array([0, 0, 1, 1, 0, 0, 1, 1])
        nodes += [node("Pad", "norm pads", "padded")]
    nodes += [node("Relu", "padded", "relu"), node("MaxPool", "relu", "pooled", kernel_shape=[3, 3], strides=[2, 2])]
    if opset < 13:
        nodes += [node("ReduceSum", "pooled", "sum", axes=[2, 3], keepdims=1), node("Squeeze", "sum", "flat", axes=[2, 3])]
    else:
        weights["axes"] = np.array([2, 3])
        nodes += [node("ReduceSum", "pooled axes", "sum", keepdims=1), node("Squeeze", "sum axes", "flat")]
    nodes += [node("Gemm", "flat d e", "scores", transB=1), node("Softmax", "scores", "probabilities", axis=1)]
    size = ["batch", 3, "height", "width"] if opset > 8 else [1, 3, 64, 64]
    return model(nodes, {"x": (FLOAT, size)}, ["probabilities"], weights, opset, ir=3 if opset < 9 else 8)


def last_channel() -> bytes:
    """As TensorFlow's converter writes it: a picture with its channels last, turned first."""
    nodes = [node("Cast", "picture", "real", to=FLOAT), node("Transpose", "real", "first", perm=[0, 3, 1, 2]),
             node("Conv", "first w", "conv", auto_pad="SAME_UPPER", strides=[2, 2]),
             node("Transpose", "conv", "y", perm=[0, 2, 3, 1])]  # fmt: skip
    return model(nodes, {"picture": (UINT8, [None, None, None, 3])}, ["y"], {"w": floats(4, 3, 3, 3)}, 15)


def words() -> bytes:
    """An embedding, positions by the length of the sentence, attention."""
    weights = {"table": floats(100, 8), "q": floats(8, 8), "one": np.array(1), "zero": np.array(0), "places": floats(64, 8)}
    nodes = [node("Gather", "table ids", "embedded"), node("Shape", "ids", "shape"), node("Gather", "shape one", "length"),
             node("Range", "zero length one", "range"), node("Gather", "places range", "place"),
             node("Add", "embedded place", "h"), node("MatMul", "h q", "query"), node("Transpose", "h", "keys", perm=[0, 2, 1]),
             node("MatMul", "query keys", "scores"), node("Softmax", "scores", "attention", axis=-1),
             node("MatMul", "attention h", "y")]  # fmt: skip
    return model(nodes, {"ids": (INT64, ["batch", "sequence"])}, ["y"], weights, 17)


def branching() -> bytes:
    value = helper.make_tensor_value_info("r", FLOAT, None)
    then = helper.make_graph([node("MatMul", "x w", "r")], "then", [], [value], [numpy_helper.from_array(floats(4, 4), "w")])
    other = helper.make_graph([node("Neg", "x", "r")], "else", [], [value])
    nodes = [node("ReduceSum", "x", "sum", keepdims=0), node("Greater", "sum zero", "positive"),
             node("If", "positive", "y", then_branch=then, else_branch=other)]  # fmt: skip
    return model(nodes, {"x": (FLOAT, [2, 4])}, ["y"], {"zero": np.float32(0)}, 16)


def looping() -> bytes:
    ports = [helper.make_tensor_value_info(*port) for port in (("i", INT64, []), ("go", BOOL, []), ("v", FLOAT, [4]))]
    ends = [helper.make_tensor_value_info(*port) for port in (("on", BOOL, []), ("w", FLOAT, [4]), ("each", FLOAT, [4]))]
    nodes = [node("Identity", "go", "on"), node("Mul", "v half", "w"), node("Identity", "w", "each")]
    body = helper.make_graph(nodes, "body", ports, ends)
    weights = {"half": np.float32(0.5), "times": np.array(5)}
    return model([node("Loop", "times  x", "y each", body=body)], {"x": (FLOAT, [4])}, ["y", "each"], weights, 13)


def scanning() -> bytes:
    ports = [helper.make_tensor_value_info(*port) for port in (("h", FLOAT, [3]), ("step", FLOAT, [3]))]
    ends = [helper.make_tensor_value_info(*port) for port in (("g", FLOAT, [3]), ("out", FLOAT, [3]))]
    body = helper.make_graph(
        [node("Add", "h step", "a"), node("Tanh", "a", "g"), node("Identity", "g", "out")], "b", ports, ends
    )
    return model(
        [node("Scan", "h0 x", "last y", body=body, num_scan_inputs=1)], {"x": (FLOAT, [7, 3])}, ["y"], {"h0": floats(3)}, 11
    )


def quantized() -> bytes:
    """QuantizeLinear and DequantizeLinear around a convolution."""
    weights = {"s": np.float32(0.02), "z": np.uint8(128), "ws": np.float32(0.01), "wz": np.int8(0),
               "w": random.integers(-127, 127, (4, 3, 3, 3), dtype=np.int8)}  # fmt: skip
    nodes = [node("QuantizeLinear", "x s z", "q"), node("DequantizeLinear", "q s z", "dq"),
             node("DequantizeLinear", "w ws wz", "dw"), node("Conv", "dq dw", "y")]  # fmt: skip
    return model(nodes, {"x": (FLOAT, ["n", 3, 32, 32])}, ["y"], weights, 13)


def integers() -> bytes:
    weights = {"s": np.float32(0.02), "z": np.uint8(3), "ws": np.float32(0.01), "wz": np.uint8(120),
               "w": random.integers(0, 255, (4, 3, 3, 3), dtype=np.uint8)}  # fmt: skip
    nodes = [node("QLinearConv", "x s z w ws wz s z", "y"), node("ConvInteger", "x w z wz", "sums")]
    return model(nodes, {"x": (UINT8, [1, 3, 9, 9])}, ["y", "sums"], weights, 10)


def sequences() -> bytes:
    """A sequence goes in, a sequence comes out."""
    into = helper.make_tensor_sequence_value_info("s", FLOAT, None)
    out = helper.make_tensor_sequence_value_info("t", FLOAT, None)
    nodes = [node("SequenceInsert", "s x", "t"), node("ConcatFromSequence", "t", "y", axis=0)]
    return model(nodes, {"s": into, "x": (FLOAT, [1, 3])}, ["y", out], opset=12)


def recurrent() -> bytes:
    """A state of [layers, batch, hidden] beside [batch, samples] of sound."""
    weights = {"w": floats(1, 16, 2), "r": floats(1, 16, 4), "axes": np.array([2]), "pair": np.array([0, -1, 2])}
    nodes = [node("Reshape", "sound pair", "pairs"), node("Transpose", "pairs", "steps", perm=[1, 0, 2]),
             node("LSTM", "steps w r   h c", "y hn", hidden_size=4)]  # fmt: skip
    state = (FLOAT, [1, None, 4])
    return model(nodes, {"sound": (FLOAT, [None, None]), "h": state, "c": state}, ["hn"], weights, 14)


def microsoft() -> bytes:
    nodes = [node("FastGelu", "x", "g", domain="com.microsoft"), node("Relu", "g", "y")]
    return model(nodes, {"x": (FLOAT, ["n", 5])}, ["y"], opset=17, domains=["com.microsoft"])


def with_function() -> bytes:
    """torch's exporter writes its layers as local functions."""
    opsets = [helper.make_opsetid("", 18)]
    made = helper.make_function("own", "Layer", ["a", "w"], ["b"], [node("MatMul", "a w", "m"), node("Relu", "m", "b")], opsets)
    nodes = [node("Layer", "x w", "h", domain="own"), node("Layer", "h w", "y", domain="own")]
    weights = {"w": floats(6, 6)}
    proto = onnx.ModelProto.FromString(model(nodes, {"x": (FLOAT, ["n", 6])}, ["y"], weights, 18, domains=["own"]))
    proto.functions.append(made)
    return proto.SerializeToString()


OTHERS = (
    last_channel,
    words,
    branching,
    looping,
    scanning,
    quantized,
    integers,
    sequences,
    recurrent,
    microsoft,
    with_function,
)
GRAPHS = {f"classifier of opset {opset}": classifier(opset) for opset in range(7, 22)}
GRAPHS |= {build.__name__: build() for build in OTHERS}
