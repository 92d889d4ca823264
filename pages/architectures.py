"""Lesson: the architectures of the lectures through the years, layer by layer, and what their tricks save."""

import streamlit as st

from playground import architectures, catalog, components, export, graph_view, lesson, links, uploads
from playground.architectures import chain, costs, short, size
from playground.card import card
from playground.language import current, number
from playground.language import text as _

SIDES = (28, 32, 64, 96, 128, 160, 192, 224, 256, 299, 320, 384, 448, 512)
WIDTHS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
MOST_WHEN_HOSTED = 100_000_000  # bytes of a file that a server makes for strangers


def page():
    st.title(_("From LeNet to MobileNet"))
    st.markdown(
        _("Twenty years of nets for pictures, each written from its paper and exact to the last parameter. Pick one: its "
          "blocks, the cost of each layer, and what changes with the size of the image, with width and with depth.")
    )  # fmt: skip
    stage()
    arguments()
    degradation()
    take_home()


# ---- the nets


@st.fragment
def stage():
    titles = {name: _(catalog.title(name)) for name in architectures.names()}
    left, right = st.columns([2, 1], gap="large")
    measures = {"error": _("Error"), "parameters": _("Parameters"), "macs": _("Multiply-adds")}
    with left:
        measure = links.choice(st.segmented_control, _("What the chart shows"), measures, "error", "chart", required=True,
                               label_visibility="collapsed")  # fmt: skip
        picked = links.chosen(titles, architectures.DEFAULT, "net")
        st.plotly_chart(
            architectures.timeline(measure, picked), key="timeline", on_select=pick, selection_mode="points",
            config={"displayModeBar": False}, alt=_("The nets through the years; the list beside it holds the same"),
        )  # fmt: skip
    with right:
        name = links.choice(st.selectbox, _("Architecture"), titles, architectures.DEFAULT, "net")
        side, width, name = relative_of(name)
    try:
        found = architectures.nodes(name, side, width)
    except ValueError:
        st.error(_("An image of {side}×{side} is too small for this net: nothing is left of it on the way. Choose a larger "
                   "one.").format(side=side))  # fmt: skip
        return
    with right:
        totals(name, found)
    facts = catalog.facts(name)
    st.caption(_("{paper}. {parameters} parameters, counted against: {reference}.").format(
        paper=facts["paper"], parameters=number(facts["parameters"]), reference=facts["counted_against"]))  # fmt: skip
    image = (1, facts["input"][0], side, side)
    components.graph(
        key="diagram", data=graph_view.data(found, inputs={"image": image}, measure="macs", height=520),
        on_node_change=lambda: None,
    )  # fmt: skip
    st.page_link("pages/xray.py", label=_("Run it and see every tensor: the x-ray"), icon=":material/schema:",
                 query_params={"model": name})  # fmt: skip
    if name == "keras_small":
        always_one()
    listed = st.expander(_("Layer by layer"), key="layers", on_change="rerun", icon=":material/table_rows:")
    if listed.open:
        with listed.container(height=460, border=False):
            st.markdown(architectures.table(found))


def pick():
    """A click on the chart chooses as the list does."""
    points = st.session_state["timeline"]["selection"]["points"]
    if points:
        name = points[0]["customdata"]
        name = name if isinstance(name, str) else name[0]
        st.query_params["net"] = st.session_state[f"net-{current()}"] = name


def relative_of(name: str) -> tuple[int, float, str]:
    """The side, the width, and which of the paper's depths."""
    kin = architectures.depths(name)
    paper_side = catalog.facts(name)["input"][1]
    if len(kin) > 1:
        short_titles = {other: _(catalog.title(other)).rpartition("-")[2] for other in kin}
        st.select_slider(_("Depth, layers"), kin, value=name, format_func=short_titles.get, key=f"depth-{name}-{current()}",
                         on_change=deepen, args=(f"depth-{name}-{current()}",))  # fmt: skip
    sides = {str(option): f"{option}" for option in sorted({*SIDES, paper_side}) if option >= paper_side / 4}
    side = int(links.choice(st.select_slider, _("Side of the image, pixels"), sides, str(paper_side), "side"))
    widths = {str(option): number(option) for option in WIDTHS}
    width = float(links.choice(st.select_slider, _("Width: maps, times the paper's"), widths, "1.0", "width"))
    return side, width, name


def deepen(key: str):
    st.query_params["net"] = st.session_state[f"net-{current()}"] = st.session_state[key]


def totals(name, found):
    """The relative's costs, and how they compare with the paper's."""
    now, paper = costs(found), costs(architectures.nodes(name))
    rows = (
        (_("Parameters"), short(now.parameters), now.parameters / paper.parameters),
        (_("Multiply-adds"), short(now.macs), now.macs / max(paper.macs, 1)),
        (_("Weights"), size(now.weights), now.weights / paper.weights),
        (_("All maps"), size(now.maps), now.maps / paper.maps),
    )
    cells = st.columns(2, gap="small") * 2
    for cell, (label, value, ratio) in zip(cells, rows, strict=True):
        times = None if abs(ratio - 1) < 0.005 else f"× {number(round(ratio, 2))}"
        cell.metric(label, value, times, delta_color="off", delta_arrow="off")


