"""The lecture's picture: a net for 14x14 pixels, read as convolutions, over 16x16 and 28x28: an answer for each window.

    14x14x3 → conv 16@5x5 → pool 2 → conv 400@5x5 (was dense) → conv 400@1x1 (was dense) → conv 4@1x1

With a pool of p x p the first dense layer's kernel is 10/p wide, and windows are p pixels apart.
"""

from functools import lru_cache

import numpy as np
import onnx

from playground import operators, xray
from playground.engine import Answer, compute

WINDOW, LARGEST = 14, 40  # pixels
POOLS = (1, 2, 5)  # they part 10
MAPS = (16, 400, 400, 4)
NAMES = ("x", "conv", "pool", "fc1", "fc2", "y")


def text(pool: int) -> str:
    """The net as convolutions, in ONNX's text; any height and width."""
    kernel = (WINDOW - 4) // pool
    first, second, third, classes = MAPS
    return f"""net (float[n,3,height,width] x, float[{first},3,5,5] w1, float[{second},{first},{kernel},{kernel}] w2,
  float[{third},{second},1,1] w3, float[{classes},{third},1,1] w4) => (float[n,{classes},rows,columns] y)
{{
  conv = Conv(x, w1)
  relu1 = Relu(conv)
  pool = MaxPool<kernel_shape = [{pool}, {pool}], strides = [{pool}, {pool}]>(relu1)
  fc1 = Conv(pool, w2)
  relu2 = Relu(fc1)
  fc2 = Conv(relu2, w3)
  relu3 = Relu(fc2)
  y = Conv(relu3, w4)
}}"""


def inputs(side: int, pool: int, seed: int = 0) -> dict[str, np.ndarray]:
    """A random picture [1, 3, side, side] and random weights of a size that keeps signals alive."""
    random, kernel = np.random.default_rng(seed), (WINDOW - 4) // pool
    first, second, third, classes = MAPS
    shapes = {"w1": (first, 3, 5, 5), "w2": (second, first, kernel, kernel), "w3": (third, second, 1, 1),
              "w4": (classes, third, 1, 1)}  # fmt: skip
    weights = {name: random.normal(0, (2 / np.prod(shape[1:])) ** 0.5, shape) for name, shape in shapes.items()}
    given = {"x": np.random.default_rng(seed + 1).random((1, 3, side, side)), **weights}
    return {name: values.astype(np.float32) for name, values in given.items()}


@lru_cache(maxsize=128)
def stack(side: int, pool: int) -> tuple[list[tuple[int, int]], int]:
    """Maps and side of each tensor in NAMES for a picture of side x side, and the multiply-adds of all, as the x-ray counts."""
    shapes = {name: value.shape for name, value in inputs(side, pool).items()}
    nodes = xray.facts(onnx.load_from_string(operators.graph(text(pool))), shapes, fields=False)
    found = {"x": (3, side)} | {node.outputs[0]: (node.shapes[0][1], node.shapes[0][2]) for node in nodes}
    return [found[name] for name in NAMES], sum(node.macs or 0 for node in nodes)


def both_ways(side: int, pool: int) -> tuple[Answer, float]:
    """The answer for the whole picture, and the largest difference to the answers for its windows, each on its own."""
    given = inputs(side, pool)
    graph = operators.graph(text(pool))
    whole = compute(graph, given)
    cut = np.lib.stride_tricks.sliding_window_view(given["x"][0], (WINDOW, WINDOW), (1, 2))[:, ::pool, ::pool]
    batch = np.ascontiguousarray(cut.transpose(1, 2, 0, 3, 4).reshape(-1, 3, WINDOW, WINDOW))
    one_by_one = compute(graph, given | {"x": batch})
    windows = one_by_one["y"][:, :, 0, 0].T.reshape(whole["y"].shape[1:])
    return whole, float(np.abs(windows - whole["y"][0]).max())


def view(side: int, pool: int) -> dict:
    """What components.shrinking shows: each tensor's maps and side, and which part of it one answer sees."""
    (shapes, once), (own, one) = stack(side, pool), stack(WINDOW, pool)
    steps = [pool if name in ("x", "conv") else 1 for name in NAMES]
    tensors = [
        {"name": name, "maps": maps, "side": length, "seen": part, "step": step}
        for name, (maps, length), (_maps, part), step in zip(NAMES, shapes, own, steps, strict=True)
    ]
    count = shapes[-1][1] ** 2
    return {"tensors": tensors, "macs": [one, one * count, once], "window": WINDOW, "stride": pool}
