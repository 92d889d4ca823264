"""What every lesson has beside its own story: its source, its graph to look into and to take home, its link."""

import runpy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from playground import catalog, components, xray
from playground.engine import Answer
from playground.language import number
from playground.language import text as _

ROOT = Path(__file__).parents[1]


def tell(page: Callable[[], None]) -> None:
    """Run a page inside the app's navigation, even if its link is the first thing that a fresh server is asked for.

    Until st.navigation has been called once in the process, Streamlit takes a folder called pages for an app of its first kind
    and runs the page alone, without streamlit_app.py.
    """
    if PagesManager.uses_pages_directory:
        runpy.run_path(str(ROOT / "streamlit_app.py"))
    else:
        st.session_state["page"] = Path(page.__code__.co_filename).stem  # `links` remembers each page's values apart
        page()


def canvas_texts() -> dict[str, str]:
    """What components.canvas says."""
    return {
        "sheet": _("Sheet to draw on. Arrow keys move the pen, space puts it down and lifts it."),
        "pen": _("Pen"),
        "eraser": _("Eraser"),
        "width": _("Pen width"),
        "undo": _("Undo"),
        "clear": _("Clear"),
        "samples": _("Samples"),
        "sample": _("Sample"),
    }


def answered_by(answer: Answer) -> str:
    """Which processor answered and how long it took, for people."""
    milliseconds = number(round(1000 * answer.seconds, 1))
    return _("{processor}, {milliseconds} ms").format(processor=answer.processor, milliseconds=milliseconds)


@st.fragment
def look_inside_and_take_home(name: str, inputs: dict[str, np.ndarray], begin: str, code: str, architecture: str, page: str):
    """The end of each lesson, filled when opened.

    The artifact's x-ray from the tensor `begin` on, for `inputs`; the graph as a file, `code` that runs it, the link to this
    scene; the source of the net in torch and of the page.
    """
    xrayed = st.expander(_("Inside the graph, node by node"), key="xray", on_change="rerun", icon=":material/schema:")
    if xrayed.open:
        with xrayed:
            node_table(catalog.graph(name), inputs, begin)
    taken = st.expander(_("Take it home"), key="home", on_change="rerun", icon=":material/download:")
    if taken.open:
        with taken:
            take_home(name, code)
    source(_("The net in torch: {file}"), architecture)
    source(_("This page: {file}"), str(Path(page).relative_to(ROOT)))


@st.fragment
def look_inside_and_take_home_operators(name: str, graph: bytes, inputs: dict[str, np.ndarray], code: str, page: str):
    """The end of a lesson of the operations lab, whose graph has a few operators: ONNX's own text of it, and its nodes.

    `name` is the file's, `inputs` are what it computes just now (the first one is what receptive fields are given in), `code`
    runs it or says the same in torch.
    """
    xrayed = st.expander(_("The graph that computed this, as ONNX"), key="xray", on_change="rerun", icon=":material/schema:")
    if xrayed.open:
        with xrayed:
            model = onnx.load_from_string(graph)
            st.code(onnx.printer.to_text(model.graph), language="text", wrap_lines=True)
            node_table(model, inputs)
    taken = st.expander(_("Take it home"), key="home", on_change="rerun", icon=":material/download:")
    if taken.open:
        left, right = taken.columns([1, 2], gap="large")
        with left:
            download_and_link(f"{name}.onnx", graph)
        right.code(code, language="python")
    source(_("This page: {file}"), str(Path(page).relative_to(ROOT)))


def mark(guess: object, truth: object) -> str:
    """The icon before a revealed answer: guessed right, guessed wrong, or not guessed (None)."""
    return ":material/help:" if guess is None else ":material/check:" if guess == truth else ":material/close:"


def source(title: str, file: str) -> None:
    """A file of ours to read, when opened."""
    shown = st.expander(title.format(file=file), key=file, on_change="rerun", icon=":material/code:")
    if shown.open:
        shown.code((ROOT / file).read_text(), language="python")


def node_table(model: onnx.ModelProto, inputs: dict[str, np.ndarray], begin: str | None = None) -> None:
    """A graph's nodes; with `begin`, those up to that tensor are one row, and receptive fields are in its pixels."""
    nodes, seconds = xray.facts(model, inputs, wrt=begin), xray.time_nodes(model, inputs)
    first = next(i for i, node in enumerate(nodes) if begin in node.outputs) + 1 if begin else 0
    rows = [_row([node], node.name, seconds) for node in nodes[first:]]
    if begin:
        rows = [_row(nodes[:first], begin, seconds), *rows]
        rows += [_row(nodes[first:], _("net"), seconds), _row(nodes, _("net and framing"), seconds)]
    head = (
        _("node"),
        _("operator"),
        _("output shape"),
        _("parameters"),
        _("multiply-adds"),
        _("receptive field"),
        _("time, µs"),
    )
    lines = ["| " + " | ".join(head) + " |", "|---|---|---|--:|--:|--:|--:|"]
    st.markdown("\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]))
    st.caption(
        _("Time is measured node by node, without fusing them; the running app is faster. Receptive fields are in "
          "pixels of {tensor}.").format(tensor=f"`{begin or xray.true_inputs(model.graph)[0].name}`")
    )  # fmt: skip


def _row(nodes: list, label: str, seconds: dict[str, float]) -> tuple[str, ...]:
    last = nodes[-1]
    several = len(nodes) > 1
    return (
        f"`{label}`",
        _("{count} nodes").format(count=len(nodes)) if several else last.op,
        " × ".join(map(str, last.shapes[0])),
        number(sum(node.parameters for node in nodes)),
        number(sum(node.macs or 0 for node in nodes)),
        "" if several or not last.receptive_field else " × ".join(map(str, last.receptive_field)),
        number(round(1e6 * sum(seconds.get(node.name, 0) for node in nodes), 1)),
    )


def take_home(name: str, code: str) -> None:
    """The graph as a file, a few lines that run it, the link to this scene."""
    facts = catalog.facts(name)
    left, right = st.columns([1, 2], gap="large")
    with left:
        download_and_link(f"{name}.onnx", catalog.path(name).read_bytes)
    with right:
        st.code(code, language="python")
    st.caption(
        _("{bytes} bytes · {parameters} parameters · {macs} multiply-adds · trained on {dataset}").format(
            bytes=number(facts["model_bytes"]),
            parameters=number(facts["parameters"]),
            macs=number(facts["macs"]),
            dataset=facts["dataset"]["title"],
        )
    )


def download_and_link(file: str, content: bytes | Callable[[], bytes]) -> None:
    """A file to download, and the link to this scene to copy."""
    st.download_button(_("Download {file}").format(file=file), content, file, on_click="ignore", width="stretch")
    components.link(key="link", data={"copy": _("Copy the link to this scene"), "copied": _("Copied")})
