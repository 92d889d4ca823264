"""Activation functions and their derivatives as graphs of ONNX operators.

A neuron is a = f(w0 + Σ wj xj) (the lecture's linear model with an activation, after McCulloch & Pitts 1943 and Rosenblatt
1958). Each `Function` has a `body`, ONNX statements that make of a tensor `x` of any shape (and a scalar `a`, its parameter)
the value `y` and the derivative `slope`. Whoever needs an activation, a curve, a neuron that learns, a net of fifty layers,
puts the same statements into a graph of their own.

At a kink the derivative is the one from the left, as in torch: ReLU'(0) = 0, leaky ReLU'(0) = a, ELU'(0) = a; sign' is 0
everywhere, also at 0.
"""

from dataclasses import dataclass

import numpy as np

from playground import figures, operators
from playground.components import packed
from playground.engine import Answer
from playground.language import text as _

DEAD = 0.01  # below this |f'| we call a unit saturated
REACH, STEP = 6, 100  # curves are sampled on [-REACH, REACH], STEP times a unit
MOST = 3  # curves compared at once


@dataclass(frozen=True)
class Parameter:
    """The number `a` that a function has: how formulas call it, where it begins, and what it may be."""

    symbol: str
    default: float
    least: float
    most: float
    step: float


@dataclass(frozen=True)
class Function:
    """An activation function: LaTeX of value and derivative, ONNX statements, parameter, initialisation made for it, source."""

    value: str
    slope: str
    body: str
    init: str = "xavier"
    parameter: Parameter | None = None
    source: str = ""


ONE = "one = Constant <value_float = 1.0> ()"
ABOVE = "zero = Constant <value_float = 0.0> () above = Greater(x, zero)"
SELU = "scale = Constant <value_float = 1.0507010> () steep = Constant <value_float = 1.7580993> ()"
HALF = "half = Constant <value_float = 0.5> ()"
LEAKY = "y = PRelu(x, a) slope = Where(above, one, a)"
CASES = r"\begin{{cases}} {0} & x \le 0 \\ {1} & x > 0 \end{{cases}}"

FUNCTIONS = {
    "identity": Function(
        "x", "1", "y = Identity(x) shape = Shape(x) slope = ConstantOfShape <value = float[1] {1.0}> (shape)"
    ),
    "sign": Function(r"\mathrm{sign}\,x", "0", "y = Sign(x) shape = Shape(x) slope = ConstantOfShape (shape)"),
    "sigmoid": Function(
        r"\frac{1}{1 + e^{-x}}", r"f\,(1 - f)", f"y = Sigmoid(x) {ONE} rest = Sub(one, y) slope = Mul(y, rest)"
    ),
    "tanh": Function(
        r"\tanh x", r"(1 - f)(1 + f)", f"y = Tanh(x) {ONE} less = Sub(one, y) more = Add(one, y) slope = Mul(less, more)"
    ),
    "relu": Function(
        r"\max(0, x)", CASES.format("0", "1"), f"y = Relu(x) {ABOVE} slope = Cast <to = 1> (above)", "he",
        source="[Nair & Hinton 2010](https://www.cs.toronto.edu/~hinton/absps/reluICML.pdf)",
    ),
    "leaky": Function(
        CASES.format(r"\alpha x", "x"), CASES.format(r"\alpha", "1"), f"{ONE} {ABOVE} {LEAKY}", "he",
        Parameter(r"\alpha", 0.01, 0.0, 0.5, 0.01), "[Maas et al. 2013](https://ai.stanford.edu/~amaas/papers/relu_hybrid_icml2013_final.pdf)",
    ),
    "prelu": Function(
        CASES.format(r"\alpha x", "x"), CASES.format(r"\alpha", "1"), f"{ONE} {ABOVE} {LEAKY}", "he",
        Parameter(r"\alpha", 0.25, -1.0, 1.0, 0.05), "[He et al. 2015](https://arxiv.org/abs/1502.01852)",
    ),
    "elu": Function(
        CASES.format(r"\alpha (e^x - 1)", "x"), CASES.format(r"\alpha e^x", "1"),
        f"{ONE} {ABOVE} arc = Elu(x) bent = Mul(a, arc) y = Where(above, x, bent) below = Min(x, zero) decay = Exp(below) "
        "falling = Mul(a, decay) slope = Where(above, one, falling)", "he",
        Parameter(r"\alpha", 1.0, 0.1, 3.0, 0.1), "[Clevert et al. 2016](https://arxiv.org/abs/1511.07289)",
    ),
    "selu": Function(
        r"\lambda " + CASES.format(r"\alpha (e^x - 1)", "x"), r"\lambda " + CASES.format(r"\alpha e^x", "1"),
        f"{ABOVE} {SELU} y = Selu(x) below = Min(x, zero) decay = Exp(below) falling = Mul(steep, decay) "
        "slope = Where(above, scale, falling)", "xavier",
        source=r"$\lambda = 1.0507,\ \alpha = 1.67326$; [Klambauer et al. 2017](https://arxiv.org/abs/1706.02515)",
    ),
    "gelu": Function(
        r"x\,\Phi(x) = \tfrac12 x\left(1 + \mathrm{erf}\tfrac{x}{\sqrt2}\right)", r"\Phi(x) + x\,\varphi(x)",
        f"y = Gelu(x) {ONE} {HALF} root = Constant <value_float = 0.70710678> () inner = Mul(x, root) "
        "erf = Erf(inner) wide = Add(one, erf) phi = Mul(half, wide) "
        "square = Mul(inner, inner) minus = Neg(square) bell = Exp(minus) peak = Constant <value_float = 0.39894228> () "
        "density = Mul(peak, bell) tail = Mul(x, density) slope = Add(phi, tail)", "he",
        source="[Hendrycks & Gimpel 2016](https://arxiv.org/abs/1606.08415)",
    ),
    "gelu_tanh": Function(
        r"\begin{aligned} &\tfrac12 x\,(1 + \tanh u), \\ &u = \sqrt{\tfrac2\pi}\,(x + 0.044715\,x^3) \end{aligned}",
        r"\begin{aligned} &\tfrac12 (1 + \tanh u) \\ &+ \tfrac12 x\,(1 - \tanh^2 u)\,u' \end{aligned}",
        f'y = Gelu <approximate = "tanh"> (x) {ONE} {HALF} rate = Constant <value_float = 0.79788456> () '
        "cubic = Constant <value_float = 0.044715> () three = Constant <value_float = 3.0> () square = Mul(x, x) "
        "bent = Mul(cubic, square) stretched = Add(one, bent) line = Mul(rate, x) u = Mul(line, stretched) t = Tanh(u) "
        "bent3 = Mul(three, bent) stretched3 = Add(one, bent3) du = Mul(rate, stretched3) wide = Add(one, t) "
        "gate = Mul(half, wide) less = Sub(one, t) band = Mul(less, wide) steep = Mul(band, du) half_x = Mul(half, x) "
        "tail = Mul(half_x, steep) slope = Add(gate, tail)", "he",
        source="[Hendrycks & Gimpel 2016](https://arxiv.org/abs/1606.08415)",
    ),
    "silu": Function(
        r"x\,\sigma(x) = \frac{x}{1 + e^{-x}}", r"\sigma(x)\,\bigl(1 + x\,(1 - \sigma(x))\bigr)",
        f"s = Sigmoid(x) y = Mul(x, s) {ONE} rest = Sub(one, s) tail = Mul(x, rest) wide = Add(one, tail) slope = Mul(s, wide)",
        "he", source="[Elfwing et al. 2017](https://arxiv.org/abs/1702.03118), [Swish](https://arxiv.org/abs/1710.05941)",
    ),
    "softplus": Function(
        r"\ln(1 + e^x)", r"\sigma(x)", "y = Softplus(x) slope = Sigmoid(x)", "he",
        source="[Dugas et al. 2001](https://papers.nips.cc/paper/1920-incorporating-second-order-functional-knowledge-for-better-option-pricing)",
    ),
}  # fmt: skip


