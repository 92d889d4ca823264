"""From a torch module to an ONNX graph that is checked and compared: export, check, compare, report."""

import os
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from exporter.recipes import Port, Recipe
from exporter.suppression import OPERATORS

Probes = list[tuple[Tensor, ...]]
OPSET, IR = 20, 10  # read by ONNX Runtime from 1.17 on, and by the browser
TOLERANCE = 1e-4


class ExportError(Exception):
    """A graph that is not what its torch module is. The message says where and by how much."""


def to_onnx(recipe: Recipe, module: nn.Module, opset: int = OPSET) -> onnx.ModelProto:
    """Trace `module` (in evaluation mode) with the ports, taps and named axes that its recipe gives."""
    model = traced(
        module, module, recipe.taps, recipe.examples(), [port.name for port in recipe.inputs],
        [port.name for port in recipe.outputs], tuple(dynamic_axes(port) for port in recipe.inputs), opset,
    )  # fmt: skip
    name_ports(model, recipe)
    return model


def traced(
    function: nn.Module, net: nn.Module, taps: dict[str, str], examples: tuple, inputs: list[str], outputs: list[str],
    dynamic_shapes: tuple, opset: int,
) -> onnx.ModelProto:  # fmt: skip
    """The graph of `function`, which calls `net`; outputs of the net's submodules in `taps` keep the names given there."""
    captured: dict[str, Tensor] = {}
    hooks = [
        net.get_submodule(path).register_forward_hook(lambda _, __, output, name=name: captured.__setitem__(name, output))
        for path, name in taps.items()
    ]

    class Tapped(nn.Module):
        def __init__(self):
            super().__init__()
            self.served = function

        def forward(self, *inputs):
            answered = self.served(*inputs)
            answered = answered if isinstance(answered, tuple) else (answered,)
            return [*answered, *(captured[name] for name in taps.values())]

    try:
        program = torch.onnx.export(
            Tapped().eval(), examples, dynamo=True, opset_version=opset, input_names=inputs,
            output_names=[*outputs, *taps.values()], dynamic_shapes=(dynamic_shapes,), verbose=False,
            custom_translation_table=OPERATORS,
        )  # fmt: skip
    finally:
        for hook in hooks:
            hook.remove()
    model = program.model_proto
    del model.graph.output[len(outputs) :]  # the taps keep their names as inner tensors
    return model


def dynamic_axes(port: Port) -> dict[int, torch.export.Dim] | None:
    return {axis: torch.export.Dim.DYNAMIC for axis, size in enumerate(port.shape) if isinstance(size, str)} or None


def name_ports(model: onnx.ModelProto, recipe: Recipe) -> None:
    """Ports as the recipe names them, defaults as initializers, taps inside; no traces of the tracing."""
    graph = model.graph
    model.ir_version = IR
    for value, port in [*zip(graph.input, recipe.inputs, strict=False), *zip(graph.output, recipe.outputs, strict=True)]:
        value.doc_string = port.meaning
        for axis, size in zip(value.type.tensor_type.shape.dim, port.shape, strict=True):
            if isinstance(size, str):
                axis.dim_param = size
            elif axis.dim_value != size:
                raise ExportError(f"{recipe.name}: {port.name} should have shape {port.shape}, the graph says otherwise")
    for port in recipe.inputs:
        if port.default is not None:
            graph.initializer.append(onnx.numpy_helper.from_array(np.array(port.default, port.type), port.name))
    for node in graph.node:
        node.name = node.output[0]
        del node.metadata_props[:]
        node.ClearField("doc_string")
    for value in [*graph.value_info, *graph.input, *graph.output]:
        del value.metadata_props[:]
    for weight in graph.initializer:
        del weight.metadata_props[:]
        weight.name = weight.name.removeprefix("served.")
    for node in graph.node:
        node.input[:] = [name.removeprefix("served.") for name in node.input]
    del model.metadata_props[:], graph.metadata_props[:]
    model.producer_name = "deep-learning-playground"
    model.producer_version = ""


def load_weights(module: nn.Module, model: onnx.ModelProto) -> nn.Module:
    """Fill `module` with the weights that the graph carries under the same names. Raises ExportError if one is missing."""
    carried = {weight.name: weight for weight in model.graph.initializer}
    wanted = [name for name in module.state_dict() if not name.endswith("num_batches_tracked")]
    missing = [name for name in wanted if name not in carried]
    if missing:
        raise ExportError(f"the graph lacks the weights {', '.join(missing)}")
    weights = {name: torch.from_numpy(onnx.numpy_helper.to_array(carried[name]).copy()) for name in wanted}
    module.load_state_dict(weights, strict=False)  # but for num_batches_tracked, which counts and does not compute
    return module.eval()


def session(model: onnx.ModelProto | Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3  # errors only: our default for `frame` is no accident
    source = model.SerializeToString() if isinstance(model, onnx.ModelProto) else os.fspath(model)
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def runner(recipe: Recipe, model: onnx.ModelProto | Path):
    """A function from named input arrays to named output arrays."""
    opened = session(model)
    names = [port.name for port in recipe.outputs]
    return lambda inputs: dict(zip(names, opened.run(names, inputs), strict=True))


def compare(
    recipe: Recipe, module: nn.Module, model: onnx.ModelProto, tolerance: float | None = TOLERANCE, probes: Probes | None = None
) -> float:
    """Largest difference between torch and ONNX Runtime over `probes`, the recipe's if not given.

    Of numbers beyond 1 it is relative to them: pixels and logits have as many digits as probabilities. With `tolerance` None,
    for graphs in fewer bits, any difference will do, and it is returned as a share of the largest output; lists of detections
    are left out. Raises ExportError if the graph is not valid ONNX, gives a NaN, other shapes, or differs by more than
    `tolerance`.
    """
    try:
        onnx.checker.check_model(model, full_check=True)
    except onnx.checker.ValidationError as error:
        raise ExportError(f"{recipe.name} is not valid ONNX: {error}") from error
    run, largest, module = runner(recipe, model), 0.0, module.eval()
    given = {axis for port in recipe.inputs for axis in port.shape}
    found = {axis for port in recipe.outputs for axis in port.shape if isinstance(axis, str)} - given  # their size is an answer
    for probe in recipe.probes() if probes is None else probes:
        got = run({port.name: tensor.numpy() for port, tensor in zip(recipe.inputs, probe, strict=True)})
        with torch.inference_mode():
            answered = module(*probe)
        for port, tensor in zip(recipe.outputs, answered if isinstance(answered, tuple) else (answered,), strict=True):
            expected, sizes = tensor.numpy(), [tuple(tensor.shape) for tensor in probe]
            if tolerance is None and set(port.shape) & found:
                continue
            if got[port.name].shape != expected.shape:
                shapes = f"{got[port.name].shape} instead of {expected.shape}"
                raise ExportError(f"{recipe.name}: {port.name} has the shape {shapes} on inputs {sizes}")
            if not expected.size:
                continue
            difference = np.abs(got[port.name] - expected)
            if tolerance is None:
                difference = float(np.max(difference)) / float(np.abs(expected).max())
            else:
                difference = float(np.max(difference / np.maximum(1, np.abs(expected))))
            if not difference <= (np.inf if tolerance is None else tolerance):  # a NaN is a difference too
                raise ExportError(f"{recipe.name}: {port.name} differs from torch by {difference:.2g} on inputs {sizes}")
            largest = max(largest, difference)
    return largest
