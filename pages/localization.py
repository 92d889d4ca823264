"""Lesson: from one box to a sliding window: the target vector, IoU, a window that runs, and the convolution instead of it."""

import streamlit as st

from playground import lesson, links
from playground.language import text as _
from playground.localization_page import one_box_story
from playground.overlap_page import overlap_story
from playground.sliding_window_page import convolution_story, sliding_story


def page():
    st.title(_("Where is it? From one box to a sliding window"))
    sections = {
        "box": (_("One box"), one_box_story),
        "iou": (_("How good is a box?"), overlap_story),
        "sliding": (_("Sliding window"), sliding_story),
        "convolution": (_("Window = convolution"), convolution_story),
    }
    section = links.choice(
        st.segmented_control, _("Section"), {name: title for name, (title, _story) in sections.items()}, "box", "section",
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    sections[section][1]()


lesson.tell(page)
