"""The first section of the page on localisation: one box, its target vector, its loss."""

import numpy as np
import streamlit as st

from playground import components, detection, images, lesson, links, localization, overlap, photo_input
from playground.figures import CLASSES
from playground.language import current, number
from playground.language import text as _

PAGE = str(lesson.ROOT / "pages" / "localization.py")
TRUTH, NET = CLASSES[0], CLASSES[1]  # colours of the boxes
NAMES = ("p_c", "b_x", "b_y", "b_h", "b_w")
CODE = """\
import numpy as np, onnxruntime
from PIL import Image

photo = np.asarray(Image.open("photo.jpg").convert("RGB"))[None]  # any size
net = onnxruntime.InferenceSession("localizer_animals.onnx")
probabilities, box, y = net.run(None, {"image": photo})
if y[0, 0] > 0.5:  # p_c: is there an animal?
    print(["dog", "cat", "sheep", "horse", "cow"][probabilities[0].argmax()], box[0])  # x1 y1 x2 y2 in pixels
"""


@st.fragment
def one_box_story():
    st.markdown(
        _("A classifier says what is in a photo; five more numbers say whether anything is, and where. The target of a photo "
          "with one object is $y = [p_c, b_x, b_y, b_h, b_w, c_1, \\dots, c_5]$, without one it is $[0, ?, \\dots, ?]$: a "
          "question mark has no loss.")
    )  # fmt: skip
    view, side = st.columns([6, 5], gap="large")
    with side:
        named = localization.samples()
        own = photo_input.samples(
            named, "cat", localization.sample, _("Samples: a photo (Stéfan van der Walt, CC0), and scenes painted by a program")
        )
        picture, described = photo_input.own_or_sent(_("Sample"), own, localization.small)
    sent = described not in named.values()
    code = "" if sent else links.chosen(named, "cat", "sample")
    reading = localization.read(picture)
    with view:
        shown = st.container()
        with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
            there, label = truth_widgets(code, sent)
    box = truth_box(code)
    truth = box if there else None
    y = localization.target(there, truth, label)
    answer = localization.loss(reading.y, y)
    with shown:
        boxes_on(reading, truth, label, described, code)
    with side:
        verdict(reading)
        st.container(key="vector").markdown(vector_table(reading.y, y, answer))
        st.markdown(
            f"$L = -\\ln(1 - |y_1 - \\hat p_c|) + y_1 \\left[\\sum (\\hat b - b)^2 - \\ln \\hat c\\right] = {total(answer)}$"
        )
        if truth is not None and reading.present:
            iou = float(overlap.measured(truth[None], reading.box[None])["iou"][0, 0])
            st.caption(_("IoU of your box and the net's: {iou}").format(iou=number(round(iou, 2))))
    measured_well()
    gradient_question(reading, box, label)
    lesson.look_inside_and_take_home(
        localization.NET, {"image": picture[None]}, begin="framed", code=CODE,
        architecture="exporter/architectures/localizer.py", page=PAGE,
    )  # fmt: skip


def measured_well():
    """How good the net is, from its card."""
    metrics = localization.metrics()
    percent = {name: number(round(100 * metrics[name])) for name in ("accuracy_presence", "accuracy", "iou_over_half")}
    st.caption(
        _("Measured on {rows} pictures that the net had not seen: {accuracy_presence} % right about whether there is an "
          "animal; of {animals} animals, {iou_over_half} % are boxed with IoU above 0.5, and {accuracy} % get the right name.")
        .format(rows=number(metrics["rows"]), animals=number(metrics["animals"]), **percent)
    )  # fmt: skip


def truth_widgets(code, sent):
    """What you say of the photo: whether an animal is there, and which."""
    default = "yes" if sent or code in localization.TRUTHS else "no"
    seen = localization.TRUTHS.get(code, ("dog", ""))[0]
    said = {"yes": _("yes, $p_c = 1$"), "no": _("no, $p_c = 0$")}
    scene = "sent" if sent else code
    there = links.choice(
        st.segmented_control, _("You say: is there an animal?"), said, default, "there", scene=scene, required=True
    )
    animals = dict(zip(localization.labels(), detection.labels(localization.NET), strict=True))
    if there == "no":
        return False, seen
    return True, links.choice(st.selectbox, _("Which?"), animals, seen, "animal", scene=scene, width=140)


