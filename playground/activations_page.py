"""What the scenes of the page on activation functions share: its questions, its links, the words of its views."""

from collections.abc import Callable
from math import isfinite

import numpy as np
import streamlit as st

from playground import activations, collapse, deep_net, dying, lesson, links, matrices, softmax
from playground.activations import FUNCTIONS, titles
from playground.language import current, number
from playground.language import text as _

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LEARNED = 0.01  # the loss below which the neuron has learned its points
POWERS = (0, -3, -10, -20, -31)  # of ten, to guess among
PAGE = str(lesson.ROOT / "pages" / "activations.py")


def some_functions(widget: Callable, default: list[str], key: str, **looks) -> list[str]:
    """Codes of up to three functions to compare, at least one; a fourth takes the place of the first."""
    own = f"{key}-{current()}"
    if len(st.session_state.get(own) or ()) > activations.MOST:
        st.session_state[own] = st.session_state[own][-activations.MOST :]
    return links.choice(widget, _("Up to three functions"), titles(), default, key, **looks)[: activations.MOST] or default[:1]


def parameter_of(name: str, key: str = "a", default: float | None = None) -> float | None:
    """A slider for a function's α, its usual one or `default` at first; None for a function without."""
    known = FUNCTIONS[name].parameter
    if known is None:
        return None
    return st.slider(
        _("$\\alpha$ of {function}").format(function=titles()[name]), known.least, known.most,
        known.default if default is None else default, known.step, key=f"{key}_{name}", bind="query-params",
    )  # fmt: skip


def linked_number(view: str, name: str, default: float, most: float, least: float | None = None) -> float:
    """A number that a view keeps in the address; a damaged one gives a warning and the default."""
    try:
        value = float(links.kept(view, name, str(default)))
        if isfinite(value) and (-most if least is None else least) <= value <= most:
            return value
    except ValueError:
        pass
    st.warning(_("The number {name} in this link is damaged; here is {default} instead.").format(
        name=f"`{name}`", default=number(default)))  # fmt: skip
    return default


def linked_logits() -> np.ndarray:
    """The logits of the address, float32 [1 to 6]; damaged ones give a warning and the usual ones."""
    try:
        return matrices.parse(links.kept("softmax", "logits", softmax.START), (1, softmax.MOST), softmax.REACH)[0]
    except ValueError:
        st.warning(_("The logits in this link are damaged; here are four others."))
        return matrices.parse(softmax.START)[0]


def written_matrices() -> dict[str, str]:
    """The six matrices of the linear scene as they are written in their fields."""
    written = {}
    for layer in "123":
        for field, kind in zip(st.columns([3, 2]), "Wb", strict=True):
            name = kind + layer
            label = f"${kind}_{layer}$, {' × '.join(map(str, collapse.SHAPES[name]))}"
            written[name] = field.text_input(label, collapse.START[name], key=name, bind="query-params", max_chars=80)
    return written


def show_scene(choices: dict[str, str], numbers: dict[str, float | int]) -> None:
    """A callback that puts a scene into widgets and address: `choices` are those of links.choice, with commas for several.

    What plays begins anew.
    """
    links.forget("moment")
    for key, value in choices.items():
        links.put(key, value)
        st.session_state[f"{key}-{current()}"] = value.split(",") if key == "through" else value
    for key, value in numbers.items():
        st.session_state[key] = value


def foresee(
    question: str, key: str, options: dict[str, str], found: Callable[[], dict[str, tuple[bool, str]]], single: bool = False
) -> bool:
    """A question, and when revealed the marks; returns whether it is. With `single` one option is chosen.

    `found` runs the graphs: of each option, whether it holds, and the number that says so.
    """
    st.subheader(_("Guess first, then reveal"))
    mode = "single" if single else "multi"
    guess = st.pills(question, list(options), format_func=options.get, selection_mode=mode, key=f"guess_{key}", wrap=True)
    if not st.toggle(_("Reveal"), key=f"reveal_{key}", bind="query-params"):
        return False
    truth = found()
    told = {option: f"**{title}**: {truth[option][1]}".removesuffix(": ") for option, title in options.items()}
    if single:
        right = next(option for option in options if truth[option][0])
        st.markdown(f"{lesson.mark(guess, right)} {told[right]}")
        return True
    held = {option: truth[option][0] == (option in guess) for option in options}
    words, columns = {True: _("yes"), False: _("no")}, st.columns(3)
    for place, option in enumerate(options):
        holds = bool(truth[option][0])
        columns[place % 3].markdown(f"{lesson.mark(option in guess, holds)} {told[option]}, {words[holds]}")
    st.markdown(_("You foresaw {right} of {all}.").format(right=sum(held.values()), all=len(held)))
    return True


