"""Framing against references: torch's own resampling, and what framing promises whoever draws."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from exporter.framing import FIELD, Framing
from playground.drawing import Stroke, encode, picture

framing = Framing()
ON, OFF = torch.tensor(True), torch.tensor(False)


def pictures(*size, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 120, (2, *size), dtype=np.uint8))[..., None].repeat(
        1, 1, 1, 3
    )


def hook(x=60, y=70, size=1.0, width=12):
    """A lopsided shape, so that mirrored or turned fields would be seen."""
    points = [(x, y), (x + int(60 * size), y), (x + int(60 * size), y + int(90 * size))]
    return torch.from_numpy(picture(encode([Stroke(width, False, tuple(points))]))[None].copy())


def test_off_a_28x28_image_is_itself():
    image = pictures(28, 28)
    field, window = framing(image, OFF)
    torch.testing.assert_close(field[:, 0], image[..., 0] / 255, atol=1e-6, rtol=0)
    assert window.tolist() == [[14, 14, 1]] * 2


@pytest.mark.parametrize("factor", [2, 5, 10])
def test_shrinking_averages_areas(factor):
    image = pictures(28 * factor, 28 * factor)
    expected = F.interpolate(image[None, ..., 0].float() / 255, size=(28, 28), mode="area")[0]
    torch.testing.assert_close(framing(image, OFF)[0][:, 0], expected, atol=1e-5, rtol=0)


def test_growing_is_bilinear_away_from_the_edge():
    image = pictures(14, 14)
    expected = F.interpolate(image[None, ..., 0].float() / 255, size=(28, 28), mode="bilinear")[0]
    torch.testing.assert_close(framing(image, OFF)[0][:, 0, 1:-1, 1:-1], expected[:, 1:-1, 1:-1], atol=1e-5, rtol=0)


def test_a_wide_picture_keeps_its_proportions():
    field, window = framing(pictures(14, 56), OFF)
    assert window[0].tolist() == [7, 28, 2]
    assert (field[:, :, :10] == 0).all() and (field[:, :, 18:] == 0).all() and (field[:, :, 11:17] > 0).any()


def test_on_the_digit_fills_twenty_pixels_around_its_centre_of_mass():
    field = framing(hook(), ON)[0][0, 0]
    inked = field > 0.25
    rows, columns = inked.any(1).nonzero(), inked.any(0).nonzero()
    assert 19 <= rows.max() - rows.min() + 1 <= 21
    assert columns.max() - columns.min() < rows.max() - rows.min()
    position = torch.arange(FIELD) + 0.5
    assert (field.sum(1) @ position / field.sum()).item() == pytest.approx(14, abs=0.3)
    assert (field.sum(0) @ position / field.sum()).item() == pytest.approx(14, abs=0.3)


@pytest.mark.parametrize("other", [hook(x=20, y=20), hook(x=150, y=120), hook(size=0.5, width=6)], ids=["up", "down", "half"])
def test_on_place_and_size_do_not_matter(other):
    assert (framing(hook(), ON)[0] - framing(other, ON)[0]).abs().mean() < 0.03


def test_on_ink_may_be_light_or_dark_strong_or_faint():
    dark = hook()
    field = framing(dark, ON)[0]
    torch.testing.assert_close(framing(255 - dark, ON)[0], field, atol=1e-5, rtol=0)
    faint = (140 + dark.float() * (200 - 140) / 255).to(torch.uint8)  # grey pencil on grey paper
    torch.testing.assert_close(framing(faint, ON)[0], field, atol=0.05, rtol=0)


def test_an_empty_sheet_stays_empty():
    for grey in (0, 40, 200, 255):
        field, window = framing(torch.full((1, 90, 60, 3), grey, dtype=torch.uint8), ON)
        assert (field == 0).all() and window.isfinite().all()


def test_the_window_says_where_the_field_lies():
    field, window = framing(hook(x=100, y=40), ON)
    y, x, scale = window[0].tolist()
    row, column = divmod(int(field[0, 0].argmax()), FIELD)
    inked = hook(x=100, y=40)[0, :, :, 0] < 128
    assert inked[int(y + (row + 0.5 - 14) * scale), int(x + (column + 0.5 - 14) * scale)]
