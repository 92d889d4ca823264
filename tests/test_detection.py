"""YOLO's lesson against torch: the loss of a cell and its gradient, cells and their boxes, average precision, samples."""

import json

import numpy as np
import pytest
import torch

from exporter import artifacts
from exporter.architectures.yolo import CELL
from exporter.average_precision import average_precision
from exporter.recipes import RECIPES
from exporter.recipes.yolo import measured
from exporter.training.detection_loss import assigned, loss_terms
from playground import catalog, detection, detection_loss, detection_quality, detection_samples
from playground.drawing import picture as drawn
from tests.test_average_precision import scene

NETS = detection.nets()


def sample(name: str) -> np.ndarray:
    if name == detection.DIGITS:
        return drawn(detection_samples.sheets()["314"], times=2)
    return detection_samples.photo(next(iter(detection_samples.photos()[name])))


def reading(name: str, score: float = 0.3, iou: float = 0.5) -> detection.Reading:
    return detection.read(name, sample(name), score, iou)


@pytest.mark.parametrize("name", NETS)
def test_the_reach_read_off_the_graph_is_the_recipe_s(name):
    assert detection_loss.reach(name) == RECIPES[name].module().net.reach


@pytest.mark.parametrize("name", NETS)
def test_each_cell_s_box_is_centred_within_its_reach(name):
    """The grid that the page draws is the graph's: corner and cell size, from the picture's shape alone."""
    found = reading(name)
    boxes, (rows, columns) = found.answer["cell_boxes"], found.grid
    height, width = found.picture.shape[:2]
    inside = (boxes[:, :2] > 0).all(1) & (boxes[:, 2:] < [width, height]).all(1)  # not cut at the picture's edge
    assert inside.any()
    centres = ((boxes[:, :2] + boxes[:, 2:]) / 2 - found.corner) / found.cell
    middles = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).reshape(-1, 2) + 0.5
    assert np.abs(centres - middles)[inside].max() <= detection_loss.reach(name) / 2 + 1e-3


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("seed", range(4))
def test_the_loss_of_a_cell_and_its_gradient_are_torch_s(name, seed):
    """Against the trainer's own loss with a single cell in it, and autograd; cells that answer, and cells that do not."""
    random, found = np.random.default_rng(seed), reading(name)
    height, width = found.picture.shape[:2]
    corners = np.sort(random.uniform(0, 1, (2, 2)), 0) * [width, height]
    truth = tuple(map(float, np.concatenate([corners[0], np.maximum(corners[1], corners[0] + 2)])))
    kind, far = int(random.integers(len(catalog.facts(name)["labels"]))), detection_loss.reach(name)
    at_centre = detection_loss.centre_cell(found, truth)
    for cell in {at_centre, 0, len(found.answer["cell_boxes"]) - 1}:
        ours = detection_loss.of_cell(found, cell, truth, kind)
        rows, columns = found.grid
        box = (np.array(truth) - np.tile(found.corner, 2)) / found.cell * CELL
        targets = assigned(torch.tensor([[[*box, kind]]], dtype=torch.float32), rows, columns, far)
        row, column = divmod(cell, columns)
        z = torch.tensor(found.answer["raw"][row, column], requires_grad=True)
        terms = loss_terms(z[None, :, None, None], targets[:, :, row : row + 1, column : column + 1], far)
        assert ours.here == bool(targets[0, 0, row, column])
        del terms["overlap"]
        sums = {"object": ours.terms[0, 0], "place": ours.terms[0, 1:3].sum(), "size": ours.terms[0, 3:5].sum(),
                "class": ours.terms[0, 5]}  # fmt: skip
        for term, value in terms.items():
            np.testing.assert_allclose(sums[term], value.detach().numpy(), rtol=1e-4, atol=1e-5)
        sum(terms.values()).backward()
        np.testing.assert_allclose(ours.gradients[0], z.grad.numpy(), rtol=1e-4, atol=1e-5)
        assert detection_loss.of_cell(found, at_centre, truth, kind).here


@pytest.mark.parametrize("name", NETS)
def test_the_descent_brings_the_box_to_the_truth(name):
    found = reading(name)
    height, width = found.picture.shape[:2]
    truth = (0.3 * width, 0.35 * height, 0.55 * width, 0.6 * height)
    loss = detection_loss.of_cell(found, detection_loss.centre_cell(found, truth), truth, 1)
    totals = loss.terms.sum(1)
    assert (np.diff(totals) < 1e-6).all() and totals[-1] < totals[0]
    np.testing.assert_allclose(loss.boxes[0], found.answer["cell_boxes"][loss.cell].clip(-1e3), atol=found.cell * 12)
    np.testing.assert_allclose(loss.boxes[-1], truth, atol=found.cell / 2)
    assert loss.zs[-1, 5:].argmax() == 1


@pytest.mark.parametrize("name", NETS)
def test_thresholds_reach_the_graph(name):
    counts = [reading(name, score).count for score in (0.05, 0.3, 0.98)]
    assert counts == sorted(counts, reverse=True) and counts[0] > counts[-1]
    assert reading(name, 0.05, 0.95).count > reading(name, 0.05, 0.1).count


