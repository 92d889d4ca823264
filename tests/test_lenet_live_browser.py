"""LeNet-5's lesson as a person meets it, in a real Chromium: it trains, pauses, is taken up again from its link."""

from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from playground import figures
from playground.lenet_run import Run, Settings
from playground.samples import DIGITS
from tests.test_browser import tab  # noqa: F401

pytestmark = pytest.mark.browser
# colours in the middle of each cell: of the kernels, and of the same untrained, which stand small below them
KERNELS = """canvas => {
    const scale = canvas.width / canvas.clientWidth, side = (canvas.clientWidth - 30) / 6, small = 0.34 * side
    const context = canvas.getContext("2d"), rows = []
    for (const [left, top, size] of [[0, 0, side], [(side - small) / 2, side + 6, small]]) {
        rows.push(Array.from({ length: 150 }, (_, i) => {
            const x = Math.floor(i / 25) * (side + 6) + left + ((i % 5) + 0.5) * size / 5
            const y = top + (Math.floor((i % 25) / 5) + 0.5) * size / 5
            return [...context.getImageData(Math.round(x * scale), Math.round(y * scale), 1, 1).data].slice(0, 3)
        }))
    }
    return rows
}"""
COUNTED = """(now, milliseconds) => new Promise(done => {
    const seen = [now.dataset.step], begin = performance.now()
    let first = null
    new MutationObserver(() => {
        if (seen.at(-1) === now.dataset.step) return
        seen.push(now.dataset.step)
        first ??= performance.now() - begin
    }).observe(now, { attributeFilter: ["data-step"] })
    now.getRootNode().querySelector("[data-part=play]").click()
    setTimeout(() => done([first, seen.length - 1]), milliseconds)
})"""


def open_lesson(tab, query=""):  # noqa: F811
    tab.goto(f"/lenet_live?lang=en&{query}")
    tab.locator("[data-part=strip] .tile").first.wait_for(timeout=30_000)


def part(tab, name):  # noqa: F811
    return tab.locator(f"[data-part={name}]")


def kernels(tab):  # noqa: F811
    """What is painted of the kernels, and of the untrained ones: uint8 [6, 5, 5, 3]."""
    return [np.array(row, np.uint8).reshape(6, 5, 5, 3) for row in part(tab, "bank").evaluate(KERNELS)]


def colours(run):
    return figures.signed(run.weights["conv1.weight"][:, 0])


def at_step(tab, step, timeout=30_000):  # noqa: F811
    tab.locator(f"[data-part=now][data-step='{step}'][data-playing=false]").wait_for(timeout=timeout)


def linked(tab):  # noqa: F811
    return int(parse_qs(urlsplit(tab.url).query).get("trained", ["0"])[0])


def pause(tab):  # noqa: F811
    part(tab, "play").click()
    part(tab, "now").and_(tab.locator("[data-playing=false]")).wait_for()
    tab.wait_for_url(f"**trained={part(tab, 'now').get_attribute('data-step')}*")
    return linked(tab)


def test_it_trains_pauses_and_a_link_replays_it(tab):  # noqa: F811
    open_lesson(tab, "seed=5")
    run = Run(Settings(seed=5))
    begin = colours(run)
    for painted in kernels(tab):
        np.testing.assert_allclose(painted, begin, atol=2)
    first, frames = part(tab, "now").evaluate(COUNTED, 2500)
    assert first < 1500 and frames >= 8  # benchmarks measure; here it must only move
    step = pause(tab)
    tab.wait_for_timeout(400)
    told, now = part(tab, "now").inner_text(), kernels(tab)
    assert part(tab, "now").get_attribute("data-step") == str(step) > "0"
    run.to(step)
    assert told.endswith(f"loss {run.losses[-1]:.3f}")
    np.testing.assert_allclose(now[0], colours(run), atol=2)
    np.testing.assert_allclose(now[1], begin, atol=2)
    assert np.abs(now[0].astype(int) - begin).max() > 5
    assert float(part(tab, "strip").get_attribute("data-right")) == pytest.approx(run.right(run.answers()))

    tab.goto(tab.url)  # as another person would
    at_step(tab, step)
    tab.wait_for_timeout(300)
    assert part(tab, "now").inner_text() == told and np.array_equal(kernels(tab), now)
    part(tab, "step").click()
    at_step(tab, step + 1)
    tab.wait_for_url(f"**trained={step + 1}*")
    part(tab, "restart").click()
    at_step(tab, 0)
    np.testing.assert_allclose(kernels(tab)[0], begin, atol=2)


