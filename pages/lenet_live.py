"""Lesson: LeNet-5 learns in front of you."""

import streamlit as st

from playground import components, drawing, lenet_data, lenet_live, lenet_run, lesson, links
from playground.language import current, number
from playground.language import text as _
from playground.samples import DIGITS

RATES = ("0.0003", "0.001", "0.003", "0.01", "0.02", "0.05", "0.1", "0.3")
RUN_IT = """\
import numpy as np, onnxruntime

net = onnxruntime.InferenceSession("{file}")
pictures = np.zeros((1, 28, 28), np.uint8)  # light ink on dark, the digit in the 20x20 in the middle
print(net.run(["probabilities"], {{"pictures": pictures}})[0].argmax(1))
"""
GOAL, NEAR, MOST = 0.9, 20, 600  # share of right answers asked for; steps a guess may be off; steps tried


def page():
    st.title(_("LeNet-5 learns in front of you"))
    st.markdown(
        _("Nobody drew these kernels: they begin as noise, and each step moves all 61,706 weights a little against the "
          "gradient of the error on a few digits, ${w \\leftarrow w - \\eta\\, \\partial L/\\partial w}$, "
          "$L = -\\frac1n\\sum_i \\ln p_{y_i}$. Draw a digit, press play, and watch the answer settle.")
    )  # fmt: skip
    settings = stage()
    if settings:
        nine_of_ten(settings)
        look_inside_and_take_home()


def stage():
    """The drawing, the training, what can be set; returns the settings."""
    place = st.container()
    settings = controls()
    with place:
        try:
            lenet_data.load(settings.data)
        except lenet_data.Unreadable:
            st.error(_("MNIST lies on this host, but its files cannot be read. Choose the other digits."))
            return None
        live(settings)
    st.caption(
        _("The loss begins at $\\ln 10$: ten answers, all as likely, which is to know nothing. For some thirty steps hardly "
          "anything is seen; then kernels, maps and answers change all at once. Try momentum with $\\eta = 0.3$ too: soon all "
          "16 maps are blue, ReLU lets nothing through any more, and the net has died.")
    )  # fmt: skip
    return settings


@st.fragment
def live(settings):
    run = lenet_live.running(settings)
    left, right = st.columns([1, 4], gap="medium")  # lenet_live.css knows of it
    with left.container(key="lenet-sheet"):
        sheet()
    with right:
        components.lenet_live(
            key=lenet_live.VIEW, data=lenet_live.shown(run, lenet_live.linked_drawing(), linked_step()),
            on_more_change=lenet_live.asked, on_stopped_change=lenet_live.stopped, on_opened_change=lenet_live.opened,
        )  # fmt: skip


def sheet():
    linked = links.kept("canvas", "drawing", lenet_live.DEFAULT)
    if not drawing.is_valid(linked):
        st.warning(_("The drawing in this link is damaged; here is a 2 instead."))
        linked = lenet_live.DEFAULT
    components.canvas(
        key="canvas",
        data={"drawing": linked, "samples": list(enumerate(DIGITS)), "texts": lesson.canvas_texts(),
              "limit": drawing.MAX_BYTES, "language": current(), "picture": ""},
        on_drawing_change=links.keep("canvas", "drawing"),
    )  # fmt: skip


def linked_step():
    """The step of the link, 0 if there is none; a damaged one is told."""
    linked = links.kept(lenet_live.VIEW, "trained", "0")
    if linked.isascii() and linked.isdecimal() and len(linked) < 5 and int(linked) <= lenet_run.STEPS:
        return int(linked)
    st.warning(_("This link names a step that the training does not have; here is its start."))
    return 0


def controls():
    row = st.columns([3, 5, 2], vertical_alignment="bottom", gap="medium")
    with row[0]:
        optimiser = links.choice(
            st.selectbox, _("Optimiser"), optimisers(), "adam", "optimiser", then=lambda: links.forget("rate", "trained")
        )
    with row[1]:
        rates = {rate: number(float(rate)) for rate in RATES}
        rate = links.choice(
            st.select_slider, _("Learning rate η"), rates, str(lenet_run.RATES[optimiser]), "rate", f"{optimiser}-", begin_again
        )
    with row[2].popover(_("More"), width="stretch"):
        batches = {str(batch): str(batch) for batch in lenet_run.BATCHES}
        batch = links.choice(st.select_slider, _("Digits a step (batch)"), batches, "32", "batch", then=begin_again)
        seed = st.number_input(
            _("Seed of weights and order"), 0, 9999, 1, key="seed", bind="query-params", on_change=begin_again
        )
        data = digits()
    return lenet_run.Settings(data, optimiser, float(rate), int(batch), seed)


def optimisers():
    return {"sgd": _("gradient descent"), "momentum": _("momentum"), "adam": "Adam"}


