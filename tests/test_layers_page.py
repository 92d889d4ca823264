"""The page on filters and layers by AppTest: its sections, links whole and broken, graded guesses."""

import pytest

from playground import layers_field
from tests.test_pages import as_served, opened, said  # noqa: F401

PAGE = "pages/layers.py"
SECTIONS = ("field", "filters", "pooling", "mix", "up")


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_opens_by_its_link_in_both_languages(section, language):
    app = opened(PAGE, lang=language, section=section, reveal="true")
    assert not app.exception and not app.warning and not app.error
    assert app.segmented_control(key=f"section-{language}").value == section
    russian = sum("а" <= letter.lower() <= "я" for letter in said(app))
    assert (russian > 100) == (language == "ru")


@pytest.mark.parametrize("section", SECTIONS)
def test_the_graph_of_every_section_can_be_looked_into(section):
    app = opened(PAGE, lang="en", section=section)
    app.session_state["xray"] = True
    app.run()
    assert not app.exception
    assert any("| node |" in element.value for element in app.markdown)


@pytest.mark.parametrize("query, warned", [
    ({"stack": "c4"}, True), ({"stack": "x" * 3000}, True), ({"stack": "-".join(["p2"] * 9)}, True),
    ({"section": "<b>"}, False),
    ({"section": "pooling", "grid": "1,2;3"}, True), ({"section": "pooling", "grid": "1,2;3,4"}, True),
    ({"section": "pooling", "size": "99"}, False), ({"section": "pooling", "factor": "3"}, False),
    ({"section": "pooling", "pool": "min"}, False), ({"section": "mix", "mix": "1/2,3"}, True),
    ({"section": "mix", "mix": "nan"}, True), ({"section": "up", "small": "a"}, True), ({"section": "up", "way": "x"}, False),
    ({"section": "up", "way": "transposed", "weights": "1,1,1,1,1,1,1"}, True), ({"section": "up", "look": "9.9.9"}, False),
    ({"section": "up", "way": "shuffle", "channels": "1,2/3,4"}, False),
    ({"section": "filters", "net": "nobody"}, False),
    ({"section": "filters", "filters": "0"}, False), ({"section": "up", "up-size": "-1"}, False),
])  # fmt: skip
def test_a_broken_link_still_opens(query, warned):
    app = opened(PAGE, lang="en", **query)
    assert not app.exception and not app.error
    assert bool(app.warning) == warned


def test_fields_are_graded_by_the_graph():
    app = opened(PAGE, lang="en", reveal="true")
    app.pills(key="guess-plain").set_value(10).run()
    app.pills(key="guess-pooled").set_value(10).run()
    answers = [element.value for element in app.markdown if element.value.startswith(":material/c")]
    chain = " → ".join(str(2 * n + 1) for n in range(1, 11))
    assert answers == [f":material/check: 10: {chain}", ":material/close: 6: 3 → 4 → 8 → 10 → 18 → 22"]


def test_the_detour_and_the_doubled_filters_are_graded_by_the_x_ray():
    app = opened(PAGE, lang="en", section="mix", reveal="true")
    assert "160,563,200 : 25,589,760 = 6.27 multiply-adds; 204,800 weights become 32,640." in said(app)
    app.pills(key="guess-mix").set_value(6).run()
    assert ":material/check: 160" in said(app)
    app = opened(PAGE, lang="en", section="filters", reveal="true")
    app.pills(key="guess-filters").set_value(2).run()
    assert ":material/close: × 4" in said(app)


def test_the_moved_grid_is_graded_by_both_pools():
    app = opened(PAGE, lang="en", section="pooling", reveal="true")
    app.pills(key="guess-pool").set_value("max").run()
    assert ":material/check: The largest keeps 4 of 9, the mean 1." in said(app)


def test_a_mixture_is_one_click_and_is_in_the_link():
    app = opened(PAGE, lang="en", section="mix")
    next(button for button in app.button if button.label == "blue and red swapped").click().run()
    assert app.query_params["mix"] in ("0/0/1/0/1/0/1/0/0", ["0/0/1/0/1/0/1/0/0"])
    assert not app.exception


def test_even_kernels_are_graded_by_the_graph():
    app = opened(PAGE, lang="en", section="up", reveal="true")
    app.pills(key="guess-up").set_value([2, 4]).run()
    assert ":material/check: 2, 4" in said(app)


def test_a_bad_upload_is_refused_and_the_section_goes_on():
    app = opened(PAGE, lang="en", section="mix")
    app.segmented_control(key="photo").set_value("upload").run()
    app.file_uploader(key="photo-upload").set_value(("photo.png", b"no picture", "image/png")).run()
    assert not app.exception and "not a picture" in app.error[0].value and "detour" in said(app)


def test_scenes_are_stacks_that_can_be_read():
    for stack in layers_field.scenes().values():
        assert layers_field.write(layers_field.parse(stack)) == stack
