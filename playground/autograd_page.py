"""What the page of the graph that differentiates itself says and shows: scenes, what links hold, the view's data, warnings."""

import math
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from babel.numbers import format_decimal
from PIL import Image

from playground import autograd, figures
from playground.expression import FUNCTIONS, LONGEST, MOST_NODES, MOST_VARIABLES, Node, NotUnderstood, parse, variables
from playground.language import current
from playground.language import text as _

NEURON = "(sigmoid(w1*x1 + w2*x2 + b) - y)^2"
SCENES = {
    "neuron": (NEURON, "w1=0.8,x1=1,w2=-1.5,x2=2,b=0.3,y=1", "w1,w2,b", "2"),
    "twice": ("(x*y + y) * tanh(x + y^2)", "x=1,y=0.5", "x,y", "0.1"),
    "vanishing": ("sigmoid(sigmoid(sigmoid(sigmoid(w*x))))", "w=1.5,x=2", "w", "1"),
    "squares": ("(w*0 + b - 1)^2 + (w*1 + b - 3)^2 + (w*2 + b - 4)^2", "w=0,b=0", "w,b", "0.05"),
    "first": ("sin(x*y) + x^2", "x=1.2,y=2", "x,y", "0.1"),
}
USUAL = (1.5, -1.0, 0.5, 2.0, -0.5, 1.0)  # values of variables that nobody gave one
FRAMES = 12  # steps of training in one run
LARGEST, LEAST_RATE, MOST_RATE = 1e6, 1e-3, 100.0


@lru_cache(maxsize=256)
def read(text: str) -> tuple[Node, ...]:
    """Raises NotUnderstood."""
    return tuple(parse(text))


def parse_values(code: str) -> dict[str, float]:
    """What a link says of the variables: x=1,y=-2. Raises ValueError if it is none."""
    found = {}
    for part in filter(None, code.split(",")):
        name, sign, value = part.partition("=")
        found[name] = float(value)
        if not sign or not abs(found[name]) <= LARGEST:
            raise ValueError("no value")
    return found


def parse_rate(code: str) -> float:
    rate = float(code)
    if not LEAST_RATE <= rate <= MOST_RATE:
        raise ValueError("no rate")
    return rate


def values_of(nodes: tuple[Node, ...], given: dict[str, float]) -> dict[str, float]:
    """A value for each variable."""
    return {name: given.get(name, USUAL[i % len(USUAL)]) for i, name in enumerate(variables(nodes))}


def learned(nodes: tuple[Node, ...], code: str) -> tuple[str, ...]:
    """The variables that descent moves: those named, "none", or all where the expression has none of those named."""
    names = variables(nodes)
    return () if code == "none" else tuple(name for name in names if name in code.split(",")) or tuple(names)


@dataclass(frozen=True)
class Scene:
    """An expression at a point; `learned` are the variables that a step of descent moves."""

    text: str
    nodes: tuple[Node, ...]
    at: dict[str, float]
    learned: tuple[str, ...]
    rate: float


def film(scene: Scene) -> dict:
    """A few steps of training in one run: what changes at each, `frames`, and the variables after the last, `then`."""
    answer = autograd.walk(scene.nodes, scene.at, scene.rate, scene.learned, FRAMES)

    def numbers(name: str) -> list[float | None]:
        values = answer[name].reshape(FRAMES, -1)[:, 0] if name in answer.outputs else np.full(FRAMES, np.nan)
        return [float(value) if math.isfinite(value) else None for value in values]

    nodes = [
        {"value": numbers(f"value.{i}"), "gradient": numbers(f"gradient.{i}"),
         "local": [numbers(f"local.{i}.{k}") for k in range(len(node.args))],
         "back": [numbers(f"back.{i}.{k}") for k in range(len(node.args))]}
        for i, node in enumerate(scene.nodes)
    ]  # fmt: skip
    then = [float(answer[f"{name}_last"][0]) for name in scene.at]
    return {"frames": FRAMES, "nodes": nodes, "next": [numbers(f"{name}_next") for name in scene.at],
            "then": then if all(map(math.isfinite, then)) else None}  # fmt: skip


