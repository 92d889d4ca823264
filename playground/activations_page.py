"""What the scenes of the page on activation functions share: its questions, its links, the words of its views."""

from collections.abc import Callable
from math import isfinite

import numpy as np
import streamlit as st

from playground import activations, lesson, links, matrices, softmax
from playground.activations import FUNCTIONS, titles
from playground.language import current, number
from playground.language import text as _

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
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
        return matrices.parse(links.kept("softmax", "z", softmax.START), (1, softmax.MOST), softmax.REACH)[0]
    except ValueError:
        st.warning(_("The logits in this link are damaged; here are four others."))
        return matrices.parse(softmax.START)[0]


def show_scene(choices: dict[str, str], numbers: dict[str, float | int]) -> None:
    """A callback that puts a scene into widgets and address: `choices` are those of links.choice, with commas for several."""
    for key, value in choices.items():
        links.put(key, value)
        st.session_state[f"{key}-{current()}"] = value.split(",") if key == "through" else value
    for key, value in numbers.items():
        st.session_state[key] = value


def foresee(
    question: str, key: str, found: dict[str, tuple[bool, str]], options: dict[str, str] | None = None, single: bool = False
) -> bool:
    """A question, and when revealed the marks: `found` says of each option (functions by default) whether it holds, and why.

    With `single` one option is chosen. Returns whether it is revealed.
    """
    st.subheader(_("Predict, then reveal"))
    options = options or {name: titles()[name] for name in found}
    mode = "single" if single else "multi"
    guess = st.pills(question, list(options), format_func=options.get, selection_mode=mode, key=f"guess_{key}", wrap=True)
    if not st.toggle(_("Reveal"), key=f"reveal_{key}", bind="query-params"):
        return False
    told = {option: f"**{title}**: {found[option][1]}".removesuffix(": ") for option, title in options.items()}
    if single:
        right = next(option for option, (holds, _why) in found.items() if holds)
        st.markdown(f"{_mark(guess == right)} {told[right]}")
        return True
    held = {option: holds == (option in guess) for option, (holds, _why) in found.items()}
    words = {True: _("yes"), False: _("no")}
    columns = st.columns(3)
    for place, option in enumerate(options):
        columns[place % 3].markdown(f"{_mark(held[option])} {told[option]}, {words[found[option][0]]}")
    st.markdown(_("You foresaw {right} of {all}.").format(right=sum(held.values()), all=len(held)))
    return True


def _mark(right: bool) -> str:
    return ":material/check:" if right else ":material/close:"


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
    usual = {"times": 1.0, "depth": 50}
    return {
        "vanish": (_("Sigmoid: the gradient vanishes"), {"through": "sigmoid,tanh,relu", "init": "own"}, usual),
        "half": (_("ReLU without He's 2"), {"through": "relu,tanh,selu", "init": "xavier"}, usual),
        "burst": (_("Twenty percent too large"), {"through": "tanh,relu,selu", "init": "own"}, {"times": 1.2, "depth": 50}),
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
        "shares": _("probabilities p = softmax(z / T)"),
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
