"""State that matters is in the address of the page, so that a link restores the scene."""

from collections.abc import Callable, Iterable

import streamlit as st

from playground.language import current


def put(name: str, value: str) -> None:
    """Write a value into the address, and remember it for when the page is left and entered again."""
    st.query_params[name] = st.session_state[_slot(name)] = value


def _slot(name: str) -> str:
    """Where the session remembers a value: several pages may call theirs `kernel`."""
    return f"kept-{st.session_state.get('page', '')}-{name}"


def keep(view: str, name: str, value: str = "") -> Callable[[], None]:
    """A callback for a view that writes its value into the address as `name`, before the page runs again and reads it there.

    The view calls it `value`, by default the same.
    """

    return lambda: put(name, st.session_state[view][value or name])


def kept(view: str, name: str, default: str | None = None) -> str | None:
    """The value that the address has; if the page was left and is entered again without one, the value it was left with."""
    if view not in st.session_state and name not in st.query_params and _slot(name) in st.session_state:
        st.query_params[name] = st.session_state[_slot(name)]
    return st.query_params.get(name, default)


def forget(*names: str) -> None:
    """Take values out of the address: what they belonged to is no longer shown."""
    for name in names:
        st.query_params.pop(name, None)
        st.session_state.pop(_slot(name), None)


def chosen(options: Iterable[str], default: str | list[str], key: str) -> str | list[str]:
    """The codes among `options` that the address has, all of them where `default` is a list; the default if it has none."""
    linked = [code for code in dict.fromkeys(st.query_params.get(key, "").split(",")) if code in options]
    return (linked if isinstance(default, list) else linked[0]) if linked else default


def choice(
    widget: Callable, label: str, options: dict[str, str], default: str | list[str], key: str, scene: str = "",
    then: Callable[[], None] | None = None, **looks,
):  # fmt: skip
    """A widget that chooses among `options`, code → what a person reads, with the chosen codes in the address.

    Streamlit's own `bind` would write there what a person reads, which another language does not know. A `default` that is a
    list lets several be chosen. In another `scene` it is another widget, which begins with that scene's default. `then` runs
    after a choice was written, before the page does: where it makes other parts of the address void, it may `forget` them.
    """
    own = f"{key}-{scene}{current()}"  # in another language it is another widget, which begins with what the address has

    def write() -> None:
        value = st.session_state[own]
        put(key, value if isinstance(value, str) else ",".join(value))
        if then:
            then()

    if own not in st.session_state and key not in st.query_params and _slot(key) in st.session_state:
        st.query_params[key] = st.session_state[_slot(key)]
    begin = chosen(options, default, key)
    if isinstance(begin, list):
        begin = begin[: looks.get("max_selections")]
    places = {
        st.selectbox: {"index": list(options).index(begin)} if isinstance(begin, str) else {},
        st.select_slider: {"value": begin},
    }
    place = places.get(widget, {"default": begin})
    return widget(label, list(options), format_func=options.get, key=own, on_change=write, **place, **looks)
