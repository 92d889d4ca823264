"""Home: what this is, the lessons, and which processor runs the graphs."""

import onnxruntime
import streamlit as st

from playground import architectures, digits, duel, engine, lesson, xray_page
from playground.language import text as _


def page():
    st.title(_("Deep learning playground"))
    st.markdown(
        _("Lectures on deep learning that answer to the touch. Every answer and every map here comes from an ONNX graph "
          "that ran just now, for you; every graph can be opened, followed number by number, and taken home.")
    )  # fmt: skip
    columns = st.columns(2, gap="medium")
    for index, card in enumerate((digits_card, architectures_card, duel_card, xray_card)):
        with columns[index % 2].container(border=True, height="stretch", key=f"lesson-{index}"):
            card()
    st.caption(
        _("Graphs run on: {processor}, ONNX Runtime {version}.").format(
            processor=engine.processor(), version=onnxruntime.__version__
        )
    )


def digits_card():
    st.image(digits.cover(), alt=_("A drawn 7 and the six maps that LeNet-5's first convolution makes of it"), width="stretch")
    st.subheader(_("Digits"))
    st.markdown(_("Draw a digit: three nets read it at once, and LeNet-5 shows how each of its numbers came to be."))
    st.page_link("pages/digits.py", label=_("Draw a digit"), icon=":material/arrow_forward:")


def architectures_card():
    st.image(architectures.cover(), alt=_("The maps of VGG-16, ResNet-50 and MobileNet v2, layer by layer"), width="stretch")
    st.subheader(_("Architectures"))
    st.markdown(_("From LeNet to MobileNet: blocks, costs, receptive fields, and what each trick of the lectures saves."))
    st.page_link("pages/architectures.py", label=_("Walk through twenty years"), icon=":material/arrow_forward:")


def duel_card():
    st.image(duel.cover(), alt=_("A church behind a golf ball, and where a net sees the one and the other"), width="stretch")
    st.subheader(_("Duel"))
    st.markdown(_("One photo through several nets side by side: what they answer, where they look, and what it costs."))
    st.page_link("pages/duel.py", label=_("Show them a photo"), icon=":material/arrow_forward:")


def xray_card():
    st.image(xray_page.cover(), alt=_("A photo, and one map of it at each depth of a net"), width="stretch")
    st.subheader(_("X-ray"))
    st.markdown(_("Look into any ONNX graph, ours or yours: its picture, its costs, every tensor, every receptive field."))
    st.page_link("pages/xray.py", label=_("Look into a graph"), icon=":material/arrow_forward:")


lesson.tell(page)
