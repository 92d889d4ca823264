"""Detectors: one architecture and one loss, for animals in photos, for blood cells under the microscope, and for drawn digits."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from exporter.architectures import PAPERS
from exporter.architectures.yolo import CELL
from exporter.datasets import Dataset, animals, blood_cells
from exporter.datasets.boxed import boxed_photos, truths
from exporter.detector import IOU, SCORE, Detector, measured, ports
from exporter.recipes import Recipe, Run, register
from exporter.training.augment_boxes import Changes, changed
from exporter.training.detection_loss import assigned, detection_loss
from exporter.training.fit import fit
from exporter.training.fold import folded
from exporter.training.pretrained import pretrained

BATCH = 32
REAL_PROBES = 200  # pictures


@dataclass(frozen=True)
class Training:
    """Settings of one detector's training.

    Attributes:
        sizes: (height, width) of the pictures, each for an equal part of the epochs.
        changes: how the photos are varied.
        overlap: weight of 1 - GIoU beside the lecture's loss.
        smoothing: of the classes' labels.
        backbone: the recipe whose weights the ResNet begins with; none, then it begins at random.
    """

    epochs: int
    sizes: tuple[tuple[int, int], ...]
    learning_rate: float = 1.5e-3
    changes: Changes = field(default_factory=Changes)
    overlap: float = 2.0
    smoothing: float = 0.05
    backbone: str | None = "resnet_imagenette"


def _train(net: Callable[[], nn.Module], photos: Callable[[], tuple[Tensor, Tensor, Tensor]], training: Training,
           curve: list[float]):  # fmt: skip
    """`photos` as `boxed_photos` returns them; losses go to `curve`."""

    def train(detector: nn.Module, checkpoint: Path) -> None:
        trained = net().to(memory_format=torch.channels_last)
        if training.backbone:
            trained.backbone.load_state_dict(pretrained(training.backbone, checkpoint.parent), strict=False)  # but for its fc
        (images, extents, objects), size = photos(), list(training.sizes)

        def grow(epoch: int) -> None:
            size[0] = training.sizes[epoch * len(training.sizes) // training.epochs]

        def batches(generator: torch.Generator):
            height, width = size[0]
            for chosen in torch.randperm(len(images), generator=generator).split(BATCH)[: len(images) // BATCH]:
                pictures, found = changed(images, extents, objects, chosen, height, width, training.changes, generator)
                yield pictures, assigned(found, height // CELL, width // CELL, trained.reach)

        loss = detection_loss(trained.reach, training.overlap, training.smoothing)
        fit(trained, batches, len(images) // BATCH, loss, epochs=training.epochs, learning_rate=training.learning_rate,
            weight_decay=0.05, average=0.998, checkpoint=checkpoint, half=True, before_epoch=grow, curve=curve)  # fmt: skip
        weights = folded(trained).state_dict()
        detector.net.load_state_dict({name: weights[name].contiguous() for name in detector.net.state_dict()})

    return train


def _thresholds(score: float = SCORE, iou: float = IOU) -> tuple[Tensor, Tensor]:
    return torch.tensor(score), torch.tensor(iou)


def _probes() -> list[tuple[Tensor, ...]]:
    """Noise, small, large, flat, tall, a single pixel; thresholds that leave nothing, some, and all boxes."""
    generator = torch.Generator().manual_seed(0)
    sizes = [(224, 224), (375, 500), (31, 201), (641, 479), (1, 1)]
    pictures = [torch.randint(256, (1, *size, 3), generator=generator, dtype=torch.uint8) for size in sizes]
    return [(picture, *_thresholds(*pair)) for picture in pictures for pair in ((0.999, 0.5), (0.02, 0.5), (0.0, 0.9))]


def _yolo_recipe(
    name: str, title: str, dataset: Dataset, labels: tuple[str, ...], *, height: int, width: int, reach: int,
    photos: Callable[[], tuple[Tensor, Tensor, Tensor]], judged: Callable[[], list], split: str, training: Training,
) -> None:  # fmt: skip
    """`height`, `width` of the letterboxed picture as served; `judged` gives the pictures, boxes and classes to measure on."""
    facts, curve = PAPERS["yolo"], []
    inputs, outputs = ports(labels, height, width)

    def net() -> nn.Module:
        return facts.build(classes=len(labels), reach=reach)

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
        module=lambda: Detector(folded(net()), height, width),
        taps={"framing": "framed", "cell_boxes": "cell_boxes", "cell_scores": "cell_scores",
              **{f"net.{tap}": tap.rpartition(".")[2] for tap in facts.taps}},
        train=_train(net, photos, training, curve),
        examples=lambda: (torch.randint(256, (1, 137, 153, 3), dtype=torch.uint8), *_thresholds(0.02)),
        probes=_probes,
        evaluate=evaluate,
        real_probes=lambda: [(torch.tensor(image)[None], *_thresholds()) for image, _, _ in judged()[:REAL_PROBES]],
    ))  # fmt: skip


_yolo_recipe(
    "yolo_animals", "YOLO for animals in photos", animals.ANIMALS, animals.LABELS, height=224, width=224, reach=3, split="val",
    photos=lambda: boxed_photos(animals.ANIMALS, "train", animals.SIDE, animals.SIDE),
    judged=lambda: truths(animals.ANIMALS, "val"),
    training=Training(48, ((160, 160), (192, 192), (224, 224))),
)  # fmt: skip
