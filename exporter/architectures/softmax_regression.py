"""Softmax regression: the linear model with ten outputs.

    logits = W x + b,   p_k = exp(logits_k) / Σ_j exp(logits_j)

The first classifier of the lectures and the "linear classifier" row of LeCun et al. 1998 (§III.C.1): every pixel votes for
every class with its own weight, so what is learned about one place of the image is lost at every other.

Shapes: [batch, 1, 28, 28] → [batch, 784] → [batch, 10]. Deviation from the paper: cross-entropy instead of squared error.
"""

from torch import Tensor, nn

from exporter.architectures import register


@register(
    name="softmax",
    title="Softmax regression",
    paper="LeCun, Bottou, Bengio, Haffner: Gradient-Based Learning Applied to Document Recognition",
    link="https://doi.org/10.1109/5.726791",
    year=1998,
    parameters=7_850,
    counted_against="LeCun et al. 1998, §III.C.1: the linear classifier, 7850 free parameters",
    input=(1, 28, 28),
    taps=("fc",),
)
class SoftmaxRegression(nn.Module):
    def __init__(self, classes: int = 10):
        super().__init__()
        self.fc = nn.Linear(28 * 28, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x.flatten(1))
