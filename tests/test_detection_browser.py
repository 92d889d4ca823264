"""YOLO's lesson as a person meets it, in a real Chromium."""

import re

import numpy as np
import pytest
from PIL import Image

from playground import detection, detection_quality
from playground.detection_samples import photo, sheets
from playground.drawing import decode
from tests.test_browser import stroke, tab  # noqa: F401

pytestmark = pytest.mark.browser
needs = {
    name: pytest.mark.skipif(name not in detection.nets(), reason=f"{name} is not built") for name in detection.ORDER
}  # fmt: skip


def open_page(tab, query):  # noqa: F811
    tab.goto(f"/detection?lang=en&{query}")
    plate(tab).wait_for()
    tab.wait_for_timeout(700)


def plate(tab):  # noqa: F811
    return tab.locator("[data-part=plate] svg")


def expect_found(tab, labels):  # noqa: F811
    tab.locator(f"[data-part=plate] svg[data-found='{labels}']").wait_for(timeout=5000)


def slide(tab, name, value):  # noqa: F811
    tab.locator(f"input[data-part={name}]").evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', { bubbles: true })) }", value
    )


@needs["yolo_digits"]
def test_three_drawn_digits_are_boxed_and_named(tab):  # noqa: F811
    open_page(tab, "net=yolo_digits")
    tab.locator("[data-part=clear]").click()
    expect_found(tab, "")
    for line in decode(sheets()["314"]):
        stroke(tab, line.points[::3] + line.points[-1:], steps=2)
    expect_found(tab, "1 3 4")
    tab.locator(".boxes i[data-label='3']").wait_for()  # on the canvas too
    assert tab.locator("[data-part=told]").get_attribute("data-graph") == "agrees"
    link = tab.url
    assert "drawing=" in link
    tab.goto(link)
    expect_found(tab, "1 3 4")


@needs["yolo_animals"]
def test_an_uploaded_photo_with_two_animals_shows_both(tab, tmp_path):  # noqa: F811
    Image.fromarray(photo("two_cats")[:, ::-1]).save(tmp_path / "cats.jpg", quality=95)
    (tmp_path / "text.jpg").write_text("This is no photo, whatever its name says.")
    open_page(tab, "net=yolo_animals&sample=cat")
    tab.get_by_text("Upload", exact=True).click()
    chooser = tab.locator("input[type=file]")
    chooser.set_input_files(tmp_path / "text.jpg")
    tab.get_by_text("This is not a picture").wait_for()
    chooser.set_input_files(tmp_path / "cats.jpg")
    expect_found(tab, "cat cat")
    assert plate(tab).locator(".outline").count() == 2


@needs["yolo_animals"]
def test_thresholds_answer_without_the_server_and_then_the_graph_agrees(tab):  # noqa: F811
    open_page(tab, "net=yolo_animals&thresholds=0.30,0.50")
    told = tab.locator("[data-part=told]")
    assert told.get_attribute("data-graph") == "agrees"
    few = plate(tab).get_attribute("data-found").split()
    slide(tab, "iou", 0.95)
    assert len(plate(tab).get_attribute("data-found").split()) > len(few)
    assert told.get_attribute("data-graph") == ""
    tab.locator("input[data-part=iou]").evaluate("input => input.dispatchEvent(new Event('change', { bubbles: true }))")
    tab.wait_for_url("**thresholds=0.30%2C0.95**")
    tab.locator("[data-part=told][data-graph=agrees]").wait_for()


