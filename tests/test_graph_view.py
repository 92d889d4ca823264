"""The picture of a graph: what Python sends, and what a person can do with it in a real Chromium."""

# ruff: noqa: F811
import json

import pytest

from benchmarks.app import running
from playground import catalog, graph_view, xray
from tests.test_browser import tab  # noqa: F401

RESNET = "resnet_imagenette"


@pytest.fixture(scope="module")
def nodes():
    return xray.facts(catalog.graph(RESNET), {"image": (1, 28, 28, 3)})


def items(item):
    yield item
    for child in item.get("children", []):
        yield from items(child)


def test_data_says_each_node_once_with_its_sums(nodes):
    data = json.loads(json.dumps(graph_view.data(nodes, seconds={node.name: 1e-6 for node in nodes})))
    assert [name for name, *_ in data["nodes"]] == [node.name for node in nodes]
    assert sorted(item["node"] for item in items(data["tree"]) if item["kind"] == "node") == list(range(len(nodes)))
    assert data["tree"]["parameters"] == catalog.facts(RESNET)["parameters"]
    assert data["tree"]["microseconds"] == pytest.approx(len(nodes))


def test_titles_are_the_lecture_s(nodes):
    titles = {item.get("title") for item in items(graph_view.data(nodes)["tree"])}
    assert {"Conv 7×7, 26, /2", "Max pool 3×3, /2", "Residual block", "Residual block with projection", "Dense, 10"} <= titles
    googlenet = xray.facts(catalog.graph("googlenet_imagenette"), {"image": (1, 224, 224, 3)})
    modules = [item for item in items(graph_view.data(googlenet)["tree"]) if "Inception module" in item.get("title", "")]
    assert [item["title"] for item in modules] == ["Inception module: 4 branches"] * 9
    assert modules[0]["sub"] == "net.inception3a"


@pytest.fixture(scope="module")
def served():
    with running("tests/graph_app.py") as (_, address, _):
        yield f"http://{address}"


def opened(tab, query=""):
    tab.goto(f"/?{query}")
    tab.locator("[role=treeitem]").first.wait_for()
    tab.wait_for_timeout(600)
    return tab


def node(page, name):
    return page.locator(f"[data-node='{name}']")


def last_conv(nodes):
    return next(node.name for node in reversed(nodes) if node.op == "Conv")


@pytest.mark.browser
def test_a_block_opens_and_closes(tab):
    page = opened(tab)
    block = page.locator("[data-kind=block]").first
    before = page.locator("[role=treeitem]").count()
    block.click()
    assert block.get_attribute("aria-expanded") == "true"
    page.wait_for_timeout(400)
    assert page.locator("[role=treeitem]").count() >= before + 4
    box, inner = block.bounding_box(), page.locator("[aria-level='2']").first.bounding_box()
    assert box["x"] < inner["x"] and inner["x"] + inner["width"] < box["x"] + box["width"]
    block.locator(".head").click()
    assert page.locator("[role=treeitem]").count() == before


@pytest.mark.browser
def test_search_opens_the_ancestors_and_a_click_tells_python(tab, nodes):
    page, name = opened(tab), last_conv(nodes)
    assert not node(page, name).count()
    search = page.get_by_role("searchbox")
    search.fill(name)
    search.press("Enter")
    node(page, name).first.wait_for()
    page.wait_for_timeout(400)
    assert node(page, name).first.get_attribute("class").split().count("now") == 1
    node(page, name).first.click()
    page.get_by_text(f"node: {name}", exact=True).wait_for()
    search.fill("no such tensor")
    assert page.get_by_text("nothing found").count()


@pytest.mark.browser
def test_a_link_s_node_is_selected_and_in_sight(tab, nodes):
    name = last_conv(nodes)
    page = opened(tab, f"node={name}")
    assert "selected" in node(page, name).first.get_attribute("class")
    box, view = node(page, name).first.bounding_box(), page.locator("[data-part=view]").bounding_box()
    assert view["y"] <= box["y"] and box["y"] + box["height"] <= view["y"] + view["height"]


@pytest.mark.browser
def test_keys_walk_open_select_and_close(tab):
    page = opened(tab)
    focused = page.locator("[role=treeitem]:focus")
    page.locator("[role=treeitem][tabindex='0']").focus()
    first = focused.get_attribute("aria-label")
    page.keyboard.press("ArrowDown")
    assert focused.get_attribute("aria-label") != first
    for _ in range(40):
        if focused.get_attribute("data-kind") == "block":
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert focused.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowRight")
    assert focused.get_attribute("aria-level") == "2"
    name = focused.get_attribute("data-node")
    page.keyboard.press("Enter")
    page.get_by_text(f"node: {name}", exact=True).wait_for()
    page.keyboard.press("Escape")
    assert focused.get_attribute("data-kind") == "block" and focused.get_attribute("aria-expanded") == "false"


@pytest.mark.browser
def test_zoom_pan_and_fit(tab):
    page = opened(tab)
    first = page.locator("[role=treeitem]").first
    home = first.bounding_box()
    page.locator("[data-part=in]").click()
    page.wait_for_timeout(400)
    assert first.bounding_box()["width"] == pytest.approx(1.3 * home["width"], rel=0.02)
    view = page.locator("[data-part=view]").bounding_box()
    at, was = (view["x"] + view["width"] - 20, view["y"] + view["height"] - 20), first.bounding_box()
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] - 60, at[1] - 40, steps=4)
    page.mouse.up()
    assert first.bounding_box()["x"] == pytest.approx(was["x"] - 60, abs=7)
    page.locator("[data-part=fit]").click()
    page.wait_for_timeout(400)
    assert first.bounding_box() == pytest.approx(home, abs=1)


@pytest.mark.browser
def test_the_bars_are_shares_of_what_is_chosen(tab, nodes):
    page = opened(tab)
    dense = page.locator("[data-kind=layer].dense").last
    for measure in ("parameters", "macs"):
        page.locator("[data-part=measure]").select_option(measure)
        whole, last = sum(getattr(node, measure) for node in nodes), [node for node in nodes if node.op == "Gemm"][-1]
        width = float(dense.locator(".share").evaluate("bar => bar.style.width").removesuffix("%"))
        assert width == pytest.approx(100 * getattr(last, measure) / whole, rel=1e-3)
