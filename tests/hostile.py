"""Files that nobody should send, smallest possible: each is one way to harm the machine that opens or runs it."""

import numpy as np
import onnx
from onnx import AttributeProto, TensorProto, helper, numpy_helper

X, Y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy")


def model(nodes, inputs=(X,), outputs=(Y,), weights=(), opset=20, ir=10, functions=(), domains=()) -> bytes:
    graph = helper.make_graph(nodes, "hostile", list(inputs), list(outputs), list(weights))
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=ir, functions=list(functions)).SerializeToString()


def relu(source="x", target="y"):
    return helper.make_node("Relu", [source], [target])


def number(value, kind=np.int64):
    return numpy_helper.from_array(np.array(value, kind), "number")


def elsewhere(name="secret") -> TensorProto:
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="/etc/passwd")
    return tensor


def constant(**attributes):
    return helper.make_node("Constant", [], ["y"], **attributes)


def body(nodes, weights=(), outputs=(Y,)):
    return helper.make_graph(nodes, "body", [], list(outputs), list(weights))


def branch(inside):
    condition = helper.make_tensor_value_info("c", TensorProto.BOOL, [])
    return model(
        [helper.make_node("If", ["c"], ["y"], then_branch=inside, else_branch=body([constant(value_float=1.0)]))], [condition]
    )


def function(name, *calls, domain="own"):
    nodes = [helper.make_node(call, [f"t{i}"], [f"t{i + 1}"], domain=domain) for i, call in enumerate(calls)]
    nodes.append(helper.make_node("Relu", [f"t{len(calls)}"], ["out"]))
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid(domain, 1)]
    return helper.make_function(domain, name, ["t0"], ["out"], nodes, opsets)


def called(*functions):
    return model([helper.make_node(functions[0].name, ["x"], ["y"], domain="own")], functions=functions, domains=["own"])


def attribute_of_many_tensors():
    node = relu()
    node.attribute.append(AttributeProto(name="t", type=AttributeProto.FLOAT, tensors=[elsewhere()]))  # its type lies
    return model([node])


def sparse():
    tensor = onnx.SparseTensorProto(dims=[1], values=elsewhere(), indices=numpy_helper.from_array(np.array([0])))
    proto = onnx.ModelProto.FromString(model([relu("secret")]))
    proto.graph.sparse_initializer.append(tensor)
    return proto.SerializeToString()


def training():
    proto = onnx.ModelProto.FromString(model([relu()]))
    proto.training_info.add().algorithm.initializer.append(elsewhere())
    return proto.SerializeToString()


def external_in_function():
    made = function("f")
    made.node.append(helper.make_node("Constant", [], ["unused"], value=elsewhere()))
    return called(made)


def external_default_of_function():
    made = function("f")
    made.attribute_proto.append(AttributeProto(name="a", type=AttributeProto.TENSOR, t=elsewhere()))
    return called(made)


def field(number, content):
    """A part of a message, as protobuf writes it."""
    size, length = len(content), b""
    while size >= 128:
        length += bytes([size % 128 + 128])
        size //= 128
    return bytes([number << 3 | 2]) + length + bytes([size]) + content


def nested(depth):
    """Written byte by byte: protobuf's own writer refuses."""
    graph = b""
    for _ in range(depth):
        graph = field(1, field(5, field(6, graph)))  # graph.node.attribute.g
    return b"\x08\x0a" + field(7, graph)


def swarm(nodes):
    """Two bytes each in the file, a hundred in memory."""
    return b"\x08\x0a" + field(7, b"\x0a\x00" * nodes)


def huge_tensor(*dims):
    return model([relu("w")], weights=[TensorProto(name="w", data_type=TensorProto.FLOAT, dims=dims)])


