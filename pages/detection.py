"""Lesson: YOLO looks once. What each cell says, which boxes stay, what a cell is taught, and how good the boxes are."""

import math

import streamlit as st

from playground import catalog, components, detection, detection_loss, detection_quality, detection_texts, lesson, links
from playground.detection_input import linked_score, linked_step, looked_at
from playground.language import number
from playground.language import text as _
from playground.operators import graph

TAKE_HOME = """\
import numpy as np, onnxruntime
from PIL import Image

picture = np.asarray(Image.open("photo.jpg").convert("RGB"))[None]  # any size; boxes are in its pixels
net = onnxruntime.InferenceSession("{name}.onnx")
asked = {{"image": picture}}  # and, if other than usual: score_threshold, iou_threshold
boxes, scores, classes = net.run(["boxes", "scores", "classes"], asked)
for box, score, kind in zip(boxes, scores, classes):
    print({labels}[kind], round(float(score), 2), box.round())
"""
LOSS_CODE = """\
import torch
import torch.nn.functional as F

z = torch.tensor({z}, requires_grad=True)
here, x, y, w, h, kind = {here}, {x}, {y}, {w}, {h}, {kind}  # object or not; its place, its sides in cells, its class
loss = F.binary_cross_entropy_with_logits(z[0], torch.tensor(here)) + here * (
    (z[1].sigmoid() - x) ** 2 + (z[2].sigmoid() - y) ** 2
    + (z[3] - torch.log(torch.tensor(w / 2))) ** 2 + (z[4] - torch.log(torch.tensor(h / 2))) ** 2
    + F.cross_entropy(z[5:], torch.tensor(kind)))
loss.backward()
print(loss.item(), z.grad)
"""
QUALITY_CODE = """\
import numpy as np

hits = np.array([1, 1, 0, 1, 0, 0, 1, 0])  # of the detections, the surest first: did it find an object?
found = hits.cumsum()
precision, recall = found / np.arange(1, len(hits) + 1), found / 5  # of five objects
best = [max(precision[recall >= r], default=0) for r in np.linspace(0, 1, 101)]
print(np.mean(best))  # average precision, as COCO counts it
"""


def page():
    st.title(_("Detection: YOLO looks once"))
    scenes = {
        "detect": _("Detect"),
        "suppression": _("Which box stays?"),
        "loss": _("The loss of a cell"),
    }
    if detection_quality.nets():
        scenes["quality"] = _("How good is it?")
    section = links.choice(
        st.segmented_control, _("Section"), scenes, "detect", "section", required=True, label_visibility="collapsed"
    )
    {"detect": detect, "suppression": suppression, "loss": loss, "quality": quality}[section]()


@st.fragment
def detect():
    st.markdown(
        _("A grid lies over the picture, and every cell says at once what it sees: $p = \\sigma(z_0)$, is an object centred "
          "here? where ($\\sigma(z_1), \\sigma(z_2)$), how large ($w = 2e^{z_3}$, $h = 2e^{z_4}$), and what "
          "($\\mathrm{softmax}(z_5, z_6, …)$). One look of one net.")
    )  # fmt: skip
    left, right = st.columns([3, 7], gap="large")
    with left:
        reading, alt = looked_at()
    looks = {"found": _("Boxes"), "all": _("All boxes"), "heat": _("Grid")}
    look = links.kept("detector", "look", "found")
    look = look if look in looks else "found"
    cell = detection.parse_cell(links.kept("detector", "cell"), reading.grid)
    with right:
        components.detector(
            key="detector",
            data=detection.field(reading, alt, detection_texts.detector())
            | {"looks": looks, "look": look, "cell": cell, "drawn": reading.name == detection.DIGITS},
            on_thresholds_change=links.keep("detector", "thresholds"), on_look_change=links.keep("detector", "look"),
            on_cell_change=links.keep("detector", "cell"),
        )  # fmt: skip
        st.caption(f"{detection.title(reading.name)}: {lesson.answered_by(reading.answer)}")
    rows, columns = reading.grid
    right.caption(
        _("{rows} × {columns} cells answer, whether anything is there or not: look at the grid. A box's score is "
          "$\\sigma(z_0)$ times the probability of its class; boxes below the least score are dropped, and of boxes that show "
          "the same thing one stays.").replace("{rows}", str(rows)).replace("{columns}", str(columns))
    )  # fmt: skip
    look_inside(reading)


