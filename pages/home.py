"""Home: what this is, the lessons, and which processor runs the graphs."""

import numpy as np
import onnxruntime
import streamlit as st

from playground import digits, drawing, engine, figures, lesson
from playground.language import text as _
from playground.samples import DIGITS


def page():
    st.title(_("Deep learning playground"))
    st.markdown(
        _("Lectures on deep learning that answer to the touch. Everything computed here is an ONNX graph that ran just now, "
          "for you; every graph can be opened, followed number by number, and taken home.")
    )  # fmt: skip
    with st.container(border=True, key="digits-card"):
        picture, words = st.columns([3, 2], gap="large", vertical_alignment="center")
        picture.image(
            digits_picture(), alt=_("A drawn 7 and the six maps that LeNet-5's first convolution makes of it"), width="stretch"
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


@st.cache_data
def digits_picture() -> np.ndarray:
    """A sample digit and LeNet-5's six conv1 maps of it, computed by the graph, in one uint8 RGB picture."""
    seven = drawing.picture(DIGITS[7])
    maps = figures.signed(digits.read(seven).answers[digits.LENET]["conv1"][0])
    tiles = [np.pad(tile, ((1, 1), (1, 1), (0, 0)), constant_values=255) for tile in maps]
    mosaic = np.concatenate([np.concatenate(tiles[:3], 1), np.concatenate(tiles[3:], 1)]).repeat(8, 0).repeat(8, 1)
    sheet = seven.repeat(4, 0).repeat(4, 1)[16:496]
    margin = np.full((480, 40, 3), 255, np.uint8)
    return np.concatenate([sheet, margin, mosaic], 1)


lesson.tell(page)
