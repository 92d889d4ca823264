"""The net that TensorFlow Playground opens with, 2 → 4 → 2 → 1, tanh, squared error, plain descent; and the pieces of others.

Smilkov, Carter, Sculley, Viégas, Wattenberg 2017, arXiv:1708.03788. This graph is traced as a whole; the file carries the
functions of `exporter.steps.pieces` too, from which the playground puts together the step of whatever net a person builds.
"""

import torch
from torch import Tensor

from exporter.recipes import Port
from exporter.steps.pieces import PIECES, function
from exporter.steps.served import Step, register

WIDTHS = ("n0", "n1", "n2", "outputs")
PARAMETERS = {f"{kind}{i}": WIDTHS[i : i + 2] if kind == "w" else WIDTHS[i + 1 : i + 2] for i in range(3) for kind in "wb"}


def step(*tensors: Tensor) -> tuple[Tensor, ...]:
    """w0, b0, w1, b1, w2, b2, x [batch, n0], target [batch, outputs], rate → the parameters after a step, its loss before."""
    *parameters, x, target, rate = tensors

    def loss_of(*parameters: Tensor) -> Tensor:
        h = x
        for w, b in zip(parameters[::2], parameters[1::2], strict=True):
            h = torch.tanh(h @ w + b)
        return ((h - target) ** 2).sum(1).mean() / 2

    gradients, loss = torch.func.grad_and_value(loss_of, argnums=tuple(range(6)))(*parameters)
    return *(p - rate * g for p, g in zip(parameters, gradients, strict=True)), loss


def _probes() -> list[dict[str, Tensor]]:
    """The usual size in batches of ten, and another with two outputs."""
    generator = torch.Generator().manual_seed(0)

    def probe(sizes: tuple[int, ...], rows: int, batch: int) -> dict[str, Tensor]:
        width = dict(zip(WIDTHS, sizes, strict=True))
        drawn = {name: torch.randn([width[axis] for axis in shape], generator=generator) for name, shape in PARAMETERS.items()}
        points, targets = (torch.randn(rows, size, generator=generator) for size in (sizes[0], sizes[-1]))
        order = torch.randperm(rows, generator=generator).view(-1, batch)
        return {**drawn, "points": points, "targets": targets.sign(), "rate": torch.tensor(0.03), "order": order}

    return [probe((2, 4, 2, 1), 100, 10), probe((7, 8, 5, 2), 12, 3)]


register(Step(
    name="dense_net_step",
    title="Dense net, a step of gradient descent",
    paper="Direct-Manipulation Visualization of Deep Networks (2017), https://arxiv.org/abs/1708.03788",
    year=2017,
    function=step,
    inputs=(
        *(Port(name, "float32", shape, "weights" if len(shape) == 2 else "biases") for name, shape in PARAMETERS.items()),
        Port("x", "float32", ("batch", "n0"), "features of the points"),
        Port("target", "float32", ("batch", "outputs"), "what should come out, -1 to 1"),
        Port("rate", "float32", (), "learning rate"),
    ),
    outputs=(
        *(Port(f"{name}_next", "float32", shape, f"{name} after the last step") for name, shape in PARAMETERS.items()),
        Port("loss", "float32", (), "half the squared error, averaged over the batch, before each step"),
    ),
    batches={"x": "points", "target": "targets"},
    probes=_probes,
    functions=lambda: [function(name) for name in PIECES],
))  # fmt: skip
