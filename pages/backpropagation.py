"""Lesson: backpropagation through a convolution: every gradient is a sum over the window's positions."""

import streamlit as st

from playground import backpropagation as story
from playground import components, gradient_puzzle, lesson, links, matrices
from playground.convolution_gradient import LOSSES, PRINTED, RIGHT, output_shape
from playground.language import current, number
from playground.language import text as _

RATES = ("0.003", "0.01", "0.03", "0.1", "0.3")
STRIDES, PADDINGS = ("1", "2", "3"), ("0", "1", "2")
NAMES = ("x", "w", "t", "look", "step", "loss", "stride", "padding", "rate", "printed")
DEFAULTS = {"loss": "given", "stride": "1", "padding": "0", "rate": "0.01"}
TAKE_HOME = """\
import torch

x = torch.tensor([{x}], requires_grad=True)
w = torch.tensor([{w}], requires_grad=True)
t = torch.tensor({t})
y = torch.conv2d(x[None], w[None], stride={stride}, padding={padding})[0, 0]
loss = {loss}
loss.backward()
print(w.grad, x.grad)
"""
TORCH_LOSS = {
    "given": "(t * y).sum()  # so that ∂L/∂y is t",
    "squares": "((y - t) ** 2).sum() / 2",
    "entropy": "-(t * y.flatten().log_softmax(0).view_as(t)).sum()",
}


def page():
    st.title(_("Backpropagation through a convolution"))
    st.markdown(
        _("A convolution uses the same weight at every position of its window, so the weight's gradient is a sum over all "
          "positions. With indices from 0 and stride 1, $\\frac{\\partial L}{\\partial w_{ij}} = \\sum_{p,q} "
          "\\frac{\\partial L}{\\partial y_{pq}}\\, x_{p+i,\\,q+j}$. Click a weight or an input and see its sum.")
    )  # fmt: skip
    stage()


def linked(name: str, most: int):
    """The matrix that the address has under this name; None if it has none. Raises ValueError if it is damaged."""
    text = links.kept("convolution", name)
    return None if text is None else matrices.parse(text, (most, most), 1e4)


def the_setting():
    """What the address says, or the slide's scene where it is damaged."""
    scene = story.scenes()["slide"]
    loss = links.chosen(LOSSES, "given", "loss")
    stride, padding = int(links.chosen(STRIDES, "1", "stride")), int(links.chosen(PADDINGS, "0", "padding"))
    try:
        x, w, t = (linked(name, most) for name, most in (("x", story.LARGEST_SIDE), ("w", story.LARGEST_KERNEL), ("t", 11)))
        if t is None and loss != "entropy":
            t = matrices.parse(scene["t"])
        x, w = (matrices.parse(scene[name]) if value is None else value for name, value in (("x", x), ("w", w)))
        shape = output_shape(x.shape, w.shape, stride, padding)
    except ValueError:
        st.warning(_("The numbers in this link are damaged or do not fit; here is the slide's example instead."))
        x, w, t = (matrices.parse(scene[name]) for name in "xwt")
        stride, padding, shape = 1, 0, (2, 2)
    return story.Setting(x, w, story.fitted(t, shape, loss), loss, stride, padding)


def choose_scene():
    """The ready scenes; the one that the address shows is marked, and another is written there and into the widgets."""
    titles = {
        "slide": _("The slide: 3×3 and 2×2"),
        "printed": _("The slide's error"),
        "descent": _("Learn a kernel"),
        "stride": _("Stride 2"),
        "padding": _("Padding 1"),
        "entropy": _("Cross-entropy"),
    }

    def show():
        scene = story.scenes().get(st.session_state["scene"])
        if scene is None:
            return
        links.forget(*NAMES)
        for name, value in scene.items():
            links.put(name, value)
        for name, default in DEFAULTS.items():
            st.session_state[f"{name}-{current()}"] = scene.get(name, default)
        st.session_state["printed"] = "printed" in scene

    st.session_state["scene"] = shown_scene()
    st.pills(_("Scenes"), list(titles), format_func=titles.get, key="scene", on_change=show, label_visibility="collapsed")


