"""Steps traced to ONNX against torch autograd and torch.optim, over many steps."""

import numpy as np
import onnxruntime
import pytest
import torch
import torch.nn.functional as F

from exporter.export import ExportError
from exporter.recipes import Port
from exporter.steps import repeat, trace
from exporter.steps.optimisers import EPSILON, OPTIMISERS, STATE

WEIGHTS = {"w1": ("features", "hidden"), "b1": ("hidden",), "w2": ("hidden", "classes"), "b2": ("classes",)}
TORCH = {
    "sgd": lambda p, rate: torch.optim.SGD(p, rate),
    "momentum": lambda p, rate: torch.optim.SGD(p, rate, momentum=0.9),
    "nesterov": lambda p, rate: torch.optim.SGD(p, rate, momentum=0.9, nesterov=True),
    "adagrad": lambda p, rate: torch.optim.Adagrad(p, rate, eps=EPSILON),
    "rmsprop": lambda p, rate: torch.optim.RMSprop(p, rate, eps=EPSILON),
    "adam": lambda p, rate: torch.optim.Adam(p, rate, eps=EPSILON),
}


def port(name, shape, dtype="float32"):
    return Port(name, dtype, shape, name)


def loss_of(weights, x, y):
    hidden = torch.tanh(x @ weights[0] + weights[1])
    return F.cross_entropy(hidden @ weights[2] + weights[3], y)


def mlp(optimiser):
    """The step of a small net as ONNX: weights, the optimiser's state, x, y, rate, count → the same afterwards, loss."""
    update, remembered = OPTIMISERS[optimiser], STATE[optimiser]
    state = [(f"{name}_state{i}", shape) for name, shape in WEIGHTS.items() for i in range(remembered)]

    def step(*tensors):
        weights, memory = tensors[:4], tensors[4 : 4 + len(state)]
        x, y, rate, count = tensors[4 + len(state) :]
        gradients, loss = torch.func.grad_and_value(loss_of)(weights, x, y)
        after = [
            update(w, g, memory[remembered * i : remembered * (i + 1)], rate, count)
            for i, (w, g) in enumerate(zip(weights, gradients, strict=True))
        ]
        return *(w for w, _ in after), *(s for _, states in after for s in states), count + 1, loss

    ports = [port(name, shape) for name, shape in (*WEIGHTS.items(), *state)]
    inputs = (*ports, port("x", ("batch", "features")), port("y", ("batch",), "int64"), port("rate", ()), port("count", ()))
    outputs = (*(port(f"{p.name}_next", p.shape) for p in ports), port("count_next", ()), port("loss", ()))
    return trace(step, inputs, outputs)


def session(model):
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_a_hundred_steps_in_one_call_are_torch_s(optimiser):
    """Sizes other than those of the trace; each step takes its own rows."""
    rows, features, hidden, classes, steps, batch, rate = 50, 2, 6, 3, 100, 10, 0.02
    x, y = torch.randn(rows, features), torch.randint(classes, (rows,))
    sizes = {"features": features, "hidden": hidden, "classes": classes}
    start = {name: torch.randn([sizes[axis] for axis in shape]) for name, shape in WEIGHTS.items()}
    order = torch.stack([torch.randperm(rows)[:batch] for _ in range(steps)])

    weights = [w.clone().requires_grad_() for w in start.values()]
    optimiser_of_torch, losses = TORCH[optimiser](weights, rate), []
    for rows_now in order:
        optimiser_of_torch.zero_grad()
        loss = loss_of(weights, x[rows_now], y[rows_now])
        loss.backward()
        optimiser_of_torch.step()
        losses.append(loss.item())

    model = repeat(mlp(optimiser), {"x": "inputs", "y": "labels"})
    feeds = {name: w.numpy() for name, w in start.items()} | {
        f"{name}_state{i}": np.zeros_like(w.numpy()) for name, w in start.items() for i in range(STATE[optimiser])
    }
    feeds |= {
        "inputs": x.numpy(),
        "labels": y.numpy(),
        "order": order.numpy(),
        "rate": np.array(rate, np.float32),
        "count": np.array(1, np.float32),
    }
    run = session(model)
    feeds = {value.name: feeds[value.name] for value in run.get_inputs()}
    got = dict(zip((value.name for value in run.get_outputs()), run.run(None, feeds), strict=True))
    np.testing.assert_allclose(got["loss"], losses, rtol=0, atol=1e-5)
    for name, w in zip(WEIGHTS, weights, strict=True):
        np.testing.assert_allclose(got[f"{name}_next"], w.detach().numpy(), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "stride, padding, dilation, pool",
    [(1, 0, 1, F.max_pool2d), (1, 2, 1, F.avg_pool2d), (2, 1, 1, None), (1, 1, 2, None), (2, 0, 2, None)],
)
def test_gradients_through_convolutions_and_pools_are_torch_s(stride, padding, dilation, pool):
    def loss(w, b, x):
        maps = F.conv2d(x, w, b, stride, padding, dilation)
        return (torch.tanh(pool(maps, 2) if pool else maps) ** 2).sum()

    def gradients(w, b, x):
        return torch.func.grad(loss, argnums=(0, 1, 2))(w, b, x)

    shapes = {"w": (4, 3, 3, 3), "b": (4,), "x": ("batch", 3, 12, 12)}
    ports = tuple(port(name, shape) for name, shape in shapes.items())
    model = trace(gradients, ports, tuple(port(f"by_{p.name}", p.shape) for p in ports))
    w, b, x = torch.randn(4, 3, 3, 3), torch.randn(4), torch.randn(2, 3, 12, 12)
    got = session(model).run(None, {"w": w.numpy(), "b": b.numpy(), "x": x.numpy()})
    for value, expected in zip(got, gradients(w, b, x), strict=True):
        np.testing.assert_allclose(value, expected.numpy(), rtol=1e-4, atol=1e-4)


def test_a_graph_that_ignores_an_input_is_refused():
    with pytest.raises(ExportError, match="ignores its input y"):
        trace(lambda x, y: (x * 2,), (port("x", ("n",)), port("y", ("n",))), (port("z", ("n",)),))


def test_a_constant_that_would_be_lost_is_refused():
    with pytest.raises(ExportError, match="1e-08"):
        trace(lambda x: (x / (x.abs() + 1e-8),), (port("x", ("n",)),), (port("y", ("n",)),))


def test_what_hands_nothing_on_is_no_step():
    model = trace(lambda x: (x * 2,), (port("x", ("n",)),), (port("y", ("n",)),))
    with pytest.raises(ExportError, match="hands nothing on"):
        repeat(model, {})


def test_a_backward_pass_that_cannot_be_written_is_refused():
    def gradient(x):
        return (torch.func.grad(lambda x: F.max_pool2d(x, 3, 2).sum())(x),)

    with pytest.raises(ExportError, match="overlapping"):
        trace(gradient, (port("x", ("batch", 1, 9, 9)),), (port("by_x", ("batch", 1, 9, 9)),))
