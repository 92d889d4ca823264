"""The photo that a page is about: its own, uploaded, or taken with the camera."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from playground import duel, images, links
from playground.language import text as _
from playground.sample_photos import SAMPLES, photo

Picture = tuple[np.ndarray, str]  # uint8 RGB [height, width, 3], and what it is, for people
Prepare = Callable[[np.ndarray], np.ndarray]


def names() -> dict[str, str]:
    """The samples, code → what a person reads."""
    classes = duel.classes(duel.nets()[0])
    called = {name.lower().replace(" ", "_"): label for name, label in classes.items()}
    return {name: called.get(name, _("church and golf ball")) for name in SAMPLES}


def choose(default: str, prepare: Prepare) -> Picture:
    """Widgets that choose a photo of Imagenette's classes, and what they chose; see `own_or_sent`."""
    return own_or_sent(_("Sample"), samples(names(), default, photo, _("Samples, drawn by a program")), prepare)


def samples(named: dict[str, str], default: str, picture: Callable[[str], np.ndarray], label: str, scene: str = ""):
    """Pills for the samples `named`, code → what a person reads, and the one chosen; it is in the address."""

    def sample(shown: bool) -> Picture:
        code = links.chosen(named, default, "sample")
        if shown:
            code = links.choice(st.pills, label, named, default, "sample", scene=scene, required=True, wrap=True)
        return picture(code), named[code]

    return sample


def own_or_sent(title: str, own: Callable[[bool], Picture], prepare: Prepare) -> Picture:
    """Widgets that choose where a picture comes from, and the picture: the page's own, uploaded, or taken.

    `title` is what the page's own is called; `own` shows its widgets where it is told to, and gives the picture. A sent picture
    goes through `prepare`, which makes it as small as the page needs it; one that cannot be read is refused, and the page's own
    stays.
    """
    sources = {"sample": title, "upload": _("Upload"), "camera": _("Camera")}
    source = st.segmented_control(
        _("Where the photo comes from"), list(sources), format_func=sources.get, default="sample", required=True, key="photo",
        label_visibility="collapsed", width="stretch",
    )  # fmt: skip
    own_picture, file = own(source == "sample"), None
    if source == "upload":
        file = st.file_uploader(_("A photo; it is not in the link"), type=None, key="photo-upload", max_upload_size=20)
    elif source == "camera":
        file = st.camera_input(_("Take a photo; it is not in the link"), key="photo-camera")
    if file is not None:
        try:
            picture, animated = sent(file, prepare)
            if animated:
                st.caption(_("This is an animation; its first picture is looked at."))
            return picture, _("Your photo")
        except images.BadImage as refusal:
            st.error(str(refusal), icon=":material/broken_image:")
    return own_picture


def sent(file, prepare: Prepare) -> tuple[np.ndarray, bool]:
    """A sent file, prepared, and whether it is an animation, of which this is the first picture.

    Decoded once, not with each move of a slider. Raises images.BadImage if it is no picture.
    """
    known = st.session_state.get("photo-sent")
    if not known or known[:2] != (file.file_id, prepare):
        content = file.getvalue()
        known = file.file_id, prepare, prepare(images.decode(content)), images.is_animated(content)
        st.session_state["photo-sent"] = known
    return known[2:]
