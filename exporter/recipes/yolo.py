"""Detectors, one architecture and one loss: animals in photos, blood cells under the microscope, digits that are drawn."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from exporter.architectures import PAPERS
from exporter.architectures.yolo import CELL
from exporter.datasets import Dataset, animals, blood_cells, mnist
from exporter.datasets.animals import ANIMALS
from exporter.datasets.blood_cells import BLOOD_CELLS
from exporter.datasets.boxed import boxed_photos, truths
from exporter.datasets.canvases import canvases, judged_canvases
from exporter.datasets.mnist import MNIST, digits
from exporter.photos import normalised
from exporter.recipes import Recipe, Run, register
from exporter.recipes.detector import IOU, SCORE, Detector, measured, ports
from exporter.training.augment_boxes import Changes, changed
from exporter.training.augment_digits import distorted
from exporter.training.detection_loss import assigned, detection_loss
from exporter.training.fit import fit
from exporter.training.fold import folded
from exporter.training.pretrained import pretrained

# cells have one size under one microscope, and no up or down
MICROSCOPE = Changes(nearest=1.3, furthest=0.8, stretch=1.1, light=0.3, mosaics=0, upright=False)
REAL_PROBES = 200  # pictures

# (height, width, generator) → one epoch of pictures float [batch, 3, height, width] with objects [batch, most, 5]
Epoch = Callable[[int, int, torch.Generator], Iterator[tuple[Tensor, Tensor]]]


@dataclass(frozen=True)
class Cycle:
    """One rise and fall of the learning rate over `epochs`; `sizes` (height, width) of the pictures, each for an equal part."""

    epochs: int
    sizes: tuple[tuple[int, int], ...]
    learning_rate: float = 1.5e-3


@dataclass(frozen=True)
class Training:
    """Settings of one detector's training.

    Attributes:
        data: loads what it needs; returns the number of batches in an epoch, and what makes an epoch.
        cycles: rises and falls of the learning rate, one after the other.
        overlap: weight of 1 - GIoU beside the lecture's loss.
        smoothing: of the classes' labels.
        average: decay of the moving average of the weights; a short training must forget soon how it began.
        backbone: the recipe whose weights the ResNet begins with; none, then it begins at random.
    """

    data: Callable[[], tuple[int, Epoch]]
    cycles: tuple[Cycle, ...]
    overlap: float = 2.0
    smoothing: float = 0.05
    average: float = 0.998
    backbone: str | None = "resnet_imagenette"


def _photos(dataset: Dataset, height: int, width: int, batch: int, changes: Changes):
    """The training split, kept at height x width, varied."""

    def load() -> tuple[int, Epoch]:
        images, extents, objects = boxed_photos(dataset, "train", height, width)

        def epoch(height: int, width: int, generator: torch.Generator):
            for chosen in torch.randperm(len(images), generator=generator).split(batch)[: len(images) // batch]:
                yield changed(images, extents, objects, chosen, height, width, changes, generator)

        return len(images) // batch, epoch

    return load


def _drawn_digits(batch: int, batches: int):
    """Sheets with digits from MNIST's training split, distorted; no sheet comes twice."""

    def load() -> tuple[int, Epoch]:
        images, labels = digits("train")

        def epoch(height: int, width: int, generator: torch.Generator):
            for _ in range(batches):
                chosen = torch.randint(len(images), (2 * batch,), generator=generator)
                fields = distorted(images[chosen], labels[chosen], generator)[:, 0]
                pictures, objects = canvases(fields, labels[chosen], batch, width, generator)
                pictures = normalised(pictures.permute(0, 3, 1, 2).float())
                yield pictures.contiguous(memory_format=torch.channels_last), objects

        return batches, epoch

    return load


