"""The form of a graph's inputs, built from what the graph says of them. What it holds is one popover with a calm label."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground import components, drawing, feeds, images, lesson, links
from playground.language import current
from playground.language import text as _
from playground.sample_photos import SAMPLES, photo
from playground.samples import DIGITS
from playground.sandbox import Opened, Port
from playground.xray_page import code
from playground.xray_page import port as described


@dataclass
class Fed:
    """Arrays by input (a sequence is a list), shapes of all inputs, and what could not be made, for the person to read."""

    inputs: dict[str, np.ndarray | list]
    shapes: dict[str, tuple[int, ...]]
    trouble: list[str]


def form(facts: Opened, drawings: bool) -> Fed:
    """Widgets for each input and for each axis that the file leaves open. `drawings`: pictures begin as drawings."""
    ports = [port for port in facts.inputs if not port.default]
    named = source_names()
    shapes = {port.name: facts.shapes.get(port.name, ()) for port in ports}
    usual = {port.name: usual_source(port, shapes[port.name], drawings) for port in ports}
    begins = [begin(number, port, shapes[port.name], usual[port.name]) for number, port in enumerate(ports)]
    label = ", ".join(dict.fromkeys(named[source] for source in begins if source)) or _("nothing to give")
    fed = Fed({}, dict(facts.shapes), [])
    with st.popover(_("Input: {sources}").format(sources=label), width="stretch"):
        if not ports:
            st.markdown(_("This graph has no inputs: it computes from what is stored in it."))
        sizes = open_sizes(ports, shapes)
        used = set()
        for number, port in enumerate(ports):
            if number:
                st.divider()
            st.markdown(described(port))
            shape = tuple(sizes.get(_axis(port, axis), length) for axis, length in enumerate(shapes[port.name]))
            if port.kind == "tensor":
                fed.shapes[port.name] = shape
            try:
                feeds.bounded(shape)
                value, source = entry(number, port, shape, facts, named, used, usual[port.name])
                fed.inputs[port.name] = value
                used.add(source)
            except (feeds.Unfit, images.BadImage) as refusal:
                fed.trouble.append(f"{code(port.name)}: {refusal}")
    return fed


def source_names() -> dict[str, str]:
    return {
        "photo": _("sample photo"), "upload": _("file"), "drawing": _("drawing"), "text": _("text"), "numbers": _("numbers"),
        "tone": _("sine tone"), "random": _("random"), "zeros": _("zeros"), "ones": _("ones"),
    }  # fmt: skip


def scale_names() -> dict[str, str]:
    return {
        "imagenet": _("ImageNet's mean and deviation"), "unit": _("0 to 1"), "signed": _("−1 to 1"), "bytes": _("0 to 255"),
    }  # fmt: skip


def suffixed(key: str, number: int) -> str:
    """Keys of the first input are plain, as they are in links."""
    return key + (str(number + 1) if number else "")


def usual_source(port: Port, shape: tuple[int, ...], drawings: bool) -> str:
    """ "" where this page has none."""
    return feeds.usual(port, shape, drawings) if feeds.kind(port, shape) else ""


def begin(number: int, port: Port, shape: tuple[int, ...], usual: str) -> str:
    """The source that the address has, or the usual one."""
    return links.chosen(feeds.SOURCES[feeds.kind(port, shape)], usual, suffixed("input", number)) if usual else ""


def _axis(port: Port, axis: int) -> str:
    """What an open axis is called; axes of one name have one size. "" for a fixed one."""
    length = port.shape[axis] if port.shape is not None and axis < len(port.shape) else 0
    return "" if isinstance(length, int) else length or f"{port.name}[{axis}]"


def open_sizes(ports: list[Port], shapes: dict[str, tuple[int, ...]]) -> dict[str, int]:
    """A number for each axis that the file leaves open, the sandbox's guess to begin with."""
    found = {}
    for port in ports:
        if port.kind == "tensor":
            found |= {_axis(port, axis): length for axis, length in enumerate(shapes[port.name]) if _axis(port, axis)}
    if not found:
        return {}
    columns = st.columns(min(3, len(found)))
    return {
        name: columns[i % len(columns)].number_input(code(name), 1, feeds.MOST, guess, key=f"size {name} {guess}")
        for i, (name, guess) in enumerate(found.items())
    }


