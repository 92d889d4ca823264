"""python -m benchmarks [NAME …] [--peer COMMAND]: all of them when none is named; the peer is for training, see there."""

import argparse
import asyncio
import random
import statistics
import time
import urllib.request

import numpy as np
from tqdm import tqdm

from benchmarks.app import Session, memory, running
from benchmarks.xray import xray
from playground.samples import DIGITS

USERS = 200


def spread(seconds: list[float]) -> str:
    """Median with the 5th and 95th percentile, in milliseconds."""
    low, high = np.percentile(seconds, [5, 95])
    return f"{1000 * statistics.median(seconds):.2f} ms ({1000 * low:.2f} to {1000 * high:.2f})"


def inference() -> None:
    """ONNX Runtime against torch eager: the same weights, the same pictures, framing included, one thread."""
    import onnx
    import torch

    from exporter.export import load_weights, session
    from exporter.recipes import RECIPES
    from playground import catalog
    from playground.calibration import examples

    torch.set_num_threads(1)
    random_pictures = np.random.default_rng(0)
    for name in catalog.trained():
        module, graph = load_weights(RECIPES[name].module(), onnx.load(catalog.path(name))), session(catalog.path(name))
        side, rounds = (28, 200) if name.endswith("_mnist") else (160, 20)
        single = catalog.facts(name)["io_ports"]["inputs"][0]["shape"][0] == 1  # a detector: photo in, boxes out
        for batch in (1,) if single else (1, 32):
            image = random_pictures.integers(0, 256, (batch, side, side, 3), dtype=np.uint8)
            if single:
                image = examples(catalog.graph(name))[0]["image"]
            tensors = torch.from_numpy(image), *RECIPES[name].probes()[0][1:]

            def with_torch(module=module, tensors=tensors):
                with torch.inference_mode():
                    module(*tensors)

            def with_onnx(graph=graph, image=image):
                graph.run(None, {"image": image})

            times = {"torch": [], "onnx": []}
            for round in range(rounds + rounds // 10):  # in turn, so that both meet the same machine
                for kind, run in (("torch", with_torch), ("onnx", with_onnx)):
                    begin = time.perf_counter()
                    run()
                    if round >= rounds // 10:
                        times[kind].append(time.perf_counter() - begin)
            ratio = statistics.median(times["torch"]) / statistics.median(times["onnx"])
            print(f"{name}, batch {batch}: {spread(times['onnx'])}, torch eager {spread(times['torch'])}, {ratio:.1f}x as fast")


def start() -> None:
    """From the command until the server is healthy and until the digits page has answered; memory then and after a drawing."""

    async def first_page(address: str) -> float:
        session = Session(address, "digits")
        seconds = await session.open()
        await session.draw(DIGITS[3])
        await session.close()
        return seconds

    healthy, answered, used = [], [], []
    for _ in tqdm(range(5), desc="starts"):
        with running() as (app, address, seconds):
            healthy.append(seconds)
            answered.append(seconds + asyncio.run(first_page(address)))
            used.append(memory(app))
    print(f"start: healthy after {spread(healthy)}; digits page after {spread(answered)}")
    print(f"memory after the first drawing: {statistics.median(used):.0f} MB ({min(used):.0f} to {max(used):.0f})")


def stroke() -> None:
    """In a real Chromium: from lifting the pen until LeNet-5's answer to the drawing stands on the page."""
    from playwright.sync_api import sync_playwright

    from tests.chromium import FLAGS, installed

    watch = """reader => { window.answered = new Promise(done => {
        let lifted = 0
        window.addEventListener("pointerup", () => { lifted = performance.now() }, { capture: true, once: true })
        new MutationObserver((_, watcher) => {
            if (!lifted) return
            watcher.disconnect()
            requestAnimationFrame(() => done((performance.now() - lifted) / 1000))
        }).observe(reader, { attributes: true, childList: true, subtree: true, characterData: true })
    }) }"""
    seconds = []
    with running() as (_, address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"http://{address}/digits?lang=en")
        reader = page.locator("[data-reader=lenet5_mnist]")
        reader.wait_for()
        for _ in range(20):
            page.locator("[data-part=clear]").click()
            page.locator("[data-reader=lenet5_mnist][data-answer='']").wait_for()
            sheet = page.locator("[data-part=sheet]").bounding_box()
            reader.evaluate(watch)
            corner = [(70, 58), (182, 54), (148, 128), (118, 214)]
            at = [(sheet["x"] + x * sheet["width"] / 256, sheet["y"] + y * sheet["height"] / 256) for x, y in corner]
            page.mouse.move(*at[0])
            page.wait_for_timeout(200)
            page.mouse.down()
            for point in at[1:]:
                page.mouse.move(*point, steps=8)
            page.mouse.up()
            seconds.append(page.evaluate("window.answered"))
            page.locator("[data-reader=lenet5_mnist][data-answer='7']").wait_for()
        browser.close()
    print(f"a drawn 7, from lifting the pen to its answer on the page: {spread(seconds)}")


def convolution() -> None:
    """In a real Chromium: from a change of the kernel or of a slider until the photo on the page is the filtered one."""
    from benchmarks.convolution import changes

    for change, seconds in changes().items():
        print(f"convolution: {change} until the filtered photo is on the page: {spread(seconds)}")


def detection() -> None:
    """In a real Chromium: from lifting the pen until three digits are boxed and named."""
    from benchmarks.detection import named

    print(f"detection: from lifting the pen until 3, 1 and 4 are named: {spread(named())}")


def training(peer: str | None) -> None:
    """Step graphs against torch eager, and a peer's engine where its command is given; then people who train at once."""
    from benchmarks.lenet_training import rows
    from benchmarks.live import chromium, crowd, spiral
    from benchmarks.training import report

    report(peer)
    for row in rows():
        ratio = statistics.median(row["torch"]) / statistics.median(row["onnx"])
        print(f"LeNet-5, {row['optimiser']}, a step of {row['batch']}: {spread(row['onnx'])}, "
              f"torch eager {spread(row['torch'])}, {ratio:.1f}x as fast")  # fmt: skip
    with running() as (_, address, _):
        asyncio.run(crowd(address, people=1, seconds=5))  # caches warm, as on a server that has been up
        print(f"the spiral is solved after {spread([spiral(address) for _ in range(3)])}")
        for others in (0, 3):
            moved, rates = zip(*chromium(address, others), strict=True)
            print(f"Chromium, {others} others train too: {spread(moved)} from the press to a moving picture, "
                  f"then {statistics.median(rates):.0f} pictures a second ({min(rates):.0f} to {max(rates):.0f})")  # fmt: skip
        for people in (4, 20):
            rates, opened, drawn = asyncio.run(crowd(address, people))
            print(f"{people} people train at once: {statistics.median(rates):.0f} pictures a second each "
                  f"({min(rates):.0f} to {max(rates):.0f}); another opens a page in {spread(opened)}, "
                  f"slowest {max(opened):.2f} s; a stroke {spread(drawn)}")  # fmt: skip


def sessions() -> None:
    """200 browser tabs on the digits page: opened and drawing all at once, and spread over 10 seconds; by real websockets."""
    with running() as (app, address, _):
        asyncio.run(_visit(address, users=1, over=0))  # caches warm, as on a server that has been up
        urllib.request.urlopen(f"http://{address}/digits").read()
        before = memory(app)
        for over in (10, 0):
            opened, drawn = asyncio.run(_visit(address, USERS, over))
            print(f"{USERS} sessions " + (f"spread over {over} s" if over else "all at once"))
            print(f"  opening the page: {spread(opened)}, slowest {max(opened):.2f} s")
            print(f"  a stroke: {spread(drawn)}, slowest {max(drawn):.2f} s")
        print(f"memory: {before:.0f} MB before, {memory(app):.0f} MB after {2 * USERS} sessions")


async def _visit(address: str, users: int, over: float) -> tuple[list[float], list[float]]:
    """Users who open the page, then draw; each step at a random moment within `over` seconds, or all together."""
    everyone = [Session(address, "digits") for _ in range(users)]

    async def at_some_time(step):
        await asyncio.sleep(random.uniform(0, over))
        return await step

    opened = await asyncio.gather(*(at_some_time(session.open()) for session in everyone))
    drawn = await asyncio.gather(*(at_some_time(session.draw(random.choice(DIGITS))) for session in everyone))
    await asyncio.gather(*(session.close() for session in everyone))
    return opened, drawn


if __name__ == "__main__":
    known = {
        "inference": inference,
        "xray": xray,
        "start": start,
        "stroke": stroke,
        "convolution": convolution,
        "detection": detection,
        "training": training,
        "sessions": sessions,
    }
    parser = argparse.ArgumentParser("python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}; all of them when none is named")
    parser.add_argument("--peer", metavar="COMMAND", help="a peer for training: benchmarks/training.py says how")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(known):
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(known)}")
    for name in asked.names or known:
        known[name](*([asked.peer] if name == "training" else []))
