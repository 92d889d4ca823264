"""The last sections of the page on localisation: a window that runs, and the convolution that is all of its answers at once."""

from itertools import pairwise

import streamlit as st

from playground import components, drawing, lesson, links, operators, sliding_shapes, sliding_window
from playground.language import current, number
from playground.language import text as _

PAGE = str(lesson.ROOT / "pages" / "localization.py")
TIMES = (1, 2, 4, 8, 16, 32, 64)  # between which the savings are guessed
CODE = {
    "sliding": """\
import numpy as np, onnxruntime
from PIL import Image

sheet = Image.open("digits.png").convert("RGB").resize((84, 84))  # a digit should be 13 to 25 pixels high
net = onnxruntime.InferenceSession("sliding_digits.onnx")
probabilities, ink = net.run(None, {"image": np.asarray(sheet)[None]})
print(probabilities.argmax(-1))  # [15, 15]: what the window says at each place; 10 is nothing
""",
    "convolution": """\
import torch
from torch import nn

dense = nn.Linear(16 * 5 * 5, 400)
convolution = nn.Conv2d(16, 400, 5)  # as large a kernel as the map: the same sums
convolution.weight.data = dense.weight.data.view(400, 16, 5, 5)
convolution.bias.data = dense.bias.data
x = torch.rand(1, 16, 5, 5)
print((dense(x.flatten(1)) - convolution(x).flatten(1)).abs().max())  # about 1e-7
print(convolution(torch.rand(1, 16, 12, 12)).shape)  # [1, 400, 8, 8]: 64 windows at once
""",
}


# ---- the window runs


@st.fragment
def sliding_story():
    st.markdown(
        _("To find things with a classifier, ask it everywhere: a window slides over the sheet, each stop is a run of the net. "
          "But windows overlap, and most sums are done again and again; a convolution over the whole sheet does each once. "
          "Draw several digits.")
    )  # fmt: skip
    left, right = st.columns([3, 7], gap="large")
    with left:
        code = drawn()
        shares = {share: f"1/{number(round(1 / float(share), 1))}" for share in sliding_window.SHARES}
        share = links.choice(st.select_slider, _("Side of the window, of the sheet's"), shares, "0.33", "window")
    sheet = sliding_window.picture(code, share)
    found = sliding_window.sweep(sheet)
    with right:
        components.sweep(
            key="sweep",
            data=sliding_window.view(found) | {
                "labels": [*"0123456789", _("nothing")], "look": look(found), "first": place_of_interest(found),
                "texts": sweep_texts(found), "language": current(),
            },
            on_look_change=links.keep("sweep", "look"),
        )  # fmt: skip
    st.caption(
        _("The window has one size, things do not: a digit much larger or smaller than it is missed. So windows of several "
          "sizes would have to run. And its box is only as exact as its step, {stride} pixels. YOLO has neither trouble.")
        .format(stride=sliding_window.stride())
    )  # fmt: skip
    savings_question(len(sheet), found.count)
    lesson.look_inside_and_take_home(
        sliding_window.ONCE, {"image": sheet[None]}, begin="framed", code=CODE["sliding"],
        architecture="exporter/architectures/sliding_window.py", page=PAGE,
    )  # fmt: skip


def drawn():
    """The canvas; the drawing's code, from the address."""
    samples = sliding_window.samples()
    first = next(iter(samples.values()))
    code = links.kept("canvas", "drawing", first)
    if not drawing.is_valid(code):
        st.warning(_("The drawing in this link is damaged; here is another one."))
        code = first
    components.canvas(
        key="canvas",
        data={"drawing": code, "samples": list(samples.items()), "texts": lesson.canvas_texts(), "limit": drawing.MAX_BYTES,
              "language": current(), "picture": "", "pen": 8},
        on_drawing_change=links.keep("canvas", "drawing"),
    )  # fmt: skip
    return code


def look(found):
    """The window that the link names, [row, column]; None, and a warning if it has one that is not there."""
    code = links.kept("sweep", "look")
    at = sliding_window.parse_look(code, found)
    if code and at is None:
        st.warning(_("This link points at a window that this sheet does not have; here is another one."))
    return list(at) if at else None


