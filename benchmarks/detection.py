"""From lifting the pen to three digits boxed and named, in a real Chromium."""

from playwright.sync_api import Page, sync_playwright

from benchmarks.app import running
from playground.detection_samples import sheets
from playground.drawing import decode
from tests.chromium import FLAGS, installed

TIMES = 20
WATCH = """(svg, expected) => { window.named = new Promise(done => {
    let lifted = 0
    window.addEventListener("pointerup", () => { lifted = performance.now() }, { capture: true })
    new MutationObserver((_, watcher) => {
        if (svg.dataset.found !== expected) return
        watcher.disconnect()
        requestAnimationFrame(() => done((performance.now() - lifted) / 1000))
    }).observe(svg, { attributeFilter: ["data-found"] })
}) }"""


def named() -> list[float]:
    """Seconds from the last stroke of a drawn 314 until 3, 1 and 4 are named on the page."""
    seconds = []
    with running() as (_, address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"http://{address}/detection?lang=en&net=yolo_digits")
        svg = page.locator("[data-part=plate] svg")
        svg.wait_for()
        page.wait_for_timeout(1500)
        for _ in range(TIMES):
            page.locator("[data-part=clear]").click()
            page.locator("[data-part=plate] svg[data-found='']").wait_for()
            *others, last = decode(sheets()["314"])
            for line in others:
                _draw(page, line.points)
            page.wait_for_timeout(400)
            svg.evaluate(WATCH, "1 3 4")
            _draw(page, last.points)
            seconds.append(page.evaluate("window.named"))
        browser.close()
    return seconds


def _draw(page: Page, points) -> None:
    sheet = page.locator("[data-part=sheet]").bounding_box()
    at = [(sheet["x"] + x * sheet["width"] / 256, sheet["y"] + y * sheet["height"] / 256) for x, y in points]
    page.mouse.move(*at[0])
    page.wait_for_timeout(200)
    page.mouse.down()
    for point in at[1::2] + at[-1:]:
        page.mouse.move(*point)
    page.mouse.up()
