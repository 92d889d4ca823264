"""Detectors without data and without training: boxes through letterbox, augmentation, cells, loss, suppression and graph."""

import datasets
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

from exporter.architectures import PAPERS
from exporter.architectures.yolo import CELL, decoded
from exporter.average_precision import ious
from exporter.datasets import Dataset
from exporter.datasets.boxed import NOTHING, boxed_photos, truths
from exporter.datasets.canvases import MOST, canvases
from exporter.export import compare, load_weights, runner, session, to_onnx
from exporter.letterbox import Letterbox
from exporter.photos import DEVIATION, MEAN
from exporter.recipes import RECIPES
from exporter.recipes.detector import measured
from exporter.suppression import OPERATORS, suppressed
from exporter.training.augment_boxes import Changes, changed
from exporter.training.detection_loss import assigned, detection_loss, generalised_iou, loss_terms

NAMES = [name for name, recipe in RECIPES.items() if recipe.task == "detection"]


def plainly_suppressed(boxes, scores, score_threshold, iou_threshold, most=100):
    """Non-maximum suppression as a textbook writes it: rows (class, cell), class by class, the surest first."""
    kept = []
    for kind in range(len(scores)):
        for cell in sorted(np.flatnonzero(scores[kind] > score_threshold), key=lambda cell: -scores[kind, cell]):
            mine = [other for k, other in kept if k == kind]
            if len(mine) < most and all(ious(boxes[[cell]], boxes[[other]])[0, 0] <= iou_threshold for other in mine):
                kept.append((kind, cell))
    return kept


@pytest.fixture(scope="module")
def suppressing():
    """ONNX Runtime's operator, as it comes out of the exporter."""

    class Suppressing(nn.Module):
        def forward(self, boxes, scores, score_threshold, iou_threshold):
            return suppressed(boxes, scores, score_threshold, iou_threshold)

    cells = {1: torch.export.Dim.DYNAMIC}, {2: torch.export.Dim.DYNAMIC}
    example = torch.rand(1, 50, 4), torch.rand(1, 3, 50), torch.tensor(0.3), torch.tensor(0.5)
    program = torch.onnx.export(
        Suppressing().eval(), example, dynamo=True, opset_version=20, input_names=["boxes", "scores", "score", "iou"],
        dynamic_shapes=(*cells, None, None), custom_translation_table=OPERATORS, verbose=False,
    )  # fmt: skip
    opened = session(program.model_proto)
    return lambda *inputs: opened.run(None, dict(zip(("boxes", "scores", "score", "iou"), inputs, strict=True)))[0]


def test_suppression_is_the_plain_one_on_random_boxes(suppressing):
    """Few boxes and many, far apart and in heaps, thresholds from 0 to 1; the operator, torch's and the textbook's agree."""
    generator, survivors = np.random.default_rng(0), 0
    for _ in range(60):
        cells = int(generator.integers(1, 200))
        corner = generator.uniform(0, generator.choice([20, 200]), (cells, 2))
        boxes = np.concatenate([corner, corner + generator.uniform(1, 60, (cells, 2))], 1).astype(np.float32)
        scores = generator.uniform(0, 1, (3, cells)).astype(np.float32)
        thresholds = [np.array(value, np.float32) for value in generator.uniform(0, 1, 2)]
        expected = plainly_suppressed(boxes, scores, *thresholds)
        found = suppressing(boxes[None], scores[None], *thresholds)
        in_torch = suppressed(*(torch.from_numpy(array) for array in (boxes[None], scores[None], *thresholds)))
        assert [tuple(row) for row in found[:, 1:].tolist()] == expected
        np.testing.assert_array_equal(in_torch.numpy(), found)
        survivors += len(expected)
    assert survivors > 1000
    assert suppressing(boxes[None], scores[None], np.array(1.5, np.float32), np.array(0.5, np.float32)).shape == (0, 3)


def randomised(net: nn.Module) -> nn.Module:
    """As after training: no bias is zero; boxes of all sizes, some cells sure."""
    for tensor in net.state_dict().values():
        if tensor.dim() == 1:
            tensor.normal_(std=0.3)
    return net.eval()


