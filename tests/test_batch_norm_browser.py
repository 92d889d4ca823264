"""Batch normalisation as a person meets it, in a real Chromium."""

from urllib.parse import parse_qs, urlsplit

import pytest

from playground import batch_norm as story
from tests.test_browser import tab  # noqa: F401

pytestmark = pytest.mark.browser


def open_batch(tab, query="lang=en"):  # noqa: F811
    tab.goto(f"/batch_norm?{query}")
    tab.locator("[data-same=true]").wait_for()


def batch(tab):  # noqa: F811
    return [float(value) for value in parse_qs(urlsplit(tab.url).query)["x"][0].split(",")]


def expect_answer(tab):  # noqa: F811
    """The graph's y for the batch in the address stands on the page, and agrees with the view's."""
    y = "; ".join(f"{value:.2f}".replace("-", "−") for value in story.normalise(batch(tab))["y"][:, 0])
    tab.locator("[data-same=true]", has_text=f"y = {y}").wait_for()


def test_a_point_is_dragged_with_the_mouse(tab):  # noqa: F811
    open_batch(tab, "lang=en&x=-4,0,4")
    box = tab.locator("[data-point='2'] .dot").bounding_box()
    zero = tab.locator("[data-point='1'] .dot").bounding_box()
    unit = (box["x"] - zero["x"]) / 4
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 3 * unit, y, steps=8)
    tab.mouse.up()
    tab.wait_for_url("**x=**")
    tab.wait_for_function("!location.search.includes('-4%2C0%2C4') && !location.search.endsWith('-4,0,4')")
    assert batch(tab)[:2] == [-4, 0] and batch(tab)[2] == pytest.approx(7, abs=0.1)
    expect_answer(tab)


def test_keys_move_add_and_remove_points(tab):  # noqa: F811
    open_batch(tab, "lang=en&x=1,2")
    tab.locator("[data-point='0']").focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("PageUp")
    tab.wait_for_url("**2.1**")
    assert batch(tab) == [2.1, 2]
    tab.keyboard.press("+")
    tab.wait_for_url("**3.1**")
    assert batch(tab) == [2.1, 2, 3.1]
    expect_answer(tab)
    tab.keyboard.press("Delete")
    tab.wait_for_function("!location.search.includes('3.1')")
    assert batch(tab) == [2.1, 2]
    expect_answer(tab)


def test_a_click_beside_the_points_adds_one(tab):  # noqa: F811
    open_batch(tab, "lang=en&x=0,1,2")
    box = tab.locator(".sheet").bounding_box()
    tab.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + box["height"] / 2)
    tab.wait_for_function("location.search.split('x=')[1].split('&')[0].replaceAll('%2C', ',').split(',').length === 4")
    assert batch(tab)[3] == pytest.approx(-5, abs=0.3)
    expect_answer(tab)


def test_training_on_it_moves_the_running_averages(tab):  # noqa: F811
    open_batch(tab, "lang=en&x=1,2,6")
    tab.get_by_role("button", name="Train on it").click()
    tab.get_by_text("batches: 1").wait_for()
    tab.wait_for_url("**ran=0**")


def test_a_slider_reaches_the_deep_net(tab):  # noqa: F811
    tab.goto("/batch_norm?lang=en&section=deep&depth=20")
    tab.get_by_text("Standard deviation of the outputs, by layer").wait_for()
    knob = tab.get_by_role("slider", name="Layers")
    knob.focus()
    tab.keyboard.press("ArrowRight")
    tab.wait_for_url("**depth=25**")


def test_fits_a_phone_with_the_stage_first(tab):  # noqa: F811
    tab.set_viewport_size({"width": 390, "height": 844})
    open_batch(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    stage, mode = (tab.locator(part).bounding_box()["y"] for part in ("[data-part=stage]", ".st-key-mode-en"))
    assert stage < mode
