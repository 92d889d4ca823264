"""Every message a person can see exists in Russian, with the same placeholders and formulas."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file

from playground import catalog
from playground.language import LANGUAGES, catalogue, translations

ROOT = Path(__file__).parents[1]
FILES = [ROOT / "streamlit_app.py", *(ROOT / "pages").rglob("*.py"), *(ROOT / "playground").rglob("*.py")]
MESSAGES = {message for file in FILES for _, message, _, _ in extract_from_file("python", file, keywords={"_": None})}
MESSAGES |= {catalog.facts(name)["title"] for name in catalog.manifest()}


def parts(message: str) -> list[str]:
    """What must survive translation: placeholders, formulas, code."""
    return sorted(re.findall(r"\{[^}]*\}|\$[^$]*\$|`[^`]*`", message))


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_nothing_is_missing_nothing_is_left_over(language):
    translated = {message.id: message.string for message in catalogue(language) if message.id}
    assert MESSAGES - {key for key, value in translated.items() if value} == set(), "not translated"
    assert set(translated) - MESSAGES == set(), "translated but said nowhere"


@pytest.mark.parametrize("message", sorted(MESSAGES))
def test_placeholders_and_formulas_survive(message):
    assert parts(translations("ru").gettext(message)) == parts(message)


def test_russian_is_russian():
    assert translations("ru").gettext("Pen") == "Перо"
    assert translations("en").gettext("Pen") == "Pen"
