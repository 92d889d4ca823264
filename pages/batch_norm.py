"""Lesson: batch normalisation: what it does to one batch, to a deep net, and how it vanishes into a convolution."""

import numpy as np
import streamlit as st

from playground import batch_norm as story
from playground import batch_norm_page, components, figures, lesson, links, matrices
from playground.language import current, number
from playground.language import text as _

BATCH, START = "-1,1,2,4,6.5", "0,1"
MOMENTA, EPSILONS = ("0.01", "0.1", "0.5"), ("0.00001", "0.001", "0.1", "1")
PLAIN = {"displayModeBar": False}
TAKE_HOME = """\
import torch

norm = torch.nn.BatchNorm1d(1, eps={epsilon}, momentum={momentum})
norm.weight.data[:], norm.bias.data[:] = {gamma}, {beta}
norm.running_mean[:], norm.running_var[:] = {mean}, {var}
norm.train({training})
print(norm(torch.tensor({x})), norm.running_mean, norm.running_var)
"""


def page():
    st.title(_("Batch normalisation"))
    st.markdown(
        _("Subtract the batch's mean, divide by its deviation, then scale and shift by two learned numbers: "
          "$\\hat x_i = \\frac{x_i - \\mu_B}{\\sqrt{\\sigma_B^2 + \\epsilon}}$, $\\;y_i = \\gamma\\,\\hat x_i + \\beta$. "
          "At inference, running averages stand in for the batch's.")
    )  # fmt: skip
    sections = {"batch": _("One batch"), "deep": _("A deep net"), "fold": _("Folding it away")}
    section = links.choice(
        st.segmented_control, _("Section"), sections, "batch", "section", required=True, label_visibility="collapsed"
    )
    {"batch": one_batch, "deep": batch_norm_page.deep_net, "fold": batch_norm_page.folding}[section]()


def linked(name, default, most):
    """The matrix that the address has under this name, else the default's, with a warning if it is damaged."""
    try:
        return matrices.parse(links.kept("batch", name, default), most, story.LARGEST if name == "x" else 1e6)
    except ValueError:
        st.warning(_("The numbers in this link are damaged; here is an example instead."))
        return matrices.parse(default)


def choose_scene():
    """The ready scenes; the one that the address shows is marked, and another is written there and into the widgets."""
    ran = matrices.write(story.trained())
    scenes = {
        "plain": {},
        "one": {"x": "3"},
        "trained": {"x": "-4,-3,-2,-1,0.5", "ran": ran, "mode": "inference"},
        "shifted": {"x": "1,2,3,4,5.5", "ran": ran, "mode": "inference"},
        "outlier": {"x": "-1,-0.5,0,0.5,1,9.5"},
    }
    titles = {
        "plain": _("A batch"),
        "one": _("A batch of one"),
        "trained": _("Trained, at inference"),
        "shifted": _("A shifted batch at inference"),
        "outlier": _("One outlier"),
    }
    defaults = {"x": BATCH, "ran": START, "mode": "training"}

    def show():
        scene = scenes.get(st.session_state["scene"])
        if scene is None:
            return
        st.session_state[f"mode-{current()}"] = scene.get("mode", "training")
        for name, value in (defaults | scene).items():
            links.put(name, value)
        st.session_state["gamma"], st.session_state["beta"] = 1.0, 0.0

    address = {name: st.query_params.get(name, value) for name, value in defaults.items()}
    st.session_state["scene"] = next((name for name, scene in scenes.items() if defaults | scene == address), None)
    st.pills(_("Scenes"), list(titles), format_func=titles.get, key="scene", on_change=show, label_visibility="collapsed")


@st.fragment
def one_batch():
    choose_scene()
    seen, controls = st.columns([2, 1], gap="large")
    x, history = linked("x", BATCH, (1, story.MOST_POINTS))[0], running_history()
    with controls:
        modes = {"training": _("training"), "inference": _("inference")}
        training = links.choice(st.segmented_control, _("Mode"), modes, "training", "mode", required=True) == "training"
        gamma = st.slider(_("γ, the new deviation"), -3.0, 3.0, 1.0, 0.1, key="gamma", bind="query-params")
        beta = st.slider(_("β, the new mean"), -5.0, 5.0, 0.0, 0.1, key="beta", bind="query-params")
        with st.popover(_("Momentum and ε"), width="stretch"):
            momentum, epsilon = momentum_and_epsilon()
        feed_buttons(history, x, momentum)
    running = tuple(float(value) for value in history[-1])
    answer = story.normalise(x, gamma, beta, running, training, momentum, epsilon)
    with seen:
        components.batch(
            key="batch", on_x_change=links.keep("batch", "x"),
            data={"x": x.astype(float).round(2).tolist(), "y": answer["y"][:, 0].tolist(), "training": training, "gamma": gamma,
                  "beta": beta, "running": running, "epsilon": epsilon, "most": story.MOST_POINTS, "largest": story.LARGEST,
                  "colours": figures.CLASSES, "language": current(), "texts": texts()},
        )  # fmt: skip
        if training and len(x) == 1:
            st.info(
                _("One example has no spread: σ = 0, so x̂ = 0 and y = β, whatever x is. Its unbiased variance is 0/0; torch "
                  "refuses to train on such a batch, and here it cannot be fed.")
            )  # fmt: skip
        elif not training:
            st.caption(_("At inference no example depends on its neighbours. The dashed line is this batch's own mean."))
    question(x, gamma, beta, running, training, momentum, epsilon)
    running_story(history, x, momentum)
    st.header(_("Look inside and take it home"))
    lesson.look_inside_and_take_home_operators(
        f"batch_norm_{'training' if training else 'inference'}", story.graph(training, momentum, epsilon),
        story.feeds(x, gamma, beta, running), page=__file__,
        code=TAKE_HOME.format(epsilon=epsilon, momentum=momentum, gamma=gamma, beta=beta, mean=running[0], var=running[1],
                              training=training, x=x.astype(float).round(2)[:, None].tolist()),
    )  # fmt: skip


