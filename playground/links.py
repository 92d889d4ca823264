"""State that matters is in the address of the page, so that a link restores the scene."""

from collections.abc import Callable

import streamlit as st


def keep(view: str, name: str) -> Callable[[], None]:
    """A callback for a view that writes its value `name` into the address, before the page runs again and reads it there."""

    def write() -> None:
        st.query_params[name] = st.session_state[view][name]

    return write
