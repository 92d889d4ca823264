"""python -m tests.screens [PAGE[?QUERY] ...]: the pictures in docs/screens, of all pages when none is named.

Each page from top to bottom, in both themes and languages, as wide as a laptop and as narrow as a telephone. For people to look
at: nothing compares them.
"""

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.app import running
from tests.chromium import FLAGS, installed

ROOT = Path(__file__).parents[1]
SCREENS = ROOT / "docs" / "screens"
WIDTHS = {"": 1280, "narrow-": 390}
TALLEST = 7000  # pixels


def take(browser: Browser, address: str, page: str, folder: Path = SCREENS) -> None:
    """Eight pictures of a page; `page` may carry a query, of which the file's name tells nothing."""
    path, _, query = page.partition("?")
    for theme in ("light", "dark"):
        for language in ("en", "ru"):
            for width, pixels in WIDTHS.items():
                context = browser.new_context(viewport={"width": pixels, "height": 800}, color_scheme=theme, locale="en-US")
                tab = context.new_page()
                tab.goto(f"{address}/{path.replace('home', '')}?lang={language}&{query}")
                picture = whole(tab)
                picture.quantize(256, dither=Image.Dither.NONE).save(
                    folder / f"{path}-{width}{theme}-{language}.png", optimize=True
                )
                context.close()


def whole(tab: Page) -> Image.Image:
    """All of an open page, not only what the window shows."""
    settle(tab)
    height = tab.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    tab.set_viewport_size({"width": tab.viewport_size["width"], "height": min(max(height, 800), TALLEST)})
    settle(tab)
    return Image.open(BytesIO(tab.screenshot())).convert("RGB")


def settle(tab: Page) -> None:
    """Until the server has answered and what moves has come to rest."""
    tab.locator("h1").first.wait_for(timeout=60_000)
    tab.wait_for_timeout(500)
    tab.locator("[data-testid=stStatusWidget]").wait_for(state="detached", timeout=60_000)
    tab.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')", timeout=60_000)
    tab.wait_for_timeout(1500)


def main(pages: list[str]) -> None:
    SCREENS.mkdir(exist_ok=True)
    pages = pages or sorted(file.stem for file in (ROOT / "pages").glob("*.py"))
    with running() as (_, address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=FLAGS)
        for page in pages:
            take(browser, f"http://{address}", page)
            print(page, flush=True)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