def passing(x: float) -> dict[str, tuple[bool, str]]:
    """Which functions have a derivative of at least 0.01 at x."""
    told = {name: activations.at(name, activations.points(x)) for name in FUNCTIONS}
    return {name: (not answer["dead"][0], shown(answer["slope"][0])) for name, answer in told.items()}


def learning(names: list[str], w: float, b: float, rate: float) -> dict[str, tuple[bool, str]]:
    """With which functions the neuron learns its points."""
    losses = {name: float(dying.learn(name, w, b, rate)["loss"][-1]) for name in names}
    return {name: (loss < LEARNED, shown(loss)) for name, loss in losses.items()}


def shifted(z: np.ndarray, temperature: float) -> dict[str, tuple[bool, str]]:
    """What a number added to all logits does to the largest probability: "more", "same" or "less"."""
    before, after, came = softmax.shifted(z, temperature)
    return {change: (change == came, f"{shown(before)} → {shown(after)}") for change in ("more", "same", "less")}


def left_of_sigmoids() -> dict[str, tuple[bool, str]]:
    """Which power of ten is nearest to what fifty sigmoids leave of a gradient."""
    share, nearest = deep_net.left_over("sigmoid", deep_net.Net(), POWERS)
    return {str(power): (power == nearest, shown(share)) for power in POWERS}


def shown(value: float) -> str:
    """A number of any size, for people: three decimals, or a power of ten."""
    if value == 0 or 1e-2 <= abs(value) < 1e5:
        return number(float(value)).replace("-", "−")
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{number(float(mantissa))}·{power_of_ten(int(exponent))}".replace("-", "−")


def power_of_ten(exponent: int) -> str:
    return "1" if exponent == 0 else "10" + str(exponent).translate(SUPERSCRIPTS)


def deep_scenes() -> dict[str, tuple[str, dict[str, str], dict[str, float | int]]]:
    """Title, choices and numbers of scenes of the deep net that are one click away."""
    usual = {"weights_times": 1.0, "net_depth": 50}
    return {
        "vanish": (_("Sigmoid: the gradient vanishes"), {"through": "sigmoid,tanh,relu", "weights": "own"}, usual),
        "half": (_("ReLU without He's 2"), {"through": "relu,tanh,selu", "weights": "xavier"}, usual),
        "burst": (
            _("Twenty percent too large"),
            {"through": "tanh,relu,selu", "weights": "own"},
            {"weights_times": 1.2, "net_depth": 50},
        ),
    }


def look_inside(name: str, graph: bytes, inputs: dict[str, np.ndarray], code: str) -> None:
    """The end of each scene."""
    lesson.look_inside_and_take_home_operators(name, graph, inputs, code, PAGE)


def curve_texts() -> dict[str, str]:
    return {
        "value": _("value f(x)"),
        "slope": _("derivative f′(x); bars: |f′| < 0.01"),
        "dead": _("saturated: the gradient dies"),
        "point": _("The point x. Drag it; arrow keys move it by 0.1, with shift by 0.01."),
    }


def dying_texts() -> dict[str, str]:
    return {
        "answer": _("answer a(x)"),
        "gate": _("z on the curve f"),
        "step": _("step"),
        "play": _("Learn"),
        "pause": _("Pause"),
        "dead": _("The gradient is exactly zero: nothing will ever change."),
    }


def softmax_texts() -> dict[str, str]:
    return {
        "logits": _("logits z: drag them"),
        "logit": _("logit"),
        "shares": "p = softmax(z / T)",
        "scale": _("p for every temperature"),
        "temperature": _("temperature T"),
        "shift": _("add c to all logits"),
        "units": _("units"),
        "fewer": _("One unit fewer"),
        "more": _("One unit more"),
        "pending": _("computed in the browser while you drag"),
        "overflow": _("the formula as it stands, without subtracting the largest logit, overflows here: NaN"),
    }


def depth_texts() -> dict[str, str]:
    return {
        "std": _("spread of h (std)"),
        "mean": _("mean of h"),
        "dead": _("share with |f′| < 0.01"),
        "weight_norm": _("gradient ‖∂L/∂W‖"),
        "layer": _("layer"),
        "value": _("value of a unit"),
        "histogram": _("values in layer {layer}"),
        "at": _("layer {layer}"),
        "beyond": _("beyond float32"),
        "layer_hint": _("The layer looked at. Drag, or use the arrow keys."),
    }