def test_it_says_what_it_thinks_of_a_drawing_while_it_trains(tab):  # noqa: F811
    open_lesson(tab, f"drawing={DIGITS[0]}&trained=120")
    at_step(tab, 120)
    answer = tab.locator("[data-part=answer]")
    assert answer.get_attribute("data-answer") == "0"
    tab.get_by_role("button", name="fast").click()
    part(tab, "play").click()
    tab.get_by_role("button", name="Sample 1", exact=True).click()
    tab.locator("[data-part=answer][data-answer='1']").wait_for(timeout=20_000)
    assert part(tab, "now").get_attribute("data-playing") == "true"
    part(tab, "clear").click()
    tab.locator("[data-part=answer][data-answer='']").wait_for(timeout=20_000)
    assert pause(tab) > 120


def test_other_settings_begin_again_and_go_on_playing(tab):  # noqa: F811
    open_lesson(tab)
    part(tab, "play").click()
    tab.wait_for_timeout(1200)
    before = int(part(tab, "now").get_attribute("data-step"))
    tab.get_by_role("combobox", name="Optimiser").click()
    tab.get_by_role("option", name="momentum").click()
    tab.wait_for_url("**optimiser=momentum*")
    tab.wait_for_timeout(1500)
    assert before > 3
    step = pause(tab)
    run = Run(Settings(optimiser="momentum", rate=0.02))
    run.to(step)
    assert step > 1 and part(tab, "now").inner_text().endswith(f"loss {run.losses[-1]:.3f}")


def test_a_closed_lesson_stops_its_training(tab):  # noqa: F811
    open_lesson(tab)
    part(tab, "play").click()
    tab.wait_for_timeout(800)
    tab.get_by_role("link", name="Playground").first.click()
    tab.get_by_role("heading", level=1).first.wait_for()
    tab.wait_for_timeout(800)
    tab.get_by_role("link", name="LeNet-5 learns").last.click()
    part(tab, "strip").locator(".tile").first.wait_for(timeout=30_000)
    step = int(part(tab, "now").get_attribute("data-step"))
    tab.wait_for_timeout(800)
    assert step > 0 and int(part(tab, "now").get_attribute("data-step")) == step
    assert step < 60  # not one more after it was left


def test_confusions_are_shown_by_a_click(tab):  # noqa: F811
    open_lesson(tab, "trained=60")
    at_step(tab, 60)
    everyone = part(tab, "wrong").locator(".tile").count()
    run = Run(Settings())
    run.to(60)
    truth, said = run.digits.labels[run.digits.learned :], run.answers()
    wrong = next((t, s) for t, s in zip(truth, said, strict=True) if t != s)
    canvas = part(tab, "confusion")
    side = canvas.bounding_box()["width"] / 184
    canvas.click(position={"x": (14 + 17 * (wrong[1] + 0.5)) * side, "y": (14 + 17 * (wrong[0] + 0.5)) * side})
    count = int(((truth == wrong[0]) & (said == wrong[1])).sum())
    assert part(tab, "wrong-title").inner_text() == f"{wrong[0]} taken for {wrong[1]}: {count}"
    assert part(tab, "wrong").locator(".tile").count() == min(count, 24)
    part(tab, "everything").click()
    assert part(tab, "wrong").locator(".tile").count() == everyone


def test_on_a_telephone_nothing_leaves_the_screen(chromium, served):
    context = chromium.new_context(base_url=served, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_lesson(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    play = part(page, "play").bounding_box()
    assert play["y"] + play["height"] < 844
    part(page, "play").tap()
    page.wait_for_timeout(1500)
    assert int(part(page, "now").get_attribute("data-step")) > 0
    context.close()
