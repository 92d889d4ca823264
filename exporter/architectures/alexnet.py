"""AlexNet (Krizhevsky, Sutskever, Hinton 2012): "LeNet, a thousand times larger", and the year ImageNet fell.

    conv 96@11x11/4 → LRN → pool → conv 256@5x5 → LRN → pool → conv 384 → conv 384 → conv 256@3x3 → pool → 4096 → 4096 → 1000

    LRN:  b_c = a_c / (2 + 1e-4 Σ_{|c' - c| ≤ 2} a_c'²)^0.75,   a map is damped by strong neighbours
    ReLU: max(0, x) does not saturate; with it a small net reached the same training error six times sooner than with tanh

Two GPUs of 3 GB each held half of the maps; conv2, conv4 and conv5 see only the half on their own card, which today is written
`groups=2`. Pools are 3x3 with stride 2, so they overlap. Dropout halves the dense layers in training. 58.6 of the 61 million
weights are dense.

Shapes: [batch, 3, 224, 224] → pool1 [96, 27, 27] → pool2 [256, 13, 13] → pool5 [256, 6, 6] → 4096 → 4096 → classes.

Deviations from the paper: conv1 is padded by 2, without which 224 does not give the paper's 55 (the authors' code took 227);
weights start as He's, not with deviation 0.01 and biases 1, so that narrow relatives train too. With `hidden=None` the dense
layers give way to global average pooling, the AlexNet-GAP of Zhou et al. 2016 (arXiv:1512.04150): then any input size fits, and
the classifier's weights, applied to the last maps, show where a class is seen.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from exporter.architectures import he_init, register


class LocalResponseNorm(nn.Module):
    """The paper's §3.3, over five neighbouring maps: [batch, maps, height, width] → the same shape."""

    def __init__(self, as_operator: bool):
        """`as_operator`: export ONNX's own LRN, one node; sums of slices run three times as fast in ONNX Runtime."""
        super().__init__()
        self.as_operator = as_operator

    def forward(self, x: Tensor) -> Tensor:
        if self.as_operator and torch.onnx.is_in_onnx_export():  # ONNX divides alpha by the number of neighbours
            options = {"alpha": 5e-4, "beta": 0.75, "bias": 2.0, "size": 5}
            return torch.onnx.ops.symbolic("LRN", (x,), options, dtype=x.dtype, shape=x.shape, version=13)
        squares = F.pad(x * x, (0, 0, 0, 0, 2, 2))
        energy = sum(squares[:, shift : shift + x.shape[1]] for shift in range(5))
        root = (2 + 1e-4 * energy).sqrt()
        return x / (root * root.sqrt())  # the power 0.75


@register(
    name="alexnet",
    title="AlexNet",
    paper="Krizhevsky, Sutskever, Hinton: ImageNet Classification with Deep Convolutional Neural Networks",
    link="https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks",
    year=2012,
    parameters=60_965_224,
    counted_against="Caffe's bvlc_alexnet, the paper's two groups (torchvision's one-GPU variant has 61,100,840)",
    input=(3, 224, 224),
    taps=("conv1", "norm1", "pool1", "conv2", "norm2", "pool2", "conv3", "conv4", "conv5", "pool5", "head"),
    top5_error=15.4,
    top5_error_ensemble=11.7,
)
class AlexNet(nn.Module):
    def __init__(self, classes: int = 1000, width: float = 1.0, hidden: int | None = 4096, lrn_operator: bool = True):
        """`width` multiplies the number of maps; see LocalResponseNorm for `lrn_operator`."""
        super().__init__()
        maps = [round(channels * width) for channels in (96, 256, 384, 384, 256)]
        self.conv1 = _conv(3, maps[0], 11, stride=4, padding=2)
        self.norm1, self.pool1 = LocalResponseNorm(lrn_operator), nn.MaxPool2d(3, 2)
        self.conv2 = _conv(maps[0], maps[1], 5, padding=2, groups=2)
        self.norm2, self.pool2 = LocalResponseNorm(lrn_operator), nn.MaxPool2d(3, 2)
        self.conv3 = _conv(maps[1], maps[2], 3, padding=1)
        self.conv4 = _conv(maps[2], maps[3], 3, padding=1, groups=2)
        self.conv5 = _conv(maps[3], maps[4], 3, padding=1, groups=2)
        if hidden is None:
            self.pool5 = nn.AdaptiveAvgPool2d(1)
            self.head = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(maps[4], classes))
        else:
            self.pool5 = nn.MaxPool2d(3, 2)
            self.head = nn.Sequential(
                nn.Flatten(),
                *(nn.Dropout(0.5), nn.Linear(maps[4] * 6 * 6, hidden), nn.ReLU()),
                *(nn.Dropout(0.5), nn.Linear(hidden, hidden), nn.ReLU()),
                nn.Linear(hidden, classes),
            )
        he_init(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool1(self.norm1(self.conv1(x)))
        x = self.pool2(self.norm2(self.conv2(x)))
        return self.head(self.pool5(self.conv5(self.conv4(self.conv3(x)))))


def _conv(inputs: int, outputs: int, kernel: int, **options) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, **options), nn.ReLU())
