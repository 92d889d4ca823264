"""Many steps a call: the graph of one step as the body of a Scan over the batches' indices."""

import onnx
from onnx import helper
from onnx.compose import add_prefix_graph

from exporter.export import ExportError

BODY = "step."  # what names in the body begin with: a body may not call anything as the graph around it does


def repeat(step: onnx.ModelProto, batches: dict[str, str]) -> onnx.ModelProto:
    """The graph of K steps, K being open.

    Inputs of `step` that come back as NAME_next are handed on from step to step. `batches` names what each step takes a batch
    of: its input → the name of the whole, whose first axis becomes `rows`. A new input `order`, int64 [steps, batch], says
    which rows each step gets. All other inputs are the same in all steps. Outputs are the last NAME_next, and what else the
    step gives, stacked: [steps, …]. Raises ExportError if nothing is handed on or there is no such input.
    """
    ports = {value.name: value for value in step.graph.input}
    given = {value.name: value for value in step.graph.output}
    state = [name for name in ports if f"{name}_next" in given]
    told = [name for name in given if name.removesuffix("_next") not in state]
    if not state or set(batches) - set(ports):
        raise ExportError(f"no step to repeat: {', '.join(set(batches) - set(ports)) or 'it hands nothing on'}")

    inside = add_prefix_graph(step.graph, BODY)
    same = {BODY + name: name for name in ports if name not in (*state, *batches)}  # seen from inside as they are outside
    for node in inside.node:
        node.input[:] = [same.get(name, name) for name in node.input]
    inputs = {value.name: value for value in inside.input}
    outputs = {value.name: value for value in inside.output}
    index = helper.make_tensor_value_info(f"{BODY}order", onnx.TensorProto.INT64, ["batch"])
    body = helper.make_graph(
        [*(helper.make_node("Gather", [whole, index.name], [BODY + part]) for part, whole in batches.items()), *inside.node],
        "step",
        [*(inputs[BODY + name] for name in state), index],
        [*(outputs[f"{BODY}{name}_next"] for name in state), *(outputs[BODY + name] for name in told)],
        inside.initializer,
    )
    results = [*(f"{name}_next" for name in state), *told]
    scan = helper.make_node("Scan", [*state, "order"], results, body=body, num_scan_inputs=1)
    order = helper.make_tensor_value_info("order", onnx.TensorProto.INT64, ["steps", "batch"])
    graph = helper.make_graph(
        [scan],
        "steps",
        [*(_sized(value, batches.get(name), "rows") for name, value in ports.items()), order],
        [given[name] if name not in told else _stacked(given[name]) for name in results],
    )
    model = helper.make_model(
        graph, opset_imports=step.opset_import, ir_version=step.ir_version, producer_name=step.producer_name
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def _sized(value: onnx.ValueInfoProto, whole: str | None, rows: str) -> onnx.ValueInfoProto:
    """The port of what a batch is taken of: as the batch's, with its own name and all rows."""
    if whole is None:
        return value
    port = onnx.ValueInfoProto()
    port.CopyFrom(value)
    port.name, port.type.tensor_type.shape.dim[0].dim_param = whole, rows
    return port


def _stacked(value: onnx.ValueInfoProto) -> onnx.ValueInfoProto:
    kind = value.type.tensor_type
    shape = [axis.dim_param or axis.dim_value for axis in kind.shape.dim]
    return helper.make_tensor_value_info(value.name, kind.elem_type, ["steps", *shape], value.doc_string)
