"""LeNet-5's step against torch autograd and torch.optim; a run is the same however it is cut; data are what they say."""

import io
from base64 import b64decode
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pyarrow
import pyarrow.parquet
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

from benchmarks.lenet_training import EAGER, rows
from exporter.architectures import ARCHITECTURES
from playground import catalog, drawing, engine, figures, lenet_data, lenet_live, lenet_run, structure
from playground.lenet_run import Run, Settings
from playground.samples import DIGITS

PARTS = {"velocity": "momentum_buffer", "first": "exp_avg", "second": "exp_avg_sq"}


def eager_steps(net, optimiser, pictures, digits, order):
    losses = []
    for chosen in order:
        loss = F.cross_entropy(net(pictures[chosen][:, None].float() / 255), digits[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


def some(number):
    """Pictures and labels of chance: of digits it would begin to learn, and then a rounding error grows from step to step."""
    return torch.randint(256, (number, 28, 28), dtype=torch.uint8), torch.randint(10, (number,))


@pytest.mark.parametrize("name", lenet_run.RATES)
def test_a_hundred_steps_are_torch_s(name):
    """Begun after seven steps of torch's own, so that the optimiser has a memory; then other pictures, batches of 11."""
    net = ARCHITECTURES["lenet5"].build()
    rate = {"sgd": 0.05, "momentum": 0.01, "adam": 0.0005}[name]
    optimiser = EAGER[name](net.parameters(), rate)
    eager_steps(net, optimiser, *some(60), torch.randint(60, (7, 5)))
    state = {}
    for weight_name, weight in net.named_parameters():
        state[weight_name] = weight.detach().numpy().copy()
        for part in lenet_run.MEMORY[name]:
            state[f"{weight_name}.{part}"] = optimiser.state[weight][PARTS[part]].numpy().copy()
            assert np.abs(state[f"{weight_name}.{part}"]).max() > 0
    if name == "adam":
        state["count"] = np.array(8, np.float32)

    pictures, digits = some(200)
    order = torch.randint(200, (100, 11))
    given = {"pictures": pictures.numpy(), "digits": digits.numpy(), "order": order.numpy(), "rate": np.array(rate, np.float32)}
    answer = engine.compute(lenet_run.step_graph(name), state | given)
    losses = eager_steps(net, optimiser, pictures, digits, order)

    np.testing.assert_allclose(answer["loss"], losses, rtol=0, atol=1e-5)
    for weight_name, weight in net.named_parameters():
        np.testing.assert_allclose(answer[f"{weight_name}_next"], weight.detach().numpy(), rtol=0, atol=1e-5)
        for part in lenet_run.MEMORY[name]:
            there = optimiser.state[weight][PARTS[part]].numpy()
            np.testing.assert_allclose(answer[f"{weight_name}.{part}_next"], there, rtol=0, atol=1e-5)


def test_weights_begin_as_torch_s_do():
    ours, theirs = lenet_run.initial(Settings(optimiser="sgd")), dict(ARCHITECTURES["lenet5"].build().named_parameters())
    assert {name: weight.shape for name, weight in ours.items()} == {name: tuple(w.shape) for name, w in theirs.items()}
    for name, weight in ours.items():
        net = theirs[name.replace("bias", "weight")]
        edge = nn.init._calculate_fan_in_and_fan_out(net)[0] ** -0.5
        assert np.abs(weight).max() <= edge
        if weight.size > 1000:  # uniform up to the edge
            assert np.abs(weight).max() > 0.98 * edge and abs(weight.std() - edge / 3**0.5) < 0.03 * edge
            assert abs(theirs[name].std().item() - weight.std()) < 0.03 * edge


def test_a_run_is_the_same_however_it_is_cut():
    whole, cut = Run(Settings(seed=3)), Run(Settings(seed=3))
    whole.to(64)
    for after, count, every in ((0, 1, 1), (1, 4, 3), (13, 2, 20), (40, 12, 1)):
        last = [at.step for at in cut.portion(after, count, every, 64, 60)][-1]
        assert last == min(64, after + count * every)
    cut.back(37)
    assert cut.step == 37 and len(cut.losses) == 37 and max(cut.checks) == 30
    cut.to(64)
    assert all(np.array_equal(whole.state[name], cut.state[name]) for name in whole.state)
    assert whole.losses == cut.losses and whole.checks == cut.checks and list(whole.checks) == [0, 10, 20, 30, 40, 50, 60]
    cut.back(2)  # far behind what it kept: from the start
    assert cut.step == 2 and cut.losses == whole.losses[:2]


def test_a_portion_ends_in_time():
    run = Run(Settings())
    steps = [at.step for at in run.portion(0, 12, 1, 2000, 0)]
    assert steps == [1]
    assert [at.step for at in run.portion(0, 2, 20, 30, 60)] == [20, 30]  # goes back first, and no further than asked


def test_each_epoch_takes_each_digit_once():
    settings = Settings(batch=50)
    each = lenet_data.load("sklearn").learned // 50
    order = lenet_run.rows(settings, 0, 2 * each)
    assert all(sorted(half.ravel()) == list(range(each * 50)) for half in np.split(order, 2))
    assert not np.array_equal(*np.split(order, 2))
    assert np.array_equal(lenet_run.rows(settings, each - 1, 2), order[each - 1 : each + 1])
    assert not np.array_equal(lenet_run.rows(Settings(batch=50, seed=2), 0, 1), order[:1])


def test_it_reads_what_torch_reads_and_so_does_the_file_taken_home(tmp_path):
    run = Run(Settings())
    run.to(130)
    net = ARCHITECTURES["lenet5"].build()
    net.load_state_dict({name: torch.from_numpy(weight) for name, weight in run.weights.items()})
    pictures = run.digits.pictures[run.digits.learned :]
    with torch.inference_mode():
        expected = net(torch.from_numpy(pictures)[:, None].float() / 255).softmax(1).numpy()
    np.testing.assert_allclose(run.read(pictures, ())["probabilities"], expected, atol=1e-5)
    share = (expected.argmax(1) == run.digits.labels[run.digits.learned :]).mean()
    assert run.checks[130] == pytest.approx(share) and share > 0.85
    file = tmp_path / "net.onnx"
    file.write_bytes(lenet_run.trained(run).SerializeToString())
    taken = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    assert [port.name for port in taken.get_inputs()] == ["pictures"]
    np.testing.assert_allclose(taken.run(["probabilities"], {"pictures": pictures})[0], expected, atol=1e-5)
    drawings = np.stack([lenet_data.drawn(code) for code in DIGITS])
    assert (run.read(drawings, ())["probabilities"].argmax(1) == np.arange(10)).sum() >= 8  # it reads the sample drawings too


def test_the_digits_are_scikit_learn_s():
    from sklearn.datasets import load_digits

    theirs, ours = load_digits(), lenet_data.load("sklearn")
    order = np.random.default_rng(lenet_data.SEED).permutation(len(theirs.target))
    assert np.array_equal(ours.labels, theirs.target[order]) and len(ours.labels) - ours.learned == 297
    assert ours.pictures.shape == (1797, 28, 28) and ours.pictures.dtype == np.uint8
    for axis in (1, 2):  # of the height or the width of 20 that framing gives
        assert (ours.pictures > 80).any(axis).sum(1).max() <= 22
    grey = np.rint(theirs.images[order[5]] * (255 / 16)).astype(np.uint8)
    field = engine.run("lenet5_mnist", {"image": np.repeat(grey[None, ..., None], 3, -1)}, ("field",))["field"][0, 0]
    assert np.abs(ours.pictures[5] - 255 * field.clip(0, 1)).max() <= 1
    assert min(np.bincount(ours.labels[ours.learned :])) > 15


def test_a_drawing_is_framed_as_the_digits_are():
    inked = np.argwhere(lenet_data.drawn(DIGITS[7]) > 64)
    assert (inked.max(0) - inked.min(0)).max() + 1 in (19, 20, 21)
    assert not lenet_data.drawn("").any()
    with pytest.raises(ValueError, match="base64"):
        lenet_data.drawn("=")
    assert drawing.is_valid(lenet_live.DEFAULT)


def parquet(folder, split, pictures, labels):
    def png(picture):
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "png")
        return file.getvalue()

    (folder / "mnist").mkdir(exist_ok=True)
    images = [{"bytes": png(picture), "path": None} for picture in pictures]
    pyarrow.parquet.write_table(pyarrow.table({"image": images, "label": labels}), folder / "mnist" / f"{split}.parquet")


@pytest.fixture
def mnist(tmp_path, monkeypatch):
    """A tiny MNIST on this host: 40 digits to learn from, 6 to check with."""
    random = np.random.default_rng(0)
    made = {
        split: (random.integers(0, 256, (n, 28, 28), np.uint8), np.arange(n) % 10) for split, n in (("train", 40), ("test", 6))
    }
    for split, (pictures, labels) in made.items():
        parquet(tmp_path, split, pictures, labels)
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    lenet_data.load.cache_clear()
    yield SimpleNamespace(folder=tmp_path, **made)
    lenet_data.load.cache_clear()


def test_mnist_is_offered_where_the_host_has_it(mnist, monkeypatch):
    assert lenet_data.offered() == ("sklearn", "mnist")
    digits = lenet_data.load("mnist")
    assert digits.learned == 40 and np.array_equal(digits.pictures, np.concatenate([mnist.train[0], mnist.test[0]]))
    assert np.array_equal(digits.labels, np.concatenate([mnist.train[1], mnist.test[1]]))
    monkeypatch.setitem(lenet_data.MNIST_ROWS, "train", 12)
    lenet_data.load.cache_clear()
    assert lenet_data.load("mnist").learned == 12
    monkeypatch.delenv("PLAYGROUND_DATA")
    assert lenet_data.offered() == ("sklearn",)


@pytest.mark.parametrize("harm", ["no parquet", "no digits", "other columns", "no pictures"])
def test_a_damaged_mnist_is_told(mnist, harm):
    file = mnist.folder / "mnist" / "train.parquet"
    if harm == "no parquet":
        file.write_bytes(b"nonsense")
    elif harm == "no digits":
        parquet(mnist.folder, "train", np.zeros((3, 9, 9), np.uint8), [1, 2, 3])
    elif harm == "other columns":
        pyarrow.parquet.write_table(pyarrow.table({"text": ["a"]}), file)
    else:
        pyarrow.parquet.write_table(pyarrow.table({"image": [{"bytes": b"x", "path": None}], "label": [1]}), file)
    with pytest.raises(lenet_data.Unreadable):
        lenet_data.load("mnist")


def test_nine_of_ten_is_found_by_training():
    settings = Settings(seed=2)
    found = lenet_run.first_right(settings, 0.9, 600)
    run = Run(settings)
    run.to(found)
    assert found % lenet_run.CHECK == 0 and run.checks[found] >= 0.9
    assert all(share < 0.9 for step, share in run.checks.items() if step < found)
    assert lenet_run.first_right(Settings(rate=0.0003), 0.9, 20) is None


@pytest.mark.parametrize("seed", [1, 2])
def test_the_net_dies_of_a_rate_too_large_as_the_page_says(seed):
    """No number of the second convolution is above zero, for any digit; with its own rate a good part is."""
    for rate, dies in ((0.3, True), (lenet_run.RATES["momentum"], False)):
        run = Run(Settings(optimiser="momentum", rate=rate, seed=seed))
        run.to(100)
        alive = (run.read(run.digits.pictures[run.digits.learned :], ("conv2",))["conv2"] > 0).mean()
        assert (alive == 0) == dies and (dies or alive > 0.1)


def test_numbers_that_run_away_are_told():
    run = Run(Settings(optimiser="momentum", rate=100.0, batch=8))
    run.to(200)
    assert run.blown and run.ended and run.step < 200
    seen = lenet_live.frame(run, DIGITS[3], 0, full=True)
    assert seen["blown"] and seen["probabilities"] == [0] * 10


@pytest.fixture
def session(monkeypatch):
    """A session whose view has been opened, outside of Streamlit."""
    state = {lenet_live.RUN: Run(Settings())}
    monkeypatch.setattr(lenet_live.st, "session_state", state)
    monkeypatch.setattr(lenet_live, "linked_drawing", lambda: DIGITS[4])
    monkeypatch.setattr(lenet_live.links, "put", lambda name, value: state.__setitem__(f"put {name}", value))
    return state


def asked(session, **question):
    name = lenet_live.name(session[lenet_live.RUN].settings)
    session[lenet_live.VIEW] = {"more": {"run": name, "after": 0, "count": 2, "every": 1, "until": 0, "turn": 7} | question}
    lenet_live.asked()
    return session.pop(lenet_live.ANSWER, None)


def test_frames_are_given_as_asked_for_within_bounds(session):
    answer = asked(session)
    assert [frame["step"] for frame in answer["frames"]] in ([1], [1, 2]) and answer["turn"] == 7 and not answer["end"]
    assert len(asked(session, count=10**6, until=2000)["frames"]) <= lenet_live.MOST_FRAMES
    step = session[lenet_live.RUN].step
    asked(session, after=step, every=10**6)
    assert session[lenet_live.RUN].step <= step + lenet_live.MOST_EVERY * lenet_live.MOST_FRAMES
    assert asked(session, run="another") is None


def test_losses_and_checks_of_frames_are_those_of_the_run(session):
    losses, checks, at = [], [], 0
    while at < 35:
        for frame in asked(session, after=at, count=3, every=3)["frames"]:
            at = frame["step"]
            losses += np.frombuffer(b64decode(frame["losses"]), np.float32).tolist()
            checks += frame.get("checks", [])
    run = session[lenet_live.RUN]
    assert losses == np.array(run.losses, np.float32).tolist() and len(losses) == run.step
    assert dict([(0, run.checks[0]), *checks]) == run.checks


def test_a_pause_is_where_the_view_stands(session):
    run = session[lenet_live.RUN]
    asked(session, count=8, until=8)
    assert run.step == 8
    session[lenet_live.VIEW] = {"stopped": {"run": lenet_live.name(run.settings), "at": 5, "turn": 9}}
    lenet_live.stopped()
    answer = session[lenet_live.ANSWER]
    assert run.step == 5 and session["put trained"] == "5" and answer["turn"] == 9
    assert [frame["step"] for frame in answer["frames"]] == [5] and answer["frames"][0]["right"] == run.right(run.answers())


def test_frames_show_the_numbers_of_the_graph(session):
    run = session[lenet_live.RUN]
    frame = lenet_live.frame(run, DIGITS[4], 0)
    kernels = np.frombuffer(b64decode(frame["kernels"]), np.float32).reshape(6, 1, 5, 5)
    assert np.array_equal(kernels, run.weights["conv1.weight"])
    maps = F.conv2d(torch.from_numpy(lenet_data.drawn(DIGITS[4]))[None, None].float() / 255, torch.from_numpy(kernels.copy()),
                    torch.from_numpy(run.weights["conv1.bias"]), padding=2)[0].numpy()  # fmt: skip
    shares = np.frombuffer(b64decode(frame["conv1"]), np.int8).reshape(6, 28, 28)
    assert np.abs(shares - 127 * maps / np.abs(maps).max()).max() <= 0.51
    assert lenet_live.frame(run, "", 0)["probabilities"] is None


def test_the_code_to_take_home_runs(capsys):
    code = lenet_live.code(Settings(optimiser="momentum", rate=0.02), 5)
    exec(compile(code, "taken home", "exec"), {})
    assert capsys.readouterr().out.startswith("5 ")


def test_the_benchmark_measures_both():
    """The benchmark runs and has what it says; speed is not asserted here."""
    measured = rows(batches=(4,), rounds=1)
    assert [row["optimiser"] for row in measured] == ["sgd", "momentum", "adam"]
    assert all(row["batch"] == 4 and row["onnx"][0] > 0 and row["torch"][0] > 0 for row in measured)


def test_steps_are_described():
    for optimiser in lenet_run.RATES:
        facts = catalog.facts(lenet_run.step_name(optimiser))
        inputs = {port["name"]: port["shape"] for port in facts["io_ports"]["inputs"]}
        for name, shape in structure.shapes(catalog.graph("lenet5")).items():
            assert inputs[name] == list(shape)
        assert "ConvTranspose" in lenet_run.step_text(optimiser)


def test_the_cover_is_a_picture():
    cover = lenet_live.cover()
    assert cover.dtype == np.uint8 and cover.shape[2] == 3 and 2 < cover.shape[1] / cover.shape[0] < 3.2
    assert len(np.unique(cover.reshape(-1, 3), axis=0)) > 100 and figures.signed(np.zeros(1)).min() == 255
