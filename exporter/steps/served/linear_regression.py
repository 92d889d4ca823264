"""Linear regression by gradient descent: the lecture's first model (deck 003), f(x) = x w + b.

The error is E = Σ (x_i w + b - y_i)², its gradient ∂E/∂w = 2 xᵀ (x w + b - y), ∂E/∂b = 2 Σ (x_i w + b - y_i); a step goes to
w - rate ∂E/∂w, b - rate ∂E/∂b. In double precision, as Theano computed it: the slide prints 17 digits.
"""

import torch
from torch import Tensor

from exporter.recipes import Port
from exporter.steps.served import Step, register


def step(w: Tensor, b: Tensor, x: Tensor, y: Tensor, rate: Tensor) -> tuple[Tensor, ...]:
    """What Theano's `train` does: w [features], b [] → the same after a step; fitted values and error of before it."""

    def error(w: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        fitted = x @ w + b
        return ((fitted - y) ** 2).sum(), fitted

    (by_w, by_b), (loss, fitted) = torch.func.grad_and_value(error, argnums=(0, 1), has_aux=True)(w, b)
    return w - rate * by_w, b - rate * by_b, w + 0, b + 0, fitted, loss


def _probes() -> list[dict[str, Tensor]]:
    """All rows in each step, and a few; one feature, and several."""
    generator = torch.Generator().manual_seed(0)

    def probe(rows: int, features: int, batch: int, steps: int) -> dict[str, Tensor]:
        drawn = {
            name: torch.randn(shape, generator=generator, dtype=torch.float64)
            for name, shape in {"w": (features,), "b": (), "inputs": (rows, features), "targets": (rows,)}.items()
        }
        order = torch.stack([torch.randperm(rows, generator=generator)[:batch] for _ in range(steps)])
        return {**drawn, "rate": torch.tensor(0.01, dtype=torch.float64), "order": order}

    return [probe(6, 3, 6, 4), probe(9, 1, 2, 50), probe(40, 8, 40, 3), probe(1, 2, 1, 3)]


register(Step(
    name="linear_regression_step",
    title="Linear regression, a step of gradient descent",
    paper="Legendre: Nouvelles méthodes pour la détermination des orbites des comètes (1805), least squares; "
          "Cauchy: Méthode générale pour la résolution des systèmes d'équations simultanées (1847), descent",
    year=1847,
    function=step,
    inputs=(
        Port("w", "float64", ("features",), "weights"),
        Port("b", "float64", (), "bias"),
        Port("x", "float64", ("batch", "features"), "examples, one a row"),
        Port("y", "float64", ("batch",), "what should come out for each"),
        Port("rate", "float64", (), "learning rate"),
    ),
    outputs=(
        Port("w_next", "float64", ("features",), "weights after the last step"),
        Port("b_next", "float64", (), "bias after the last step"),
        Port("w_before", "float64", ("features",), "weights before each step"),
        Port("b_before", "float64", (), "bias before each step"),
        Port("fitted", "float64", ("batch",), "x w + b before each step"),
        Port("loss", "float64", (), "sum of squared errors before each step"),
    ),
    batches={"x": "inputs", "y": "targets"},
    probes=_probes,
    tolerance=1e-12,
))  # fmt: skip
