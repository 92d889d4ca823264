"""Links of trainings, whole and broken; points in links and tables; a training that is gone back in, edited and replayed."""

import numpy as np
import pytest

from playground import training_points
from playground.training import Run
from playground.training_data import DATA, sample
from playground.training_live import SHADES, SMALL, Live, classes, shades
from playground.training_puzzle import RIGHT, graded
from playground.training_scene import OWN, USUAL, Edit, read, write_edits
from playground.training_words import scenes


@pytest.mark.parametrize("name", DATA)
def test_points_travel_in_a_link(name):
    points = sample(name, 0.2, 3, 300)
    code = training_points.encode(points)
    back = training_points.decode(code)
    assert (back.task, back.classes) == (points.task, points.classes)
    apart = 0.0 if points.task != "regression" else 1 / 127
    if points.task == "regression":
        points.y[:] = points.y.clip(-1, 1)
    assert np.abs(np.sort(back.x, 0) - np.sort(points.x, 0)).max() < 0.0016
    assert np.abs(np.sort(back.y) - np.sort(points.y)).max() <= apart
    assert training_points.encode(back) == code
    assert len(code) < 2700 and code.isascii() and not set(code) & set("+/=&?")


@pytest.mark.parametrize(
    "code", ["", "A", "AA", "AAEB", "AAABAAAA", "AAIBAAAA", "AQYBAAAABwEAAAA", "CAAA", "!!!", "AA==", "А" * 8, "A" * 9999]
)
def test_what_is_no_points_is_refused(code):
    with pytest.raises(ValueError):
        training_points.decode(code)


def test_a_table_of_words_numbers_and_values():
    points, scaled, rows = training_points.from_csv("x1;x2;kind\n1,5;2;cat\n-3;4;dog\n0;0;cat\n".encode("utf-8-sig"))
    assert points.task == "binary" and points.y.tolist() == [-1, 1, -1] and not scaled and rows == 3
    assert points.x[0].tolist() == [1.5, 2]
    points, scaled, _rows = training_points.from_csv(b"0,0,1\n10,20,2\n5,5,10\n")
    assert points.task == "classes" and points.classes == 3 and scaled
    assert points.x.min() == -5 and points.x.max() == 5 and points.y.tolist() == [0, 1, 2]
    points, scaled, rows = training_points.from_csv("\n".join(f"{i % 7 - 3}\t{i % 5}\t{i}" for i in range(700)).encode())
    assert points.task == "regression" and len(points) == training_points.MOST and rows == 700 and scaled
    assert points.y.min() == -1 and 0.99 < points.y.max() <= 1


@pytest.mark.parametrize(("table", "why"), [
    (b"", "columns"), (b"1,2\n3,4\n", "columns"), (b"1,2,3\n", "few"), (b"1,b,3\n1,2,3\n", "numbers"),
    (b"1,2,inf\n" * 2 + b"".join(b"1,2,w%d\n" % i for i in range(7)), "numbers"), (b"x" * 2_000_000, "large"),
])  # fmt: skip
def test_a_table_that_is_none_says_why(table, why):
    with pytest.raises(training_points.BadTable, match=why):
        training_points.from_csv(table)


def test_our_own_table_is_read_again():
    train, test = read({"data": "rings"})[0].start.parts()
    points, scaled, rows = training_points.from_csv(training_points.to_csv(train, test))
    assert rows == 500 and not scaled and points.classes == 3
    assert np.array_equal(points.x, np.concatenate([train.x, test.x])) and np.array_equal(points.y, np.r_[train.y, test.y])


def test_an_address_is_a_scene_and_words_unknown_are_passed_over():
    scene, damaged = read({"data": "pinwheel", "features": "sin1,x1", "layers": "6,5", "activations": "relu,sine",
                           "rate": "0.3", "optimiser": "adam",
                           "batch": "7", "loss": "hinge", "two": "1", "layers2": "-", "dropout2": "0.3",
                           "epoch": "40", "stop": "90", "noise": "<b>"})  # fmt: skip
    first, second = scene.start.setups
    assert damaged == [] and scene.epoch == 40 and scene.stop == 90 and scene.start.noise == 0.1
    assert first.features == ("x1", "sin1") and first.layers == (6, 5) and first.activations == ("relu", "sine")
    assert (first.rate, first.optimiser, first.batch, first.loss) == (0.3, "adam", 10, "hinge")
    assert second.layers == () and second.dropout == 0.3 and (second.rate, second.features) == (0.3, first.features)
    assert read({})[0].start.setups == (USUAL,)
    assert read({"data": "plane", "loss": "hinge"})[0].start.setups[0].loss == "squared"


@pytest.mark.parametrize(("name", "value"), [
    ("features", "x1,x9"), ("features", ","), ("layers", "4,0"), ("layers", "99"), ("layers", "1,1,1,1,1,1,1"), ("layers", "²"),
    ("activations", "tanh,<b>"), ("seed", "-1"), ("seed", "1e3"), ("sample", "x"), ("epoch", "20001"), ("epoch", "x"),
    ("stop", "x"), ("edits", "x"), ("edits", "0,0,9,0,0,1"), ("edits", "0,1,0,0,0,1"), ("edits", "5,0,0,0,0,1"),
    ("edits", "0,0,0,0,0,1e9"),
    ("edits", "0,0,0,0,0,nan"), ("edits", "0,0,0,4,0,1"), ("edits", "0,0,0,0,4,1"), ("edits", "0,0,0,0,0,1;" * 300),
])  # fmt: skip
def test_what_is_damaged_is_told_and_the_rest_stands(name, value):
    scene, damaged = read({"data": "xor", name: value})
    assert damaged == [name] and scene.start.data == "xor"
    assert scene.start.setups == (USUAL,) and scene.edits == ()


