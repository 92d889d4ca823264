"""The convolution lesson's graphs against torch on random shapes, and against every number that the slides print."""

import io
from contextlib import redirect_stdout

import numpy as np
import onnx
import pytest
import torch
from PIL import Image

from playground import convolution, drawing, window
from playground import convolution_photo as photos
from playground import convolution_scenes as scenes
from playground import convolution_search as searches
from playground.convolution import ACTIVATIONS, Impossible, Setting, convolve
from playground.sample_photos import photo

torch.set_num_threads(1)


def drawn(seed: int, op: str):
    """A random setting that fits, with its image, kernels and biases as torch tensors."""
    random = np.random.default_rng(seed)
    groups, rows, columns = int(random.choice([1, 1, 2, 3])), *random.integers(1, 5, 2)
    channels, filters = groups * random.integers(1, 4, 2)
    setting = Setting(op, int(random.integers(1, 4)), str(random.choice(["valid", "same", "1", "2", "3"])),
                      str(random.choice(["zero", "reflect"])), int(random.integers(1, 4)), groups,
                      str(random.choice(["", *ACTIVATIONS])))  # fmt: skip
    x = torch.randn(channels, *random.integers(1, 17, 2))
    kernels = (channels, filters // groups) if op == "transposed" else (filters, channels // groups)
    return setting, x, torch.randn(*kernels, rows, columns), torch.randn(filters) if random.random() < 0.6 else None


@pytest.mark.parametrize("seed", range(150))
def test_a_convolution_is_torch_s(seed):
    """Over stride, padding (zeros, reflection; valid, same, a number), dilation, groups, channels, bias and activation."""
    setting, x, w, b = drawn(seed, "conv")
    top, left, bottom, right = setting.pads(w.shape[2:])
    try:
        answer = convolve(x.numpy(), w.numpy(), None if b is None else b.numpy(), setting)
    except Impossible:
        with pytest.raises(RuntimeError):
            _torch(setting, x, w, b, (left, right, top, bottom))
        return
    sums = _torch(setting, x, w, b, (left, right, top, bottom))
    torch.testing.assert_close(torch.from_numpy(answer["sums"]), sums, atol=1e-4, rtol=1e-4)
    expected = getattr(torch, setting.activation)(sums) if setting.activation else sums
    torch.testing.assert_close(torch.from_numpy(answer["y"]), expected, atol=1e-4, rtol=1e-4)
    _formula_agrees(setting, x, w, answer["y"])


def _torch(setting, x, w, b, pad):
    mode = "reflect" if setting.fill == "reflect" else "constant"
    padded = torch.nn.functional.pad(x[None], pad, mode) if any(pad) else x[None]
    return torch.conv2d(padded, w, b, setting.stride, 0, setting.dilation, setting.groups)


@pytest.mark.parametrize("seed", range(100))
def test_a_transposed_convolution_is_torch_s(seed):
    """Padding cuts the output; torch knows only as much on both sides, so ours is cut from its uncut result."""
    setting, x, w, b = drawn(seed, "transposed")
    top, left, bottom, right = setting.pads(w.shape[2:])
    whole = torch.conv_transpose2d(x[None], w, b, setting.stride, 0, 0, setting.groups, setting.dilation)
    expected = whole[:, :, top : whole.shape[2] - bottom, left : whole.shape[3] - right]
    if min(whole.shape[2] - top - bottom, whole.shape[3] - left - right) < 1:
        with pytest.raises(Impossible):
            convolve(x.numpy(), w.numpy(), None if b is None else b.numpy(), setting)
        return
    answer = convolve(x.numpy(), w.numpy(), None if b is None else b.numpy(), setting)
    torch.testing.assert_close(torch.from_numpy(answer["sums"]), expected, atol=1e-4, rtol=1e-4)
    _formula_agrees(setting, x, w, answer["y"])


def _formula_agrees(setting, x, w, y):
    """The formula that is shown, read as LaTeX and worked out, gives the size that the graph gave."""
    for line in convolution.size_formula(x.shape, w.shape, y.shape[1:], setting).split(",\\quad "):
        formula, stated = line.removesuffix("}").split(" = \\mathbf{")
        for latex, python in (("\\left\\lfloor \\frac{", "(("), ("}{", ")//("), ("} \\right\\rfloor", "))"), ("\\cdot", "*")):
            formula = formula.replace(latex, python)
        assert eval(formula) == int(stated)
    assert int(stated) == y.shape[3 if (x.shape[1], w.shape[2]) != (x.shape[2], w.shape[3]) else 2]


@pytest.mark.parametrize("name", scenes.SCENES)
def test_the_code_to_take_home_prints_the_same(name):
    scene = scenes.SCENES[name]
    said = io.StringIO()
    with redirect_stdout(said):
        exec(convolution.in_torch(scene.x, scene.w, scene.b, scene.setting), {})
    expected = torch.from_numpy(convolve(scene.x, scene.w, scene.b, scene.setting)["y"])
    printed = eval(said.getvalue(), {"tensor": torch.tensor})
    torch.testing.assert_close(printed, expected, atol=1e-3, rtol=1e-3)


def result(name: str, x=None) -> np.ndarray:
    scene = scenes.SCENES[name]
    return convolve(scene.x if x is None else x, scene.w, scene.b, scene.setting)["y"][0, 0]


def test_the_slide_with_the_6x6_image():
    assert result("first").tolist() == [[9, 2, 2, 6], [-1, 4, 8, 7], [-4, 8, 8, 0], [2, 9, 7, 4]]


def test_the_slide_with_the_5x5_image():
    assert result("second").tolist() == [[12, 12, 17], [10, 17, 19], [9, 6, 14]]


def test_the_padding_slide_prints_other_numbers_than_its_data_give():
    assert result("padding").tolist() == [[1, 5, 6], [7, 8, 3], [3, 10, 4]]
    assert scenes.SCENES["padding"].printed.tolist() == [[1, 6, 5], [7, 10, 9], [7, 10, 8]]


@pytest.mark.parametrize("kind, largest", [("backslash", 2), ("slash", 1)])
def test_a_slash_is_told_by_the_maximum_wherever_it_stands(kind, largest):
    scene, seen = scenes.SCENES["slash"], []
    for row in range(3):
        for column in range(3):
            x = np.roll(scenes.SLASHES[kind][None], (row - 2, column - 2), (1, 2))
            answer = convolve(x, scene.w, None, scene.setting, slash=True)
            seen.append((float(answer["largest"]), bool(answer["backslash"])))
    assert seen == [(largest, largest == 2)] * 9


def test_the_slash_slides_maps():
    assert result("slash").tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 2]]
    assert result("slash", scenes.SLASHES["slash"][None]).tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0]]
    upper_left = np.roll(scenes.SLASHES["backslash"][None], (-2, -2), (1, 2))
    assert result("slash", upper_left).tolist() == [[2, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_the_curve_detector():
    assert scenes.detected(scenes.PATCHES["curve"]) == 6600
    assert scenes.detected(scenes.PATCHES["ear"]) == 0
    assert np.argwhere(scenes.CURVE).tolist() == [[0, 5], [1, 4], [2, 3], [3, 3], [4, 3], [5, 3]]


def test_the_layer_has_nine_outputs_and_ten_parameters():
    """The slide writes the first one out: the sigmoid of w6 + w8 + w9 + b."""
    scene = scenes.SCENES["layer"]
    y = convolve(scene.x, scene.w, scene.b, scene.setting)["y"]
    w = scene.w.ravel()
    assert y.size == 9 and convolution.parameters(scene.x, scene.w, scene.b, y) == (10, 90)
    assert y[0, 0, 0, 0] == pytest.approx(1 / (1 + np.exp(-(w[5] + w[7] + w[8] + scene.b[0]))), abs=1e-6)


def test_a_group_sees_its_own_channels():
    scene = scenes.SCENES["channels"]
    y = convolve(scene.x, scenes.in_groups(scene, 3), scene.b, Setting(groups=3))["sums"][0]
    for n in range(3):
        alone = convolve(scene.x[n : n + 1], scene.w[n : n + 1, n : n + 1], scene.b[n : n + 1], Setting())["sums"][0, 0]
        assert np.array_equal(y[n], alone)


def test_a_slash_stops_at_the_border():
    x = scenes.SLASHES["backslash"][None]
    assert np.array_equal(scenes.moved(x, 1, 0), x) and np.array_equal(scenes.moved(x, 0, 1), x)
    assert np.argwhere(scenes.moved(x, -1, 0)[0]).tolist() == [[1, 2], [2, 3]]


@pytest.mark.parametrize("seed", range(40))
def test_questions_can_be_answered(seed):
    scene = list(scenes.SCENES.values())[seed % len(scenes.SCENES)]
    other = scenes.asked(scene.x, scene.w, scene.setting, seed)
    y = convolve(scene.x, scene.w, scene.b, other)["y"][0]
    row, column = scenes.spot(y, seed)
    assert other != scene.setting and y[0].size > 1 and 0 <= row < y.shape[1] and 0 <= column < y.shape[2]


def test_a_question_is_found_where_hardly_anything_fits():
    one, large = np.ones((1, 1, 1), np.float32), np.ones((1, 1, 7, 7), np.float32)
    assert scenes.asked(one, large, Setting(padding="same"), 0).padding == "same"
    alone = Setting("transposed", stride=4, padding="3")
    assert scenes.asked(np.ones((1, 2, 2), np.float32), np.ones((1, 1, 3, 3), np.float32), alone, 0) is not None


@pytest.mark.parametrize("linked, damaged", [
    ({"input": "1,2;3,4"}, False), ({"kernel": "1"}, False), ({"bias": "0.5"}, False), ({"input": None}, False),
    ({"input": "1,2;3"}, True), ({"input": "1/2"}, True), ({"kernel": ";".join(["1"] * 8)}, True), ({"bias": "1,2"}, True),
    ({"kernel": "nan"}, True), ({"input": "2000"}, True), ({"input": "/" * 500}, True),
])  # fmt: skip
def test_links_are_read_or_passed_over(linked, damaged):
    scene = scenes.SCENES["first"]
    x, w, b, was_damaged = scenes.from_link(scene, 1, linked)
    assert was_damaged == damaged
    assert x.ndim == 3 and w.ndim == 4 and (b is None or b.shape == (1,))
    if damaged:
        assert np.array_equal(x, scene.x) and np.array_equal(w, scene.w) and b is None


def test_stacks_of_matrices_are_read_and_written():
    values = np.random.default_rng(0).integers(-9, 9, (2, 3, 4, 2)).astype(np.float32) / 4
    assert np.array_equal(window.stack(window.write(values)), values.reshape(6, 4, 2))
    for text in ("", "1/2,3", "/".join(["1"] * (window.MOST + 1))):
        with pytest.raises(ValueError):
            window.stack(text)


@pytest.mark.parametrize("shown", photos.SHOWN)
@pytest.mark.parametrize("name", photos.KERNELS)
def test_a_kernel_over_a_photo_is_torch_s(name, shown):
    kernel, gain, offset = torch.from_numpy(photos.KERNELS[name]), 1.5, 20.0
    picture = photo("golf_ball")[:70, 30:90]
    x = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float()
    half = len(kernel) // 2
    sums = torch.conv2d(torch.nn.functional.pad(x, [half] * 4, "reflect"), kernel.expand(3, 1, -1, -1).contiguous(), groups=3)
    value = gain * (sums.abs() if shown == "absolute" else sums) + offset
    expected = value.clamp(0, 255)[0].permute(1, 2, 0).numpy()
    filtered = photos.filtered(picture, photos.KERNELS[name], gain, offset, shown)["filtered"][0]
    assert filtered.dtype == np.uint8 and filtered.shape == picture.shape
    assert np.abs(filtered - expected).max() <= 0.5 + 1e-3


def test_plain_areas_are_black_for_edges_and_stay_for_blurs():
    plain = np.full((20, 20, 3), 90, np.uint8)
    level = {name: int(photos.filtered(plain, kernel)["filtered"].max()) for name, kernel in photos.KERNELS.items()}
    assert level["edges"] == level["sobel_x"] == level["sobel_y"] == 0
    assert level["identity"] == level["blur"] == level["gauss"] == level["sharpen"] == level["emboss"] == 90
    assert level["tenths"] == 81 and level["glow"] == 252


@pytest.mark.parametrize("size", [(1, 1), (3, 700), (480, 481), (2000, 90)])
def test_any_photo_fits(size):
    picture = photos.fitted(np.zeros((*size, 3), np.uint8))
    assert max(picture.shape[:2]) <= photos.SIDE and min(picture.shape[:2]) >= photos.PATCH
    filtered = photos.filtered(picture, np.ones((7, 7), np.float32))["filtered"][0]
    patch, box = photos.patch(picture, *photos.pixel("9999.9999", picture), 0)
    assert filtered.shape == picture.shape and patch.shape == (1, 7, 7) and box[2:] == picture.shape[:2]


def test_the_numbers_in_the_frame_are_the_picture_s():
    picture, kernel = photo("church"), photos.KERNELS["sharpen"]
    patch, (top, left, *_) = photos.patch(picture, 100, 200, 1)
    sums = convolve(patch, kernel[None, None], None, Setting())["y"][0, 0]
    filtered = photos.filtered(picture, kernel)["filtered"][0, top + 1 : top + 6, left + 1 : left + 6, 1]
    assert np.array_equal(np.rint(sums.clip(0, 255)), filtered)


def test_the_detector_finds_its_curve_in_the_mouse_and_not_its_ear():
    answer = searches.search(drawing.picture(searches.MOUSE), scenes.CURVE)
    row, column = searches.place(answer)
    ink, kernel = torch.from_numpy(answer["ink"]), torch.from_numpy(scenes.CURVE)[None, None]
    sums = torch.conv2d(ink, kernel)
    torch.testing.assert_close(torch.from_numpy(answer["sums"]), sums)
    assert sums[0, 0, row, column] == sums.max() and column > 16  # the ear is in the left half
    assert answer["sums"][0, 0, :16, :12].max() < 0.8 * answer["sums"].max()
    page = Image.fromarray(drawing.picture(searches.MOUSE)).convert("L").reduce(4)
    assert np.abs(ink[0, 0].numpy() - (255 - np.asarray(page, float)) * searches.INK / 255).max() <= 0.7


def test_a_patch_found_is_found_again():
    """The patch at the best match is larger on itself than on anything else of the drawing."""
    picture = drawing.picture(searches.MOUSE)
    answer = searches.search(picture, scenes.CURVE)
    row, column = searches.place(answer)
    patch = answer["ink"][0, 0, row : row + 7, column : column + 7]
    assert searches.place(searches.search(picture, patch)) == (row, column)


def test_files_are_graphs_that_the_checker_takes():
    graphs = [convolution.file(Setting(padding="same", fill="reflect"), (3, 3), True, True), photos.file((5, 5), "absolute"),
              searches.file()]  # fmt: skip
    for graph in graphs:
        onnx.checker.check_model(onnx.load_from_string(graph), full_check=True)


def test_the_cover_is_a_picture():
    cover = photos.cover()
    assert cover.shape == (390, 1040, 3) and cover.dtype == np.uint8 and cover.std() > 30
