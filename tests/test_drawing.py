"""A drawing's code: what goes into a link comes out of it, and nothing else is taken for a drawing."""

import base64

import numpy as np
import pytest

from playground.drawing import Stroke, decode, encode, is_valid, picture
from playground.samples import DIGITS


@pytest.mark.parametrize("seed", range(5))
def test_strokes_survive_the_link(seed):
    random = np.random.default_rng(seed)
    strokes = [
        Stroke(
            int(random.integers(1, 128)), bool(random.integers(2)), tuple(map(tuple, random.integers(0, 256, (n, 2)).tolist()))
        )
        for n in random.integers(1, 256, size=4)
    ]
    assert decode(encode(strokes)) == strokes


def test_samples_are_drawings_in_their_canonical_code():
    assert len(DIGITS) == 10
    for code in DIGITS:
        assert encode(decode(code)) == code


@pytest.mark.parametrize("code", [
    "!!!!", "ж", "A", "FAI",  # not base64url, or a stroke without its points
    base64.urlsafe_b64encode(bytes([20, 3, 1, 1])).decode(),  # three points promised, one given
    base64.urlsafe_b64encode(bytes([20, 0])).decode(),  # no point
    base64.urlsafe_b64encode(bytes([0, 1, 5, 5])).decode(),  # no width
    base64.urlsafe_b64encode(bytes([20, 1, 5, 5]) * 2000).decode(),  # too long
])  # fmt: skip
def test_what_is_not_a_drawing_is_refused(code):
    assert not is_valid(code)
    with pytest.raises(ValueError):
        decode(code)


def test_an_empty_sheet_is_paper():
    assert (picture("") == 255).all()
    assert picture("").shape == (128, 128, 3)


def test_the_pen_inks_where_it_goes_and_the_eraser_takes_it_away():
    line = Stroke(20, False, ((50, 128), (200, 128)))
    drawn = picture(encode([line]))
    assert (drawn[60:68, 26:100] == 0).all()  # 20 sheet pixels thick around row 128, halved
    assert (drawn[:58] == 255).all() and (drawn[70:] == 255).all()
    erased = picture(encode([line, Stroke(60, True, ((128, 100), (128, 160)))]))
    assert (erased[60:68, 55:73] == 255).all()
    assert (erased[60:68, 26:45] == 0).all()


def test_a_dot_is_round():
    dot = picture(encode([Stroke(40, False, ((128, 128),))]))[..., 0] < 128
    rows, columns = np.nonzero(dot)
    assert abs(dot.sum() - np.pi * 10**2) < 30
    assert abs(rows.mean() - 63.5) < 1 and abs(columns.mean() - 63.5) < 1
