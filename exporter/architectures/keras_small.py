"""The lectures' first convolutional net in Keras, with the slide's mistake left in.

    Conv 4@5x5 → MaxPool 2x2 → Conv 6@5x5 → MaxPool 2x2 → Dense 4 → Dense 1, softmax

    softmax(z)_k = exp(z_k) / Σ_j exp(z_j);   with one output it is exp(z) / exp(z) = 1

So this net answers 1 to every picture and no gradient ever reaches a weight. Two corrections do what was meant: a sigmoid on
the one output, 1 / (1 + exp(-z)), or two outputs with the softmax, which is the same function of z_1 - z_0.

Shapes: [batch, 1, 28, 28] → conv1 [4, 24, 24] → pool1 [4, 12, 12] → conv2 [6, 8, 8] → pool2 [6, 4, 4] → 96 → 4 → 1. The slide
leaves the input's size open (w, h); 28x28 is ours, as for the lectures' other small nets. Unlike elsewhere in this folder, the
output is the answer itself and not logits, since the answer is the lesson.
"""

from torch import Tensor, nn

from exporter.architectures import he_init, register


@register(
    name="keras_small",
    title="Small Keras classifier",
    paper="The lectures' slide on convolutional nets in Keras",
    link="https://keras.io/api/models/sequential/",
    year=2016,
    parameters=1_103,
    counted_against="the arithmetic of the slide at 28x28: (25 + 1)·4 + (4·25 + 1)·6 + (96 + 1)·4 + (4 + 1)·1",
    input=(1, 28, 28),
    taps=("conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "fc1", "relu3", "fc2", "answer"),
)
class KerasSmall(nn.Module):
    def __init__(self, classes: int = 1, sigmoid: bool = False):
        """`classes=2`, or `sigmoid=True`, is what was meant."""
        super().__init__()
        self.conv1, self.relu1, self.pool1 = nn.Conv2d(1, 4, 5), nn.ReLU(), nn.MaxPool2d(2)
        self.conv2, self.relu2, self.pool2 = nn.Conv2d(4, 6, 5), nn.ReLU(), nn.MaxPool2d(2)
        self.fc1, self.relu3 = nn.Linear(6 * 4 * 4, 4), nn.ReLU()
        self.fc2 = nn.Linear(4, classes)
        self.answer = nn.Sigmoid() if sigmoid else nn.Softmax(1)
        he_init(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool1(self.relu1(self.conv1(x)))
        x = self.pool2(self.relu2(self.conv2(x))).flatten(1)
        return self.answer(self.fc2(self.relu3(self.fc1(x))))
