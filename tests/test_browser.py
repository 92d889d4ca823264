"""The app as a person meets it: a real Chromium, real mouse strokes, touches and keys."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from benchmarks.app import running
from playground.drawing import decode
from playground.samples import DIGITS

pytestmark = pytest.mark.browser


@pytest.fixture
def tab(chromium, served):
    """A page of the served app that writes down what must not happen: errors, and requests that leave the machine."""
    context = chromium.new_context(base_url=served, viewport={"width": 1280, "height": 800}, locale="en-US")
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(f"error: {error}"))
    page.on(
        "console", lambda said: said.type == "error" and page.complaints.append(f"console: {said.text} {said.location['url']}")
    )
    page.on(
        "request", lambda request: urlsplit(request.url).hostname in ("127.0.0.1", None) or page.complaints.append(request.url)
    )
    yield page
    context.close()
    # where an address has a path, Streamlit's own start asks for its server below that path first, and is told 404
    assert [line for line in page.complaints if not re.search(r"404.*/\w+/_stcore/(health|host-config)$", line)] == []


def open_digits(tab, query="lang=en"):
    tab.goto(f"/digits?{query}")
    reader(tab, "lenet5_mnist").wait_for()
    tab.wait_for_timeout(500)


def reader(tab, name):
    return tab.locator(f"[data-reader={name}]")


def expect_answer(tab, digit, name="lenet5_mnist", timeout=5000):
    tab.locator(f"[data-reader={name}][data-answer='{digit}']").wait_for(timeout=timeout)


def stroke(tab, points, steps=6):
    """Draw a line with the mouse; points on the sheet of 256x256."""
    box = tab.locator("[data-part=sheet]").bounding_box()
    at = [(box["x"] + x * box["width"] / 256, box["y"] + y * box["height"] / 256) for x, y in points]
    tab.mouse.move(*at[0])
    tab.wait_for_timeout(200)
    tab.mouse.down()
    for point in at[1:]:
        tab.mouse.move(*point, steps=steps)
    tab.mouse.up()


def clear(tab):
    tab.locator("[data-part=clear]").click()
    expect_answer(tab, "")


def drawing_of(tab) -> str:
    return parse_qs(urlsplit(tab.url).query)["drawing"][0]


def test_a_fresh_server_opens_a_lesson_s_link_inside_the_app(chromium):
    with running() as (_, address, _):
        page = chromium.new_context(locale="en-US").new_page()
        page.goto(f"http://{address}/digits?right=2&lang=ru")
        page.get_by_role("link", name="Песочница").wait_for()
        assert "right=2" in page.url and "lang=ru" in page.url
        page.context.close()


@pytest.mark.parametrize("digit", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
def test_a_digit_drawn_with_the_mouse_is_read(tab, digit):
    open_digits(tab)
    clear(tab)
    for line in decode(DIGITS[digit]):
        points = line.points if len(line.points) < 20 else line.points[::3] + line.points[-1:]
        stroke(tab, [(x * 0.7 + 60, y * 0.7 + 20) for x, y in points], steps=2)
    expect_answer(tab, digit)


def test_the_answer_comes_at_once_after_each_stroke(tab):
    """A line is a 1; a bar on its top makes it a 7."""
    open_digits(tab)
    clear(tab)
    stroke(tab, [(150, 50), (130, 210)])
    expect_answer(tab, 1)
    stroke(tab, [(60, 52), (150, 50)])
    expect_answer(tab, 7)


def test_back_brings_the_sheet_and_the_answer_back(tab):
    open_digits(tab)
    for digit in (5, 3):
        tab.get_by_role("button", name=f"Sample {digit}").click()
        expect_answer(tab, digit)
    tab.wait_for_timeout(600)  # it is written before one's eyes
    before = sheet_pixels(tab)
    tab.go_back()
    expect_answer(tab, 5)
    tab.wait_for_timeout(600)
    assert sheet_pixels(tab) != before
    tab.go_forward()
    expect_answer(tab, 3)
    tab.wait_for_timeout(600)
    assert sheet_pixels(tab) == before


def sheet_pixels(tab) -> str:
    return tab.locator("[data-part=sheet]").evaluate("sheet => sheet.toDataURL()")


def test_a_drawing_outlives_a_walk_to_another_page(tab):
    open_digits(tab)
    tab.get_by_role("button", name="Sample 4").click()
    expect_answer(tab, 4)
    tab.get_by_role("link", name="Playground").click()
    tab.get_by_role("link", name="Digits").click()
    expect_answer(tab, 4)


def test_clear_and_samples_can_be_undone(tab):
    open_digits(tab)
    tab.get_by_role("button", name="Sample 2").click()
    expect_answer(tab, 2)
    clear(tab)
    tab.locator("[data-part=undo]").click()
    expect_answer(tab, 2)
    tab.locator("[data-part=undo]").click()
    expect_answer(tab, 7)


def test_a_very_long_scribble_still_fits_the_link(tab):
    open_digits(tab)
    sheet = tab.locator("[data-part=sheet]")
    sheet.evaluate("""sheet => {
        const { left, top, width } = sheet.getBoundingClientRect()
        const fire = (kind, x, y) => sheet.dispatchEvent(new PointerEvent(kind, {
            pointerId: 1, bubbles: true, clientX: left + x * width / 256, clientY: top + y * width / 256 }))
        sheet.setPointerCapture = () => {}
        for (let line = 0; line < 40; line++) {
            fire("pointerdown", 20, 20)
            for (let i = 0; i < 250; i++)
                fire("pointermove", 128 + 100 * Math.sin(i * 2.3 + line), 128 + 100 * Math.cos(i * 1.7 + line))
            fire("pointerup", 20, 20)
        }
    }""")
    tab.wait_for_timeout(3000)
    assert len(decode(drawing_of(tab))) > 5
    assert tab.get_by_text("damaged").count() == 0


def test_the_guess_is_about_what_is_on_the_sheet(tab):
    open_digits(tab)
    tab.get_by_role("button", name="Sample 4").click()
    expect_answer(tab, 4)
    tab.get_by_text("Reveal", exact=True).click()
    tab.get_by_text(re.compile("LeNet-5: 4 → ")).wait_for()
    clear(tab)
    tab.get_by_text("There is no digit to move: draw one.").wait_for()


def test_the_eraser_and_undo(tab):
    open_digits(tab)
    before = drawing_of_after(tab, lambda: stroke(tab, [(40, 230), (200, 230)]))
    assert len(decode(before)) == 2
    tab.locator("[data-part=eraser]").click()
    erased = drawing_of_after(tab, lambda: stroke(tab, [(40, 230), (200, 230)]))
    assert decode(erased)[-1].erases
    tab.locator("[data-part=undo]").click()
    tab.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("drawing") == [before])


def drawing_of_after(tab, act) -> str:
    """The drawing in the address after it has changed."""
    before = tab.url
    act()
    tab.wait_for_url(lambda url: url != before)
    return drawing_of(tab)


def test_a_finger_draws(chromium, served):
    context = chromium.new_context(base_url=served, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    tab = context.new_page()
    open_digits(tab)
    clear(tab)
    sheet = tab.locator("[data-part=sheet]")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    finger = context.new_cdp_session(tab)
    at = lambda x, y: [{"x": box["x"] + x * box["width"] / 256, "y": box["y"] + y * box["height"] / 256}]  # noqa: E731
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": at(130, 30)})
    for y in range(40, 220, 20):
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": at(128, y)})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect_answer(tab, 1)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_a_shift_shows_on_the_sheet_what_the_nets_still_see(tab):
    open_digits(tab, "lang=en&right=6")
    frame, sheet = tab.locator("[data-part=frame]"), tab.locator("[data-part=sheet]").bounding_box()
    frame.wait_for()
    tab.wait_for_timeout(400)
    before = frame.bounding_box()["x"]
    tab.get_by_role("slider", name="Move the digit to the right, pixels").focus()
    tab.keyboard.press("ArrowLeft")
    tab.wait_for_url("**right=5**")
    tab.wait_for_timeout(1000)
    assert before < frame.bounding_box()["x"] < sheet["x"] + sheet["width"]  # the field comes back over the digit


def test_a_link_restores_the_scene_in_another_browser(tab, chromium, served):
    open_digits(tab)
    tab.get_by_role("button", name="Sample 5").click()
    expect_answer(tab, 5)
    tab.get_by_role("slider", name="Move the digit down, pixels").focus()
    for _ in range(3):
        tab.keyboard.press("ArrowDown")
    tab.wait_for_url("**down=-3**")
    tab.wait_for_timeout(1000)  # the moved digit's layers arrive
    tab.locator("[data-layer=conv2] .map canvas").nth(4).click(position={"x": 22, "y": 22})
    tab.wait_for_url("**look=conv2.4.*")
    link, told = tab.url, tab.locator("[data-part=sum]").inner_text()

    other = chromium.new_context(locale="en-US").new_page()
    other.goto(link)
    expect_answer(other, 5)
    other.get_by_text("Framing is off: the nets get the 28×28 field as you left it.", exact=True).wait_for()
    assert other.locator("[data-part=sum]").inner_text() == told
    assert "down=-3" in other.url and other.get_by_role("slider", name="Move the digit down, pixels").input_value() == "-3"
    other.context.close()


def test_languages_switch_and_stay(tab):
    open_digits(tab, "")
    tab.get_by_role("heading", name="Draw a digit and watch LeNet-5 think").wait_for()
    tab.get_by_role("radio", name="ru").click()
    tab.get_by_role("heading", name="Нарисуйте цифру и посмотрите, как думает LeNet-5").wait_for()
    tab.wait_for_url("**lang=ru**")
    tab.get_by_role("button", name="Очистить").wait_for()
    tab.get_by_role("link", name="Песочница").click()
    tab.get_by_role("heading", name="Песочница глубокого обучения").wait_for()


def test_by_keyboard_alone(tab):
    open_digits(tab)
    focused = "let at = document.activeElement; while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement"

    def tab_to(condition):
        for _ in range(60):
            tab.keyboard.press("Tab")
            if tab.evaluate(f"() => {{ {focused}; return {condition} }}"):
                return
        pytest.fail(f"no way by Tab to: {condition}")

    tab_to("at.dataset.part === 'sheet'")
    tab.keyboard.press("Delete")
    expect_answer(tab, "")
    for key, times in (("ArrowUp", 10), (" ", 1), ("ArrowDown", 20), (" ", 1)):
        for _ in range(times):
            tab.keyboard.press(key)
    expect_answer(tab, 1)
    tab_to("at.getAttribute('aria-label') === 'Sample 3'")
    tab.keyboard.press("Enter")
    expect_answer(tab, 3)
    assert tab.evaluate(f"() => {{ {focused}; return at.getAttribute('aria-label') }}") == "Sample 3"
    tab_to("at.type === 'range' && !at.dataset.part")
    tab.keyboard.press("ArrowRight")
    tab.wait_for_url("**right=1**")
    tab_to("at.dataset.layer === 'pool1'")
    tab.keyboard.press("ArrowRight")
    assert "pool1 [" in tab.locator("[data-part=sum]").inner_text()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**look=pool1.**")


@pytest.mark.parametrize(("layer", "map_", "x", "y"), [
    ("conv1", 3, 33, 33), ("conv1", 0, 1, 1), ("conv1", 5, 64, 64),
    ("pool1", 2, 20, 20), ("conv2", 9, 18, 18), ("pool2", 15, 10, 10),
])  # fmt: skip
def test_pointing_at_a_pixel_shows_its_sum_as_onnx_runtime_has_it(tab, layer, map_, x, y):
    open_digits(tab)
    tab.locator(f"[data-layer={layer}] .map > canvas").nth(map_).hover(position={"x": x, "y": y})
    told = tab.locator("[data-part=sum]")
    assert told.get_attribute("data-look").startswith(f"{layer}.{map_}.")
    verdict = told.locator("[data-part=runtime]")
    assert verdict.get_attribute("data-same") == "true"
    assert told.locator("strong").inner_text().split(" = ")[1] == verdict.inner_text().split(": ")[1]
    assert tab.locator("[data-part=outline]").is_visible()
    if layer.startswith("conv"):
        total = sum(
            number(cell)
            for table in told.locator(".term table:nth-of-type(3)").all()
            for cell in table.locator("td").all_inner_texts()
        )
        assert total == pytest.approx(number(told.locator("[data-part=total]").inner_text()), abs=0.005 * 25 * 6)


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def test_a_dense_unit_is_followed_after_a_click(tab):
    open_digits(tab)
    tab.locator("[data-layer=fc3] .map > canvas").click(position={"x": 10, "y": 75})
    verdict = tab.locator("[data-part=sum] [data-part=runtime]")
    verdict.wait_for()
    assert verdict.get_attribute("data-same") == "true"
    assert tab.locator("[data-part=sum] tr").count() == 11


def test_the_outline_leaves_with_the_pointer(tab):
    open_digits(tab)
    tab.locator("[data-layer=pool2] .map > canvas").first.hover()
    outline = tab.locator("[data-part=outline]")
    assert outline.is_visible()
    sheet, box = tab.locator("[data-part=sheet]").bounding_box(), outline.bounding_box()
    assert box["width"] < sheet["width"]
    tab.mouse.move(5, 5)
    outline.wait_for(state="hidden")


def test_an_uploaded_picture_is_shown_and_read_and_a_bad_one_refused(tab, tmp_path):
    from PIL import Image

    from playground.drawing import picture

    good, bad = tmp_path / "three.png", tmp_path / "broken.png"
    Image.fromarray(255 - picture(DIGITS[3])).resize((500, 400)).save(good)
    bad.write_bytes(good.read_bytes()[:100])
    open_digits(tab)
    tab.get_by_text("Upload", exact=True).click()
    chooser = tab.locator("input[type=file]")
    chooser.set_input_files(bad)
    tab.get_by_text("damaged or cut short").wait_for()
    expect_answer(tab, 7)  # the drawing stayed
    chooser.set_input_files(good)
    expect_answer(tab, 3)
    assert tab.get_by_text("damaged or cut short").count() == 0


def test_home_leads_to_the_lesson(tab):
    tab.goto("/?lang=en")
    tab.get_by_role("img", name=re.compile("A drawn 7")).wait_for()
    tab.get_by_role("link", name="Digits").click()
    expect_answer(tab, 7)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_both_themes(chromium, served, scheme):
    """The contrast of the page's text on its ground, by WCAG's formula, is at least 7."""
    page = chromium.new_context(base_url=served, color_scheme=scheme, locale="en-US").new_page()
    page.goto("/digits")
    reader(page, "lenet5_mnist").wait_for()
    style = page.evaluate(
        "(({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(document.querySelector('.stApp')))"
    )

    def luminance(colour):
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted(luminance(colour) for colour in style)
    assert (light + 0.05) / (dark + 0.05) >= 7
    assert (luminance(style[1]) < 0.2) == (scheme == "dark")
    page.context.close()
