"""The net finds its lines itself: 2 → H → 1 trained on a handful of points by one ONNX graph, backward pass included.

A run is a pure function of the points, the net, the seed and the rate: the graph returns the parameters at every step, and a
link needs no more than these four and the step. Binary cross-entropy on the logit z: log(1 + eᶻ) − yz, with the derivative
σ(z) − y. Adam: Kingma & Ba 2015 (arXiv:1412.6980), full batch.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from playground import matrices
from playground.engine import Answer
from playground.halfplanes import bias
from playground.neuron import Layers, Reading, read
from playground.operators import run

SPAN = (-2.0, 2.0)  # of the plane
STEPS = 1000
MOST_POINTS = 150
MOST_NEURONS = 6
RATES = (0.01, 0.03, 0.1, 0.3)
NETS = ("tanh", "sigmoid", "and")  # the hidden activation; "and": sigmoid, and the output neuron is a fixed AND
FIXED = 8.0  # times the AND's weights and bias, so that its sigmoid is nearly a step
WIDEST = 5  # net that is tried when the fewest are looked for
TRIES = 12  # seeds for each

# h' at h, where h may be the column of ones: it gives 0 there, as it should
SLOPES = {"tanh": "s = Sub(one, hh)", "sigmoid": "s = Sub(h1, hh)"}

# θ holds W [3, H], whose last row is the hidden biases since x has a column of ones, and then v [H + 1], the output's weights
# and bias. One turn is a step: forward, backward, Adam. It returns θ, the loss and the share of right answers before it.
# Adam's 1 − 0.999ᵗ is taken in double: as a float it loses four digits at the first steps.
TRAINING = """
training (float[p,2] x, float[p,1] y, float[m] start, float[m] learned, float rate, int64[2] sizes, int64[2] widths,
  int64 steps) => (float[t,m] parameters, float[t] loss, float[t] right) {{
  go = Constant <value = bool {{1}}> ()
  zero = Constant <value = float {{0}}> ()
  one = Constant <value = float {{1}}> ()
  next = Constant <value = int64 {{1}}> ()
  exactOne = Constant <value = double {{1}}> ()
  exactBeta1 = Constant <value = double {{0.9}}> ()
  exactBeta2 = Constant <value = double {{0.999}}> ()
  beta1 = Constant <value = float {{0.9}}> ()
  beta2 = Constant <value = float {{0.999}}> ()
  rest1 = Constant <value = float {{0.1}}> ()
  rest2 = Constant <value = float {{0.001}}> ()
  small = Constant <value = float {{1e-8}}> ()
  matrix = Constant <value = int64[2] {{3, -1}}> ()
  column = Constant <value = int64[2] {{-1, 1}}> ()
  row = Constant <value = int64[1] {{-1}}> ()
  shape = Shape(y)
  ones = ConstantOfShape <value = float[1] {{1}}> (shape)
  points = ReduceSum <keepdims = 0> (ones)
  each = Reciprocal(points)
  x1 = Concat <axis = 1> (x, ones)
  xT = Transpose(x1)
  orange = Greater(y, zero)
  still = Mul(start, zero)
  last, mLast, vLast, parameters, loss, right = Loop (steps, go, start, still, still) <body =
    turn (int64 i, bool on, float[m] p, float[m] m, float[m] v)
      => (bool go_on, float[m] pNext, float[m] mNext, float[m] vNext, float[m] pWas, float lossWas, float rightWas) {{
      go_on = Identity(on)
      pWas = Identity(p)
      flatW, flatV = Split(p, sizes)
      W = Reshape(flatW, matrix)
      V = Reshape(flatV, column)
      z = MatMul(x1, W)
      h = {activation}(z)
      h1 = Concat <axis = 1> (h, ones)
      o = MatMul(h1, V)
      a = Sigmoid(o)

      soft = Softplus(o)
      yo = Mul(y, o)
      losses = Sub(soft, yo)
      lossWas = ReduceMean <keepdims = 0> (losses)
      fires = Greater(o, zero)
      same = Equal(fires, orange)
      hits = Cast <to = 1> (same)
      rightWas = ReduceMean <keepdims = 0> (hits)

      error = Sub(a, y)
      do = Mul(error, each)
      h1T = Transpose(h1)
      dV = MatMul(h1T, do)
      VT = Transpose(V)
      dh = MatMul(do, VT)
      hh = Mul(h1, h1)
      {slope}
      dz = Mul(dh, s)
      dW1 = MatMul(xT, dz)
      dW, dOnes = Split <axis = 1> (dW1, widths)
      gW = Reshape(dW, row)
      gV = Reshape(dV, row)
      gAll = Concat <axis = 0> (gW, gV)
      g = Mul(gAll, learned)

      m0 = Mul(m, beta1)
      m1 = Mul(g, rest1)
      mNext = Add(m0, m1)
      v0 = Mul(v, beta2)
      gg = Mul(g, g)
      v1 = Mul(gg, rest2)
      vNext = Add(v0, v1)
      n = Add(i, next)
      t = Cast <to = 11> (n)
      power1 = Pow(exactBeta1, t)
      power2 = Pow(exactBeta2, t)
      exactGrown1 = Sub(exactOne, power1)
      exactGrown2 = Sub(exactOne, power2)
      grown1 = Cast <to = 1> (exactGrown1)
      grown2 = Cast <to = 1> (exactGrown2)
      mHat = Div(mNext, grown1)
      vHat = Div(vNext, grown2)
      root = Sqrt(vHat)
      below = Add(root, small)
      ratio = Div(mHat, below)
      stepped = Mul(ratio, rate)
      pNext = Sub(p, stepped)
    }}>
}}"""


@dataclass(frozen=True)
class Run:
    """What there is to a training: link it, repeat it. `points` are x1, x2, label (1 orange, 0 blue), a row each."""

    points: tuple[tuple[float, float, float], ...]
    neurons: int
    net: str
    seed: int
    rate: float

    @property
    def hidden(self) -> str:
        return "tanh" if self.net == "tanh" else "sigmoid"

    def text(self) -> str:
        return TRAINING.format(activation=self.hidden.capitalize(), slope=SLOPES[self.hidden])

    def inputs(self, steps: int = STEPS) -> dict[str, np.ndarray]:
        """What the graph takes for so many steps; the state before the first and after the last are among its answers."""
        points, start = np.array(self.points, np.float32).reshape(-1, 3), self.start()
        learned = np.ones_like(start)
        if self.net == "and":
            learned[3 * self.neurons :] = 0
        return {"x": points[:, :2].copy(), "y": points[:, 2:].copy(), "start": start, "learned": learned,
                "rate": np.array(self.rate, np.float32), "sizes": np.array([3 * self.neurons, self.neurons + 1]),
                "widths": np.array([self.neurons, 1]), "steps": np.array(steps + 1)}  # fmt: skip

    def start(self) -> np.ndarray:
        """θ before the first step: normal, from the seed."""
        random = np.random.default_rng([self.seed, self.neurons])
        start = random.normal(size=4 * self.neurons + 1).astype(np.float32)
        if self.net == "and":
            start[3 * self.neurons :] = FIXED
            start[-1] = FIXED * bias("a", self.neurons)
        return start

    def layers(self, parameters: np.ndarray) -> Layers:
        """The net that θ is."""
        first, second = parameters[: 3 * self.neurons].reshape(3, -1), parameters[3 * self.neurons :]
        return [(first[:2], first[2]), (second[:-1, None], second[-1:])]


@lru_cache(maxsize=64)
def train(trained: Run, steps: int = STEPS) -> Answer:
    """parameters [steps + 1, m], loss and right [steps + 1]: the state after 0, 1, … steps."""
    return run(trained.text(), trained.inputs(steps))


def read_at(trained: Run, step: int) -> Reading:
    """The map of the net after so many steps, and its answers to the points."""
    layers = trained.layers(train(trained)["parameters"][step])
    return read(layers, (trained.hidden, "sigmoid"), span=SPAN, points=np.array(trained.points)[:, :2])


@lru_cache(maxsize=64)
def fewest(points: tuple, net: str, seed: int, rate: float) -> list[float]:
    """The share of right answers after the training, of the best of TRIES seeds, with 1, 2, … hidden neurons; ends at 1."""
    shares = []
    for neurons in range(1, WIDEST + 1):
        tries = (Run(points, neurons, net, seed + n, rate) for n in range(TRIES))
        best = 0.0
        for one in tries:
            best = max(best, float(train(one)["right"][-1]))
            if best == 1:
                break
        shares.append(best)
        if best == 1:
            break
    return shares


def parse_step(text: str) -> int:
    """The step of a link. Raises ValueError if the training has no such."""
    if not text.isascii() or not text.isdecimal() or len(text) > 4 or int(text) > STEPS:
        raise ValueError(f"not from 0 to {STEPS}")
    return int(text)


def parse(text: str) -> tuple[tuple[float, float, float], ...]:
    """Points of a link, x1, x2, label a row. Raises ValueError if they are none, too many, or outside of the plane."""
    values = matrices.parse(text, most=(MOST_POINTS, 3), largest=max(SPAN)).astype(float)
    if values.shape[1] != 3 or not np.isin(values[:, 2], (0, 1)).all():
        raise ValueError("no points")
    return tuple(map(tuple, values.round(4).tolist()))


@cache
def presets() -> dict[str, str]:
    """Data sets by name, as links write them."""
    random = np.random.default_rng(4)
    turn = lambda n: random.uniform(0, 2 * np.pi, n)  # noqa: E731
    corners = np.repeat([[-1, -1], [-1, 1], [1, -1], [1, 1]], 8, 0)
    xor = np.column_stack([corners + random.normal(0, 0.22, corners.shape), corners[:, 0] != corners[:, 1]])
    inner, outer = turn(18), turn(26)
    radius = np.r_[0.75 * np.sqrt(random.uniform(0, 1, 18)), random.uniform(1.3, 1.75, 26)]
    circle = np.column_stack([radius * np.cos(np.r_[inner, outer]), radius * np.sin(np.r_[inner, outer]), radius < 1])
    half = np.linspace(0, np.pi, 20)
    upper, lower = np.stack([np.cos(half) - 0.5, np.sin(half) - 0.2], 1), np.stack([0.5 - np.cos(half), 0.2 - np.sin(half)], 1)
    moons = np.column_stack([np.r_[upper, lower] * 1.2 + random.normal(0, 0.08, (40, 2)), np.repeat([1, 0], 20)])
    spread = random.uniform(-1.8, 1.8, (90, 2))
    sides = np.array([[0, -1], [np.sqrt(3) / 2, 0.5], [-np.sqrt(3) / 2, 0.5]])
    depth = (0.7 - spread @ sides.T).min(1)
    triangle = np.column_stack([spread, depth > 0])[np.abs(depth) > 0.2]
    return {name: matrices.write(np.round(data, 2)) for name, data in
            {"xor": xor, "circle": circle, "moons": moons, "triangle": triangle}.items()}  # fmt: skip