def box_name(code):
    """What the address calls your box: each sample has its own."""
    return f"box_{code or 'sent'}"


def truth_box(code):
    """Your box, float32 [4], from the address; a damaged one gives a warning and the sample's."""
    default = localization.TRUTHS.get(code, ("", localization.ELSE))[1]
    try:
        return overlap.parse_box(links.kept("photo-boxes", box_name(code), default))
    except ValueError:
        st.warning(_("The box in this link is damaged; here is another one."))
        return overlap.parse_box(default)


def boxes_on(reading, truth, label, described, code):
    called = dict(zip(localization.labels(), detection.labels(localization.NET), strict=True))
    boxes = []
    if reading.present:
        sure = number(round(float(reading.y[0]), 2))
        boxes.append({"name": "net", "at": reading.box.tolist(), "label": f"{called[reading.best]} {sure}", "colour": NET,
                      "movable": False})  # fmt: skip
    if truth is not None:
        boxes.append({"name": "truth", "at": truth.tolist(), "label": _("you: {animal}").format(animal=called[label]),
                      "colour": TRUTH, "movable": True, "dashed": True})  # fmt: skip
    height, width = reading.picture.shape[:2]
    told = _("{name} with boxes. Tab to a box; arrow keys move it, with Shift its lower right corner.").format(name=described)
    components.rectangles(
        key="photo-boxes",
        data={"picture": images.data_url(reading.picture), "aspect": width / height, "boxes": boxes, "language": current(),
              "code": "" if truth is None else overlap.write(truth),
              "texts": {"board": told}},
        on_boxes_change=links.keep("photo-boxes", box_name(code), "boxes"),
    )  # fmt: skip


def verdict(reading):
    called = dict(zip(localization.labels(), detection.labels(localization.NET), strict=True))
    sure = number(round(float(reading.y[0]), 3))
    said = (
        _("The net: an animal ($p_c =$ {sure}), **{animal}**; {answered}.")
        if reading.present
        else _("The net: no animal ($p_c =$ {sure}), so its box and class mean nothing; {answered}.")
    )
    st.markdown(said.format(sure=sure, animal=called[reading.best], answered=lesson.answered_by(reading.answer)))


def total(answer):
    """The loss, for a formula."""
    return number(round(float(answer["loss"][0, 0]), 3)).replace(",", "{,}")


def vector_table(predicted, y, answer):
    """The two vectors, component by component, with loss and gradient."""
    called = detection.labels(localization.NET)
    names = [*(f"${name}$" for name in NAMES), *(f"$c_{n}$ {name}" for n, name in enumerate(called, 1))]
    terms = [float(answer["object"][0, 0]), *answer["squares"][0].tolist()]
    terms += [float(answer["classes"][0, 0]) if value == 1 else 0 for value in y[5:]]
    rows = [f"| | $y$ | $\\hat y$ | {_('loss')} | $\\partial L$ |", "|---|--:|--:|--:|--:|"]
    for name, true, said, term, slope in zip(names, y, predicted, terms, answer["gradient"][0], strict=True):
        asked = not np.isnan(true)
        told = [number(round(float(value), 3)).replace("-", "−") for value in (said, term, slope)]
        is_whole = asked and float(true).is_integer()
        shown = "**?**" if not asked else number(int(true)) if is_whole else number(round(float(true), 3))
        rows.append(f"| {name} | {shown} | {told[0]} | {told[1] if asked else '–'} | {told[2] if asked else '–'} |")
    return "\n".join(rows)


def gradient_question(reading, box, label):
    st.header(_("Who learns?"))
    left, right = st.columns(2, gap="large")
    counts = [0, 1, 5, 6, 10]
    guesses = {
        False: left.pills(_("A photo without an animal: how many of the ten numbers get a gradient?"), counts, key="guess_no"),
        True: right.pills(_("A photo with an animal?"), counts, key="guess_yes"),
    }
    if not st.toggle(_("Reveal"), key="reveal", bind="query-params"):
        return
    for column, (there, guess) in zip((left, right), guesses.items(), strict=True):
        gradient = localization.loss(reading.y, localization.target(there, box, label))["gradient"][0]
        count = int((gradient != 0).sum())
        column.markdown(_("{mark} {count}: the graph gives {zeros} of them an exact 0.").format(
            mark=lesson.mark(guess, count), count=count, zeros=len(gradient) - count))  # fmt: skip
