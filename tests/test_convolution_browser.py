"""The convolution as a person meets it, in a real Chromium: pointed at, typed into, painted, played."""

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from playground import convolution_scenes as scenes
from playground.convolution import convolve
from tests.test_browser import stroke, tab  # noqa: F401

pytestmark = pytest.mark.browser


def open_lesson(tab, query):  # noqa: F811
    tab.goto(f"/convolution?lang=en&{query}")
    tab.locator(".grid.output .cell").first.wait_for()


def numbers(tab, kind, n=0) -> list[float]:  # noqa: F811
    cells = tab.locator(f".grid.{kind}").nth(n).locator(".cell > span").all_inner_texts()
    return [float(cell.replace("−", "-")) for cell in cells]


def parameter(tab, name) -> str:  # noqa: F811
    return parse_qs(urlsplit(tab.url).query)[name][0]


def agrees(tab) -> bool:  # noqa: F811
    return tab.locator("[data-part=runtime]").first.get_attribute("data-same") == "true"


def test_each_scene_opened_by_its_link_shows_its_result(tab):  # noqa: F811
    """And at every output number, the sum written out in JavaScript is ONNX Runtime's."""
    for name, scene in scenes.SCENES.items():
        open_lesson(tab, f"scene={name}")
        y = convolve(scene.x, scene.w, scene.b, scene.setting)["y"][0]
        for n, channel in enumerate(y):
            assert np.abs(np.subtract(numbers(tab, "output", n), channel.ravel())).max() <= 0.0051
        same = tab.locator("[data-part=scrub]").evaluate("""scrub => Array.from({ length: +scrub.max + 1 }, (_, n) => {
            scrub.value = n
            scrub.dispatchEvent(new Event("input"))
            return scrub.getRootNode().querySelector("[data-part=runtime]").dataset.same
        })""")
        assert same == ["true"] * y.size
        assert tab.evaluate("document.documentElement.scrollWidth") <= 1280


def test_a_kernel_is_edited_by_keyboard_and_the_link_has_it(tab):  # noqa: F811
    open_lesson(tab, "scene=first")
    tab.locator(".grid.kernel").focus()
    for key in ("ArrowRight", "ArrowDown", "5", "Enter"):
        tab.keyboard.press(key)
    tab.wait_for_url(re.compile("kernel="))
    assert parameter(tab, "kernel") == "0,1,0;-1,5,-1;0,1,0"
    w = scenes.SCENES["first"].w.copy()
    w[0, 0, 1, 1] = 5
    expected = convolve(scenes.SIX[None], w, None, scenes.SCENES["first"].setting)["y"].ravel().tolist()
    tab.locator(".flow:not(.stale)").wait_for()
    assert numbers(tab, "output") == expected
    for key in ("ArrowDown", "-", "1", ".", "5", "Escape"):
        tab.keyboard.press(key)
    tab.reload()
    tab.locator(".grid.output .cell").first.wait_for()
    assert numbers(tab, "kernel") == [0, 1, 0, -1, 5, -1, 0, 1, 0]


def test_a_cell_is_clicked_and_typed_into(tab):  # noqa: F811
    open_lesson(tab, "scene=second")
    tab.locator(".grid.input .cell").nth(6).click()
    tab.keyboard.type("100")
    tab.keyboard.press("Enter")
    tab.wait_for_url(re.compile("input="))
    tab.locator(".flow:not(.stale)").wait_for()
    x = scenes.FIVE.copy()
    x[1, 1] = 100
    expected = convolve(x[None], scenes.SCENES["second"].w, None, scenes.SCENES["second"].setting)["y"].ravel().tolist()
    assert numbers(tab, "output") == expected


def test_pointing_tells_the_sum_without_the_server(tab):  # noqa: F811
    open_lesson(tab, "scene=first")
    tab.locator("[data-part=next]").click()
    tab.locator(".grid.output .cell").nth(6).hover()
    assert "Output [1, 2] = Σ patch × kernel = 8" in tab.locator("[data-part=sum]").inner_text()
    assert "4·0 + 0·0" not in tab.url and agrees(tab)
    tab.locator(".grid.output .cell").nth(6).click()
    tab.wait_for_url(re.compile("look=0.1.2"))
    tab.locator(".grid.output").press("ArrowLeft")
    assert "Output [1, 1] = Σ patch × kernel = 4" in tab.locator("[data-part=sum]").inner_text()


