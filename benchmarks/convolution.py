"""How long a committed change takes to reach the photo of the convolution's page, in a real Chromium."""

from playwright.sync_api import Page, sync_playwright

from benchmarks.app import running
from tests.chromium import FLAGS, installed

WATCH = """(picture, event) => { window.reached = new Promise(done => {
    let begun = 0
    const begin = happened => {
        if (event === "keydown" && happened.key !== "Enter") return
        begun ||= performance.now()
    }
    window.addEventListener(event, begin, { capture: true })
    new MutationObserver(async (_, watcher) => {
        if (!begun) return
        watcher.disconnect()
        window.removeEventListener(event, begin, { capture: true })
        await picture.decode()
        requestAnimationFrame(() => done((performance.now() - begun) / 1000))
    }).observe(picture, { attributeFilter: ["src"] })
}) }"""


def changes() -> dict[str, list[float]]:
    """Seconds from Enter in a kernel, and from a slider's move, until the filtered picture is decoded and painted."""
    with running() as (_, address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"http://{address}/convolution?lang=en&section=photo&effect=sharpen")
        page.locator("[data-part=after]").wait_for()
        page.wait_for_timeout(1500)
        seconds = {"an edited kernel, from Enter": _edits(page), "a slider, from its move": _slides(page)}
        browser.close()
    return seconds


def _edits(page: Page, times: int = 30) -> list[float]:
    seconds, kernel, picture = [], page.locator(".grid.kernel"), page.locator("[data-part=after]")
    kernel.focus()
    for key in ("ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    for n in range(times):
        page.keyboard.type(str(3 + n % 5))
        picture.evaluate(WATCH, "keydown")
        page.keyboard.press("Enter")
        seconds.append(page.evaluate("window.reached"))
        page.wait_for_timeout(200)
    return seconds


def _slides(page: Page, times: int = 30) -> list[float]:
    seconds, slider, picture = [], page.locator("[data-part=gain]"), page.locator("[data-part=after]")
    slider.focus()
    for n in range(times):
        picture.evaluate(WATCH, "input")
        page.keyboard.press("ArrowRight" if n % 20 < 10 else "ArrowLeft")
        seconds.append(page.evaluate("window.reached"))
        page.wait_for_timeout(200)
    return seconds