def parameter(name: str, a: float | None = None) -> dict[str, np.ndarray]:
    """The input `a` of a function's graphs, its default where None is given; nothing for a function without parameter."""
    known = FUNCTIONS[name].parameter
    return {"a": np.array(known.default if a is None else a, np.float32)} if known else {}


def graph(name: str) -> str:
    """ONNX text: x [n], and a where the function has a parameter → y [n], slope [n], and dead [n], whether |slope| < 0.01."""
    a = ", float a" if FUNCTIONS[name].parameter else ""
    return (
        f"{name} (float[n] x{a}) => (float[n] y, float[n] slope, bool[n] dead) {{ {FUNCTIONS[name].body} "
        f"size = Abs(slope) least = Constant <value_float = {DEAD}> () dead = Less(size, least) }}"
    )


def at(name: str, x: np.ndarray, a: float | None = None) -> Answer:
    """y, slope and dead of a function at x, float32 [n]."""
    return operators.run(graph(name), {"x": x, **parameter(name, a)})


def points(*x: float) -> np.ndarray:
    """A few x as the graphs take them."""
    return np.array(x, np.float32)


def samples() -> np.ndarray:
    """Where curves are sampled: float32 [1201], 0 among them."""
    return (np.arange(-REACH * STEP, REACH * STEP + 1) / STEP).astype(np.float32)


def titles() -> dict[str, str]:
    """Code → what a person reads, in the order of the lecture."""
    return {
        "sigmoid": _("sigmoid"), "tanh": "tanh", "relu": "ReLU", "leaky": _("leaky ReLU"), "prelu": "PReLU", "elu": "ELU",
        "selu": "SELU", "gelu": "GELU", "gelu_tanh": _("GELU by tanh"), "silu": "SiLU (Swish)", "softplus": "softplus",
        "sign": _("sign"), "identity": _("linear (no activation)"),
    }  # fmt: skip


def curves(chosen: dict[str, float | None]) -> list[dict]:
    """What components.functions draws of functions, name → parameter: samples of value and derivative, and where it dies."""
    lines = []
    for colour, (name, a) in zip(figures.CLASSES, chosen.items(), strict=False):
        found = at(name, samples(), a)
        lines.append({"name": name, "title": titles()[name], "colour": colour, "dead": stretches(found["dead"]),
                      "y": packed(found["y"]), "slope": packed(found["slope"])})  # fmt: skip
    return lines


def stretches(mask: np.ndarray) -> list[tuple[int, int]]:
    """First and last index of each run of True in a mask [n]."""
    ends = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(first), int(last) - 1) for first, last in ends.reshape(-1, 2)]


def code(name: str) -> str:
    """Five lines that run a function's graph."""
    known = FUNCTIONS[name].parameter
    a = f', "a": np.array({known.default}, np.float32)' if known else ""
    return f"""\
import numpy as np, onnxruntime

x = np.linspace(-6, 6, 13, dtype=np.float32)
curve = onnxruntime.InferenceSession("{name}.onnx")
y, slope, dead = curve.run(None, {{"x": x{a}}})
print(y, slope, dead, sep="\\n")
"""
