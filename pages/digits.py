"""Lesson: draw a digit and watch LeNet-5 think."""

import streamlit as st

from playground import catalog, components, drawing, images, lesson, links
from playground.digits import LENET, MAX_SHIFT, READERS, layers_of, read, shift_figure
from playground.language import current, number
from playground.language import text as _
from playground.samples import DIGITS

QUIZ_SHIFT = 5  # pixels
TAKE_HOME = """\
import numpy as np, onnxruntime
from PIL import Image

picture = np.asarray(Image.open("digit.png").convert("RGB"))[None]  # any size, dark on light or light on dark
net = onnxruntime.InferenceSession("lenet5_mnist.onnx")
print(net.run(["probabilities"], {"image": picture})[0].argmax())
"""


def page():
    st.title(_("Draw a digit and watch LeNet-5 think"))
    st.markdown(
        _("A plain net gives each pixel a weight of its own. A convolution slides one small kernel over the picture and finds "
          "the same stroke wherever it stands. Three nets, trained on the same 60,000 digits, read what you draw.")
    )  # fmt: skip
    stage()
    lesson.look_inside_and_take_home(
        LENET, {"image": drawing.picture(DIGITS[7])[None]}, begin="field", code=TAKE_HOME,
        architecture="exporter/architectures/lenet5.py", page=__file__,
    )  # fmt: skip


@st.fragment
def stage():
    left, right = st.columns([3, 7], gap="large")
    with left:
        picture = picture_of_the_digit()
    with right:
        answers = st.container()
        shifts = st.container(horizontal=True, gap="large")
        right_by = shifts.slider(
            _("Move the digit to the right, pixels"), -MAX_SHIFT, MAX_SHIFT, 0, key="right", bind="query-params"
        )
        down_by = shifts.slider(_("Move the digit down, pixels"), -MAX_SHIFT, MAX_SHIFT, 0, key="down", bind="query-params")
    reading = read(picture, right_by, down_by)
    is_empty = picture.min() == picture.max()
    with answers:
        show_answers(reading, is_empty)
    if right_by or down_by:
        right.caption(_("Framing is off: the nets get the 28×28 field as you left it."))
    st.subheader(_("What LeNet-5 saw"))
    st.markdown(
        _("Point at any pixel of a map: its receptive field is outlined in your drawing, and the sum that made it is "
          "written out, $z_{y,x} = b + \\sum_{c,i,j} w_{c,i,j}\\, x_{c,\\,y+i,\\,x+j}$. Click to keep it; arrow keys work too.")
    )  # fmt: skip
    components.layers(
        key="layers",
        data=layers_of(reading, links.kept("layers", "look")) | {"texts": layer_texts(), "language": current()},
        on_look_change=links.keep("layers", "look"),
    )
    shift_story(picture, is_empty)


def picture_of_the_digit():
    """The picture to read, uint8 RGB: drawn, uploaded or taken; what cannot be read is refused, and the drawing stays."""
    sources = {"draw": _("Draw"), "upload": _("Upload"), "camera": _("Camera")}
    source = st.segmented_control(
        _("Where the digit comes from"), list(sources), format_func=sources.get, default="draw", required=True, key="source",
        label_visibility="collapsed", width="stretch",
    )  # fmt: skip
    file = None
    if source == "upload":
        file = st.file_uploader(_("A picture of one digit"), type=None, key="upload", max_upload_size=20)
    elif source == "camera":
        file = st.camera_input(_("One digit on plain paper"), key="camera")
    sent = None
    if file is not None:
        try:
            sent = images.decode(file.getvalue())
        except images.BadImage as refusal:
            st.error(str(refusal), icon=":material/broken_image:")
    return sheet(sent)


