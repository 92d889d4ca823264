"""Scenes drawn by a program: what is said of them is what is seen in them."""

import numpy as np
import pytest
import torch

from exporter.datasets.scenes import DIGITS, KINDS, SHAPES, STREET, _Sheet, street

SEEDS = range(12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_scene_follows_from_its_seed(kind):
    draw, labels = KINDS[kind]
    first, again, other = draw(3), draw(3), draw(4)
    np.testing.assert_array_equal(first.picture, again.picture)
    assert [thing.label for thing in first.things] == [thing.label for thing in again.things]
    assert first.picture.shape != other.picture.shape or (first.picture != other.picture).any()
    assert {thing.label for seed in SEEDS for thing in draw(seed).things} <= set(labels)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", SEEDS)
def test_masks_do_not_overlap_and_boxes_hold_them_tightly(kind, seed):
    draw, labels = KINDS[kind]
    scene = draw(seed, 90, 130)
    assert scene.picture.shape == (90, 130, 3) and scene.picture.dtype == np.uint8
    assert sum(thing.mask.astype(int) for thing in scene.things).max() <= 1
    for thing in scene.things:
        x1, y1, x2, y2 = thing.box
        outside = thing.mask.copy()
        outside[y1:y2, x1:x2] = False
        assert not outside.any()
        inside = thing.mask[y1:y2, x1:x2]
        assert inside[0].any() and inside[-1].any() and inside[:, 0].any() and inside[:, -1].any()
    shown = scene.classes(labels)
    for number, label in enumerate(labels, 1):
        masks = [thing.mask for thing in scene.things if thing.label == label]
        np.testing.assert_array_equal(shown == number, np.any(masks, 0) if masks else np.zeros((90, 130), bool))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_shape_s_mask_is_the_shape(seed):
    """The oracle: the pixels of one colour, but for the smoothed rim."""
    draw, _labels = KINDS["shapes"]
    scene = draw(seed)
    for thing in scene.things:
        colours, counts = np.unique(scene.picture[thing.mask].reshape(-1, 3), axis=0, return_counts=True)
        plain = (scene.picture == colours[counts.argmax()]).all(-1)
        assert not (plain & ~thing.mask).sum() > 0.02 * plain.sum()
        rim = thing.mask & ~plain
        around = torch.nn.functional.max_pool2d(torch.from_numpy(~plain).float()[None], 3, 1, 1)[0].bool().numpy()
        assert plain.sum() > 0.6 * thing.mask.sum() and (rim & ~around).sum() == 0


def test_what_is_nearer_hides_what_is_behind_it():
    sheet = _Sheet(40, 40, (255, 255, 255))
    sheet.put("far", lambda brush: brush.box(5, 5, 25, 25, (200, 0, 0)) or {"kept": (7, 7), "lost": (20, 20)})
    sheet.put("hidden", lambda brush: brush.box(16, 16, 24, 24, (0, 200, 0)) or {})
    sheet.put("near", lambda brush: brush.box(15, 15, 35, 35, (0, 0, 200)) or {"out": (60, 20)})
    far, near = sheet.scene().things
    assert (far.label, near.label) == ("far", "near")
    assert far.box == (5, 5, 25, 25) and near.box == (15, 15, 35, 35)  # an L has the box of its square
    assert near.mask.sum() == 400 and far.mask.sum() == 400 - 100
    assert far.keypoints == {"kept": (7, 7, True), "lost": (20, 20, False)}
    assert near.keypoints["out"][2] is False


@pytest.mark.parametrize("seed", SEEDS)
def test_keypoints_that_are_seen_lie_on_their_thing(seed):
    for draw, _labels in KINDS.values():
        for thing in draw(seed).things:
            reach = torch.nn.functional.max_pool2d(torch.from_numpy(thing.mask).float()[None], 9, 1, 4)[0]
            for name, (x, y, seen) in thing.keypoints.items():
                if seen and thing.mask.sum() > 30:
                    assert reach[int(y), int(x)] == 1, (thing.label, name)


def test_every_class_comes_up():
    for kind, labels in (("shapes", SHAPES), ("digits", DIGITS), ("street", STREET)):
        seen = {thing.label for seed in range(60) for thing in KINDS[kind][0](seed).things}
        assert seen == set(labels)


def test_what_is_nearer_stands_lower_and_is_larger():
    scenes = [street(seed) for seed in range(30)]
    cars = [thing.box for scene in scenes for thing in scene.things if thing.label == "car"]
    whole = [(y2, y2 - y1) for x1, y1, x2, y2 in cars if x1 > 0 and x2 < 200 and (x2 - x1) > 2 * (y2 - y1)]
    feet, heights = np.array(whole).T
    assert len(whole) > 10 and np.corrcoef(feet, heights)[0, 1] > 0.8