@pytest.mark.parametrize("seed", range(3))
def test_average_precision_is_the_exporter_s(seed):
    """From what `evaluate` writes: scores and hits, no boxes."""
    found, truth = scene(np.random.default_rng(seed))
    pictures = [(np.array([number]), boxes, kinds) for number, (boxes, kinds) in enumerate(truth)]

    def run(inputs):
        return dict(zip(("boxes", "scores", "classes"), found[int(inputs["image"][0, 0])], strict=True))

    written = measured(run, pictures, ("a", "b", "c"))["validation"]["classes"]
    for kind, told in enumerate(written.values()):
        curve = detection_quality._curve(**told)
        assert curve.average == pytest.approx(average_precision(found, truth, kind), abs=1e-9)
        assert curve.objects == sum((kinds == kind).sum() for _, kinds in truth)
        precision, recall = curve.at(0.5)
        surer = sum(((scores > 0.5) & (kinds == kind)).sum() for _, scores, kinds in found)
        assert precision * surer == pytest.approx(recall * curve.objects)


@pytest.mark.parametrize("name", detection_quality.nets())
def test_what_was_measured_is_the_card_s(name):
    metrics, curves = catalog.facts(name)["metrics"], detection_quality.curves(name)
    assert detection_quality.mean(name) == pytest.approx(metrics["map50"], abs=2e-4)
    assert sum(curve.objects for curve in curves) == metrics["objects"]


def test_what_was_found_is_written_beside_the_version(tmp_path):
    found = {"classes": {"a": {"objects": 1, "scores": [9000], "hits": "1"}}}
    (tmp_path / "net").mkdir()
    artifacts.write_validation("net", found, tmp_path)
    assert json.loads((tmp_path / "net" / "validation.json").read_text()) == found


def test_a_class_without_detections_or_objects():
    assert detection_quality._curve(3, [], "").average == 0
    assert np.isnan(detection_quality._curve(0, [5000], "0").average)
    assert detection_quality._curve(3, [], "").at(0.5) == (1, 0)


@pytest.mark.parametrize(("code", "cell"), [
    ("0.0", 0), ("2.3", 17), ("6.0", 42), ("7.0", None), ("0.7", None), ("-1.0", None), ("1", None), ("", None), (None, None),
    ("1.2.3", None), ("٣.1", None), ("9999.1", None),
])  # fmt: skip
def test_cells_in_links(code, cell):
    assert detection.parse_cell(code, (7, 7)) == cell


@pytest.mark.parametrize("code", ["", "x", "0.5", "0.5,0.5,0.5", "nan,0.5", "0,0.5", "0.5,1.2", "inf,0.1"])
def test_thresholds_that_are_none(code):
    with pytest.raises(ValueError):
        detection.parse_thresholds(code)


@pytest.mark.parametrize("code", ["", "1,2,3", "5,5,5,9", "0,0,300,10", "-1,0,5,5", "nan,0,5,5", "a,b,c,d", "9,9,5,5"])
def test_boxes_that_are_none(code):
    with pytest.raises(ValueError):
        detection_loss.parse_truth(code, np.zeros((40, 60, 3), np.uint8))


def test_samples_are_the_same_on_each_run():
    for code in ("smear", "smear_2"):
        assert np.array_equal(detection_samples.photo(code), detection_samples.smear(1 + code.endswith("2")))
    detection_samples.sheets.cache_clear()
    assert next(iter(detection_samples.sheets())) == "314"


@pytest.mark.skipif(detection.DIGITS not in NETS, reason="digits are not built")
@pytest.mark.parametrize("digits", ["314", "2026", "271828", "888"])
def test_sample_sheets_are_read(digits):
    """All digits of a sheet are found and named, and nothing else."""
    found = detection.read(detection.DIGITS, drawn(detection_samples.sheets()[digits], times=2), 0.4, 0.5)
    assert sorted(str(kind) for kind in found.answer["classes"]) == sorted(digits)


@pytest.mark.skipif("yolo_animals" not in NETS, reason="animals are not built")
def test_two_cats_are_found():
    found = detection.read("yolo_animals", detection_samples.photo("two_cats"), 0.4, 0.5)
    assert [detection.labels("yolo_animals")[kind] for kind in found.answer["classes"]] == ["cat", "cat"]


@pytest.mark.skipif("yolo_blood_cells" not in NETS, reason="blood cells are not built")
def test_cells_of_the_rendered_smear_are_found():
    """The white cell and most of the eighteen others."""
    found = detection.read("yolo_blood_cells", detection_samples.photo("smear"), 0.4, 0.5)
    kinds = [catalog.facts("yolo_blood_cells")["labels"][kind] for kind in found.answer["classes"]]
    assert kinds.count("white cell") == 1 and kinds.count("red cell") >= 14 and kinds.count("platelet") >= 3
