"""Many filters: a trained net's first convolution, filter by filter; what deeper stages answer to; what filters cost."""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import onnx
from PIL import Image

from playground import anatomy, catalog, duel, figures, operators, xray
from playground.engine import Answer, run

NETS = ("googlenet_imagenette", "resnet_imagenette")
TILE = 112  # pixels a side of a shown map
LECTURE = ((28, 64), (10, 1), (128, 5))  # the slide's 28×28×64 → ten 1×1×64 → 128 of 5×5×10


@dataclass(frozen=True)
class First:
    """A net's first convolution: the tensor it reads, its attributes as ONNX text, weights [filters, 3, k, k], bias."""

    reads: str
    window: str
    weights: np.ndarray
    bias: np.ndarray


@cache
def first(name: str) -> First:
    graph = catalog.graph(name).graph
    node = next(node for node in graph.node if node.op_type == "Conv")
    stored = {weight.name: weight for weight in graph.initializer}
    weights, bias = (onnx.numpy_helper.to_array(stored[port]) for port in node.input[1:])
    said = {field.name: onnx.helper.get_attribute_value(field) for field in node.attribute}
    window = f"strides = {list(said['strides'])}, pads = {list(said['pads'])}"
    return First(node.input[0], window, weights, bias)


def text(name: str) -> str:
    """The net's first convolution alone: x [1, 3, height, width], w [filters, 3, k, k], b → maps."""
    return (
        "filters (float[1,3,h,w] x, float[m,3,k,k] w, float[m] b) => (float[1,m,p,q] maps)\n"
        f"{{\n  maps = Conv <{first(name).window}> (x, w, b)\n}}"
    )


def inputs(name: str, picture: np.ndarray, count: int) -> dict[str, np.ndarray]:
    """The picture uint8 [side, side, 3] as the net's first convolution gets it, and the first `count` filters."""
    conv = first(name)
    x = run(name, {"image": picture[None]}, (conv.reads,))[conv.reads]
    return {"x": x, "w": conv.weights[:count], "b": conv.bias[:count]}


def maps(name: str, given: dict[str, np.ndarray]) -> Answer:
    """Output `maps` [1, filters, height, width] of `inputs`."""
    return operators.run(text(name), given)


def cost(graph_text: str, given: dict[str, np.ndarray], data: str = "x") -> tuple[int, int]:
    """Parameters (all inputs but `data`) and multiply-adds of a graph, as the x-ray counts them."""
    facts = xray.facts(onnx.load_from_string(operators.graph(graph_text)), given)
    return sum(value.size for port, value in given.items() if port != data), sum(node.macs or 0 for node in facts)