@pytest.mark.parametrize("name", NAMES)
def test_graph_is_what_torch_computes(name):
    """Agrees on the probes, those with hundreds of boxes and those with none among them; ports, taps and weights are there."""
    recipe = RECIPES[name]
    torch.manual_seed(0)
    module = randomised(recipe.module())
    model = to_onnx(recipe, module)
    assert compare(recipe, module, model) < 1e-4
    assert set(recipe.taps.values()) <= {output for node in model.graph.node for output in node.output}
    assert len(model.SerializeToString()) < 7_970_000
    run, image = runner(recipe, model), torch.randint(256, (1, 300, 211, 3), dtype=torch.uint8).numpy()
    everything = run({"image": image, "score_threshold": np.array(0, np.float32), "iou_threshold": np.array(0.5, np.float32)})
    assert len(everything["boxes"]) > 20
    assert (everything["boxes"] >= 0).all() and (everything["boxes"] <= [211, 300, 211, 300]).all()
    assert (np.diff(everything["scores"]) <= 0).all() and set(everything["classes"]) <= set(range(len(recipe.labels)))
    by_default = run({"image": image})
    assert (by_default["scores"] > 0.4).all() and len(by_default["scores"]) == (everything["scores"] > 0.4).sum()
    np.testing.assert_array_equal(by_default["raw"], everything["raw"])
    again = load_weights(recipe.module(), model)
    with torch.inference_mode():
        boxes = again(torch.from_numpy(image), torch.tensor(0.0), torch.tensor(0.5))[0]
    np.testing.assert_allclose(everything["boxes"], boxes.numpy(), atol=1e-2)


def test_boxes_come_back_from_the_letterbox():
    """A white rectangle in photos of several shapes: where it is in the frame, mapped back, is where it was."""
    for height, width in ((200, 300), (640, 480), (40, 90), (1000, 100)):
        image = torch.zeros(1, height, width, 3, dtype=torch.uint8)
        true = torch.tensor([width * 0.2, height * 0.3, width * 0.7, height * 0.8]).round()
        x1, y1, x2, y2 = true.int().tolist()
        image[:, y1:y2, x1:x2] = 255
        letterbox = Letterbox(96, 128)
        framed = letterbox(image)[0].mean(0)
        rows, columns = (torch.nonzero((framed > 0.5).any(axis)).flatten() for axis in (1, 0))
        found = torch.tensor([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]).float()
        tolerance = float(letterbox.scale(image)) + 0.51
        assert (letterbox.back(found, image) - true).abs().max() <= tolerance
        corners = framed[0, 0], framed[-1, -1]  # beside the photo lies the mean colour, exactly
        assert all(corner == 0 for corner in corners) or height / width == 96 / 128


@pytest.mark.parametrize(
    "changes", [Changes(mosaics=0, light=0), Changes(mosaics=1, light=0), Changes(0.9, 0.5, upright=False, light=0)]
)
def test_augmented_boxes_lie_around_what_they_were_drawn_around(changes):
    generator = torch.Generator().manual_seed(1)
    images = torch.zeros(6, 120, 160, 3, dtype=torch.uint8)
    objects = torch.full((6, 3, 5), float(NOTHING))
    for number in range(6):
        x1, y1 = 10 + 12 * number, 20 + 8 * number
        images[number, y1 : y1 + 30, x1 : x1 + 60] = 255
        objects[number, 0] = torch.tensor([x1, y1, x1 + 60, y1 + 30, number % 5])
    extents = torch.tensor([[120.0, 160]]).expand(6, 2)
    pictures, found = changed(images, extents, objects, torch.arange(6), 96, 128, changes, generator)
    assert pictures.shape == (6, 3, 96, 128) and pictures.isfinite().all()
    pixels = pictures[:, 0] * DEVIATION[0] + MEAN[0]
    seen = 0
    for picture, rows in zip(pixels, found, strict=True):
        bright = picture > 0.75  # white; the ground around a photo is grey
        covered = torch.zeros_like(bright)
        for x1, y1, x2, y2, kind in rows.tolist():
            if kind == NOTHING:
                continue
            inner = picture[round(y1) + 2 : round(y2) - 2, round(x1) + 2 : round(x2) - 2]
            assert (inner > 0.75).all(), "the box lies on the rectangle"
            covered[max(0, round(y1) - 2) : round(y2) + 2, max(0, round(x1) - 2) : round(x2) + 2] = True
            seen += 1
        if changes.nearest < 1:  # nothing is cut off: every white pixel is in a box
            assert not (bright & ~covered).any()
    assert seen >= 4


