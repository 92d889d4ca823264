"""Lesson: many filters and many layers: what a cell sees, pooling, mixing channels, and the way back up."""

import numpy as np
import streamlit as st

from playground import catalog, components, duel, images, layers_field, layers_filters, layers_page, lesson, links, photo_input
from playground.language import number
from playground.language import text as _
from playground.layers_page import end, revealed

STACK = "c3-c3-p2-c3-c3-p2-c3-c3"
QUIZ = 21  # pixels


def page():
    st.title(_("Many filters, many layers"))
    sections = {
        "field": (_("What a cell sees"), field_story),
        "filters": (_("Many filters"), filter_story),
        "pooling": (_("Pooling, stride"), layers_page.pooling_story),
        "mix": (_("Convolution 1×1"), layers_page.mix_story),
        "up": (_("Upsampling"), layers_page.growth_story),
    }
    section = links.choice(
        st.segmented_control, _("Section"), {name: title for name, (title, _story) in sections.items()}, "field", "section",
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    sections[section][1]()


# ---- the receptive field


@st.fragment
def field_story():
    st.markdown(
        _("One layer of 3×3 convolutions sees 3×3 pixels; after $N$ of them a cell sees $(2N + 1) \\times (2N + 1)$, so an "
          "object of 300 pixels would take 150 layers. Strides, pools and dilation make the field grow faster: "
          "$r_l = r_{l-1} + (k_l - 1)\\, d_l \\prod_{i<l} s_i$.")
    )  # fmt: skip
    linked = links.kept("cone", "stack", STACK)
    try:
        stack = layers_field.parse(linked)
    except ValueError:
        st.warning(
            _("This stack cannot be built: at most {most} layers, whose strides leave something of {side} pixels.").format(
                most=layers_field.MOST, side=layers_field.SIDE
            )
        )
        stack = layers_field.parse(STACK)
    components.cone(key="cone", data=layers_field.data(stack), on_stack_change=links.keep("cone", "stack"))
    text, inputs = layers_field.text(stack), layers_field.inputs(stack)
    weights, macs = layers_filters.cost(text, inputs)
    st.caption(
        _("{weights} weights, {macs} multiply-adds for one map of {side} × {side}. Bright cells have more ways to the cell "
          "above: the middle of a field counts more than its rim (Luo et al. 2016, arXiv:1701.04128).").format(
            weights=number(weights), macs=number(macs), side=layers_field.SIDE
        )
    )  # fmt: skip
    field_question()
    end("field", text, inputs)


def field_question():
    st.header(_("How many does it take?"))
    left, right = st.columns(2, gap="large")
    periods = {"plain": "c3", "pooled": "c3-p2"}
    asked = {
        "plain": left.pills(
            _("3×3 layers until a cell sees {pixels} pixels:").format(pixels=QUIZ), [5, 6, 9, 10, 21], key="guess-plain"
        ),
        "pooled": right.pills(
            _("… if a 2×2 pool follows each of them; pools count too:"), [5, 6, 9, 10, 21], key="guess-pooled"
        ),
    }
    if revealed():
        for column, (name, guess) in zip((left, right), asked.items(), strict=True):
            period = layers_field.parse(periods[name])
            count = layers_field.least(QUIZ, period)
            stack = tuple(period[i % len(period)] for i in range(count))
            fields = " → ".join(str(field) for field, _size in layers_field.measured(stack))
            column.markdown(f"{lesson.mark(guess, count)} {count}: {fields}")


# ---- many filters


@st.fragment
def filter_story():
    st.markdown(
        _("One kernel finds one pattern, so a layer has many: $M$ filters make $M$ maps, and each filter of the next layer "
          "reads all of them: $M\\,(C k^2 + 1)$ parameters. These are the filters that a net learned from photos.")
    )  # fmt: skip
    view, controls = st.columns([8, 3], gap="large")
    with controls:
        picture, _described = photo_input.choose("church", duel.square)
        nets = {name: _(catalog.title(name)) for name in layers_filters.NETS}
        net = links.choice(st.selectbox, _("Net"), nets, layers_filters.NETS[0], "net")
        count = st.slider(_("Filters $M$"), 1, 24, 12, key="filters", bind="query-params")
    inputs = layers_filters.inputs(net, picture, count)
    answer = layers_filters.maps(net, inputs)
    with view:
        maps = answer["maps"][0]
        largest = float(np.abs(maps).max())
        tiles = [layers_filters.tile(kernel, seen, largest) for kernel, seen in zip(inputs["w"], maps, strict=True)]
        pictures = [{"src": images.data_url(tile), "title": "", "alt": _("filter {number} and its map").format(number=n)}
                    for n, tile in enumerate(tiles)]  # fmt: skip
        components.gallery(key="filters-view", data={"pictures": pictures, "least": 150, "pixelated": True})
        parameters, macs = layers_filters.cost(layers_filters.text(net), inputs)
        st.caption(
            _("{shape} → {maps}: {parameters} parameters, {macs} multiply-adds; {answered}. Left of each map its 7×7×3 "
              "filter; negative blue, positive orange.").format(
                shape=" × ".join(map(str, inputs["x"].shape[1:])), maps=" × ".join(map(str, maps.shape)),
                parameters=number(parameters), macs=number(macs), answered=lesson.answered_by(answer),
            )
        )  # fmt: skip
    hierarchy(net, picture)
    filter_question()
    end("filters", layers_filters.text(net), inputs)


def hierarchy(net, picture):
    st.header(_("From edges to things"))
    st.markdown(
        _("Early maps answer to edges and colours, later ones to textures, then to parts and whole things. Under each stage: "
          "its strongest maps, and the part of the photo that the most excited cell sees.")
    )  # fmt: skip
    stages = layers_filters.hierarchy(net, picture)
    pictures = []
    for stage in stages:
        title = _("1/{stride}: {maps} maps").format(stride=stage.level.stride, maps=stage.level.shape[0])
        note = _("a cell sees {field} × {field} of {side}").format(field=stage.size, side=duel.parts(net).side)
        pictures.append({
            "src": images.data_url(stage.mosaic), "title": title, "note": note,
            "under": images.data_url(stage.seen), "underAlt": _("What the most excited cell sees"),
        })  # fmt: skip
    components.gallery(key="hierarchy", data={"pictures": pictures, "least": 170, "pixelated": True})
    row = st.container(horizontal=True)
    row.page_link("pages/duel.py", label=_("All stages of several nets: the duel"), icon=":material/compare:")
    row.page_link("pages/xray.py", label=_("Every map of every layer: the X-ray"), icon=":material/schema:")


def filter_question():
    st.header(_("What do twice as many cost?"))
    guess = st.pills(
        _("Two 3×3 layers follow each other, and both get twice as many filters. The second has how many times more weights?"),
        [2, 4, 8], format_func=lambda times: f"× {times}", key="guess-filters",
    )  # fmt: skip
    if revealed():
        times = layers_filters.doubled()
        st.markdown(f"{lesson.mark(guess, times)} × {number(times)}")


lesson.tell(page)
