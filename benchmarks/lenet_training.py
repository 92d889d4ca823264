"""LeNet-5's training step, as the app runs it, beside torch eager: the same net, the same pictures, one thread."""

import statistics
import time

import numpy as np
import torch
import torch.nn.functional as F

from exporter.architectures import ARCHITECTURES
from exporter.steps.optimisers import EPSILON
from playground import engine, lenet_run

STEPS, DIGITS = 10, 500  # a call; pictures there are
EAGER = {
    "sgd": lambda weights, rate: torch.optim.SGD(weights, rate),
    "momentum": lambda weights, rate: torch.optim.SGD(weights, rate, momentum=0.9),
    "adam": lambda weights, rate: torch.optim.Adam(weights, rate, eps=EPSILON),
}


def rows(batches: tuple[int, ...] = (8, 32, 128), rounds: int = 30) -> list[dict]:
    """Seconds a step of each optimiser and batch: {"optimiser", "batch", "onnx": [seconds, …], "torch": [seconds, …]}."""
    torch.set_num_threads(1)
    measured = []
    for optimiser in EAGER:
        for batch in batches:
            runs = {"onnx": _onnx(optimiser, batch), "torch": _torch(optimiser, batch)}
            times = {name: [] for name in runs}
            for round in range(rounds + 3):  # in turn, so that both meet the same machine
                for name, run in runs.items():
                    begin = time.perf_counter()
                    run()
                    if round >= 3:
                        times[name].append((time.perf_counter() - begin) / STEPS)
            measured.append({"optimiser": optimiser, "batch": batch, **times})
    return measured


def _pictures(batch: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    pictures, digits = random.integers(0, 256, (DIGITS, 28, 28), np.uint8), random.integers(0, 10, DIGITS)
    return pictures, digits, random.integers(0, DIGITS, (STEPS, batch))


def _onnx(optimiser: str, batch: int):
    pictures, digits, order = _pictures(batch)
    start = lenet_run.initial(lenet_run.Settings(optimiser=optimiser))
    given = start | {"pictures": pictures, "digits": digits, "order": order, "rate": np.array(1e-3, np.float32)}
    graph = lenet_run.step_graph(optimiser)
    return lambda: engine.compute(graph, given)


def _torch(optimiser: str, batch: int):
    """The same in torch as people write it."""
    pictures, digits, order = (torch.from_numpy(part) for part in _pictures(batch))
    net = ARCHITECTURES["lenet5"].build()
    eager = EAGER[optimiser](net.parameters(), 1e-3)

    def steps():
        for chosen in order:
            loss = F.cross_entropy(net(pictures[chosen][:, None].float() / 255), digits[chosen])
            eager.zero_grad()
            loss.backward()
            eager.step()

    return steps


def report() -> None:
    for row in rows():
        ours, eager = (1000 * statistics.median(row[who]) for who in ("onnx", "torch"))
        told = f"LeNet-5's step, {row['optimiser']}, batch {row['batch']}"
        print(f"{told}: {ours:.2f} ms; torch eager {eager:.2f} ms: {eager / ours:.2g}x")
