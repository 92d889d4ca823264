"""Lesson: why deep nets failed to learn, and what made them."""

import streamlit as st

from playground import deep_code, deep_page, deep_words, lesson
from playground.language import text as _

GOAL, EPOCHS = 0.3, 100  # of the question


def page():
    st.title(_("Why deep nets failed"))
    st.markdown(
        _("The gradient of layer 1 is a product with a factor for each layer above it, $\\partial L/\\partial W_1 \\propto "
          "\\prod_{l} W_l^\\top f'(z_l)$. As $\\sigma' \\le 1/4$, weights that neither stretch nor shrink leave at most "
          "$(1/4)^{d}$ of it at depth $d$. A shortcut $h = x + f(xW + b)$ adds 1 to each factor, and the product no longer "
          "vanishes.")
    )  # fmt: skip
    seen = deep_page.scene()
    name = deep_page.scenes(seen)
    stage, beside = st.columns([9, 3], gap="large")
    with stage:
        deep_page.stage(seen)
        story(name)
    with beside:
        deep_page.controls(seen)
    st.subheader(_("Guess first, then reveal"))
    deep_page.foresee(seen, GOAL, EPOCHS)
    lesson.look_inside_and_take_home_operators("deep_step", *deep_code.graph(seen), deep_code.torch(seen), __file__)


def story(name: str | None):
    """What there is to see in the scene that is open."""
    st.markdown(deep_words.scenes()[name][1] if name else _("A scene of your own: its link is in the address."))
    if name == "nineties":
        st.page_link("pages/activations.py", label=_("Before training: fifty layers of each activation"),
                     icon=":material/arrow_forward:", query_params={"section": "deep"})  # fmt: skip
    if name in ("too_deep", "shortcuts"):
        st.page_link("pages/architectures.py", icon=":material/arrow_forward:",
                     label=_("Our nets of 20 and 56 layers, plain and residual"))  # fmt: skip
    if name == "batch_norm":
        st.page_link("pages/batch_norm.py", label=_("How batch normalisation works"), icon=":material/arrow_forward:")


lesson.tell(page)
