"""YOLO (Redmon, Divvala, Girshick, Farhadi 2015): you only look once. One cell of a grid, one prediction.

A net maps a picture to a grid of cells; each cell gives z = [z0, z1, z2, z3, z4, z5, …], and says with it

    p = σ(z0)                         is the centre of an object here?
    x = left + reach · σ(z1)          where is it? In cells, y likewise with z2
    w = 2 exp(z3),  h = 2 exp(z4)     how large is it? In cells too
    c = softmax(z5, z6, …)            what is it?

`reach` is how many cells wide the square is, around the middle of a cell, in which it may place a centre. With reach 1, the
lecture's and the paper's, one cell answers for an object, and the others must be silent. With a larger reach its neighbours
answer too (Redmon's followers: YOLOv5; "centre sampling" in Tian et al. 2019, arXiv:1904.01355): more cells learn from each
object, and non-maximum suppression joins their answers. Where two objects are in reach, a cell answers for the nearer one.

Shapes, for pictures [batch, 3, height, width] and cells of 16x16 pixels: ResNet's stage3 [., height / 16, width / 16] and
stage4 [., height / 32, width / 32], enlarged, are added (Lin et al. 2016, arXiv:1612.03144), then a 3x3 convolution merges
them, two more look for the place and the kind, and 1x1 convolutions give z: [batch, 5 + classes, height / 16, width / 16].

Deviations from the paper: its own net has 24 convolutions, two dense layers and two boxes a cell; ours is all convolutions
(YOLOv2, arXiv:1612.08242, dropped the dense layers too), ResNet's, and has one. The loss is the lecture's, see
exporter/training/detection_loss.py.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from exporter.architectures import cited, he_init
from exporter.architectures.resnet import ResNet

CELL = 16  # pixels


@cited(
    name="yolo",
    title="YOLO",
    paper="Redmon, Divvala, Girshick, Farhadi: You Only Look Once: Unified, Real-Time Object Detection",
    link="https://arxiv.org/abs/1506.02640",
    year=2015,
    taps=("backbone.stage3", "backbone.stage4", "merged", "place", "kind"),
)
class Yolo(nn.Module):
    def __init__(self, classes: int, width: float = 0.4, maps: int = 64, reach: int = 1):
        """`width` of the ResNet-18 before it, `maps` of its own layers."""
        super().__init__()
        self.reach = reach
        self.backbone = ResNet((2, 2, 2, 2), width=width)
        del self.backbone.pool, self.backbone.fc
        fine, coarse = (round(64 * width) * 2**stage for stage in (2, 3))
        self.fine, self.coarse = nn.Sequential(*_conv(fine, maps, 1)), nn.Sequential(*_conv(coarse, maps, 1))
        self.merged = nn.Sequential(nn.ReLU(), *_conv(maps, maps, 3), nn.ReLU())
        self.place = nn.Sequential(*_conv(maps, maps, 3), nn.ReLU(), nn.Conv2d(maps, 5, 1))
        self.kind = nn.Sequential(*_conv(maps, maps, 3), nn.ReLU(), nn.Conv2d(maps, classes, 1))
        for part in (self.fine, self.coarse, self.merged, self.place, self.kind):
            he_init(part)
        with torch.no_grad():  # most cells are empty, and objects a few cells large
            for layer in (self.place[-1], self.kind[-1]):
                layer.weight.mul_(0.1)
            self.place[-1].bias.copy_(torch.tensor([-3.0, 0, 0, 1, 1]))

    def forward(self, x: Tensor) -> Tensor:
        backbone = self.backbone
        fine = backbone.stage3(backbone.stage2(backbone.stage1(backbone.stem(x))))
        coarse = backbone.stage4(fine)
        x = self.merged(self.fine(fine) + F.interpolate(self.coarse(coarse), scale_factor=2.0))
        return torch.cat([self.place(x), self.kind(x)], 1)


def decoded(raw: Tensor, reach: int) -> tuple[Tensor, Tensor]:
    """z [batch, 5 + classes, rows, columns] → boxes [batch, cells, 4], x1 y1 x2 y2 in cells; scores [batch, cells, classes].

    A score is σ(z0) times the class's probability: the paper's "class-specific confidence".
    """
    batch, _, rows, columns = raw.shape
    raw = raw.permute(0, 2, 3, 1).reshape(batch, rows * columns, -1)
    column = (torch.arange(columns, device=raw.device) + 0.5).repeat(rows)
    row = (torch.arange(rows, device=raw.device) + 0.5).repeat_interleave(columns)
    centre = torch.stack([column, row], 1) + reach * (raw[..., 1:3].sigmoid() - 0.5)
    half = raw[..., 3:5].clamp(max=5).exp()  # of the sides; e⁵ cells are more than any picture has
    return torch.cat([centre - half, centre + half], -1), raw[..., :1].sigmoid() * raw[..., 5:].softmax(-1)


def _conv(inputs: int, outputs: int, kernel: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False), nn.BatchNorm2d(outputs)]
