"""What every lesson has beside its own story: its source, its graph to look into and to take home, its link."""

import runpy
from collections.abc import Callable
from pathlib import Path

import numpy as np
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
            node_table(name, inputs, begin)
    taken = st.expander(_("Take it home"), key="home", on_change="rerun", icon=":material/download:")
    if taken.open:
        with taken:
            take_home(name, code)
    page = str(Path(page).relative_to(ROOT))
    for title, file in ((_("The net in torch: {file}"), architecture), (_("This page: {file}"), page)):
        source = st.expander(title.format(file=file), key=file, on_change="rerun", icon=":material/code:")
        if source.open:
            source.code((ROOT / file).read_text(), language="python")


def node_table(name: str, inputs: dict[str, np.ndarray], begin: str) -> None:
    """An artifact's nodes from the tensor `begin` on; those before it are one row."""
    nodes = xray.facts(catalog.graph(name), inputs, wrt=begin)
    seconds = xray.time_nodes(catalog.graph(name), inputs)
    first = next(i for i, node in enumerate(nodes) if begin in node.outputs) + 1
    rows = [_row(nodes[:first], begin, seconds), *(_row([node], node.name, seconds) for node in nodes[first:])]
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
          "pixels of {tensor}.").format(tensor=f"`{begin}`")
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
        st.download_button(
            _("Download {file}").format(file=f"{name}.onnx"), catalog.path(name).read_bytes, f"{name}.onnx",
            on_click="ignore", width="stretch",
        )  # fmt: skip
        components.link(key="link", data={"copy": _("Copy the link to this scene"), "copied": _("Copied")})
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
