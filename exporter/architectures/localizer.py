"""Classification with localisation (Sermanet et al. 2013, OverFeat, §4): a classifier that also says where.

    y = [p_c, b_x, b_y, b_h, b_w, c_1, …, c_n]

One net, one object: is there one (p_c), the middle, height and width of its box, and its class. The last layer has 5 + n
numbers z instead of n; σ makes p_c and the box, in shares of the picture, softmax the classes. What the box
and class of an empty picture would be, nobody asks: with p_c = 0 the target is [0, ?, …, ?], and only p_c has a loss.

Shapes: [batch, 3, 128, 128] → ResNet's stage4 [maps, 4, 4] → narrow [32, 4, 4] → 128 → 5 + n. No pooling over the places, as a
classifier would have: they are what is asked for.

Deviations: OverFeat regresses the box from a net of its own, one for each class; the lectures' vector is learned at once.
"""

from torch import Tensor, nn

from exporter.architectures import cited, he_init
from exporter.architectures.resnet import ResNet

SIDE = 128  # pixels


@cited(
    name="localizer",
    title="Localiser",
    paper="Sermanet, Eigen, Zhang, Mathieu, Fergus, LeCun: OverFeat: Integrated Recognition, Localization and Detection "
    "using Convolutional Networks",
    link="https://arxiv.org/abs/1312.6229",
    year=2013,
    taps=("backbone.stage1", "backbone.stage2", "backbone.stage3", "backbone.stage4", "narrow", "fc1", "fc2"),
)
class Localizer(nn.Module):
    """[batch, 3, 128, 128] → z [batch, 5 + classes]."""

    def __init__(self, classes: int, width: float = 0.4):
        super().__init__()
        self.backbone = ResNet((2, 2, 2, 2), width=width)
        del self.backbone.pool, self.backbone.fc
        self.narrow = nn.Sequential(nn.Conv2d(round(64 * width) * 8, 32, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU())
        self.fc1, self.relu1 = nn.Linear(32 * (SIDE // 32) ** 2, 128), nn.ReLU()
        self.fc2 = nn.Linear(128, 5 + classes)
        for part in (self.narrow, self.fc1, self.fc2):
            he_init(part)
        nn.init.normal_(self.fc2.weight, std=0.01)

    def forward(self, x: Tensor) -> Tensor:
        x = self.backbone.stem(x)
        for stage in self.backbone.stages:
            x = self.backbone.get_submodule(stage)(x)
        return self.fc2(self.relu1(self.fc1(self.narrow(x).flatten(1))))
