"""Home: what this is, the lessons, and which processor runs the graphs."""

import onnxruntime
import streamlit as st

from playground import digits, engine, lesson
from playground.language import text as _


def page():
    st.title(_("Deep learning playground"))
    st.markdown(
        _("Lectures on deep learning that answer to the touch. Every answer and every map here comes from an ONNX graph "
          "that ran just now, for you; every graph can be opened, followed number by number, and taken home.")
    )  # fmt: skip
    with st.container(border=True, key="digits-card"):
        picture, words = st.columns([3, 2], gap="large", vertical_alignment="center")
        picture.image(
            digits.cover(), alt=_("A drawn 7 and the six maps that LeNet-5's first convolution makes of it"), width="stretch"
        )
        with words:
            st.subheader(_("Digits"))
            st.markdown(_("Draw a digit: three nets read it at once, and LeNet-5 shows how each of its numbers came to be."))
            st.page_link("pages/digits.py", label=_("Draw a digit"), icon=":material/arrow_forward:")
    st.caption(
        _("Graphs run on: {processor}, ONNX Runtime {version}.").format(
            processor=engine.processor(), version=onnxruntime.__version__
        )
    )


lesson.tell(page)
