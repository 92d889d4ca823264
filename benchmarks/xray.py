"""How long it takes to look into big graphs: the x-ray by itself, and through the sandbox, its process included."""

import statistics
import time
from collections.abc import Callable

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

NODES = 10_000
ROUNDS = 5


def xray() -> None:
    """A chain of 10,000 convolutions, and ResNet-152 with its weights: shapes and costs, and receptive fields with them."""
    from playground import catalog, graph_view, sandbox, structure
    from playground import xray as looking

    full = structure.filled(catalog.graph("resnet152"))
    graphs = {f"{NODES} convolutions": chain(NODES).SerializeToString(), "ResNet-152": full.SerializeToString()}
    for title, content in graphs.items():
        model = onnx.ModelProto.FromString(content)
        port = model.graph.input[0]
        shape = {port.name: tuple(axis.dim_value or 1 for axis in port.type.tensor_type.shape.dim)}
        for what, work in (
            ("facts", lambda model=model, shape=shape: looking.facts(model, shape, fields=False)),
            ("facts with receptive fields", lambda model=model, shape=shape: looking.facts(model, shape)),
            ("sandbox.open", lambda content=content: sandbox.open(content)),
            ("sandbox.open and what the picture needs", lambda content=content: graph_view.data(sandbox.open(content).nodes)),
            ("sandbox.open with receptive fields", lambda content=content: sandbox.open(content, fields=True, seconds=30)),
        ):
            print(f"{title} ({len(content) / 1e6:.1f} MB), {what}: {timed(work)}")
    nothing = chain(0).SerializeToString()
    print(f"sandbox.open of an empty graph, which is the start of the process: {timed(lambda: sandbox.open(nothing))}")


def chain(nodes: int) -> onnx.ModelProto:
    """Convolutions 3x3, four channels, 32x32."""
    graph = helper.make_graph(
        [helper.make_node("Conv", [f"x{i}", "w"], [f"x{i + 1}"], pads=[1, 1, 1, 1]) for i in range(nodes)],
        "chain",
        [helper.make_tensor_value_info("x0", TensorProto.FLOAT, [1, 4, 32, 32])],
        [onnx.ValueInfoProto(name=f"x{nodes}")],
        [numpy_helper.from_array(np.ones((4, 4, 3, 3), np.float32), "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def timed(work: Callable[[], object]) -> str:
    """The median of a few rounds, with the fastest and the slowest."""
    seconds = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return f"{statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f})"


if __name__ == "__main__":
    xray()