def always_one():
    st.subheader(_("Why this net always answers 1"))
    st.markdown(
        _("The slide ends with one unit and a softmax. Over one number it is $e^z / e^z = 1$ whatever the picture, and its "
          "derivative is 0: nothing is ever learned. What was meant is a sigmoid, $1 / (1 + e^{-z})$, or two units with the "
          "softmax. Below, the same untrained weights answer to drawn digits.")
    )  # fmt: skip
    st.markdown(architectures.softmax_of_one())


# ---- the lectures' arguments


@st.fragment
def arguments():
    st.header(_("The lectures' arguments, to reckon with"))
    stories = {"stack": _("Two 3×3 for one 5×5"), "split": _("n×1 and 1×n"), "bottleneck": _("1×1 before 5×5")}
    story = links.choice(st.segmented_control, _("Argument"), stories, "stack", "argument", required=True,
                         label_visibility="collapsed")  # fmt: skip
    words, numbers = st.columns([2, 3], gap="large")
    {"stack": stack_of_small, "split": split_in_two, "bottleneck": bottleneck}[story](words, numbers)


def stack_of_small(words, numbers):
    """VGG: small kernels one after the other."""
    with words:
        st.markdown(_("VGG: two 3×3 convolutions, one after the other, see 5×5, with 18 weights instead of 25, and one more "
                      "bend between them."))  # fmt: skip
        kernel = st.select_slider(_("Large kernel"), (5, 7, 9, 11), key="large", bind="query-params")
        maps = st.select_slider(_("Maps in and out"), (1, 16, 64, 256, 512), key="maps", bind="query-params")
    count = kernel // 2
    large = chain(((kernel, kernel),), (maps, maps), 28)
    small = chain(((3, 3),) * count, (maps,) * (count + 1), 28)
    versus(numbers, {
        _("one {kernel}×{kernel}").format(kernel=kernel): (large, f"{kernel}^2 C^2"),
        _("{count} of 3×3").format(count=count): (small, f"{count} \\cdot 3^2 C^2"),
    })  # fmt: skip


def split_in_two(words, numbers):
    """Inception v3: a column and a row."""
    with words:
        st.markdown(_("Inception v3: a 3×3 kernel as a column and a row, 3×1 then 1×3, has 6 weights instead of 9. It is no "
                      "longer any kernel, but the net rarely needs all."))  # fmt: skip
        n = st.select_slider("n", (3, 5, 7, 9), key="n", bind="query-params")
        maps = st.select_slider(_("Maps in and out"), (1, 16, 64, 192, 512), key="maps-n", bind="query-params")
    versus(numbers, {
        _("one {kernel}×{kernel}").format(kernel=n): (chain(((n, n),), (maps, maps), 17), "n^2 C^2"),
        _("{n}×1, then 1×{n}").format(n=n): (chain(((n, 1), (1, n)), (maps,) * 3, 17), "2 n C^2"),
    })  # fmt: skip


def bottleneck(words, numbers):
    """GoogLeNet: few maps in between."""
    with words:
        st.markdown(_("GoogLeNet: a 1×1 convolution is a dense layer over the maps of one place. It squeezes 64 maps into a "
                      "few before the expensive 5×5."))  # fmt: skip
        squeezed = st.slider(_("Maps after the 1×1"), 1, 64, 10, key="squeezed", bind="query-params")
        kernel = st.select_slider(_("Expensive kernel"), (3, 5, 7), 5, key="expensive", bind="query-params")
    versus(numbers, {
        _("28×28×64, 128 of {kernel}×{kernel}").format(kernel=kernel): (
            chain(((kernel, kernel),), (64, 128), 28), f"28^2 \\cdot {kernel}^2 \\cdot 64 \\cdot 128"),
        _("{squeezed} of 1×1, then 128 of {kernel}×{kernel}").format(squeezed=squeezed, kernel=kernel): (
            chain(((1, 1), (kernel, kernel)), (64, squeezed, 128), 28),
            f"28^2 \\,(64 \\cdot {squeezed} + {kernel}^2 \\cdot {squeezed} \\cdot 128)"),
    })  # fmt: skip


def versus(place, chains):
    """Both ways with their weights, multiply-adds and what they see, as the x-ray counts them; the second against the first."""
    first = next(iter(chains.values()))[0]
    for cell, (title, (made, formula)) in zip(place.columns(2, gap="large"), chains.items(), strict=True):
        cell.markdown(f"**{title}**")
        cell.markdown(f"${formula}$")
        for label, value, base in (
            (_("Weights"), made.weights, first.weights),
            (_("Multiply-adds"), made.macs, first.macs),
        ):
            times = None if made is first else f"× {number(round(value / base, 2))}"
            cell.metric(label, number(value), times, delta_color="off", delta_arrow="off")
        cell.caption(_("sees {field}").format(field="×".join(map(str, made.field))))


