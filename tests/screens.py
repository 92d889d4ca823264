"""python -m tests.screens [PAGE[?QUERY] ...]: the pictures in docs/screens, of all pages when none is named.

Each page from top to bottom, in both themes and languages, as wide as a laptop and as narrow as a telephone; of further
sections, which the first value of a query names, one wide and one narrow picture. For people to look at: nothing compares them.
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
SECTIONS = (
    "neuron?section=lines", "neuron?section=learning", "activations?section=dying", "activations?section=softmax",
    "activations?section=linear", "activations?section=deep", "convolution?scene=padding", "convolution?section=search",
    "convolution?section=photo", "layers?section=filters", "layers?section=pooling", "layers?section=mix", "layers?section=up",
    "localization?section=iou", "localization?section=sliding", "localization?section=convolution",
    "detection?section=suppression&thresholds=0.20,0.50&step=9", "detection?section=loss&net=yolo_animals",
    "detection?section=quality", "detection?net=yolo_blood_cells", "detection?net=yolo_animals&look=heat",
    "fit?section=line&step=25&rate=0.03", "fit?section=plane&plane_step=1001", "fit?section=words",
    "autograd?scene=twice&f=(x*y%2By)*tanh(x%2By^2)&at=x=1,y=0.5&step=9",
    "backpropagation?scene=printed&printed=true", "batch_norm?section=deep", "batch_norm?section=fold",
    "training?data=spiral&noise=0&layers=8,8,8&activations=selu&optimiser=adam&rate=0.01&epoch=120",
    "training?data=gauss&noise=0.5&share=0.1&layers=8,8&optimiser=adam&rate=0.03&two=1&penalty2=l2&strength2=0.03&epoch=120",
    "lenet_live?trained=200",
)  # fmt: skip
ALL = [(theme, language, width) for theme in ("light", "dark") for language in ("en", "ru") for width in WIDTHS]
TWO = [("light", "ru", ""), ("dark", "en", "narrow-")]


def take(browser: Browser, address: str, page: str) -> None:
    """The pictures of a page, or of a section of one."""
    path, _, query = page.partition("?")
    name = f"{path}-{query.partition('=')[2].partition('&')[0]}" if query else path
    for theme, language, width in TWO if query else ALL:
        context = browser.new_context(viewport={"width": WIDTHS[width], "height": 800}, color_scheme=theme, locale="en-US")
        tab = context.new_page()
        tab.goto(f"{address}/{path.replace('home', '')}?lang={language}&{query}")
        picture = whole(tab).quantize(256, dither=Image.Dither.NONE)
        picture.save(SCREENS / f"{name}-{width}{theme}-{language}.png", optimize=True)
        context.close()


def whole(tab: Page) -> Image.Image:
    """All of an open page, not only what the window shows."""
    settle(tab)
    for _ in range(2):  # in a higher window some views grow
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
    pages = pages or [*sorted(file.stem for file in (ROOT / "pages").glob("*.py")), *SECTIONS]
    with running() as (_, address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=FLAGS)
        for page in pages:
            take(browser, f"http://{address}", page)
            print(page, flush=True)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
