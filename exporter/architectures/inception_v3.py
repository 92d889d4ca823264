"""Inception v3 (Szegedy, Vanhoucke, Ioffe, Shlens, Wojna 2015): convolutions taken apart until little is left to pay for.

    5x5 → two 3x3 (25 → 18 weights),   n×n → 1×n and n×1 (49 → 14 for n = 7)

and three rules that the lectures quote: no sudden narrowing of the representation; factorise to save work; grow depth and width
together. Hence modules of three kinds, by the size of the map (35, 17, 8), and between them reductions in which a strided
convolution and a pool run side by side, so that nothing is squeezed before it is widened.

Shapes: [batch, 3, 299, 299] → stem [192, 35, 35] → a1-a3 [288, 35, 35] → reduce1 [768, 17, 17] → b1-b4 [768, 17, 17] →
reduce2 [1280, 8, 8] → c1, c2 [2048, 8, 8] → pool [2048] → classes. With `aux` and in training mode the module returns two
logits, the net's and those of the auxiliary classifier on b4 (with batch norm, which the paper found to be its use).

Deviations from the paper: it describes the net in a table that its authors' code contradicts in places; as everybody, we follow
the code (TensorFlow's slim). Weights start as He's. The head's 5x5 pool and convolution become global where the map is too
small for them.
"""

import torch.nn.functional as F
from torch import Tensor, cat, nn

from exporter.architectures import he_init, register


class Wide:
    """Makes convolutions whose numbers of maps are multiplied by `width`; 'same' padding unless told."""

    def __init__(self, width: float):
        self.width = width

    def maps(self, count: int) -> int:
        return max(8, round(count * self.width / 8) * 8)

    def conv(self, inputs: int, outputs: int, kernel=1, stride: int = 1, padding="same") -> nn.Sequential:
        """`inputs` in real maps, `outputs` in the paper's."""
        convolution = nn.Conv2d(inputs, self.maps(outputs), kernel, stride, padding, bias=False)
        return nn.Sequential(convolution, nn.BatchNorm2d(self.maps(outputs), eps=1e-3), nn.ReLU())

    def chain(self, inputs: int, *steps: tuple) -> nn.Sequential:
        """Convolutions one after the other; each step is (outputs, kernel[, stride, padding])."""
        chain = nn.Sequential()
        for outputs, *options in steps:
            chain.append(self.conv(inputs, outputs, *options))
            inputs = self.maps(outputs)
        return chain


class Parallel(nn.Module):
    """Branches side by side: [batch, inputs, height, width] → their maps stacked, [batch, outputs, ...]."""

    def __init__(self, *branches: nn.Module):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        return cat([branch(x) for branch in self.branches], 1)


def _pooled(wide: Wide, inputs: int, maps: int) -> nn.Sequential:
    return nn.Sequential(nn.AvgPool2d(3, 1, padding=1), wide.conv(inputs, maps))


def _a(wide: Wide, inputs: int, pooled: int) -> Parallel:
    """Figure 5: 5x5, and two 3x3 in its place."""
    return Parallel(
        wide.conv(inputs, 64),
        wide.chain(inputs, (48, 1), (64, 5)),
        wide.chain(inputs, (64, 1), (96, 3), (96, 3)),
        _pooled(wide, inputs, pooled),
    )


def _b(wide: Wide, inputs: int, inner: int) -> Parallel:
    """Figure 6: 7x7 as 1x7 and 7x1."""
    return Parallel(
        wide.conv(inputs, 192),
        wide.chain(inputs, (inner, 1), (inner, (1, 7)), (192, (7, 1))),
        wide.chain(inputs, (inner, 1), (inner, (7, 1)), (inner, (1, 7)), (inner, (7, 1)), (192, (1, 7))),
        _pooled(wide, inputs, 192),
    )


