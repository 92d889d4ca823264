"""Lesson: the lecture's first model. Learning as a search over functions, a line, a plane, and its four programs."""

import streamlit as st

from playground import components, fit, fit_line, fit_plane, fit_views, fit_words, lesson, links
from playground.fit import Descent
from playground.language import number
from playground.language import text as _

ASKED_STEPS = 15
TAKE_HOME = """\
import numpy as np, onnxruntime

x = np.array([[2, .1, 3], [1, .1, 2], [0, 2, 1], [0, 1.5, 2], [-1, 1.2, 3]])
y = np.array([1., 1, 0, 0, 0])
step = onnxruntime.InferenceSession("linear_regression_step.onnx")
w, b, *_, fitted, error = step.run(None, {
    "w": np.zeros(3), "b": np.array(0.), "inputs": x, "targets": y, "rate": np.array(0.01),
    "order": np.tile(np.arange(5), (1001, 1)),  # the rows of each step
})
print(w, b, fitted[-1], error[-1])
"""


def page():
    st.title(_("Fit a line, fit a plane"))
    sections = {
        "search": (_("Search over all functions"), search),
        "line": (_("A line"), line),
        "plane": (_("The lecture's plane"), plane),
        "words": (_("In four languages"), words),
    }
    section = links.choice(
        st.segmented_control, _("Section"), {name: title for name, (title, _story) in sections.items()}, "search", "section",
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    sections[section][1]()


@st.fragment
def search():
    st.markdown(
        _("The lecture's first algorithm: `for f in all_functions: if Error(f, data) == 0: return f`. Even among lines, "
          "$f_{w,b}(x) = wx + b$, that is blind search for $\\operatorname{argmin}_{w,b}\\, \\text{Error}(f_{w,b}, "
          "\\text{Data})$. The gradient $\\nabla_{w,b}\\,\\text{Error}$ says which way is down. Same number of tries for both:")
    )  # fmt: skip
    stage = st.container()
    seed = st.number_input(_("Seed of the tries"), 0, 9999, 1, key="seed", bind="query-params", width=200)
    with stage:
        run = line_stage("search", seed)
    tries_question(run, seed)
    end(run)


@st.fragment
def line():
    st.markdown(
        _("The error is a sum of squares, $E = \\sum_i (w x_i + b - y_i)^2$: a valley over $(w, b)$. A step goes "
          "$w \\leftarrow w - \\eta\\,\\partial E/\\partial w$, $b \\leftarrow b - \\eta\\,\\partial E/\\partial b$. How far, "
          "says the rate $\\eta$.")
    )  # fmt: skip
    run = line_stage("line", None)
    limit_question(run)
    end(run)


@st.fragment
def plane():
    st.markdown(
        _("Five rows of three numbers and what should come out, $\\hat y = w_1x_1 + w_2x_2 + w_3x_3 + b \\approx y$. The "
          "lecture called Theano's `train` 1001 times and printed what it found. Descend from zero as it did:")
    )  # fmt: skip
    table = from_link("plane", "table", fit_plane.TABLE, fit_plane.parse)
    rate = from_link("plane", "rate", fit_plane.RATE, fit_line.parse_rate, "plane_rate")
    run = fit_plane.descent(fit_plane.parse(table), fit_line.parse_rate(rate))
    step = from_link("plane", "step", "0", run.parse_step, "plane_step")
    pair = links.kept("plane", "pair", "w1b")
    components.plane(
        key="plane", data=fit_views.of_plane(run, table, int(step), pair if pair in fit_plane.PAIRS else "w1b"),
        on_moved_change=preview("plane"),
        on_rate_change=links.keep("plane", "plane_rate", "rate"), on_step_change=links.keep("plane", "plane_step", "step"),
        on_table_change=links.keep("plane", "table"), on_pair_change=links.keep("plane", "pair"),
    )  # fmt: skip
    longer_question(run)
    end(run)


@st.fragment
def words():
    st.markdown(
        _("The same model, the same 1001 steps. Theano and TensorFlow 1 first build a graph, which differentiates itself, and "
          "then run it; Keras hides the graph; torch writes it down anew at each step. This page runs Theano's way: "
          "`torch.func.grad` made the gradient once, and ONNX Runtime runs the graph.")
    )  # fmt: skip
    for pair in (("theano", "tensorflow"), ("keras", "torch")):
        for name, column in zip(pair, st.columns(2, gap="medium"), strict=True):
            column.markdown(fit_words.titles()[name])
            column.code(fit_words.CODE[name], language="python")
    programs_question()
    end(fit_plane.descent(fit_plane.parse(fit_plane.TABLE)))


def line_stage(view: str, seed: int | None) -> Descent:
    """Points, error and descent, and what the link says of them."""
    code = from_link(view, "points", fit_line.preset("noisy"), fit_line.parse_points)
    begin = from_link(view, "start", "{},{}".format(*fit_line.START), fit_line.parse_start)
    rate = from_link(view, "rate", "0.01", fit_line.parse_rate)
    run = Descent(fit_line.parse_points(code), fit_line.parse_rate(rate), fit_line.parse_start(begin), fit_line.STEPS)
    step = from_link(view, "step", "0", run.parse_step)
    components.line(
        key=view, data=fit_views.of_line(run, code, begin, int(step), seed), on_moved_change=preview(view),
        **{f"on_{name}_change": links.keep(view, name) for name in ("points", "start", "rate", "step")},
    )  # fmt: skip
    return run


def tries_question(run, seed):
    st.header(_("How many blind tries?"))
    most = {str(count): number(count) for count in (100, 1000, 10_000, fit_line.LONGEST_SEARCH)} | {"more": _("more")}
    guess = st.segmented_control(
        _("{steps} steps of descent reach some error. At most how many random lines does it take to get as low?").format(
            steps=ASKED_STEPS), list(most), format_func=most.get, key="tries",
    )  # fmt: skip
    if not st.toggle(_("Reveal"), key="reveal_tries", bind="query-params"):
        return
    reached, tries = fit_line.tries_needed(run, ASKED_STEPS, seed)
    answer = next((code for code in most if code != "more" and tries and tries <= int(code)), "more")
    told = _("more than {tries}").format(tries=number(fit_line.LONGEST_SEARCH)) if tries is None else number(tries)
    st.markdown(
        _("{mark} Descent reached {error}; blind search needed **{tries}** tries with this seed. With two parameters a lucky "
          "hit is a small spot in a square; with each further parameter it is a smaller share of what there is, and nets have "
          "millions. A step of descent costs about as much as two or three tries.").format(
            mark=lesson.mark(guess, answer), error=fit_views.brief(reached), tries=told)
    )  # fmt: skip


def limit_question(run):
    st.header(_("What makes the valley steep?"))
    options = {"smaller": _("It gets smaller"), "same": _("It stays"), "larger": _("It gets larger")}
    guess = st.segmented_control(
        _("Move all points 3 to the right, $x \\to x + 3$. What becomes of the largest rate that does not run away?"),
        list(options), format_func=options.get, key="moved",
    )  # fmt: skip
    if not st.toggle(_("Reveal"), key="reveal_moved", bind="query-params"):
        return
    before, after = fit_line.limits_if_moved(run.data, 3.0)
    answer = "same" if before == after else "smaller" if after < before else "larger"
    st.markdown(
        _("{mark} Here it was {before} and becomes **{after}**. The limit is $2/\\lambda$, where $\\lambda$ is the largest "
          "eigenvalue of the Hessian $2X^TX$: data far from zero make one direction steep and leave another flat. That is why "
          "inputs are centred, and why batch normalisation helps.").replace("{mark}", lesson.mark(guess, answer))
        .replace("{before}", fit_views.brief(before)).replace("{after}", fit_views.brief(after))
    )  # fmt: skip


def longer_question(run):
    st.header(_("Had the lecture waited longer?"))
    options = {"zero": _("it falls to nearly 0"), "lower": _("it gets lower, but not 0"), "same": _("it stays as it is")}
    guess = st.segmented_control(
        _("Not {few} steps but {many}, same table, same rate. The error …").format(
            few=number(fit_plane.STEPS), many=number(fit_plane.LONG)),
        list(options), format_func=options.get, key="longer",
    )  # fmt: skip
    if not st.toggle(_("Reveal"), key="reveal_longer", bind="query-params"):
        return
    now, then, answer = fit_plane.becomes(run.data, run.rate)
    if answer == "away":
        st.markdown(_("With this rate it runs away: choose a smaller one."))
        return
    st.markdown(
        _("{mark} It goes from {now} to **{then}**. A plane has four numbers; more rows than that, and in general none passes "
          "through all of them: what is left is the least squares error.").format(
            mark=lesson.mark(guess, answer), now=fit_views.brief(now), then=fit_views.brief(then))
    )  # fmt: skip


def programs_question():
    st.header(_("Whose error is least?"))
    programs = {"theano": "Theano", "tensorflow": "TensorFlow", "keras": "Keras"}
    guess = st.segmented_control(
        _("On the slides they are not quite the same: Theano steps with 0.01 on the sum of squares, TensorFlow with 0.005, "
          "Keras with 0.01 on the mean. All begin at zero and take 1001 steps. Who has the least error?"),
        list(programs), format_func=programs.get, key="program",
    )  # fmt: skip
    if not st.toggle(_("Reveal"), key="reveal_program", bind="query-params"):
        return
    found = fit_plane.programs()
    told = " · ".join(f"{programs[name]} {fit_views.brief(error)}" for name, error in found.items())
    st.markdown(
        _("{mark} {told}. The mean of five squares is a fifth of their sum, and so is its gradient: Keras steps with 0.002. A "
          "loss has a scale, and the rate is measured by it.").format(
            mark=lesson.mark(guess, min(found, key=found.get)), told=told)
    )  # fmt: skip


def preview(view):
    """A callback for what is still under the hand: shown once, not yet in the link."""

    def show():
        name, _sign, value = (st.session_state[view]["moved"] or "").partition("=")
        st.session_state[f"{view}-{name}"] = value

    return show


def from_link(view, name, default, parse, key=None):
    """What is under the hand, else what the link has for a view, as `key`; if it cannot be read, the default, and a warning."""
    linked = st.session_state.pop(f"{view}-{name}", None) or links.kept(view, key or name, default)
    try:
        parse(linked)
    except ValueError:
        st.warning({
            "points": _("The points in this link are damaged; here are the usual ones."),
            "start": _("The start in this link is damaged; here is the usual one."),
            "rate": _("The rate in this link is damaged; here is the usual one."),
            "table": _("The table in this link is damaged; here is the lecture's."),
            "step": _("This link names a step that the descent does not have; here is its start."),
        }[name])  # fmt: skip
        return default
    return linked


def end(run):
    few = run.inputs(10)  # node by node, a thousand steps would take half a minute to time
    lesson.look_inside_and_take_home_operators(fit.STEP, fit.step_graph(), few, TAKE_HOME, __file__)
    lesson.source(_("The step in torch: {file}"), "exporter/steps/served/linear_regression.py")


lesson.tell(page)
