"""A sliding window (Sermanet et al. 2013, OverFeat; LeCun et al. 1998 §VII, "space displacement" nets): one net, every place.

    window 28x28 → conv 16@5x5 → pool 2 → conv 32@5x5 → pool 2 → dense 128 → dense classes

A classifier of windows finds things if it is shown every window of a picture; but windows overlap, and most of the work is done
again and again. Read the first dense layer as a convolution whose kernel is as large as its map, the second as a convolution
1x1: now all layers are convolutions, and a convolution takes a picture of any size. Whatever the window would say at each place
comes out at once, as a map, and its stride is the product of the strides of the pools: 4.

Shapes of the window: [batch, 1, 28, 28] → pool1 [16, 12, 12] → pool2 [32, 4, 4] → 128 → classes. Of the picture:
[batch, 1, height, width] → pool2 [32, (height - 12) / 4, (width - 12) / 4] → [classes, (height - 28) / 4 + 1, ...].

Deviations: the lectures' picture has one pool, 400 units and colour; OverFeat is AlexNet's size. Nothing is padded, or windows
at the border would see what the picture's map does not.
"""

import torch
from torch import Tensor, nn

from exporter.architectures import cited, he_init

WINDOW, STRIDE = 28, 4  # pixels
_FACTS = {
    "paper": "Sermanet, Eigen, Zhang, Mathieu, Fergus, LeCun: OverFeat: Integrated Recognition, Localization and Detection "
    "using Convolutional Networks",
    "link": "https://arxiv.org/abs/1312.6229",
    "year": 2013,
}


class _Reader(nn.Module):
    """What both forms share: the order of the layers, and their names."""

    def __init__(self):
        super().__init__()
        self.conv1, self.relu1, self.pool1 = nn.Conv2d(1, 16, 5), nn.ReLU(), nn.MaxPool2d(2)
        self.conv2, self.relu2, self.pool2 = nn.Conv2d(16, 32, 5), nn.ReLU(), nn.MaxPool2d(2)
        self.relu3 = nn.ReLU()

    def seen(self, x: Tensor) -> Tensor:
        return self.pool2(self.relu2(self.conv2(self.pool1(self.relu1(self.conv1(x))))))


@cited(name="window", title="Window classifier", taps=("conv1", "pool1", "conv2", "pool2", "fc1", "fc2"), **_FACTS)
class Window(_Reader):
    """[batch, 1, 28, 28] → logits [batch, classes]."""

    def __init__(self, classes: int, units: int = 128):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(32 * 4 * 4, units), nn.Linear(units, classes)
        he_init(self)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.relu3(self.fc1(self.seen(x).flatten(1))))


@cited(name="sliding_window", title="Sliding window, one convolution", taps=("conv1", "pool1", "conv2", "pool2", "fc1", "fc2"),
       **_FACTS)  # fmt: skip
class SlidingWindow(_Reader):
    """[batch, 1, height, width] → logits [batch, classes, (height - 28) / 4 + 1, (width - 28) / 4 + 1]."""

    def __init__(self, classes: int, units: int = 128):
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(32, units, 4), nn.Conv2d(units, classes, 1)
        he_init(self)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.relu3(self.fc1(self.seen(x))))


def as_window(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights of a `SlidingWindow` as a `Window` has them: the same numbers in the same order, kernels laid flat."""
    return {name: weight.flatten(1) if name.startswith("fc") and weight.dim() == 4 else torch.clone(weight)
            for name, weight in weights.items()}  # fmt: skip