def momentum_and_epsilon():
    shares = {momentum: number(float(momentum)) for momentum in MOMENTA}
    label = _("Momentum: the batch's share in the running averages")
    momentum = links.choice(st.segmented_control, label, shares, "0.1", "momentum", required=True)
    sizes = dict(zip(EPSILONS, ("10⁻⁵", "10⁻³", number(0.1), "1"), strict=True))
    return float(momentum), float(links.choice(st.segmented_control, "ε", sizes, EPSILONS[0], "epsilon", required=True))


def running_history():
    """The running mean and variance, a row after each batch fed, as the address has them."""
    history = linked("ran", START, (story.MOST_FED + 1, 2))
    return history if history.shape[1] == 2 and (history[:, 1] >= 0).all() else matrices.parse(START)


def feed_buttons(history, x, momentum):
    """Train on the batch: the running averages move, and the address keeps their path."""

    def feed(times):
        path = story.fed(history, x, times, momentum) if times else matrices.parse(START)
        links.put("ran", matrices.write(path))

    full, one = len(history) > story.MOST_FED, len(x) == 1
    with st.container(horizontal=True, gap="small"):
        st.button(_("Train on it"), key="feed", on_click=feed, args=(1,), disabled=full or one)
        st.button("× 10", key="feed-10", on_click=feed, args=(10,), disabled=full or one)
        st.button(_("Forget"), key="forget", on_click=feed, args=(0,), disabled=len(history) == 1)
    mean, var = (number(round(float(value), 3)) for value in history[-1])
    st.caption(_("Running: μ = {mean}, σ² = {var}; batches: {count}.").format(mean=mean, var=var, count=len(history) - 1))


def question(x, gamma, beta, running, training, momentum, epsilon):
    """Which changes of the batch leave every y as it was: graded by running the graph on the changed batches."""
    st.header(_("Predict, then reveal"))
    changes = {
        "shift": (_("add 2 to every x"), x + 2),
        "double": (_("double every x"), 2 * x),
        "mirror": (_("change every sign"), -x),
        "one": (_("add 2 to the last x only"), x + 2 * (np.arange(len(x)) == len(x) - 1)),
    }
    titles = {name: title for name, (title, _batch) in changes.items()}
    asked = _("In training: after which change is y as before?") if training else _("At inference: after which is y as before?")
    guess = st.pills(asked, list(titles), format_func=titles.get, selection_mode="multi", key="same")
    if not st.toggle(_("Reveal"), key="reveal", bind="query-params"):
        return
    before = story.normalise(x, gamma, beta, running, training, momentum, epsilon)["y"]
    right = 0
    for name, (title, batch) in changes.items():
        after = story.normalise(batch, gamma, beta, running, training, momentum, epsilon)["y"]
        moved = story.largest_change(before, after)
        same = moved < 0.01
        right += same == (name in guess)
        mark = lesson.mark(name in guess, same)
        told = _("{mark} **{change}**: the largest change of a y is {moved}").format(
            mark=mark, change=title, moved=number(round(moved, 3))
        )
        st.markdown(told)
    st.markdown(_("You foresaw {right} of {all}.").format(right=right, all=len(changes)))
    st.markdown(
        _("In training, shift and scale of the batch cancel (but for ε), and one moved point moves all others. At inference "
          "the map is one fixed line, so that every change of x arrives.")
    )  # fmt: skip


def running_story(history, x, momentum):
    """How the running averages came to be, and where torch and ONNX differ."""
    st.header(_("Running averages: what inference will use"))
    chart, words = st.columns([3, 2], gap="large")
    batch = story.normalise(x, running=tuple(history[-1]), momentum=momentum) if len(x) > 1 else None
    own = (float(batch["mean"][0]), float(batch["unbiased"][0])) if batch else None
    chart.plotly_chart(story.running_figure(history, own, current()), key="running", config=PLAIN,
                       alt=_("Running mean and variance by batches fed"))  # fmt: skip
    with words:
        st.markdown(
            _("Each batch fed moves them by the momentum's share $\\alpha$ of the way: $\\mu \\leftarrow (1-\\alpha)\\mu + "
              "\\alpha\\mu_B$, $\\;\\sigma^2 \\leftarrow (1-\\alpha)\\sigma^2 + \\alpha\\frac{m}{m-1}\\sigma_B^2$. After "
              "training they stay: a batch from elsewhere is measured with the old ruler.")
        )  # fmt: skip
        if batch:
            st.markdown(
                _("**A trap between frameworks.** The paper and torch take the unbiased variance here, with $m - 1$; ONNX's "
                  "`BatchNormalization` takes $\\sigma_B^2$ itself. After this batch the running variance is {torch} by the "
                  "paper and {onnx} by ONNX. The graph on this page follows the paper; what ONNX calls momentum is "
                  "$1 - \\alpha$.").format(
                    torch=number(round(float(batch["running_var_next"][0]), 4)),
                    onnx=number(round(float(batch["running_var_onnx"][0]), 4)),
                )
            )  # fmt: skip


def texts():
    return {
        "batch": _("A batch on a number line; arrow keys move a point, + adds one, Delete removes it"),
        "add": _("Add a point"),
        "remove": _("Remove it"),
        "hint": _("Drag points of x; click beside them to add one. Keys: arrows, +, Delete."),
        "running": _("running"),
        "own": _("This batch:"),
    }


lesson.tell(page)