@pytest.mark.parametrize("reach", [1, 2, 3])
def test_a_cell_that_says_its_target_says_the_box(reach):
    """Assigned, written as z, decoded: the true boxes come out of each cell that answers for them, and of no other."""
    objects = torch.tensor(
        [[[10.0, 20, 50, 100, 2], [70, 64, 130, 120, 0], [0, 0, 0, 0, NOTHING]], [[0, 0, 1, 1, NOTHING]] * 3]
    )
    targets = assigned(objects, 8, 10, reach)
    here = targets[:, 0] > 0
    assert here.sum((1, 2)).tolist() == [2 * reach**2, 0]
    raw = torch.cat([targets[:, :1] * 40 - 20, torch.logit(targets[:, 1:3].clamp(1e-6, 1 - 1e-6)), targets[:, 3:5],
                     10 * F.one_hot(targets[:, 5].long().clamp(min=0), 3).permute(0, 3, 1, 2)], 1)  # fmt: skip
    boxes, scores = decoded(raw, reach)
    surest, kinds = scores.max(-1)
    assert torch.equal(surest.reshape(2, 8, 10) > 0.5, here)
    for cell in here[0].flatten().nonzero().flatten().tolist():
        which = objects[0, objects[0, :, 4] == kinds[0, cell]][0]
        assert (boxes[0, cell] * CELL - which[:4]).abs().max() < 1e-2


def test_loss_is_the_lectures():
    """One picture, two cells, one of them with an object: the formula written out with plain numbers."""
    z = torch.tensor([[0.3, -0.2, 0.4, 0.1, -0.5, 1.0, 2.0], [1.5, 9, 9, 9, 9, 9, 9]])
    raw = z.T.reshape(1, 7, 1, 2).requires_grad_()
    objects = torch.tensor([[[2.0, 1, 12, 13, 1]]])  # in the first cell; 10 x 12 pixels around (7, 7)
    targets = assigned(objects, 1, 2, reach=1)
    sigmoid = lambda value: 1 / (1 + np.exp(-value))  # noqa: E731
    object_ = -np.log(sigmoid(0.3)) - np.log(1 - sigmoid(1.5))
    place = (sigmoid(-0.2) - 7 / 16) ** 2 + (sigmoid(0.4) - 7 / 16) ** 2
    size = (0.1 - np.log(10 / 16 / 2)) ** 2 + (-0.5 - np.log(12 / 16 / 2)) ** 2
    kind = -np.log(np.exp(2) / (np.exp(1) + np.exp(2)))
    value = detection_loss(reach=1, overlap=0)(raw, targets)
    assert value.item() == pytest.approx(object_ + place + size + kind, rel=1e-5)
    value.backward()
    assert (raw.grad[0, 1:, 0, 1] == 0).all() and raw.grad[0, 0, 0, 1] != 0  # "?" has no loss, "no object" has
    assert set(loss_terms(raw, targets, 1)) == {"object", "place", "size", "overlap", "class"}


def test_of_two_objects_in_reach_the_nearer_has_the_cell():
    objects = torch.tensor([[[0.0, 0, 16, 16, 0], [16, 0, 32, 16, 1]]])  # centres in the middles of neighbouring cells
    assert assigned(objects, 1, 4, reach=3)[0, 5, 0, :3].tolist() == [0, 1, 1]
    assert assigned(objects, 1, 4, reach=3)[0, 0, 0].tolist() == [1, 1, 1, 0]


def test_generalised_iou_of_known_boxes():
    a = torch.tensor([[0.0, 0, 2, 2], [0, 0, 1, 1], [0, 0, 1, 1]])
    b = torch.tensor([[0.0, 0, 2, 2], [1, 0, 2, 1], [2, 0, 3, 1]])
    assert generalised_iou(a, b).tolist() == pytest.approx([1, 0, -1 / 3])


