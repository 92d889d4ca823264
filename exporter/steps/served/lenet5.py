"""A step of LeNet-5's training: forward, cross-entropy, backward and the optimiser's update; one graph an optimiser.

The net is `architectures/lenet5.py`, its 61,706 weights come in and go out under their torch names. Pictures come as they are
stored, uint8, and are scaled to 0 … 1 inside. LeCun et al. 1998 trained with a stochastic diagonal Levenberg-Marquardt method;
the optimisers here are those of the lecture.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from exporter.architectures import ARCHITECTURES
from exporter.recipes import Port
from exporter.steps.optimisers import OPTIMISERS, STATE
from exporter.steps.served import Step, register

LENET = ARCHITECTURES["lenet5"]
with torch.device("meta"):
    NET = LENET.build()
WEIGHTS = {name: tuple(weight.shape) for name, weight in NET.named_parameters()}
SERVED = {
    "sgd": ("gradient descent", ()),
    "momentum": ("momentum", ("velocity",)),
    "adam": ("Adam", ("first", "second")),
}
MEANING = {
    "velocity": "gradients gathered so far, the older the less",
    "first": "running mean of the gradient",
    "second": "running mean of its square",
}


def loss_of(weights: dict[str, Tensor], pictures: Tensor, digits: Tensor) -> Tensor:
    """Mean cross-entropy over a batch: weights by name, uint8 pictures [batch, 28, 28], int64 digits [batch]."""
    return F.cross_entropy(torch.func.functional_call(NET, weights, (pictures[:, None].float() / 255,)), digits)


def step_with(optimiser: str) -> Callable[..., tuple[Tensor, ...]]:
    """weights, what the optimiser remembers of each, pictures, digits, rate, and Adam's count → the same after a step, loss."""
    update, remembered, n = OPTIMISERS[optimiser], STATE[optimiser], len(WEIGHTS)

    def step(*tensors: Tensor) -> tuple[Tensor, ...]:
        weights, memory = dict(zip(WEIGHTS, tensors[:n], strict=True)), tensors[n : n * (1 + remembered)]
        pictures, digits, rate, *count = tensors[n * (1 + remembered) :]
        gradients, loss = torch.func.grad_and_value(loss_of)(weights, pictures, digits)
        after = [
            update(weights[name], gradients[name], memory[remembered * i : remembered * (i + 1)], rate, *(count or [None]))
            for i, name in enumerate(weights)
        ]
        return *(w for w, _ in after), *(part for _, state in after for part in state), *(c + 1 for c in count), loss

    return step


def _probes(optimiser: str) -> list[dict[str, Tensor]]:
    """Batches of one and of seven; a hundred steps and a few; what the optimiser remembers is not zero."""
    generator = torch.Generator().manual_seed(0)

    def probe(rows: int, batch: int, steps: int) -> dict[str, Tensor]:
        torch.manual_seed(rows)
        weights = {name: weight.detach() for name, weight in LENET.build().named_parameters()}
        memory = {f"{name}.{part}": torch.rand(weight.shape, generator=generator) * 1e-3
                  for name, weight in weights.items() for part in SERVED[optimiser][1]}  # fmt: skip
        return {
            **weights, **memory,
            "pictures": torch.randint(256, (rows, 28, 28), generator=generator, dtype=torch.uint8),
            "digits": torch.randint(10, (rows,), generator=generator),
            "rate": torch.tensor(0.001),
            **({"count": torch.tensor(3.0)} if optimiser == "adam" else {}),
            "order": torch.stack([torch.randperm(rows, generator=generator)[:batch] for _ in range(steps)]),
        }  # fmt: skip

    return [probe(40, 7, 100), probe(5, 1, 3)]


def _register(optimiser: str) -> None:
    called, parts = SERVED[optimiser]
    state = [Port(name, "float32", shape, f"weights of {name.split('.')[0]}") for name, shape in WEIGHTS.items()]
    state += [Port(f"{name}.{part}", "float32", shape, MEANING[part]) for name, shape in WEIGHTS.items() for part in parts]
    count = [Port("count", "float32", (), "number of the next step, from 1")] if optimiser == "adam" else []
    inputs = (
        Port("inputs", "uint8", ("batch", 28, 28), "pictures of a digit each, ink is light"),
        Port("targets", "int64", ("batch",), "the digit on each"),
        Port("rate", "float32", (), "learning rate"),
    )
    register(Step(
        name=f"lenet5_step_{optimiser}",
        title=f"LeNet-5, a training step with {called}",
        paper=f"{LENET.paper} ({LENET.year}), {LENET.link}",
        year=LENET.year,
        function=step_with(optimiser),
        inputs=(*state, *inputs, *count),
        outputs=(
            *(Port(f"{part.name}_next", part.type, part.shape, f"{part.meaning}, afterwards") for part in (*state, *count)),
            Port("loss", "float32", (), "mean cross-entropy of each batch, before its step"),
        ),
        batches={"inputs": "pictures", "targets": "digits"},
        probes=lambda: _probes(optimiser),
        facts={"architecture": LENET.name, "parameters": LENET.parameters},
    ))  # fmt: skip


for _optimiser in SERVED:
    _register(_optimiser)
