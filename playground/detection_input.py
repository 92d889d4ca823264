"""What YOLO's lesson looks at: the detector, its picture, its thresholds, as the address and the widgets have them."""

import streamlit as st

from playground import components, detection, drawing, lesson, links, photo_input
from playground.detection import DIGITS, Reading
from playground.detection_samples import photo, photos, sheets
from playground.language import current
from playground.language import text as _

SMALLEST = 32  # pixels of a shorter side from which on there may be something in a picture


def looked_at(first: str = DIGITS) -> tuple[Reading, str]:
    """Widgets for the detector and its picture; what the detector answers, and what the picture is, for people.

    `first` is the detector to begin with, unless the address has another, or a drawing.
    """
    names = detection.nets()
    default = first if first in names and "drawing" not in st.query_params else names[0]
    name = links.choice(
        st.segmented_control, _("What to look for"), detection.titles(), default, "net", required=True,
        label_visibility="collapsed", width="stretch",
        then=lambda: links.forget("cell", "truth", "kind", "step", "sample", "thresholds"),
    )  # fmt: skip
    if name == DIGITS:
        picture, alt = photo_input.own_or_sent(_("Draw"), sheet, detection.small)
    else:
        named = photos()[name]
        own = photo_input.samples(named, next(iter(named)), photo, _("Samples"), name)
        picture, alt = photo_input.own_or_sent(_("Sample"), own, detection.small)
    height, width = picture.shape[:2]
    if min(height, width) < SMALLEST:
        told = _("This picture has only {width} × {height} pixels: there is hardly anything to be found.")
        st.info(told.format(width=width, height=height))
    return detection.read(name, picture, *linked_thresholds(name)), alt


def sheet(shown: bool) -> photo_input.Picture:
    """The drawing, which is in the address; on a canvas where it is to be shown."""
    samples = list(sheets().items())
    linked = links.kept("canvas", "drawing", samples[0][1])
    if not drawing.is_valid(linked):
        st.warning(_("The drawing in this link is damaged; here are three digits instead."))
        linked = samples[0][1]
    if shown:
        components.canvas(
            key="canvas",
            data={"drawing": linked, "samples": samples, "texts": lesson.canvas_texts(), "limit": drawing.MAX_BYTES, "pen": 10,
                  "language": current(), "picture": ""},
            on_drawing_change=links.keep("canvas", "drawing"),
        )  # fmt: skip
    return drawing.picture(linked, times=2), _("Your drawing")


def linked_thresholds(name: str) -> tuple[float, float]:
    """Least score and largest IoU from the address; the graph's own where it has none, or none that can be."""
    default = detection.thresholds(name)
    try:
        return detection.parse_thresholds(links.kept("detector", "thresholds", default))
    except ValueError:
        st.warning(_("The thresholds in this link are damaged; here are the usual ones."))
        return detection.parse_thresholds(default)


def linked_step() -> int:
    """How many decisions of the suppression have been made."""
    step = links.kept("suppression", "step", "0")
    if step.isascii() and step.isdecimal() and len(step) < 5:
        return int(step)
    st.warning(_("This link names a step that there is not; here is the start."))
    return 0


def linked_score() -> float:
    """The threshold on the precision-recall curve."""
    try:
        score = float(links.kept("precision", "at", "0.4"))
        if 0 <= score <= 1:
            return score
    except ValueError:
        pass
    st.warning(_("The threshold in this link is damaged; here is 0.4."))
    return 0.4