def test_photos_with_boxes_are_read_scaled_and_centred(tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    (tmp_path / "tiny").mkdir()
    photos = [Image.new("RGB", (80, 40), "white"), Image.new("L", (30, 60), 200)]
    objects = [{"bbox": [[8.0, 4, 16, 20], [40, 10, 8, 8]], "category": [1, 0]}, {"bbox": [[0.0, 0, 30, 60]], "category": [2]}]
    described = {
        "bbox": datasets.List(datasets.List(datasets.Value("float32"))),
        "category": datasets.List(datasets.Value("int64")),
    }
    features = datasets.Features({"image": datasets.Image(), "objects": described})
    rows = datasets.Dataset.from_dict({"image": photos, "objects": objects}, features)
    rows.to_parquet(tmp_path / "tiny" / "val.parquet")
    data = Dataset("tiny", None, "Tiny", "drawn here", "none")
    images, extents, found = boxed_photos(data, "val", 40, 40)
    assert images.shape == (2, 40, 40, 3) and extents.tolist() == [[20, 40], [40, 20]]
    assert found[0].tolist() == [[4, 12, 12, 22, 1], [20, 15, 24, 19, 0]]
    assert found[1, 0].tolist() == [10, 0, 30, 40, 2] and found[1, 1, 4] == NOTHING
    assert (images[0, 10:30] == 255).all() and (images[0, 0, 0] == torch.tensor([124, 116, 104])).all()
    image, boxes, kinds = truths(data, "val")[0]
    assert image.shape == (40, 80, 3) and boxes[0].tolist() == [8, 4, 24, 24] and kinds.tolist() == [1, 0]
    monkeypatch.delenv("PLAYGROUND_DATA")
    with pytest.raises(FileNotFoundError, match="PLAYGROUND_DATA"):
        data.load("val")


def test_sheets_of_digits_have_tight_boxes_apart_from_each_other():
    """Digits of our own making, bars and crosses; the same seed draws the same sheets."""
    fields = torch.zeros(4, 28, 28)
    fields[0, 4:24, 12:16] = fields[1, 12:16, 4:24] = fields[2, 4:24, 4:24] = 1
    fields[3] = torch.maximum(fields[0], fields[1])
    draw = lambda seed: canvases(fields, torch.arange(4), 20, 128, torch.Generator().manual_seed(seed))  # noqa: E731
    sheets, objects = draw(0)
    assert sheets.dtype == torch.uint8 and sheets.shape == (20, 128, 128, 3) and objects.shape == (20, MOST, 5)
    assert torch.equal(sheets, draw(0)[0]) and not torch.equal(sheets, draw(1)[0])
    shown = 0
    for sheet, rows in zip(sheets.float().mean(-1), objects, strict=True):
        rows = rows[rows[:, 4] != NOTHING]
        ground = sheet.median()
        differs = (sheet - ground).abs() > 45
        boxed = torch.zeros_like(differs)
        for x1, y1, x2, y2 in rows[:, :4].int().tolist():
            boxed[y1:y2, x1:x2] = True
            assert differs[y1 : y1 + 3, x1:x2].any() and differs[y2 - 3 : y2, x1:x2].any()
            assert differs[y1:y2, x1 : x1 + 3].any() and differs[y1:y2, x2 - 3 : x2].any()
        differs = (sheet - ground).abs() > 90  # more than the light on uneven paper
        assert not (differs & ~F.max_pool2d(boxed.float()[None], 5, 1, 2)[0].bool()).any()
        overlaps = ious(rows[:, :4].numpy(), rows[:, :4].numpy())
        assert (overlaps - np.eye(len(rows))).max(initial=0) < 0.01
        shown += len(rows)
    assert shown > 40


def test_measured_on_a_detector_that_knows_and_one_that_does_not():
    pictures = [(np.full((20, 20, 3), n, np.uint8), np.array([[2.0, 3, 9, 12 + n]]), np.array([n % 2])) for n in range(6)]

    def knowing(inputs):
        _, boxes, kinds = pictures[inputs["image"][0, 0, 0, 0]]
        return {"boxes": boxes, "scores": np.array([0.9]), "classes": kinds}

    found = measured(knowing, pictures, ("even", "odd"))
    assert found["map50"] == 1 and found["map50_by_class"] == {"even": 1, "odd": 1} and found["objects"] == 6
    assert found["validation"]["classes"] == {
        name: {"objects": 3, "scores": [9000] * 3, "hits": "111"} for name in ("even", "odd")
    }
    wrong = measured(lambda inputs: {**knowing(inputs), "classes": 1 - knowing(inputs)["classes"]}, pictures, ("even", "odd"))
    assert wrong["map50"] == 0 and wrong["validation"]["classes"]["odd"]["hits"] == "000"


def test_yolo_sees_any_multiple_of_32():
    net = PAPERS["yolo"].build(classes=4, width=0.1, maps=8).eval()
    assert net(torch.zeros(2, 3, 96, 160)).shape == (2, 9, 6, 10)