def _c(wide: Wide, inputs: int) -> Parallel:
    """Figure 7: 1x3 beside 3x1, many maps on the smallest grid."""

    def fork() -> Parallel:
        return Parallel(wide.conv(wide.maps(384), 384, (1, 3)), wide.conv(wide.maps(384), 384, (3, 1)))

    return Parallel(
        wide.conv(inputs, 320),
        wide.chain(inputs, (384, 1)).append(fork()),
        wide.chain(inputs, (448, 1), (384, 3)).append(fork()),
        _pooled(wide, inputs, 192),
    )


class AuxiliaryHead(nn.Module):
    """[batch, inputs, height, width] → logits [batch, classes]."""

    def __init__(self, wide: Wide, inputs: int, classes: int):
        super().__init__()
        self.conv1, self.conv2 = wide.conv(inputs, 128), wide.conv(wide.maps(128), 768, 5, padding=2)
        self.fc = nn.Linear(wide.maps(768), classes)

    def forward(self, x: Tensor) -> Tensor:
        size = min(5, *x.shape[2:])
        x = self.conv2(self.conv1(F.avg_pool2d(x, size, 3)))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


@register(
    name="inception_v3",
    title="Inception v3",
    paper="Szegedy, Vanhoucke, Ioffe, Shlens, Wojna: Rethinking the Inception Architecture for Computer Vision",
    link="https://arxiv.org/abs/1512.00567",
    year=2015,
    parameters=23_834_568,
    counted_against="timm inception_v3; with the auxiliary head torchvision's 27,161,264",
    input=(3, 299, 299),
    divisor=8,
    taps=("stem", "a1", "a2", "a3", "reduce1", "b1", "b2", "b3", "b4", "reduce2", "c1", "c2", "pool", "fc"),
    top5_error=4.2,
    top5_error_ensemble=3.8,
)
class InceptionV3(nn.Module):
    def __init__(self, classes: int = 1000, width: float = 1.0, aux: bool = False):
        """`width` multiplies the number of maps, in steps of 8; `aux` adds the head, which only training mode uses."""
        super().__init__()
        wide = Wide(width)
        maps = wide.maps
        self.stem = nn.Sequential(
            wide.chain(3, (32, 3, 2, 0), (32, 3, 1, 0), (64, 3)),
            nn.MaxPool2d(3, 2),
            wide.chain(maps(64), (80, 1), (192, 3, 1, 0)),
            nn.MaxPool2d(3, 2),
        )
        stacked = maps(64) + maps(64) + maps(96)  # the branches of an `a`, but for the pooled one
        self.a1 = _a(wide, maps(192), 32)
        self.a2 = _a(wide, stacked + maps(32), 64)
        self.a3 = _a(wide, stacked + maps(64), 64)
        inputs = stacked + maps(64)
        self.reduce1 = Parallel(
            wide.conv(inputs, 384, 3, 2, 0),
            wide.chain(inputs, (64, 1), (96, 3), (96, 3, 2, 0)),
            nn.MaxPool2d(3, 2),
        )
        inputs += maps(384) + maps(96)
        for number, inner in enumerate((128, 160, 160, 192), 1):
            self.add_module(f"b{number}", _b(wide, inputs, inner))
            inputs = 4 * maps(192)
        self.aux = AuxiliaryHead(wide, inputs, classes) if aux else None
        self.reduce2 = Parallel(
            wide.chain(inputs, (192, 1), (320, 3, 2, 0)),
            wide.chain(inputs, (192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3, 2, 0)),
            nn.MaxPool2d(3, 2),
        )
        self.c1 = _c(wide, inputs + maps(320) + maps(192))
        inputs = maps(320) + 4 * maps(384) + maps(192)
        self.c2 = _c(wide, inputs)
        self.pool, self.dropout = nn.AdaptiveAvgPool2d(1), nn.Dropout(0.5)
        self.fc = nn.Linear(inputs, classes)
        he_init(self)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        x = self.reduce1(self.a3(self.a2(self.a1(self.stem(x)))))
        x = self.b4(self.b3(self.b2(self.b1(x))))
        auxiliary = (self.aux(x),) if self.training and self.aux else ()
        x = self.c2(self.c1(self.reduce2(x)))
        logits = self.fc(self.dropout(self.pool(x).flatten(1)))
        return (logits, *auxiliary) if auxiliary else logits
