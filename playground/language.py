"""English and Russian: what a person reads goes through `text`, in the language of the page they look at.

English is the source; `locale/ru/LC_MESSAGES/playground.po` holds the Russian, and a test fails when a message lacks it.
"""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

import streamlit as st
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LANGUAGES = {"en": "English", "ru": "Русский"}
LOCALE = Path(__file__).parent / "locale"


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language, compiled from its .po file when first asked for."""
    file = LOCALE / language / "LC_MESSAGES" / "playground.po"
    if not file.exists():
        return NullTranslations()
    compiled = BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source))
    compiled.seek(0)
    return GNUTranslations(compiled)


def current() -> str:
    """The language of this page: the one chosen (`?lang=ru`), else the browser's, else English."""
    chosen = st.session_state.get("lang") or st.query_params.get("lang")
    if chosen in LANGUAGES:
        return chosen
    return "ru" if (st.context.locale or "").startswith("ru") else "en"


def text(message: str) -> str:
    """`message` in the language of the page."""
    return translations(current()).gettext(message)


def number(value: int) -> str:
    """A whole number with the language's thousands separator."""
    return format_decimal(value, locale=current())


def choose() -> None:
    """The language switch; its choice is in the URL."""
    st.segmented_control(
        "Language · Язык", list(LANGUAGES), format_func=str.upper, default=current(), required=True,
        key="lang", bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
