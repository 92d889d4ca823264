"""A trained net to take home: as an ONNX file, and as a program in torch that trains it the same way."""

from pprint import pformat

import numpy as np
import onnx
import onnx.inliner
from onnx import numpy_helper

from playground.training import INITIALISATIONS, Run
from playground.training_scene import Edit
from playground.training_step import maps

NAMED = {"leaky_relu": "F.leaky_relu", "sine": "torch.sin", "swish": "F.silu", "linear": ""}  # others: F.NAME, torch.NAME
IN_TORCH = {"x1": "x1", "x2": "x2", "x1x1": "x1 * x1", "x2x2": "x2 * x2", "x1x2": "x1 * x2", "sin1": "torch.sin(x1)",
            "sin2": "torch.sin(x2)"}  # fmt: skip
OPTIMISERS = {"sgd": "SGD(net.parameters(), {rate})", "momentum": "SGD(net.parameters(), {rate}, momentum=0.9)",
              "nesterov": "SGD(net.parameters(), {rate}, momentum=0.9, nesterov=True)",
              "adagrad": "Adagrad(net.parameters(), {rate}, eps=1e-7)",
              "rmsprop": "RMSprop(net.parameters(), {rate}, eps=1e-7)",
              "adam": "Adam(net.parameters(), {rate}, eps=1e-7)"}  # fmt: skip
LOSSES = {"squared": "((z - target) ** 2).sum(1).mean() / 2", "hinge": "F.relu(1 - target * z).sum(1).mean()",
          "cross_entropy": "F.cross_entropy(z, target)",
          "binary_cross_entropy": "F.binary_cross_entropy_with_logits(z, target)"}  # fmt: skip
READ = {("binary", "squared"): "z", ("binary", "hinge"): "z.clip(-1, 1)",
        ("binary", "binary_cross_entropy"): "torch.tanh(z / 2)",
        ("classes", "squared"): "(z + 1) / 2", ("classes", "hinge"): "(z.clip(-1, 1) + 1) / 2",
        ("classes", "cross_entropy"): "z.softmax(1)", ("regression", "squared"): "z"}  # fmt: skip
EDGES = {
    "uniform": "0.5",
    "xavier": "(6 / (inputs + width)) ** 0.5",
    "he": "(6 / inputs) ** 0.5",
    "lecun": "(3 / inputs) ** 0.5",
}


def onnx_file(run: Run) -> bytes:
    """The net as it answers: x [rows, 2] → output [rows, outputs]; its parameters are initializers."""
    model = onnx.load_from_string(maps(run.form, run.train.task, neurons=False))
    values = dict(run.parameters)
    if run.form.batch_norm:  # which answers with the mean and the variance of all train points
        values |= {name: value for name, value in run.measured(run.train).items() if name.startswith(("mean", "variance"))}
    kept = [port for port in model.graph.input if port.name not in values]
    del model.graph.input[:]
    model.graph.input.extend(kept)
    model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in values.items())
    model = onnx.inliner.inline_local_functions(model)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def state(run: Run) -> dict[str, np.ndarray]:
    """The parameters as the exported module calls them, weights [width, inputs] as in torch."""
    named = {}
    for i in range(len(run.setup.layers) + 1):
        named[f"layers.{i}.weight"], named[f"layers.{i}.bias"] = run.parameters[f"w{i}"].T, run.parameters[f"b{i}"]
    if run.form.batch_norm:
        seen = run.measured(run.train)
        for i in range(len(run.setup.layers)):
            named |= {f"norms.{i}.weight": run.parameters[f"gain{i}"], f"norms.{i}.bias": run.parameters[f"shift{i}"],
                      f"norms.{i}.running_mean": seen[f"mean{i}"], f"norms.{i}.running_var": seen[f"variance{i}"],
                      f"norms.{i}.num_batches_tracked": np.array(0)}  # fmt: skip
    return named


def torch_source(run: Run, edits: list[Edit]) -> str:
    """A module of torch: the net, its state, and the loop that trains it from the same start, in the same order of points.

    Imported, `trained()` is the net as it was; run beside points.csv (`training_points.to_csv`) it repeats the training.
    """
    setup, form, task = run.setup, run.form, run.train.task
    changes: dict[int, list[tuple]] = {}
    for edit in edits:
        changes.setdefault(edit.epoch, []).append((edit.layer, edit.i, edit.j, edit.value))
    weights = {name: np.asarray(value).tolist() for name, value in state(run).items()}
    return MODULE.format(
        epochs=run.epoch,
        batch=setup.batch,
        seed=setup.seed,
        sizes=[len(setup.features), *setup.layers, run.train.outputs],
        edits=f"\nEDITS = {changes}  # epoch: (layer, from or None for the bias, to, value) set by hand" if changes else "",
        norms=NORMS if form.batch_norm else "",
        keep=", keep=None" if form.dropout else "",
        features=", ".join(IN_TORCH[name] for name in setup.features),
        hidden="".join(_hidden(run, i) for i in range(len(setup.layers))),
        output=_bent(form.output, f"self.layers[{len(setup.layers)}](h)"),
        answer=READ[task, form.loss],
        edge=EDGES.get(setup.initialisation) or repr(float(INITIALISATIONS[setup.initialisation](1, 1) * 3**0.5)),
        optimiser=OPTIMISERS[setup.optimiser].format(rate=f"{setup.rate:g}"),
        set_by_hand=SET_BY_HAND if changes else "",
        drawn=DRAWN.format(share=f"{setup.dropout:g}") if form.dropout else "",
        kept=", [torch.from_numpy(keep[step]) for keep in keeps]" if form.dropout else "",
        loss=LOSSES[form.loss] + _penalty(form.penalty, setup.strength),
        settled=SETTLED if form.batch_norm else "",
        label="int(row[2])" if (task, form.loss) == ("classes", "cross_entropy") else "float(row[2])",
        target=_target(run),
        state=pformat(weights, width=128, compact=True, sort_dicts=False),
    )


