"""An expression as one ONNX graph that computes its value, and by the chain rule its gradient, node by node.

Reverse mode: each node has a value and, for each of its arguments, a local derivative. From the result on, whose gradient is 1,
each node hands to an argument its own gradient times the local derivative; where a value is used more than once, what it is
handed is summed. (Linnainmaa 1970; Rumelhart, Hinton, Williams 1986.) All in double precision, and for n points at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnx.compose import add_prefix_graph

from playground import operators
from playground.engine import Answer, compute
from playground.expression import Node, dependent, variables

IR, OPSET = 10, 20
STEP = 1e-5  # of the central difference, for numbers around 1
SIMPLE = {
    "+": "Add", "−": "Sub", "×": "Mul", "÷": "Div", "^": "Pow", "negative": "Neg", "max": "Max", "min": "Min",
    "sin": "Sin", "cos": "Cos", "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "tanh": "Tanh", "sigmoid": "Sigmoid",
    "relu": "Relu", "abs": "Abs",
}  # fmt: skip


class _Graph:
    """Operators put down one after another; each has one output, whose name `put` returns."""

    def __init__(self):
        self.nodes, self.constants = [], {}

    def put(self, op: str, *inputs: str, name: str = "", **attributes) -> str:
        name = name or f"inner.{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [name], **attributes))
        return name

    def number(self, value: float) -> str:
        if value not in self.constants:
            tensor = helper.make_tensor("", TensorProto.DOUBLE, [], [value])
            self.constants[value] = self.put("Constant", name=f"number.{len(self.constants)}", value=tensor)
        return self.constants[value]

    def share(self, op: str, *inputs: str) -> str:
        """A comparison as 0 or 1."""
        return self.put("Cast", self.put(op, *inputs), to=TensorProto.DOUBLE)


def _forward(g: _Graph, node: Node, a: list[str], name: str) -> str:
    """The node's value, from those of its arguments."""
    match node.op:
        case "constant":
            return g.number(node.value)
        case "power":
            return g.put("Pow", a[0], g.number(node.value), name=name)
        case "tan":  # ONNX Runtime has neither Tan nor Softplus in double precision
            return g.put("Div", g.put("Sin", a[0]), g.put("Cos", a[0]), name=name)
        case "softplus":
            small = g.put("Exp", g.put("Neg", g.put("Abs", a[0])))
            return g.put("Add", g.put("Relu", a[0]), g.put("Log", g.put("Add", g.number(1), small)), name=name)
    return g.put(SIMPLE[node.op], *a, name=name)


def _local(g: _Graph, node: Node, a: list[str], y: str) -> list[Callable[[], str]]:
    """What computes the derivative of the node's value y by each of its arguments.

    At kinks as torch has it: those of |x| and relu are 0 at 0, the two of a maximum share.
    """
    put, number, one = g.put, g.number, lambda: g.number(1)
    match node.op:
        case "+":
            return [one, one]
        case "−":
            return [one, lambda: number(-1)]
        case "×":
            return [lambda: a[1], lambda: a[0]]
        case "÷":
            return [lambda: put("Div", one(), a[1]), lambda: put("Neg", put("Div", y, a[1]))]
        case "negative":
            return [lambda: number(-1)]
        case "power" if node.value in (0, 1):
            return [lambda: number(node.value)]
        case "power":
            return [lambda: put("Mul", number(node.value), put("Pow", a[0], number(node.value - 1)))]
        case "^":
            smaller = lambda: put("Pow", a[0], put("Sub", a[1], one()))  # noqa: E731
            return [lambda: put("Mul", a[1], smaller()), lambda: put("Mul", y, put("Log", a[0]))]
        case "sin":
            return [lambda: put("Cos", a[0])]
        case "cos":
            return [lambda: put("Neg", put("Sin", a[0]))]
        case "tan":
            return [lambda: put("Add", one(), put("Mul", y, y))]
        case "exp":
            return [lambda: y]
        case "log":
            return [lambda: put("Div", one(), a[0])]
        case "sqrt":
            return [lambda: put("Div", number(0.5), y)]
        case "tanh":
            return [lambda: put("Sub", one(), put("Mul", y, y))]
        case "sigmoid":
            return [lambda: put("Mul", y, put("Sub", one(), y))]
        case "softplus":
            return [lambda: put("Sigmoid", a[0])]
        case "relu":
            return [lambda: g.share("Greater", a[0], number(0))]
        case "abs":
            return [lambda: put("Sign", a[0])]
    larger = "Greater" if node.op == "max" else "Less"
    tie = lambda: put("Mul", number(0.5), g.share("Equal", *a))  # noqa: E731
    return [lambda pair=pair: put("Add", g.share(larger, *pair), tie()) for pair in (a, a[::-1])]


