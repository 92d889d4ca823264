"""The lesson "Fit a line, fit a plane" as a person meets it, in a real Chromium."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.test_browser import tab  # noqa: F401

pytestmark = pytest.mark.browser


def open_part(tab, query):  # noqa: F811
    tab.goto(f"/fit?lang=en&{query}")
    tab.locator("[data-part=now][data-step]").wait_for(timeout=10_000)
    tab.wait_for_timeout(300)


def value(tab, name):  # noqa: F811
    return parse_qs(urlsplit(tab.url).query).get(name, [""])[0]


def on(tab, part, x, y, reach):  # noqa: F811
    """A place of a pane on the screen; around its area are 40 pixels on the left, 24 above, 8 on the right and 34 below."""
    box = tab.locator(f"[data-part={part}]").bounding_box()
    wide, high = box["width"] - 48, box["height"] - 58
    return box["x"] + 40 + (x + reach) / (2 * reach) * wide, box["y"] + 24 + (reach - y) / (2 * reach) * high


def told(tab):  # noqa: F811
    return tab.locator("[data-part=now]").inner_text()


def test_descent_plays_stops_and_its_link_restores_it(tab):  # noqa: F811
    open_part(tab, "section=line")
    assert told(tab).startswith("Step 0: ")
    tab.locator("[data-part=play]").click()
    tab.wait_for_timeout(1000)
    tab.locator("[data-part=play]").click()
    tab.wait_for_url("**step=**")
    said, step = told(tab), int(value(tab, "step"))
    assert 10 < step < 400 and said.startswith(f"Step {step}: ")
    tab.wait_for_timeout(300)
    assert told(tab) == said
    tab.goto(tab.url)
    tab.locator(f"[data-part=now][data-step='{step}']").wait_for()
    assert told(tab) == said


def test_a_dragged_point_moves_the_surface_before_it_is_let_go(tab):  # noqa: F811
    open_part(tab, "section=line&points=-1,0;1,0")
    image = tab.locator("[data-part=surface] image")
    before = image.get_attribute("href")
    tab.mouse.move(*on(tab, "plane", 1, 0, 3))
    tab.mouse.down()
    tab.mouse.move(*on(tab, "plane", 1, 2, 3), steps=6)
    tab.wait_for_timeout(500)
    assert image.get_attribute("href") != before and "1%2C2" not in tab.url and "1,2" not in value(tab, "points")
    tab.mouse.up()
    tab.wait_for_function("() => decodeURIComponent(location.search).includes('points=-1,0;1,2')")


def test_points_are_added_and_removed(tab):  # noqa: F811
    open_part(tab, "section=line&points=-1,0;1,0")
    tab.mouse.click(*on(tab, "plane", 0, 1, 3))
    tab.wait_for_function("() => decodeURIComponent(location.search).split(';').length === 3")
    assert [float(v) for v in value(tab, "points").split(";")[2].split(",")] == pytest.approx([0, 1], abs=0.05)
    assert tab.locator(".point").count() == 3
    tab.get_by_role("button", name="Remove the chosen point").click()
    tab.wait_for_function("() => decodeURIComponent(location.search).includes('points=-1,0;1,0')")
    plane = tab.locator("[data-part=plane]")
    plane.focus()
    tab.keyboard.press("PageDown")
    tab.keyboard.press("ArrowUp")
    tab.wait_for_function("() => decodeURIComponent(location.search).includes('points=-1,0.1;1,0')")


def test_beyond_the_limit_it_says_that_it_runs_away(tab):  # noqa: F811
    open_part(tab, "section=line&rate=0.02&step=40")
    assert "away" not in told(tab)
    rate = tab.locator("[data-part=rate]")
    rate.focus()
    for _ in range(20):
        tab.keyboard.press("ArrowRight")
    tab.locator(".now.away").wait_for()
    assert "jumps over the valley" in told(tab) and float(value(tab, "rate")) > 0.034


def test_the_start_is_put_elsewhere(tab):  # noqa: F811
    open_part(tab, "section=line&step=30")
    tab.mouse.click(*on(tab, "surface", 2, 3, 4))
    tab.wait_for_function("() => /start=(1.9\\d|2(.0\\d)?),(2.9\\d|3(.0\\d)?)/.test(decodeURIComponent(location.search))")
    assert told(tab).startswith("Step 0: ")


def test_the_printed_digits_fall_into_place(tab):  # noqa: F811
    open_part(tab, "section=plane")
    tab.locator("[data-part=scrub]").focus()
    tab.keyboard.press("End")
    verdict = tab.locator("[data-part=verdict][data-same=true]")
    verdict.wait_for()
    assert int(verdict.get_attribute("data-digits")) >= 88
    tab.wait_for_url("**plane_step=1001**")
    tab.locator("[data-part=table] input").first.fill("2.5")
    tab.keyboard.press("Tab")
    tab.wait_for_function("() => decodeURIComponent(location.search).includes('table=2.5,0.1,3,1')")
    tab.locator("[data-part=verdict]", has_text="do not apply").wait_for()
    tab.get_by_role("button", name="The lecture's table").click()
    verdict.wait_for()


def test_a_bad_number_is_told_and_loses_nothing(tab):  # noqa: F811
    open_part(tab, "section=plane")
    first = tab.locator("[data-part=table] input").first
    first.fill("abc")
    tab.keyboard.press("Tab")
    assert "A number from −99 to 99" in told(tab) and first.get_attribute("aria-invalid") == "true"
    assert "table" not in tab.url


def test_on_a_telephone_nothing_sticks_out(chromium, served):
    context = chromium.new_context(base_url=served, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    tab = context.new_page()  # noqa: F811
    for section in ("search", "line", "plane", "words"):
        tab.goto(f"/fit?lang=ru&section={section}")
        tab.locator("h1").wait_for()
        tab.wait_for_timeout(700)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