def shown_scene():
    """The scene that the address has, whatever is looked at in it; None if its numbers are of another's making."""
    told = [name for name in NAMES if name not in ("look", "step", "rate")]
    address = {name: st.query_params[name] for name in told if name in st.query_params}
    if not address.keys() & {"x", "w", "t"}:
        address |= {name: story.scenes()["slide"][name] for name in "xwt"}
    address = {name: value for name, value in address.items() if value not in ("false", DEFAULTS.get(name))}
    scenes = {name: {key: scene[key] for key in told if key in scene} for name, scene in story.scenes().items()}
    return next((name for name, scene in scenes.items() if scene == address), None)


@st.fragment
def stage():
    choose_scene()
    seen, controls = st.columns([2, 1], gap="large")
    with controls:
        choose()
    setting = the_setting()
    with controls.popover(_("Sizes"), width="stretch"):
        resize(setting)
    rate = 0.0 if setting.loss == "given" else float(links.chosen(RATES, DEFAULTS["rate"], "rate"))
    frames = story.descent(setting, rate, 0 if setting.loss == "given" else story.DESCENT)
    with controls:
        label = _("∂L/∂w₁ as the slide prints it")
        printed = setting.is_slide and st.toggle(label, key="printed", bind="query-params", on_change=look_at_w1)
    step = links.kept("convolution", "step", "0")
    data = story.as_shown(setting, frames) | {
        "look": links.kept("convolution", "look", "w.0.0"), "step": int(step) if step.isdecimal() else 0,
        "showPrinted": printed, "language": current(), "texts": texts(),
    }  # fmt: skip
    with seen:
        components.backpropagation(
            key="convolution", data=data, **{f"on_{name}_change": links.keep("convolution", name) for name in "xwt"},
            on_look_change=links.keep("convolution", "look"), on_step_change=links.keep("convolution", "step"),
        )  # fmt: skip
    if printed:
        the_slide(setting, frames[0])
    st.header(_("Predict, then reveal"))
    gradient_puzzle.ask()
    st.header(_("Look inside and take it home"))
    graph, inputs = story.gradient_graph(setting, rate)
    lesson.look_inside_and_take_home_operators(
        "convolution_backward", graph, inputs, page=__file__,
        code=TAKE_HOME.format(x=setting.x.tolist(), w=setting.w.tolist(), t=setting.t.tolist(), stride=setting.stride,
                              padding=setting.padding, loss=TORCH_LOSS[setting.loss]),
    )  # fmt: skip


def look_at_w1():
    links.put("look", "w.0.0")


def choose():
    """Loss, stride, padding and learning rate."""
    losses = {"given": _("given"), "squares": _("squares"), "entropy": _("cross-entropy")}
    loss = links.choice(st.segmented_control, _("Loss"), losses, "given", "loss", required=True)
    st.markdown(
        {
            "given": _("$\\partial L/\\partial y$ is given, as if it came from the layers above: type it in."),
            "squares": _("$L = \\frac12 \\sum (y - t)^2$, so $\\partial L/\\partial y = y - t$."),
            "entropy": _(
                "$L = -\\sum t \\log\\,\\mathrm{softmax}(y)$, so $\\partial L/\\partial y = \\mathrm{softmax}(y) \\sum t - t$."
            ),
        }[loss]
    )
    left, right = st.columns(2)
    with left:
        links.choice(st.segmented_control, _("Stride"), {stride: stride for stride in STRIDES}, "1", "stride",
                     required=True)  # fmt: skip
    with right:
        links.choice(st.segmented_control, _("Padding"), {padding: padding for padding in PADDINGS}, "0", "padding",
                     required=True)  # fmt: skip
    if loss != "given":
        links.choice(
            st.select_slider, _("Learning rate"), {rate: number(float(rate)) for rate in RATES}, DEFAULTS["rate"], "rate"
        )


