"""Fully connected net with one hidden layer, the 28x28-300-10 of LeCun et al. 1998 (§III.C.4).

    h = max(0, W1 x + b1),   logits = W2 h + b2

The lecture's "plain net": it may bend what softmax regression keeps straight, but each pixel still has its own weights, and a
shifted digit is a new digit to it.

Shapes: [batch, 1, 28, 28] → [batch, 784] → [batch, 300] → [batch, 10]. Deviations from the paper: ReLU instead of tanh,
cross-entropy instead of squared error.
"""

from torch import Tensor, nn

from exporter.architectures import register


@register(
    name="mlp",
    title="Fully connected net",
    paper="LeCun, Bottou, Bengio, Haffner: Gradient-Based Learning Applied to Document Recognition",
    link="https://doi.org/10.1109/5.726791",
    year=1998,
    parameters=238_510,
    counted_against="the arithmetic of 784-300-10: 784·300 + 300 + 300·10 + 10",
    input=(1, 28, 28),
    taps=("fc1", "relu1", "fc2"),
)
class MLP(nn.Module):
    def __init__(self, hidden: int = 300, classes: int = 10):
        super().__init__()
        self.fc1 = nn.Linear(28 * 28, hidden)
        self.relu1 = nn.ReLU()
        self.fc2 = nn.Linear(hidden, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.relu1(self.fc1(x.flatten(1))))