def view(scene: Scene, wrong: NotUnderstood | None, typed: str, at: str, step: str) -> dict:
    """For components.expression: the graph's nodes with values and gradients; what is wrong with what is typed, if it is."""
    nodes, answer = scene.nodes, autograd.run(scene.nodes, scene.at, scene.rate)
    numeric, trouble = autograd.numeric(nodes, scene.at), autograd.trouble(nodes, answer)

    def number(name: str) -> float | None:
        value = float(answer[name].ravel()[0]) if name in answer.outputs else math.nan
        return value if math.isfinite(value) else None

    shown = [
        {"op": node.op, "label": _label(node), "args": node.args, "name": node.name, "text": scene.text[node.start : node.end],
         "value": number(f"value.{i}"), "gradient": number(f"gradient.{i}"), "varies": f"gradient.{i}" in answer.outputs,
         "exponent": node.value,
         "local": [number(f"local.{i}.{k}") for k in range(len(node.args))],
         "back": [number(f"back.{i}.{k}") for k in range(len(node.args))]}
        for i, node in enumerate(nodes)
    ]  # fmt: skip
    places = {node.name: i for i, node in enumerate(nodes) if node.op == "variable"}
    rows = [
        {"name": name, "value": value, "gradient": number(f"gradient.{places[name]}"), "next": number(f"{name}_next"),
         "numeric": numeric[name] if math.isfinite(numeric[name]) else None, "learns": name in scene.learned}
        for name, value in scene.at.items()
    ]  # fmt: skip
    return {
        "f": typed, "text": scene.text, "at": at, "rate": scene.rate, "step": step, "nodes": shown, "variables": rows,
        "wrong": wrong and {"message": why(wrong), "start": wrong.start, "end": wrong.end},
        "trouble": trouble and {"at": trouble.at, "message": trouble_text(trouble, nodes[trouble.at], scene.text)},
        "scenes": [(title, SCENES[name]) for name, title in scene_titles().items()], "longest": LONGEST,
        "most_rate": MOST_RATE, "least_rate": LEAST_RATE, "largest": LARGEST, "language": current(), "texts": texts(),
    }  # fmt: skip


def _label(node: Node) -> str:
    if node.op == "constant":
        return {"pi": "π"}.get(node.name, node.name or f"{node.value:.6g}".replace("-", "−"))
    if node.op == "power":
        return f"^{node.value:.6g}".replace("-", "−")
    return {"negative": "−", "sigmoid": "σ", "relu": "ReLU", "abs": "|·|", "sqrt": "√", "variable": node.name}.get(
        node.op, node.op
    )


def scene_titles() -> dict[str, str]:
    return {
        "neuron": _("A neuron and its loss"),
        "twice": _("Used twice"),
        "vanishing": _("Four sigmoids in a row"),
        "squares": _("A line through three points"),
        "first": "sin(x*y) + x^2",
    }


def why(wrong: NotUnderstood) -> str:
    """What is not understood, for people."""
    what = f"“{wrong.what}”"
    return {
        "empty": _("Type an expression, such as sin(x*y) + x^2."),
        "long": _("At most {most} characters, please.").format(most=LONGEST),
        "syntax": _("Position {at}: {what} does not fit here. A product needs its sign: 2*x."),
        "open": _("Position {at}: this bracket is never closed."),
        "unfinished": _("It ends too early: something is missing after position {at}."),
        "no_variable": _("There is no variable in it: nothing to differentiate by."),
        "function": _("Position {at}: I do not know the function {what}. I know {functions}."),
        "bare_function": _("Position {at}: {what} is a function and needs its argument in brackets."),
        "arguments": _("Position {at}: {what} takes one argument; max and min take two."),
        "unknown": _("Position {at}: {what} is nothing I can compute. I know + - * / ^, brackets and functions."),
        "name": _("Position {at}: {what} cannot be a name here. Names are up to 12 Latin letters and digits."),
        "large": _("Position {at}: {what} is too large a number."),
        "variables": _("At most {variables} variables, please."),
        "nodes": _("At most {nodes} operations and numbers, please."),
    }[wrong.code].format(
        at=wrong.start + 1, what=what, functions=", ".join(FUNCTIONS), most=LONGEST, variables=MOST_VARIABLES, nodes=MOST_NODES
    )


