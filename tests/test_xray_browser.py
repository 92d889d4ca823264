"""The X-ray page as a person meets it, in a real Chromium: a file of theirs, a node in its middle, a pixel; a hostile file."""

import time
from urllib.parse import parse_qs, urlsplit

import onnx
import pytest

from benchmarks.app import memory, running
from playground import sandbox, xray, xray_page
from tests import hostile, strangers
from tests.test_browser import tab  # noqa: F401

pytestmark = pytest.mark.browser
WORDS = {
    "time": "was stopped",
    "memory": "more memory than it may",
    "nodes": "nodes; at most",
    "external": "second file",
    "foreign": "not an ONNX file",
}


def drop(page, content: bytes) -> None:
    page.locator("input[type=file]").first.set_input_files({"name": "net.onnx", "mimeType": "", "buffer": content})


def maps(page):
    return page.locator("[data-part=maps] .map")


def test_a_file_that_is_not_ours(tab):  # noqa: F811
    """Dropped, run, a node in its middle opened from the picture's search, a pixel of its maps clicked."""
    content = strangers.classifier(13)
    tab.goto("/xray?lang=en&model=lenet5_mnist")
    maps(tab).first.wait_for()
    drop(tab, content)
    tab.get_by_text("a stranger").wait_for()
    node = next(node for node in sandbox.open(content).nodes if "relu" in node.outputs)
    tab.locator("[data-part=search]").fill(node.name)
    tab.locator("[data-part=search]").press("Enter")
    tab.locator(f"[data-node='{node.name}']").last.click()
    tab.wait_for_url(f"**node={node.name}**")
    count, height, width = node.shapes[0][1:]
    tab.get_by_text(f"float32 [1 × {count} × {height} × {width}]").first.wait_for()
    maps(tab).nth(count - 1).wait_for()
    tab.wait_for_timeout(500)  # the picture of all maps arrives
    assert maps(tab).count() == count
    box = maps(tab).nth(3).bounding_box()
    tab.mouse.click(box["x"] + 0.45 * box["width"], box["y"] + 0.35 * box["height"])
    tab.wait_for_url("**at=3.**")
    place = tuple(map(int, parse_qs(urlsplit(tab.url).query)["at"][0].split(".")))
    assert place == pytest.approx((3, 0.35 * height, 0.45 * width), abs=2)  # a map's pixel is about one of the screen's
    expected = xray.receptive_field(onnx.load_from_string(content), "relu", (0, *place), {"x": (1, 3, 224, 224)}, "x")
    told = xray_page.part("x", expected).replace("`", "")
    tab.wait_for_function(
        "told => document.body.innerText.replaceAll('\\u00a0', ' ').includes(told)", arg=told.split(" ", 1)[1]
    )
    left, top = (
        tab.locator("[data-part=input] .box").evaluate(f"box => parseFloat(box.style.{side})") for side in ("left", "top")
    )
    assert (left, top) == pytest.approx((100 * expected[3][0] / 224, 100 * expected[2][0] / 224), abs=0.01)


@pytest.mark.parametrize("name", ["endless loop", "terabytes by Expand", "a million empty nodes", "external weight", "picture"])
def test_a_hostile_file_harms_nobody(chromium, name):
    """The refusal stands there within five seconds of the drop, and the app's memory is about what it was."""
    content, code = (hostile.OPENED | hostile.RUN)[name]
    with running() as (app, address, _):
        page = chromium.new_context(locale="en-US").new_page()
        page.goto(f"http://{address}/xray?lang=en&model=lenet5_mnist")
        maps(page).first.wait_for()
        before, begin = memory(app), time.monotonic()
        drop(page, content)
        page.get_by_text(WORDS[code]).wait_for(timeout=7000)
        assert time.monotonic() - begin < 6  # five, and a little for the browser itself
        page.locator("[data-testid=stFileUploaderDeleteBtn] button, [aria-label^=Remove]").first.click()
        maps(page).first.wait_for()
        assert memory(app) - before < 40
        page.context.close()
