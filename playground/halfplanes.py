"""Half-planes combined: lines, each a neuron, and the AND and OR neurons that make polygons of them.

An AND or an OR of inputs that are 0 or 1 is a neuron again, with weights 1 and the bias ½ − n or −½ (McCulloch & Pitts, A
logical calculus of the ideas immanent in nervous activity, 1943).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from playground import figures, matrices
from playground.neuron import LARGEST, SIDE, SPAN, Layers, Reading, cells, read
from playground.operators import run

MOST_LINES = 8
FARTHEST = 100.0  # bias in a link
SHARPNESS = ("step", "32", "16", "8", "4", "2")  # the step, or k of σ(kz)


@dataclass(frozen=True)
class Net:
    """Lines that are combined: the first layer is lines, then come up to two AND or OR neurons, then one that joins these.

    Attributes:
        lines: w1, w2, b of each, float32 [n, 3].
        groups: 0 or 1 of each line: which neuron of the second layer it goes to.
        gates: "a" (AND) or "o" (OR) of the two neurons of the second layer, and of the third.
    """

    lines: np.ndarray
    groups: tuple[int, ...]
    gates: str = "aao"

    def layers(self) -> Layers:
        """As many as are needed: a single line is the net, a single group needs no third layer."""
        first = (self.lines[:, :2].T, self.lines[:, 2])
        if len(self.lines) == 1:
            return [first]
        used = sorted(set(self.groups))
        members = np.array([[group == at for at in used] for group in self.groups], np.float32)
        second = (members, np.array([bias(self.gates[at], self.groups.count(at)) for at in used], np.float32))
        if len(used) == 1:
            return [first, second]
        return [first, second, (np.ones((2, 1), np.float32), np.array([bias(self.gates[2], 2)], np.float32))]

    def code(self) -> str:
        """As links have it: gates, then w1, w2, b and group (1 or 2) of each line."""
        return f"{self.gates}:{matrices.write(np.column_stack([self.lines, np.array(self.groups) + 1]))}"


def bias(gate: str, inputs: int) -> float:
    """Of a neuron with weights 1 that is an AND ("a": all inputs are 1) or an OR ("o": at least one is)."""
    return 0.5 - inputs if gate == "a" else -0.5


def parse(text: str) -> Net:
    """The net of a link. Raises ValueError if it is none: no line, more than eight, a line without a direction."""
    gates, _, rows = text.partition(":")
    if len(gates) != 3 or set(gates) - set("ao"):
        raise ValueError(f"no gates: {gates[:20]}")
    values = matrices.parse(rows, most=(MOST_LINES, 4), largest=FARTHEST)
    if values.shape[1] != 4 or not np.isin(values[:, 3], (1, 2)).all():
        raise ValueError("not w1, w2, b and a group of 1 or 2")
    longest = np.abs(values[:, :2]).max(1)
    if longest.min() < 0.01 or longest.max() > LARGEST:
        raise ValueError("a line without a direction")
    return Net(values[:, :3], tuple(int(group) - 1 for group in values[:, 3]), gates)


def read_net(net: Net, sharpness: str) -> Reading:
    """`sharpness` is one of SHARPNESS."""
    layers = net.layers()
    if sharpness == "step":
        return read(layers, ("step",) * len(layers))
    return read(layers, ("steep",) * len(layers), float(sharpness))


@cache
def scenes() -> dict[str, str]:
    """Nets by name, as links write them."""
    nets = {
        "and": Net(np.array([[1, 1, -1.5]]), (0,)),
        "or": Net(np.array([[1, 1, -0.5]]), (0,)),
        "xor": Net(np.array([[1, 1, -0.5], [-1, -1, 1.5]]), (0, 0)),
        "triangle": Net(sides(3, 0.5, turn=0.75), (0,) * 3),
        "square": Net(sides(4, 0.8, turn=0.125), (0,) * 4),
        "octagon": Net(sides(8, 0.85), (0,) * 8),
        "union": Net(np.concatenate([sides(3, 0.33, (-0.2, 0.2), turn=0.75), sides(4, 0.45, (1.2, 0.9))]), (0,) * 3 + (1,) * 4),
        "ring": Net(np.concatenate([sides(4, 1.15, turn=0.125), -sides(4, 0.35)]), (0,) * 4 + (1,) * 4, "aoa"),
    }
    return {name: net.code() for name, net in nets.items()}


def sides(count: int, radius: float, centre: tuple[float, float] = (0.5, 0.5), turn: float = 0) -> np.ndarray:
    """Lines that touch a circle, their positive sides inwards: float32 [count, 3]; `turn` is a share of a full one."""
    angles = 2 * np.pi * (np.arange(count) / count + turn)
    normals = -np.stack([np.cos(angles), np.sin(angles)], 1)
    return np.round(np.column_stack([normals, radius - normals @ np.array(centre)]), 3).astype(np.float32) + np.float32(0)


# a region of the plane is a set of lines on whose positive side it lies
REGIONS = """
regions (float[p,2] x, float[2,n] W, float[n] b, float[n,1] places) => (int64[t] regions) {
  zero = Constant <value = float {0}> ()
  z = Gemm(x, W, b)
  above = Greater(z, zero)
  bits = Cast <to = 1> (above)
  codes = MatMul(bits, places)
  whole = Cast <to = 7> (codes)
  regions = Unique (whole)
}"""


def regions(net: Net) -> int:
    """Into how many parts the lines cut the plane, as far as it is shown: the codes that the first layer gives to cells."""
    weights, biases = net.layers()[0]
    places = np.float32(2) ** np.arange(len(biases), dtype=np.float32)[:, None]
    x = cells(SPAN, 2 * SIDE)
    return len(run(REGIONS, {"x": x, "W": np.ascontiguousarray(weights), "b": biases, "places": places})["regions"])


@cache
def cover() -> np.ndarray:
    """The half-plane of a line, and the AND of three and of eight, computed by the graph: uint8 RGB [400, 1050, 3]."""
    nets = [Net(sides(count, radius, turn=0.75), (0,) * count) for count, radius in ((1, 0.2), (3, 0.5), (8, 0.85))]
    maps = [figures.signed(read_net(net, "8").shades()[0].reshape(SIDE, SIDE)).repeat(2, 0).repeat(2, 1) for net in nets]
    return np.concatenate([np.pad(tile[:, 30:-30], ((0, 0), (5, 5), (0, 0)), constant_values=255) for tile in maps], 1)
