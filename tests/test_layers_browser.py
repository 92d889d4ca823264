"""Stacks of layers, pools, mixtures and growth in a real Chromium."""

import pytest

from playground import layers_field
from tests.test_browser import tab  # noqa: F401

pytestmark = pytest.mark.browser


def open_layers(tab, query, part):  # noqa: F811
    tab.goto(f"/layers?lang=en&{query}")
    tab.locator(f"[data-part={part}]").first.wait_for()
    tab.wait_for_timeout(500)


def seen(tab):  # noqa: F811
    return tab.locator("[data-part=drawing]").get_attribute("data-seen")


def test_the_cone_that_is_drawn_is_the_field_of_the_graph(tab):  # noqa: F811
    """A layer is changed by its menu, one is added, a scene is opened: each time the drawing agrees, and the link has it."""
    open_layers(tab, "stack=c3-c3", "drawing")
    assert seen(tab) == "5"
    tab.get_by_label("stride").first.select_option("2")
    tab.wait_for_url("**stack=c3s2-c3**")
    tab.locator("[data-seen='7']").wait_for()
    tab.get_by_role("button", name="Add a layer").click()
    tab.wait_for_url("**stack=c3s2-c3-c3**")
    tab.locator("[data-seen='11']").wait_for()
    for stack in ("c3-c3d2-c3d4-c3d8", "c5-p2-c5-p2"):
        title = next(title for title, code in layers_field.scenes().items() if code == stack)
        tab.get_by_role("button", name=title).click()
        field = layers_field.measured(layers_field.parse(stack))[-1][0]
        tab.locator(f"[data-seen='{field}']").wait_for()


def test_the_cone_is_walked_by_key(tab):  # noqa: F811
    open_layers(tab, "stack=c3-c3-c3", "drawing")
    tab.locator("[data-part=drawing]").focus()
    for key, expected in (("ArrowDown", "2.32"), ("ArrowRight", "2.33"), ("ArrowUp", "3.33")):
        tab.keyboard.press(key)
        tab.locator(f"[data-at='{expected}']").wait_for()
    assert seen(tab) == "7"


def test_a_number_typed_into_the_grid_is_pooled(tab):  # noqa: F811
    open_layers(tab, "section=pooling&grid=1,2,3,4;5,6,7,8;1,2,3,4;5,6,7,8&size=2&stride=2", "value")
    tab.locator("[data-part=play]").click()
    cell = tab.locator("[data-part=flow] .cell, [data-part=flow] figure div > *").first
    cell.click()
    tab.keyboard.type("9")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**grid=9**")
    tab.locator("[data-part=scrub]").fill("0")
    assert tab.locator("[data-part=value]").inner_text() == "9"
    assert tab.locator("[data-part=runtime]").get_attribute("data-same") == "true"


def test_a_mixture_changes_the_photo(tab):  # noqa: F811
    open_layers(tab, "section=mix", "value")
    picture = tab.get_by_role("img", name="mixed")
    before = picture.get_attribute("src")
    tab.get_by_role("button", name="grey", exact=True).click()
    tab.wait_for_url("**mix=0.299**")
    tab.wait_for_function("([image, before]) => image.src !== before", arg=[picture.element_handle(), before])


def test_what_a_way_to_grow_computes_is_what_the_window_explains(tab):  # noqa: F811
    for way in ("bilinear", "nearest", "transposed", "shuffle"):
        open_layers(tab, f"section=up&way={way}&small=1,2;3,5", "value")
        scrub = tab.locator("[data-part=scrub]")
        for place in range(int(scrub.get_attribute("max")) + 1):
            scrub.fill(str(place))
            assert tab.locator("[data-part=runtime]").get_attribute("data-same") == "true"


def test_fits_a_phone(tab):  # noqa: F811
    tab.set_viewport_size({"width": 390, "height": 844})
    for section in ("field", "filters", "pooling", "mix", "up"):
        open_layers(tab, f"section={section}", "drawing" if section == "field" else "pictures")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
