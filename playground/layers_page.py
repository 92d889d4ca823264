"""The sections of the lesson on layers about small grids: pooling, 1×1 convolutions, upsampling; what all sections share."""

import numpy as np
import streamlit as st

from playground import (
    components,
    duel,
    images,
    layers_filters,
    layers_grids,
    lesson,
    links,
    matrices,
    operators,
    photo_input,
    window,
)
from playground.language import number
from playground.language import text as _
from playground.layers_code import CODE

ONE, ONES = "0,0,0;0,1,0;0,0,0", "1,1,1;1,1,1;1,1,1"
FOUR = "1,1;1,1/2,2;2,2/3,3;3,3/4,4;4,4"  # the lecture's 1 2 / 3 4, in each pixel
DETAIL = slice(64, 192)  # pixels of a photo's side, cut out so that single ones are seen


def end(section: str, text: str, inputs: dict[str, np.ndarray]) -> None:
    """The end of a section: its graph, the same in torch, the page's source."""
    lesson.look_inside_and_take_home_operators(
        section, operators.graph(text), inputs, code=CODE[section], page=str(lesson.ROOT / "pages" / "layers.py")
    )


def revealed() -> bool:
    """The switch that shows the answer."""
    return st.toggle(_("Reveal"), key="reveal", bind="query-params")


# ---- pooling


@st.fragment
def pooling_story():
    st.markdown(
        _("Neighbouring pixels are alike, so a window can give its place to one number: the largest, or the mean, "
          "$y_{p,q} = \\max_{i,j} x_{ps+i,\\,qs+j}$. The map gets smaller, the field grows, and nothing is learned.")
    )  # fmt: skip
    view, controls = st.columns([8, 3], gap="large")
    with controls:
        ops = {"max": _("largest"), "average": _("mean")}
        op = links.choice(st.segmented_control, _("Pooling"), ops, "max", "pool", required=True)
        size = st.slider(_("Window"), 1, 4, 2, key="size", bind="query-params")
        stride = st.slider(_("Stride of the window"), 1, 4, 2, key="stride", bind="query-params")
    grid = grid_of("pool-window", "grid", layers_grids.LECTURE, most=(9, 9), least=4)[0]
    answer = layers_grids.pooled(op, grid, size, stride)
    with view:
        components.window(
            key="pool-window",
            data=window.data(op, grid[None], answer["y"][0], size=(size, size), stride=(stride, stride), padding="none",
                             editable=["input"], play=True),
            on_input_change=links.keep("pool-window", "grid", "input"),
        )  # fmt: skip
        st.caption(sizes(grid.shape, answer["y"].shape[2:], size, stride))
    pooling_question(grid, size, stride)
    st.header(_("On a photo"))
    view, controls = st.columns([8, 3], gap="large")
    with controls:
        picture, _described = photo_input.choose("church", duel.square)
        factor = links.choice(st.select_slider, _("Window and stride"), {str(n): str(n) for n in (2, 4, 8, 16)}, "8", "factor")
    factor = min(int(factor), *picture.shape[:2])
    small = layers_grids.shrunk(picture, factor)
    titles = {
        "strided": (_("stride alone"), _("one pixel of {factor}×{factor}; the others are lost").format(factor=factor)),
        "largest": (_("largest"), _("what is brightest spreads")),
        "mean": (_("mean"), _("all pixels count, and blur")),
    }
    with view:
        pictures = [{"src": images.data_url(small[name][0]), "title": title, "note": note}
                    for name, (title, note) in titles.items()]  # fmt: skip
        components.gallery(key="pooled", data={"pictures": pictures, "least": 200, "pixelated": True})
    end("pooling", layers_grids.pool_text(op, size, stride), {"x": grid[None, None]})


def sizes(before, after, size, stride):
    """The formula of the output's height and width, with this window's numbers."""
    sums = [f"\\lfloor ({n} - {size}) / {stride} \\rfloor + 1 = {m}" for n, m in zip(before, after, strict=True)]
    return _("Output: $\\lfloor (n - k) / s \\rfloor + 1$, here {sums}.").format(
        sums=", ".join(f"${text}$" for text in dict.fromkeys(sums))
    )


