"""The lectures' nets on the same ten classes of photos, each with its own blocks, narrow enough for 8 MB; and the pair that
shows why ResNet has shortcuts: 20 and 56 layers, plain and residual, on small photos, trained alike.

All are trained alike, from scratch: small images first, larger ones later (Howard's progressive resizing), which costs half;
then served at a larger size still, since random windows show things larger than whole photos do (Touvron et al. 2019,
arXiv:1906.06423).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from exporter.architectures import ARCHITECTURES
from exporter.datasets.imagenette import IMAGENETTE, LABELS, photos
from exporter.photos import PhotoFraming
from exporter.recipes import Port, Recipe, Run, register
from exporter.training.augment_photos import photographed
from exporter.training.fit import fit
from exporter.training.fold import folded

BATCH = 64
CLASSES = len(LABELS)
INPUTS = (Port("image", "uint8", ("batch", "height", "width", 3), "RGB photos of any size; their middle square is looked at"),)
OUTPUTS = (Port("probabilities", "float32", ("batch", CLASSES), "probability of each class"),)


class PhotoClassifier(nn.Module):
    """uint8 photos [batch, height, width, 3] → probabilities [batch, 10]: framing, net (its batch norm folded), softmax."""

    def __init__(self, net: nn.Module, size: int):
        super().__init__()
        self.framing, self.net = PhotoFraming(size), net

    def forward(self, image: Tensor) -> Tensor:
        return self.net(self.framing(image)).softmax(1)


def _loss(outputs: Tensor | tuple[Tensor, ...], targets: Tensor) -> Tensor:
    """Cross-entropy with smoothed labels (Szegedy et al. 2015, §7); auxiliary heads count 0.3 (Szegedy et al. 2014, §5)."""
    logits, *auxiliary = outputs if isinstance(outputs, tuple) else (outputs,)
    value = F.cross_entropy(logits.float(), targets, label_smoothing=0.1)
    return value + sum(0.3 * F.cross_entropy(head.float(), targets, label_smoothing=0.1) for head in auxiliary)


@dataclass(frozen=True)
class Cycle:
    """One rise and fall of the learning rate over `epochs`, cut into equal parts, one for each of `sizes` (pixels)."""

    epochs: int
    sizes: tuple[int, ...] = (64, 80, 96)
    learning_rate: float = 4e-3


def _train(net: Callable[[], nn.Module], cycles: tuple[Cycle, ...], curve: list[float]):
    """`net` may have heads that the served net lacks; losses go to `curve`.

    A further cycle begins with the weights that the one before ended with (Loshchilov & Hutter 2017, arXiv:1608.03983).
    """

    def train(classifier: nn.Module, checkpoint: Path) -> None:
        images, labels = photos("train")
        trained = net().to(memory_format=torch.channels_last)
        for number, cycle in enumerate(cycles):
            sizes, losses = list(cycle.sizes), []

            def grow(epoch: int, cycle=cycle, sizes=sizes) -> None:
                sizes[0] = cycle.sizes[epoch * len(cycle.sizes) // cycle.epochs]

            def batches(generator: torch.Generator, sizes=sizes):
                for chosen in torch.randperm(len(images), generator=generator).split(BATCH)[: len(images) // BATCH]:
                    yield photographed(images[chosen], sizes[0], generator), labels[chosen]

            file = checkpoint.with_stem(f"{checkpoint.stem}_{number + 1}") if number else checkpoint
            trained = fit(trained, batches, len(images) // BATCH, _loss, epochs=cycle.epochs, seed=number,
                          learning_rate=cycle.learning_rate, weight_decay=0.05, average=0.998, checkpoint=file, half=True,
                          before_epoch=grow, curve=losses)  # fmt: skip
            curve.extend(losses)
        weights = folded(trained).state_dict()
        classifier.net.load_state_dict({name: weights[name].contiguous() for name in classifier.net.state_dict()})

    return train


def _probes() -> list[tuple[Tensor, ...]]:
    """Small, large, flat, tall, odd; one and several."""
    generator = torch.Generator().manual_seed(0)
    sizes = [(1, 112, 112), (3, 112, 150), (2, 375, 500), (1, 31, 201), (1, 641, 479), (1, 1, 1)]
    return [(torch.randint(256, (*size, 3), generator=generator, dtype=torch.uint8),) for size in sizes]


def evaluate(run: Run) -> dict:
    """Accuracy on the whole of Imagenette's validation split, which no training sees; and by class."""
    images, labels = (tensor.numpy() for tensor in photos("val"))
    answers = np.concatenate([run({"image": part})["probabilities"] for part in np.array_split(images, 40)]).argmax(1)
    right = answers == labels
    by_class = {label: round(float(right[labels == index].mean()), 4) for index, label in enumerate(LABELS)}
    return {"split": "val", "rows": len(labels), "accuracy": round(float(right.mean()), 4), "accuracy_by_class": by_class}


