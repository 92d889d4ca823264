"""Inception-ResNet v2 (Szegedy, Ioffe, Vanhoucke, Alemi 2016): inception modules as the correction in a residual block.

    y = ReLU(x + s · F(x)),   s = 0.17, 0.1, 0.2 by the size of the map

The branches of F are those of Inception v3, narrower; a 1x1 without activation brings them back to x's number of maps. The sum
is scaled down because, beyond a thousand maps, unscaled residuals made the net die early in training: all zeros before the last
pool, and no smaller learning rate helped.

Shapes: [batch, 3, 299, 299] → stem [320, 35, 35] → 10 blocks a [320, 35, 35] → reduce1 [1088, 17, 17] → 20 blocks b → reduce2
[2080, 8, 8] → 10 blocks c → last [1536, 8, 8] → pool [1536] → classes.

Deviations from the paper: as everybody, we follow its authors' code (TensorFlow's slim), which has Inception v3's stem with one
inception module, 10, 20 and 10 blocks instead of 5, 10 and 5, and a last block with s = 1 and no ReLU. Weights start as He's.
"""

from torch import Tensor, cat, nn

from exporter.architectures import he_init, register


class Parallel(nn.Module):
    """Branches side by side: [batch, inputs, height, width] → their maps stacked, [batch, outputs, ...]."""

    def __init__(self, *branches: nn.Module):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        return cat([branch(x) for branch in self.branches], 1)


class Residual(nn.Module):
    """x + scale · project(branches(x)), with or without ReLU; the shape stays."""

    def __init__(self, branches: Parallel, stacked: int, maps: int, scale: float, relu: bool = True):
        super().__init__()
        self.branches, self.project = branches, nn.Conv2d(stacked, maps, 1)
        self.scale, self.relu = scale, nn.ReLU() if relu else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(x + self.scale * self.project(self.branches(x)))


@register(
    name="inception_resnet_v2",
    title="Inception-ResNet v2",
    paper="Szegedy, Ioffe, Vanhoucke, Alemi: Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning",
    link="https://arxiv.org/abs/1602.07261",
    year=2016,
    parameters=55_843_464,
    counted_against="timm inception_resnet_v2",
    input=(3, 299, 299),
    divisor=8,
    taps=("stem", "a", "reduce1", "b", "reduce2", "c", "last", "pool", "fc"),
    top5_error_ensemble=3.08,
)
class InceptionResNetV2(nn.Module):
    def __init__(self, classes: int = 1000, width: float = 1.0, blocks: tuple[int, int, int] = (10, 20, 10)):
        """`width` multiplies the number of maps, in steps of 8; `blocks` of each kind."""
        super().__init__()

        def wide(count: int) -> int:
            return max(8, round(count * width / 8) * 8)

        def chain(inputs: int, *steps: tuple) -> nn.Sequential:
            """Convolutions one after the other; each step is (outputs of the paper, kernel[, stride, padding])."""
            layers = nn.Sequential()
            for outputs, *options in steps:
                layers.append(_conv(inputs, wide(outputs), *options))
                inputs = wide(outputs)
            return layers

        self.stem = nn.Sequential(
            chain(3, (32, 3, 2, 0), (32, 3, 1, 0), (64, 3)),
            nn.MaxPool2d(3, 2),
            chain(wide(64), (80, 1), (192, 3, 1, 0)),
            nn.MaxPool2d(3, 2),
            Parallel(
                chain(wide(192), (96, 1)),
                chain(wide(192), (48, 1), (64, 5)),
                chain(wide(192), (64, 1), (96, 3), (96, 3)),
                nn.Sequential(nn.AvgPool2d(3, 1, padding=1, count_include_pad=False), chain(wide(192), (64, 1))),
            ),
        )
        maps = 2 * wide(96) + 2 * wide(64)

        def a() -> Residual:
            branches = [chain(maps, (32, 1)), chain(maps, (32, 1), (32, 3)), chain(maps, (32, 1), (48, 3), (64, 3))]
            return Residual(Parallel(*branches), 2 * wide(32) + wide(64), maps, 0.17)

        def b() -> Residual:
            branches = [chain(maps, (192, 1)), chain(maps, (128, 1), (160, (1, 7)), (192, (7, 1)))]
            return Residual(Parallel(*branches), 2 * wide(192), maps, 0.1)

        def c(last: bool) -> Residual:
            branches = [chain(maps, (192, 1)), chain(maps, (192, 1), (224, (1, 3)), (256, (3, 1)))]
            return Residual(Parallel(*branches), wide(192) + wide(256), maps, 1.0 if last else 0.2, relu=not last)

        self.a = nn.Sequential(*(a() for _ in range(blocks[0])))
        self.reduce1 = Parallel(
            chain(maps, (384, 3, 2, 0)), chain(maps, (256, 1), (256, 3), (384, 3, 2, 0)), nn.MaxPool2d(3, 2)
        )
        maps += 2 * wide(384)
        self.b = nn.Sequential(*(b() for _ in range(blocks[1])))
        self.reduce2 = Parallel(
            chain(maps, (256, 1), (384, 3, 2, 0)),
            chain(maps, (256, 1), (288, 3, 2, 0)),
            chain(maps, (256, 1), (288, 3), (320, 3, 2, 0)),
            nn.MaxPool2d(3, 2),
        )
        maps += wide(384) + wide(288) + wide(320)
        self.c = nn.Sequential(*(c(last=index == blocks[2] - 1) for index in range(blocks[2])))
        self.last = _conv(maps, wide(1536), 1)
        self.pool, self.dropout = nn.AdaptiveAvgPool2d(1), nn.Dropout(0.2)
        self.fc = nn.Linear(wide(1536), classes)
        he_init(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.reduce1(self.a(self.stem(x)))
        x = self.reduce2(self.b(x))
        return self.fc(self.dropout(self.pool(self.last(self.c(x))).flatten(1)))


def _conv(inputs: int, outputs: int, kernel=1, stride: int = 1, padding="same") -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs, eps=1e-3), nn.ReLU())