def resize(setting):
    """The sides of input and kernel, which cut the matrices in the address or continue them by themselves."""

    def write(name, values):
        side = int(st.session_state[f"side-{name}"])
        links.put(name, matrices.write(story.resized(values, side)))

    for name, label, values, least, most in (
        ("x", _("Side of the input"), setting.x, 2, story.LARGEST_SIDE),
        ("w", _("Side of the kernel"), setting.w, 1, story.LARGEST_KERNEL),
    ):
        if name == "w":
            most = min(most, min(setting.x.shape) + 2 * setting.padding)
        else:
            least = max(least, max(setting.w.shape) - 2 * setting.padding)
        st.session_state[f"side-{name}"] = max(least, min(most, len(values)))
        st.number_input(label, least, most, key=f"side-{name}", on_change=write, args=(name, values))


def the_slide(setting, frame):
    """The slide's formula against the right one, with the numbers of both."""
    st.subheader(_("Two indices on the slide are wrong"))
    by_printed, by_right = (story.by_formula(setting, frame["dy"], places) for places in (PRINTED, RIGHT))
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(
            _("The slide prints $\\frac{\\partial L}{\\partial w_1} = \\frac{\\partial L}{\\partial a} x_{11} + "
              "\\frac{\\partial L}{\\partial b} x_{12} + \\frac{\\partial L}{\\partial c} \\textcolor{red}{x_{22}} + "
              "\\frac{\\partial L}{\\partial d} \\textcolor{red}{x_{12}}$.")
        )  # fmt: skip
        st.markdown(
            _("But $w_1$ stands before $x_{21}$ in $c = w_1 x_{21} + w_2 x_{22} + w_3 x_{31} + w_4 x_{32}$, and before "
              "$x_{22}$ in $d = w_1 x_{22} + w_2 x_{23} + w_3 x_{32} + w_4 x_{33}$. So the sum is $\\frac{\\partial L}"
              "{\\partial w_1} = \\frac{\\partial L}{\\partial a} x_{11} + \\frac{\\partial L}{\\partial b} x_{12} + "
              "\\frac{\\partial L}{\\partial c} x_{21} + \\frac{\\partial L}{\\partial d} x_{22}$: the inputs that $w_1$ "
              "slides over, in reading order.")
        )  # fmt: skip
    with right:
        rows = (
            (_("the slide's formula"), by_printed),
            (_("the right sum"), by_right),
            (_("gradient graph"), frame["dw"][0, 0]),
            (_("numeric derivative, float64"), frame["numeric_dw"][0, 0]),
        )
        table = ["| | $\\partial L/\\partial w_1$ |", "|---|--:|", *(f"| {title} | {number(value)} |" for title, value in rows)]
        st.markdown("\n".join(table))
        st.caption(
            _("All four by ONNX Runtime, from the numbers above. The slide before it writes out two outputs and calls the top "
              "left one b and the top right one a; in the formula of the gradient, and here, a is top left.")
        )  # fmt: skip


def texts():
    return {
        "titles": {
            "x": _("input x"), "w": _("kernel w"), "y": _("output y"), "t": _("target t"),
            "dx": _("∂L/∂x"), "dw": _("∂L/∂w"), "dy": _("∂L/∂y"),
        },
        "hint": _("Click a weight or an input for its sum. A second click, Enter or a digit edits it; arrow keys walk."),
        "number": _("A number between −99 and 99, please."),
        "walk": _("position by position"),
        "unseen": _("no window covers this input: the sum is empty"),
        "graph": _("gradient graph"),
        "numeric": _("numeric derivative"),
        "printed": _("As printed"),
        "wrong": _("The crossed-out inputs are not the ones that w₁ was multiplied by; after each stands the right one."),
        "all": _("Over all weights and inputs, the gradient graph and the numeric derivative (L(w + h) − L(w − h)) / 2h, "
                 "h = 0.0001, the forward graph run twice in float64, differ by at most {difference}. Sums are taken here, in "
                 "the browser; what they are compared with comes from ONNX Runtime."),
        "descend": _("descend"),
        "pause": _("pause"),
        "step": _("Step of gradient descent"),
        "loss": _("step {step}: L = {loss}"),
    }  # fmt: skip


lesson.tell(page)