VALID = model([relu()])
DOUBLING = [function(f"f{i}", f"f{i + 1}", f"f{i + 1}") for i in range(40)] + [function("f40")]
OPENED = {  # name: (file, code)
    "nothing": (b"", "empty"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "foreign"),
    "text": (b"Dear sir or madam, this is a letter and no graph.\n", "foreign"),
    "archive": (b"PK\x03\x04" + bytes(100), "foreign"),
    "zeros": (bytes(1000), "foreign"),
    "another message": (b"\x0a\x03abc", "foreign"),
    "cut short": (VALID[:-3], "damaged"),
    "noise after the head": (VALID[:9] + b"\xff" * 50, "damaged"),
    "negative size": (huge_tensor(-1), "damaged"),
    "unheard-of type": (model([relu("w")], weights=[TensorProto(name="w", data_type=99, dims=[1])]), "damaged"),
    "terabytes declared": (huge_tensor(2**20, 2**20), "tensors"),
    "more than integers hold declared": (huge_tensor(2**62, 2**62), "tensors"),
    "newer IR": (model([relu()], ir=14), "ir"),
    "newer opset": (model([relu()], opset=27), "opset"),
    "external weight": (model([relu("secret")], weights=[elsewhere()]), "external"),
    "external constant": (model([constant(value=elsewhere())]), "external"),
    "external in a branch": (branch(body([relu("secret")], [elsewhere()])), "external"),
    "external constant in a branch": (branch(body([constant(value=elsewhere())])), "external"),
    "external in a list": (attribute_of_many_tensors(), "external"),
    "external in a sparse tensor": (sparse(), "external"),
    "external in a function": (external_in_function(), "external"),
    "external default of a function": (external_default_of_function(), "external"),
    "external in training information": (training(), "external"),
    "a million empty nodes": (swarm(2**20), "nodes"),
    "too many nodes": (model([relu() for _ in range(20_001)]), "nodes"),
    "functions that double": (called(*DOUBLING), "nodes"),
    "function that calls itself": (called(function("f", "f")), "recursive"),
    "functions that call each other": (called(function("f", "g"), function("g", "f")), "recursive"),
    "bodies in bodies": (nested(60), "nested"),
    "bodies in 2,000 bodies": (nested(2000), "nested"),
}  # fmt: skip


def looping():
    """2**62 times nothing."""
    inside = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Identity", ["v"], ["w"])], "body",
        [helper.make_tensor_value_info("i", TensorProto.INT64, []), helper.make_tensor_value_info("go", TensorProto.BOOL, []),
         helper.make_tensor_value_info("v", TensorProto.FLOAT, [1])],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, []), helper.make_tensor_value_info("w", TensorProto.FLOAT, [1])],
    )  # fmt: skip
    return model([helper.make_node("Loop", ["number", "", "x"], ["y"], body=inside)], weights=[number(2**62)])


def multiplying(side):
    """One MatMul that no flag stops: only the clock of the parent does."""
    shape = numpy_helper.from_array(np.array([side, side]), "shape")
    nodes = [helper.make_node("Expand", ["x", "shape"], ["big"]), helper.make_node("MatMul", ["big", "big"], ["z"]),
             helper.make_node("ReduceMax", ["z"], ["y"])]  # fmt: skip
    return model(nodes, weights=[shape])


def tiny_question(*shape):
    """A few dozen bytes that ask for terabytes."""
    outputs = [onnx.ValueInfoProto(name="y")]
    return model([helper.make_node("ConstantOfShape", ["number"], ["y"])], [], outputs, [number(shape)])


def ranging():
    start, step = (numpy_helper.from_array(np.array(value), name) for name, value in (("a", 0), ("b", 1)))
    outputs = [onnx.ValueInfoProto(name="y")]
    return model([helper.make_node("Range", ["a", "number", "b"], ["y"])], [], outputs, [start, number(2**40), step])


def foreign_operator(domain="com.acme", name="Explode"):
    return model([helper.make_node(name, ["x"], ["y"], domain=domain)], domains=[domain] if domain else [])


def reading_a_file():
    node = helper.make_node("EPContext", ["x"], ["y"], domain="com.microsoft", ep_cache_context="/etc/passwd", embed_mode=0)
    return model([node], domains=["com.microsoft"])


def expanding(*shape):
    return model([helper.make_node("Expand", ["x", "number"], ["y"])], weights=[number(shape)])


RUN = {  # they open, as their structure is harmless
    "endless loop": (looping(), "time"),
    "endless product": (multiplying(9000), "time"),
    "terabytes by ConstantOfShape": (tiny_question(2**42), "memory"),
    "sizes that overflow": (tiny_question(2**40, 2**40), "memory"),
    "terabytes by Expand": (expanding(2**20, 2**20), "memory"),
    "terabytes by Range": (ranging(), "memory"),
    "a foreign operator": (foreign_operator(), "operators"),
    "an operator that ONNX does not have": (foreign_operator("", "Explode"), "operators"),
    "an operator that reads files": (reading_a_file(), "operators"),
    "too large an answer": (expanding(2**13, 2**12), "answer"),
}
