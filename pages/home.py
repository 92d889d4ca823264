"""Home: what this is, the lessons, and which processor runs the graphs."""

import onnxruntime
import streamlit as st

from playground import contents, engine, lesson
from playground.language import text as _

ACROSS = 4


def page():
    st.title(_("Deep learning playground"))
    st.markdown(
        _("Lectures on deep learning that answer to the touch. Every answer and every map here comes from an ONNX graph "
          "that ran just now, for you; every graph can be opened, followed number by number, and taken home.")
    )  # fmt: skip
    for title, lessons in contents.sections().items():
        st.header(title)
        for first in range(0, len(lessons), ACROSS):
            columns = st.columns(ACROSS, gap="small")
            for column, shown in zip(columns, lessons[first : first + ACROSS], strict=False):
                with column.container(border=True, height="stretch", key=f"lesson-{shown.name}"):
                    st.image(shown.cover(), alt=shown.alt, width="stretch")
                    st.page_link(shown.file, label=f"**{shown.title}**", icon=f":material/{shown.icon}:")
                    st.caption(shown.promise)
    st.caption(
        _("Graphs run on: {processor}, ONNX Runtime {version}.").format(
            processor=engine.processor(), version=onnxruntime.__version__
        )
    )


lesson.tell(page)