@needs["yolo_animals"]
def test_every_cell_tells_its_prediction(tab):  # noqa: F811
    open_page(tab, "net=yolo_animals")
    box = plate(tab).bounding_box()
    tab.mouse.move(box["x"] + box["width"] * 5.5 / 14, box["y"] + box["height"] * 4.5 / 14)
    shown = tab.locator("[data-part=cell]")
    shown.wait_for()
    assert "row 5, column 6" in shown.inner_text()
    reading = detection.read("yolo_animals", detection.small(photo("two_cats")), 0.4, 0.5)
    z0 = reading.answer["raw"][4, 5, 0]
    assert f"{z0:.2f}".replace("-", "−") in shown.inner_text()
    tab.mouse.click(box["x"] + box["width"] * 5.5 / 14, box["y"] + box["height"] * 4.5 / 14)
    tab.wait_for_url("**cell=4.5**")
    tab.get_by_role("button", name="Grid").click()
    tab.wait_for_url("**look=heat**")
    assert plate(tab).locator(".heat rect").count() == 14 * 14
    plate(tab).focus()
    plate(tab).press("ArrowDown")
    assert "row 6, column 6" in shown.inner_text()


@needs["yolo_animals"]
def test_suppression_is_stepped_through_to_the_graph_s_answer(tab):  # noqa: F811
    open_page(tab, "net=yolo_animals&section=suppression&thresholds=0.20,0.50")
    tab.locator("[data-part=next]").click()
    tab.wait_for_url("**step=1**")
    assert "stays" in tab.locator("[data-part=told]").inner_text()
    tab.locator("[data-part=next]").click()
    overlap, most = re.search(r"IoU ([\d.]+) > ([\d.]+)", tab.locator("[data-part=told]").inner_text()).groups()
    assert float(overlap) > float(most) == 0.5
    tab.locator("[data-part=play]").click()
    tab.locator("[data-part=next]:disabled").wait_for(timeout=30_000)
    stay = int(plate(tab).get_attribute("data-stay"))
    assert stay == detection.read("yolo_animals", detection.small(photo("two_cats")), 0.2, 0.5).count
    assert "the graph says the same" in tab.locator("[data-part=graph]").inner_text()


@needs["yolo_animals"]
def test_the_truth_is_drawn_and_the_loss_answers(tab):  # noqa: F811
    open_page(tab, "net=yolo_animals&section=loss")
    box, before = plate(tab).bounding_box(), tab.locator("[data-part=loss]").inner_text()
    tab.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.2 * box["height"])
    tab.wait_for_timeout(200)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.7 * box["height"], steps=5)
    tab.mouse.up()
    tab.wait_for_url("**truth=**")
    tab.wait_for_function("([loss, was]) => loss.textContent !== was",
                          arg=[tab.locator("[data-part=loss]").element_handle(), before])  # fmt: skip
    tab.locator("[data-part=play]").click()
    tab.locator("[data-part=loss]", has_text="59").wait_for(timeout=10_000)
    losses = [float(tab.locator("[data-part=loss]").inner_text().rsplit("= ", 1)[1])]
    tab.locator("[data-part=scrub]").evaluate("input => { input.value = 0; input.dispatchEvent(new Event('input')) }")
    losses.append(float(tab.locator("[data-part=loss]").inner_text().rsplit("= ", 1)[1]))
    assert losses[0] < losses[1]
    assert np.isfinite(losses).all()


@pytest.mark.skipif(not detection_quality.nets(), reason="no detector's validation is here")
def test_the_threshold_walks_along_the_curve(tab):  # noqa: F811
    name = detection_quality.nets()[0]
    tab.goto(f"/detection?lang=en&section=quality&net={name}&class=1&at=0.50")
    dot, curve = tab.locator("[data-part=curve] circle"), detection_quality.curves(name)[1]
    dot.wait_for()
    assert int(dot.get_attribute("data-count")) == (curve.scores > 0.5).sum()
    slide(tab, "threshold", 0.2)
    assert int(dot.get_attribute("data-count")) == (curve.scores > 0.2).sum()
    assert f"{100 * curve.at(0.2)[1]:.1f} %" in tab.locator("[data-part=fractions]").inner_text()
    tab.locator("[data-part=classes] button").nth(0).click()
    tab.wait_for_url("**class=0**")


def test_fits_a_phone(tab):  # noqa: F811
    tab.set_viewport_size({"width": 390, "height": 844})
    for section in ("detect", "suppression", "loss"):
        open_page(tab, f"section={section}")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
