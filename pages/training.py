"""Lesson: a net learns in front of you: data, features, layers and everything else to touch, two runs side by side."""

import streamlit as st

from playground import lesson, training_controls, training_page
from playground.language import text as _
from playground.training_words import scenes


def page():
    if st.context.is_embedded:
        return playground()
    st.title(_("A net learns in front of you"))
    st.markdown(
        _("A net is a function with many weights; learning is going down the loss, $w \\leftarrow w - \\eta\\,\\partial L / "
          "\\partial w$, a batch of points a step. Each step here is one ONNX graph, the way back included. Press Train; touch "
          "anything.")
    )  # fmt: skip
    with st.container(horizontal=True, gap="small"):
        for name, (title, address) in scenes().items():
            st.button(title, on_click=training_page.show, args=(address,), key=f"scene_{name}", type="tertiary")
    playground()


@st.fragment
def playground():
    training_page.stage()
    training_controls.controls()


lesson.tell(page)