def place_of_interest(found):
    """Where the window stands at first: at the surest digit, else in the middle."""
    peaks = sorted(sliding_window.found(found), key=lambda peak: -peak["sure"])
    return peaks[0]["at"] if peaks else [found.said.shape[0] // 2, found.said.shape[1] // 2]


def sweep_texts(found):
    one, once = sliding_window.cost(len(found.ink))
    slow, fast = found.seconds
    ms = [number(round(1000 * seconds, 1)) for seconds in found.seconds]
    return {
        "sheet": _("The sheet and the window. Arrow keys move the window, Enter keeps it, space lets it run."),
        "scrub": _("Windows that were asked"),
        "play": _("▶ Let the window run"),
        "pause": _("Pause"),
        "once": _("All in one convolution"),
        "windows": _("{count} windows, multiply-adds").format(count=number(found.count)),
        "convolution": _("one convolution"),
        "running": _("Each stop of the window is a run of the net."),
        "verdict": _("One convolution: {fewer} times fewer multiply-adds, {ms_once} ms instead of {ms_windows} ms "
                     "({processor}; the windows all in one batch), {faster} times less. The same {numbers} numbers: they "
                     "differ by at most {difference}.").format(
            fewer=number(round(one * found.count / once, 1)), ms_windows=ms[0], ms_once=ms[1], processor=found.processor,
            faster=number(round(slow / fast)), numbers=number(found.said.size), difference=scientific(found.difference)),
    }  # fmt: skip


def scientific(value):
    """A small number as people write it: 2·10⁻⁷."""
    mantissa, exponent = f"{value:.0e}".split("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return "0" if not value else f"{mantissa}·10{raised}"


def savings_question(side, count):
    st.header(_("How much is saved?"))
    ranges = {f"{low}-{high}": f"{low}–{high}" for low, high in pairwise(TIMES)}
    half = sliding_window.side_of("0.2")
    asked = _("The window at a fifth of the sheet's side, {windows} windows: how many times fewer multiply-adds does the "
              "convolution need?")  # fmt: skip
    cells = (half - sliding_window.SIDE) // sliding_window.stride() + 1
    guess = st.pills(asked.format(windows=cells**2), list(ranges), format_func=ranges.get, key="guess_saved")
    if not st.toggle(_("Reveal"), key="reveal_saved", bind="query-params"):
        return
    told = []
    for length in (half, side):
        windows = ((length - sliding_window.SIDE) // sliding_window.stride() + 1) ** 2
        one, once = sliding_window.cost(length)
        told.append((windows, one * windows, once, one * windows / once))
    truth = next((name for name, (low, high) in zip(ranges, pairwise(TIMES), strict=True) if low <= told[0][3] < high), None)
    for mark, (windows, total, once, times) in zip((f"{lesson.mark(guess, truth)} ", ""), told, strict=True):
        st.markdown(mark + _("{windows} windows: {total} against {once}, **{times} times**.").format(
            windows=number(windows), total=number(total), once=number(once), times=number(round(times, 1))))  # fmt: skip


# ---- the lecture's picture


@st.fragment
def convolution_story():
    st.markdown(
        _("A dense layer over a map is a convolution whose kernel is as large as the map. Read so, a net for 14×14 pixels has "
          "only convolutions, and takes any size: 16×16 pixels give 2×2 answers, 28×28 give 8×8, one for each window. The "
          "windows' stride is the product of the strides of the pools.")
    )  # fmt: skip
    stage = st.container()
    left, right = st.columns(2, gap="large", vertical_alignment="bottom")
    side = left.slider(_("Side of the picture, pixels"), sliding_shapes.WINDOW, sliding_shapes.LARGEST, 28, key="side",
                       bind="query-params")  # fmt: skip
    with right:
        pools = {str(pool): f"{pool}×{pool}" if pool > 1 else _("no pool") for pool in sliding_shapes.POOLS}
        pool = int(links.choice(st.segmented_control, _("Pool"), pools, "2", "pool", required=True))
    view = sliding_shapes.view(side, pool)
    (one, total, once), cells = view["macs"], view["tensors"][-1]["side"]
    with stage:
        components.shrinking(
            key="shrinking", data=view | {"answer": answer_of(cells), "texts": shrinking_texts(pool), "language": current()},
            on_answer_change=links.keep("shrinking", "answer"),
        )  # fmt: skip
    whole, difference = sliding_shapes.both_ways(side, pool)
    st.markdown(
        _("{cells}×{cells} windows, each on its own: {count} × {one} = {total} multiply-adds. At once: **{once}**, {times} "
          "times fewer. Random weights, both ways computed: the answers differ by at most {difference}; {answered}. Only "
          "what comes before the pool is shared: the first dense layer has its own patch for each window.").format(
            cells=cells, count=cells**2, one=number(one), total=number(total), once=number(once),
            times=number(round(total / once, 1)), difference=scientific(difference), answered=lesson.answered_by(whole))
    )  # fmt: skip
    stride_question()
    text = sliding_shapes.text(pool)
    lesson.look_inside_and_take_home_operators(
        "windows", operators.graph(text), sliding_shapes.inputs(side, pool), CODE["convolution"], PAGE
    )


def answer_of(cells):
    """The answer that the link names, [row, column]; a nonsensical one is none."""
    parts = (links.kept("shrinking", "answer") or "").split(".")
    if len(parts) != 2 or not all(part.isascii() and part.isdecimal() and len(part) < 3 for part in parts):
        return None
    return [min(int(part), cells - 1) for part in parts]


def shrinking_texts(pool):
    kernel = (sliding_shapes.WINDOW - 4) // pool
    return {
        "row": _("The net's tensors. Arrow keys go from answer to answer, Enter keeps one."),
        "names": [_("picture"), _("maps"), _("pooled"), _("was dense"), _("was dense"), _("answers")],
        "layers": ["5×5", _("pool {pool}×{pool}").format(pool=pool), f"{kernel}×{kernel}", "1×1", "1×1"],
        "told": _("Answer [{row}, {column}] is what the window of rows {rows} and columns {columns} would have said."),
    }


def stride_question():
    st.header(_("How far does the window step?"))
    guess = st.pills(
        _("Our digit net has two 2×2 pools. How many pixels are there from one of its windows to the next?"),
        [1, 2, 4, 8, 16], key="guess_stride",
    )  # fmt: skip
    if not st.toggle(_("Reveal"), key="reveal_stride", bind="query-params"):
        return
    rows = sliding_window.rows_by_side()
    step = sliding_window.measured_step(rows)
    sizes = ", ".join(f"{side} → {count}" for side, count in rows.items())
    st.markdown(
        _("{mark} **{step}**. The graph was asked: sides of the sheet → answers in a row: {sizes}.").format(
            mark=lesson.mark(guess, step), step=step, sizes=sizes)
    )  # fmt: skip
