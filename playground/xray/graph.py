"""What every other file of the x-ray needs to know about an ONNX graph: its nodes, their names, what they read."""

from collections.abc import Iterable, Iterator

import onnx
import onnx.inliner

STANDARD_DOMAINS = ("", "ai.onnx")


MESSAGES = {
    "no_tensor": "the graph has no tensor named {name!r}",
    "no_input": "the graph has no input named {name!r}",
    "missing_input": "the graph needs input {name!r}: give an array or a shape",
    "wrong_shape": "input {name!r} is {wanted}, not {given}",
    "no_element": "{name!r} is {shape}: it has no element {index}",
    "unknown_shape": "the shape of {name!r} depends on values: give arrays for the inputs",
    "misfit": "the shapes of the graph do not fit together: {detail}",
    "no_run": "the graph does not run on these inputs: {detail}",
}


class XrayError(ValueError):
    """The question does not fit the graph; the message says how, in words for the person who asked.

    `code`, one of MESSAGES, and `parameters` say the same to a program that speaks another language.
    """

    def __init__(self, code: str, **parameters: str):
        super().__init__(MESSAGES[code].format(**parameters))
        self.code, self.parameters = code, parameters


class UnknownTensor(XrayError):
    """No tensor of this name at the top level of the graph."""

    def __init__(self, name: str):
        super().__init__("no_tensor", name=name)


def flatten(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model itself, or a copy with its local functions written out, so that each node is an operator."""
    return onnx.inliner.inline_local_functions(model) if model.functions else model


def node_names(graph: onnx.GraphProto) -> list[str]:
    """One unique name a node: the file's own, or made up from operator and index where it is missing or taken."""
    given = {node.name for node in graph.node}
    names: dict[str, None] = {}
    for index, node in enumerate(graph.node):
        name = node.name
        if not name or name in names:
            name = f"{node.op_type}_{index}"
            while name in given or name in names:
                name += "_"
        names[name] = None
    return list(names)


def true_inputs(graph: onnx.GraphProto) -> list[onnx.ValueInfoProto]:
    """Inputs without a default value; files before IR 4 list their weights among the inputs."""
    defaults = {tensor.name for tensor in graph.initializer}
    return [value for value in graph.input if value.name not in defaults]


def tensor_names(graph: onnx.GraphProto) -> set[str]:
    """Every tensor of the top level: inputs, weights, and what nodes put out."""
    names = {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer}
    return names | {output for node in graph.node for output in node.output if output}


def attributes(node: onnx.NodeProto) -> dict:
    return {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}


def subgraphs(node: onnx.NodeProto) -> Iterator[onnx.GraphProto]:
    """The bodies of If, Loop and Scan."""
    for attribute in node.attribute:
        if attribute.type == onnx.AttributeProto.GRAPH:
            yield attribute.g
        elif attribute.type == onnx.AttributeProto.GRAPHS:
            yield from attribute.graphs


def captured(node: onnx.NodeProto) -> list[str]:
    """Tensors of the surrounding graph that the node's bodies read without listing them as inputs."""
    names = []
    for body in subgraphs(node):
        own = {value.name for value in body.input} | {tensor.name for tensor in body.initializer}
        for inner in body.node:
            names += [name for name in [*inner.input, *captured(inner)] if name and name not in own]
            own.update(inner.output)
    return names


def outputs(nodes: Iterable[onnx.NodeProto]) -> list[str]:
    return [name for node in nodes for name in node.output if name]


def is_full(kind: tuple | None) -> bool:
    """Whether a type, (element type, shape), is known to the last size."""
    return kind is not None and kind[1] is not None and None not in kind[1]
