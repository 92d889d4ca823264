"""Look into any ONNX graph: its picture, what it costs, what every node computes for an input, and how two graphs differ."""

import numpy as np
import streamlit as st

from playground import (
    comparison,
    comparison_view,
    components,
    figures,
    input_form,
    lesson,
    links,
    tensors,
    xray_page,
)
from playground.language import current, number
from playground.language import text as _
from playground.sandbox import Refused
from playground.uploads import uploads_allowed
from playground.xray_page import code

MEGABYTES = 200  # of an upload; .streamlit/config.toml says the same to the server
NONE = "none"


def page():
    st.title(_("X-ray"))
    st.markdown(
        _("A net is a graph of small computations. Open a block, click a node: what does it compute, what does it cost, "
          "what does it see?")
    )  # fmt: skip
    graph = source()
    if graph is not None:
        look(graph)


def source():
    """The graph to look into: the file that was dropped, else one of ours, as the address has it."""
    options, allowed = xray_page.choices(), uploads_allowed()
    linked = st.query_params.get("model")
    if linked is not None and linked not in options:
        st.warning(_("The graph in this link is not here; here is another."))
    left, right = st.columns([2, 3], gap="medium")
    with left:
        brought = st.session_state.get("upload") is not None
        name = links.choice(st.selectbox, _("One of ours"), options, xray_page.DEFAULT, "model", disabled=brought)
    with right:
        file = dropped("upload", _("Or an ONNX file of yours")) if allowed else None
    if not allowed:
        right.caption(
            _(
                "Files of your own are off where the playground is hosted. Run it on your machine, "
                "or set `PLAYGROUND_UPLOADS=on`."
            )
        )
    return xray_page.theirs(file) if file is not None else xray_page.ours(name)


def dropped(key, label):
    return st.file_uploader(label, type=None, key=key, max_upload_size=MEGABYTES)


def look(graph):
    forget_the_last(graph)
    try:
        with st.spinner(_("Opening the graph in a process of its own …")):
            facts = xray_page.opened(graph)
    except Refused as refused:
        st.error(str(refused), icon=":material/gpp_bad:")
        return
    title = f"**{code(graph.title)}** · " if not graph.ours else ""
    st.caption(title + xray_page.facts_line(facts))
    if facts.unknown_operators:
        st.warning(_("ONNX Runtime does not know {operators}: the graph can be looked at, not run.").format(
            operators=", ".join(map(code, facts.unknown_operators[:10]))))  # fmt: skip
    if not facts.nodes:
        st.info(_("This graph has no nodes: it computes nothing."))
        return
    stage(graph, facts)
    compare(graph, facts)


def forget_the_last(graph):
    """Another graph has other nodes: what the address says of the last one's goes."""
    before = st.session_state.get("xrayed", graph.key)
    st.session_state["xrayed"] = graph.key
    if before != graph.key:
        links.forget("node", "at")


@st.fragment
def stage(graph, facts):
    left, right = st.columns([11, 8], gap="medium")
    with right:
        name, given = st.columns([5, 4], vertical_alignment="center")
        head = st.container()
        with given:
            fed = input_form.form(facts, graph.draws)
    if fed.shapes != facts.shapes:
        try:
            facts = xray_page.opened(graph, fed.shapes)
        except Refused as refused:
            fed.trouble.append(str(refused))
    node = chosen(facts)
    with left:
        seconds = st.session_state.get(f"times {graph.key}")
        picture = xray_page.pictured(graph, facts, node.name, seconds)
        components.graph(key="graph", data=picture, on_node_change=select)
        st.caption(" → ".join(", ".join(map(xray_page.port, side[:4])) or "∅" for side in (facts.inputs, facts.outputs)))
    with right:
        for trouble in fed.trouble:
            st.error(trouble, icon=":material/input:")
        name.markdown(f"**{code(node.name)}**")
        node_facts(head, graph, node)
        try:
            panel(graph, facts, node, fed)
        except Refused as refused:
            st.error(str(refused), icon=":material/gpp_bad:")
            if refused.code in ("time", "busy") and st.button(_("Try again"), icon=":material/refresh:"):
                st.session_state["attempt"] = st.session_state.get("attempt", 0) + 1
                st.rerun(scope="fragment")


def select():
    """A click on a node; what was asked of the last node's maps goes."""
    links.keep("graph", "node")()
    links.forget("at")


def chosen(facts):
    """The node that the address has, else the first convolution."""
    linked, usual = links.kept("graph", "node", ""), xray_page.central(facts)
    node = next((node for node in facts.nodes if node.name == linked), None)
    if linked and node is None:
        st.warning(_("The node in this link is not in this graph; here is another."))
    return node or usual


