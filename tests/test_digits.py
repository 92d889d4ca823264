"""The digits lesson: what its views are given is enough to recompute every number, and points to the right pixels."""

import base64

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from playground.digits import ACROSS, LAYERS, LENET, READERS, layers_of, read
from playground.drawing import Stroke, encode, picture
from playground.samples import DIGITS

READING = read(picture(DIGITS[4]))
VIEW = layers_of(READING, None)
BY_NAME = {layer["name"]: layer for layer in VIEW["layers"]}


def values(layer, key="values", shape="shape") -> torch.Tensor:
    flat = np.frombuffer(base64.b64decode(layer[key]), np.float32)
    return torch.from_numpy(flat.reshape(layer[shape]).copy())


def test_three_readers_read_the_sample():
    assert {name: int(answer["probabilities"].argmax()) for name, answer in READING.answers.items()} == dict.fromkeys(
        READERS, 4
    )


@pytest.mark.parametrize(("name", "before"), [("conv1", "field"), ("conv2", "pool1")])
def test_the_view_s_kernels_give_the_view_s_maps(name, before):
    layer = BY_NAME[name]
    bias = torch.from_numpy(np.frombuffer(base64.b64decode(layer["bias"]), np.float32).copy())
    got = F.conv2d(
        values(BY_NAME[before])[None], values(layer, "weights", "weight_shape"), bias, layer["stride"], layer["padding"]
    )
    torch.testing.assert_close(got[0], values(layer), atol=1e-5, rtol=0)


@pytest.mark.parametrize(("name", "before"), [("pool1", "conv1"), ("pool2", "conv2")])
def test_pools_take_the_maximum_of_what_relu_left(name, before):
    got = F.max_pool2d(values(BY_NAME[before]).relu(), BY_NAME[name]["kernel"], BY_NAME[name]["stride"])
    torch.testing.assert_close(got, values(BY_NAME[name]))
    assert BY_NAME[before]["relu"]


@pytest.mark.parametrize(
    ("name", "before", "row", "column"), [("fc1", "pool2", 7, 3), ("fc2", "fc1", 11, 6), ("fc3", "fc2", 4, 0)]
)
def test_a_clicked_unit_brings_the_weights_of_its_sum(name, before, row, column):
    unit = layers_of(READING, f"{name}.0.{row}.{column}")["unit"]
    weights = torch.from_numpy(np.frombuffer(base64.b64decode(unit["weights"]), np.float32).copy())
    total = values(BY_NAME[before]).flatten().relu() @ weights + unit["bias"]
    index = row * ACROSS[name] + column
    assert unit["look"] == f"{name}.{index}"
    assert total.item() == pytest.approx(values(BY_NAME[name])[index].item(), abs=1e-4)


@pytest.mark.parametrize("look", ["", "fc1", "fc1.0.99.99", "conv1.0.1.1", "fc1.0.-1.0", "fc1.0.x.0", "fc9.0.0.0", "<script>"])
def test_a_nonsensical_look_is_no_look(look):
    assert layers_of(READING, look)["unit"] is None


def test_receptive_fields_are_the_textbook_s():
    sizes = {}
    for name in ("conv1", "pool1", "conv2", "pool2"):
        low, high = BY_NAME[name]["rows_seen"][len(BY_NAME[name]["rows_seen"]) // 2]
        sizes[name] = high - low + 1
    assert sizes == {"conv1": 5, "pool1": 6, "conv2": 14, "pool2": 16}
    assert BY_NAME["conv1"]["rows_seen"][0] == (0, 2)  # padding is not paper


@pytest.mark.parametrize(("right", "down"), [(0, 0), (3, 0), (0, -5), (-4, 6)])
def test_the_outlined_window_is_where_the_field_s_ink_lies(right, down):
    sheet = picture(encode([Stroke(14, False, ((60, 70), (120, 70), (120, 160)))]))
    reading = read(sheet, right, down)
    field = reading.answers[LENET]["field"][0, 0]
    for row, column in zip(*np.nonzero(field > 0.95), strict=True):
        x, y = reading.left + (column + 0.5) * reading.step, reading.top + (row + 0.5) * reading.step
        assert sheet[int(y * 128), int(x * 128), 0] < 128


@pytest.mark.parametrize(("right", "down"), [(3, 0), (0, -5), (-4, 6), (10, 10)])
def test_a_shift_moves_the_field_and_loses_what_leaves_it(right, down):
    still, moved = (read(picture(DIGITS[4]), *shift).answers[LENET]["field"][0, 0] for shift in ((0, 0), (right, down)))
    expected = np.zeros_like(still)
    for row in range(28):
        for column in range(28):
            if 0 <= row + down < 28 and 0 <= column + right < 28:
                expected[row + down, column + right] = still[row, column]
    np.testing.assert_allclose(moved, expected, atol=1 / 255)


def test_layers_are_all_there():
    assert tuple(BY_NAME) == LAYERS
    assert [layer["kind"] for layer in VIEW["layers"]] == ["input", "conv", "max", "conv", "max", "dense", "dense", "dense"]