MODULE = '''"""A net of the deep learning playground, after {epochs} epochs.

Import it for the net as it was: trained()(x), x of shape [rows, 2]. Run it beside points.csv to train it again.
"""

import csv
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

SIZES = {sizes}  # features, neurons of each hidden layer, outputs
EPOCHS, BATCH, SEED = {epochs}, {batch}, {seed}{edits}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(inputs, width) for inputs, width in pairwise(SIZES)){norms}

    def logits(self, x{keep}):
        x1, x2 = x[:, :1], x[:, 1:]
        h = torch.cat([{features}], 1){hidden}
        return {output}

    def forward(self, x):
        z = self.logits(x)
        return {answer}


def begin(net):
    random = np.random.default_rng(SEED)
    for layer in net.layers:
        width, inputs = layer.weight.shape
        edge = {edge}
        layer.weight.data = torch.from_numpy(random.uniform(-edge, edge, (inputs, width)).astype(np.float32).T.copy())
        nn.init.zeros_(layer.bias)


def train(net, x, y):
    optimiser = torch.optim.{optimiser}
    for epoch in range(EPOCHS + 1):{set_by_hand}
        if epoch == EPOCHS:
            break
        random, batch = np.random.default_rng((SEED, epoch)), min(BATCH, len(x))
        order = random.permutation(len(x))[: len(x) // batch * batch].reshape(-1, batch){drawn}
        for step, rows in enumerate(order):
            z, target = net.logits(x[rows]{kept}), y[rows]
            loss = {loss}
            optimiser.zero_grad()
            loss.backward()
            optimiser.step(){settled}


def points(part):
    with open("points.csv", newline="") as file:
        rows = [row for row in csv.reader(file) if row[-1] == part]
    x = torch.tensor([[float(row[0]), float(row[1])] for row in rows])
    y = torch.tensor([{label} for row in rows])
    return x, {target}


def trained():
    net = Net()
    net.load_state_dict({{name: torch.tensor(value) for name, value in STATE.items()}})
    return net.eval()


STATE = {state}

if __name__ == "__main__":
    net = Net()
    begin(net)
    train(net, *points("train"))
    net.eval()
    middle = torch.zeros(1, 2)
    print("the net's answer at (0, 0), trained just now and then:", net(middle).tolist(), trained()(middle).tolist())
'''
NORMS = """
        self.norms = nn.ModuleList(nn.BatchNorm1d(width, momentum=1.0) for width in SIZES[1:-1])"""
SET_BY_HAND = """
        for layer, i, j, value in EDITS.get(epoch, []):
            place = net.layers[layer].bias[j : j + 1] if i is None else net.layers[layer].weight[j, i : i + 1]
            place.data.fill_(value)"""
DRAWN = """
        drawn = [random.random((*order.shape, width), np.float32) for width in SIZES[1:-1]]
        keeps = [(one >= {share}).astype(np.float32) / np.float32(1 - {share}) for one in drawn]"""
SETTLED = """
    net.logits(x)  # the mean and the variance of all points are what the net answers with"""


def _bent(activation: str, z: str) -> str:
    function = NAMED.get(activation)
    if function is None:
        function = f"torch.{activation}" if activation in ("tanh", "relu", "sigmoid") else f"F.{activation}"
    return f"{function}({z})" if function else z


def _hidden(run: Run, i: int) -> str:
    z = f"self.norms[{i}](self.layers[{i}](h))" if run.form.batch_norm else f"self.layers[{i}](h)"
    bent = _bent(run.setup.activations[i], z)
    if run.form.dropout:
        bent = f"{bent} * (1 if keep is None else keep[{i}])"
    shortcut = " + h" if run.form.shortcuts and run.form.shortcuts[i] else ""
    return f"\n        h = {bent}{shortcut}"


def _penalty(penalty: str, strength: float) -> str:
    size = {"l1": "layer.weight.abs().sum()", "l2": "(layer.weight ** 2).sum() / 2"}.get(penalty)
    return f" + {strength:g} * sum({size} for layer in net.layers)" if size else ""


def _target(run: Run) -> str:
    """What the loss compares with, from the labels y of points.csv."""
    if run.train.task == "classes":
        return "y" if run.form.loss == "cross_entropy" else f"2 * F.one_hot(y.long(), {run.train.classes}) - 1.0"
    if run.train.task == "binary":
        return "y[:, None]" if run.form.loss == "binary_cross_entropy" else "2 * y[:, None] - 1"
    return "y[:, None]"
