"""Three readers of digits on MNIST: the linear model, the plain net, LeNet-5; same data, same distortions, same loop."""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from exporter.architectures import ARCHITECTURES
from exporter.datasets.mnist import LABELS, MNIST, digits
from exporter.framing import Framing
from exporter.recipes import Port, Recipe, Run, register
from exporter.training.augment_digits import distorted
from exporter.training.fit import fit

BATCH = 128
SHIFTS = range(11)  # pixels

INPUTS = (
    Port("image", "uint8", ("batch", "height", "width", 3),
         "RGB pictures of one digit each, any size, dark on light or light on dark"),
    Port("frame", "bool", (), "crop, scale and centre the digit as MNIST's authors did; off: shrink the whole picture", True),
)  # fmt: skip
OUTPUTS = (Port("probabilities", "float32", ("batch", 10), "probability of each digit"),)


class DigitReader(nn.Module):
    """uint8 pictures [batch, height, width, 3] → probabilities [batch, 10]: framing, net, softmax."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.framing, self.field, self.window = Framing(), nn.Identity(), nn.Identity()
        self.net = net

    def forward(self, image: Tensor, frame: Tensor) -> Tensor:
        field, window = self.framing(image, frame)
        self.window(window)
        return self.net(self.field(field)).softmax(1)


def _train(epochs: int, learning_rate: float, weight_decay: float):
    def train(reader: nn.Module, checkpoint: Path) -> None:
        images, labels = digits("train")

        def batches(generator: torch.Generator):
            for chosen in torch.randperm(len(images), generator=generator).split(BATCH):
                yield distorted(images[chosen], labels[chosen], generator), labels[chosen]

        per_epoch = -(-len(images) // BATCH)
        fit(reader.net, batches, per_epoch, F.cross_entropy, epochs=epochs, learning_rate=learning_rate,
            weight_decay=weight_decay, checkpoint=checkpoint)  # fmt: skip

    return train


def _probes() -> list[tuple[Tensor, ...]]:
    """Small, large, flat and tall pictures, one and several; with and without framing."""
    generator = torch.Generator().manual_seed(0)
    sizes = [(1, 28, 28), (3, 28, 28), (2, 280, 280), (1, 17, 301), (1, 640, 480), (1, 1, 1)]
    pictures = [torch.randint(256, (*size, 3), generator=generator, dtype=torch.uint8) for size in sizes]
    return [(picture, torch.tensor(frame)) for picture in pictures for frame in (True, False)]


def evaluate(run: Run) -> dict:
    """Accuracy on MNIST's test split, framed and as it is; and against a shift of the digit with framing off.

    A shift by d pixels is measured in the four directions and averaged; what leaves the field is lost, paper comes in.
    """
    images, labels = (tensor.numpy() for tensor in digits("test"))

    def accuracy(images: np.ndarray, frame: bool) -> float:
        rgb = np.repeat(images[..., None], 3, axis=-1)
        parts = [run({"image": part, "frame": np.array(frame)})["probabilities"] for part in np.array_split(rgb, 10)]
        return round(float((np.concatenate(parts).argmax(1) == labels).mean()), 4)

    by_shift = {}
    for shift in SHIFTS:
        padded = np.pad(images, ((0, 0), (shift, shift), (shift, shift)))
        corners = {(0, shift), (2 * shift, shift), (shift, 0), (shift, 2 * shift)}
        moved = [accuracy(padded[:, y : y + 28, x : x + 28], frame=False) for y, x in sorted(corners)]
        by_shift[str(shift)] = round(float(np.mean(moved)), 4)
    return {"split": "test", "rows": len(labels), "accuracy": accuracy(images, frame=True),
            "accuracy_unframed": by_shift["0"], "accuracy_by_shift": by_shift}  # fmt: skip


def _digits_recipe(architecture: str, *, epochs: int, learning_rate: float, weight_decay: float) -> None:
    facts = ARCHITECTURES[architecture]
    register(Recipe(
        name=f"{architecture}_mnist",
        title=facts.title,
        task="classification",
        architecture=architecture,
        dataset=MNIST,
        labels=LABELS,
        inputs=INPUTS,
        outputs=OUTPUTS,
        module=lambda: DigitReader(facts.build()),
        taps={"field": "field", "window": "window", **{f"net.{tap}": tap for tap in facts.taps}},
        train=_train(epochs, learning_rate, weight_decay),
        examples=lambda: (torch.randint(256, (2, 37, 53, 3), dtype=torch.uint8), torch.tensor(True)),
        probes=_probes,
        evaluate=evaluate,
    ))  # fmt: skip


_digits_recipe("softmax", epochs=10, learning_rate=3e-3, weight_decay=0)
_digits_recipe("mlp", epochs=20, learning_rate=2e-3, weight_decay=0.01)
_digits_recipe("lenet5", epochs=40, learning_rate=3e-3, weight_decay=0.01)
