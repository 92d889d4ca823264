"""Lesson: a net learns in front of you: data, features, layers and everything else to touch, two runs side by side."""

import onnx
import streamlit as st

from playground import lesson, links, training_controls, training_export, training_page, training_points, training_puzzle
from playground.components import link
from playground.language import number
from playground.language import text as _
from playground.training_step import step
from playground.training_words import bad_tables, data_names, nets


def page():
    if st.context.is_embedded:
        return playground()
    with st.container(gap="small"):
        st.title(_("A net learns in front of you"))
        st.markdown(
            _("Learning is going down the loss: $w \\leftarrow w - \\eta\\,\\partial L / \\partial w$. Each step here is one "
              "ONNX graph, the way back included. Press Train, and touch anything.")
        )  # fmt: skip
        training_controls.offer_scenes()
        playground()
    question()
    own_points()
    look_inside()
    take_home()
    lesson.source(_("This page: {file}"), "pages/training.py")


@st.fragment
def playground():
    training_page.stage()
    training_controls.controls()


@st.fragment
def question():
    st.header(_("Which of these nets can do it?"))
    names = data_names()
    data = links.choice(
        st.segmented_control, _("Points"), {name: names[name] for name in training_puzzle.ASKED}, "xor", "asked", required=True
    )
    titles = nets()
    guess = st.pills(
        _("No noise, {epochs} epochs of Adam: which get {share} % of the test points right?").format(
            epochs=training_puzzle.EPOCHS, share=round(100 * training_puzzle.RIGHT)
        ),
        list(titles), format_func=titles.get, selection_mode="multi", key=f"guess_{data}", wrap=True,
    )  # fmt: skip
    if not st.toggle(_("Reveal"), key="reveal", bind="query-params"):
        return
    with st.spinner(_("Training them all")):
        shares = training_puzzle.graded(data)
    columns, right = st.columns(3), 0
    for place, (name, share) in enumerate(shares.items()):
        can = share >= training_puzzle.RIGHT
        right += can == (name in guess)
        told = _("**{net}**: {share} %").format(net=titles[name], share=number(round(100 * share, 1)))
        columns[place % 3].markdown(f"{lesson.mark(name in guess, can)} {told}")
    st.markdown(
        _("Without a hidden layer the border is a straight line in the features, so all depends on them: $x_1 x_2$ undoes XOR, "
          "squares undo the circle. Hidden neurons find such features by themselves.") + " "
        + _("You foresaw {right} of {all}.").format(right=right, all=len(shares))
    )  # fmt: skip
    st.caption(_("The best of {tries} seeds each, trained just now.").format(tries=training_puzzle.SEEDS))


@st.fragment
def own_points():
    opened = st.expander(_("Points of your own"), key="own", on_change="rerun", icon=":material/edit:")
    if not opened.open:
        return
    left, right = opened.columns(2, gap="large")
    left.markdown(
        _("Press *Draw points* on the stage, choose a class, and draw; the points travel in the link. Or bring a table: two "
          "columns of numbers, and a third with the class (words or numbers) or, if it has more than six different numbers, "
          "the value to fit.")
    )  # fmt: skip
    file = right.file_uploader(_("Points as CSV"), type=["csv", "tsv", "txt"], max_upload_size=1)
    if file is None:
        return
    try:
        points, scaled, rows = training_points.from_csv(file.getvalue())
    except training_points.BadTable as error:
        right.error(bad_tables()[str(error)])
        return
    told = _("{count} of {rows} points.").format(count=len(points), rows=rows)
    right.markdown(told + " " + (_("Numbers were scaled to fit the plane.") if scaled else ""))
    if right.button(_("Train on these points"), type="primary"):
        training_page.take_points(points)
        training_page.from_the_start()
        st.rerun()


@st.fragment
def look_inside():
    opened = st.expander(
        _("The graphs that trained and answered, as ONNX"), key="xray", on_change="rerun", icon=":material/schema:"
    )
    if not opened.open:
        return
    with opened:
        run = training_page.going().runs[0]
        trained, net = step(run.form), training_export.onnx_file(run)
        st.markdown(
            _("**A step**, {count} bytes, for any widths and any number of steps a call. Forward, loss, backward and update "
              "are functions that torch traced, in the body of a `Scan` over batches.").format(count=number(len(trained)))
        )  # fmt: skip
        st.code(onnx.printer.to_text(onnx.load_from_string(trained).graph), language="text", wrap_lines=True, height=360)
        st.markdown(_("**The net** as it answers, its parameters inside:"))
        lesson.node_table(onnx.load_from_string(net), {"x": run.train.x})


@st.fragment
def take_home():
    opened = st.expander(_("Take it home"), key="home", on_change="rerun", icon=":material/download:")
    if not opened.open:
        return
    live, now = training_page.going(), training_page.holder()
    left, right = opened.columns([1, 2], gap="large")
    with left:
        st.caption(_("As it is when you press: pause first for a link to the very same net."))
        runs = ["A", "B"][: len(live.runs)]
        which = st.segmented_control(_("Run"), runs, default="A", required=True, key="taken") if len(runs) > 1 else "A"
        index = runs.index(which)
        files = {  # made when asked for
            "net.onnx": lambda: training_export.onnx_file(now["live"].run(index)),
            "net.py": lambda: training_export.torch_source(now["live"].run(index), now["live"].edits_of(index)),
            "points.csv": lambda: training_points.to_csv(now["live"].train, now["live"].test),
            "step.onnx": lambda: step(now["live"].run(index).form),
        }
        for name, content in files.items():
            label = _("Download {file}").format(file=name)
            st.download_button(label, content, name, on_click="ignore", width="stretch", key=f"file_{name}")
        link(key="link", data={"copy": _("Copy the link to this scene"), "copied": _("Copied")})
    with right:
        st.markdown(_("`net.py` has the net in torch with its state, and the loop that trains it again, point for point:"))
        st.code(training_export.torch_source(live.run(index), live.edits_of(index)), language="python", height=300)
        st.markdown(_("To put this scene into a page of your own:"))
        st.code(training_page.iframe(), language="html", wrap_lines=True)


lesson.tell(page)
