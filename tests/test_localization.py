"""The lesson on localisation: overlap against plain sums, the loss against autograd, the window against the convolution."""

import numpy as np
import onnx
import pytest
import torch
import torch.nn.functional as F

from exporter.training.detection_loss import generalised_iou
from exporter.training.localisation_loss import localisation_loss, targets
from playground import catalog, localization, overlap, sliding_shapes, sliding_window

CLASSES = 5


def box(random) -> np.ndarray:
    low, high = np.sort(random.random((2, 2)), 0)
    return np.concatenate([low, np.maximum(high, low + overlap.LEAST)]).astype(np.float32)


# ---- how well boxes agree


@pytest.mark.parametrize(("a", "b", "expected"), [
    ([0, 0, 0.4, 0.5], [0.2, 0, 0.6, 0.5], 1 / 3),  # moved by half
    ([0, 0, 0.4, 0.4], [0.2, 0.2, 0.6, 0.6], 1 / 7),  # by half both ways
    ([0, 0, 1, 1], [0.25, 0.25, 0.75, 0.75], 1 / 4),
    ([0.1, 0.1, 0.2, 0.2], [0.5, 0.5, 0.9, 0.9], 0),
    ([0.3, 0.2, 0.5, 0.9], [0.3, 0.2, 0.5, 0.9], 1),
])  # fmt: skip
def test_iou_of_boxes_that_one_can_do_in_the_head(a, b, expected):
    answer = overlap.measured(*(np.array([value], np.float32) for value in (a, b)))
    assert answer["iou"][0, 0] == pytest.approx(expected, abs=1e-6)


def test_overlap_is_what_counting_pixels_gives():
    random = np.random.default_rng(0)
    a, b = (np.stack([np.round(box(random) * 200) / 200 for _ in range(40)]).astype(np.float32) for _ in range(2))
    b[:, 2:] = np.maximum(b[:, 2:], b[:, :2] + 0.02)
    a[:, 2:] = np.maximum(a[:, 2:], a[:, :2] + 0.02)
    answer = overlap.measured(a, b)
    y, x = (np.mgrid[:250, :250] + 0.5) / 200
    for n in range(len(a)):
        first, second = ((x > x1) & (x < x2) & (y > y1) & (y < y2) for x1, y1, x2, y2 in (a[n], b[n]))
        assert answer["intersection"][n, 0] * 200**2 == pytest.approx((first & second).sum(), abs=0.1)
        assert answer["union"][n, 0] * 200**2 == pytest.approx((first | second).sum(), abs=0.1)
    torch.testing.assert_close(
        torch.from_numpy(answer["giou"][:, 0]), generalised_iou(torch.from_numpy(a), torch.from_numpy(b)), atol=1e-5, rtol=0
    )


def test_a_link_has_boxes_or_none():
    assert overlap.write(overlap.parse(overlap.START)) == overlap.START
    for code in (
        "",
        "1",
        "0,0,1,1",
        "0,0,1,1;0,0,nan,1",
        "0.5,0,0.4,1;0,0,1,1",
        "0,0,2,1;0,0,1,1",
        "a",
        "0,0,1,1;0,0,1,1;0,0,1,1",
    ):
        with pytest.raises(ValueError):
            overlap.parse(code)


@pytest.mark.parametrize("seed", range(20))
def test_a_puzzle_is_fair_and_the_same_each_time(seed):
    pairs = overlap.puzzle(seed)
    np.testing.assert_array_equal(pairs, overlap.puzzle(seed))
    values = overlap.measured(pairs[:, 0], pairs[:, 1])["iou"][:, 0]
    assert abs(values[0] - values[1]) >= 0.099 and pairs.min() >= 0 and pairs.max() <= 0.98
    assert (pairs[..., 2:] > pairs[..., :2]).all()


def test_puzzles_have_both_answers():
    first = [np.diff(overlap.measured(*overlap.puzzle(seed).transpose(1, 0, 2))["iou"][:, 0])[0] > 0 for seed in range(20)]
    assert 4 < sum(first) < 16


# ---- the loss of one box


def vector(z: torch.Tensor) -> torch.Tensor:
    return torch.cat([z[:1].sigmoid(), z[1:5].sigmoid(), z[5:].softmax(0)])


