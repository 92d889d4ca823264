"""Many filters, many layers: fields against the gradient of torch, pools, mixtures and growth against torch, the slides."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from playground import catalog, layers_field, layers_filters, layers_grids, matrices
from playground.engine import run
from playground.layers_code import CODE
from playground.sample_photos import photo

# ---- receptive fields


def support(layers, side=256):
    """Per layer, the extent of the middle cell's gradient, by torch; a pool as a mean, since a maximum has one source."""
    x = torch.ones(1, 1, side, side, dtype=torch.float64, requires_grad=True)
    maps, extents = x, []
    for layer in layers:
        low, high = layer.pads
        padded = functional.pad(maps, (low, high, low, high))
        if layer.kind == "c":
            kernel = torch.ones(1, 1, layer.kernel, layer.kernel, dtype=torch.float64)
            maps = functional.conv2d(padded, kernel, stride=layer.stride, dilation=layer.dilation)
        else:
            maps = functional.avg_pool2d(padded, layer.kernel, layer.stride)
        middle = maps.shape[2] // 2
        (gradient,) = torch.autograd.grad(maps[0, 0, middle, middle], x, retain_graph=True)
        rows = gradient[0, 0].abs().sum(1).nonzero()[:, 0]
        extents.append(int(rows.max() - rows.min()) + 1)
    return extents


@pytest.mark.parametrize("stack", [*layers_field.scenes().values(), "c3s2-p2-c5d2", "p3s2-c3s2-c7", "c2-c11s4-p3s2", "c1-c3d8"])
def test_fields_are_the_support_of_torch_s_gradient(stack):
    layers = layers_field.parse(stack)
    assert [field for field, _size in layers_field.measured(layers)] == support(layers)


@pytest.mark.parametrize("count", range(1, 13))
def test_the_lecture_s_2n_plus_1(count):
    assert layers_field.measured(layers_field.parse("-".join(["c3"] * count)))[-1] == (2 * count + 1, layers_field.SIDE)


@pytest.mark.parametrize("stack", ["c3s2-c3-p2-c5d4", "c7s2-p3s2-c3d2", "p2-p2-p2"])
def test_fields_follow_the_formula_on_the_page(stack):
    field, step = 1, 1
    for layer, (measured, _size) in zip(
        layers_field.parse(stack), layers_field.measured(layers_field.parse(stack)), strict=True
    ):
        field += (layer.kernel - 1) * layer.dilation * step
        step *= layer.stride
        assert measured == field


def test_the_graph_of_a_stack_runs_and_gives_the_sizes_that_are_shown():
    layers = layers_field.parse("c3s2-p3s2-c5d2-p2")
    answer = layers_grids.operators.run(layers_field.text(layers), layers_field.inputs(layers))
    assert [layer["size"] for layer in layers_field.data(layers)["layers"]] == [32, 16, 16, 8]
    assert answer["y"].shape[2:] == (8, 8)


@pytest.mark.parametrize("stack", ["c3", "c3s2-p2-c3d2-p3s2", "c11s4-p2s1"])
def test_stacks_are_read_and_written(stack):
    assert layers_field.write(layers_field.parse(stack)) == stack


@pytest.mark.parametrize("stack", [
    "", "-", "c", "x3", "c4", "c3d3", "c3s9", "p2d2", "c3-", "c03", "-".join(["c3"] * 13), "-".join(["p2"] * 7), "c3s²", "c33",
])  # fmt: skip
def test_what_is_no_stack_is_refused(stack):
    with pytest.raises(ValueError):
        layers_field.parse(stack)


def test_the_least_number_of_layers():
    assert layers_field.least(11, layers_field.parse("c3")) == 5
    assert layers_field.least(21, layers_field.parse("c3")) == 10
    assert layers_field.least(21, layers_field.parse("c3-p2")) == 6
    assert layers_field.least(300, layers_field.parse("c3")) is None


# ---- filters


@pytest.mark.parametrize("name", layers_filters.NETS)
def test_filters_alone_make_the_maps_that_the_net_makes(name):
    given = layers_filters.inputs(name, photo("golf_ball"), 5)
    maps = layers_filters.maps(name, given)["maps"]
    node = next(node for node in catalog.graph(name).graph.node if node.op_type == "Conv")
    whole = run(name, {"image": photo("golf_ball")[None]}, (node.output[0],))[node.output[0]]
    np.testing.assert_allclose(maps, whole[:, :5], atol=1e-4)


