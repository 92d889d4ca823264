"""The later sections of the lesson on batch normalisation: a deep net with and without it, and folding it away."""

import streamlit as st

from playground import batch_norm_folding, deep_batch_norm, lesson, links
from playground.language import current, number
from playground.language import text as _

PAGE = str(lesson.ROOT / "pages" / "batch_norm.py")
PLAIN = {"displayModeBar": False}
TAKE_DEEP = """\
import numpy as np, onnxruntime

random = np.random.default_rng({seed})
x, d_last, weights = (random.standard_normal(shape, np.float32) for shape in ((128, 64), (128, 64), (50, 64, 64)))
net = onnxruntime.InferenceSession("deep_batch_norm.onnx")
inputs = {{"x": x, "weights": weights[:{depth}] / np.float32(8), "scale": np.array({scale}, np.float32), "d_last": d_last}}
print(net.run(["std", "weight_gradient"], inputs))
"""
TAKE_FOLDING = """\
import torch

conv, norm = torch.nn.Conv2d(1, 3, 3).eval(), torch.nn.BatchNorm2d(3).eval()
folded = torch.nn.utils.fuse_conv_bn_eval(conv, norm)  # w γ / √(σ² + ε), (b − μ) γ / √(σ² + ε) + β
x = torch.randn(1, 1, 9, 9)
print((norm(conv(x)) - folded(x)).abs().max())
"""


@st.fragment
def deep_net() -> None:
    """Two deep nets of the same weights, without and with batch norm: outputs and gradients by layer."""
    seen, controls = st.columns([2, 1], gap="large")
    with controls:
        functions = {"relu": "ReLU", "tanh": "tanh"}
        activation = links.choice(st.segmented_control, _("Activation"), functions, "relu", "act", required=True)
        depth = st.slider(_("Layers"), 10, deep_batch_norm.DEEPEST, 30, 5, key="depth", bind="query-params")
        scale = st.slider(_("Weight scale, deviation × √width"), 0.5, 3.0, 1.0, 0.1, key="scale", bind="query-params")
        seed = st.number_input(_("Seed"), 0, 9999, 0, key="seed", bind="query-params")
        st.caption(
            _("{width} units a layer, a batch of {batch}, weights fresh from the seed. Both nets have the same weights and get "
              "the same gradient from above.").format(width=deep_batch_norm.WIDTH, batch=deep_batch_norm.BATCH)
        )  # fmt: skip
    net = deep_batch_norm.Net(depth, activation, scale, seed)
    with seen:
        st.plotly_chart(
            deep_batch_norm.lines(net, "std", _("Standard deviation of the outputs, by layer"), _("deviation"), current()),
            key="std", config=PLAIN, alt=_("Standard deviation of the outputs by layer, with and without batch norm"),
        )  # fmt: skip
    left, right = st.columns(2, gap="large")
    for column, normalised, title in (
        (left, False, _("Outputs without batch norm")),
        (right, True, _("Outputs with batch norm")),
    ):
        figure = deep_batch_norm.histograms(net, normalised, title, current())
        column.plotly_chart(figure, key=f"histograms-{normalised}", config=PLAIN, alt=title)
    st.caption(_("A column is a layer's histogram: bright where many outputs lie; what lies beyond is counted at the ends."))
    _deep_question(net)
    st.header(_("And the gradients?"))
    chart, words = st.columns([3, 2], gap="large", vertical_alignment="center")
    chart.plotly_chart(
        deep_batch_norm.lines(net, "weight_gradient", _("Gradient by the weights, by layer"), _("root mean square"), current()),
        key="gradient", config=PLAIN, alt=_("Gradient by the weights by layer, with and without batch norm"),
    )  # fmt: skip
    words.markdown(
        _("Batch norm makes the scale of the weights matter less: $\\mathrm{BN}(aWh) = \\mathrm{BN}(Wh)$, and the gradient by "
          "$W$ shrinks by $1/a$, so that large weights move less ([Ioffe & Szegedy 2015](https://arxiv.org/abs/1502.03167), "
          "3.3). It is no cure for depth: in a plain stack it makes gradients grow towards the first layers "
          "([Yang et al. 2019](https://arxiv.org/abs/1902.08129)), which residual connections tame.\n\n"
          "Why it helps: the paper says *internal covariate shift*; [Santurkar et al. 2018]"
          "(https://arxiv.org/abs/1805.11604) added that shift back, and batch norm still helped. They found a smoother loss: "
          "its gradients can be trusted further.")
    )  # fmt: skip
    st.header(_("Look inside and take it home"))
    lesson.look_inside_and_take_home_operators(
        "deep_batch_norm", deep_batch_norm.graph(activation), deep_batch_norm.feeds(net), page=PAGE,
        code=TAKE_DEEP.format(seed=seed, depth=depth, scale=scale),
    )  # fmt: skip