@st.fragment
def suppression():
    st.markdown(
        _("Neighbouring cells see the same object. Non-maximum suppression: the surest box stays, every other box of its class "
          "with $\\mathrm{IoU} = \\frac{|A \\cap B|}{|A \\cup B|}$ above the threshold goes; then the surest of what is left.")
    )  # fmt: skip
    left, right = st.columns([3, 7], gap="large")
    with left:
        reading, alt = looked_at(first="yolo_animals")  # neighbours answer there: more boxes, more to decide
    with right:
        components.suppression(
            key="suppression",
            data=detection.field(reading, alt, detection_texts.suppression()) | {"step": linked_step()},
            on_thresholds_change=links.keep("suppression", "thresholds"), on_step_change=links.keep("suppression", "step"),
        )  # fmt: skip
    st.header(_("How many stay?"))
    other = 0.9 if reading.iou < 0.7 else 0.2
    guess = st.number_input(
        _("Now {count} boxes stay. How many would stay with {iou} as the largest IoU?").format(
            count=reading.count, iou=number(other)),
        0, 2000, None, key="guess",
    )  # fmt: skip
    if st.toggle(_("Reveal"), key="reveal", bind="query-params"):
        count = detection.read(reading.name, reading.picture, reading.score, other).count
        told = _("The graph, asked again, lets **{count}** stay.") if guess is None else _(
            "You said {guess}; the graph, asked again, lets **{count}** stay.")  # fmt: skip
        st.markdown(f"{lesson.mark(guess, count)} " + told.format(guess=guess, count=count))
        st.markdown(
            _("A high threshold forgives overlap, and one thing is boxed several times; a low one takes two things that stand "
              "close for one. The threshold cannot know which it is.")
        )  # fmt: skip
    look_inside(reading)


@st.fragment
def loss():
    st.latex(
        r"L = \mathrm{BCE}(\sigma(z_0), I) + \Bigl[(\sigma(z_1)-x_c)^2 + (\sigma(z_2)-y_c)^2 + \bigl(z_3-\log\tfrac w2\bigr)^2"
        r" + \bigl(z_4-\log\tfrac h2\bigr)^2\Bigr] I + \mathrm{CE}(\mathrm{softmax}(z_5, …), c)\, I"
    )
    left, right = st.columns([3, 7], gap="large")
    with left:
        reading, alt = looked_at()
    left.caption(_("Drag a box over the picture: it is the truth. Click a cell to see its own loss."))
    truth, kind = detection_loss.begin(reading)
    linked = links.kept("cell_loss", "truth")
    if linked:
        try:
            truth = detection_loss.parse_truth(linked, reading.picture)
        except ValueError:
            st.warning(_("The box in this link does not fit the picture; here is the surest one instead."))
    kinds = [str(number) for number in range(len(catalog.facts(reading.name)["labels"]))]
    kind = kinds.index(links.kept("cell_loss", "kind")) if links.kept("cell_loss", "kind") in kinds else kind
    cell = detection.parse_cell(links.kept("cell_loss", "cell"), reading.grid)
    cell = detection_loss.centre_cell(reading, truth) if cell is None else cell
    computed = detection_loss.of_cell(reading, cell, truth, kind)
    texts = detection_texts.cell_loss()
    texts["told"] = (
        _("The box's centre is within this cell's reach: $I = 1$, all terms count.") if computed.here
        else _("The box's centre is out of this cell's reach: $I = 0$. It must only learn to say no; the rest is “?”.")
    ).replace("$", "")  # fmt: skip
    with right:
        components.cell_loss(
            key="cell_loss", data=detection.field(reading, alt, texts) | detection_loss.shown(computed, reading.name),
            on_truth_change=links.keep("cell_loss", "truth"), on_kind_change=links.keep("cell_loss", "kind"),
            on_cell_change=links.keep("cell_loss", "cell"),
        )  # fmt: skip
    far = detection_loss.reach(reading.name)
    right.caption(
        _("This net was trained with exactly this loss, summed over all cells.") if far == 1
        else _("This net was trained with a little more than the lecture's loss: a cell may place a centre within {reach} × "
               "{reach} cells around it, so neighbours answer for an object too, and $1 - \\mathrm{GIoU}$ is added, since "
               "squares know nothing of overlap.").replace("{reach}", str(far))
    )  # fmt: skip
    look_inside_the_loss(computed)


