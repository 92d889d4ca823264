"""Every page by AppTest: in both languages, from links, and from links that are broken."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest, app_test

from playground.samples import DIGITS
from tests.test_images import bomb

ROOT = Path(__file__).parents[1]
PAGES = sorted(str(file.relative_to(ROOT)) for file in (ROOT / "pages").glob("*.py"))


@pytest.fixture(autouse=True)
def as_served(monkeypatch):
    """AppTest starts each run as on a fresh server (see lesson.tell); here, as on one where st.navigation has been called."""
    monkeypatch.setattr(app_test, "PagesManager", type("Kept", (PagesManager,), {}))


def opened(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run().switch_page(page)
    for name, value in query.items():  # as a link has them; a change of page forgets them
        app.query_params[name] = value
    return app.run()


def said(app: AppTest) -> str:
    kinds = (app.title, app.header, app.subheader, app.markdown, app.caption, app.warning, app.error)
    return "\n".join(element.value for kind in kinds for element in kind)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("page", PAGES)
def test_opens_in_its_language(page, language):
    app = opened(page, lang=language)
    assert not app.exception and not app.error
    russian = sum("а" <= letter.lower() <= "я" for letter in said(app))
    assert (russian > 100) == (language == "ru")


def test_home_leads_to_each_lesson():
    app = opened("pages/home.py", lang="en")
    assert {link.page for link in app.page_link} == {Path(page).stem for page in PAGES} - {"home"}
    assert "ONNX Runtime" in said(app)


def test_a_link_restores_the_shift():
    app = opened("pages/digits.py", lang="en", right="4", down="-2", drawing=DIGITS[3])
    assert [app.slider(key=key).value for key in ("right", "down")] == [4, -2]
    assert "Framing is off" in said(app)


@pytest.mark.parametrize("query", [
    {"drawing": "!!!"}, {"drawing": "AAAA"}, {"drawing": "А" * 10}, {"right": "99"}, {"down": "x"}, {"look": "<b>"},
    {"look": "fc1.0.99.99"}, {"lang": "xx"},
])  # fmt: skip
def test_a_broken_link_still_opens(query):
    app = opened("pages/digits.py", **query)
    assert not app.exception
    assert bool(app.warning) == ("drawing" in query)


def test_an_empty_sheet_has_no_answer_and_no_error():
    app = opened("pages/digits.py", lang="en", drawing="")
    assert not app.exception and not app.warning


def test_look_inside_lists_the_net_with_its_published_totals():
    app = opened("pages/digits.py", lang="en")
    app.session_state["xray"] = True
    app.run()
    assert not app.exception
    table = next(element.value for element in app.markdown if "| node |" in element.value)
    assert "| `conv2` | Conv | 1 × 16 × 10 × 10 | 2,416 | 240,000 | 14 × 14 |" in table
    assert "61,706" in table


def test_the_guess_is_graded_by_the_nets():
    app = opened("pages/digits.py", lang="en")
    assert not [element for element in app.markdown if "→" in element.value]
    app.toggle(key="reveal").set_value(True).run()
    assert not app.exception
    answers = [element.value for element in app.markdown if "→" in element.value]
    assert len(answers) == 3
    held = {value.split("**")[1] for value in answers if value.split(": ")[-1].split(" → ")[0] == value.split(" → ")[-1]}
    foreseen = next(element.value for element in app.markdown if element.value.startswith("You foresaw"))
    assert foreseen == f"You foresaw {3 - len(held)} of 3."  # nobody was chosen, so each net that held was missed


def png() -> bytes:
    file = BytesIO()
    Image.new("RGB", (50, 50), "white").save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(("name", "content", "message"), [
    ("digit.png", b"", "empty"),
    ("digit.png", png()[:60], "damaged"),
    ("digit.png", b"not a picture", "not a picture"),
    ("digit.txt", b"seven", "not a picture"),
    ("bomb.png", bomb(), "50 megapixels"),
])  # fmt: skip
def test_a_bad_upload_is_refused_and_the_page_goes_on(name, content, message):
    app = opened("pages/digits.py", lang="en")
    app.segmented_control(key="source").set_value("upload").run()
    app.file_uploader(key="upload").set_value((name, content, "image/png")).run()
    assert not app.exception
    assert message in app.error[0].value
    assert "What a shift does" in said(app)
    app.file_uploader(key="upload").set_value(("digit.png", png(), "image/png")).run()
    assert not app.exception and not app.error