def trouble_text(trouble: autograd.Trouble, node: Node, text: str) -> str:
    """Why a value is none, for people."""
    told = {
        "zero": _("Position {at}: {piece} divides by zero."),
        "log": _("Position {at}: {piece} is the logarithm of a number that is not positive."),
        "sqrt": _("Position {at}: {piece} is the root of a negative number."),
        "root": _("Position {at}: {piece} raises a negative number to a broken power."),
        "zero_power": _("Position {at}: {piece} raises zero to a negative power."),
        "overflow": _("Position {at}: {piece} is beyond all numbers."),
        "slope": _("Position {at}: {piece} has a value, but its gradient is no finite number there."),
    }[trouble.code]
    return told.format(at=node.start + 1, piece=f"“{text[node.start : node.end]}”")


def texts() -> dict[str, str]:
    return {
        "scenes": _("Expressions to begin with"),
        "typed": _("An expression of yours"),
        "graph": _("The computation graph"),
        "play": _("▶ Play"),
        "pause": _("❚❚ Pause"),
        "again": _("▶ Again"),
        "step": _("+1 node"),
        "restart": _("⟲ Start"),
        "scrub": _("How far it is computed"),
        "given": _("Given: the variables and the numbers. Now forward, from left to right."),
        "forward": _("Forward: {what} = {value}"),
        "begin": _("Back: the gradient of the result by itself is 1."),
        "back": _("Back: {what} hands on its gradient {gradient} times the local derivative:"),
        "nothing": _("Back: {what} depends on no variable, nothing to hand on."),
        "done": _("Point at a node: where its value and its gradient come from."),
        "value": _("value"),
        "gradient": _("gradient"),
        "from_above": _("from above × local derivative"),
        "summed": _("used {times} times: summed"),
        "no_gradient": _("no variable in it, no gradient"),
        "result": _("the result"),
        "none": _("none"),
        "by": _("∂f/∂·"),
        "numeric": _("numerically"),
        "learns": _("learns"),
        "rate": _("rate"),
        "descend": _("One step of descent"),
        "train": _("▶ Train"),
        "stop": _("❚❚ Stop"),
        "history": _("the result, step by step"),
        "number": _("A number, please."),
        "old": _("The picture is of the last expression that was understood."),
    }


def brief(value: float) -> str:
    """A number of five significant digits, as the language writes it."""
    return format_decimal(float(f"{value:.5g}"), "0.############", locale=current()) if math.isfinite(value) else _("none")


@cache
def cover() -> np.ndarray:
    """Values and gradients of two variables over the plane, from one run of the graph: uint8 RGB [400, 1050, 3]."""
    nodes = read("sin(x*y) + x^2/4 - y")
    ticks = np.linspace(-3, 3, 100)
    x, y = (axis.ravel() for axis in np.meshgrid(ticks * 0.855, ticks[::-1]))
    answer = autograd.compute(autograd.graph(nodes), {"x": x, "y": y, "rate": np.array(0.0)})
    places = [i for i, node in enumerate(nodes) if node.op == "variable"]
    maps = [answer[f"value.{len(nodes) - 1}"], *(answer[f"gradient.{i}"] for i in places)]
    tiles = []
    for values in maps:
        limited = np.clip(values, -5, 5).reshape(100, 100)
        picture = Image.fromarray(figures.signed(limited)).resize((342, 400), Image.Resampling.BICUBIC)
        tiles.append(np.pad(np.asarray(picture), ((0, 0), (0, 12), (0, 0)), constant_values=255))
    return np.concatenate(tiles, 1)[:, :1050]
