"""The duel as a person meets it, in a real Chromium."""

import re

import numpy as np
import pytest
from PIL import Image

from playground import duel
from playground.sample_photos import photo
from tests.test_browser import tab  # noqa: F401

pytestmark = pytest.mark.browser


def open_duel(tab, query="lang=en"):  # noqa: F811
    tab.goto(f"/duel?{query}")
    net(tab, duel.pair()[0]).locator("img").wait_for()


def net(tab, name):  # noqa: F811
    return tab.locator(f"[data-net={name}]")


def test_an_uploaded_photo_goes_through_two_nets(tab, tmp_path):  # noqa: F811
    """Answers, maps and milliseconds are there, and are those of the photo: a parachute, wider than high, mirrored."""
    picture, wide = photo("parachute")[:, ::-1], np.full((320, 500, 3), 90, np.uint8)
    wide[:, 90:410] = picture
    Image.fromarray(wide).save(tmp_path / "wide.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    open_duel(tab, "lang=en&sample=golf_ball")
    tab.get_by_text("Upload", exact=True).click()
    chooser = tab.locator("input[type=file]")
    chooser.set_input_files(tmp_path / "bad.png")
    tab.get_by_text("This is not a picture").wait_for()
    before = [net(tab, name).locator("img").get_attribute("src") for name in duel.pair()]
    chooser.set_input_files(tmp_path / "wide.png")
    tab.get_by_text("This is not a picture").wait_for(state="detached")
    for name, was in zip(duel.pair(), before, strict=True):
        expected = duel.read(name, picture)
        part = net(tab, name)
        tab.locator(f"[data-net={name}][data-answer='{expected.answer}']").wait_for()
        tab.wait_for_function("([part, was]) => part.src !== was", arg=[part.locator("img").element_handle(), was])
        assert part.locator("img").evaluate("image => image.naturalWidth") == 320
        assert re.search(r"\d+(\.\d)? ms, (CPU|CUDA)", part.locator(".note").inner_text())
        told = part.locator(".row > :last-child").all_inner_texts()
        likeliest = sorted(expected.probabilities.values(), reverse=True)[:5]
        assert [float(share.rstrip("%")) for share in told] == pytest.approx([100 * p for p in likeliest], abs=0.1)


def test_a_click_on_a_class_shows_its_map_in_all_nets(tab):  # noqa: F811
    open_duel(tab)
    first, second = (net(tab, name) for name in duel.pair())
    before = second.locator("img").get_attribute("src")
    first.locator(".row").nth(4).click()
    label = first.locator(".row").nth(4).locator("span").first.inner_text()
    tab.wait_for_url("**shown=**")
    second.locator("figcaption", has_text=label).wait_for()
    assert second.locator("img").get_attribute("src") != before
    link = tab.url
    tab.goto(link)
    net(tab, duel.pair()[1]).locator("figcaption", has_text=label).wait_for()
    tab.get_by_label("Class activation map of").select_option("")
    net(tab, duel.pair()[1]).locator("figcaption", has_text=label).wait_for(state="detached")


def test_a_choice_survives_a_change_of_language(tab):  # noqa: F811
    open_duel(tab)
    tab.get_by_role("radio", name="French horn").click()
    tab.wait_for_url("**sample=french_horn**")
    tab.get_by_role("radio", name="ru").click()
    tab.get_by_role("radio", name="валторна", checked=True).wait_for()


def test_stages_of_both_nets_stand_side_by_side(tab):  # noqa: F811
    open_duel(tab)
    levels = {level.stride for name in duel.pair() for level in duel.parts(name).levels}
    tab.locator("th[scope=row]").nth(len(levels) - 1).wait_for()
    assert tab.locator("th[scope=row]").all_inner_texts() == [f"1/{stride}" if stride > 1 else "1" for stride in sorted(levels)]
    assert tab.locator("tbody td").count() == 2 * len(levels)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1280


def test_fits_a_phone(tab):  # noqa: F811
    tab.set_viewport_size({"width": 390, "height": 844})
    open_duel(tab)
    tab.locator("th[scope=row]").first.wait_for()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
