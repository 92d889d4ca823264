"""Rendered scenes: what they say of themselves is what is painted."""

import numpy as np
import pytest

from exporter.datasets.scenes import SUBJECTS, _painted, scene
from exporter.datasets.things import Thing, disc


def rectangle(kind, x1, y1, x2, y2, colour):
    corners = np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], float)
    return Thing(kind, ((corners, colour),), np.array([[x1 + 1.0, y1 + 1], [x2 - 1, y2 - 1]]))


def test_two_rectangles_of_which_the_second_hides_a_part_of_the_first():
    ground = np.full((40, 60, 3), 200.0)
    things = [rectangle(0, 10, 10, 30, 30, (255, 0, 0)), rectangle(1, 20, 5, 50, 25, (0, 0, 255))]
    made = _painted(ground, things, ("a", "b"))
    assert made.boxes[1].tolist() == pytest.approx([20, 5, 50, 25], abs=1)
    assert made.masks[1].sum() == pytest.approx(30 * 20, rel=0.08)
    assert made.masks[0].sum() == pytest.approx(20 * 20 - 10 * 15, rel=0.08)
    assert made.boxes[0].tolist() == pytest.approx([10, 10, 30, 30], abs=1)
    assert made.image[15, 15].tolist() == [255, 0, 0] and made.image[15, 25].tolist() == [0, 0, 255]
    assert made.image[2, 2].tolist() == [200, 200, 200]
    assert made.classes[15, 15] == 1 and made.classes[15, 25] == 2 and made.classes[2, 2] == 0
    assert made.keypoints[:, :, 2].tolist() == [[1, 1], [1, 1]]
    hidden = _painted(ground, [things[0], rectangle(1, 5, 5, 40, 29, (0, 0, 255))], ("a", "b"))
    assert hidden.kinds.tolist() == [1]  # so little is left of the first that it is no object
    assert (hidden.classes == 1).any()  # but what is left has its class


def test_a_thing_is_scaled_turned_mirrored_and_moved():
    thing = Thing(0, ((disc(1, 0, 0.5), (1, 2, 3)),), np.array([[1.0, 0]]))
    assert thing.moved(10, 20, 4).keypoints[0].tolist() == pytest.approx([14, 20])
    assert thing.moved(10, 20, 4, np.pi / 2).keypoints[0].tolist() == pytest.approx([10, 24])
    assert thing.moved(10, 20, 4, mirror=True).keypoints[0].tolist() == pytest.approx([6, 20])
    assert np.ptp(thing.moved(0, 0, 4).parts[0][0], axis=0).tolist() == pytest.approx([4, 4])


@pytest.mark.parametrize("subject", SUBJECTS)
def test_boxes_masks_classes_and_keypoints_agree(subject):
    kinds = set()
    for seed in range(8):
        made = scene(subject, seed, 96, 144)
        assert made.image.shape == (96, 144, 3) and made.image.dtype == np.uint8 and made.image.std() > 5
        assert made.masks.shape == (len(made.kinds), 96, 144) and (made.masks.sum(0) <= 1).all()
        for kind, box, mask, places in zip(made.kinds, made.boxes, made.masks, made.keypoints, strict=True):
            rows, columns = np.nonzero(mask)
            assert box.tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            assert (made.classes[mask] == kind + 1).all()
            for x, y, seen in places:
                inside = box[0] - 2 <= x <= box[2] + 2 and box[1] - 2 <= y <= box[3] + 2
                assert inside or not seen
        kinds |= set(made.kinds.tolist())
    assert kinds <= set(range(len(made.labels))) and len(kinds) >= 3


def test_a_seed_is_a_scene():
    one, same, other = scene("street", 5), scene("street", 5), scene("street", 6)
    np.testing.assert_array_equal(one.image, same.image)
    np.testing.assert_array_equal(one.boxes, same.boxes)
    assert one.image.shape == other.image.shape and (one.image != other.image).any()
    with pytest.raises(KeyError):
        scene("moon", 0)
