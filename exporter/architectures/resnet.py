"""ResNet-18, 34, 50, 101, 152 (He, Zhang, Ren, Sun 2015): a layer only corrects what came before.

    y = ReLU(x + F(x)),   ∂y/∂x = 1 + F'(x) where the ReLU is open

A plain net of 56 layers trains worse than one of 20: not overfitting, its *training* error is higher. With the shortcut a block
that has learned nothing passes its input on, and the gradient has a road to the first layer on which nothing shrinks it.

Basic block (18, 34): two 3x3. Bottleneck (50, 101, 152): 1x1 down to a quarter, 3x3, 1x1 up again, about the same work for four
times the maps. Where the map shrinks, the shortcut is a 1x1 convolution with stride 2 (the paper's option B).

Shapes: [batch, 3, 224, 224] → stem [64, 56, 56] → stage1 [C, 56, 56] → stage2 [2C, 28, 28] → stage3 [4C, 14, 14] → stage4
[8C, 7, 7] → pool [8C] → classes, with C = 64 for basic blocks and 256 for bottlenecks.

Deviations from the paper: the last batch norm of each block starts at 1/√blocks instead of 1, or the sums of an untrained
ResNet-152 reach 10⁹ (De, Smith 2020, arXiv:2002.10444). torchvision moves the bottleneck's stride from its first 1x1 to the
3x3; the paper does not, and the count is the same.

The paper's section 4.2 has the pair that shows the trouble, for 32x32 and 10 classes: a small stem of 16 maps, three stages of
n blocks, 6n + 2 layers, with shortcuts (ResNet-20, 56) and without (plain-20, 56; the lectures' "VGG-20 and VGG-56"). Its
own shortcuts there have no weights; ours are option B everywhere.
"""

from collections.abc import Sequence
from functools import partial

from torch import Tensor, nn

from exporter.architectures import he_init, register


class Block(nn.Module):
    """Basic or bottleneck block: [batch, inputs, height, width] → [batch, outputs, height / stride, width / stride]."""

    def __init__(self, inputs: int, outputs: int, stride: int, bottleneck: bool, shortcut: bool):
        super().__init__()
        inner = outputs // 4 if bottleneck else outputs
        # (maps in, maps out, kernel, stride) of each convolution
        convolutions = [(inputs, inner, 3, stride), (inner, outputs, 3, 1)]
        if bottleneck:
            convolutions = [(inputs, inner, 1, stride), (inner, inner, 3, 1), (inner, outputs, 1, 1)]
        layers = []
        for convolution in convolutions:
            layers += [*_conv(*convolution), nn.ReLU()]
        self.residual = nn.Sequential(*layers[:-1])  # the last ReLU comes after the sum
        self.shortcut = None
        if shortcut:
            same = inputs == outputs and stride == 1
            self.shortcut = nn.Identity() if same else nn.Sequential(*_conv(inputs, outputs, 1, stride))
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        corrected = self.residual(x)
        return self.relu(corrected if self.shortcut is None else corrected + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(
        self,
        blocks: Sequence[int],
        bottleneck: bool = False,
        classes: int = 1000,
        width: float = 1.0,
        small_stem: bool = False,
        shortcuts: bool = True,
    ):
        """`blocks` of each stage; `width` multiplies the number of maps (64 after the stem, or 16 after the small one)."""
        super().__init__()
        maps = round((16 if small_stem else 64) * width)
        kernel, stride = (3, 1) if small_stem else (7, 2)
        self.stem = nn.Sequential(*_conv(3, maps, kernel, stride), nn.ReLU())
        if not small_stem:
            self.stem.append(nn.MaxPool2d(3, 2, padding=1))
        inputs, self.stages = maps, []
        for number, repeats in enumerate(blocks):
            outputs = maps * 2**number * (4 if bottleneck else 1)
            stage = nn.Sequential()
            for index in range(repeats):
                stride = 2 if number > 0 and index == 0 else 1
                stage.append(Block(inputs, outputs, stride, bottleneck, shortcuts))
                inputs = outputs
            self.stages.append(f"stage{number + 1}")
            self.add_module(self.stages[-1], stage)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(inputs, classes)
        he_init(self)
        if shortcuts:
            for block in self.modules():
                if isinstance(block, Block):
                    nn.init.constant_(block.residual[-1].weight, sum(blocks) ** -0.5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for name in self.stages:
            x = self.get_submodule(name)(x)
        return self.fc(self.pool(x).flatten(1))


def _conv(inputs: int, outputs: int, kernel: int, stride: int) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
    return [convolution, nn.BatchNorm2d(outputs)]


FACTS = {
    "paper": "He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition",
    "link": "https://arxiv.org/abs/1512.03385",
    "year": 2015,
}

for _depth, _blocks, _parameters in (
    (18, (2, 2, 2, 2), 11_689_512),
    (34, (3, 4, 6, 3), 21_797_672),
    (50, (3, 4, 6, 3), 25_557_032),
    (101, (3, 4, 23, 3), 44_549_160),
    (152, (3, 8, 36, 3), 60_192_808),
):
    register(
        name=f"resnet{_depth}",
        title=f"ResNet-{_depth}",
        parameters=_parameters,
        counted_against=f"torchvision resnet{_depth}",
        input=(3, 224, 224),
        taps=("stem", "stage1", "stage2", "stage3", "stage4", "pool", "fc"),
        top5_error=3.75 if _depth == 152 else None,
        top5_error_ensemble=3.57 if _depth == 152 else None,
        **FACTS,
    )(partial(ResNet, _blocks, _depth >= 50))

for _name, _blocks, _parameters, _reference in (
    ("plain20", (3, 3, 3), 269_722, "akamaster's pytorch_resnet_cifar10, resnet20: its shortcuts have no weights"),
    ("plain56", (9, 9, 9), 853_018, "akamaster's pytorch_resnet_cifar10, resnet56: its shortcuts have no weights"),
    ("resnet20", (3, 3, 3), 272_474, "chenyaofo's pytorch-cifar-models, cifar10_resnet20"),
    ("resnet56", (9, 9, 9), 855_770, "chenyaofo's pytorch-cifar-models, cifar10_resnet56"),
):
    register(
        name=_name,
        title=_name.replace("plain", "Plain-").replace("resnet", "ResNet-"),
        parameters=_parameters,
        counted_against=_reference,
        input=(3, 32, 32),
        taps=("stem", "stage1", "stage2", "stage3", "pool", "fc"),
        **FACTS,
    )(partial(ResNet, _blocks, classes=10, small_stem=True, shortcuts="resnet" in _name))