def pooling_question(grid, size, stride):
    st.header(_("What if the picture moves?"))
    ways = {"max": _("the largest"), "same": _("both alike"), "average": _("the mean")}
    guess = st.pills(
        _("All numbers move by one cell to the right. Which pooling keeps more of its outputs?"), list(ways),
        format_func=ways.get, key="guess-pool",
    )  # fmt: skip
    if revealed():
        (most, all_), (mean, _all) = (layers_grids.kept(op, grid, size, stride) for op in ("max", "average"))
        truth = "same" if most == mean else "max" if most > mean else "average"
        st.markdown(
            lesson.mark(guess, truth)
            + " "
            + _("The largest keeps {most} of {all}, the mean {mean}.").format(most=most, mean=mean, all=all_)
        )


def grid_of(view, name, default, most, least=1, count=1):
    """The grids that the link has, [count, rows, columns]; a damaged one gives way to the default, with a warning."""
    linked = links.kept(view, name, default)
    try:
        grids = window.stack(linked, most)
        if min(grids.shape[1:]) < least:
            raise ValueError(f"fewer than {least} rows or columns")
    except ValueError:
        st.warning(_("The numbers in this link are damaged; here are others."))
        grids = window.stack(default, most)
    return np.resize(grids, (count, *grids.shape[1:]))


# ---- 1×1


@st.fragment
def mix_story():
    st.markdown(
        _("A 1×1 convolution looks at no neighbours: in each pixel it mixes the channels, a dense layer over the filters, "
          "$y_m = \\sum_c w_{m,c}\\, x_c$. Here three channels become three; Inception turns many into few with it.")
    )  # fmt: skip
    view, controls = st.columns([8, 3], gap="large")
    with controls:
        picture, described = photo_input.choose("parachute", duel.square)
    row = view.container(horizontal=True)
    for title, matrix in layers_grids.mixtures().items():
        row.button(title, on_click=links.put, args=("mix", window.write(matrix.reshape(9, 1, 1))))
    default = window.write(layers_grids.mixtures()[_("sepia")].reshape(9, 1, 1))
    kernel = grid_of("mix-window", "mix", default, most=(1, 1), count=9).reshape(3, 3, 1, 1)
    answer = layers_grids.mixed(picture, kernel)
    with view:
        pictures = [{"src": images.data_url(picture), "title": described},
                    {"src": images.data_url(answer["picture"][0]), "title": _("mixed")}]  # fmt: skip
        components.gallery(key="mixed", data={"pictures": pictures, "least": 200})
    st.subheader(_("Four pixels of it, and the nine weights"))
    top, left = (int(0.3 * side) for side in picture.shape[:2])
    cut = (slice(None), slice(top, top + 2), slice(left, left + 2))
    components.window(
        key="mix-window",
        data=window.data("conv", picture.transpose(2, 0, 1)[cut].astype(np.float32), answer["sums"][0][cut],
                         w=kernel, editable=["kernel"], limit=10,
                         names={"input": ["R", "G", "B"], "kernel": ["R′", "G′", "B′"], "output": ["R′", "G′", "B′"]}),
        on_kernel_change=links.keep("mix-window", "mix", "kernel"),
    )  # fmt: skip
    mix_question()
    end("mix", layers_grids.MIX, {"image": picture[None], "kernel": kernel})


def mix_question():
    st.header(_("What does the detour save?"))
    guess = st.pills(
        _("28×28×64 → 128 filters of 5×5×64. Or first ten filters of 1×1×64, then 128 of 5×5×10. How many times fewer "
          "multiply-adds are that?"),
        [2, 6, 13, 64], format_func=lambda times: f"≈ {times}", key="guess-mix",
    )  # fmt: skip
    if revealed():
        (parameters, macs), (fewer, less) = layers_filters.bottleneck()
        st.markdown(
            lesson.mark(guess, round(macs / less)) + " "
            + _("{macs} : {less} = {times} multiply-adds; {parameters} weights become {fewer}.").format(
                macs=number(macs), less=number(less), times=number(round(macs / less, 2)), parameters=number(parameters),
                fewer=number(fewer),
            )
        )  # fmt: skip


# ---- upsampling