def test_the_player_plays_stops_and_stands_still_for_those_who_ask(tab):  # noqa: F811
    open_lesson(tab, "scene=second")
    play = tab.locator("[data-part=play][aria-pressed=true]")
    play.wait_for()
    tab.get_by_text("2 / 9").wait_for(timeout=5000)
    play.click()
    at = tab.locator("[data-part=place]").inner_text()
    tab.wait_for_timeout(1000)
    assert tab.locator("[data-part=place]").inner_text() == at
    assert tab.locator(".cell.later").count() == 9 - int(at.split(" / ")[0])
    tab.emulate_media(reduced_motion="reduce")
    open_lesson(tab, "scene=second")
    tab.wait_for_timeout(1200)
    assert tab.locator("[data-part=place]").inner_text() == "1 / 9"


def test_a_slash_is_drawn_and_told(tab):  # noqa: F811
    open_lesson(tab, "scene=slash")
    cells = tab.locator(".grid.input .cell")
    for n in (10, 15):
        cells.nth(n).click()
    tab.get_by_text("this is empty").wait_for()
    for n in (3, 6):
        cells.nth(n).click()
    tab.get_by_text("The largest number is 1: this is /").wait_for()
    for n in (3, 6, 0, 5):
        cells.nth(n).click()
    tab.get_by_text("The largest number is 2: this is \\").wait_for()
    assert parameter(tab, "input") == "1,0,0,0;0,1,0,0;0,0,0,0;0,0,0,0"


def test_settings_answer_at_once(tab):  # noqa: F811
    open_lesson(tab, "scene=first")
    tab.get_by_role("radio", name="same").click()
    tab.locator(".grid.output .cell").nth(35).wait_for()
    assert tab.locator(".grid.input .cell.ghost").count() == 28
    tab.get_by_role("radio", name="a reflection").click()
    tab.wait_for_url(re.compile("fill=reflect"))
    tab.wait_for_timeout(500)
    assert numbers(tab, "input")[:8] == np.pad(scenes.SIX, 1, "reflect")[0].tolist()


def test_a_drawn_pattern_is_outlined_where_it_matches(tab):  # noqa: F811
    """A lone bar like the filter's, drawn where nothing else is: the outline lies on it."""
    open_lesson(tab, "section=search")
    sheet = tab.locator("[data-part=sheet]")
    tab.locator("[data-part=clear]").click()
    tab.get_by_text("Largest sum: 0").wait_for()
    stroke(tab, [(80, 190), (80, 130)])
    tab.get_by_text("Largest sum: 0").wait_for(state="detached")
    tab.wait_for_timeout(500)
    outline, paper = tab.locator("[data-part=outline]").bounding_box(), sheet.bounding_box()
    left, top = ((outline[side] - paper[side]) / paper["width"] * 256 for side in "xy")
    right, bottom = left + outline["width"] / paper["width"] * 256, top + outline["height"] / paper["height"] * 256
    assert left < 80 < right and top < 190 and bottom > 130


def picture(tab) -> str:  # noqa: F811
    return tab.locator("[data-part=after]").get_attribute("src")


def test_a_kernel_edited_by_keyboard_changes_the_photo(tab):  # noqa: F811
    open_lesson(tab, "section=photo&effect=identity")
    before = picture(tab)
    tab.locator(".grid.kernel").focus()
    for key in ("ArrowRight", "ArrowDown", "0", "Enter"):
        tab.keyboard.press(key)
    tab.wait_for_function(
        "([image, was]) => image.src !== was", arg=[tab.locator("[data-part=after]").element_handle(), before]
    )
    black = tab.locator("[data-part=after]").evaluate("""async image => {
        await image.decode()
        const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 320 })
        canvas.getContext("2d").drawImage(image, 0, 0)
        const { data } = canvas.getContext("2d").getImageData(0, 0, 320, 320)
        return data.every((value, i) => i % 4 === 3 || value === 0)
    }""")
    assert black  # no weight is left
    assert parameter(tab, "kernel") == "0,0,0;0,0,0;0,0,0"


def test_a_slider_changes_the_photo_and_the_line_parts_it(tab):  # noqa: F811
    open_lesson(tab, "section=photo&effect=edges")
    before, gain = picture(tab), tab.locator("[data-part=gain]")
    for _ in range(8):
        gain.press("ArrowRight")
    tab.wait_for_url(re.compile("gain=1.8"))
    assert picture(tab) != before
    handle = tab.locator("[data-part=handle]")
    handle.press("End")
    assert handle.get_attribute("aria-valuenow") == "100"
    tab.locator("[data-part=stage]").click(position={"x": 100, "y": 100})
    tab.wait_for_url(re.compile("pixel="))


def test_a_phone_has_it_all_and_a_finger_types(chromium, served):
    context = chromium.new_context(base_url=served, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    for query in ("scene=channels", "section=search", "section=photo", "scene=second"):
        open_lesson(page, query)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, query
    page.locator(".grid.kernel .cell").nth(0).tap()
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("kernel=7"))
    context.close()