def _deep_question(net):
    """What twice the weights do to the last layer: graded by running both nets."""
    st.header(_("Predict, then reveal"))
    st.markdown(_("**Twice the weight scale in every layer. What becomes of the deviation of the last layer's outputs?**"))
    kinds = {"stays": _("hardly changes"), "grows": _("up to three times"), "explodes": _("far more")}
    columns, guesses = st.columns(2, gap="large"), []
    for column, normalised, title in zip(columns, (False, True), (_("Without batch norm"), _("With batch norm")), strict=True):
        guesses.append(column.pills(title, list(kinds), format_func=kinds.get, key=f"twice-{normalised}"))
    if not st.toggle(_("Reveal"), key="reveal", bind="query-params"):
        return
    for column, normalised, guess in zip(columns, (False, True), guesses, strict=True):
        kind, before, after = deep_batch_norm.twice(net, normalised)
        mark = lesson.mark(guess, kind)
        column.markdown(f"{mark} {kinds[kind]}: ${_scientific(before)} \\to {_scientific(after)}$")


def _scientific(value):
    """A number as LaTeX, with a power of ten if it is very small or large."""
    digits, power = f"{value:.2e}".split("e")
    shown = f"{digits} \\cdot 10^{{{int(power)}}}" if abs(int(power)) > 2 else f"{value:.3g}"
    return shown.replace(".", "{,}") if current() == "ru" else shown


def folding() -> None:
    """Convolution and batch norm as one convolution, on a photo."""
    left, right = st.columns(2, gap="large")
    with right:
        st.markdown(
            _("At inference batch norm is a line, $y = \\gamma\\frac{z - \\mu}{\\sqrt{\\sigma^2+\\epsilon}} + \\beta$, and a "
              "convolution before it is linear too. Both are one convolution with $w' = \\frac{\\gamma}{\\sqrt{\\sigma^2+"
              "\\epsilon}}\\,w$ and $b' = \\frac{\\gamma\\,(b - \\mu)}{\\sqrt{\\sigma^2+\\epsilon}} + \\beta$. The trained "
              "photo nets of this playground were exported that way: none has a `BatchNormalization` left.")
        )  # fmt: skip
        gamma = st.slider("γ", -3.0, 3.0, 1.0, 0.1, key="gamma", bind="query-params")
        beta = st.slider("β", -5.0, 5.0, 0.0, 0.1, key="beta", bind="query-params")
    answer, inputs = batch_norm_folding.fold(gamma, beta), batch_norm_folding.feeds(gamma, beta)
    with left:
        st.image(batch_norm_folding.picture(answer), width="stretch",
                 alt=_("Three maps of a photo: convolution, convolution and batch norm, folded convolution"))  # fmt: skip
        st.caption(_("Columns: three kernels on a photo. Rows: convolution; then batch norm; one convolution, folded."))
    rows = [f"| {_('kernel')} | $w$ | $w'$ | $b$ | $b'$ |", "|---|---|---|--:|--:|"]
    for i, name in enumerate((_("vertical edges"), _("spots"), _("blur"))):
        cells = [_matrix(values[i, 0]) for values in (inputs["w"], answer["w_folded"])]
        cells += [number(round(float(values[i]), 2)) for values in (inputs["b"], answer["b_folded"])]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    st.markdown("\n".join(rows))
    right.markdown(
        _("Largest difference between the last two rows of maps, over {count} numbers: {difference}.").format(
            count=number(answer["folded"].size), difference=f"${_scientific(float(answer['difference']))}$"
        )
    )
    st.header(_("Look inside and take it home"))
    lesson.look_inside_and_take_home_operators("folding", batch_norm_folding.graph(), inputs, TAKE_FOLDING, PAGE)


def _matrix(values):
    return "$\\begin{pmatrix}" + "\\\\".join("&".join(map(_scientific, row)) for row in values.round(2)) + "\\end{pmatrix}$"
