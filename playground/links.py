"""State that matters is in the address of the page, so that a link restores the scene."""

from collections.abc import Callable

import streamlit as st


def keep(view: str, name: str) -> Callable[[], None]:
    """A callback for a view that writes its value `name` into the address, before the page runs again and reads it there."""

    def write() -> None:
        st.query_params[name] = st.session_state[f"kept-{name}"] = st.session_state[view][name]

    return write


def kept(view: str, name: str, default: str | None = None) -> str | None:
    """The value that the address has; if the page was left and is entered again without one, the value it was left with."""
    if view not in st.session_state and name not in st.query_params and f"kept-{name}" in st.session_state:
        st.query_params[name] = st.session_state[f"kept-{name}"]
    return st.query_params.get(name, default)
