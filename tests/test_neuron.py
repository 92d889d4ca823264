"""Nets of lines against numpy's half-planes; the training graph against torch's autograd and its Adam."""

import numpy as np
import pytest
import torch

from playground import halfplanes, neuron, neuron_training
from playground.halfplanes import Net, parse, read_net
from playground.neuron import read


def outputs(reading) -> np.ndarray:
    return reading.answer[f"a{len(reading.activations)}"][:, 0]


@pytest.mark.parametrize("gates", ["aaa", "aao", "aoa", "aoo", "oaa", "oao", "ooa", "ooo"])
@pytest.mark.parametrize("count", range(1, halfplanes.MOST_LINES + 1))
def test_and_and_or_neurons_are_the_sets_they_stand_for(gates, count):
    random = np.random.default_rng(count)
    lines = random.normal(size=(count, 3)).astype(np.float32)
    groups = tuple(random.integers(0, 2, count).tolist())
    x = random.uniform(-1, 2, (500, 2)).astype(np.float32)
    net = Net(lines, groups, gates)
    inside = x @ lines[:, :2].T + lines[:, 2] > 0
    both = {"a": np.all, "o": np.any}
    parts = [both[gates[group]](inside[:, np.array(groups) == group], axis=1) for group in sorted(set(groups))]
    expected = parts[0] if len(parts) == 1 else both[gates[2]](np.stack(parts), axis=0)
    layers = net.layers()
    answers = outputs(read(layers, ("step",) * len(layers), points=x))[-500:]
    assert np.array_equal(answers, expected)


@pytest.mark.parametrize("sides", [3, 4, 6, 8])
def test_an_and_of_lines_is_a_polygon(sides):
    """Against the sign of the cross product with each side, corners in order."""
    turns = 2 * np.pi * np.arange(sides) / sides
    corners = 0.5 + np.stack([np.cos(turns), np.sin(turns)], 1)
    lines = []
    for at, to in zip(corners, np.roll(corners, -1, 0), strict=True):
        along = to - at
        normal = np.array([-along[1], along[0]])  # to the left, which is inside
        lines.append([*normal, -normal @ at])
    net = Net(np.array(lines, np.float32), (0,) * sides)
    x = np.random.default_rng(sides).uniform(-1, 2, (400, 2)).astype(np.float32)
    answers = outputs(read(net.layers(), ("step",) * 2, points=x))[-400:]
    inside = np.ones(400, bool)
    for at, to in zip(corners, np.roll(corners, -1, 0), strict=True):
        inside &= (to - at)[0] * (x - at)[:, 1] - (to - at)[1] * (x - at)[:, 0] > 0
    assert np.array_equal(answers, inside) and 0 < inside.sum() < 400


@pytest.mark.parametrize("name, gate", [
    ("sign", torch.sign), ("sigmoid", torch.sigmoid), ("tanh", torch.tanh), ("relu", torch.relu),
    ("steep", lambda z: torch.sigmoid(5 * z)), ("step", lambda z: (z > 0).float()),
])  # fmt: skip
def test_a_neuron_is_torch_s(name, gate):
    w, b = torch.randn(2, 1), torch.randn(1)
    reading = read([(w.numpy(), b.numpy())], (name,), 5.0)
    expected = gate(torch.from_numpy(reading.inputs["x"]) @ w + b)[:, 0]
    torch.testing.assert_close(torch.from_numpy(outputs(reading)), expected, atol=1e-6, rtol=1e-6)
    shades, middle, span = reading.shades()
    assert len(shades) == neuron.SIDE**2
    rounded = middle + span * shades / 127
    assert np.abs(rounded - outputs(reading)[: len(shades)]).max() <= span / 250


def test_cells_begin_at_the_top_left():
    x = neuron.cells((-1.0, 2.0), 3)
    assert x[[0, 2, 6]].tolist() == [[-0.5, 1.5], [1.5, 1.5], [-0.5, -0.5]]


SCENES = {code: [0, 1, 1, 0] for code in ("aao:1,1,-0.5,1;-1,-1,1.5,1",)}
SCENES |= {"aao:1,1,-1.5,1": [0, 0, 0, 1], "aao:1,1,-0.5,1": [0, 1, 1, 1]}


@pytest.mark.parametrize("code, truth", SCENES.items())
@pytest.mark.parametrize("sharpness", ["step", "8", "32"])
def test_truth_tables(code, truth, sharpness):
    net = parse(code)
    assert net.code() == code
    assert [row[-1] > 0.5 for row in read_net(net, sharpness).told()] == [bool(bit) for bit in truth]


def test_one_neuron_computes_all_functions_of_two_bits_but_xor_and_its_opposite():
    tables = neuron.functions_of_one_neuron()
    assert set(range(16)) - set(tables) == {0b0110, 0b1001}
    assert sum(tables.values()) == 17**3


