"""Graphs in fewer bits: float16, and int8 with scales measured on examples.

What comes before the first layer and after the last one stays exact: the framing, and the decoding of boxes.
"""

import copy
from collections.abc import Iterable
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


def _sections(model: onnx.ModelProto) -> tuple[list[onnx.NodeProto], ...]:
    """The nodes before the first layer, those from it to the last layer, and those after it: framing, net, answer."""
    nodes = list(model.graph.node)
    layers = [index for index, node in enumerate(nodes) if node.op_type in LAYERS]
    first, last = (layers[0], layers[-1] + 1) if layers else (len(nodes), len(nodes))
    return nodes[:first], nodes[first:last], nodes[last:]


def _half(model: onnx.ModelProto, _: Iterable) -> onnx.ModelProto:
    """Weights and all arithmetic of the net in float16, between casts. ONNX Runtime's own converter trips over framings."""
    result = copy.deepcopy(model)
    graph = result.graph
    framing, net, answer = _sections(result)
    outputs = {value.name for value in graph.output}
    exact = {value.name for value in graph.input} | {name for node in framing for name in [*node.input, *node.output]}
    exact |= {name for node in answer for name in node.input} - {name for node in net for name in node.output}
    whole = {tensor.name for tensor in graph.initializer if tensor.data_type != TensorProto.FLOAT}
    whole |= {name for node in net if node.op_type == "Resize" for name in node.input[1:]}  # its scales stay float32
    shrunk = {name: f"{name}_half" for node in net for name in node.input if name in exact - whole}
    wanted = outputs | {name for node in answer for name in node.input}
    grown = {name: f"{name}_half" for node in net for name in node.output if name in wanted}
    for tensor in graph.initializer:
        if tensor.name not in exact | whole:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), tensor.name))
    names = shrunk | grown
    for node in net:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    down = [_cast(name, half, TensorProto.FLOAT16) for name, half in shrunk.items()]
    up = [_cast(half, name, TensorProto.FLOAT) for name, half in grown.items()]
    nodes = [copy.deepcopy(node) for node in (*framing, *down, *net, *up, *answer)]
    del graph.node[:], graph.value_info[:]
    graph.node.extend(nodes)
    return result


def _cast(name: str, result: str, kind: int) -> onnx.NodeProto:
    return helper.make_node("Cast", [name], [result], f"to_{result}", to=kind)


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
