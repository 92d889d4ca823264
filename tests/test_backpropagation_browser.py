"""Backpropagation through a convolution as a person meets it, in a real Chromium."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from playground import backpropagation as story
from playground import matrices
from tests.test_browser import tab  # noqa: F401

pytestmark = pytest.mark.browser


def open_scene(tab, **scene):  # noqa: F811
    tab.goto(f"/backpropagation?{urlencode({'lang': 'en'} | scene)}")
    tab.locator("[data-part=total]").wait_for()


def cell(tab, name, row, column):  # noqa: F811
    return tab.locator(f"[data-at='{name}.{row}.{column}']")


def linked(tab, name):  # noqa: F811
    return parse_qs(urlsplit(tab.url).query)[name][0]


def expect_sum(tab, value, same="true"):  # noqa: F811
    tab.wait_for_function(
        "([value, same]) => [...document.querySelectorAll('*')].some(host => { const root = host.shadowRoot ?? host;"
        " return root.querySelector?.('[data-part=total]')?.textContent === value"
        " && root.querySelector('[data-same]')?.dataset.same === same })",
        arg=[value, same],
    )


def gradients(**scene):
    x, w, t = (matrices.parse(scene[name]) for name in "xwt")
    return story.gradients(story.Setting(x, w, t, scene.get("loss", "given"), int(scene.get("stride", 1)), 0))


def test_each_scene_s_sum_agrees_with_the_graph_and_the_numeric_derivative(tab):  # noqa: F811
    for name, scene in story.scenes().items():
        open_scene(tab, **scene)
        agreed = tab.locator("[data-same]").evaluate_all("marks => marks.map(mark => mark.dataset.same)")
        assert agreed == (["false", "true"] if name == "printed" else ["true", "true"]), name


def test_scenes_are_one_click_away(tab):  # noqa: F811
    open_scene(tab, loss="squares")
    for title, checked in (("Stride 2", ["given", "2", "0"]), ("Learn a kernel", ["squares", "1", "0"])):
        tab.get_by_text(title, exact=True).click()
        for key, label in zip(("loss", "stride", "padding"), checked, strict=True):
            tab.locator(f".st-key-{key}-en [aria-checked=true]", has_text=label).wait_for()


def test_a_click_on_a_weight_shows_its_sum(tab):  # noqa: F811
    scene = story.scenes()["slide"]
    open_scene(tab, **scene)
    cell(tab, "w", 1, 1).click()
    expect_sum(tab, f"{gradients(**scene)['dw'][1, 1]:g}")
    tab.wait_for_url("**look=w.1.1**")
    assert tab.locator(".chip").count() == 4
    tab.locator(".chip").nth(3).hover()
    tab.wait_for_timeout(400)
    assert tab.locator(".window").evaluate("window => getComputedStyle(window).opacity") == "1"


def test_a_number_edited_by_keyboard_moves_everything(tab):  # noqa: F811
    scene = story.scenes()["slide"]
    open_scene(tab, **scene)
    cell(tab, "x", 0, 0).focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.type("-2.5")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**-2.5**")
    changed = scene | {"x": linked(tab, "x")}
    assert changed["x"] == "3,-2.5,2;0,2,1;4,1,3"
    expect_sum(tab, f"{gradients(**changed)['dw'][0, 0]:g}".replace("-", "−"))
    cell(tab, "dy", 0, 0).focus()
    tab.keyboard.type("99999")
    tab.keyboard.press("Enter")
    tab.get_by_text("A number between").wait_for()
    tab.keyboard.press("Escape")
    assert linked(tab, "t") == scene["t"]


def test_an_edit_loses_nothing_of_what_no_link_has_said(tab):  # noqa: F811
    open_scene(tab)
    cell(tab, "w", 1, 0).focus()
    tab.keyboard.type("3")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**w=**")
    scene = story.scenes()["slide"] | {"w": "1,0;3,2"}
    expect_sum(tab, f"{gradients(**scene)['dw'][0, 0]:g}")
    assert cell(tab, "dy", 1, 0).locator("span").first.inner_text() == "−1"


def test_descent_plays_to_its_end_and_the_loss_has_fallen(tab):  # noqa: F811
    open_scene(tab, **story.scenes()["descent"])
    before = tab.locator("[data-part=loss]").inner_text()
    tab.locator("[data-part=descend]").click()
    tab.wait_for_url(f"**step={story.DESCENT}**", timeout=20_000)
    after = tab.locator("[data-part=loss]").inner_text()
    assert float(after.split("= ")[1]) < 0.1 * float(before.split("= ")[1])
    assert set(tab.locator("[data-same]").evaluate_all("marks => marks.map(mark => mark.dataset.same)")) == {"true"}


def test_fits_a_phone_with_the_stage_first(tab):  # noqa: F811
    tab.set_viewport_size({"width": 390, "height": 844})
    open_scene(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    stage, loss = (tab.locator(part).bounding_box()["y"] for part in ("[data-part=grids]", ".st-key-loss-en"))
    assert stage < loss