def entry(
    number: int, port: Port, shape: tuple, facts: Opened, named: dict, used: set, usual: str
) -> tuple[np.ndarray | list, str]:
    """The widgets of one input and the value they make. Raises Unfit, BadImage."""
    of = feeds.kind(port, shape)
    if of is None:
        raise feeds.Unfit(_("This page cannot make an input of this kind; the graph can be looked at, not run."))
    sources = {source: named[source] for source in feeds.SOURCES[of]}
    source = links.choice(
        st.selectbox, _("Where it comes from"), sources, usual if usual in sources else next(iter(sources)),
        suffixed("input", number),
        label_visibility="collapsed",
    )  # fmt: skip
    if of == "list":
        return [plain(source, (2, 3), port.dtype, None, used)] * 2, source
    below = feeds.vocabulary(facts.nodes, port.name) if np.dtype("U" if of == "strings" else port.dtype).kind in "iu" else None
    if of == "image" and source in ("photo", "upload", "drawing"):
        return feeds.image(picture(source, number, used), shape, port.dtype, scale(number, port, shape)), source
    if of == "sound" and source in ("tone", "upload"):
        return sound(source, number, shape, port.dtype), source
    if source == "text":
        said = st.text_input(
            _("Text"), _("The church stands behind the golf ball."), max_chars=4000, key=suffixed("text", number),
            bind="query-params",
        )  # fmt: skip
        if of == "strings":
            return np.full(shape, said), source
        st.caption(
            _("A stand-in: numbers are the text's bytes, cut or filled to the length. The net's own tokeniser is not in the "
              "file; for real answers type its numbers.")
        )  # fmt: skip
        return feeds.words(said, shape, port.dtype, below), source
    if source == "numbers":
        guess = "0.5" if np.dtype(port.dtype).kind == "f" else "1"
        said = st.text_input(_("Numbers"), guess, max_chars=100_000, key=suffixed("numbers", number), bind="query-params")
        return feeds.typed(said, shape, port.dtype), source
    return plain(source, shape, port.dtype, below, used), source


def plain(source: str, shape: tuple, dtype: str, below: int | None, used: set) -> np.ndarray:
    if source != "random":
        return feeds.constant(shape, dtype, int(source == "ones"))
    if "random" in used:
        return feeds.random(shape, dtype, st.session_state["seed"], below)
    seed = st.number_input(_("Seed of the random numbers"), 0, 2**31, 0, key="seed", bind="query-params")
    return feeds.random(shape, dtype, seed, below)


def picture(source: str, number: int, used: set) -> np.ndarray:
    """A uint8 RGB picture of any size."""
    if source == "photo":
        names = sample_names()
        return photo(links.choice(
            st.pills, _("Sample photos"), names, next(iter(names)), suffixed("sample", number), required=True, wrap=True,
            label_visibility="collapsed",
        ))  # fmt: skip
    if source == "upload":
        return images.decode(uploaded(_("A photo; it is not in the link"), suffixed("picture", number)))
    linked = links.kept("sheet", "drawing", DIGITS[7])
    if not drawing.is_valid(linked):
        st.warning(_("The drawing in this link is damaged; here is a 7 instead."))
        linked = DIGITS[7]
    if "drawing" not in used:  # one sheet for all inputs
        components.canvas(
            key="sheet",
            data={"drawing": linked, "samples": list(enumerate(DIGITS)), "texts": lesson.canvas_texts(),
                  "limit": drawing.MAX_BYTES, "language": current(), "picture": ""},
            on_drawing_change=links.keep("sheet", "drawing"),
        )  # fmt: skip
    return drawing.picture(linked)


def sample_names() -> dict[str, str]:
    named = {
        "church_and_ball": _("church and golf ball"), "golf_ball": _("golf ball"), "parachute": _("parachute"),
        "church": _("church"), "gas_pump": _("gas pump"), "french_horn": _("French horn"),
    }  # fmt: skip
    return {name: named[name] for name in SAMPLES}


def scale(number: int, port: Port, shape: tuple) -> str:
    """How bytes become the numbers that the net was trained on; integers stay bytes."""
    if np.dtype(port.dtype).kind != "f":
        return "bytes"
    coloured = shape[feeds.image_axes(shape, port.dtype)[0]] == 3
    return links.choice(
        st.selectbox, _("Pixels are scaled to"), scale_names(), "imagenet" if coloured else "unit", suffixed("scale", number)
    )


def sound(source: str, number: int, shape: tuple, dtype: str) -> np.ndarray:
    rate = st.number_input(_("Samples a second"), 100, 192_000, 16_000, key=suffixed("rate", number), bind="query-params")
    if source == "tone":
        hertz = st.slider(_("Pitch, Hz"), 20, 4000, 440, key=suffixed("pitch", number), bind="query-params")
        return feeds.tone(shape, dtype, hertz, rate)
    return feeds.sound(uploaded(_("A WAV file; it is not in the link"), suffixed("sound", number)), shape, dtype, rate)


def uploaded(label: str, key: str) -> bytes:
    """Raises Unfit as long as there is no file."""
    file = st.file_uploader(label, type=None, key=key, max_upload_size=images.MAX_BYTES // 1_000_000)
    if file is None:
        raise feeds.Unfit(_("Choose a file."))
    return file.getvalue()