def test_filters_are_counted_as_torch_counts_them():
    name = layers_filters.NETS[0]
    given = layers_filters.inputs(name, photo("church"), 12)
    layer = torch.nn.Conv2d(3, 12, 7)
    parameters, macs = layers_filters.cost(layers_filters.text(name), given)
    assert parameters == sum(weights.numel() for weights in layer.parameters())
    assert macs == 3 * 7 * 7 * layers_filters.maps(name, given)["maps"].size


def test_the_slide_s_detour_over_ten_maps():
    (parameters, macs), (fewer, less) = layers_filters.bottleneck()
    assert (parameters, fewer) == (5 * 5 * 64 * 128, 1 * 1 * 64 * 10 + 5 * 5 * 10 * 128)
    assert (macs, less) == (parameters * 28 * 28, fewer * 28 * 28)
    assert layers_filters.doubled() == 4


@pytest.mark.parametrize("name", layers_filters.NETS)
def test_later_stages_see_more_and_what_they_see_lies_in_the_photo(name):
    stages = layers_filters.hierarchy(name, photo("church"))
    sizes = [stage.size for stage in stages]
    assert sizes == sorted(sizes) and sizes[0] == 7
    for stage in stages:
        top, left, bottom, right = stage.field
        assert 0 <= top <= bottom and 0 <= left <= right
        assert max(bottom - top, right - left) + 1 == len(stage.seen) <= stage.size


# ---- grids


@pytest.mark.parametrize("op, torch_s", [("max", functional.max_pool2d), ("average", functional.avg_pool2d)])
@pytest.mark.parametrize("size, stride", [(1, 1), (2, 2), (3, 1), (3, 2), (2, 3), (4, 3)])
@pytest.mark.parametrize("shape", [(6, 6), (4, 9), (7, 5)])
def test_pools_are_torch_s(op, torch_s, size, stride, shape):
    grid = torch.randn(shape)
    expected = torch_s(grid[None, None], size, stride)
    torch.testing.assert_close(torch.from_numpy(layers_grids.pooled(op, grid.numpy(), size, stride)["y"]), expected)


def test_a_pool_of_the_lecture_s_image_and_what_a_shift_leaves():
    grid = matrices.parse(layers_grids.LECTURE)
    assert layers_grids.pooled("max", grid, 2, 2)["y"][0, 0].tolist() == [[4, 5, 5], [5, 5, 2], [4, 4, 5]]
    for op, reduce in (("max", np.max), ("average", np.mean)):
        blocks = [reduce(values.reshape(3, 2, 3, 2), (1, 3)) for values in (grid, np.c_[grid[:, :1], grid[:, :-1]])]
        assert layers_grids.kept(op, grid, 2, 2) == ((blocks[0] == blocks[1]).sum(), 9)


@pytest.mark.parametrize("size", [2, 4, 8])
def test_photos_are_made_smaller_as_torch_does(size):
    picture = torch.randint(0, 256, (33, 41, 3), dtype=torch.uint8)
    answer, x = layers_grids.shrunk(picture.numpy(), size), picture.permute(2, 0, 1)[None].float()
    for name, expected in (("largest", functional.max_pool2d(x, size)), ("mean", functional.avg_pool2d(x, size)),
                           ("strided", x[:, :, ::size, ::size])):  # fmt: skip
        got = torch.from_numpy(answer[name]).permute(0, 3, 1, 2).float()
        torch.testing.assert_close(got, expected.round(), atol=1, rtol=0)  # a half may be rounded either way
        assert (got != expected.round()).float().mean() < 0.02


@pytest.mark.parametrize("shape", [(1, 1), (5, 8), (31, 2)])
def test_a_mixture_is_a_dense_layer_in_each_pixel(shape):
    picture, matrix = torch.randint(0, 256, (*shape, 3), dtype=torch.uint8), torch.randn(3, 3)
    answer = layers_grids.mixed(picture.numpy(), matrix.numpy())
    sums = torch.einsum("mc,hwc->mhw", matrix, picture.float())
    torch.testing.assert_close(torch.from_numpy(answer["sums"][0]), sums, atol=1e-3, rtol=1e-5)
    shown = torch.from_numpy(answer["picture"][0]).permute(2, 0, 1).float()
    torch.testing.assert_close(shown, sums.clamp(0, 255).round(), atol=1, rtol=0)