def tile(kernel: np.ndarray, seen: np.ndarray, largest: float) -> np.ndarray:
    """A filter [3, k, k] as the colours it waits for, beside its map: uint8 RGBA."""
    colours = 127.5 + 127.5 * kernel.transpose(1, 2, 0) / max(float(np.abs(kernel).max()), 1e-9)
    left = enlarged(np.rint(colours).astype(np.uint8), TILE // 2)
    right = enlarged(figures.signed(np.concatenate([seen.ravel(), [largest]]))[:-1].reshape(*seen.shape, 3), TILE)
    picture = np.zeros((TILE, TILE + TILE // 2 + 6, 4), np.uint8)  # transparent between them
    top = (TILE - TILE // 2) // 2
    picture[top : top + TILE // 2, : TILE // 2] = opaque(left)
    picture[:, TILE // 2 + 6 :] = opaque(right)
    return picture


def opaque(picture: np.ndarray) -> np.ndarray:
    return np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])


def enlarged(picture: np.ndarray, side: int) -> np.ndarray:
    return np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.NEAREST))


# ---- from early to late stages


@dataclass(frozen=True)
class Stage:
    """A level of a net: its strongest maps as a mosaic, and what the cell of its largest number sees of the photo.

    field: (top, left, bottom, right), inclusive, clipped to the square that the net sees; size: the field's side, unclipped.
    """

    level: anatomy.Level
    mosaic: np.ndarray
    seen: np.ndarray
    field: tuple[int, int, int, int]
    size: int


def hierarchy(name: str, picture: np.ndarray) -> list[Stage]:
    """The levels of a net at a picture uint8 [side, side, 3], from fine to coarse."""
    levels, reads = duel.parts(name).levels, first(name).reads
    answer = run(name, {"image": picture[None]}, (*(level.tensor for level in levels), reads))
    square = answer[reads][0].transpose(1, 2, 0)
    square = np.rint(255 * (square - square.min()) / max(float(np.ptp(square)), 1e-9)).astype(np.uint8)
    stages = []
    for level in levels:
        values = answer[level.tensor][0]
        place = tuple(int(i) for i in np.unravel_index(values.argmax(), values.shape))
        top, left, bottom, right = _field(name, level.tensor, place[1:], picture.shape[0])
        size = _sizes(name, picture.shape[0])[level.tensor]
        seen = squared(square[top : bottom + 1, left : right + 1])
        stages.append(Stage(level, duel.mosaic(values), seen, (top, left, bottom, right), size))
    return stages


def squared(picture: np.ndarray) -> np.ndarray:
    """In the middle of a transparent square: uint8 RGBA."""
    height, width = picture.shape[:2]
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    whole = np.zeros((side, side, 4), np.uint8)
    whole[top : top + height, left : left + width] = opaque(picture)
    return whole


def _field(name: str, tensor: str, place: tuple[int, int], side: int) -> tuple[int, int, int, int]:
    sides = []
    for axis, at in zip(_axes(name, tensor, side), place, strict=True):
        index = 0 if axis.axis is None else at  # where all cells see all of it there is one entry
        sides.append((int(axis.low[index]), int(axis.high[index])))
    (top, bottom), (left, right) = sides
    return top, left, bottom, right


@lru_cache(maxsize=256)
def _axes(name: str, tensor: str, side: int) -> tuple[xray.AxisField, ...]:
    return xray.receptive_field_axes(catalog.graph(name), tensor, {"image": (1, side, side, 3)}, first(name).reads)


@lru_cache(maxsize=64)
def _sizes(name: str, side: int) -> dict[str, int]:
    nodes = xray.facts(catalog.graph(name), {"image": np.zeros((1, side, side, 3), np.uint8)}, wrt=first(name).reads)
    return {output: node.receptive_field[0] for node in nodes if node.receptive_field for output in node.outputs}


# ---- what filters cost


def chain(sizes: tuple[tuple[int, int], ...], side: int) -> tuple[str, dict[str, np.ndarray]]:
    """Convolutions one after another that keep the size: ((maps, kernel), …), the first pair's maps being the input's.

    Returns the graph as ONNX text, and zeros for its ports: x, and w1, w2, ….
    """
    given, nodes, channels = {"x": np.zeros((1, sizes[0][0], side, side), np.float32)}, [], sizes[0][0]
    for number, (count, kernel) in enumerate(sizes[1:], 1):
        given[f"w{number}"] = np.zeros((count, channels, kernel, kernel), np.float32)
        before, after = ("x" if number == 1 else f"x{number - 1}"), ("y" if number == len(sizes) - 1 else f"x{number}")
        nodes.append(f"  {after} = Conv <pads = {[kernel // 2] * 4}> ({before}, w{number})")
        channels = count
    ports = ", ".join(f"float[{','.join(map(str, value.shape))}] {port}" for port, value in given.items())
    shape = f"1,{channels},{side},{side}"
    return f"chain ({ports}) => (float[{shape}] y) {{\n" + "\n".join(nodes) + "\n}", given


def bottleneck() -> tuple[tuple[int, int], tuple[int, int]]:
    """Parameters and multiply-adds of the slide's 128 filters 5×5×64 on 28×28, and of the way over ten maps."""
    (side, maps_in), narrow, wide = LECTURE
    return cost(*chain(((maps_in, 1), wide), side)), cost(*chain(((maps_in, 1), narrow, wide), side))


def doubled(maps_before: int = 8) -> float:
    """How many times more weights a 3×3 layer has if it and the layer before have twice as many filters."""
    once, twice = (chain(((3, 1), (count, 3), (count, 3)), 8)[1]["w2"].size for count in (maps_before, 2 * maps_before))
    return twice / once