@lru_cache(maxsize=256)
def graph(nodes: tuple[Node, ...]) -> bytes:
    """The ONNX file: in come the variables by name, double [points], and the rate.

    Out come value.I of each node; for those that depend on a variable gradient.I, and for each argument K that does local.I.K
    and back.I.K, what it is handed; and NAME_next, each variable after a step down the gradient.
    """
    g, values, asked = _Graph(), [], []
    learned = dependent(nodes)
    for at, node in enumerate(nodes):
        arguments = [values[i] for i in node.args]
        values.append(node.name if node.op == "variable" else _forward(g, node, arguments, f"value.{at}"))
    handed: list[list[str]] = [[] for _ in nodes]
    count = g.put("Shape", variables(nodes)[0])
    handed[-1] = [g.put("ConstantOfShape", count, value=helper.make_tensor("", TensorProto.DOUBLE, [1], [1.0]))]
    for at in reversed(learned):
        node = nodes[at]
        gradient = g.put("Sum", *handed[at], name=f"gradient.{at}")
        asked.append(gradient)
        for k, local in enumerate(_local(g, node, [values[i] for i in node.args], values[at]) if node.args else ()):
            if node.args[k] in learned:
                asked.append(g.put("Identity", local(), name=f"local.{at}.{k}"))
                asked.append(g.put("Mul", gradient, asked[-1], name=f"back.{at}.{k}"))
                handed[node.args[k]].append(asked[-1])
        if node.op == "variable":
            asked.append(g.put("Sub", node.name, g.put("Mul", "rate", gradient), name=f"{node.name}_next"))
    told = [f"value.{at}" for at in range(len(nodes))]
    for name, value in zip(told, values, strict=True):
        if name != value:
            g.put("Identity", value, name=name)
    inputs = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["points"]) for name in variables(nodes)]
    outputs = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, None) for name in (*told, *asked)]
    body = helper.make_graph(
        g.nodes, "expression", [*inputs, helper.make_tensor_value_info("rate", TensorProto.DOUBLE, [])], outputs
    )
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    model = onnx.shape_inference.infer_shapes(model)  # some outputs are the same at all points
    del model.graph.value_info[:]
    for value in model.graph.output:
        for axis in value.type.tensor_type.shape.dim:
            axis.dim_param = "points"
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