def test_points_that_are_damaged_leave_a_data_set():
    scene, damaged = read({"data": OWN, "points": "!!"})
    assert damaged == ["points"] and scene.start.data == "circle"
    assert read({"data": OWN})[0].start.data == "circle"


HAND = {"data": "moons", "layers": "3", "two": "1", "optimiser2": "adam", "dropout2": "0.2", "epoch": "9",
        "edits": "0,0,0,0,1,2.5;4,1,1,b,0,-1"}  # fmt: skip


def test_a_link_replays_two_runs_with_edits_bit_for_bit():
    scene, damaged = read(HAND)
    live = Live(scene)
    assert damaged == [] and write_edits(live.edits) == HAND["edits"]
    for run, setup in zip(live.runs, scene.start.setups, strict=True):
        other = Run(setup, *scene.start.parts())
        if setup.optimiser == "sgd":
            other.set("w0", (0, 1), 2.5)
        for epoch in range(9):
            if epoch == 4 and setup.optimiser == "adam":
                other.set("b1", (0,), -1)
            other.advance(1)
        for name, value in run.parameters.items():
            assert np.array_equal(value, other.parameters[name]), name


def test_played_on_gone_back_and_edited_it_is_what_its_link_says():
    live = Live(read({"data": "xor", "optimiser": "adam"})[0])
    epochs = [frame["step"] for frame in live.frames(5, 2, 0)]
    assert epochs == list(range(2, 2 * len(epochs) + 1, 2)) and epochs
    list(live.frames(8, 2, 0))
    live.at(2)
    assert live.epoch == 2 and live.edit(Edit(2, 0, 1, None, 1, 0.75)) and live.edit(Edit(2, 0, 1, None, 1, 0.5))
    list(live.frames(1, 3, 0))
    link = {"data": "xor", "optimiser": "adam", "epoch": str(live.epoch), "edits": write_edits(live.edits)}
    assert link["edits"] == "2,0,1,b,1,0.5"
    again = Live(read(link)[0])
    for name, value in live.runs[0].parameters.items():
        assert np.array_equal(value, again.runs[0].parameters[name]), name
    live.at(0)  # long gone: computed anew, without what was edited later
    assert live.epoch == 0 and live.edits == []


def test_it_stops_by_itself_and_where_numbers_blow_up():
    live = Live(read({"data": "xor", "stop": "7"})[0])
    while not live.ended(7):
        list(live.frames(8, 5, 7))
    assert live.epoch == 7
    list(live.frames(1, 5, 7))
    assert live.epoch == 12  # asked to go on, it does
    wild = Live(read({"data": "plane", "layers": "4", "activations": "linear", "rate": "10"})[0])
    frames = list(wild.frames(3, 1, 0))
    assert frames[-1]["lost"] and wild.ended(0)


def test_maps_are_packed_by_sign_and_class():
    assert shades(np.array([-2.0, -1, 0, 0.5, 1])).tolist() == [0, 0, 127, 190, 254]
    shares = np.array([[0.25, 0.9], [0.5, 0.05], [0.25, 0.05]])[:, None]
    assert classes(shares).tolist() == [[SHADES + round(0.25 * 31), round(0.85 * 31)]]
    frame = Live(read({"data": "rings", "layers": "5,4"})[0]).frame(SMALL)
    assert len(frame["runs"][0]["maps"]) == -(-(2 + 5 + 4 + 3) * SMALL**2 // 3) * 4  # in base64


def test_the_scenes_show_what_their_titles_say():
    def after(name: str, epochs: int) -> Live:
        address = scenes()[name][1]
        assert read(address)[1] == []
        return Live(read(address | {"epoch": str(epochs)})[0])

    def right(live: Live, run: int = 0, part: str = "test") -> float:
        return float(live.runs[run].measured(getattr(live, part))["right"])

    assert right(after("line", 100)) < 0.8 and right(after("product", 50)) > 0.97
    assert right(after("spiral", 150)) > 0.95 and right(after("classes", 100)) > 0.97
    rate = after("rate", 100)
    assert right(rate, 0) < 0.8 and right(rate, 1) > 0.95
    fitted = after("overfit", 300)
    loss = [[float(run.measured(part)["loss"]) for part in (fitted.train, fitted.test)] for run in fitted.runs]
    assert loss[0][0] < 0.05 and loss[0][1] > 2 * loss[1][1]
    dead = after("dead", 100)
    assert float(dead.runs[0].measured(dead.train)["dead2"]) == 1


def test_the_question_is_graded_by_training():
    shares = graded("xor")
    assert {name for name, share in shares.items() if share >= RIGHT} >= {"product", "four"}
    assert shares["line"] < 0.8 and shares["squares"] < 0.8
    assert graded("circle")["squares"] >= RIGHT > graded("circle")["line"]
