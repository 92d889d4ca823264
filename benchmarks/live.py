"""The training page while people train: in a real Chromium, beside sessions that play as a browser does, and to visitors."""

import asyncio
import time
from itertools import count
from threading import Thread

from playwright.sync_api import sync_playwright

from benchmarks.app import Session
from playground.samples import DIGITS
from tests.chromium import FLAGS, installed

RATE = 25  # frames a second that a view asks for
PAGES = ("home", "digits", "convolution", "neuron", "architectures")
SCENE = "data=spiral&features=x1,x2,sin1,sin2&layers=8,8,8"
PRESS = """epoch => { window.moved = new Promise(done => {
    const begin = performance.now()
    let pictures = 0, first
    new MutationObserver(() => {
        first ??= performance.now() - begin
        pictures++
    }).observe(epoch, { attributeFilter: ["data-step"] })
    setTimeout(() => done([first / 1000, (pictures - 1) / (performance.now() - begin - first) * 1000]), 6000)
}) }"""


async def play(session: Session, seconds: float) -> float:
    """Let the training run as the view does, a portion asked for while the last one is shown; returns frames a second."""
    begin, shown, turns = time.perf_counter(), 0, count(1)
    while (now := time.perf_counter()) - begin < seconds:
        *_, data = session.views["training"]
        step = data["frames"][-1]["step"]
        asked = {"run": data["round"], "after": step, "count": 8, "speed": 1, "turn": next(turns)}
        await session.trigger("training", "act", {"kind": "more", "id": 1, "round": data["round"], "at": step, **asked})
        frames = len(session.views["training"][2]["frames"])
        shown += frames
        await asyncio.sleep(max(0, frames / RATE - (time.perf_counter() - now)))
    return shown / (time.perf_counter() - begin)


async def crowd(address: str, people: int, seconds: float = 20) -> tuple[list[float], list[float], list[float]]:
    """Frames a second of each who trains; seconds to open a page, and to have a drawing read, of one who does not."""
    trainees = [Session(address, "training", f"{SCENE}&seed={seed}") for seed in range(people)]
    await asyncio.gather(*(session.open() for session in trainees))
    opened, drawn = [], []

    async def visit():
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for page in PAGES:
                visitor = Session(address, page)
                opened.append(await visitor.open())
                if page == "digits":
                    drawn.append(await visitor.draw(DIGITS[3]))
                await visitor.close()
                await asyncio.sleep(0.2)

    rates, _ = await asyncio.gather(asyncio.gather(*(play(session, seconds) for session in trainees)), visit())
    await asyncio.gather(*(session.close() for session in trainees))
    return list(rates), opened, drawn


def spiral(address: str) -> float:
    """Seconds from pressing play on the spiral's scene, at its own speed, until 95 % of the test points are right."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"http://{address}/training?lang=en")
        page.get_by_text("The spiral", exact=True).click()
        page.wait_for_url("**data=spiral**")
        page.wait_for_timeout(1500)
        begin, panels = time.perf_counter(), page.locator("[data-part=panels]")
        page.locator("[data-part=play]").click()
        while float(panels.get_attribute("data-right") or 0) < 0.95:
            page.wait_for_timeout(20)
        seconds = time.perf_counter() - begin
        browser.close()
    return seconds


def chromium(address: str, others: int, times: int = 3) -> list[tuple[float, float]]:
    """Of each of some tries: seconds from pressing play until the picture moves, and pictures a second from then on."""

    async def companions():
        sessions = [Session(address, "training", f"{SCENE}&seed={seed}") for seed in range(others)]
        await asyncio.gather(*(session.open() for session in sessions))
        await asyncio.gather(*(play(session, 12 * times) for session in sessions))
        await asyncio.gather(*(session.close() for session in sessions))

    beside = Thread(target=lambda: asyncio.run(companions()))
    beside.start()
    seen = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"http://{address}/training?lang=en&{SCENE}")
        epoch, play_button = page.locator("[data-part=epoch]"), page.locator("[data-part=play]")
        epoch.wait_for()
        for _ in range(times):
            page.wait_for_timeout(1500)
            epoch.evaluate(PRESS)
            play_button.click()
            seen.append(tuple(page.evaluate("window.moved")))
            play_button.click()
        browser.close()
    beside.join()
    return seen
