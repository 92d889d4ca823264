"""Lesson: the lecture's first model. Learning as a search over functions, a line, a plane, and its four programs."""

import streamlit as st

from playground import components, fit, fit_line, fit_plane, fit_views, lesson, links
from playground.fit import Descent
from playground.language import number
from playground.language import text as _

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
    end(run)


@st.fragment
def line():
    st.markdown(
        _("The error is a sum of squares, $E = \\sum_i (w x_i + b - y_i)^2$: a valley over $(w, b)$. A step goes "
          "$w \\leftarrow w - \\eta\\,\\partial E/\\partial w$, $b \\leftarrow b - \\eta\\,\\partial E/\\partial b$. How far, "
          "says the rate $\\eta$.")
    )  # fmt: skip
    end(line_stage("line", None))


@st.fragment
def plane():
    st.markdown(
        _("Five rows of three numbers and what should come out, $\\hat y = w_1x_1 + w_2x_2 + w_3x_3 + b \\approx y$. The lecture "
          "called Theano's `train` 1001 times and printed what it found. Descend from zero as it did:")
    )  # fmt: skip
    table = from_link("plane", "table", fit_plane.TABLE, fit_plane.parse, _("The table in this link is damaged."))
    rate = from_link("plane", "rate", fit_plane.RATE, fit_line.parse_rate, _("The rate in this link is damaged."))
    run = fit_plane.descent(fit_plane.parse(table), fit_line.parse_rate(rate))
    step = from_link("plane", "step", "0", run.parse_step, _("This link names a step that the descent does not have."))
    pair = links.kept("plane", "pair", "w1b")
    components.plane(
        key="plane", data=fit_views.of_plane(run, table, int(step), pair if pair in fit_plane.PAIRS else "w1b"),
        on_moved_change=preview("plane"),
        **{f"on_{name}_change": links.keep("plane", name) for name in ("table", "rate", "step", "pair")},
    )  # fmt: skip
    end(run)


def line_stage(view: str, seed: int | None) -> Descent:
    """Points, error and descent, and what the link says of them."""
    code = from_link(view, "points", fit_line.preset("noisy"), fit_line.parse_points, _("The points in this link are damaged."))
    begin = from_link(view, "start", "{},{}".format(*fit_line.START), fit_line.parse_start, _("The start in this link is damaged."))
    rate = from_link(view, "rate", "0.01", fit_line.parse_rate, _("The rate in this link is damaged."))
    run = Descent(fit_line.parse_points(code), fit_line.parse_rate(rate), fit_line.parse_start(begin), fit_line.STEPS)
    step = from_link(view, "step", "0", run.parse_step, _("This link names a step that the descent does not have."))
    components.line(
        key=view, data=fit_views.of_line(run, code, begin, int(step), seed), on_moved_change=preview(view),
        **{f"on_{name}_change": links.keep(view, name) for name in ("points", "start", "rate", "step")},
    )  # fmt: skip
    return run


def preview(view):
    """A callback for what is still under the hand: shown once, not yet in the link."""
    def show():
        name, _sign, value = (st.session_state[view]["moved"] or "").partition("=")
        st.session_state[f"{view}-{name}"] = value

    return show


def from_link(view, name, default, parse, damaged):
    """What is under the hand, else what the link has for a view; if that cannot be read, the default, and a warning."""
    linked = st.session_state.pop(f"{view}-{name}", None) or links.kept(view, name, default)
    try:
        parse(linked)
    except ValueError:
        st.warning(damaged)
        return default
    return linked


def end(run):
    lesson.look_inside_and_take_home_operators(fit.STEP, fit.step_graph(), run.inputs(), TAKE_HOME, __file__)


lesson.tell(page)
