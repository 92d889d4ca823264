"""LeNet-5 (LeCun et al. 1998): the first convolutional net that read real cheques, and the lecture's "simplest CNN".

    28x28 → conv 6@5x5 → pool → conv 16@5x5 → pool → fc 120 → fc 84 → fc 10

One small kernel is shared by all places of the image, so a stroke is recognised wherever it stands; pooling halves the map and
makes its exact place matter less. The dense layers at the end still know where things are: the net is not shift-invariant.

Shapes: [batch, 1, 28, 28] → conv1 [6, 28, 28] → pool1 [6, 14, 14] → conv2 [16, 10, 10] → pool2 [16, 5, 5] → 120 → 84 → 10.

Deviations from the paper, as everybody draws it today: the 28x28 image is padded by 2 instead of coming as 32x32; every map of
conv2 sees all six maps before it (the paper connects 10 of 16 sparsely, so its count is 60,000); pooling has no trained scale
and bias; ReLU and max pooling instead of tanh and averaging; ten logits with softmax instead of radial basis functions.
"""

from torch import Tensor, nn

from exporter.architectures import register


@register(
    name="lenet5",
    title="LeNet-5",
    paper="LeCun, Bottou, Bengio, Haffner: Gradient-Based Learning Applied to Document Recognition",
    link="https://doi.org/10.1109/5.726791",
    year=1998,
    parameters=61_706,
    counted_against="Zhang et al., Dive into Deep Learning, §7.6 (dense conv2, pooling without parameters)",
    input=(1, 28, 28),
    taps=("conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "fc1", "relu3", "fc2", "relu4", "fc3"),
)
class LeNet5(nn.Module):
    def __init__(self, classes: int = 10):
        super().__init__()
        self.conv1, self.relu1, self.pool1 = nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)
        self.conv2, self.relu2, self.pool2 = nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)
        self.fc1, self.relu3 = nn.Linear(16 * 5 * 5, 120), nn.ReLU()
        self.fc2, self.relu4 = nn.Linear(120, 84), nn.ReLU()
        self.fc3 = nn.Linear(84, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool1(self.relu1(self.conv1(x)))
        x = self.pool2(self.relu2(self.conv2(x))).flatten(1)
        return self.fc3(self.relu4(self.fc2(self.relu3(self.fc1(x)))))
