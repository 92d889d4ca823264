"""Tensors as pictures: each pixel is the element it claims to be; layouts are read off the graph."""

import numpy as np
import pytest

from playground import sandbox, tensors
from tests import strangers


@pytest.mark.parametrize(("shape", "last", "batch"), [
    ((2, 3, 4, 5), False, 1), ((2, 4, 5, 3), True, 1), ((3, 4, 5), False, 0), ((4, 5), False, 0), ((7,), False, 0),
    ((), False, 0),    ((1, 100), False, 0), ((1, 1, 90), False, 0), ((2, 3, 4, 5, 6), False, 1), ((1, 1, 1, 9), False, 0),
    ((2, 2, 3, 2, 2, 3), False, 0),
])  # fmt: skip
def test_every_pixel_is_its_element(shape, last, batch):
    values = np.arange(np.prod(shape, dtype=int), dtype=np.float32).reshape(shape)
    maps = tensors.maps(values, last, batch)
    found = []
    for place in np.ndindex(maps.values.shape):
        index = maps.index(*place)
        if index is None:
            assert np.isnan(maps.values[place])
        else:
            assert maps.values[place] == values[index]
            found.append(index)
    assert len(found) == len(set(found)) == values.size // (shape[0] if len(shape) > 3 else 1)
    assert maps.outside == maps.values.size - len(found)
    assert maps.index(0, 10**6, 0) is None and maps.index(-1, 0, 0) is None


def test_channels_last_is_followed_through_the_graph():
    opened = sandbox.open(strangers.last_channel())
    assert tensors.layouts(opened.nodes, opened.shapes) == {"picture", "real", "y"}


def test_nan_is_painted_and_scales_are_shared():
    picture = tensors.painted(np.array([[[0, 1], [np.nan, 2]]], np.float32))
    assert tuple(picture[0, 1, 0]) == tensors.BROKEN
    assert (picture[0, 0, 0] != picture[0, 0, 1]).any()
    signed = tensors.painted(np.array([[[-2, 0], [1, 2]]], np.float32))
    assert tuple(signed[0, 0, 1]) == (255, 255, 255) and signed[0, 0, 0, 2] > signed[0, 0, 0, 0]
    assert tensors.painted(np.full((1, 2, 2), np.inf, np.float32)).shape == (1, 2, 2, 3)


def test_an_atlas_has_each_picture_in_its_place():
    pictures = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.ones((1, 4, 6, 3), np.uint8)
    sheet = tensors.atlas(pictures, 3, 100)
    assert sheet.shape == (8, 18, 3)
    assert sheet[4:, 6:12].min() == sheet[4:, 6:12].max() == 4
    assert tensors.atlas(pictures, 3, 3).shape == (4, 9, 3)


def test_kernels_of_all_shapes_have_a_picture():
    for shape in ((8, 3, 7, 7), (8, 1, 3, 3), (100, 100, 3, 3), (64, 32, 1, 1), (10, 2000), (4, 2, 5), (2, 3, 3, 3, 3)):
        picture, _ = tensors.kernels(np.random.default_rng(0).standard_normal(shape).astype(np.float32))
        assert picture.dtype == np.uint8 and picture.ndim == 3 and 1 <= max(picture.shape[:2]) <= 500


def test_summary():
    told = tensors.summary(np.array([0, 0, 4, np.nan, np.inf]))
    assert (told.least, told.greatest, told.zeros) == (0, 4, pytest.approx(2 / 3))
    assert tensors.broken(np.array([0, np.nan, -np.inf])) == (1, 1)
    assert tensors.summary(np.array([np.nan])) is None