@pytest.mark.parametrize("code, expected", [
    ("aao:1,0,-0.5,1", 2), ("aao:1,0,-0.2,1;1,0,-0.7,1", 3), ("aao:1,0,-0.5,1;0,1,-0.4,1", 4),
    ("aao:1,0,-0.2,1;0,1,-0.2,1;-1,-1,1.2,1", 7),  # three lines in general position: 1 + 3 + 3
])  # fmt: skip
def test_lines_cut_the_plane(code, expected):
    assert halfplanes.regions(parse(code)) == expected


@pytest.mark.parametrize("text", [
    "", "aao", "aao:", "xyz:1,1,0,1", "aao:1,1,0", "aao:1,1,0,3", "aao:0,0,1,1", "aao:1,1,nan,1", "aao:1,99,0,1", "aa:1,1,0,1",
    "aao:" + ";".join(["1,1,0,1"] * 9),
])  # fmt: skip
def test_what_is_no_net_is_refused(text):
    with pytest.raises(ValueError):
        parse(text)


@pytest.mark.parametrize("text", ["", "1,2", "1,2,3,4", "1;2;3", "a,b,c", "1,2,inf"])
def test_what_is_no_neuron_is_refused(text):
    with pytest.raises(ValueError):
        neuron.parse_neuron(text)


# ---- training
def points(name: str):
    return neuron_training.parse(neuron_training.presets()[name])


@pytest.mark.parametrize("rate", [0.01, 0.1])
@pytest.mark.parametrize("net", neuron_training.NETS)
@pytest.mark.parametrize("neurons", [1, 2, 5])
def test_a_hundred_steps_are_torch_s(net, neurons, rate):
    trained = neuron_training.Run(points("moons"), neurons, net, seed=3, rate=rate)
    answer = neuron_training.train(trained, 100)
    data = torch.tensor(trained.points, dtype=torch.float64)
    (W, b), (V, c) = ([torch.tensor(part, dtype=torch.float64, requires_grad=True) for part in layer]
                      for layer in trained.layers(trained.start()))  # fmt: skip
    adam = torch.optim.Adam([W, b] if net == "and" else [W, b, V, c], lr=rate)
    hidden = torch.tanh if net == "tanh" else torch.sigmoid
    for step in range(101):
        z = hidden(data[:, :2] @ W + b) @ V + c
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z[:, 0], data[:, 2])
        now = torch.cat([part.detach().flatten() for part in (W, b, V, c)])
        assert np.abs(answer["parameters"][step] - now.numpy()).max() <= 1e-5
        assert answer["loss"][step] == pytest.approx(loss.item(), abs=1e-5)
        assert answer["right"][step] == pytest.approx(((z[:, 0] > 0) == (data[:, 2] > 0)).double().mean().item())
        adam.zero_grad()
        loss.backward()
        adam.step()


def test_a_run_is_a_pure_function_of_its_settings():
    one = neuron_training.Run(points("xor"), 3, "tanh", seed=5, rate=0.1)
    first = neuron_training.train(one)["parameters"]
    neuron_training.train.cache_clear()
    assert np.array_equal(neuron_training.train(one)["parameters"], first)
    assert np.array_equal(neuron_training.train(one, 40)["parameters"], first[:41])
    other = neuron_training.Run(points("xor"), 3, "tanh", seed=6, rate=0.1)
    assert not np.array_equal(neuron_training.train(other)["parameters"][0], first[0])


def test_the_map_is_that_of_the_step():
    trained = neuron_training.Run(points("circle"), 4, "tanh", seed=1, rate=0.1)
    reading = neuron_training.read_at(trained, 300)
    labels = np.array(trained.points)[:, 2] > 0
    right = np.mean([(row[-1] > 0.5) == label for row, label in zip(reading.told(), labels, strict=True)])
    assert right == pytest.approx(neuron_training.train(trained)["right"][300])


@pytest.mark.parametrize("name, lines", [("xor", 2), ("circle", 3), ("triangle", 3)])
def test_the_fewest_lines(name, lines):
    shares = neuron_training.fewest(points(name), "sigmoid", seed=1, rate=0.1)
    assert len(shares) == lines and shares[-1] == 1 and max(shares[:-1]) < 1


def test_a_fixed_and_stays_what_it_is():
    trained = neuron_training.Run(points("triangle"), 3, "and", seed=1, rate=0.1)
    parameters = neuron_training.train(trained)["parameters"]
    assert (parameters[:, 9:] == np.array([8, 8, 8, -20], np.float32)).all()
    assert not np.array_equal(parameters[0, :9], parameters[-1, :9])


@pytest.mark.parametrize("text", ["", "1,2", "1,2,2", "3,0,1", "a", "nan,0,1", ";".join(["0,0,1"] * 151)])
def test_what_are_no_points_is_refused(text):
    with pytest.raises(ValueError):
        neuron_training.parse(text)
