"""The graph that differentiates itself against torch.autograd, on random expressions; what is not understood is told."""

import math
from itertools import pairwise

import numpy as np
import onnx
import pytest
import torch

from playground import autograd
from playground.expression import CONSTANTS, FUNCTIONS, NotUnderstood, in_torch, parse, variables

NAMES = ("x", "y", "w1", "b")


def drawn(random: np.random.Generator, depth: int) -> str:
    """An expression of the grammar."""
    if depth == 0 or random.random() < 0.12:
        number = f"{random.uniform(0.1, 3):.2f}"
        return str(random.choice([*NAMES, *NAMES, number, "pi", "-" + number]))
    inner = lambda: drawn(random, depth - 1)  # noqa: E731
    match random.integers(6):
        case 0:
            return f"{random.choice([name for name, count in FUNCTIONS.items() if count == 1])}({inner()})"
        case 1:
            return f"{random.choice(['max', 'min'])}({inner()}, {inner()})"
        case 2:
            return f"({inner()})^{random.choice(['2', '3', '-1', '0.5', '0', '1'])}"
        case 3:
            return f"abs({inner()})^({inner()})"
        case 4:
            return f"-({inner()})"
        case _:
            return f"({inner()}) {random.choice(list('+-*/'))} ({inner()})"


def by_torch(nodes, at):
    """Value and gradients of in_torch's code."""
    tensors = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in at.items()}
    result = eval(in_torch(nodes), {"torch": torch}, tensors)
    result.backward()
    return result.item(), {name: 0.0 if t.grad is None else t.grad.item() for name, t in tensors.items()}


def test_random_expressions_have_torch_s_gradients():
    random, checked = np.random.default_rng(7), 0
    for _ in range(600):
        text = drawn(random, int(random.integers(1, 5)))
        try:
            nodes = tuple(parse(text))
        except NotUnderstood as refused:
            assert refused.code in ("no_variable", "nodes", "long"), text
            continue
        at = {name: float(round(random.uniform(-2, 2), 3)) for name in variables(nodes)}
        value, gradients = by_torch(nodes, at)
        answer = autograd.run(nodes, at)
        if not np.isfinite(value):
            assert autograd.trouble(nodes, answer), text
            continue
        np.testing.assert_allclose(answer[f"value.{len(nodes) - 1}"][0], value, rtol=1e-9, atol=1e-12, err_msg=text)
        found = autograd.gradient(nodes, at)
        if all(map(np.isfinite, gradients.values())) and not autograd.trouble(nodes, answer):
            for name in at:
                np.testing.assert_allclose(found[name], gradients[name], rtol=1e-8, atol=1e-10, err_msg=f"{text} {at}")
            checked += 1
    assert checked > 250


@pytest.mark.parametrize("text, torch_s", [
    ("sin(x*y) + x^2", "(torch.sin((x * y)) + (x)**2.0)"), ("2 ÷ x", "(2.0 / x)"), ("-x", "(-x)"), ("max(x, 1)",
     "torch.maximum(x, torch.tensor(1.0, dtype=torch.float64))"), ("x**-2", "(x)**(-2.0)"),
])  # fmt: skip
def test_signs_mean_what_they_mean(text, torch_s):
    assert in_torch(parse(text)) == torch_s


def test_powers_bind_as_in_mathematics():
    value = lambda text: float(autograd.run(tuple(parse(text)), {"x": 3.0})[f"value.{len(parse(text)) - 1}"].ravel()[0])  # noqa: E731
    assert value("1 + x^2") == 10 and value("-x^2") == -9 and value("2*x^2*2") == 36 and value("2^x^2") == 512


def test_a_value_used_twice_gets_both_gradients():
    nodes = tuple(parse("x*x + x"))
    answer = autograd.run(nodes, {"x": 5.0}, rate=0.1)
    assert [node.op for node in nodes].count("variable") == 1
    assert answer["gradient.0"][0] == 11 and answer["x_next"][0] == pytest.approx(5 - 1.1)
    assert (answer["back.1.0"][0], answer["back.1.1"][0], answer["back.2.1"][0]) == (5, 5, 1)


def test_the_numeric_gradient_agrees():
    nodes = tuple(parse("sigmoid(w1*x + b)^2 / exp(sin(y))"))
    at = {"w1": 0.5, "x": -1.25, "b": 2.0, "y": 30.0}
    exact, close = autograd.gradient(nodes, at), autograd.numeric(nodes, at)
    for name in at:
        assert close[name] == pytest.approx(exact[name], rel=1e-6)