def node_facts(place, graph, node):
    seconds = st.session_state.get(f"times {graph.key}", {}).get(node.name)
    outputs = zip(node.dtypes, node.shapes, strict=True)
    told = [
        code(" ".join([f"{node.domain}::{node.op}".removeprefix("::"), *xray_page.settings(node)])),
        ", ".join(code(f"{dtype or '?'} [{xray_page.size(shape)}]") for dtype, shape in outputs),
        _("{parameters} parameters").format(parameters=number(node.parameters)) if node.parameters else "",
        _("{macs} multiply-adds").format(macs=number(node.macs)) if node.macs else "",
        "" if seconds is None else xray_page.duration(seconds),
    ]
    place.caption(" · ".join(filter(None, told)))


def panel(graph, facts, node, fed):
    views = {"maps": _("maps"), "histogram": _("histogram"), "numbers": _("numbers"), "weights": _("weights")}
    view = links.choice(
        st.segmented_control, _("What to show"), views, "maps", "view", required=True, label_visibility="collapsed",
        width="stretch",
    )  # fmt: skip
    if view == "weights":
        show_weights(graph, node)
        return
    if fed.trouble or facts.unknown_operators:
        st.info(_("Without an input there are no values to show; the weights are there all the same."))
        return
    outputs = [name for name in node.outputs if name]
    if not outputs:
        st.info(_("This node puts nothing out."))
        return
    tensor = outputs[0]
    if len(outputs) > 1:
        tensor = st.pills(_("Output"), outputs, default=outputs[0], format_func=code, required=True, key=f"output {node.name}")
    with st.spinner(waiting(graph, facts)):
        ran = xray_page.run(graph, facts, node, fed.inputs, st.session_state.get("attempt", 0))
    if f"times {graph.key}" not in st.session_state:
        st.session_state[f"times {graph.key}"] = ran.node_seconds
        st.rerun()  # so that the picture tells them
    value = ran.values[tensor]
    if isinstance(value, list):
        if not value:
            st.info(_("This sequence is empty."))
            return
        value = value[counted(_("Element of the sequence"), len(value), f"element {node.name}")]
    if not isinstance(value, np.ndarray):
        st.code(str(value)[:5000], language=None)
    elif not value.size:
        st.info(_("This tensor is empty: one of its axes has length 0."))
    elif value.dtype.kind in "Uc":
        show_numbers(node, value)
    else:
        value = value.astype(np.float32) if value.dtype == np.float16 else value
        if view == "maps":
            show_maps(node, value, graph, facts, tensor, {**ran.values, **fed.inputs})
        elif view == "histogram":
            show_histogram(value)
        else:
            show_numbers(node, value)
        st.caption(xray_page.summary_line(value))


def counted(label, count, key):
    """Which of `count`; a slider only where there is a choice."""
    return st.slider(label, 0, count - 1, 0, key=key) if count > 1 else 0


def waiting(graph, facts):
    if graph.ours and facts.parameters > 20_000_000 and xray_page.weights_are_drawn(graph):
        return _("Drawing {count} million weights from the seed and running the graph; it takes about ten seconds …").format(
            count=round(facts.parameters / 1e6))  # fmt: skip
    return _("Running the graph in a process of its own …")


def show_maps(node, value, graph, facts, tensor, values):
    batch = counted(_("Example of the batch"), value.shape[0], f"batch {node.name}") if value.ndim > 3 else 0
    pictured = tensors.maps(value, xray_page.is_shown_last(facts, tensor), batch)
    pin, index = pinned(pictured)
    count, first = len(pictured.values), 0
    if count > xray_page.MANY:
        starts = {i: f"{i}–{min(count, i + xray_page.MANY) - 1}" for i in range(0, count, xray_page.MANY)}
        begin = pin[0] // xray_page.MANY * xray_page.MANY if pin else 0
        first = st.select_slider(
            _("Maps"), list(starts), value=begin, format_func=starts.get, key=f"part {node.name} {begin}",
            label_visibility="collapsed",
        )  # fmt: skip
    shown, found = {"texts": map_texts()}, []
    if index is not None:
        with st.spinner(_("Following the pixel back to the input …")):
            found = xray_page.seen(graph, facts, tensor, index)
        shown["texts"]["map"] = _("map {number}").format(number=pin[0])
        if found:
            name, box = found[-1]
            shown["texts"]["input"] = _("what it sees of {input}").format(input=name)
            shown["input"] = xray_page.input_view(np.asarray(values[name]), box)
    components.maps(key="maps", data=xray_page.mosaic(pictured, first, pin if index is not None else None, shown),
                    on_at_change=links.keep("maps", "at"))  # fmt: skip
    if index is not None:
        st.markdown(read_off(tensor, index, value, found))


def pinned(pictured):
    """The pixel that the address has and its element; None and None without one."""
    linked = links.kept("maps", "at", "")
    if not linked:
        return None, None
    try:
        pin = tuple(map(int, linked.split(".")))
        index = pictured.index(*pin)
    except (ValueError, TypeError):
        index = None
    if index is None:
        st.warning(_("The pixel in this link is outside of these maps."))
        return None, None
    return pin, index


