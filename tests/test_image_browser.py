"""The photo under the magnifier and its memory, in a real Chromium."""

import re

import pytest

from playground.sample_photos import photo
from tests.test_browser import tab  # noqa: F401

pytestmark = pytest.mark.browser


def open_image(tab, query="lang=en"):  # noqa: F811
    tab.goto(f"/image?{query}")
    tab.locator("[data-part=photo][data-at]").wait_for()
    tab.locator("[data-part=runtime]").wait_for()


def numbers(tab, row, column):  # noqa: F811
    """The triple that the magnifier shows of a cell of its 7x7."""
    return [
        int(text) for text in tab.locator("[data-part=patch] > div").nth(7 * row + column).locator("span").all_inner_texts()
    ]


def test_the_magnifier_shows_the_very_numbers_under_the_pointer(tab):  # noqa: F811
    open_image(tab, "lang=en&sample=parachute")
    box = tab.locator("[data-part=photo]").bounding_box()
    tab.mouse.move(box["x"] + box["width"] * 0.25 + 1, box["y"] + box["height"] * 0.5 + 1)
    tab.locator("[data-at='160.80']").wait_for()
    picture = photo("parachute")
    assert numbers(tab, 3, 3) == picture[160, 80].tolist()
    assert numbers(tab, 0, 6) == picture[157, 83].tolist()
    assert "at=" not in tab.url  # pointing travels to nobody


def test_a_pixel_kept_by_key_is_in_the_link_and_in_memory(tab):  # noqa: F811
    open_image(tab, "lang=en&sample=church&at=100.100")
    tab.locator("[data-part=photo]").focus()
    tab.keyboard.press("Shift+ArrowDown")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**at=110.101**")
    tab.locator("[data-part=sum] b", has_text=re.compile(rf"^{photo('church')[110, 101, 0]}$")).first.wait_for()


@pytest.mark.parametrize("layout, offset", [("nhwc", 2 * 15 + 2 * 3 + 1), ("nchw", 25 + 2 * 5 + 2)])
def test_memory_is_walked_by_key_and_agrees_with_the_graph(tab, layout, offset):  # noqa: F811
    open_image(tab, f"lang=en&layout={layout}")
    line = tab.locator("[data-part=line]")
    line.focus()
    for _step in range(1 if layout == "nhwc" else 25):  # to the green of the same pixel
        tab.keyboard.press("ArrowRight")
    assert tab.locator("[data-part=offset]").inner_text() == str(offset)
    assert tab.locator("[data-part=runtime]").get_attribute("data-same") == "true"
    assert tab.locator("[data-part=sum]").inner_text().startswith("(y, x, c) = (2, 2, 1), G")


def test_a_gain_changes_the_picture(tab):  # noqa: F811
    open_image(tab)
    picture = tab.get_by_role("img", name="put together as RGB")
    before = picture.get_attribute("src")
    tab.get_by_role("slider", name="Gain of red").focus()
    tab.keyboard.press("ArrowLeft")
    tab.wait_for_url("**red=0.9**")
    tab.wait_for_function("([image, before]) => image.src !== before", arg=[picture.element_handle(), before])


def test_fits_a_phone(tab):  # noqa: F811
    tab.set_viewport_size({"width": 390, "height": 844})
    open_image(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
