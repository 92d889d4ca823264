"""Two questions about gradients of a convolution, drawn from a seed and graded by the gradient graph."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground import lesson
from playground.backpropagation import Setting, gradients
from playground.convolution_gradient import output_shape
from playground.language import text as _


@dataclass(frozen=True)
class Puzzle:
    """A setting drawn from a seed: which weight has the largest gradient, and which inputs have none?"""

    setting: Setting
    dw: np.ndarray
    largest: int
    unseen: np.ndarray
    kind: str


GRIDS = ((5, 2, 2), (4, 2, 2), (5, 1, 2), (6, 3, 2), (5, 2, 3), (7, 3, 2))  # side, kernel, stride


def puzzle(seed: int) -> Puzzle:
    """Small whole numbers from the seed, one weight's gradient clearly the largest; graded by the gradient graph.

    `unseen` [side, side] marks the inputs of a second grid whose gradient is zero whatever the outputs' gradients are: `kind`
    is "none", "edge" (the last row and column) or "between" (between two windows).
    """
    random = np.random.default_rng(seed)
    while True:
        x, dy = random.integers(0, 5, (3, 3)), random.integers(-3, 4, (2, 2))
        setting = Setting(x.astype(np.float32), np.zeros((2, 2), np.float32), dy.astype(np.float32), "given", 1, 0)
        dw = gradients(setting)["dw"]
        order = np.sort(np.abs(dw).ravel())
        if order[-1] >= order[-2] + 2:
            break
    side, kernel, stride = GRIDS[seed % len(GRIDS)]
    ones = [np.ones((k, k), np.float32) for k in (side, kernel)]
    shape = output_shape(ones[0].shape, ones[1].shape, stride, 0)
    unseen = gradients(Setting(*ones, np.ones(shape, np.float32), "given", stride, 0))["dx"] == 0
    kind = "none" if not unseen.any() else "between" if unseen[: side - 1, : side - 1].any() else "edge"
    return Puzzle(setting, dw, int(np.abs(dw).argmax()), unseen, kind)


@st.fragment
def ask() -> None:
    """The two questions of the seed in the address, and what the graph says once it is asked."""
    linked = st.query_params.get("puzzle", "1")
    seed = int(linked) if linked.isdecimal() and len(linked) < 9 else 1
    quiz = puzzle(seed)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(_("**Which weight gets the largest gradient, in magnitude?**"))
        st.markdown(f"$$x = {_latex(quiz.setting.x)} \\qquad \\frac{{\\partial L}}{{\\partial y}} = {_latex(quiz.setting.t)}$$")
        weights = ["w₁", "w₂", "w₃", "w₄"]
        weight = st.segmented_control(_("Weight"), range(4), format_func=weights.__getitem__, key=f"weight-{seed}")
    with right:
        side, kernel, stride = GRIDS[seed % len(GRIDS)]
        st.markdown(
            _("**An input of {side}×{side}, a kernel of {kernel}×{kernel}, stride {stride}, no padding: which inputs get no "
              "gradient, whatever comes from above?**").format(side=side, kernel=kernel, stride=stride)
        )  # fmt: skip
        kinds = {"none": _("none: all get one"), "edge": _("the last row and column"), "between": _("those between windows")}
        kind = st.radio(_("Inputs"), list(kinds), format_func=kinds.get, index=None, key=f"kind-{seed}",
                        label_visibility="collapsed")  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        revealed = st.toggle(_("Reveal"), key="reveal", bind="query-params")
        st.button(_("Another"), icon=":material/casino:", on_click=lambda: st.query_params.update(puzzle=str(seed + 1)))
    if not revealed:
        return
    with left:
        st.markdown(f"{lesson.mark(weight, quiz.largest)} $\\frac{{\\partial L}}{{\\partial w}} = {_latex(quiz.dw)}$")
        st.markdown(
            _("The largest is that of {weight}. Not the largest input decides, but how well the patch under the weight agrees "
              "with the outputs' gradient: the sum is a correlation.").format(weight=weights[quiz.largest])
        )  # fmt: skip
    with right:
        seen = _latex(quiz.unseen.astype(int)).replace("0", "\\cdot").replace("1", "0")
        st.markdown(f"{lesson.mark(kind, quiz.kind)} $\\frac{{\\partial L}}{{\\partial x}} = {seen}$")
        st.markdown(
            _("{answer}. An input that no window covers moves no output, so nothing comes back to it; the graph gave the zeros "
              "for a kernel and outputs' gradients of ones, where no term can cancel another.").format(
                answer=kinds[quiz.kind].capitalize()
            )
        )  # fmt: skip


def _latex(values: np.ndarray) -> str:
    return "\\begin{pmatrix}" + "\\\\".join("&".join(f"{value:g}" for value in row) for row in values) + "\\end{pmatrix}"
