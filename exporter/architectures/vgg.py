"""VGG-16 and VGG-19 (Simonyan, Zisserman 2014): nothing but 3x3, and more of it.

    (conv 64)x2 → pool → (128)x2 → pool → (256)x3 → pool → (512)x3 → pool → (512)x3 → pool → 4096 → 4096 → 1000

Two 3x3 convolutions, one after the other, see 5x5 and three see 7x7, with fewer weights and more bends between them:

    2 · 3² C² = 18 C²  <  5² C² = 25 C²,      3 · 3² C² = 27 C²  <  7² C² = 49 C²

Shapes: [batch, 3, 224, 224] → stage1 [64, 112, 112] → stage2 [128, 56, 56] → stage3 [256, 28, 28] → stage4 [512, 14, 14] →
stage5 [512, 14, 14] → pool [512, 7, 7] → 4096 → 4096 → classes. A stage ends with its pool, the last one before it, so that its
output is the last map of features. 102.8 of VGG-16's 138 million weights are the first dense layer.

Deviations from the paper: weights start as He's; the authors trained a shallow net first and grew it. For relatives that train
from scratch: `batch_norm` (as in torchvision's vgg16_bn), and `hidden=None` for global average pooling instead of the dense
layers, the VGGnet-GAP of Zhou et al. 2016 (arXiv:1512.04150), which takes any input size and gives class activation maps.
"""

from functools import partial

from torch import Tensor, nn

from exporter.architectures import he_init, register

STAGES = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}  # the paper's A, B, D, E
CHANNELS = (64, 128, 256, 512, 512)


class VGG(nn.Module):
    def __init__(
        self, depth: int, classes: int = 1000, width: float = 1.0, hidden: int | None = 4096, batch_norm: bool = False
    ):
        """`depth` counts layers with weights; `width` multiplies the number of maps."""
        super().__init__()
        inputs, channels = 3, [round(count * width) for count in CHANNELS]
        for number, (convolutions, outputs) in enumerate(zip(STAGES[depth], channels, strict=True), 1):
            layers = []
            for _ in range(convolutions):
                layers += _conv(inputs, outputs, batch_norm)
                inputs = outputs
            if number < len(channels):
                layers.append(nn.MaxPool2d(2))
            self.add_module(f"stage{number}", nn.Sequential(*layers))
        if hidden is None:
            self.pool = nn.AdaptiveAvgPool2d(1)
            self.head = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(inputs, classes))
        else:
            self.pool = nn.MaxPool2d(2)
            self.head = nn.Sequential(
                nn.Flatten(),
                *(nn.Linear(inputs * 7 * 7, hidden), nn.ReLU(), nn.Dropout(0.5)),
                *(nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(0.5)),
                nn.Linear(hidden, classes),
            )
        he_init(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stage5(self.stage4(self.stage3(self.stage2(self.stage1(x)))))
        return self.head(self.pool(x))


def _conv(inputs: int, outputs: int, batch_norm: bool) -> list[nn.Module]:
    norm = [nn.BatchNorm2d(outputs)] if batch_norm else []
    return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=not batch_norm), *norm, nn.ReLU()]


for _depth, _parameters, _error in ((16, 138_357_544, 6.8), (19, 143_667_240, None)):  # the lectures quote 6.8 for 138 million
    register(
        name=f"vgg{_depth}",
        title=f"VGG-{_depth}",
        paper="Simonyan, Zisserman: Very Deep Convolutional Networks for Large-Scale Image Recognition",
        link="https://arxiv.org/abs/1409.1556",
        year=2014,
        parameters=_parameters,
        counted_against=f"torchvision vgg{_depth}",
        input=(3, 224, 224),
        taps=("stage1", "stage2", "stage3", "stage4", "stage5", "pool", "head"),
        top5_error=_error,
    )(partial(VGG, _depth))