@st.fragment
def growth_story():
    st.markdown(
        _("Segmentation and generators need the way back from small maps to large ones. Repeat each number, interpolate, learn "
          "a **transposed convolution**, or lay channels side by side: $x \\times y \\times 4k \\to 2x \\times 2y \\times k$.")
    )  # fmt: skip
    ways = {
        "bilinear": _("bilinear"), "nearest": _("nearest"), "transposed": _("transposed convolution"),
        "shuffle": _("pixel shuffle"),
    }  # fmt: skip
    way = links.choice(
        st.segmented_control, _("How to grow"), ways, "bilinear", "way", required=True, label_visibility="collapsed"
    )
    name, count, default = ("channels", 4, FOUR) if way == "shuffle" else ("small", 1, ONES if way == "transposed" else ONE)
    grids = grid_of("grow-window", name, default, most=(4, 4), count=count)
    free = grid_of("grow-window", "weights", ONES, most=(5, 5))[0]
    grown = layers_grids.growth(way, free)
    answer = layers_grids.grow(grown, grids)
    view, beside = st.columns([8, 3], gap="large")
    with view:
        components.window(
            key="grow-window",
            data=window.data("transposed", grids, answer["y"][0], w=grown.kernel, stride=(grown.stride, grown.stride),
                             pads=grown.pads, editable=["input", "kernel"] if grown.free else ["input"],
                             look=links.kept("grow-window", "look", "0.1.2")),
            on_look_change=links.keep("grow-window", "look"),
            on_input_change=links.keep("grow-window", name, "input"),
            on_kernel_change=links.keep("grow-window", "weights", "kernel"),
        )  # fmt: skip
    with beside:
        told(way)
    growth_on_photo()
    end("up", grown.text, layers_grids.growth_inputs(grown, grids))


def told(way):
    """What a way of growing does, and kernels to try."""
    st.markdown(
        {
            "bilinear": _("The lecture's table: a number weighs 1 in its own place and 0.5 half a way off. `Resize` computed "
                          "the result; as a transposed convolution with this table it is the same. torch's "
                          "`align_corners=False` has pixel centres instead, with ¾ and ¼."),
            "nearest": _("`Resize` repeats each number; a transposed convolution with four ones and stride 2 does the same."),
            "transposed": _("Each number lays down the kernel, weighted by itself, a stride apart, and what overlaps is added: "
                            "a kernel of 3 at a stride of 2 overlaps unevenly, and equal numbers become a checkerboard "
                            "(Odena et al. 2016)."),
            "shuffle": _("`DepthToSpace` lays the four channels of a pixel side by side as 1 2 / 3 4: no number is computed, "
                         "none is lost (Shi et al. 2016, arXiv:1609.05158)."),
        }[way]
    )  # fmt: skip
    if way == "transposed":
        row = st.container(horizontal=True)
        for title, size in ((_("2×2 of ones"), 2), (_("3×3 of ones"), 3), (_("4×4 of ones"), 4)):
            row.button(title, on_click=links.put, args=("weights", matrices.write(np.ones((size, size)))))
        row.button(_("the lecture's table"), on_click=links.put, args=("weights", matrices.write(layers_grids.TENT)))


def growth_on_photo():
    st.header(_("A photo at a quarter, and back"))
    view, controls = st.columns([8, 3], gap="large")
    with controls:
        picture, _described = photo_input.choose("church", duel.square)
        size = st.slider(_("Kernel of the transposed convolution"), 2, 5, 3, key="up-size", bind="query-params")
        guess = st.pills(
            _("Which kernels leave no checkerboard at a stride of 2?"), [2, 3, 4, 5], selection_mode="multi", key="guess-up"
        )
        show = revealed()
    detail = picture[DETAIL, DETAIL] if min(picture.shape[:2]) > DETAIL.stop else picture
    answer = layers_grids.photo_ways(detail, size)
    titles = {
        "nearest": (_("nearest"), _("of the means of 4×4 pixels")),
        "bilinear": (_("bilinear"), ""),
        "transposed": (_("transposed convolution"), _("{size}×{size} equal weights, twice by 2").format(size=size)),
        "shuffled": (
            _("pixel shuffle"),
            _("{shape} channels of the photo itself").format(shape=" × ".join(map(str, answer["channels"].shape[1:]))),
        ),
    }
    with view:
        pictures = [{"src": images.data_url(answer[name][0]), "title": title, "note": note}
                    for name, (title, note) in titles.items()]  # fmt: skip
        components.gallery(key="grown", data={"pictures": pictures, "least": 300, "pixelated": True})
    if show:
        truth = [kernel for kernel in (2, 3, 4, 5) if layers_grids.even(kernel)]
        controls.markdown(lesson.mark(sorted(guess) or None, truth) + " " + ", ".join(map(str, truth)))
