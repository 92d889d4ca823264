"""What the lesson on deep nets gives to take home: the graph of a step, what it takes, and the same in torch."""

import numpy as np

from playground import deep_step
from playground.deep_scene import Scene
from playground.deep_training import WIDTH, Run

WEIGHTS = {"small": "0.01", "xavier": "(2 / (w.shape[0] + w.shape[1])) ** 0.5", "he": "(2 / w.shape[0]) ** 0.5", "large": "3.0"}
BENDS = {"sigmoid": "torch.sigmoid", "tanh": "torch.tanh", "relu": "torch.relu"}
OPTIMISERS = {
    "sgd": "torch.optim.SGD(net.parameters(), lr={rate})",
    "momentum": "torch.optim.SGD(net.parameters(), lr={rate}, momentum=0.9)",
    "adam": "torch.optim.Adam(net.parameters(), lr={rate})",
}


def graph(scene: Scene) -> tuple[bytes, dict[str, np.ndarray]]:
    """The step graph of the last net, the one with all that the scene adds, and its inputs for one step."""
    run = Run(scene.nets[-1], scene.common)
    feeds = run.feeds(1)
    return deep_step.step(run.net.form), feeds | {"order": feeds["order"][:1]}


def torch(scene: Scene) -> str:
    """The last net and an epoch of its training in torch, with the gradient of each layer."""
    net, common = scene.nets[-1], scene.common
    norm = "self.norms[i](linear(x))" if net.batch_norm else "linear(x)"
    bend = f"{BENDS[net.activation]}({norm})"
    past = f"x + {bend} if i else {bend}" if net.shortcuts else bend
    norms = (
        f"\n        self.norms = nn.ModuleList([nn.BatchNorm1d({WIDTH}) for _ in range({common.depth})])"
        if net.batch_norm
        else ""
    )
    return f"""\
import torch
from torch import nn

class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        widths = [2] + [{WIDTH}] * {common.depth}
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths, widths[1:])]){norms}
        self.out = nn.Linear({WIDTH}, 1)
        for linear in [*self.layers, self.out]:
            w = linear.weight.T
            edge = 3 ** 0.5 * {WEIGHTS[net.initialisation]}
            nn.init.uniform_(linear.weight, -edge, edge)
            nn.init.zeros_(linear.bias)

    def forward(self, x):
        for i, linear in enumerate(self.layers):
            x = {past}
        return self.out(x)

net = Deep()
optimiser = {OPTIMISERS[net.optimiser].format(rate=common.rate)}

def epoch(x, y):  # points [n, 2] and 0 or 1 [n, 1]
    for rows in torch.randperm(len(x)).split({common.batch}):
        optimiser.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(net(x[rows]), y[rows]).backward()
        optimiser.step()
    return [float(linear.weight.grad.square().mean().sqrt()) for linear in net.layers]
"""
