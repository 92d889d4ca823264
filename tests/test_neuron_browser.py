"""The neuron's lesson as a person meets it, in a real Chromium."""

import time
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from playground import halfplanes
from tests.test_browser import tab  # noqa: F401

pytestmark = pytest.mark.browser

SHADES = """canvas => { const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.width)
    return [width, Array.from({ length: width * width }, (_, i) => data[4 * i] > data[4 * i + 2])] }"""


def open_part(tab, query):  # noqa: F811
    tab.goto(f"/neuron?lang=en&{query}")
    agreed(tab)


def agreed(tab):  # noqa: F811
    tab.locator("[data-part=verdict][data-same=true]").wait_for(timeout=10_000)


def value(tab, name):  # noqa: F811
    return parse_qs(urlsplit(tab.url).query).get(name, [""])[0]


def orange(tab) -> np.ndarray:  # noqa: F811
    """Which cells of the map are orange, from the top left."""
    width, cells = tab.locator("[data-part=board] canvas").evaluate(SHADES)
    return np.array(cells).reshape(width, width)


def at(tab, x, y):  # noqa: F811
    """A point of the plane on the screen."""
    box = tab.locator("[data-part=board]").bounding_box()
    return box["x"] + (x + 1) / 3 * box["width"], box["y"] + (2 - y) / 3 * box["height"]


def test_a_line_is_dragged_by_mouse_and_the_graph_s_map_follows(tab):  # noqa: F811
    open_part(tab, "section=lines&lines=aao:1,0,-0.5,1")
    before = orange(tab)
    assert before[:, 110:].all() and not before[:, :90].any()
    tab.mouse.move(*at(tab, 0.5, 1.2))
    tab.mouse.down()
    tab.mouse.move(*at(tab, 1.0, 1.2), steps=5)
    tab.wait_for_timeout(100)
    moving = orange(tab)
    assert moving.shape == (100, 100) and moving[:, 72:].all() and not moving[:, :62].any()  # before the server knows
    assert "ONNX" not in tab.locator("[data-part=verdict]").inner_text()
    tab.mouse.up()
    begin = time.perf_counter()
    agreed(tab)
    assert time.perf_counter() - begin < 2
    after = orange(tab)
    assert after[:, 140:].all() and not after[:, :126].any()
    line = halfplanes.parse(value(tab, "lines")).lines[0]
    assert line == pytest.approx([1, 0, -1], abs=0.03)


def test_an_arrow_turns_its_line(tab):  # noqa: F811
    open_part(tab, "section=lines&lines=aao:1,0,-0.5,1")
    tab.mouse.move(*at(tab, 0.76, 0.5))
    tab.mouse.down()
    tab.mouse.move(*at(tab, 0.5, 0.9), steps=5)
    tab.mouse.up()
    tab.wait_for_url("**lines=**")
    tab.wait_for_function("() => !location.search.includes('1%2C0%2C-0.5')")
    assert halfplanes.parse(value(tab, "lines")).lines[0] == pytest.approx([0, 1, -0.5], abs=0.05)


def test_by_keyboard(tab):  # noqa: F811
    open_part(tab, "section=lines&lines=aao:1,0,-0.5,1")
    tab.locator(".line").first.focus()
    for _ in range(4):
        tab.keyboard.press("ArrowRight")
    tab.keyboard.press("f")
    tab.wait_for_function("() => location.search.includes('-1%2C0%2C0.7')")
    agreed(tab)
    cells = orange(tab)
    assert cells[:, :110].all() and not cells[:, 116:].any()


def test_scenes_gates_and_lines(tab):  # noqa: F811
    open_part(tab, "section=lines")
    tab.get_by_role("button", name="Triangle", exact=True).click()
    tab.wait_for_function(f"() => decodeURIComponent(location.search).includes('{halfplanes.scenes()['triangle']}')")
    agreed(tab)
    inside = orange(tab).mean()
    tab.locator("[data-unit='1.0']").click()  # the AND becomes an OR
    tab.wait_for_function("() => decodeURIComponent(location.search).includes('lines=oao:')")
    agreed(tab)
    assert orange(tab).mean() > 0.9 > 0.4 > inside
    tab.get_by_role("button", name="Add a line").click()
    tab.locator("[data-unit='0.3']").wait_for()
    tab.get_by_role("button", name="To the other neuron").click()
    tab.locator("[data-unit='2.0']").wait_for()
    agreed(tab)
    assert len(halfplanes.parse(value(tab, "lines")).layers()) == 3