def _photo_recipe(
    name: str,
    architecture: str,
    *,
    title: str,
    cycles: tuple[Cycle, ...],
    size: int = 112,
    heads: dict | None = None,
    **narrow,
) -> None:
    """`size` is the served one in pixels, `narrow` are the net's arguments, `heads` those in training only."""
    facts, curve = ARCHITECTURES[architecture], []
    register(Recipe(
        name=f"{name}_imagenette",
        title=title,
        task="classification",
        architecture=architecture,
        dataset=IMAGENETTE,
        labels=LABELS,
        inputs=INPUTS,
        outputs=OUTPUTS,
        module=lambda: PhotoClassifier(folded(facts.build(classes=CLASSES, **narrow)), size),
        taps={"framing": "framed", **{f"net.{tap}": tap for tap in facts.taps}},
        train=_train(lambda: facts.build(classes=CLASSES, **narrow, **(heads or {})), cycles, curve),
        examples=lambda: (torch.randint(256, (2, 137, 153, 3), dtype=torch.uint8),),
        probes=_probes,
        evaluate=lambda run: {**evaluate(run), "training_loss": {str(n): round(loss, 4) for n, loss in enumerate(curve, 1)}},
    ))  # fmt: skip


_photo_recipe("alexnet", "alexnet", title="AlexNet, 0.75 as wide", width=0.75, hidden=None, lrn_operator=False, size=128,
              cycles=(Cycle(32, (80, 96, 112), 1e-3),))  # fmt: skip
_photo_recipe("vgg", "vgg16", title="VGG-16, a quarter as wide", width=0.25, hidden=None, batch_norm=True, cycles=(Cycle(40),))
_photo_recipe("googlenet", "googlenet", title="GoogLeNet, half as wide", width=0.5, batch_norm=True, heads={"aux": True},
              cycles=(Cycle(50),))  # fmt: skip
_photo_recipe("inception_v3", "inception_v3", title="Inception v3, 0.3 as wide", width=0.3, heads={"aux": True}, size=171,
              cycles=(Cycle(32, (112, 128, 144)), Cycle(16, (128, 144), 2e-3)))  # fmt: skip
_photo_recipe("resnet", "resnet18", title="ResNet-18, 0.4 as wide", width=0.4, size=144, cycles=(Cycle(60, (96, 112, 128)),))
_photo_recipe("mobilenet_v2", "mobilenet_v2", title="MobileNet v2, 0.75 as wide", width=0.75, size=144,
              cycles=(Cycle(40, (80, 96, 112)), Cycle(24, (112, 128), 2e-3)))  # fmt: skip

for _name in ("plain20", "plain56", "resnet20", "resnet56"):
    _photo_recipe(_name, _name, title=f"{ARCHITECTURES[_name].title} on 32x32 photos", size=32, cycles=(Cycle(16, (32,)),))
