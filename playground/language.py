"""English and Russian: what a person reads goes through `text`, in the language of the page they look at.

English is the source; the files in `locale/ru/LC_MESSAGES` hold the Russian: `playground.po`, and one for each larger lesson.
A test fails when a message lacks it.
"""

from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

import streamlit as st
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LANGUAGES = ("en", "ru")
LOCALE = Path(__file__).parent / "locale"
_of_this_run: ContextVar[str | None] = ContextVar("language", default=None)  # asked for at every message


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language, compiled from its .po files when first asked for."""
    if not (messages := catalogue(language)):
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return GNUTranslations(compiled)


def catalogue(language: str) -> Catalog:
    """The messages of all .po files of a language. Raises ValueError if two of them translate the same message."""
    messages = Catalog(locale=language)
    for file in sorted((LOCALE / language / "LC_MESSAGES").glob("*.po")):
        with file.open("rb") as source:
            for message in read_po(source, abort_invalid=True):
                if message.id and message.id in messages:
                    raise ValueError(f"{file.name}: {message.id!r} is translated elsewhere too")
                messages[message.id] = message
    return messages


def current() -> str:
    """The language of this page: the one chosen (`?lang=ru`), else the browser's, else English."""
    if (language := _of_this_run.get()) is None:
        chosen = st.session_state.get("lang") or st.query_params.get("lang")
        language = chosen if chosen in LANGUAGES else _of_browser()
        _of_this_run.set(language)
    return language


def _of_browser() -> str:
    return "ru" if (st.context.locale or "").startswith("ru") else "en"


def text(message: str) -> str:
    """`message` in the language of the page."""
    return translations(current()).gettext(message)


def number(value: float) -> str:
    """A number as the language writes it: its thousands separator, its decimal point."""
    return format_decimal(value, locale=current())


def choose() -> None:
    """The language switch; a choice that is not the browser's own is in the URL. To be called first in a run of the app."""
    _of_this_run.set(None)
    st.segmented_control(
        "Language · Язык", LANGUAGES, default=_of_browser(), required=True,
        key="lang", bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