def degradation():
    if not architectures.has_pair():
        return
    st.header(_("Why ResNet has shortcuts"))
    chart, words = st.columns([3, 2], gap="large", vertical_alignment="center")
    chart.plotly_chart(architectures.degradation_figure(current()), key="degradation", config={"displayModeBar": False},
                       alt=_("Training loss of 20 and 56 layers, without and with shortcuts"))  # fmt: skip
    words.markdown(
        _("The lecture's \"VGG of 20 layers against VGG of 56\": the same small photos, the same recipe. Without shortcuts the "
          "deeper net is worse already on the photos it is trained on, so this is not overfitting: signals and gradients do "
          "not get through. With shortcuts a layer only corrects what came before, and depth stops hurting.")
    )  # fmt: skip
    words.markdown(architectures.pair_table())


# ---- export


@st.fragment
def take_home():
    st.header(_("Take one home as ONNX"))
    st.markdown(_("Made here from what is stored, without torch: weights as trained, or drawn from the seed."))
    names = [*catalog.trained(), *architectures.names()]
    titles = {name: _(catalog.title(name)) + ("" if name in catalog.trained() else _(", untrained")) for name in names}
    left, right = st.columns([2, 3], gap="large")
    with left:
        name = links.choice(st.selectbox, _("Net"), titles, architectures.DEFAULT, "export")
        wish = wished(name)
    with right:
        st.code(wish.command, language="bash", wrap_lines=True)
        st.caption(_("The same file from the command line, where torch checks it. Only there: other operator sets "
                     "(`--opset`), other training (`python -m exporter build`)."))  # fmt: skip
        make(wish)


def wished(name):
    """The options that this net has."""
    facts, any_side, trained = catalog.facts(name), export.takes_any_side(name), name in catalog.trained()
    batches = {"1": "1", "8": "8", "32": "32", "any": _("any")}
    batch = links.choice(st.segmented_control, _("Batch"), batches, "1", "batch", required=True)
    precisions = dict.fromkeys(("fp32", "fp16", "int8"))
    precision = links.choice(st.segmented_control, _("Precision"), {key: key for key in precisions}, "fp32", "precision",
                             required=True)  # fmt: skip
    side = classes = None
    if any_side and batch != "any":
        paper = 224 if trained else facts["input"][1]
        side = st.number_input(_("Side of the image, pixels"), 32, 1024, paper, 32, key=f"export-side-{name}")
    if not trained:
        logits = catalog.graph(name).graph.output[0].type.tensor_type.shape.dim[1].dim_value
        classes = st.number_input(_("Classes"), 1, 100_000, logits, key=f"export-classes-{name}")
        classes = None if classes == logits else classes
    return export.Wish(name, None if batch == "any" else int(batch), side, classes, precision=precision)


def make(wish):
    """A button, progress, then the file."""
    estimate = export.size_of(wish)
    if estimate > MOST_WHEN_HOSTED and not uploads.uploads_allowed():
        st.info(_("About {size}: this server makes files up to {most}; the command above makes it on your machine.").format(
            size=size(estimate), most=size(MOST_WHEN_HOSTED)))  # fmt: skip
        return
    made = st.session_state.get("made")
    if st.button(_("Make the file, about {size}").format(size=size(estimate)), key="make", icon=":material/deployed_code:"):
        st.session_state.pop("made", None)  # the file made before need not lie in memory beside the next
        with st.status(_("Making {file}…").format(file=wish.file), expanded=True) as status:
            try:
                made = export.make(wish, st.write)
            except ValueError:
                status.update(label=_("This file cannot be made."), state="error")
                st.error(_("The image is too small for this net, or its weights too many for one file."))
                return
            status.update(label=_("{file}: {size}").format(file=wish.file, size=size(len(made.content))), state="complete",
                          expanded=False)  # fmt: skip
        st.session_state["made"] = made = (wish, made)
    if not made or made[0] != wish:
        return
    finished = made[1]
    difference = "" if finished.difference is None else _(" · differs from fp32 by {share} of the largest output").format(
        share=f"{number(round(100 * finished.difference, 2))} %")  # fmt: skip
    st.markdown(_("**{file}** · {size}").format(file=wish.file, size=size(len(finished.content))) + difference)
    with st.container(horizontal=True):
        st.download_button(
            _("Download {file}").format(file=wish.file), finished.content, wish.file, on_click="ignore", type="primary"
        )
        st.download_button(_("Model card"), card(catalog.manifest()[wish.name]), f"{wish.name}.md", on_click="ignore")


lesson.tell(page)
