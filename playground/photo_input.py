"""The photo that a page is about: a sample, uploaded, or taken with the camera."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from playground import duel, images, links
from playground.language import text as _
from playground.sample_photos import SAMPLES, photo


def names() -> dict[str, str]:
    """The samples, code → what a person reads."""
    classes = duel.classes(duel.nets()[0])
    called = {name.lower().replace(" ", "_"): label for name, label in classes.items()}
    return {name: called.get(name, _("church and golf ball")) for name in SAMPLES}


def choose(default: str, prepare: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, str]:
    """Widgets that choose a photo, and what they chose: uint8 RGB [height, width, 3], and what it is, for people.

    A sent photo goes through `prepare`, which makes it as small as the page needs it; one that cannot be read is refused, and
    the sample stays. The sample is in the address.
    """
    sources = {"sample": _("Sample"), "upload": _("Upload"), "camera": _("Camera")}
    source = st.segmented_control(
        _("Where the photo comes from"), list(sources), format_func=sources.get, default="sample", required=True, key="photo",
        label_visibility="collapsed", width="stretch",
    )  # fmt: skip
    named, file = names(), None
    sample = links.chosen(named, default, "sample")
    if source == "sample":
        sample = links.choice(
            st.pills, _("Samples, drawn by a program"), named, default, "sample", required=True, wrap=True,
        )  # fmt: skip
    elif source == "upload":
        file = st.file_uploader(_("A photo; it is not in the link"), type=None, key="photo-upload", max_upload_size=20)
    else:
        file = st.camera_input(_("Take a photo; it is not in the link"), key="photo-camera")
    if file is not None:
        try:
            return sent(file, prepare), _("Your photo")
        except images.BadImage as refusal:
            st.error(str(refusal), icon=":material/broken_image:")
    return photo(sample), named[sample]


def sent(file, prepare: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """A sent file, prepared; decoded once, not with each move of a slider. Raises images.BadImage if it is no picture."""
    known = st.session_state.get("photo-sent")
    if not known or known[:2] != (file.file_id, prepare):
        known = st.session_state["photo-sent"] = file.file_id, prepare, prepare(images.decode(file.getvalue()))
    return known[2]
