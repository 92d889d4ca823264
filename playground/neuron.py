"""The neuron on the plane: a(x, w) = f(w·x + b), and nets of a few of them, computed for every cell of the plane by one graph.

The lecture's slide is "Модель нейрона", where b is called w0. Its line w·x + b = 0 parts the plane. What one neuron cannot do,
XOR, is Minsky & Papert, Perceptrons, 1969.
"""

import base64
from dataclasses import dataclass
from functools import cache

import numpy as np

from playground import matrices
from playground.engine import Answer
from playground.operators import graph, run

LARGEST = 20.0  # weight or bias in a link
SPAN = (-1.0, 2.0)  # of the plane: the corners (0, 0) … (1, 1) stand in its middle
SIDE = 200  # cells of a map
CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)

# how an activation is written, and the value that is white on a map and how far from it the colours are full
ACTIVATIONS = {"sign": "{a} = Sign({z})", "sigmoid": "{a} = Sigmoid({z})", "tanh": "{a} = Tanh({z})", "relu": "{a} = Relu({z})",
               "step": "{a}b = Greater({z}, zero)\n  {a} = Cast <to = 1> ({a}b)",
               "steep": "{a}k = Mul({z}, k)\n  {a} = Sigmoid({a}k)"}  # fmt: skip
OF_ONE = ("sign", "sigmoid", "tanh", "relu")  # from which people choose for a single neuron
MIDDLE = {"sigmoid": (0.5, 0.5), "step": (0.5, 0.5), "steep": (0.5, 0.5)}

Layers = list[tuple[np.ndarray, np.ndarray]]  # of each layer the weights [inputs, neurons] and the biases [neurons]


def parse_neuron(text: str) -> np.ndarray:
    """w1, w2, b, float32 [3], of a link. Raises ValueError if they are none."""
    values = matrices.parse(text, most=(1, 3), largest=LARGEST)
    if values.shape != (1, 3):
        raise ValueError("not w1, w2, b")
    return values[0]


def text_of(activations: tuple[str, ...]) -> str:
    """The graph of a net of so many layers, in ONNX's text form; its outputs a1, a2, … are all neurons of each layer."""
    depth, steep = range(1, len(activations) + 1), "steep" in activations
    inputs = ["float[p,2] x", *(f"float[i{n},n{n}] W{n}, float[n{n}] b{n}" for n in depth), *(["float k"] if steep else [])]
    nodes = ["zero = Constant <value = float {0}> ()"] if "step" in activations else []
    for n, name in zip(depth, activations, strict=True):
        nodes.append(f"z{n} = Gemm({'x' if n == 1 else f'a{n - 1}'}, W{n}, b{n})")
        nodes.append(ACTIVATIONS[name].format(a=f"a{n}", z=f"z{n}"))
    outputs = ", ".join(f"float[p,n{n}] a{n}" for n in depth)
    return f"net ({', '.join(inputs)}) => ({outputs}) {{\n  " + "\n  ".join(nodes) + "\n}"


def inputs_of(layers: Layers, x: np.ndarray, k: float | None = None) -> dict[str, np.ndarray]:
    """What the graph of `text_of` takes."""
    inputs = {"x": x} | ({} if k is None else {"k": np.array(k, np.float32)})
    for n, (weights, biases) in enumerate(layers, 1):
        inputs |= {f"W{n}": np.ascontiguousarray(weights), f"b{n}": np.ascontiguousarray(biases)}
    return inputs


@dataclass(frozen=True)
class Reading:
    """A net's answer for all cells of the plane and the points after them; `code` is the graph that computed it.

    Attributes:
        answer: a1, a2, … [cells + points, neurons], cells from the top left, row by row.
        activations: of each layer.
        inputs: what the graph took.
        points: how many follow the cells.
    """

    answer: Answer
    activations: tuple[str, ...]
    inputs: dict[str, np.ndarray]
    points: int

    @property
    def graph(self) -> bytes:
        return graph(text_of(self.activations))

    def shades(self) -> tuple[np.ndarray, float, float]:
        """The output's map as int8 from −127 (blue) over 0 (white) to 127 (orange), with the value of white and the span."""
        values = self.answer[f"a{len(self.activations)}"][: len(self.inputs["x"]) - self.points, 0]
        middle, span = MIDDLE.get(self.activations[-1], (0.0, 1.0))
        if self.activations[-1] == "relu":
            span = max(float(values.max()), 1e-6)
        return np.rint(127 * np.clip((values - middle) / span, -1, 1)).astype(np.int8), middle, span

    def view(self, span: tuple[float, float] = SPAN) -> dict:
        """The map as the views in JavaScript get it."""
        shades, middle, scale = self.shades()
        return {"map": packed(shades), "side": SIDE, "middle": middle, "scale": scale, "span": span}

    def told(self) -> list[list[float]]:
        """Of each point all neurons, layer after layer."""
        first = len(self.inputs["x"]) - self.points
        return np.concatenate([self.answer[f"a{n}"][first:] for n in range(1, len(self.activations) + 1)], 1).tolist()


def read(layers: Layers, activations: tuple[str, ...], k: float | None = None, span: tuple[float, float] = SPAN,
         points: np.ndarray = CORNERS) -> Reading:  # fmt: skip
    """Compute a net for every cell of the plane and for `points` [p, 2]."""
    inputs = inputs_of(layers, np.concatenate([cells(span), points.astype(np.float32)]), k if "steep" in activations else None)
    return Reading(run(text_of(activations), inputs), activations, inputs, len(points))


def read_neuron(code: str, activation: str) -> Reading:
    """One neuron, as links write it."""
    w1, w2, b = parse_neuron(code)
    return read([(np.array([[w1], [w2]]), np.array([b]))], (activation,))


@cache
def cells(span: tuple[float, float] = SPAN, side: int = SIDE) -> np.ndarray:
    """The centres of a map's cells, float32 [side², 2], from the top left, row by row; x2 grows upwards."""
    low, high = span
    centres = np.float32(low) + (np.arange(side, dtype=np.float32) + np.float32(0.5)) * np.float32((high - low) / side)
    return np.stack(np.meshgrid(centres, centres[::-1]), -1).reshape(-1, 2)


def packed(values: np.ndarray) -> str:
    """The bytes of an array, for JavaScript."""
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


# which of so many neurons at once give which truth tables: 2 points in, the four corners' answers as one number out
FUNCTIONS = """
functions (float[4,2] corners, float[2,n] W, float[n] b) => (int64[t] tables, int64[t] count) {
  zero = Constant <value = float {0}> ()
  places = Constant <value = float[1,4] {8, 4, 2, 1}> ()
  z = Gemm(corners, W, b)
  fires = Greater(z, zero)
  bits = Cast <to = 1> (fires)
  codes = MatMul(places, bits)
  whole = Cast <to = 7> (codes)
  tables, first, inverse, count = Unique (whole)
}"""


@cache
def functions_of_one_neuron() -> dict[int, int]:
    """Truth table (four bits, corner (0, 0) first) → how many neurons have it, of all with w1, w2, b in −2, −1.75, …, 2."""
    ticks = np.linspace(-2, 2, 17, dtype=np.float32)
    w1, w2, b = (axis.ravel() for axis in np.meshgrid(ticks, ticks, ticks))
    answer = run(FUNCTIONS, {"corners": CORNERS, "W": np.stack([w1, w2]), "b": b})
    return dict(zip(answer["tables"].tolist(), answer["count"].tolist(), strict=True))
