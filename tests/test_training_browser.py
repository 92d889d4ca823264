"""The training playground as a person meets it, in a real Chromium."""

import base64
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from playground import training_points
from playground.training_live import Live
from playground.training_scene import read
from tests.test_browser import tab  # noqa: F401

pytestmark = pytest.mark.browser


def open_page(tab, query=""):  # noqa: F811
    tab.goto(f"/training?lang=en&{query}")
    tab.locator("[data-part=panels][data-weights]").wait_for(timeout=20_000)
    tab.wait_for_timeout(300)


def query(tab) -> dict[str, str]:  # noqa: F811
    return {name: values[0] for name, values in parse_qs(urlsplit(tab.url).query).items()}


def weights(tab) -> list[np.ndarray]:  # noqa: F811
    """Those that the view shows, of each run."""
    return [np.frombuffer(base64.b64decode(code), np.float32)
            for code in tab.locator("[data-part=panels]").get_attribute("data-weights").split()]  # fmt: skip


def epoch(tab) -> int:  # noqa: F811
    return int(tab.locator("[data-part=epoch]").get_attribute("data-step"))


def computed(address: dict[str, str]) -> list[np.ndarray]:
    """The weights that the address stands for, computed here."""
    runs = Live(read(address)[0]).runs
    return [np.concatenate([run.parameters[f"{kind}{i}"].ravel() for i in range(len(run.setup.layers) + 1) for kind in "wb"])
            for run in runs]  # fmt: skip


def paused(tab):  # noqa: F811
    tab.get_by_role("button", name="Pause").click()
    tab.wait_for_url("**epoch=**")
    tab.wait_for_timeout(500)


def test_the_spiral_is_solved_and_its_link_replays_it_exactly(tab):  # noqa: F811
    open_page(tab)
    tab.get_by_text("The spiral", exact=True).click()
    tab.wait_for_url("**data=spiral**")
    tab.wait_for_timeout(400)
    tab.locator("[data-part=speed]").select_option("5")
    tab.get_by_role("button", name="▶ Train").click()
    tab.wait_for_function(
        """() => [...document.querySelectorAll("*")].map(each => each.shadowRoot).some(root => {
            const panels = root?.querySelector("[data-part=panels]")
            return panels && Number(panels.dataset.right) >= 0.95 && Number(panels.dataset.loss) < 0.2 })""",
        timeout=60_000,  # how long it takes is benchmarks/live.py's question
    )
    paused(tab)
    then, shown = epoch(tab), weights(tab)
    assert int(query(tab)["epoch"]) == then > 20
    other = tab.context.new_page()
    other.goto(tab.url)
    other.locator(f"[data-part=epoch][data-step='{then}']").wait_for(timeout=15_000)
    assert np.array_equal(weights(other)[0], shown[0])
    assert np.array_equal(computed(query(tab))[0], shown[0])


def test_a_weight_is_set_by_hand_while_two_runs_train(tab):  # noqa: F811
    open_page(tab, "data=xor&layers=3")
    tab.get_by_role("button", name="Two runs").click()
    tab.locator(".panel").nth(1).wait_for()
    tab.locator("[data-at='1.2']").nth(1).wait_for()
    tab.wait_for_timeout(500)
    tab.get_by_role("button", name="▶ Train").click()
    tab.wait_for_timeout(700)
    tab.locator(".panel").nth(1).locator("[data-at='1.2']").click()
    number = tab.locator(".menu:not([hidden]) input[type=number]")
    tab.locator(".menu:not([hidden]) select").select_option("0")  # from x1
    number.fill("2.5")
    number.press("Enter")
    tab.wait_for_function("() => location.search.includes('edits=')")
    tab.wait_for_timeout(500)
    paused(tab)
    assert ",1,0,0,2,2.5" in query(tab)["edits"]
    shown = weights(tab)
    assert len(shown) == 2 and not np.array_equal(*shown)
    for own, expected in zip(shown, computed(query(tab)), strict=True):
        assert np.array_equal(own, expected)


def test_layers_features_and_activations_are_changed_in_the_net(tab):  # noqa: F811
    open_page(tab)
    tab.get_by_role("button", name="One layer more").click()
    tab.wait_for_url("**layers=4%2C2%2C2**")
    tab.get_by_role("button", name="One neuron more in layer 1").click()
    tab.wait_for_url("**layers=5%2C2%2C2**")
    tab.get_by_label("Activation of layer 2").select_option("relu")
    tab.wait_for_url("**activations=tanh%2Crelu%2Ctanh**")
    tab.locator("[data-at='0.x1x2']").click()
    tab.wait_for_url("**features=x1%2Cx2%2Cx1x2**")
    tab.wait_for_function(
        """() => [...document.querySelectorAll("*")].map(each => each.shadowRoot).some(root =>
            root?.querySelectorAll("[data-at^='1.']").length === 5)"""
    )
    tab.wait_for_timeout(300)
    assert len(weights(tab)[0]) == (3 + 1) * 5 + (5 + 1) * 2 + (2 + 1) * 2 + (2 + 1)


def test_points_are_drawn_and_travel_in_the_link(tab):  # noqa: F811
    open_page(tab, "stop=10")
    tab.get_by_role("button", name="Draw points").click()
    tab.get_by_role("button", name="Clear").click()
    box = tab.locator(".dots").bounding_box()
    for pen, left in (("Points of class 1", 0.2), ("Points of class 2", 0.5), ("Points of class 3", 0.8)):
        tab.get_by_role("button", name=pen).click()
        tab.mouse.move(box["x"] + left * box["width"], box["y"] + 0.2 * box["height"])
        tab.mouse.down()
        tab.mouse.move(box["x"] + left * box["width"], box["y"] + 0.8 * box["height"], steps=12)
        tab.mouse.up()
        tab.wait_for_timeout(500)
    points = training_points.decode(query(tab)["points"])
    assert points.classes == 3 and min(np.bincount(points.y.astype(int))) >= 6
    assert points.x[points.y == 0, 0].mean() == pytest.approx(-3.6, abs=0.3)
    tab.get_by_role("button", name="▶ Train").click()
    tab.locator("[data-part=epoch][data-step='10']").wait_for(timeout=10_000)
    tab.get_by_role("button", name="▶ Train").wait_for()  # stopped by itself
    tab.wait_for_url("**epoch=10**")
    assert np.array_equal(weights(tab)[0], computed(query(tab))[0])


def test_numbers_that_blow_up_are_told(tab):  # noqa: F811
    open_page(tab, "data=plane&layers=4&activations=linear&rate=10")
    tab.get_by_role("button", name="▶ Train").click()
    tab.get_by_text("The numbers have blown up").wait_for(timeout=5000)
    assert "NaN" not in tab.locator(".whole").inner_text()
    tab.get_by_role("button", name="Reset").click()
    tab.get_by_text("The numbers have blown up").wait_for(state="detached")
    assert epoch(tab) == 0