def digits():
    """Which digits: those of scikit-learn, or MNIST's where the host has them."""
    names = {"sklearn": _("scikit-learn, 1,797 of 8×8"), "mnist": _("MNIST, 10,500 of 28×28")}
    offered = {name: names[name] for name in lenet_data.offered()}
    if len(offered) > 1:
        return links.choice(st.segmented_control, _("Digits"), offered, "sklearn", "data", required=True, then=begin_again)
    if st.query_params.get("data") == "mnist":
        st.warning(_("This link trains on MNIST, which this host does not have; here it is scikit-learn's digits."))
    return "sklearn"


def begin_again():
    links.forget("trained")


@st.fragment
def nine_of_ten(settings):
    st.header(_("How soon will it be right for 9 of 10?"))
    question = _("After how many steps is it right for 9 of 10 of the {held} digits that it does not learn from?")
    guess = st.slider(question.format(held=number(lenet_run.held_back(settings))), 10, 400, 200, 10, key="guess")
    if not st.toggle(_("Reveal"), key="reveal", bind="query-params"):
        return
    with st.spinner(_("Training until it is")):
        found = lenet_run.first_right(settings, GOAL, MOST)
    if found is None:
        told = _("Not within {most} steps, with this optimiser and this rate.")
        st.markdown(f"{lesson.mark(guess, None)} {told.format(most=number(MOST))}")
        return
    st.markdown(
        _("{mark} You said {guess}; it was at step **{found}**, and by then each digit had been seen {epochs} times. Another "
          "seed gives another number: the weights it begins with and the order of the digits are chance.").format(
            mark=lesson.mark(abs(guess - found) <= NEAR, True), guess=number(guess), found=number(found),
            epochs=number(round(lenet_run.epochs(settings, found), 1)))
    )  # fmt: skip
    near = _("Counted as right if you are within {near} steps; it is checked every {check} steps.")
    st.caption(near.format(near=NEAR, check=lenet_run.CHECK))


@st.fragment
def look_inside_and_take_home():
    run = st.session_state[lenet_live.RUN]
    xrayed = st.expander(_("The net, node by node, on your drawing"), key="xray", on_change="rerun", icon=":material/schema:")
    if xrayed.open:
        with xrayed:
            pictures = lenet_data.drawn(lenet_live.linked_drawing())[None]
            lesson.node_table(lenet_run.trained(run), {"pictures": pictures})
    stepped = st.expander(_("The training step as ONNX"), key="steps", on_change="rerun", icon=":material/model_training:")
    if stepped.open:
        stepped.markdown(
            _("Forward, cross-entropy, backward and the update ({optimiser}) in one graph: torch traced it, ONNX Runtime runs "
              "it. A `Scan` repeats it, so that one call makes many steps.").format(
                optimiser=optimisers()[run.settings.optimiser])
        )  # fmt: skip
        stepped.code(lenet_run.step_text(run.settings.optimiser), language="text")
    taken = st.expander(_("Take it home"), key="home", on_change="rerun", icon=":material/download:")
    if taken.open:
        links.put("trained", str(run.step))  # the link to copy is to what the files hold
        left, right = taken.columns([1, 2], gap="large")
        with left:
            take_home(run)
        right.code(RUN_IT.format(file=taken_file(run)), language="python")
        right.code(lenet_live.code(run.settings, run.step), language="python")
    lesson.source(_("The net in torch: {file}"), "exporter/architectures/lenet5.py")
    lesson.source(_("The step in torch: {file}"), "exporter/steps/served/lenet5.py")
    lesson.source(_("This page: {file}"), "pages/lenet_live.py")


def taken_file(run):
    return f"lenet5_after_{run.step}_steps.onnx"


def take_home(run):
    lesson.download_and_link(taken_file(run), lambda: lenet_run.trained(run).SerializeToString())
    graph = lenet_run.step_name(run.settings.optimiser)
    st.download_button(
        _("The step: {file}").format(file=f"{graph}.onnx"), lenet_run.step_graph(run.settings.optimiser), f"{graph}.onnx",
        on_click="ignore", width="stretch",
    )  # fmt: skip
    if run.settings.data == "mnist":
        st.caption(
            _("Trained on 10,000 digits of MNIST (LeCun, Cortes, Burges), checked on 500 of its test digits; they lie on this "
              "host and do not come with the app.")
        )  # fmt: skip
    else:
        st.caption(
            _("Trained on 1,500 of the 1,797 digits that come with scikit-learn (Alpaydin & Kaynak 1998, UCI, CC BY 4.0), "
              "checked on the other 297: of the same 13 writers, so a stranger's digits are harder. They have 8×8 pixels; the "
              "graph that frames your drawing scales and centres them in 28×28 too.")
        )  # fmt: skip


lesson.tell(page)
