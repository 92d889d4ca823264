"""The lesson on deep nets as a person meets it, in a real Chromium."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.test_browser import tab  # noqa: F401

pytestmark = pytest.mark.browser

HEIGHTS = (
    "bars => bars.map(svg => [...svg.querySelectorAll('rect:not(.look)')].map(rect => Number(rect.getAttribute('height'))))"
)


def open_scene(tab, query=""):  # noqa: F811
    tab.goto(f"/deep_nets?lang=en&{query}")
    tab.locator(".bars.gradient rect[height]").last.wait_for(timeout=20_000, state="attached")


def heights(tab, kind):  # noqa: F811
    """Of the bars, by net and layer."""
    return tab.locator(f".bars.{kind}").evaluate_all(HEIGHTS)


def epoch(tab):  # noqa: F811
    return int(tab.locator("[data-part=epoch]").inner_text())


def plays_until(tab, step):  # noqa: F811
    tab.locator("[data-part=play]").click()
    tab.wait_for_function("step => Number([...document.querySelectorAll('*')].map(e => (e.shadowRoot ?? e).querySelector"
                          "('[data-part=epoch]')?.dataset.step).find(Boolean)) >= step", arg=step, timeout=20_000)  # fmt: skip
    tab.locator("[data-part=play]").click()
    tab.wait_for_url("**epoch=**")


def test_it_plays_bars_move_and_the_link_replays_it(tab):  # noqa: F811
    open_scene(tab)
    before = heights(tab, "moved")
    assert [len(bars) for bars in before] == [21, 21, 21] and epoch(tab) == 0
    gradient = heights(tab, "gradient")
    assert gradient[0][0] < gradient[0][-1] / 10 and gradient[2][0] > gradient[2][-1] / 2  # σ with small weights; tanh
    plays_until(tab, 12)
    after = heights(tab, "moved")
    assert after[2][0] > before[2][0] + 10 and after[0][0] == before[0][0]  # tanh has moved at layer 1, σ stands still
    assert after[0][-1] > before[0][-1] + 10  # only its output layer has
    reached, told = epoch(tab), tab.locator(".told").all_inner_texts()
    assert parse_qs(urlsplit(tab.url).query)["epoch"] == [str(reached)]
    tab.wait_for_timeout(400)
    assert epoch(tab) == reached  # nothing moves when paused
    shown = {kind: heights(tab, kind) for kind in ("gradient", "moved", "spread")}
    tab.goto(tab.url)
    tab.wait_for_function("told => [...document.querySelectorAll('*')].some(e => (e.shadowRoot ?? e).querySelector('.told')"
                          "?.textContent === told)", arg=told[0], timeout=20_000)  # fmt: skip
    tab.locator(f"[data-part=epoch][data-step='{reached}']").wait_for()
    assert tab.locator(".told").all_inner_texts() == told
    assert {kind: heights(tab, kind) for kind in shown} == shown


def test_one_epoch_a_layer_by_keyboard_and_from_the_start(tab):  # noqa: F811
    open_scene(tab, "nets=relu-small;short&depth=6")
    tab.get_by_role("button", name="One epoch").click()
    tab.wait_for_url("**epoch=1**")
    said = tab.locator(".bars.gradient + .said").last
    first = said.inner_text()
    tab.locator(".bars.gradient").last.focus()
    tab.keyboard.press("End")
    assert said.inner_text() != first and tab.locator(".title span").first.inner_text() == "output"
    tab.get_by_role("button", name="From the start").click()
    tab.locator("[data-part=epoch][data-step='0']").wait_for()
    tab.wait_for_function("() => !location.search.includes('epoch')")


def test_numbers_that_explode_are_told_while_the_others_learn(tab):  # noqa: F811
    open_scene(tab)
    tab.get_by_text("Exploding", exact=True).click()
    tab.wait_for_url("**large**")
    tab.locator(".head", has_text="ReLU · large weights").wait_for()
    plays_until(tab, 5)
    assert "beyond all bounds" in tab.locator(".lost:not([hidden])").inner_text()
    assert tab.locator(".lost:not([hidden])").count() == 1 and epoch(tab) >= 5


def test_depth_moves_the_net_and_a_phone_shows_them_side_by_side(chromium, served):
    context = chromium.new_context(base_url=served, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_scene(page, "nets=sigmoid-small;xavier;tanh-xavier")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    tops = page.locator(".plane").evaluate_all("planes => planes.map(plane => plane.getBoundingClientRect().top)")
    assert len(set(tops)) == 1
    page.get_by_role("slider", name="Hidden layers").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**depth=21**")
    page.locator(".bars.gradient").first.locator("rect:not(.look)").nth(21).wait_for(state="attached")
    context.close()
