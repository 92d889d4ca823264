"""A window that reads digits, and the same weights as one convolution over the whole sheet."""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from exporter.architectures import PAPERS
from exporter.architectures.sliding_window import STRIDE, WINDOW, as_window
from exporter.datasets.digit_sheets import DIGITS, IGNORED, NOTHING, answers, sheets
from exporter.datasets.mnist import LABELS, MNIST, digits
from exporter.framing import LUMA, area_weights, border_mean, cleaned
from exporter.recipes import Port, Recipe, Run, register
from exporter.training.augment_digits import distorted
from exporter.training.fit import fit

CLASSES = (*LABELS, "nothing")
SIDE = 84  # of the sheets to learn from, in pixels
BATCH, BATCHES, EPOCHS = 32, 200, 12
CHECKPOINT = "sliding_digits.pt"  # of both: one training
RARE = 0.3  # how much the windows with nothing in their middle count, together, beside those with a digit


def inked(image: Tensor) -> Tensor:
    """uint8 RGB [batch, height, width, 3] → ink from 0 to 255, [batch, height, width]: dark on light or light on dark."""
    ink = (image.float() * torch.tensor(LUMA)).sum(-1) / 255
    ground = border_mean(ink)
    light = ground > 0.5
    return (cleaned(torch.where(light, 1 - ink, ink), torch.where(light, 1 - ground, ground)) * 255).round()