def read_off(tensor, index, value, found):
    element = f"{code(tensor)} [{', '.join(map(str, index))}] = **{xray_page.short(value[index])}**"
    if not found:
        return _("{element} depends on no input.").format(element=element)
    if len(found) == 1:
        return _("{element} sees {part}, its exact receptive field.").format(element=element, part=xray_page.part(*found[0]))
    return _("{element} sees {part}, its exact receptive field after the graph's own cutting and resizing, which reads all of "
             "{input}.").format(element=element, part=xray_page.part(*found[1]), input=code(found[0][0]))  # fmt: skip


def map_texts():
    return {
        "maps": _("Maps of the tensor. Arrow keys walk over the pixels, page up and page down over the maps, Enter shows what "
                  "a pixel sees."),
        "hint": _("Click a pixel to see which part of the input it sees."),
        "at": _("map {map}, row {row}, column {column}"),
        "map": "", "input": "",
    }  # fmt: skip


def show_histogram(value):
    st.plotly_chart(
        xray_page.histogram(value, figures.separators(current())), key="histogram", config={"displayModeBar": False},
        alt=_("Histogram of the tensor's values"),
    )  # fmt: skip


def show_numbers(node, value):
    room = [1] * max(value.ndim - 2, 0) + list(xray_page.TABLE[2 - min(value.ndim, 2) :])
    starts, wide = [0] * value.ndim, [axis for axis in range(value.ndim) if value.shape[axis] > room[axis]]
    columns = st.columns(min(2, len(wide))) if wide else []
    for place, axis in enumerate(wide):
        label = (_("axis {axis}, from") if room[axis] > 1 else _("axis {axis}")).format(axis=axis)
        with columns[place % len(columns)]:
            starts[axis] = counted(label, value.shape[axis] - room[axis] + 1, f"axis {axis} {node.name}")
    with st.container(key="xray-numbers"):
        st.markdown(xray_page.table(value, starts))


def show_weights(graph, node):
    with st.spinner(_("Reading the weights …")):
        stored = xray_page.weights(graph, node)
    if not stored:
        st.info(_("This node has no weights: it only computes with what comes in."))
        return
    numeric = {name: value for name, value in stored.items() if value.dtype.kind not in "Uc" and value.size}
    pictured = [name for name, value in numeric.items() if value.ndim > 1 and value.size > 3]
    if pictured:
        name = pictured[0]
        if len(pictured) > 1:
            name = st.pills(_("Weights"), pictured, default=name, format_func=code, required=True, key=f"weights {node.name}")
        picture, of = tensors.kernels(numeric[name])
        st.image(picture, alt=_("The weights as a picture"))
        st.caption(xray_page.weights_caption(numeric[name], of))
    with st.container(key="xray-weights"):
        st.markdown(xray_page.weight_rows(stored))
    if xray_page.weights_are_drawn(graph):
        st.caption(_("Nobody trained this graph: its weights are drawn from a seed."))


# ---- two graphs


def compare(graph, facts):
    st.header(_("Compare with another"))
    options = {NONE: _("none")} | xray_page.choices()
    linked = st.query_params.get("with")
    if linked is not None and linked not in options:
        st.warning(_("The graph in this link is not here; here is another."))
    left, right = st.columns([2, 3], gap="medium")
    with left:
        brought = st.session_state.get("other") is not None
        name = links.choice(st.selectbox, _("One of ours"), options, NONE, "with", disabled=brought)
    with right:
        file = dropped("other", _("Or an ONNX file of yours")) if uploads_allowed() else None
    if file is None and name == NONE:
        st.caption(_("Totals, operators, layers that were added, removed or changed, and weights of the same name."))
        return
    other = xray_page.theirs(file) if file is not None else xray_page.ours(name)
    try:
        with st.spinner(_("Comparing …")):
            others = xray_page.opened(other)
            with st.container(horizontal=True, gap="large", vertical_alignment="center"):
                st.markdown(comparison_view.totals(graph, facts, other, others), width="content")
                st.markdown(comparison_view.differing_ports(facts, others), width="content")
            layers, counted = st.columns([3, 2], gap="large")
            with layers:
                show_steps(comparison.steps(facts, others))
            with counted:
                st.subheader(_("Operators"))
                st.markdown(comparison_view.operators(facts, others))
            st.subheader(_("Weights of the same name and shape"))
            st.markdown(comparison_view.weight_differences(xray_page.differences(graph, other)))
    except Refused as refused:
        st.error(str(refused), icon=":material/gpp_bad:")


def show_steps(steps):
    st.subheader(_("Layers in order"))
    counts = {kind: sum(step.kind == kind for step in steps) for kind in ("same", "changed", "removed", "added")}
    st.markdown(
        _("{same} nodes are the same, {changed} changed, {removed} only in the first, {added} only in the second.").format(
            **{kind: number(count) for kind, count in counts.items()}
        )
    )
    st.html(comparison_view.step_list(steps))


lesson.tell(page)
