"""The graph that differentiates itself as a person meets it, in a real Chromium."""

import pytest

from playground import autograd, autograd_page
from tests.test_browser import tab  # noqa: F401
from tests.test_fit_browser import value

pytestmark = pytest.mark.browser
NODES = autograd_page.read(autograd_page.NEURON)


def open_at(tab, query=""):  # noqa: F811
    tab.goto(f"/autograd?lang=en&{query}")
    tab.locator("[data-node='0']").wait_for(timeout=10_000)
    tab.wait_for_timeout(300)


def gradient(tab, row):  # noqa: F811
    return tab.locator("[data-part=variables] td.by").nth(row).inner_text()


def test_a_typed_expression_becomes_a_graph(tab):  # noqa: F811
    open_at(tab, "at=x=1.5,y=-1")
    tab.locator("[data-part=f]").fill("x*y + x")
    tab.locator("[data-node='4']").wait_for(state="detached")
    assert "x*y" not in tab.url  # still under the hand
    tab.keyboard.press("Enter")
    tab.wait_for_function("() => decodeURIComponent(location.search).includes('f=x*y')")
    assert tab.locator("[data-node]").count() == 4
    assert (gradient(tab, 0), gradient(tab, 1)) == ("0", "1.5")  # y + 1 at y = −1, and x
    tab.locator("[data-node='0']").hover()
    tab.locator("[data-part=say]", has_text="used 2 times").wait_for()


def test_a_mistake_is_shown_where_it_is_and_the_graph_stays(tab):  # noqa: F811
    open_at(tab, "f=x*y")
    tab.locator("[data-part=f]").fill("x*foo(y)")
    tab.locator("[data-part=problem] mark", has_text="foo").wait_for()
    assert tab.locator("[data-node]").count() == 3 and tab.locator(".paper.old").count() == 1
    assert "Position 3" in tab.locator("[data-part=problem]").inner_text()


def test_values_come_forward_then_gradients_backward(tab):  # noqa: F811
    open_at(tab, "f=sin(x*y)&at=x=1,y=2")
    texts = lambda: tab.locator("[data-node='3'] text").all_text_contents()  # noqa: E731
    assert texts() == ["sin", "0.9093", "1"]
    tab.locator("[data-part=restart]").click()
    assert texts()[1:] == ["·", "·"]
    step = tab.locator("[data-part=step]")
    step.click()
    step.click()
    assert texts()[1:] == ["0.9093", "·"]
    step.click()
    assert texts()[1:] == ["0.9093", "1"]
    step.click()
    tab.locator("[data-part=say]", has_text="(cos 2 = −0.4161) = −0.4161").wait_for()
    tab.wait_for_url("**step=4**")
    tab.goto(tab.url)
    tab.locator("[data-part=say]", has_text="(cos 2 = −0.4161)").wait_for()
    tab.locator("[data-part=play]").click()
    tab.wait_for_function("() => !location.search.includes('step=4')")


def test_a_slider_asks_the_graph_while_it_moves(tab):  # noqa: F811
    open_at(tab, "f=x^2&at=x=1")
    slider = tab.locator("[data-part=variables] input[type=range]")
    slider.focus()
    for _ in range(100):
        tab.keyboard.press("ArrowRight")
    tab.wait_for_function("() => location.search.includes('at=x%3D2') || location.search.includes('at=x=2')")
    tab.wait_for_timeout(300)
    assert gradient(tab, 0) == "4"


def test_it_trains_itself_until_stopped(tab):  # noqa: F811
    open_at(tab)
    tab.get_by_role("button", name="One step of descent").click()
    tab.wait_for_url("**at=**")
    tab.get_by_role("button", name="▶ Train").click()
    tab.wait_for_timeout(2500)
    tab.get_by_role("button", name="❚❚ Stop").click()
    tab.wait_for_timeout(500)
    at = dict(part.split("=") for part in value(tab, "at").split(","))
    assert float(at["x1"]) == 1 and float(at["w1"]) > 1
    loss = autograd.run(NODES, {name: float(number) for name, number in at.items()})[f"value.{len(NODES) - 1}"][0]
    assert loss < 0.05
    still = tab.url
    tab.wait_for_timeout(400)
    assert tab.url == still


def test_on_a_telephone_nothing_sticks_out(chromium, served):
    context = chromium.new_context(base_url=served, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    tab = context.new_page()  # noqa: F811
    open_at(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
