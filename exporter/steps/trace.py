"""From a function of tensors, which may take gradients, to an ONNX graph.

torch.export does not follow torch.func.grad; make_fx does. What it writes down is a flat list of operators, forward and
backward, which torch.onnx can export once `backward` has taken out those that ONNX cannot say.
"""

from collections.abc import Callable

import onnx
import torch
from torch import Tensor
from torch.fx.experimental.proxy_tensor import make_fx

from exporter.export import IR, OPSET, ExportError
from exporter.recipes import Port
from exporter.steps.backward import DECOMPOSITIONS

SMALLEST = 1e-7  # the exporter's optimiser takes smaller constants for zero
PRIMES = (5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43)  # sizes of named axes while tracing: none may look like another


def trace(
    step: Callable[..., tuple[Tensor, ...]],
    inputs: tuple[Port, ...],
    outputs: tuple[Port, ...],
    sizes: dict[str, int] | None = None,
) -> onnx.ModelProto:
    """The graph of `step`, which takes tensors in the order of `inputs` and returns a tuple in that of `outputs`.

    Axes with a name stay open. `sizes` gives the sizes of some of them while tracing, where a prime below 50 will not do.
    Raises ExportError if the graph fixes an open axis, ignores an input, or has a constant so small that it would be lost; and
    for backward passes that `backward` cannot write, as through pools whose windows overlap.
    """
    names = dict.fromkeys(size for port in inputs for size in port.shape if isinstance(size, str))
    sizes = dict(zip(names, PRIMES, strict=False)) | (sizes or {})
    examples = tuple(_example(port, sizes) for port in inputs)
    pure = torch.func.functionalize(step, remove="mutations")
    mode = "symbolic" if names else "fake"
    with torch.backends.mkldnn.flags(enabled=False):  # recurrent nets: its fused kernels have no backward that ONNX can say
        flat = make_fx(pure, decomposition_table=DECOMPOSITIONS, tracing_mode=mode, _allow_non_fake_inputs=True)(*examples)
    _refuse_lost_constants(flat)
    open_axes = tuple(
        {axis: torch.export.Dim.DYNAMIC for axis, size in enumerate(port.shape) if isinstance(size, str)} or None
        for port in inputs
    )
    model = torch.onnx.export(
        flat.eval(), examples, dynamo=True, opset_version=OPSET, input_names=[f"in.{port.name}" for port in inputs],
        output_names=[port.name for port in outputs], dynamic_shapes=open_axes, verbose=False,
    ).model_proto  # fmt: skip
    return _plain(model, inputs, outputs)


def _example(port: Port, sizes: dict[str, int]) -> Tensor:
    shape = [sizes.get(size, size) for size in port.shape]
    if port.type in ("int64", "uint8", "bool"):
        return torch.zeros(shape, dtype=getattr(torch, port.type))
    return torch.rand(shape, dtype=getattr(torch, port.type))


def _refuse_lost_constants(flat: torch.fx.GraphModule) -> None:
    for node in flat.graph.nodes:
        for value in node.args:
            if isinstance(value, float) and 0 < abs(value) < SMALLEST:
                raise ExportError(f"{node.name}: the constant {value} would be taken for zero; use at least {SMALLEST}")


def _plain(model: onnx.ModelProto, inputs: tuple[Port, ...], outputs: tuple[Port, ...]) -> onnx.ModelProto:
    """Ports by their names, axes by theirs, no traces of the tracing."""
    graph, model.ir_version = model.graph, IR
    used = {name for node in graph.node for name in node.input}
    renamed = {f"in.{port.name}": port.name for port in inputs}
    for value, port in [*zip(graph.input, inputs, strict=True), *zip(graph.output, outputs, strict=True)]:
        if value.name in renamed and value.name not in used:
            raise ExportError(f"the graph ignores its input {port.name}")
        value.name, value.doc_string = port.name, port.meaning
        if len(value.type.tensor_type.shape.dim) != len(port.shape):
            raise ExportError(f"{port.name} should have shape {port.shape}")
        for axis, size in zip(value.type.tensor_type.shape.dim, port.shape, strict=True):
            if isinstance(size, int) != bool(axis.dim_value) or (isinstance(size, int) and axis.dim_value != size):
                raise ExportError(f"{port.name} should have shape {port.shape}, the graph says otherwise")
            if isinstance(size, str):
                axis.dim_param = size
    clash = {name for node in graph.node for name in node.output} & set(renamed.values())
    if clash:
        raise ExportError(f"inputs are called as inner tensors are: {', '.join(sorted(clash))}")
    for node in graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]
        node.name = ""
        node.ClearField("doc_string")
        del node.metadata_props[:]
    for part in (*graph.value_info, *graph.input, *graph.output, *graph.initializer, graph, model):
        del part.metadata_props[:]
    del graph.value_info[:]
    model.producer_name, model.producer_version = "deep-learning-playground", ""
    onnx.checker.check_model(model, full_check=True)
    return model
