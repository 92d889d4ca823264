"""Values that are known before any input is: shapes, constants, and what is computed from them."""

import math

import numpy as np
import onnx
from onnx import numpy_helper

from .graph import STANDARD_DOMAINS, is_full, outputs, subgraphs
from .session import plain_session

SMALL = 4096  # elements; anything larger is a weight, and no shape depends on the values of weights
RANDOM = {"RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli"}


def fold(model: onnx.ModelProto, types: dict, constants: dict) -> dict:
    """Values of small tensors that follow from `types`, name -> (element type, shape), and `constants`; new ones only."""
    new, nodes = {}, []
    known = set(constants)
    for node in model.graph.node:
        if node.domain not in STANDARD_DOMAINS or all(name in known for name in node.output):
            continue
        if node.op_type == "Shape" and is_full(types.get(node.input[0])):
            bounds = {attribute.name: attribute.i for attribute in node.attribute}
            shape = types[node.input[0]][1][slice(bounds.get("start"), bounds.get("end"))]
            new[node.output[0]] = np.array(shape, np.int64)
        elif node.op_type == "Size" and is_full(types.get(node.input[0])):
            new[node.output[0]] = np.array(math.prod(types[node.input[0]][1]), np.int64)
        elif (
            node.op_type not in RANDOM
            and all(name in known for name in node.input if name)
            and all(is_full(types.get(name)) and math.prod(types[name][1]) <= SMALL for name in node.output if name)
            and not any(subgraphs(node))
        ):
            nodes.append(node)
        else:
            continue
        known.update(node.output)
    return new | _compute(model, nodes, constants | new)


def _compute(model: onnx.ModelProto, nodes: list[onnx.NodeProto], constants: dict) -> dict:
    if not nodes:
        return {}
    made = set(outputs(nodes))
    graph = onnx.GraphProto(name="constants")
    graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input if name} - made
    graph.initializer.extend(numpy_helper.from_array(constants[name], name) for name in sorted(used))
    graph.output.extend(onnx.ValueInfoProto(name=name) for name in sorted(made))
    model = onnx.ModelProto(ir_version=max(model.ir_version, 4), opset_import=model.opset_import, graph=graph)
    try:
        return dict(zip(sorted(made), plain_session(model).run(None, {}), strict=True))
    except Exception:  # ONNX Runtime's errors share no base class; a node it cannot compute stays unfolded
        return {}
