"""The section of the page on localisation about two boxes: how well they agree."""

import streamlit as st

from playground import components, lesson, links, operators, overlap
from playground.figures import CLASSES
from playground.language import current, number
from playground.language import text as _

PAGE = str(lesson.ROOT / "pages" / "localization.py")
FIRST, SECOND = CLASSES[:2]  # colours
SCENES = {"0.1,0.2,0.5,0.8;0.3,0.2,0.7,0.8": "half", "0.2,0.1,0.8,0.9;0.35,0.3,0.65,0.7": "inside",
          "0.06,0.1,0.4,0.5;0.55,0.55,0.94,0.92": "apart", "0.25,0.2,0.75,0.8;0.25,0.2,0.75,0.8": "same"}  # fmt: skip
CODE = """\
def iou(a, b):  # boxes x1, y1, x2, y2
    common = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
    area = lambda box: (box[2] - box[0]) * (box[3] - box[1])
    return common / (area(a) + area(b) - common)

print(iou([0.1, 0.2, 0.5, 0.8], [0.3, 0.2, 0.7, 0.8]))  # 0.333: moved by half of its width
"""


@st.fragment
def overlap_story():
    st.markdown(
        _("How good is a box? Divide what two boxes share by what they cover together, "
          "$\\mathrm{IoU} = \\frac{|A \\cap B|}{|A \\cup B|}$: 1 if they are the same, 0 if they are apart. From 0.5 on a box "
          "usually counts as found. Drag the boxes and their corners.")
    )  # fmt: skip
    default = overlap.START
    try:
        boxes = overlap.parse(code := links.kept("iou", "pair", default))
    except ValueError:
        st.warning(_("The boxes in this link are damaged; here are two others."))
        boxes = overlap.parse(code := default)
    stage = st.container()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        titles = {"half": _("moved by half"), "inside": _("one inside"), "apart": _("apart"), "same": _("the same")}
        for scene, name in SCENES.items():
            st.button(titles[name], key=f"scene-{name}", on_click=links.put, args=("pair", scene))
        extended = st.toggle(_("GIoU too"), key="giou", bind="query-params")
    measured = overlap.measured(boxes[:1], boxes[1:])
    with stage:
        components.rectangles(
            key="iou",
            data={"picture": "", "aspect": 1.35, "code": code, "language": current(), "texts": iou_texts(extended),
                  "measured": {name: float(measured[name][0, 0]) for name in ("iou", "giou")},
                  "boxes": [{"name": name, "at": box.tolist(), "label": name, "colour": colour, "movable": True}
                            for name, box, colour in zip("AB", boxes, (FIRST, SECOND), strict=True)]},
            on_boxes_change=links.keep("iou", "pair", "boxes"),
        )  # fmt: skip
    if extended:
        st.markdown(
            _("Boxes that are apart have IoU 0 however far apart they are: nothing to learn from. "
              "$\\mathrm{GIoU} = \\mathrm{IoU} - \\frac{|H| - |A \\cup B|}{|H|}$ (Rezatofighi et al. 2019) subtracts the part "
              "of the hull $H$ that neither covers, and says which way is closer.")
        )  # fmt: skip
    pair_question()
    lesson.look_inside_and_take_home_operators(
        "iou", operators.graph(overlap.IOU), {"a": boxes[:1], "b": boxes[1:]}, CODE, PAGE
    )


def iou_texts(extended):
    texts = {
        "board": _("Two boxes. Tab to a box; arrow keys move it, with Shift its lower right corner."),
        "hint": _("Areas are shares of the board. Arrow keys move the chosen box, with Shift its lower right corner."),
        "intersection": _("intersection"),
        "union": _("union"),
        "iou": "IoU",
        "moving": _("The graph answers when you let go."),
    }
    return texts | ({"giou": "GIoU", "hull": _("hull, dotted")} if extended else {})


def pair_question():
    st.header(_("Which pair agrees better?"))
    ask, again = st.columns([3, 1], gap="large", vertical_alignment="bottom")
    seed = again.number_input(_("Pair number"), 0, 9999, 1, key="puzzle", bind="query-params")
    guess = ask.pills(_("Which pair has the larger IoU?"), ["1", "2"], key="guess_pair")
    pairs = overlap.puzzle(seed)
    for place, column, pair in zip("12", st.columns(2, gap="large"), pairs, strict=True):
        with column:
            st.markdown(f"**{place}**")
            components.rectangles(
                key=f"pair-{place}",
                data={"picture": "", "aspect": 1.6, "code": "", "language": current(),
                      "texts": {"board": _("Pair {number}").format(number=place)},
                      "boxes": [{"name": name, "at": box.tolist(), "label": "", "colour": colour,
                                 "movable": False} for name, box, colour in zip("AB", pair, (FIRST, SECOND), strict=True)]},
            )  # fmt: skip
    if not st.toggle(_("Reveal"), key="reveal_pair", bind="query-params"):
        return
    values = overlap.measured(pairs[:, 0], pairs[:, 1])["iou"][:, 0]
    first, second = (number(round(float(value), 3)) for value in values)
    mark = lesson.mark(guess, str(int(values.argmax()) + 1))
    st.markdown(_("{mark} Pair 1: {first}, pair 2: {second}.").format(mark=mark, first=first, second=second))
