"""The localiser: one animal in a photo, its class and its box, in the lecture's vector."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from exporter.architectures import PAPERS
from exporter.architectures.localizer import SIDE
from exporter.datasets.animals import ANIMALS, LABELS
from exporter.datasets.boxed import NOTHING
from exporter.datasets.one_animal import one_animal
from exporter.letterbox import Letterbox
from exporter.recipes import Port, Recipe, Run, register
from exporter.training.augment_boxes import Changes, changed
from exporter.training.detection_loss import generalised_iou
from exporter.training.fit import fit
from exporter.training.fold import folded
from exporter.training.localisation_loss import corners, localisation_loss, targets
from exporter.training.pretrained import pretrained

BATCH, EPOCHS = 48, 11
KNOWN = ("stem", "stage1")  # of the backbone: edges and textures are those of any photo; they learn no more
THINGS = {"train": 600, "val": 200}  # photos without animals
CHANGES = Changes(nearest=1.4, furthest=0.75, mosaics=0)


class Localiser(nn.Module):
    """uint8 [batch, height, width, 3] → probabilities [batch, classes], box [batch, 4], y [batch, 5 + classes]."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.framing, self.net = Letterbox(SIDE, SIDE), net

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z = self.net(self.framing(image))
        box = self.framing.back(corners(z[:, 1:5].sigmoid()) * SIDE, image)
        _, height, width, _ = image.shape
        own = torch.stack([width * z.new_ones(()), height * z.new_ones(())]).repeat(2)
        x1, y1, x2, y2 = (box / own).unbind(1)
        probabilities = z[:, 5:].softmax(1)
        place = torch.stack([(x1 + x2) / 2, (y1 + y2) / 2, y2 - y1, x2 - x1], 1)
        return probabilities, box, torch.cat([z[:, :1].sigmoid(), place, probabilities], 1)


def _train(curve: list[float]):
    def train(localiser: nn.Module, checkpoint: Path) -> None:
        images, extents, objects = one_animal("train", THINGS["train"])
        net = PAPERS["localizer"].build(classes=len(LABELS)).to(memory_format=torch.channels_last)
        net.backbone.load_state_dict(pretrained("resnet_imagenette", checkpoint.parent), strict=False)  # but for its fc
        for part in KNOWN:
            net.backbone.get_submodule(part).requires_grad_(False)

        def batches(generator: torch.Generator):
            for chosen in torch.randperm(len(images), generator=generator).split(BATCH)[: len(images) // BATCH]:
                pictures, found = changed(images, extents, objects, chosen, SIDE, SIDE, CHANGES, generator)
                yield pictures, targets(found, objects[chosen, 0, 4] != NOTHING, SIDE)

        fit(net, batches, len(images) // BATCH, localisation_loss(places=5, overlap=1, smoothing=0.05), epochs=EPOCHS,
            learning_rate=1.5e-3, weight_decay=0.05, average=0.995, checkpoint=checkpoint, half=True, curve=curve)  # fmt: skip
        weights = folded(net).state_dict()
        localiser.net.load_state_dict({name: weights[name].contiguous() for name in localiser.net.state_dict()})

    return train


def evaluate(run: Run) -> dict:
    """On photos of the validation split with one animal, and on pictures without any."""
    images, _extents, objects = one_animal("val", THINGS["val"])
    said = [run({"image": part.numpy()}) for part in images.split(32)]
    probabilities, box, y = (np.concatenate([part[name] for part in said]) for name in ("probabilities", "box", "y"))
    truth = objects[:, 0].numpy()
    here = truth[:, 4] != NOTHING
    right = probabilities.argmax(1)[here] == truth[here, 4]
    found = torch.from_numpy(box[here]), torch.from_numpy(truth[here, :4])
    iou = np.array([_iou(*pair) for pair in zip(*(boxes.tolist() for boxes in found), strict=True)])
    return {
        "split": "val, photos with one animal; windows and photos without",
        "rows": len(images),
        "animals": int(here.sum()),
        "accuracy": round(float(right.mean()), 4),
        "accuracy_presence": round(float(((y[:, 0] > 0.5) == here).mean()), 4),
        "mean_iou": round(float(iou.mean()), 4),
        "iou_over_half": round(float((iou > 0.5).mean()), 4),
        "localised": round(float((right & (iou > 0.5)).mean()), 4),
        "mean_giou": round(float(generalised_iou(*found).mean()), 4),
    }


def _iou(a: list[float], b: list[float]) -> float:
    inner = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
    return inner / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inner)


def _probes() -> list[tuple[Tensor, ...]]:
    generator = torch.Generator().manual_seed(0)
    sizes = [(1, 128, 128), (3, 128, 150), (2, 375, 500), (1, 31, 201), (1, 641, 479), (1, 1, 1)]
    return [(torch.randint(256, (*size, 3), generator=generator, dtype=torch.uint8),) for size in sizes]


_curve: list[float] = []
register(Recipe(
    name="localizer_animals",
    title="Localiser of one animal",
    task="localisation",
    architecture="localizer",
    dataset=ANIMALS,
    labels=LABELS,
    inputs=(Port("image", "uint8", ("batch", "height", "width", 3), "RGB photos of any size; all of them is looked at"),),
    outputs=(
        Port("probabilities", "float32", ("batch", len(LABELS)), "of each animal, if there is one"),
        Port("box", "float32", ("batch", 4), "x1 y1 x2 y2 in the photo's pixels"),
        Port("y", "float32", ("batch", 5 + len(LABELS)),
             "p_c, b_x, b_y, b_h, b_w in shares of the photo's sides, then the probabilities"),
    ),
    module=lambda: Localiser(folded(PAPERS["localizer"].build(classes=len(LABELS)))),
    taps={"framing": "framed", **{f"net.{tap}": tap.rpartition(".")[2] for tap in PAPERS["localizer"].taps}},
    train=_train(_curve),
    examples=lambda: (torch.randint(256, (2, 137, 153, 3), dtype=torch.uint8),),
    probes=_probes,
    evaluate=lambda run: {**evaluate(run), "training_loss": {str(n): round(loss, 4) for n, loss in enumerate(_curve, 1)}},
))  # fmt: skip