def _train(net: Callable[[], nn.Module], training: Training, curve: list[float]):
    """Losses go to `curve`."""

    def train(detector: nn.Module, checkpoint: Path) -> None:
        trained = net().to(memory_format=torch.channels_last)
        if training.backbone:
            trained.backbone.load_state_dict(pretrained(training.backbone, checkpoint.parent), strict=False)  # but for its fc
        count, epoch = training.data()
        loss = detection_loss(trained.reach, training.overlap, training.smoothing)
        for number, cycle in enumerate(training.cycles):
            size, losses = list(cycle.sizes), []

            def grow(epoch: int, cycle=cycle, size=size) -> None:
                size[0] = cycle.sizes[epoch * len(cycle.sizes) // cycle.epochs]

            def batches(generator: torch.Generator, size=size):
                height, width = size[0]
                for pictures, objects in epoch(height, width, generator):
                    yield pictures, assigned(objects, height // CELL, width // CELL, trained.reach)

            file = checkpoint.with_stem(f"{checkpoint.stem}_{number + 1}") if number else checkpoint
            fit(trained, batches, count, loss, epochs=cycle.epochs, seed=number, learning_rate=cycle.learning_rate,
                weight_decay=0.05, average=training.average, checkpoint=file, half=True, before_epoch=grow,
                curve=losses)  # fmt: skip
            trained.to(memory_format=torch.channels_last)
            curve.extend(losses)
        weights = folded(trained).state_dict()
        detector.net.load_state_dict({name: weights[name].contiguous() for name in detector.net.state_dict()})

    return train


def _thresholds(score: float = SCORE, iou: float = IOU) -> tuple[Tensor, Tensor]:
    return torch.tensor(score), torch.tensor(iou)


def _probes() -> list[tuple[Tensor, ...]]:
    """Noise, small, large, flat, tall, a single pixel; thresholds that leave no boxes, or some.

    Not all: the empty cells beside a flat picture are equally sure, and which comes first is anyone's choice.
    """
    generator = torch.Generator().manual_seed(0)
    sizes = [(224, 224), (375, 500), (31, 201), (641, 479), (1, 1)]
    pictures = [torch.randint(256, (1, *size, 3), generator=generator, dtype=torch.uint8) for size in sizes]
    return [(picture, *_thresholds(*pair)) for picture in pictures for pair in ((0.999, 0.5), (0.02, 0.5), (0.01, 0.9))]


def _yolo_recipe(
    name: str, title: str, dataset: Dataset, labels: tuple[str, ...], training: Training, *, size: tuple[int, int], split: str,
    judged: Callable[[], list[tuple[np.ndarray, np.ndarray, np.ndarray]]], **net,
) -> None:  # fmt: skip
    """`size` (height, width) of the letterboxed picture as served; `judged` gives the pictures, boxes and classes to measure
    on, which `split` describes; `net` are the architecture's arguments."""
    facts, curve = PAPERS["yolo"], []
    inputs, outputs = ports(labels, *size)
    build = partial(facts.build, classes=len(labels), **net)

    def evaluate(run: Run) -> dict:
        pictures = judged()
        losses = {str(epoch): round(loss, 4) for epoch, loss in enumerate(curve, 1)}
        return {"split": split, "rows": len(pictures), **measured(run, pictures, labels), "training_loss": losses}

    register(Recipe(
        name=name,
        title=title,
        task="detection",
        architecture="yolo",
        dataset=dataset,
        labels=labels,
        inputs=inputs,
        outputs=outputs,
        module=lambda: Detector(folded(build()), *size),
        taps={"framing": "framed", "cell_boxes": "cell_boxes", "cell_scores": "cell_scores",
              **{f"net.{tap}": tap.rpartition(".")[2] for tap in facts.taps}},
        train=_train(build, training, curve),
        examples=lambda: (torch.randint(256, (1, 137, 153, 3), dtype=torch.uint8), *_thresholds(0.02)),
        probes=_probes,
        evaluate=evaluate,
        real_probes=lambda: [(torch.tensor(image)[None], *_thresholds()) for image, _, _ in judged()[:REAL_PROBES]],
    ))  # fmt: skip


_yolo_recipe(
    "yolo_animals", "YOLO for animals in photos", ANIMALS, animals.LABELS,
    Training(_photos(ANIMALS, animals.SIDE, animals.SIDE, 32, Changes()), (Cycle(48, ((160, 160), (192, 192), (224, 224))),)),
    size=(224, 224), reach=3, split="val", judged=lambda: truths(ANIMALS, "val"),
)  # fmt: skip
_yolo_recipe(
    "yolo_blood_cells", "YOLO for blood cells", BLOOD_CELLS, blood_cells.LABELS,
    Training(
        _photos(BLOOD_CELLS, 384, 512, 16, MICROSCOPE), (Cycle(90, ((288, 384),)), Cycle(36, ((384, 512),), 1e-3)), average=0.98
    ),
    size=(384, 512), reach=2, split="val", judged=lambda: truths(BLOOD_CELLS, "val"),
)  # fmt: skip
_yolo_recipe(
    "yolo_digits", "YOLO for drawn digits", MNIST, mnist.LABELS,
    Training(_drawn_digits(32, 250), (Cycle(8, ((192, 192),), 3e-3),), overlap=0, smoothing=0, backbone=None),
    size=(192, 192), reach=1, width=0.2, split="sheets drawn with digits of the test split",
    judged=lambda: judged_canvases(500),
)  # fmt: skip
