"""MobileNet v2 (Sandler, Howard, Zhu, Zhmoginov, Chen 2018): an ImageNet net for a telephone.

A k×k convolution from M to N maps is split into one that looks around, map by map, and a 1x1 that mixes the maps:

    multiply-adds per place:  k² M N  →  k² M + M N,   for k = 3 and many maps about 9 times fewer

Inverted residual: 1x1 up to six times the maps, 3x3 each map by itself, 1x1 down. The shortcut joins the narrow ends, and there
is no ReLU on them (the "linear bottleneck": where maps are few, cutting off the negative half loses what nothing can restore).
ReLU6 = min(max(0, x), 6) keeps numbers in a range that eight bits hold.

Shapes: [batch, 3, 224, 224] → stem [32, 112, 112] → stage1 [16, 112, 112] → stage2 [24, 56, 56] → stage3 [32, 28, 28] → stage4
[64, 14, 14] → stage5 [96, 14, 14] → stage6 [160, 7, 7] → stage7 [320, 7, 7] → last [1280, 7, 7] → pool [1280] → classes.

Deviations from the paper: weights start as He's; the last 1280 maps narrow with `width` below 1 too (the paper keeps them).
"""

from torch import Tensor, nn

from exporter.architectures import he_init, register

STAGES = (  # the paper's table 2: expansion, maps, blocks, stride of the first
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


class InvertedResidual(nn.Module):
    """[batch, inputs, height, width] → [batch, outputs, height / stride, width / stride]."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int):
        super().__init__()
        inner = inputs * expansion
        self.residual = nn.Sequential(
            *(_conv(inputs, inner, 1) if expansion > 1 else ()),
            *_conv(inner, inner, 3, stride, groups=inner),
            nn.Conv2d(inner, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        return x + self.residual(x) if self.shortcut else self.residual(x)


@register(
    name="mobilenet_v2",
    title="MobileNet v2",
    paper="Sandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2: Inverted Residuals and Linear Bottlenecks",
    link="https://arxiv.org/abs/1801.04381",
    year=2018,
    parameters=3_504_872,
    counted_against="torchvision mobilenet_v2",
    input=(3, 224, 224),
    divisor=8,
    taps=("stem", *(f"stage{number}" for number in range(1, 8)), "last", "pool", "fc"),
)
class MobileNetV2(nn.Module):
    def __init__(self, classes: int = 1000, width: float = 1.0):
        """`width` multiplies the number of maps, which stays a multiple of 8."""
        super().__init__()

        def wide(maps: int) -> int:
            return max(8, round(maps * width / 8) * 8)

        inputs = wide(32)
        self.stem = nn.Sequential(*_conv(3, inputs, 3, stride=2))
        for number, (expansion, maps, blocks, stride) in enumerate(STAGES, 1):
            stage = nn.Sequential()
            for index in range(blocks):
                stage.append(InvertedResidual(inputs, wide(maps), stride if index == 0 else 1, expansion))
                inputs = wide(maps)
            self.add_module(f"stage{number}", stage)
        self.last = nn.Sequential(*_conv(inputs, wide(1280), 1))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(wide(1280), classes)
        he_init(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for number in range(1, len(STAGES) + 1):
            x = self.get_submodule(f"stage{number}")(x)
        return self.fc(self.dropout(self.pool(self.last(x)).flatten(1)))


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU6()]