def sheet(sent):
    """The canvas, or on it the picture that was sent; a drawing goes into the URL."""
    linked = links.kept("canvas", "drawing", DIGITS[7])
    if not drawing.is_valid(linked):
        st.warning(_("The drawing in this link is damaged; here is a 7 instead."))
        linked = DIGITS[7]
    components.canvas(
        key="canvas",
        data={"drawing": linked, "samples": list(enumerate(DIGITS)), "texts": lesson.canvas_texts(),
              "limit": drawing.MAX_BYTES, "language": current(), "picture": "" if sent is None else images.data_url(sent)},
        on_drawing_change=links.keep("canvas", "drawing"),
    )  # fmt: skip
    return drawing.picture(linked) if sent is None else sent


def show_answers(reading, is_empty):
    labels = catalog.facts(LENET)["labels"]
    readers, spoken = [], []
    for name in READERS:
        facts, answer = catalog.facts(name), reading.answers[name]
        probabilities = None if is_empty else [float(p) for p in answer["probabilities"][0]]
        parameters = _("{parameters} parameters").format(parameters=number(facts["parameters"]))
        note = f"{parameters} · {lesson.answered_by(answer)}"
        readers.append({"name": name, "title": _(catalog.title(name)), "note": note, "probabilities": probabilities})
        if probabilities:
            best = max(probabilities)
            spoken.append(f"{_(catalog.title(name))}: {labels[probabilities.index(best)]}, {best:.0%}")
    components.probabilities(
        key="answers", data={"readers": readers, "labels": labels, "language": current(), "spoken": "; ".join(spoken)}
    )


def shift_story(picture, is_empty):
    """The lecture's claim as a question about this very digit, graded by the nets; then what was measured on MNIST."""
    st.header(_("What a shift does"))
    titles = {name: _(catalog.title(name)) for name in READERS}
    guess = st.pills(
        _("Move your digit {shift} pixels to the right. Who will still give the answer they give now?").format(
            shift=QUIZ_SHIFT
        ),
        list(READERS), format_func=titles.get, selection_mode="multi", key="guess",
    )  # fmt: skip
    if not st.toggle(_("Reveal"), key="reveal", bind="query-params"):
        return
    if is_empty:
        st.info(_("There is no digit to move: draw one."))
    else:
        grade(picture, set(guess), titles)
    chart, words = st.columns([3, 2], gap="large", vertical_alignment="center")
    chart.plotly_chart(shift_figure(current()), key="shift_figure", config={"displayModeBar": False})
    words.markdown(
        _("All three were trained on digits moved by up to 2.5 pixels, so that far even the first two hold. Beyond, they fall: "
          "each pixel has a weight of its own, and what is learned about a stroke here does not help there. LeNet-5's kernels "
          "and pools move with the digit, but its dense layers at the end still know places: it forgets later, but it forgets.")
    )  # fmt: skip


def grade(picture, guess, titles):
    """Run the three nets on the moved digit and say which guesses held."""
    before, after = read(picture), read(picture, right=QUIZ_SHIFT)
    labels, right_guesses = catalog.facts(LENET)["labels"], 0
    for name, title in titles.items():
        was, now = (labels[int(reading.answers[name]["probabilities"].argmax())] for reading in (before, after))
        held = was == now
        right_guesses += held == (name in guess)
        mark = lesson.mark(name in guess, held)
        st.markdown(f"{mark} **{title}**: {was} → {now}")
    st.markdown(_("You foresaw {right} of {all}.").format(right=right_guesses, all=len(titles)))


def layer_texts():
    return {
        "input": _("The framed digit: what the first convolution sees."),
        "product": _("patch × kernel"),
        "patch": _("of the patch"),
        "bias": _("bias"),
        "weights": _("input × weight"),
        "click": _("A sum over all {inputs} inputs. Click the unit to see the largest."),
        "largest": _("The ten terms of {inputs} that are largest in magnitude:"),
        "negative": _("negative"),
        "positive": _("positive"),
        "zero": _("zero"),
        "most": _("largest"),
    }


lesson.tell(page)