def test_descent_makes_the_neuron_s_loss_small():
    nodes, at = tuple(parse("(sigmoid(w1*x1 + w2*x2 + b) - y)^2")), {"w1": 0.1, "x1": 1, "w2": -0.2, "x2": 2, "b": 0, "y": 1}
    losses = []
    for _ in range(200):
        answer = autograd.run(nodes, at, rate=1.0)
        losses.append(answer[f"value.{len(nodes) - 1}"][0])
        at |= {name: float(answer[f"{name}_next"][0]) for name in ("w1", "w2", "b")}
    assert losses[-1] < 0.01 < losses[0] and all(after <= before for before, after in pairwise(losses))


def test_a_walk_in_one_run_is_the_steps_one_by_one():
    nodes, at, rate = tuple(parse("(sigmoid(w1*x) - 2*b)^2 + sin(2)")), {"w1": 0.3, "x": 1.5, "b": -0.5}, 0.3
    walked = autograd.walk(nodes, at, rate, ("w1", "b"), 8)
    for k in range(8):
        once = autograd.run(nodes, at, rate)
        for name, value in once.outputs.items():
            np.testing.assert_array_equal(walked[name].reshape(8, -1)[k], value.ravel(), err_msg=f"{name} after {k} steps")
        at |= {name: float(once[f"{name}_next"][0]) for name in ("w1", "b")}
    assert [float(walked[f"{name}_last"][0]) for name in at] == list(at.values()) and at["x"] == 1.5


REFUSED = [
    ("", "empty", 0, 0), ("   ", "empty", 0, 3), ("2 + 3", "no_variable", 0, 5), ("x +", "unfinished", 2, 3),
    ("(x", "open", 0, 1), ("x + foo(y)", "function", 4, 7), ("x^2 + foo(y)", "function", 6, 9), ("x.real", "unknown", 0, 6),
    ("sin", "bare_function", 0, 3), ("sin(x, y)", "arguments", 0, 9), ("x if y else z", "unknown", 0, 13),
    ("[x]", "unknown", 0, 3), ("x and y", "unknown", 0, 7), ("'a' + x", "unknown", 0, 3), ("x + 1e400", "large", 4, 9),
    ("x @ y", "unknown", 0, 5), ("__import__('os')", "function", 0, 10), ("True * x", "unknown", 0, 4),
    ("x_next", "name", 0, 6), ("весна + x", "name", 0, 5), ("max(x, *y)", "unknown", 7, 9), ("sin(x=2)", "arguments", 0, 8),
    ("a+b+c+d+f+g+h+i+j+k+l", "variables", 20, 21), ("x" * 201, "long", 200, 201),
    *((text, "syntax", None, None) for text in ("lambda: x", "x := 2", "2x", "x\ny", "x y", "x; y", "x = 2", "$")),
    *((text, "nodes", None, None) for text in ("x" + "+1" * 90, "-" * 199 + "x")), ("(" * 190 + "x" + ")", "open", None, None),
]  # fmt: skip


@pytest.mark.parametrize("text, code, start, end", REFUSED)
def test_what_is_not_understood_is_told_with_its_place(text, code, start, end):
    with pytest.raises(NotUnderstood) as refused:
        parse(text)
    assert refused.value.code == code
    assert 0 <= refused.value.start <= refused.value.end <= max(len(text), 1)
    if start is not None:
        assert (refused.value.start, refused.value.end) == (start, end)


@pytest.mark.parametrize("text, at, code", [
    ("1/(x-y)", {"x": 2, "y": 2}, "zero"), ("log(x)", {"x": -1}, "log"), ("log(x)", {"x": 0}, "log"),
    ("sqrt(x)", {"x": -4}, "sqrt"), ("exp(x)", {"x": 1000}, "overflow"), ("x^0.5", {"x": -2}, "root"),
    ("x^y", {"x": -2, "y": 0.5}, "root"), ("x^-1", {"x": 0}, "zero_power"), ("sqrt(x)", {"x": 0}, "slope"),
    ("x*exp(900*y)", {"x": 1, "y": 1}, "overflow"), ("sin(x)", {"x": 1}, None),
])  # fmt: skip
def test_what_is_no_number_is_told(text, at, code):
    nodes = tuple(parse(text))
    found = autograd.trouble(nodes, autograd.run(nodes, at))
    assert (found and found.code) == code


def test_the_graph_is_plain_onnx_in_double_precision():
    model = onnx.load_from_string(autograd.graph(tuple(parse("softplus(x) + tan(y)*pi"))))
    ports = (*model.graph.input, *model.graph.output)
    assert {value.type.tensor_type.elem_type for value in ports} == {onnx.TensorProto.DOUBLE}
    assert {value.name for value in model.graph.input} == {"x", "y", "rate"}
    assert CONSTANTS["pi"] == math.pi and model.opset_import[0].version == 20
