"""The page on activation functions as a person meets it, in a real Chromium: dragged, played, and by keys."""

import numpy as np
import pytest

from playground import activations, softmax
from tests.test_browser import tab  # noqa: F401

pytestmark = pytest.mark.browser


def cells(tab, name):  # noqa: F811
    """The numbers in a function's row."""
    return [float(text.replace("−", "-")) for text in tab.locator(f"tr[data-name={name}] td.number").all_inner_texts()]


def open_page(tab, query, ready):  # noqa: F811
    tab.goto(f"/activations?lang=en&{query}")
    tab.locator(ready).first.wait_for()
    tab.wait_for_timeout(300)


def test_the_point_is_dragged_and_every_number_is_the_graphs(tab):  # noqa: F811
    """The mouse drags it, no server is asked on the way; where it rests is in the address, and the link restores it."""
    open_page(tab, "functions=sigmoid,gelu", "tr[data-name=gelu]")
    box = tab.locator("[data-part=value] svg").first.bounding_box()
    tab.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 100)
    tab.wait_for_timeout(200)
    tab.mouse.down()
    seen = set()
    for share in (0.55, 0.5, 0.4, 0.3):
        tab.mouse.move(box["x"] + box["width"] * share, box["y"] + 120, steps=4)
        seen.add(tuple(cells(tab, "gelu")))
    assert len(seen) == 4 and "point" not in tab.url
    tab.mouse.up()
    tab.wait_for_url("**point=-**")
    x = float(tab.locator("[data-part=panes]").get_attribute("aria-valuenow"))
    for name in ("sigmoid", "gelu"):
        answer = activations.at(name, activations.points(round(x, 2)))
        assert cells(tab, name) == pytest.approx([answer["y"][0], answer["slope"][0]], abs=6e-5)
    link, before = tab.url, cells(tab, "gelu")
    tab.goto(link)
    tab.locator("tr[data-name=gelu]").wait_for()
    assert cells(tab, "gelu") == before


def test_the_point_is_moved_by_keys_and_saturation_is_said(tab):  # noqa: F811
    open_page(tab, "functions=tanh,relu&point=0", "tr[data-name=relu]")
    stage = tab.locator("[data-part=panes]")
    stage.focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Shift+ArrowRight")
    assert cells(tab, "relu") == [0.11, 1]
    assert cells(tab, "tanh") == pytest.approx([np.tanh(0.11), 1 - np.tanh(0.11) ** 2], abs=1e-4)
    tab.keyboard.press("Home")
    assert cells(tab, "relu") == [0, 0]
    assert tab.locator("tr[data-name=relu] .note").inner_text() == "saturated: the gradient dies"
    assert "f′ = 0.0000" in stage.get_attribute("aria-valuetext")
    tab.wait_for_url("**point=-6.00**")


def test_a_finger_moves_the_point(chromium, served):
    context = chromium.new_context(base_url=served, viewport={"width": 390, "height": 844}, has_touch=True, locale="en-US")
    phone = context.new_page()
    open_page(phone, "functions=relu&point=-3", "tr[data-name=relu]")
    box = phone.locator("[data-part=value] svg").first.bounding_box()
    phone.touchscreen.tap(box["x"] + box["width"] * 0.9, box["y"] + 90)
    phone.wait_for_url("**point=*")
    value, slope = cells(phone, "relu")
    assert 4 < value < 6 and slope == 1
    context.close()


def test_a_parameter_changes_the_curve(tab):  # noqa: F811
    open_page(tab, "functions=leaky&point=-2", "tr[data-name=leaky]")
    assert cells(tab, "leaky") == [-0.02, 0.01]
    tab.get_by_role("slider", name="of leaky ReLU").focus()
    tab.keyboard.press("ArrowRight")
    tab.locator("tr[data-name=leaky] td.number", has_text="−0.0400").wait_for()
    tab.wait_for_url("**a_leaky=0.02**")


def test_a_dead_relu_stays_dead_and_the_leaky_one_learns(tab):  # noqa: F811
    open_page(tab, "section=dying", ".net h4")
    relu, leaky = tab.locator(".net").nth(0), tab.locator(".net").nth(1)
    begin = [float(net.get_attribute("data-loss")) for net in (relu, leaky)]
    tab.get_by_role("button", name="Learn").click()
    tab.wait_for_url("**moment=120**", timeout=15000)
    assert float(relu.get_attribute("data-loss")) == begin[0] and relu.get_attribute("data-dead") == "true"
    assert float(leaky.get_attribute("data-loss")) < 0.01 < begin[1]
    tab.get_by_text("Alive", exact=False).first.click()
    tab.locator(".net:first-child[data-dead=false]").wait_for()
    assert tab.locator("[data-part=step]").inner_text() == "step 0"


def test_logits_are_dragged_and_the_graph_agrees(tab):  # noqa: F811
    open_page(tab, "section=softmax", "[data-part=told][data-same=true]")
    bars = tab.locator("[data-part=logits] .bar")
    box = bars.nth(3).bounding_box()
    tab.mouse.move(box["x"] + 20, box["y"] + box["height"] * 0.6)
    tab.wait_for_timeout(200)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 20, box["y"] + 1, steps=5)
    tab.mouse.up()
    tab.wait_for_url("**logits=**")
    tab.locator("[data-part=told][data-same=true]").wait_for()
    z = [float(bar.get_attribute("aria-valuenow")) for bar in bars.all()]
    assert z[3] > 4.8
    shown = [float(text) for text in tab.locator("[data-part=shares] b").all_inner_texts()]
    expected = softmax.at(np.array(z, np.float32))["p"][softmax.nearest(1)]
    assert shown == pytest.approx(expected.tolist(), abs=6e-4)
    for _unit in range(3):
        tab.get_by_role("button", name="One unit fewer").click()
    tab.wait_for_function("!location.search.includes(',') && !location.search.includes('%2C')")
    tab.locator("[data-part=told][data-same=true]").wait_for()
    assert tab.locator("[data-part=shares] b").all_inner_texts() == ["1.000"]


def test_layers_are_walked_by_keys_and_the_page_fits_a_phone(tab):  # noqa: F811
    tab.set_viewport_size({"width": 390, "height": 844})
    open_page(tab, "section=deep&through=sigmoid", "tr[data-name=sigmoid]")
    tab.locator("[data-part=panels]").focus()
    tab.keyboard.press("Home")
    tab.get_by_text("values in layer 1", exact=True).wait_for()
    assert "·10⁻" in tab.locator("tr[data-name=sigmoid] td").nth(2).inner_text()
    tab.wait_for_url("**at_layer=1")
    for scene in ("curves", "dying", "softmax", "linear", "deep"):
        tab.goto(f"/activations?lang=ru&section={scene}")
        tab.get_by_text("Забрать с собой").wait_for()
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390, scene