class WindowReader(nn.Module):
    """uint8 [batch, height, width, 3], frame → probabilities [batch, 11]: the picture, shrunk to the window, is read."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net, self.framed = net, nn.Identity()

    def forward(self, image: Tensor, frame: Tensor) -> Tensor:
        ink = torch.where(frame, inked(image), (image.float() * torch.tensor((0.0, 1, 0))).sum(-1))
        _, height, width = ink.shape
        one = torch.ones(1)
        scale = max(height, width) * one / WINDOW
        rows, columns = area_weights(height * one / 2, scale, height), area_weights(width * one / 2, scale, width)
        return self.net(self.framed((rows @ (ink / 255) @ columns.transpose(1, 2)).unsqueeze(1))).softmax(1)


class SheetReader(nn.Module):
    """uint8 [1, height, width, 3] → probabilities [rows, columns, 11] of the window at each place, ink uint8 [height, width]"""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net, self.framed = net, nn.Identity()

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        ink = inked(image)
        return self.net(self.framed((ink / 255).unsqueeze(1)))[0].softmax(0).permute(1, 2, 0), ink[0].to(torch.uint8)


def window_loss(logits: Tensor, said: Tensor) -> Tensor:
    """Cross-entropy over windows with a digit, and RARE times that over windows with nothing; in between no loss."""
    each = F.cross_entropy(logits, said, ignore_index=IGNORED, reduction="none")
    digit, nothing = (said >= 0) & (said != NOTHING), said == NOTHING
    return sum(weight * each[of].sum() / of.sum().clamp(min=1) for of, weight in ((digit, 1.0), (nothing, RARE)))


def drawn(images: Tensor, labels: Tensor, side: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """MNIST's images and labels [count * DIGITS, ...] → inks [count, 1, side, side] and answers [count, cells, cells]."""
    inks, boxes = sheets(images, side, generator)
    return inks.unsqueeze(1), answers(boxes, labels.view(-1, DIGITS), (side - WINDOW) // STRIDE + 1, WINDOW, STRIDE)


def trained(checkpoint: Path) -> dict[str, Tensor]:
    """Weights of the convolution, trained on sheets as a whole: their windows are what is learned."""
    images, labels = digits("train")

    def batches(generator: torch.Generator):
        for _ in range(BATCHES):
            chosen = torch.randint(len(images), (BATCH * DIGITS,), generator=generator)
            fields = distorted(images[chosen], labels[chosen], generator)[:, 0]
            yield drawn(fields, labels[chosen], SIDE, generator)

    torch.manual_seed(0)
    net = PAPERS["sliding_window"].build(classes=len(CLASSES))
    fit(net, batches, BATCHES, window_loss, epochs=EPOCHS, learning_rate=3e-3, checkpoint=checkpoint.with_name(CHECKPOINT))
    return net.state_dict()


def _judged(count: int, side: int) -> tuple[np.ndarray, np.ndarray]:
    """The same sheets each time, of MNIST's test split: light on dark uint8 [count, side, side, 3], and their answers."""
    images, labels = digits("test")
    generator = torch.Generator().manual_seed(1)
    chosen = torch.randint(len(images), (count * DIGITS,), generator=generator)
    inks, said = drawn(images[chosen].float() / 255, labels[chosen], side, generator)
    return (inks[:, 0, :, :, None] * 255).round().byte().expand(-1, -1, -1, 3).numpy(), said.numpy()


def _figures(found: np.ndarray, said: np.ndarray) -> dict:
    """Accuracy on windows with a digit in their middle, and on those with nothing; `found` and `said` are classes."""
    digit, nothing = (said >= 0) & (said != NOTHING), said == NOTHING
    right = found == said
    return {
        "split": "windows of sheets with digits of the test split",
        "rows": int(digit.sum() + nothing.sum()),
        "accuracy": round(float(right[digit].mean()), 4),
        "accuracy_nothing": round(float(right[nothing].mean()), 4),
    }


def _evaluate_sheets(run: Run) -> dict:
    pictures, said = _judged(200, 96)
    found = np.stack([run({"image": picture[None]})["probabilities"].argmax(-1) for picture in pictures])
    return _figures(found, said)


def _evaluate_windows(run: Run) -> dict:
    pictures, said = _judged(100, 96)
    cut = np.lib.stride_tricks.sliding_window_view(pictures, (WINDOW, WINDOW), (1, 2))[:, ::STRIDE, ::STRIDE]
    windows = cut.transpose(0, 1, 2, 4, 5, 3).reshape(-1, WINDOW, WINDOW, 3)
    off = np.array(False)
    found = [run({"image": part, "frame": off})["probabilities"].argmax(-1) for part in np.array_split(windows, 40)]
    return _figures(np.concatenate(found).reshape(said.shape), said)


def _pictures(*sizes: tuple[int, ...]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randint(256, (*size, 3), generator=generator, dtype=torch.uint8) for size in sizes]


def _train_sheets(reader: nn.Module, checkpoint: Path) -> None:
    reader.net.load_state_dict(trained(checkpoint))


def _train_windows(reader: nn.Module, checkpoint: Path) -> None:
    reader.net.load_state_dict(as_window(trained(checkpoint)))


def _taps(architecture: str) -> dict[str, str]:
    return {"framed": "framed", **{f"net.{tap}": tap for tap in PAPERS[architecture].taps}}


register(Recipe(
    name="window_digits",
    title="Window that reads a digit",
    task="classification",
    architecture="window",
    dataset=MNIST,
    labels=CLASSES,
    inputs=(
        Port("image", "uint8", ("batch", "height", "width", 3), "RGB windows, each read as a whole, of any size"),
        Port("frame", "bool", (), "clean the paper; off: the green channel is the ink, 255 the darkest", True),
    ),
    outputs=(Port("probabilities", "float32", ("batch", len(CLASSES)), "of each digit in the window's middle, and of none"),),
    module=lambda: WindowReader(PAPERS["window"].build(classes=len(CLASSES))),
    taps=_taps("window"),
    train=_train_windows,
    examples=lambda: (torch.randint(256, (2, 37, 53, 3), dtype=torch.uint8), torch.tensor(True)),
    probes=lambda: [(picture, torch.tensor(frame)) for frame in (True, False)
                    for picture in _pictures((1, 28, 28), (5, 28, 28), (2, 90, 40), (1, 1, 1))],
    evaluate=_evaluate_windows,
))  # fmt: skip
register(Recipe(
    name="sliding_digits",
    title="Sliding window as one convolution",
    task="sliding window",
    architecture="sliding_window",
    dataset=MNIST,
    labels=CLASSES,
    inputs=(Port("image", "uint8", (1, "height", "width", 3),
                 "RGB picture of at least 28x28 pixels, dark on light or light on dark; a digit of 13 to 25 pixels is found"),),
    outputs=(
        Port("probabilities", "float32", ("rows", "columns", len(CLASSES)),
             "what a window of 28x28 says at each place, 4 pixels from one to the next: each digit, or nothing"),
        Port("ink", "uint8", ("height", "width"), "the cleaned picture that the windows lie in"),
    ),
    module=lambda: SheetReader(PAPERS["sliding_window"].build(classes=len(CLASSES))),
    taps=_taps("sliding_window"),
    train=_train_sheets,
    examples=lambda: (torch.randint(256, (1, 61, 85, 3), dtype=torch.uint8),),
    probes=lambda: [(picture,) for picture in _pictures((1, 28, 28), (1, 84, 84), (1, 57, 141), (1, 128, 128))],
    evaluate=_evaluate_sheets,
))  # fmt: skip
