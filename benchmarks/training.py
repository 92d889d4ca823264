"""A net in training: an epoch and the decision map, beside torch eager and, if a command is given, beside a peer's engine.

The peer is run in the same minutes, before us and after us. Its command prints JSON, the median milliseconds by net and by
what is timed: {"2-4-2-1": {"1": …, "10": …, "250": …, "10 and map": …}, "7-8-8-8-8-8-8-1": {…}}: an epoch of 250 points of the
plane in batches of 1, 10 and 250, and an epoch in batches of 10 with all neurons' answers at 100 x 100 points. tanh throughout,
half the squared error, plain descent, features computed from x1 and x2 at each use; one thread.
"""

import json
import statistics
import subprocess
import time
from collections.abc import Callable
from itertools import pairwise

import torch

from playground.training import Run, Setup, grid, targets
from playground.training_data import sample, split
from playground.training_step import FEATURES

NETS = {"2-4-2-1": (("x1", "x2"), (4, 2)), "7-8-8-8-8-8-8-1": (tuple(FEATURES), (8,) * 6)}
EPOCHS = 20  # a call, as the page has them between two pictures


def medians(peer: str | None, rounds: int = 40) -> dict[str, dict[str, dict[str, float]]]:
    """Milliseconds by net, by what is timed, by who: "ours", "torch" and, where a command is given, "peer"."""
    torch.set_num_threads(1)
    train, test = split(sample("xor", 0.1), 0.5)
    runs: dict[tuple[str, str, str], Callable[[], None]] = {}
    for net, (features, layers) in NETS.items():
        for batch in (1, 10, 250):
            setup = Setup(features, layers, ("tanh",) * len(layers), batch=batch, rate=0.001)
            runs[net, f"{batch}", "ours"] = _epochs(Run(setup, train, test))
            runs[net, f"{batch}", "torch"] = _torch_epoch(Run(setup, train, test))
        runs[net, "10 and map", "ours"] = _epoch_and_map(Run(Setup(features, layers, ("tanh",) * len(layers)), train, test))
    seconds = {key: [] for key in runs}
    peers = [_ask(peer)]
    for round in range(rounds + 3):
        for key, run in runs.items():  # in turn, so that all meet the same machine
            if key[2] == "torch" and round % 8:  # it is slow, and steady
                continue
            begin = time.perf_counter()
            run()
            if round >= 3 or key[2] == "torch":
                seconds[key].append((time.perf_counter() - begin) / (EPOCHS if key[2] == "ours" and "map" not in key[1] else 1))
    peers.append(_ask(peer))
    table = {}
    for (net, what, who), spent in seconds.items():
        table.setdefault(net, {}).setdefault(what, {})[who] = 1000 * statistics.median(spent)
    for net, rows in peers[0].items():
        for what in rows:
            table[net][what]["peer"] = statistics.mean(answer[net][what] for answer in peers)
    return table


def _ask(peer: str | None) -> dict[str, dict[str, float]]:
    return json.loads(subprocess.run(peer, shell=True, check=True, capture_output=True).stdout) if peer else {}


def _epochs(run: Run) -> Callable[[], None]:
    return lambda: run.advance(EPOCHS)


def _epoch_and_map(run: Run) -> Callable[[], None]:
    def both():
        run.advance(1)
        run.answers(grid())

    return both


def _torch_epoch(run: Run) -> Callable[[], None]:
    """The same epoch as people write it: modules, autograd, torch.optim."""
    sizes = [len(run.setup.features), *run.setup.layers, 1]
    layers = [part for pair in pairwise(sizes) for part in (torch.nn.Linear(*pair), torch.nn.Tanh())]
    net, x = torch.nn.Sequential(*layers), torch.tensor(run.answers(run.train.x)["features"])
    target = torch.tensor(targets(run.train, run.form.loss))
    optimiser = torch.optim.SGD(net.parameters(), run.setup.rate)

    def epoch():
        for rows in torch.randperm(len(x)).split(run.setup.batch):
            optimiser.zero_grad()
            torch.nn.functional.mse_loss(net(x[rows]), target[rows]).backward()
            optimiser.step()

    return epoch


def report(peer: str | None) -> None:
    for net, rows in medians(peer).items():
        for what, times in rows.items():
            ours = times.pop("ours")
            others = ", ".join(f"{who} {spent:.3f} ms: {spent / ours:.2g}x" for who, spent in times.items())
            label = "an epoch in batches of 10 and the map" if "map" in what else f"an epoch in batches of {what}"
            print(f"{net}, {label}: {ours:.3f} ms; {others}")
