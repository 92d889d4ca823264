"""GoogLeNet, or Inception v1 (Szegedy et al. 2014): look at several scales at once, and let 1x1 pay for it.

    inception(x) = [1x1 | 1x1 → 3x3 | 1x1 → 5x5 | pool → 1x1], side by side in one stack of maps

A 5x5 from 192 to 32 maps on 28x28 costs 28² · 5² · 192 · 32 = 120 million multiply-adds; through a 1x1 with 16 maps,
28² (192 · 16 + 5² · 16 · 32) = 12 million. Nine such modules and no dense layer but the last: eleven times less than AlexNet
in weights, less than half in error.

Two auxiliary classifiers half way (`aux`) push gradients into the early layers; in training their losses count 0.3 each, and
afterwards they are thrown away.

Shapes: [batch, 3, 224, 224] → stem [192, 28, 28] → 3b [480, 28, 28] → 4a-4e [512-832, 14, 14] → 5b [1024, 7, 7] → pool
[1024] → classes. With `aux` and in training mode the module returns three logits: the net's, and those after 4a and 4d.

Deviations from the paper: weights start as He's; the heads pool adaptively to 4x4, the size they have in the paper, so that any
image fits. `batch_norm` (Ioffe, Szegedy 2015, arXiv:1502.03167: the authors' own next step) is for relatives that train from
scratch. torchvision's variant has 3x3 for 5x5 and batch norm everywhere: 6,624,904 weights.
"""

import torch.nn.functional as F
from torch import Tensor, cat, nn

from exporter.architectures import he_init, register

INCEPTIONS = {  # the paper's table 1: 1x1, 3x3 reduced, 3x3, 5x5 reduced, 5x5, after the pool; "pool": halve the map
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "pool3": None,
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "pool4": None,
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


class Inception(nn.Module):
    """[batch, inputs, height, width] → [batch, outputs, height, width]."""

    def __init__(self, inputs: int, maps: list[int], batch_norm: bool):
        super().__init__()
        one, three_reduced, three, five_reduced, five, pooled = maps
        self.one = _conv(inputs, one, 1, batch_norm)
        self.three = nn.Sequential(_conv(inputs, three_reduced, 1, batch_norm), _conv(three_reduced, three, 3, batch_norm))
        self.five = nn.Sequential(_conv(inputs, five_reduced, 1, batch_norm), _conv(five_reduced, five, 5, batch_norm))
        self.pooled = nn.Sequential(nn.MaxPool2d(3, 1, padding=1), _conv(inputs, pooled, 1, batch_norm))
        self.outputs = one + three + five + pooled

    def forward(self, x: Tensor) -> Tensor:
        return cat([self.one(x), self.three(x), self.five(x), self.pooled(x)], 1)


class AuxiliaryHead(nn.Module):
    """[batch, inputs, height, width] → logits [batch, classes]."""

    def __init__(self, inputs: int, classes: int, width: float, batch_norm: bool):
        super().__init__()
        maps, hidden = round(128 * width), round(1024 * width)
        self.conv = _conv(inputs, maps, 1, batch_norm)
        self.fc1, self.fc2 = nn.Linear(maps * 4 * 4, hidden), nn.Linear(hidden, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(F.adaptive_avg_pool2d(x, 4)).flatten(1)
        return self.fc2(F.dropout(F.relu(self.fc1(x)), 0.7, self.training))


@register(
    name="googlenet",
    title="GoogLeNet (Inception v1)",
    paper="Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke, Rabinovich: Going Deeper with Convolutions",
    link="https://arxiv.org/abs/1409.4842",
    year=2014,
    parameters=6_998_552,
    counted_against="Caffe's bvlc_googlenet as deployed, by Netscope; 13,378,280 with the auxiliary heads",
    input=(3, 224, 224),
    taps=("stem", *(f"inception{name}" for name in INCEPTIONS if "pool" not in name), "pool5", "fc"),
    top5_error=6.7,
)
class GoogLeNet(nn.Module):
    def __init__(self, classes: int = 1000, width: float = 1.0, batch_norm: bool = False, aux: bool = False):
        """`width` multiplies the number of maps; `aux` adds the two heads, which only training mode uses."""
        super().__init__()

        def wide(maps: int) -> int:
            return max(4, round(maps * width))

        self.stem = nn.Sequential(
            _conv(3, wide(64), 7, batch_norm, stride=2),
            nn.MaxPool2d(3, 2, padding=1),
            _conv(wide(64), wide(64), 1, batch_norm),
            _conv(wide(64), wide(192), 3, batch_norm),
            nn.MaxPool2d(3, 2, padding=1),
        )
        inputs, heads = wide(192), {}
        for name, maps in INCEPTIONS.items():
            if maps is None:
                self.add_module(name, nn.MaxPool2d(3, 2, padding=1))
                continue
            module = Inception(inputs, [wide(count) for count in maps], batch_norm)
            self.add_module(f"inception{name}", module)
            inputs = module.outputs
            if aux and name in ("4a", "4d"):
                heads[name] = AuxiliaryHead(inputs, classes, width, batch_norm)
        self.heads = nn.ModuleDict(heads)
        self.pool5, self.dropout = nn.AdaptiveAvgPool2d(1), nn.Dropout(0.4)
        self.fc = nn.Linear(inputs, classes)
        he_init(self)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor, Tensor]:
        x, auxiliary = self.stem(x), []
        for name, maps in INCEPTIONS.items():
            x = self.get_submodule(f"inception{name}" if maps else name)(x)
            if self.training and name in self.heads:
                auxiliary.append(self.heads[name](x))
        logits = self.fc(self.dropout(self.pool5(x).flatten(1)))
        return (logits, *auxiliary) if auxiliary else logits


def _conv(inputs: int, outputs: int, kernel: int, batch_norm: bool, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=not batch_norm)
    norm = [nn.BatchNorm2d(outputs)] if batch_norm else []
    return nn.Sequential(convolution, *norm, nn.ReLU())