def test_pointing_at_a_neuron_shows_its_own_map(tab):  # noqa: F811
    open_part(tab, "section=lines")
    whole = orange(tab)
    tab.locator("[data-unit='0.0']").hover()
    half_plane = orange(tab)
    assert (half_plane | whole).sum() == half_plane.sum() > whole.sum()


def test_the_neuron_s_weights_by_sliders(tab):  # noqa: F811
    open_part(tab, "")
    tab.get_by_role("slider", name="b", exact=True).focus()
    for _ in range(20):
        tab.keyboard.press("ArrowRight")
    tab.wait_for_function("() => decodeURIComponent(location.search).includes('neuron=1,1,-0.5')")
    agreed(tab)
    assert tab.locator("[data-part=truth] td:last-child").all_inner_texts() == ["−1", "1", "1", "1"]  # an OR
    tab.get_by_text("σ, sigmoid", exact=True).click()
    tab.wait_for_url("**f=sigmoid**")
    tab.locator("[data-part=truth] td", has_text="0.82").wait_for()


def test_a_training_plays_and_its_link_restores_it(tab):  # noqa: F811
    open_part(tab, "section=learning&hidden=sigmoid")
    tab.locator("[data-part=play]").click()
    tab.wait_for_timeout(1500)
    tab.locator("[data-part=play]").click()
    tab.wait_for_url("**trained=**")
    agreed(tab)
    told = tab.locator("[data-part=now]").inner_text()
    cells = orange(tab)
    assert int(value(tab, "trained")) > 50 and told.startswith(f"Step {value(tab, 'trained')}: ")
    tab.wait_for_timeout(300)
    assert tab.locator("[data-part=now]").inner_text() == told  # nothing moves when paused
    tab.goto(tab.url)
    agreed(tab)
    assert tab.locator("[data-part=now]").inner_text() == told
    assert np.array_equal(orange(tab), cells)


def test_points_are_put_down_and_taken_away(tab):  # noqa: F811
    open_part(tab, "section=learning&points=-1,0,1;1,0,0&trained=300&neurons=1")
    board = tab.locator("[data-part=board] svg")
    assert orange(tab)[100, [50, 150]].tolist() == [True, False]
    size = board.bounding_box()["width"]
    tab.get_by_role("button", name="Blue point").click()
    board.click(position={"x": size * 0.75, "y": size * 0.25})
    tab.wait_for_function("() => decodeURIComponent(location.search).includes(';1,1,0')")
    agreed(tab)
    board.click(position={"x": size * 0.25, "y": size * 0.5})  # the orange one
    tab.wait_for_function("() => !decodeURIComponent(location.search).includes('-1,0,1')")
    agreed(tab)
    assert not orange(tab)[100, [50, 150]].any()
    board.focus()
    tab.keyboard.press("c")
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("Enter")
    tab.wait_for_function("() => decodeURIComponent(location.search).includes(';0,0.1,1')")
    assert tab.locator(".point").count() == 3


def test_a_finger_drags_a_line(chromium, served):
    context = chromium.new_context(base_url=served, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    tab = context.new_page()  # noqa: F811
    open_part(tab, "section=lines&lines=aao:1,0,-0.5,1")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.locator("[data-part=board]").scroll_into_view_if_needed()
    finger = context.new_cdp_session(tab)
    touch = lambda x: [dict(zip("xy", at(tab, x, 1.2), strict=True))]  # noqa: E731
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": touch(0.5)})
    for x in (0.6, 0.7, 0.8, 0.9):
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": touch(x)})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    tab.wait_for_function("() => decodeURIComponent(location.search).includes('1,0,-0.9')")
    agreed(tab)
    context.close()


def test_the_step_melts_into_a_sigmoid(tab):  # noqa: F811
    open_part(tab, "section=lines&sharpness=4")
    slider = tab.get_by_role("slider", name="From the step to a gentle sigmoid")
    assert slider.input_value() == "4"
    slider.focus()
    tab.keyboard.press("ArrowLeft")
    tab.wait_for_url("**sharpness=8**")
    agreed(tab)
    assert tab.locator("[data-part=truth] td", has_text="0.98").count() > 0  # σ(8 · 0.5)
