"""Lesson: one photo, several nets side by side: what they say, where they saw it, what it costs."""

import streamlit as st

from playground import catalog, components, duel, lesson, links, photo_input
from playground.language import current
from playground.language import text as _
from playground.sample_photos import photo

MOST_NETS = 4
SAMPLE = "church_and_ball"
TAKE_HOME = """\
import numpy as np, onnxruntime
from PIL import Image

picture = np.asarray(Image.open("photo.jpg").convert("RGB"))[None]  # any size; the net looks at the middle square
net = onnxruntime.InferenceSession("{name}.onnx")
print(net.run(["probabilities"], {{"image": picture}})[0].argmax())
"""


def page():
    st.title(_("One photo, several nets"))
    st.markdown(
        _("The lectures' photo nets, trained on the same ten classes and narrowed to a few megabytes. The same photo goes "
          "through each: what do they answer, where do they look, and what does it cost?")
    )  # fmt: skip
    stage()
    st.header(_("Look inside and take it home"))
    titles = {name: _(catalog.title(name)) for name in duel.nets()}
    name = links.choice(st.selectbox, _("The net to look into"), titles, duel.pair()[-1], "inside", width=320)
    lesson.look_inside_and_take_home(
        name, {"image": photo("golf_ball")[None]}, begin="framed", code=TAKE_HOME.format(name=name),
        architecture=duel.source(name), page=__file__,
    )  # fmt: skip


@st.fragment
def stage():
    left, right = st.columns([3, 7], gap="large")
    with left:
        shown = st.container()
        picture, described = photo_input.choose(SAMPLE, duel.square)
        shown.image(picture, alt=described, width="stretch")
    with right:
        titles = {name: _(catalog.title(name)) for name in duel.nets()}
        chosen = links.choice(
            st.multiselect, _("Nets"), titles, duel.pair(), "nets", max_selections=MOST_NETS, label_visibility="collapsed",
            placeholder=_("Choose nets, up to {most}").format(most=MOST_NETS),
        )  # fmt: skip
        chosen = chosen or duel.pair()  # none is no duel
        readings = {name: duel.read(name, picture) for name in chosen}
        show_answers(picture, readings)
    st.header(_("Stages, aligned by resolution"))
    st.markdown(
        _("Every net halves its maps again and again, and makes more of them. Nets differ in what stands between two halvings, "
          "and in where the work is done: the bar is the share of the net's multiply-adds. Below it are the maps that this "
          "photo excites most; magnitudes from dark to bright, and where a net has no ReLU, negative in blue.")
    )  # fmt: skip
    components.stages(key="stages", data=duel.aligned(readings))
    question(picture, readings)
    cost_story(chosen)


def show_answers(picture, readings):
    classes = duel.classes(next(iter(readings)))
    linked = links.kept("duelists", "shown", "")
    shown = linked if linked in classes else ""
    components.duelists(
        key="duelists",
        data={
            "nets": [duel.card(name, picture, reading, shown) for name, reading in readings.items()],
            "classes": list(classes.items()), "shown": shown, "language": current(),
            "spoken": "; ".join(f"{_(catalog.title(name))}: {duel.told(name, reading)}" for name, reading in readings.items()),
            "texts": {"shown": _("Class activation map of"), "own": _("each net's own answer")},
        },
        on_shown_change=links.keep("duelists", "shown"),
    )  # fmt: skip
    st.caption(
        _("Bright is where the net sees the class: $M_c(y,x) = \\sum_k w_{c,k}\\,A_k(y,x)$, the last maps $A_k$ weighted as "
          "the last layer weighs them. The mean of $M_c$ plus the bias is exactly the class's logit.")
    )  # fmt: skip


def question(picture, readings):
    """What the answer hangs on: a guess about this very photo, graded by the nets."""
    st.header(_("Who keeps the answer?"))
    changes = {
        "cover": _("cover what its map shows brightest"),
        "mirror": _("mirror it"),
        "turn": _("turn it upside down"),
        "grey": _("take the colour away"),
    }
    change = links.choice(st.segmented_control, _("Change the photo"), changes, "cover", "change", required=True)
    titles = {name: _(catalog.title(name)) for name in readings}
    guess = st.pills(
        _("Who will still give the answer it gives now?"), list(readings), format_func=titles.get, selection_mode="multi",
        key="keeps",
    )  # fmt: skip
    if not st.toggle(_("Reveal"), key="reveal", bind="query-params"):
        return
    columns, right_guesses = st.columns(MOST_NETS), 0
    for column, (name, reading) in zip(columns, readings.items(), strict=False):
        changed = duel.CHANGES[change](picture, reading)
        after = duel.read(name, changed)
        held = reading.answer == after.answer
        right_guesses += held == (name in guess)
        mark = lesson.mark(name in guess, held)
        column.image(changed, alt=titles[name], width="stretch")
        column.markdown(f"{mark} **{titles[name]}**: {duel.told(name, reading)} → {duel.told(name, after)}")
    st.markdown(_("You foresaw {right} of {all}.").format(right=right_guesses, all=len(readings)))
    st.markdown(
        {
            "cover": _(
                "A map is a claim, and covering tests it: without its brightest place about every fifth answer changes, "
                "without its darkest one in forty."
            ),
            "mirror": _(
                "Training showed mirrored photos too, and a global average does not care for left and right: nine answers of "
                "ten stay. A convolution's kernels are not symmetric of themselves, so it is not all ten."
            ),
            "turn": _(
                "Nobody showed the nets a world upside down, and convolutions do not know turns: four answers of ten change. "
                "What stays has no up and down, like a ball, or is known by its texture."
            ),
            "grey": _(
                "Training changed the saturation by up to 30 %, never all of it: two answers of ten change. Grass, sky and "
                "brass are known by their colour too."
            ),
        }[change]
    )
    st.caption(_("Shares measured with ResNet-18 and GoogLeNet on 400 photos that no training saw."))


def cost_story(chosen):
    """What accuracy costs, for all nets."""
    st.header(_("What accuracy costs"))
    costs = {
        "macs": _("multiply-adds"),
        "parameters": _("parameters"),
        "milliseconds": _("milliseconds on this processor"),
    }
    cost = links.choice(st.segmented_control, _("Cost"), costs, "macs", "cost", required=True, label_visibility="collapsed")
    st.plotly_chart(
        duel.cost_figure(cost, costs[cost], tuple(chosen), current()), key="cost_figure", config={"displayModeBar": False},
        alt=_("Accuracy of every net against its cost"),
    )  # fmt: skip
    st.markdown(
        _("Up and to the left is better. Multiply-adds and milliseconds do not go together of themselves: many small layers, "
          "or convolutions of one map each, keep a processor waiting for memory.")
    )  # fmt: skip


lesson.tell(page)