@pytest.mark.parametrize("present", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_loss_and_gradient_are_autograd_s(present, seed, monkeypatch):
    monkeypatch.setattr(localization, "labels", lambda: list("dcshk"))
    random = np.random.default_rng(seed)
    z = torch.tensor(random.normal(0, 1.5, 5 + CLASSES), dtype=torch.float64)
    y = localization.target(present, box(random), "s")
    answer = localization.loss(vector(z).float().numpy(), y)
    p, c = z[:1].clone().requires_grad_(), z[5:].clone().requires_grad_()
    b = z[1:5].sigmoid().requires_grad_()
    expected = F.binary_cross_entropy_with_logits(p[0], torch.tensor(float(present), dtype=torch.float64))
    if present:
        expected = expected + (b - torch.from_numpy(y[1:5])).square().sum() + F.cross_entropy(c, torch.tensor(2))
    expected.backward()
    zero = [torch.zeros_like(part) if part.grad is None else part.grad for part in (p, b, c)]
    assert answer["loss"][0, 0] == pytest.approx(expected.item(), abs=1e-5)
    np.testing.assert_allclose(answer["gradient"][0], torch.cat(zero), atol=1e-5)
    terms = answer["object"].sum() + answer["squares"].sum() + answer["classes"].sum()
    assert terms == pytest.approx(answer["loss"][0, 0], abs=1e-6)


def test_the_training_s_loss_is_the_page_s(monkeypatch):
    """Of the same numbers, on average over a batch with and without an animal."""
    monkeypatch.setattr(localization, "labels", lambda: list("dcshk"))
    objects = torch.tensor([[[16.0, 32, 80, 112, 3]], [[0, 0, 0, 0, -1]], [[10, 10, 30, 40, 0]]])
    told = targets(objects, torch.tensor([True, False, True]), 128)
    z = torch.randn(3, 5 + CLASSES)
    ours = []
    for row, there, label in zip(range(3), (True, False, True), "h?d", strict=True):
        y = localization.target(there, objects[row, 0, :4].numpy() / 128, label)
        ours.append(localization.loss(vector(z[row]).numpy(), y)["loss"][0, 0])
    assert localisation_loss()(z, told).item() == pytest.approx(np.mean(ours), abs=1e-5)


def test_a_lost_animal_has_no_loss():
    told = targets(torch.tensor([[[0.0, 0, 0, 0, -1]]]), torch.tensor([True]), 128)
    assert localisation_loss(5, 1)(torch.randn(1, 10), told) == 0


def test_the_target_is_the_lecture_s(monkeypatch):
    monkeypatch.setattr(localization, "labels", lambda: list("dcshk"))
    y = localization.target(True, np.array([0.2, 0.1, 0.6, 0.9]), "h")
    np.testing.assert_allclose(y, [1, 0.4, 0.5, 0.8, 0.4, 0, 0, 0, 1, 0], atol=1e-6)  # p_c, b_x, b_y, b_h, b_w, classes
    empty = localization.target(False, None, "")
    assert empty[0] == 0 and np.isnan(empty[1:]).all() and len(empty) == 10


# ---- the window and the convolution


SWEEPS = {name: sliding_window.sweep(sliding_window.picture(code, "0.33")) for name, code in sliding_window.samples().items()}


@pytest.mark.parametrize("name", SWEEPS)
def test_both_ways_give_the_same_numbers(name):
    sweep = SWEEPS[name]
    assert sweep.said.shape == (15, 15, 11) and sweep.count == 225
    assert sweep.difference < 1e-5
    np.testing.assert_allclose(sweep.said.sum(-1), 1, atol=1e-5)


def test_both_ways_give_the_same_numbers_on_noise_and_on_nothing():
    random = np.random.default_rng(0)
    for sheet in (random.integers(0, 256, (60, 88, 3), np.uint8), np.full((56, 56, 3), 255, np.uint8)):
        sweep = sliding_window.sweep(sheet)
        assert sweep.said.shape[:2] == ((len(sheet) - 28) // 4 + 1, (sheet.shape[1] - 28) // 4 + 1)
        assert sweep.difference < 1e-5
    assert not sliding_window.found(sweep) and (sweep.said.argmax(-1) == 10).all()


def test_the_weights_are_the_same_numbers():
    window, once = ({weight.name: onnx.numpy_helper.to_array(weight) for weight in catalog.graph(name).graph.initializer}
                    for name in (sliding_window.WINDOW, sliding_window.ONCE))  # fmt: skip
    for name in ("conv1", "conv2", "fc1", "fc2"):
        for part in ("weight", "bias"):
            np.testing.assert_array_equal(window[f"net.{name}.{part}"].ravel(), once[f"net.{name}.{part}"].ravel())
    assert once["net.fc1.weight"].shape == (128, 32, 4, 4) and window["net.fc1.weight"].shape == (128, 512)


@pytest.mark.parametrize(("name", "digits"), [("372", "372"), ("198", "198"), ("66", "66")])
def test_digits_of_the_window_s_size_are_found(name, digits):
    peaks = sliding_window.found(SWEEPS[name])
    assert sorted(str(peak["digit"]) for peak in peaks) == sorted(digits)
    assert all(peak["sure"] == SWEEPS[name].said[(*peak["at"], peak["digit"])] for peak in peaks)


def test_costs_are_the_layers_own():
    one = 24 * 24 * 16 * 25 + 8 * 8 * 32 * 16 * 25 + 512 * 128 + 128 * 11
    assert sliding_window.cost(28) == (one, one)
    side = 84
    first, second = side - 4, (side - 4) // 2 - 4
    once = first**2 * 16 * 25 + second**2 * 32 * 400 + (second // 2 - 3) ** 2 * (512 * 128 + 128 * 11)
    assert sliding_window.cost(side) == (one, once)
    assert one * 225 > 7 * once


def test_the_step_of_the_window_is_the_product_of_the_pools_strides():
    assert sliding_window.stride() == 4 == sliding_window.measured_step(sliding_window.rows_by_side())


@pytest.mark.parametrize("look", ["", "1", "15.0", "0.15", "-1.0", "a.b", "1.2.3", "٣.1", None])
def test_a_nonsensical_look_is_none(look):
    assert sliding_window.parse_look(look, SWEEPS["372"]) is None
    assert sliding_window.parse_look("14.3", SWEEPS["372"]) == (14, 3)


# ---- the lecture's picture


@pytest.mark.parametrize(("side", "sides"), [
    (14, [14, 10, 5, 1, 1, 1]), (16, [16, 12, 6, 2, 2, 2]), (28, [28, 24, 12, 8, 8, 8]),
])  # fmt: skip
def test_the_shapes_are_the_lecture_s(side, sides):
    shapes, _macs = sliding_shapes.stack(side, 2)
    assert [length for _maps, length in shapes] == sides
    assert [maps for maps, _length in shapes] == [3, 16, 16, 400, 400, 4]


@pytest.mark.parametrize("pool", sliding_shapes.POOLS)
@pytest.mark.parametrize("side", [14, 15, 19, 28])
def test_windows_and_whole_agree_for_each_pool(side, pool):
    whole, difference = sliding_shapes.both_ways(side, pool)
    cells = (side - 14) // pool + 1
    assert whole["y"].shape == (1, 4, cells, cells) and difference < 1e-4
    given = {name: torch.from_numpy(value) for name, value in sliding_shapes.inputs(side, pool).items()}
    x = F.max_pool2d(F.conv2d(given["x"], given["w1"]).relu(), pool)
    x = F.conv2d(F.conv2d(F.conv2d(x, given["w2"]).relu(), given["w3"]).relu(), given["w4"])
    np.testing.assert_allclose(whole["y"], x, atol=1e-4)


def test_what_an_answer_sees_is_its_receptive_field():
    """The oracle is the gradient: which pixels an answer depends on."""
    view = sliding_shapes.view(28, 2)
    x = torch.rand(1, 3, 28, 28, requires_grad=True)
    given = {name: torch.from_numpy(value) for name, value in sliding_shapes.inputs(28, 2).items()}
    y = F.conv2d(F.avg_pool2d(F.conv2d(x, given["w1"]), 2), given["w2"])
    y[0, 0, 3, 5].backward()
    rows, columns = (torch.nonzero(x.grad[0].abs().sum((0, other)))[:, 0] for other in (2, 1))
    first = view["tensors"][0]
    assert (rows[0], columns[0]) == (3 * first["step"], 5 * first["step"])
    assert len(rows) == len(columns) == first["seen"] == 14


def test_covers_are_pictures():
    cover = sliding_window.cover()
    assert cover.dtype == np.uint8 and cover.shape[2] == 3 and 1.8 < cover.shape[1] / cover.shape[0] < 3