def look_inside(reading):
    labels = catalog.facts(reading.name)["labels"]
    lesson.look_inside_and_take_home(
        reading.name, {"image": reading.picture[None]}, begin="framed", code=TAKE_HOME.format(name=reading.name, labels=labels),
        architecture="exporter/architectures/yolo.py", page=__file__,
    )  # fmt: skip


def look_inside_the_loss(computed):
    x, y, w, h = (round(float(value), 4) for value in computed.goal)
    width, height = (round(2 * math.exp(half), 3) for half in (w, h))
    code = LOSS_CODE.format(z=[round(float(z), 3) for z in computed.zs[0]], here=float(computed.here), x=x, y=y, w=width,
                            h=height, kind=computed.kind)  # fmt: skip
    lesson.look_inside_and_take_home_operators("cell_loss", computed.graph, computed.inputs, code, __file__)


@st.fragment
def quality():
    st.markdown(
        _("Is a box right? If it overlaps an object of its class by $\\mathrm{IoU} \\ge 0.5$ and nobody surer took it. "
          "**Precision** is the share of boxes that are right, **recall** the share of objects that were found. With every box "
          "that we let in, recall grows or precision falls: stairs. Their area is the **average precision**, its mean over the "
          "classes **mAP**.")
    )  # fmt: skip
    nets = {name: detection.titles()[name] for name in detection_quality.nets()}
    name = links.choice(st.segmented_control, _("What to look for"), nets, next(iter(nets)), "net", required=True)
    labels = detection.labels(name)
    kinds = [str(kind) for kind in range(len(labels))]
    linked = links.kept("precision", "class")
    kind = kinds.index(linked) if linked in kinds else 0
    threshold = linked_score()
    components.precision(
        key="precision", data=detection_quality.shown(name, kind, threshold, detection_texts.precision(labels[kind])),
        on_at_change=links.keep("precision", "at"), on_class_change=links.keep("precision", "class"),
    )  # fmt: skip
    facts = catalog.facts(name)["metrics"]
    st.caption(
        _("Measured on {pictures} pictures with {objects} objects that no training saw. The dashed line is the best precision "
          "at that recall or a higher one; COCO takes its mean at the recalls 0, 0.01, …, 1.").format(
            pictures=number(facts["rows"]), objects=number(facts["objects"]))
    )  # fmt: skip
    curve = detection_quality.curves(name)[kind]
    higher_threshold(curve, labels[kind], threshold)
    lesson.look_inside_and_take_home_operators(
        "average_precision", graph(detection_quality.GRAPH), curve.inputs, QUALITY_CODE, __file__
    )


def higher_threshold(curve, label, threshold):
    st.header(_("What does a threshold cost?"))
    higher = round((1 + threshold) / 2, 2)
    guesses = {"precision": _("precision"), "recall": _("recall"), "both": _("both"), "neither": _("neither")}
    guess = st.segmented_control(
        _("The least score rises from {low} to {high}. What falls?").format(low=number(threshold), high=number(higher)),
        list(guesses), format_func=guesses.get, key="falls",
    )  # fmt: skip
    if not st.toggle(_("Reveal"), key="reveal_threshold", bind="query-params"):
        return
    (precision, recall), (after, found) = curve.at(threshold), curve.at(higher)
    answer = {(True, True): "both", (True, False): "precision", (False, True): "recall", (False, False): "neither"}[
        after < precision, found < recall
    ]
    st.markdown(
        _("{mark} For {label} precision goes from {before} % to {after} %, recall from {was} % to {now} %.").format(
            mark=lesson.mark(guess, answer), label=label, before=number(round(100 * precision, 1)),
            after=number(round(100 * after, 1)), was=number(round(100 * recall, 1)), now=number(round(100 * found, 1)))
    )  # fmt: skip
    st.markdown(
        _("Recall can only fall: fewer boxes find no more objects. Precision mostly rises, but need not: the stairs go both "
          "ways.")
    )  # fmt: skip


lesson.tell(page)