@pytest.mark.parametrize("shape", [(2, 2), (3, 4), (4, 1)])
def test_every_way_to_grow_is_torch_s_and_the_transposed_convolution_that_the_view_explains_it_by(shape):
    kernel = torch.randn(3, 2)
    ways = {
        "nearest": lambda x: functional.interpolate(x, scale_factor=2, mode="nearest"),
        "bilinear": lambda x: functional.interpolate(
            x, size=tuple(2 * n - 1 for n in shape), mode="bilinear", align_corners=True
        ),
        "transposed": lambda x: functional.conv_transpose2d(x, kernel[None, None], stride=2),
        "shuffle": lambda x: functional.pixel_shuffle(x, 2),
    }  # fmt: skip
    for way, torch_s in ways.items():
        grown = layers_grids.growth(way, kernel.numpy())
        x = torch.randn(1, grown.channels, *shape)
        answer = torch.from_numpy(layers_grids.grow(grown, x[0].numpy())["y"])
        torch.testing.assert_close(answer, torch_s(x))
        weights = torch.from_numpy(np.asarray(grown.kernel, np.float32))
        top, left, bottom, right = grown.pads
        laid = functional.conv_transpose2d(x, weights, stride=grown.stride)
        torch.testing.assert_close(answer, laid[..., top : laid.shape[2] - bottom, left : laid.shape[3] - right])


def test_the_lecture_s_tables():
    one = np.zeros((1, 3, 3), np.float32)
    one[0, 1, 1] = 1
    table = layers_grids.grow(layers_grids.growth("bilinear"), one)["y"][0, 0, 1:4, 1:4]
    assert table.tolist() == [[0.25, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 0.25]]
    shuffled = layers_grids.grow(layers_grids.growth("shuffle"), np.array([1, 2, 3, 4.0])[:, None, None])["y"]
    assert shuffled[0, 0].tolist() == [[1, 2], [3, 4]]
    x = torch.randn(1, 12, 5, 7)  # x · y · 12 → 2x · 2y · 3
    assert functional.pixel_shuffle(x, 2).shape == (1, 3, 10, 14)


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_photos_grow_as_torch_makes_them_grow(size):
    picture = torch.randint(0, 256, (26, 19, 3), dtype=torch.uint8)
    answer = layers_grids.photo_ways(picture.numpy(), size)
    x = picture[:24, :16].permute(2, 0, 1)[None].float()
    small, weights = functional.avg_pool2d(x, 4), torch.full((3, 1, size, size), 4 / size**2)
    twice = functional.conv_transpose2d(
        functional.conv_transpose2d(small, weights, stride=2, groups=3), weights, stride=2, groups=3
    )
    expected = {
        "nearest": functional.interpolate(small, scale_factor=4),
        "bilinear": functional.interpolate(small, scale_factor=4, mode="bilinear", align_corners=False),
        "transposed": twice.clamp(0, 255),
        "shuffled": x,
    }
    for name, values in expected.items():
        torch.testing.assert_close(torch.from_numpy(answer[name]).permute(0, 3, 1, 2).float(), values, atol=0.51, rtol=0)
    assert answer["channels"].shape == (1, 48, 6, 4)


def test_a_checkerboard_is_where_the_stride_does_not_divide_the_kernel():
    assert [layers_grids.even(size) for size in (2, 3, 4, 5)] == [True, False, True, False]
    board = layers_grids.grow(layers_grids.growth("transposed", np.ones((3, 3))), np.ones((1, 2, 2)))["y"][0, 0]
    assert board.tolist() == [[1, 1, 2, 1, 1], [1, 1, 2, 1, 1], [2, 2, 4, 2, 2], [1, 1, 2, 1, 1], [1, 1, 2, 1, 1]]


@pytest.mark.parametrize("shape", [(1, 1), (3, 700)])
def test_the_smallest_photos_shrink_and_grow(shape):
    picture = np.full((*shape, 3), 90, np.uint8)
    assert layers_grids.photo_ways(picture, 3)["shuffled"].min() == 90


def test_the_cover_is_computed():
    assert layers_grids.cover().dtype == np.uint8 and layers_grids.cover().shape[1] > 2.5 * layers_grids.cover().shape[0]


@pytest.mark.parametrize("section, printed", [
    ("field", "tensor(11)"), ("filters", "(1, 12, 56, 56)"), ("pooling", "tensor"), ("mix", "True"), ("up", "tensor"),
])  # fmt: skip
def test_what_is_taken_home_runs(section, printed, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "filters.onnx").write_bytes(layers_grids.operators.graph(layers_filters.text(layers_filters.NETS[0])))
    exec(CODE[section], {})
    assert printed in capsys.readouterr().out
