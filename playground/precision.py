"""Graphs in fewer bits: float16, and int8 with scales measured on examples. The framing before the first layer stays exact."""

import copy
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

PRECISIONS = ("fp32", "fp16", "int8")
LAYERS = ("Conv", "Gemm")


def converted(model: onnx.ModelProto, precision: str, examples: Iterable[dict[str, np.ndarray]]) -> onnx.ModelProto:
    """The graph in "fp32" (as it is), "fp16" or "int8"; inputs and outputs keep their types.

    int8: weights of each output channel by their range, activations by the range seen on `examples` (inputs by name), in the
    QDQ form that ONNX Runtime, TensorRT and OpenVINO read. Raises KeyError for another precision.
    """
    if precision == "fp32":
        return model
    result = {"fp16": _half, "int8": _int8}[precision](model, examples)
    used = {node.domain for node in result.graph.node}
    for entry in [entry for entry in result.opset_import if entry.domain not in used]:
        result.opset_import.remove(entry)
    del result.metadata_props[:]
    result.metadata_props.extend(model.metadata_props)
    return result


def _framing(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    return list(takewhile(lambda node: node.op_type not in LAYERS, model.graph.node))


def _half(model: onnx.ModelProto, _: Iterable) -> onnx.ModelProto:
    """Weights and all arithmetic of the net in float16, between two casts. ONNX Runtime's own converter trips over framings."""
    result = copy.deepcopy(model)
    graph, count = result.graph, len(_framing(model))
    framing, net = list(graph.node[:count]), list(graph.node[count:])
    exact = {value.name for value in graph.input} | {name for node in framing for name in [*node.input, *node.output]}
    whole = {tensor.name for tensor in graph.initializer if tensor.data_type != TensorProto.FLOAT}
    names = {name: f"{name}_half" for node in net for name in node.input if name in exact - whole}
    names |= {value.name: f"{value.name}_half" for value in graph.output}
    for tensor in graph.initializer:
        if tensor.name not in exact and tensor.data_type == TensorProto.FLOAT:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), tensor.name))
    for node in net:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    outputs = [value.name for value in graph.output]
    del graph.node[:], graph.value_info[:]
    graph.node.extend(framing)
    for name in names.keys() - set(outputs):
        graph.node.append(helper.make_node("Cast", [name], [names[name]], f"to_{names[name]}", to=TensorProto.FLOAT16))
    graph.node.extend(net)
    for name in outputs:
        graph.node.append(helper.make_node("Cast", [names[name]], [name], f"to_{name}", to=TensorProto.FLOAT))
    return result


def _int8(model: onnx.ModelProto, examples: Iterable[dict[str, np.ndarray]]) -> onnx.ModelProto:
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quant_pre_process, quantize_static

    onnxruntime.set_default_logger_severity(3)  # our default for `frame` is no accident

    class Examples(CalibrationDataReader):
        def __init__(self):
            self.left = iter(examples)

        def get_next(self):
            return next(self.left, None)

    with TemporaryDirectory() as folder:
        given, prepared, file = (str(Path(folder) / name) for name in ("given.onnx", "prepared.onnx", "int8.onnx"))
        onnx.save(model, given)
        quant_pre_process(given, prepared, skip_symbolic_shape=True)  # folds batch norm into convolutions
        quantize_static(prepared, file, Examples(), per_channel=True, activation_type=QuantType.QUInt8,
                        weight_type=QuantType.QInt8, op_types_to_quantize=list(LAYERS))  # fmt: skip
        return onnx.load(file)
