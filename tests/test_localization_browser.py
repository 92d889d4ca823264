"""Boxes under mouse, finger and keys, and the window that runs, in a real Chromium."""

from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from playground import overlap, sliding_window
from tests.test_browser import tab  # noqa: F401

pytestmark = pytest.mark.browser


def open_section(tab, query):  # noqa: F811
    tab.goto(f"/localization?lang=en&{query}")
    tab.locator("h1").first.wait_for()


def value(tab, name):  # noqa: F811
    return parse_qs(urlsplit(tab.url).query).get(name, [""])[0]


def agreed(tab):  # noqa: F811
    tab.locator("[data-part=verdict][data-same=true]").wait_for(timeout=30_000)


def at(tab, x, y, board="[data-part=board] svg"):  # noqa: F811
    """A place on the board, in shares of its sides, on the screen."""
    box = tab.locator(board).first.bounding_box()
    wide = min(box["width"], 1.35 * box["height"])
    return box["x"] + (box["width"] - wide) / 2 + x * wide, box["y"] + y * box["height"]


def dragged(tab, begin, end):  # noqa: F811
    tab.mouse.move(*at(tab, *begin))
    tab.mouse.down()
    tab.mouse.move(*at(tab, *end), steps=5)


def cell(tab, row):  # noqa: F811
    return float(tab.locator(f"[data-row={row}] td").last.inner_text().rstrip(" %").replace("−", "-"))


def test_a_box_is_dragged_and_the_graph_agrees(tab):  # noqa: F811
    open_section(tab, "section=iou&giou=true&pair=0.1,0.2,0.4,0.8;0.6,0.2,0.9,0.8")
    agreed(tab)
    assert cell(tab, "iou") == 0 and cell(tab, "giou") < 0
    dragged(tab, (0.75, 0.5), (0.4, 0.5))
    assert cell(tab, "iou") > 0.2  # while it moves, before the graph knows
    tab.mouse.up()
    tab.wait_for_function("() => decodeURIComponent(location.search).includes(';0.2')")
    agreed(tab)
    boxes = overlap.parse(value(tab, "pair"))
    assert boxes[1] == pytest.approx([0.25, 0.2, 0.55, 0.8], abs=0.01)
    assert cell(tab, "iou") == pytest.approx(float(overlap.measured(boxes[:1], boxes[1:])["iou"][0, 0]), abs=1e-4)


def test_a_corner_resizes_and_keys_move(tab):  # noqa: F811
    open_section(tab, "section=iou&pair=0.1,0.2,0.4,0.8;0.6,0.2,0.9,0.8")
    agreed(tab)
    dragged(tab, (0.4, 0.8), (0.5, 0.6))
    tab.mouse.up()
    tab.wait_for_function("() => decodeURIComponent(location.search).includes('0.1,0.2,0.5')")
    assert overlap.parse(value(tab, "pair"))[0] == pytest.approx([0.1, 0.2, 0.5, 0.6], abs=0.01)
    tab.locator(".movable[data-box=B]").focus()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowDown", "Shift+ArrowRight"):
        tab.keyboard.press(key)
    tab.wait_for_function("() => decodeURIComponent(location.search).includes(';0.58,0.21,0.89,0.81')")
    agreed(tab)


def test_a_finger_drags_a_box_on_a_phone(chromium, served):
    context = chromium.new_context(base_url=served, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    tab = context.new_page()  # noqa: F811
    open_section(tab, "section=iou&pair=0.1,0.2,0.4,0.8;0.6,0.2,0.9,0.8")
    agreed(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.locator("[data-part=board]").first.scroll_into_view_if_needed()
    finger = context.new_cdp_session(tab)
    touch = lambda x: [dict(zip("xy", at(tab, x, 0.5), strict=True))]  # noqa: E731
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": touch(0.25)})
    for x in (0.3, 0.4, 0.45):
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": touch(x)})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    tab.wait_for_function("() => decodeURIComponent(location.search).includes('pair=0.3')")
    agreed(tab)
    context.close()


def test_your_box_on_the_photo_changes_the_loss(tab):  # noqa: F811
    open_section(tab, "section=box&sample=cat&box_cat=0.3,0.3,0.6,0.7")
    tab.locator("[data-box=truth]").wait_for()
    told = tab.locator(".katex-mathml annotation", has_text="L = ").last.text_content()
    tab.locator("[data-box=truth]").focus()
    for _ in range(5):
        tab.keyboard.press("Shift+ArrowRight")
    tab.wait_for_function("() => decodeURIComponent(location.search).includes('0.3,0.3,0.65,0.7')")
    formulas = "[...document.querySelectorAll('.katex-mathml annotation')].map(part => part.textContent)"
    tab.wait_for_function(f"told => {formulas}.some(text => text.startsWith('L = ') && text !== told)", arg=told)
    assert tab.locator("[data-box=net]").count() == 1


def test_the_window_runs_and_the_count_grows(tab):  # noqa: F811
    open_section(tab, "section=sliding")
    sheet = tab.locator("[data-part=sheet][data-done='225']")
    sheet.wait_for(timeout=30_000)  # it runs by itself at first
    assert tab.locator(".found").count() == 3
    tab.locator("[data-part=play]").click()
    tab.wait_for_timeout(1000)
    done = int(tab.locator("[data-part=sheet][data-done]").get_attribute("data-done"))
    assert 10 < done < 200
    tab.locator("[data-part=once]").click()
    tab.locator("[data-done='225']").wait_for()
    one, once = sliding_window.cost(84)
    assert tab.locator("[data-cost=windows]").inner_text() == f"225 × {one:,} = {225 * one:,}"
    assert tab.locator("[data-cost=once]").inner_text() == f"{once:,}"
    assert "times fewer" in tab.locator("[data-part=verdict]").inner_text()


def test_a_digit_drawn_is_found_and_a_window_kept(tab):  # noqa: F811
    open_section(tab, "section=sliding&drawing=")
    tab.locator("[data-done='225']").wait_for(timeout=30_000)
    assert tab.locator(".found").count() == 0
    canvas = tab.locator("[data-part=sheet][data-text=sheet]").bounding_box()
    points = [(100, 90), (140, 90), (120, 145)]  # a seven
    places = [(canvas["x"] + x * canvas["width"] / 256, canvas["y"] + y * canvas["width"] / 256) for x, y in points]
    tab.mouse.move(*places[0])
    tab.wait_for_timeout(200)
    tab.mouse.down()
    for place in places[1:]:
        tab.mouse.move(*place, steps=6)
    tab.mouse.up()
    tab.locator(".found", has_text="7").wait_for(timeout=15_000)
    board = tab.locator("[data-part=sheet][data-done]")
    board.focus()
    tab.keyboard.press("ArrowRight")
    at = np.array([int(part) for part in board.get_attribute("data-look").split(".")])
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"**look={at[0]}.{at[1]}**")


def test_an_answer_is_pointed_at_in_the_lecture_s_picture(tab):  # noqa: F811
    open_section(tab, "section=convolution&side=16")
    row = tab.locator("[data-part=row]")
    row.focus()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowRight")
    assert row.get_attribute("data-at") == "1.1"
    assert "rows 2–15 and columns 2–15" in tab.locator("[data-part=told]").inner_text()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**answer=1.1**")
