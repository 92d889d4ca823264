"""Two graphs that differ in one known place, and what is said of it."""

import math
import time

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from playground import catalog, comparison, sandbox
from tests import strangers
from tests.strangers import FLOAT, floats, model, node


def net(kernel=3, dilation=1, extra=False, weights=None, size=4) -> bytes:
    weights = weights or {"w": np.ones((size, 3, kernel, kernel), np.float32), "d": np.ones((size, 2), np.float32)}
    nodes = [
        node("Conv", "x w", "conv", dilations=[dilation, dilation]), node("Relu", "conv", "relu"),
        *([node("Tanh", "relu", "tanh")] if extra else []),
        node("GlobalAveragePool", "tanh" if extra else "relu", "pooled"), node("Flatten", "pooled", "flat"),
        node("MatMul", "flat d", "y"),
    ]  # fmt: skip
    return model(nodes, {"x": (FLOAT, ["n", 3, 16, 16])}, ["y"], weights)


def compared(left: bytes, right: bytes):
    left, right = sandbox.open(left), sandbox.open(right)
    return [step for step in comparison.steps(left, right) if step.kind != "same"], left, right


def test_equal_graphs_have_no_difference():
    steps, left, right = compared(net(), net())
    assert steps == []
    assert not comparison.ports(left.inputs, right.inputs)
    assert all(a == b for _, a, b in comparison.operators(left, right))


def test_one_added_node_is_found_from_both_sides():
    steps, left, right = compared(net(), net(extra=True))
    assert [(step.kind, step.right.op) for step in steps] == [("added", "Tanh")]
    assert comparison.operators(left, right)[0] == ("Tanh", 0, 1)
    steps, *_ = compared(net(extra=True), net())
    assert [(step.kind, step.left.op) for step in steps] == [("removed", "Tanh")]


def test_one_changed_attribute_and_one_changed_shape():
    (step,), *_ = compared(net(), net(dilation=2))
    assert step.kind == "changed" and comparison.changes(step.left, step.right) == [("dilations", (1, 1), (2, 2))]
    (step,), *_ = compared(net(), net(kernel=5))
    assert comparison.changes(step.left, step.right) == [("", (4, 3, 3, 3), (4, 3, 5, 5))]


def test_one_changed_weight():
    weights = {"w": floats(4, 3, 3, 3), "d": floats(4, 2)}
    other = {"w": weights["w"].copy(), "d": weights["d"]}
    other["w"][1, 2, 0, 1] += 0.25
    found = sandbox.differences(net(weights=weights), net(weights=other))
    assert found["w"] == ((4, 3, 3, 3), pytest.approx(0.25, abs=1e-6), pytest.approx(np.abs(weights["w"]).max()))
    assert found["d"][1] == 0
    other["w"][0, 0, 0, 0] = np.nan
    assert math.isnan(sandbox.differences(net(weights=weights), net(weights=other))["w"][1])
    assert "w" not in sandbox.differences(net(), net(size=5))


def test_strings_and_integers_in_weights():
    proto = onnx.ModelProto.FromString(net())
    proto.graph.initializer.append(numpy_helper.from_array(np.array(["a"], object), "s"))
    proto.graph.initializer.append(numpy_helper.from_array(np.array([2**40, 3]), "i"))
    other = onnx.ModelProto.FromString(proto.SerializeToString())
    other.graph.initializer[-1].CopyFrom(numpy_helper.from_array(np.array([2**40 + 5, 3]), "i"))
    found = sandbox.differences(proto.SerializeToString(), other.SerializeToString())
    assert found["i"] == ((2,), 5.0, 2.0**40) and "s" not in found


def test_differing_ports():
    left, right = sandbox.open(strangers.GRAPHS["words"]), sandbox.open(strangers.GRAPHS["integers"])
    ((a, b),) = comparison.ports(left.inputs, right.inputs)
    assert (a.name, b.name) == ("ids", "x")
    outputs = comparison.ports(left.outputs, right.outputs)
    assert {(a and a.name, b and b.name) for a, b in outputs} == {(None, "sums")}


def test_a_hostile_second_file_is_refused():
    with pytest.raises(sandbox.Refused) as refused:
        sandbox.differences(net(), b"\x89PNG\r\n\x1a\n" + bytes(100))
    assert refused.value.code == "foreign"


def test_ten_thousand_nodes_are_compared_in_time():
    def chain(count, changed):
        nodes = [node("Tanh" if i == changed else "Relu", f"t{i}", f"t{i + 1}") for i in range(count)]
        return model(nodes, {"t0": (FLOAT, [1])}, [f"t{count}"])

    left, right = sandbox.open(chain(10_000, 3000)), sandbox.open(chain(10_000, 7000))
    begin = time.monotonic()
    steps = comparison.steps(left, right)
    assert time.monotonic() - begin < 3
    assert tuple(step.left for step in steps if step.left) == left.nodes
    assert tuple(step.right for step in steps if step.right) == right.nodes
    assert sum(step.kind == "same" for step in steps) >= 5000


def test_deep_nets_are_aligned_block_by_block():
    """ResNet-101 has all of ResNet-50's layers and 17 blocks more in its third stage."""
    left, right = (
        sandbox.open(catalog.path(name).read_bytes(), seconds=60, memory=2**32) for name in ("resnet50", "resnet101")
    )
    steps = comparison.steps(left, right)
    assert {step.kind for step in steps} == {"same", "added"}
    assert sum(step.kind == "added" and step.right.op == "Conv" for step in steps) == 17 * 3