@lru_cache(maxsize=64)
def walk_graph(nodes: tuple[Node, ...]) -> bytes:
    """The same graph as the body of a Scan: step after step down the gradient, each from where the last one led.

    Further inputs: `steps` int64 [K], only counted, and `learns.NAME`, bool, whether a variable moves. All outputs are [K, …].
    """
    single = onnx.load_from_string(graph(nodes)).graph
    names, told = variables(nodes), [value.name for value in single.output]
    inside = add_prefix_graph(single, "at.")
    for node in inside.node:
        node.input[:] = ["rate" if name == "at.rate" else name for name in node.input]
    moved = [
        helper.make_node("Where", [f"learns.{name}", f"at.{name}_next", f"at.{name}"], [f"at.{name}_moved"]) for name in names
    ]
    states, point = [value for value in inside.input if value.name != "at.rate"], ["points"]
    body = helper.make_graph(
        [*inside.node, *moved], "step",
        [*states, helper.make_tensor_value_info("at.step", TensorProto.INT64, [])],
        [*(helper.make_tensor_value_info(f"at.{name}_moved", TensorProto.DOUBLE, point) for name in names), *inside.output],
    )  # fmt: skip
    outputs = [f"{name}_last" for name in names] + told
    scan = helper.make_node("Scan", [*names, "steps"], outputs, body=body, num_scan_inputs=1)
    given = [*single.input, helper.make_tensor_value_info("steps", TensorProto.INT64, ["steps"])]
    given += [helper.make_tensor_value_info(f"learns.{name}", TensorProto.BOOL, []) for name in names]
    stacked = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, None) for name in outputs]
    walk = helper.make_graph([scan], "walk", given, stacked)
    model = helper.make_model(walk, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    model = onnx.shape_inference.infer_shapes(model)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def walk(nodes: tuple[Node, ...], at: dict[str, float], rate: float, learned: tuple[str, ...], steps: int) -> Answer:
    """What `run` answers at a point and after each of the steps from there, steps in all: outputs [steps, 1] or [steps]."""
    given = inputs(nodes, at, rate) | {"steps": np.arange(steps)}
    return compute(walk_graph(nodes), given | {f"learns.{name}": np.array(name in learned) for name in variables(nodes)})


def inputs(nodes: tuple[Node, ...], at: dict[str, float], rate: float = 0.0) -> dict[str, np.ndarray]:
    """What the graph is given: one point."""
    return {name: np.array([float(at[name])]) for name in variables(nodes)} | {"rate": np.array(rate)}


def run(nodes: tuple[Node, ...], at: dict[str, float], rate: float = 0.0) -> Answer:
    """Value and gradient at a point."""
    return compute(graph(nodes), inputs(nodes, at, rate))


def gradient(nodes: tuple[Node, ...], at: dict[str, float]) -> dict[str, float]:
    """The derivative of the result by each variable."""
    answer = run(nodes, at)
    return {node.name: float(answer[f"gradient.{i}"][0]) for i, node in enumerate(nodes) if node.op == "variable"}


DIFFERENCE = """
difference (double[n] plus, double[n] minus, double[n] h) => (double[n] slope) {
  two = Constant <value = double {2}> ()
  apart = Sub(plus, minus)
  both = Mul(h, two)
  slope = Div(apart, both)
}"""


def numeric(nodes: tuple[Node, ...], at: dict[str, float]) -> dict[str, float]:
    """The same by (f(x + h) - f(x - h)) / 2h, one variable moved at a time, all in one run of the graph."""
    names = variables(nodes)
    h = np.array([STEP * max(1.0, abs(at[name])) for name in names])
    moves = np.concatenate([np.diag(h), -np.diag(h)])
    points = np.array([at[name] for name in names]) + moves
    moved = {name: points[:, i].copy() for i, name in enumerate(names)} | {"rate": np.array(0.0)}
    plus, minus = np.split(np.broadcast_to(compute(graph(nodes), moved)[f"value.{len(nodes) - 1}"], len(points)), 2)
    slopes = operators.run(DIFFERENCE, {"plus": plus.copy(), "minus": minus.copy(), "h": h})["slope"]
    return dict(zip(names, slopes.tolist(), strict=True))


@dataclass(frozen=True)
class Trouble:
    """The first node whose value, or whose gradient, is no finite number: why, as a code that the page has words for."""

    at: int
    code: str


def trouble(nodes: tuple[Node, ...], answer: Answer) -> Trouble | None:
    values = [float(answer[f"value.{at}"].ravel()[0]) for at in range(len(nodes))]
    for at, node in enumerate(nodes):
        if not np.isfinite(values[at]):
            return Trouble(at, _why(node, [values[i] for i in node.args]))
    for at in reversed(dependent(nodes)):
        if not np.isfinite(answer[f"gradient.{at}"][0]):
            return Trouble(at, "slope")
    return None


def _why(node: Node, a: list[float]) -> str:
    """Of a node whose arguments are numbers and whose value is none."""
    if node.op == "÷" and a[1] == 0:
        return "zero"
    if node.op == "log" and a[0] <= 0:
        return "log"
    if node.op == "sqrt":
        return "sqrt"
    if node.op in ("^", "power") and a[0] == 0:
        return "zero_power"
    if node.op in ("^", "power") and a[0] < 0 and not float(a[1] if node.op == "^" else node.value).is_integer():
        return "root"
    return "overflow"
