"""The x-ray against what really happens: ONNX Runtime with disturbed inputs, torch's gradients, published numbers."""

import itertools

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from playground import xray

torch.set_num_threads(1)


def graph(nodes, inputs, outputs, weights=None, opset=20):
    """A model of nodes; inputs: name -> shape or (shape, element type); weights: name -> array."""
    typed = {
        name: spec if spec and isinstance(spec[0], (tuple, list)) else (spec, TensorProto.FLOAT)
        for name, spec in inputs.items()
    }
    body = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info(name, kind, shape) for name, (shape, kind) in typed.items()],
        [onnx.ValueInfoProto(name=name) for name in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in (weights or {}).items()],
    )
    return helper.make_model(body, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


def run(model, feeds, outputs=None):
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(outputs, feeds)


def hull(mask):
    """The smallest box around the true elements, as receptive_field gives it."""
    if not mask.any():
        return None
    return tuple((int(where.min()), int(where.max())) for where in np.nonzero(mask))


def disturbed(model, shape, seed=0):
    """For each output element, which input elements change it: bool [*output, *input]."""
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    random = np.random.default_rng(seed)
    changes = False
    for size in (0.3, -5.0, 20.0) * 2:
        x = random.uniform(0.5, 1.5, shape).astype(np.float32)
        base = session.run(None, {"x": x})[0]
        columns = []
        for index in np.ndindex(*shape):
            other = x.copy()
            other[index] += size
            columns.append(~np.isclose(session.run(None, {"x": other})[0], base, rtol=1e-4, atol=1e-6))
        changes |= np.stack(columns, axis=-1)
    return changes.reshape(*base.shape, *shape)


def op(kind, *more, **attributes):
    return helper.make_node(kind, ["x", *more], ["y"], **attributes)


def ints(*values):
    return np.array(values, np.int64)


W = {"w": np.random.default_rng(1).uniform(0.5, 1, (4, 2, 3, 2)).astype(np.float32)}
OPERATORS = {  # name: (node or nodes, shape of x, weights, opset)
    "conv": (op("Conv", "w", pads=[1, 0, 2, 1], strides=[2, 1]), (1, 2, 6, 5), W, 13),
    "conv far padding": (op("Conv", "w", pads=[5, 4, 5, 4]), (1, 2, 4, 4), W, 11),
    "conv dilated": (op("Conv", "w", pads=[3, 1, 2, 1], dilations=[3, 2]), (1, 2, 6, 5), W, 11),
    "conv groups": (op("Conv", "w", group=2), (1, 4, 5, 4), W, 7),
    "conv same upper": (op("Conv", "w", auto_pad="SAME_UPPER", strides=[2, 2]), (1, 2, 6, 5), W, 7),
    "conv same lower": (op("Conv", "w", auto_pad="SAME_LOWER", strides=[2, 2]), (1, 2, 6, 5), W, 11),
    "conv valid": (op("Conv", "w", auto_pad="VALID"), (1, 2, 5, 6), W, 11),
    "conv 1d": (op("Conv", "w", pads=[1, 1]), (2, 2, 6), {"w": W["w"][:, :, :, 0]}, 13),
    "transposed": (op("ConvTranspose", "w", strides=[2, 3], pads=[1, 0, 0, 1]), (1, 4, 3, 3), W, 11),
    "transposed gaps": (op("ConvTranspose", "w", strides=[4, 3], output_padding=[1, 2]), (1, 4, 3, 3), W, 11),
    "transposed dilated": (op("ConvTranspose", "w", dilations=[2, 3], pads=[1, 1, 1, 1]), (1, 4, 3, 4), W, 11),
    "transposed groups": (op("ConvTranspose", "w", group=2), (1, 4, 2, 3), W, 11),
    "transposed same": (op("ConvTranspose", "w", strides=[2, 1], auto_pad="SAME_UPPER"), (1, 4, 3, 3), W, 11),
    "transposed lower": (op("ConvTranspose", "w", strides=[2, 1], auto_pad="SAME_LOWER"), (1, 4, 3, 3), W, 11),
    "transposed shape": (op("ConvTranspose", "w", strides=[2, 2], output_shape=[6, 7]), (1, 4, 3, 3), W, 11),
    "max pool": (op("MaxPool", kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 1]), (1, 2, 6, 5), {}, 8),
    "max pool ceil": (op("MaxPool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1), (1, 1, 6, 8), {}, 12),
    "max pool ceil dropped": (
        op("MaxPool", kernel_shape=[2, 2], strides=[2, 3], pads=[1] * 4, ceil_mode=1),
        (1, 1, 5, 7),
        {},
        12,
    ),
    "max pool dilated": (op("MaxPool", kernel_shape=[2, 2], dilations=[2, 3], pads=[1] * 4), (1, 1, 6, 6), {}, 12),
    "average pool": (op("AveragePool", kernel_shape=[3, 2], strides=[3, 1], pads=[1, 0, 1, 0]), (1, 2, 6, 4), {}, 7),
    "average pool same": (op("AveragePool", kernel_shape=[3, 2], auto_pad="SAME_UPPER"), (1, 1, 4, 4), {}, 11),
    "lp pool": (op("LpPool", kernel_shape=[2, 2]), (1, 2, 4, 4), {}, 11),
    "global pool": (op("GlobalAveragePool"), (1, 2, 3, 4), {}, 7),
    "global max pool": (op("GlobalMaxPool"), (1, 2, 3, 4), {}, 7),
    "lrn": (op("LRN", size=3, alpha=1.0, beta=1.0), (1, 5, 2, 2), {}, 13),
    "batch norm": (op("BatchNormalization", "s", "s", "s", "s"), (2, 3, 2, 2), {"s": np.ones(3, np.float32)}, 9),
    "instance norm": (op("InstanceNormalization", "s", "s"), (2, 3, 3, 2), {"s": np.ones(3, np.float32)}, 7),
    "layer norm": (op("LayerNormalization", "s"), (2, 3, 4), {"s": np.ones(4, np.float32)}, 17),
    "layer norm 2": (op("LayerNormalization", "s", axis=1), (2, 3, 4), {"s": np.ones((3, 4), np.float32)}, 17),
    "group norm": (op("GroupNormalization", "s", "s", num_groups=2), (1, 4, 3, 2), {"s": np.ones(4, np.float32)}, 21),
    "lp norm": (op("LpNormalization", axis=1), (2, 3, 2), {}, 7),
    "mean variance": (op("MeanVarianceNormalization"), (2, 2, 2, 2), {}, 13),
    "softmax matrix": (op("Softmax", axis=1), (2, 2, 3), {}, 11),
    "softmax": (op("Softmax", axis=1), (2, 3, 2), {}, 13),
    "log softmax": (op("LogSoftmax"), (2, 3, 2), {}, 13),
    "upsample": (op("Upsample", mode="nearest", scales=[1.0, 1.0, 2.0, 3.0]), (1, 1, 3, 2), {}, 7),
    "upsample 9": (op("Upsample", "s", mode="linear"), (1, 1, 3, 3), {"s": np.float32([1, 1, 2, 3])}, 9),
    "resize 10": (op("Resize", "s"), (1, 1, 4, 6), {"s": np.float32([1, 1, 2.5, 0.5])}, 10),
    "depth to space": (op("DepthToSpace", blocksize=2), (1, 8, 2, 3), {}, 11),
    "depth to space crd": (op("DepthToSpace", blocksize=2, mode="CRD"), (1, 8, 2, 3), {}, 11),
    "space to depth": (op("SpaceToDepth", blocksize=2), (1, 2, 4, 6), {}, 13),
    "pad 2": (op("Pad", pads=[0, 1, 1, 0], mode="reflect"), (3, 4), {}, 7),
    "pad": (op("Pad", "p"), (3, 4), {"p": ints(0, 2, 1, 1)}, 13),
    "pad crop": (op("Pad", "p"), (4, 5), {"p": ints(1, -2, -1, 1)}, 13),
    "pad edge": (op("Pad", "p", mode="edge"), (3, 4), {"p": ints(1, 2, 1, 1)}, 13),
    "pad reflect": (op("Pad", "p", mode="reflect"), (3, 4), {"p": ints(2, 3, 1, 2)}, 13),
    "pad wrap": (op("Pad", "p", mode="wrap"), (3, 4), {"p": ints(2, 3, 1, 2)}, 19),
    "pad axes": (op("Pad", "p", "", "a"), (3, 4), {"p": ints(2, 1), "a": ints(-1)}, 18),
    "slice 7": (op("Slice", starts=[1, -3], ends=[3, 9], axes=[0, 1]), (4, 5), {}, 7),
    "slice": (
        op("Slice", "b", "e", "a", "t"),
        (4, 6),
        {"b": ints(-1, 1), "e": ints(-9, 6), "a": ints(0, -1), "t": ints(-2, 2)},
        13,
    ),
    "concat": (op("Concat", "x", axis=1), (2, 3), {}, 7),
    "split": (helper.make_node("Split", ["x"], ["z", "y"], axis=1, split=[2, 3]), (2, 5), {}, 11),
    "transpose": (op("Transpose", perm=[2, 0, 1]), (2, 3, 4), {}, 7),
    "transpose all": (op("Transpose"), (2, 3, 4), {}, 13),
    "reshape": (op("Reshape", "s"), (2, 6, 4), {"s": ints(2, 3, 8)}, 13),
    "reshape merge": (op("Reshape", "s"), (2, 3, 4), {"s": ints(0, -1)}, 7),
    "reshape mix": (op("Reshape", "s"), (4, 6), {"s": ints(3, 8)}, 7),
    "flatten": (op("Flatten"), (2, 3, 1, 2), {}, 7),
    "squeeze": (op("Squeeze", axes=[1]), (2, 1, 3), {}, 11),
    "unsqueeze": (op("Unsqueeze", "a"), (2, 3), {"a": ints(0, 2)}, 13),
    "expand": (op("Expand", "s"), (3, 1), {"s": ints(2, 3, 4)}, 13),
    "tile": (op("Tile", "r"), (2, 3), {"r": ints(2, 3)}, 13),
    "matmul": (op("MatMul", "w"), (2, 3, 4), {"w": np.ones((4, 2), np.float32)}, 9),
    "matmul right": (helper.make_node("MatMul", ["w", "x"], ["y"]), (2, 3, 4), {"w": np.ones((5, 3), np.float32)}, 13),
    "matmul vector": (op("MatMul", "w"), (2, 3), {"w": np.ones(3, np.float32)}, 13),
    "matmul self": (op("MatMul", "x"), (3, 3), {}, 13),
    "gemm": (op("Gemm", "w", "x", transA=1), (3, 3), {"w": np.ones((3, 3), np.float32)}, 13),
    "einsum": (op("Einsum", "w", equation="bij,jk->bki"), (2, 3, 4), {"w": np.ones((4, 2), np.float32)}, 12),
    "einsum dots": (op("Einsum", "x", equation="...ij,...kj->...ik"), (2, 3, 2), {}, 12),
    "einsum sum": (op("Einsum", equation="ij->j"), (3, 4), {}, 12),
    "reduce": (op("ReduceMean", axes=[1], keepdims=0), (2, 3, 4), {}, 11),
    "reduce 18": (op("ReduceMax", "a"), (2, 3, 4), {"a": ints(0, -1)}, 18),
    "reduce all": (op("ReduceSum", keepdims=0), (2, 3), {}, 13),
    "reduce none": (op("ReduceSum", noop_with_empty_axes=1), (2, 3), {}, 13),
    "argmax": (op("ArgMax", axis=1), (3, 4), {}, 13),
    "top k": (helper.make_node("TopK", ["x", "k"], ["y", "i"], axis=1), (2, 4), {"k": ints(2)}, 11),
    "gather": (op("Gather", "i", axis=1), (2, 5), {"i": ints(3, -1, 0)}, 13),
    "gather one": (op("Gather", "i", axis=0), (3, 4), {"i": np.int64(1)}, 13),
    "cumsum": (op("CumSum", "a"), (2, 4), {"a": np.int64(1)}, 11),
    "cumsum back": (op("CumSum", "a", reverse=1, exclusive=1), (4, 2), {"a": np.int64(0)}, 14),
    "broadcast": (op("Add", "w"), (3, 1), {"w": np.ones((2, 1, 4), np.float32)}, 7),
    "prelu": (op("PRelu", "w"), (2, 3), {"w": np.float32([0.1, 0.2, 0.3])}, 9),
    "lstm": (
        op("LSTM", "w", "r", hidden_size=2),
        (4, 2, 3),
        {"w": np.full((1, 8, 3), 0.1, np.float32), "r": np.full((1, 8, 2), 0.1, np.float32)},
        14,
    ),
    "gru back": (
        op("GRU", "w", "r", hidden_size=2, direction="reverse"),
        (4, 2, 3),
        {"w": np.full((1, 6, 3), 0.1, np.float32), "r": np.full((1, 6, 2), 0.1, np.float32)},
        14,
    ),
    "rnn last": (
        helper.make_node("RNN", ["x", "w", "r"], ["", "y"], hidden_size=2),
        (3, 2, 3),
        {"w": np.full((1, 2, 3), 0.1, np.float32), "r": np.full((1, 2, 2), 0.1, np.float32)},
        14,
    ),
}
for mode, nearest, where in itertools.chain(
    itertools.product(
        ["nearest"],
        ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"],
        ["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"],
    ),
    itertools.product(["linear", "cubic"], ["floor"], ["half_pixel", "asymmetric", "align_corners"]),
):
    for sizes in ((7, 3), (10, 1)):
        OPERATORS[f"resize {mode} {nearest} {where} {sizes}"] = (
            op("Resize", "", "", "s", mode=mode, nearest_mode=nearest, coordinate_transformation_mode=where),
            (1, 1, 5, 6),
            {"s": ints(1, 1, *sizes)},
            13,
        )
for mode in ("linear", "cubic"):
    OPERATORS[f"resize antialias {mode}"] = (
        op("Resize", "", "s", mode=mode, antialias=1),
        (1, 1, 9, 8),
        {"s": np.float32([1, 1, 1 / 3, 0.4])},
        18,
    )


@pytest.mark.parametrize("name", OPERATORS)
def test_receptive_field_of_one_operator(name):
    node, shape, weights, opset = OPERATORS[name]
    model = graph([node], {"x": shape}, ["y"], weights, opset)
    changes = disturbed(model, shape)
    size = changes.shape[: changes.ndim - len(shape)]
    random = np.random.default_rng(0)
    indices = list(np.ndindex(*size))
    for index in random.permutation(len(indices))[:12]:
        index = indices[index]
        found = xray.receptive_field(model, "y", index, {"x": shape})
        assert found == hull(changes[index]), (index, size)


class Twin:
    """A random linear network, built at once as ONNX nodes and in torch; weights are positive, so nothing cancels."""

    def __init__(self, seed, gaps):
        self.random = np.random.default_rng(seed)
        self.gaps = gaps  # whether more than one layer may leave gaps between the positions that it reads
        self.nodes, self.weights = [], {}
        self.shape = (1, 2, *map(int, self.random.integers(9, 16, 2)))
        self.x = torch.rand(self.shape, requires_grad=True)
        self.name, self.value = "x", self.x
        self.made = {"x": self.x}

    def draw(self, low, high):
        return [int(value) for value in self.random.integers(low, high + 1, 2)]

    def weight(self, *shape):
        name = f"w{len(self.weights)}"
        self.weights[name] = self.random.uniform(0.5, 1, shape).astype(np.float32)
        return name, torch.from_numpy(self.weights[name])

    def add(self, kind, value, *more, **attributes):
        before, self.name, self.value = self.name, f"t{len(self.nodes)}", value
        self.nodes.append(helper.make_node(kind, [before, *more], [self.name], **attributes))
        self.made[self.name] = value
        value.retain_grad()

    def conv(self):
        groups = int(self.random.integers(1, 3))
        kernel, stride, pad = self.draw(1, 3), self.draw(1, 2), self.draw(0, 3)
        if not self.gaps:
            stride = [min(pair) for pair in zip(kernel, stride, strict=True)]
            pad = [min(p, k - 1) for p, k in zip(pad, kernel, strict=True)]
        dilation = self.draw(1, 3) if self.gaps or not self.bent else [1, 1]
        if any((k - 1) * d >= side for k, d, side in zip(kernel, dilation, self.value.shape[2:], strict=True)):
            return
        self.gapped = self.gapped or max(dilation) > 1
        name, w = self.weight(4, self.value.shape[1] // groups, *kernel)
        value = F.conv2d(self.value, w, None, stride, pad, dilation, groups)
        self.add("Conv", value, name, strides=stride, pads=pad * 2, dilations=dilation, group=groups)

    def transposed(self):
        kernel, stride = self.draw(1, 3), self.draw(1, 2)
        if not self.gaps:
            stride = [min(pair) for pair in zip(kernel, stride, strict=True)]
        pad = [min(k - 1, 1) for k in kernel]
        name, w = self.weight(self.value.shape[1], 2, *kernel)
        value = F.conv_transpose2d(self.value, w, None, stride, pad)
        self.add("ConvTranspose", value, name, strides=stride, pads=pad * 2)

    def pool(self):
        kernel = self.draw(2, 3)
        pad = self.draw(0, 1)
        ceil = bool(self.random.integers(2))
        value = F.avg_pool2d(self.value, kernel, 2, pad, ceil_mode=ceil)
        self.add(
            "AveragePool", value, kernel_shape=kernel, strides=[2, 2], pads=pad * 2, ceil_mode=int(ceil), count_include_pad=1
        )

    def grow(self):
        mode = self.random.choice(["nearest", "bilinear", "bicubic"] if self.gaps else ["nearest", "bilinear"])
        size = [side * 2 if mode == "nearest" else side + 3 for side in self.value.shape[2:]]  # no ties for nearest
        name = f"w{len(self.weights)}"
        self.weights[name] = ints(*self.value.shape[:2], *size)
        value = F.interpolate(self.value, size, mode=mode)
        self.add(
            "Resize",
            value,
            "",
            "",
            name,
            mode={"bilinear": "linear", "bicubic": "cubic"}.get(mode, mode),
            coordinate_transformation_mode="asymmetric" if mode == "nearest" else "half_pixel",
            nearest_mode="floor",
            cubic_coeff_a=-0.75,
        )

    def reflect(self):
        self.bent = True
        left, right = self.draw(0, 2)
        name = f"w{len(self.weights)}"
        self.weights[name] = ints(0, 0, 0, left, 0, 0, 0, right)
        self.add("Pad", F.pad(self.value, (left, right, 0, 0), "reflect"), name, mode="reflect")

    def skip(self):
        name, w = self.weight(self.value.shape[1], self.value.shape[1], 3, 3)
        before, old = self.name, self.value
        self.add("Conv", F.conv2d(old, w, padding=1), name, pads=[1] * 4)
        if self.random.integers(2):
            self.add("Add", self.value + old, before)
        else:
            self.add("Concat", torch.cat([self.value, old], 1), before, axis=1)

    def norm(self):
        names = [self.weight(self.value.shape[1]) for _ in range(4)]
        scale, bias, mean, variance = (tensor for _, tensor in names)
        value = F.batch_norm(self.value, mean, variance, scale, bias)
        self.add("BatchNormalization", value, *(name for name, _ in names))

    def grown(self):
        self.gapped = self.bent = False
        steps = [self.conv, self.conv, self.transposed, self.pool, self.grow, self.reflect, self.skip, self.norm]
        while len(self.nodes) < 6 and min(self.value.shape[2:]) > 4:
            if self.gapped and not self.gaps:
                steps = [step for step in steps if step not in (self.conv, self.reflect)]
            steps[self.random.integers(len(steps))]()
        return graph(self.nodes, {"x": self.shape}, [self.name], self.weights, 22)


def check_against_gradient(seed, gaps):
    """Yields (ours, the box of the gradient) for random elements of a random network, to its input and to a layer."""
    torch.manual_seed(seed)
    twin = Twin(seed, gaps)
    model = twin.grown()
    inputs = {"x": twin.shape}
    (answer,) = run(model, {"x": twin.x.detach().numpy()})
    assert np.allclose(answer, twin.value.detach().numpy(), rtol=1e-3, atol=1e-2)  # the twins are alike
    for wrt in ("x", twin.random.choice(list(twin.made)[:-1])):
        for _ in range(3):
            index = tuple(int(twin.random.integers(size)) for size in twin.value.shape)
            (gradient,) = torch.autograd.grad(twin.value[index], twin.made[wrt], retain_graph=True, allow_unused=True)
            yield xray.receptive_field(model, twin.name, index, inputs, wrt), hull(gradient.numpy() != 0)


@pytest.mark.parametrize("seed", range(40))
def test_receptive_field_of_random_networks(seed):
    for found, true in check_against_gradient(seed, gaps=False):
        assert found == true


@pytest.mark.parametrize("seed", range(100, 120))
def test_receptive_field_never_misses(seed):
    for found, true in check_against_gradient(seed, gaps=True):
        if true is not None:
            assert all(a <= c and d <= b for (a, b), (c, d) in zip(found, true, strict=True))


def test_tables_agree_with_single_elements():
    torch.manual_seed(0)
    twin = Twin(4, gaps=True)
    model = twin.grown()
    inputs = {"x": twin.shape}
    rows, columns = xray.receptive_field_axes(model, twin.name, inputs)
    assert (rows.wrt_axis, rows.axis, columns.wrt_axis, columns.axis) == (2, 2, 3, 3)
    channel = twin.value.shape[1] // 2
    for y, x in np.ndindex(*twin.value.shape[2:]):
        found = xray.receptive_field(model, twin.name, (0, channel, y, x), inputs)
        table = ((rows.low[y], rows.high[y]), (columns.low[x], columns.high[x]))
        assert found[2:] == table if found else any(low > high for low, high in table)


def test_tables_find_their_axes():
    """A picture with the channels last, transposed inside; a dense layer, which no axis moves."""
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["t", "w"], ["c"], strides=[2, 2]),
        helper.make_node("Flatten", ["c"], ["f"]),
        helper.make_node("MatMul", ["f", "m"], ["y"]),
    ]
    weights = {"w": np.ones((2, 3, 2, 2), np.float32), "m": np.ones((2 * 4 * 3, 5), np.float32)}
    model = graph(nodes, {"x": (1, 8, 6, 3)}, ["y"], weights)
    rows, columns = xray.receptive_field_axes(model, "c", {"x": (1, 8, 6, 3)})
    assert (rows.wrt_axis, rows.axis, columns.wrt_axis, columns.axis) == (1, 2, 2, 3)
    assert rows.low.tolist() == [0, 2, 4, 6] and rows.high.tolist() == [1, 3, 5, 7]
    for field, size in zip(xray.receptive_field_axes(model, "y", {"x": (1, 8, 6, 3)}), (8, 6), strict=True):
        assert field.axis is None and (field.low.tolist(), field.high.tolist()) == ([0], [size - 1])
    assert [fact.receptive_field for fact in xray.facts(model, {"x": (1, 8, 6, 3)})] == [(1, 1), (2, 2), (2, 2), (8, 6)]


def test_shapes_and_counts_carry_no_values():
    nodes = [
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("ConstantOfShape", ["s"], ["zeros"]),
        helper.make_node("Reshape", ["w", "s"], ["y"]),
        helper.make_node("Add", ["y", "zeros"], ["z"]),
    ]
    model = graph(nodes, {"x": (2, 3), "w": (6,)}, ["z"])
    inputs = {"x": (2, 3), "w": (6,)}
    assert xray.receptive_field(model, "z", (1, 1), inputs, "x") is None
    assert xray.receptive_field(model, "z", (1, 1), inputs, "w") == ((4, 4),)
    assert [fact.receptive_field for fact in xray.facts(model, inputs, "x")] == [None] * 4


class Sketch:
    """A network's structure: weights have shapes and no data, so that even VGG takes no memory."""

    def __init__(self):
        self.nodes, self.weights = [], []

    def add(self, kind, *inputs, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [f"t{len(self.nodes)}"], **attributes))
        return self.nodes[-1].output[0]

    def weight(self, *shape):
        self.weights.append(TensorProto(name=f"w{len(self.weights)}", dims=shape, data_type=TensorProto.FLOAT))
        return self.weights[-1].name

    def conv(self, x, fan_in, fan_out, kernel, stride=1, pad=None, group=1, norm=False):
        pad = kernel // 2 if pad is None else pad
        bias = [] if norm else [self.weight(fan_out)]
        x = self.add(
            "Conv",
            x,
            self.weight(fan_out, fan_in // group, kernel, kernel),
            *bias,
            strides=[stride] * 2,
            pads=[pad] * 4,
            group=group,
        )
        return self.add("BatchNormalization", x, *(self.weight(fan_out) for _ in range(4))) if norm else x

    def dense(self, x, fan_in, fan_out):
        return self.add("Gemm", x, self.weight(fan_out, fan_in), self.weight(fan_out), transB=1)

    def model(self, side=224, channels=3):
        model = graph(self.nodes, {"x": ("batch", channels, side, side)}, [self.nodes[-1].output[0]])
        model.graph.initializer.extend(self.weights)
        return model


def lenet():
    net = Sketch()
    x = net.add("Tanh", net.conv("x", 1, 6, 5))
    x = net.add("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
    x = net.add("Tanh", net.conv(x, 6, 16, 5, pad=0))
    x = net.add("Flatten", net.add("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2]))
    x = net.add("Tanh", net.dense(x, 400, 120))
    x = net.add("Tanh", net.dense(x, 120, 84))
    net.dense(x, 84, 10)
    return net.model(28, 1)


def vgg16():
    net, x, fan_in = Sketch(), "x", 3
    for fan_out, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(depth):
            x, fan_in = net.add("Relu", net.conv(x, fan_in, fan_out, 3)), fan_out
        x = net.add("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    x = net.add("Flatten", x)
    for fan_in, fan_out in ((512 * 7 * 7, 4096), (4096, 4096), (4096, 1000)):
        x = net.dense(x, fan_in, fan_out)
    return net.model()


def resnet(depths, stride_first):
    """He's own places the stride on the first 1x1 convolution of a stage, torchvision's on the 3x3."""
    net = Sketch()
    x, fan_in = net.add("Relu", net.conv("x", 3, 64, 7, 2, norm=True)), 64
    x = net.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    for stage, depth in enumerate(depths):
        width = 64 * 2**stage
        for block in range(depth):
            stride = 2 if stage and block == 0 else 1
            first, second = (stride, 1) if stride_first else (1, stride)
            y = net.add("Relu", net.conv(x, fan_in, width, 1, first, norm=True))
            y = net.add("Relu", net.conv(y, width, width, 3, second, norm=True))
            y = net.conv(y, width, 4 * width, 1, norm=True)
            if block == 0:
                x, fan_in = net.conv(x, fan_in, 4 * width, 1, stride, norm=True), 4 * width
            x = net.add("Relu", net.add("Add", y, x))
    net.dense(net.add("Flatten", net.add("GlobalAveragePool", x)), 2048, 1000)
    return net.model()


def mobilenet():
    net = Sketch()
    x, fan_in = net.add("Relu", net.conv("x", 3, 32, 3, 2, norm=True)), 32
    for fan_out, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)):
        x = net.add("Relu", net.conv(x, fan_in, fan_in, 3, stride, group=fan_in, norm=True))
        x, fan_in = net.add("Relu", net.conv(x, fan_in, fan_out, 1, norm=True)), fan_out
    net.dense(net.add("Flatten", net.add("GlobalAveragePool", x)), 1024, 1000)
    return net.model()


PUBLISHED = {  # parameters; multiply-adds in billions; receptive field of the last spatial layer (Araujo et al., 2019)
    "LeNet-5": (lenet, 28, 61_706, 0.0004165, 16),
    "VGG-16": (vgg16, 224, 138_357_544, 15.47, 212),
    "ResNet-50": (lambda: resnet([3, 4, 6, 3], True), 224, 25_557_032, 3.86, 483),
    "ResNet-50, torchvision": (lambda: resnet([3, 4, 6, 3], False), 224, 25_557_032, 4.09, 427),
    "ResNet-152": (lambda: resnet([3, 8, 36, 3], True), 224, 60_192_808, 11.28, 1507),
    "MobileNet": (mobilenet, 224, 4_231_976, 0.569, 315),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_numbers(name):
    build, side, parameters, macs, field = PUBLISHED[name]
    facts = xray.facts(build(), {"x": (1, 1 if side == 28 else 3, side, side)})
    assert sum(fact.parameters for fact in facts) == parameters
    assert sum(fact.macs for fact in facts) / 1e9 == pytest.approx(macs, rel=0.005)
    last = [fact for fact in facts if len(fact.shapes[0]) == 4 and fact.shapes[0][2] > 1][-1]
    assert last.receptive_field == (field, field)
    assert facts[-1].receptive_field == (side, side)


def test_lenet_layer_by_layer():
    facts = xray.facts(lenet(), {"x": (3, 1, 28, 28)})
    fields = [fact.receptive_field[0] for fact in facts]
    assert fields == [5, 5, 6, 14, 14, 16, 16, 28, 28, 28, 28, 28]
    assert [fact.parameters for fact in facts if fact.parameters] == [156, 2416, 48120, 10164, 850]
    assert [fact.macs for fact in facts if fact.macs] == [3 * n for n in (117_600, 240_000, 48_000, 10_080, 840)]
    assert facts[5].shapes == ((3, 16, 5, 5),) and facts[5].dtypes == ("float32",)
    assert facts[0].name == "Conv_0" and len({fact.name for fact in facts}) == len(facts)
    assert xray.receptive_field(lenet(), "t5", (0, 3, 0, 2), {"x": (1, 1, 28, 28)})[2:] == ((0, 13), (6, 21))
    later = [fact.receptive_field for fact in xray.facts(lenet(), {"x": (1, 1, 28, 28)}, wrt="t2")]
    assert later == [None] * 3 + [(5, 5)] * 2 + [(6, 6)] * 2 + [(14, 14)] * 5


def test_files_from_before_ir_4_list_weights_among_inputs():
    weights = {"w": np.ones((4, 3, 3, 3), np.float32), "k": ints(4, 16)}
    nodes = [helper.make_node("Conv", ["x", "w"], ["c"]), helper.make_node("Reshape", ["c", "k"], ["y"])]
    inputs = {"x": (1, 3, 6, 6), "w": (4, 3, 3, 3), "k": ((2,), TensorProto.INT64)}
    model = graph(nodes, inputs, ["y"], weights, 7)
    model.ir_version = 3
    facts = xray.facts(model, {"x": (1, 3, 6, 6)})
    assert [(fact.shapes[0], fact.parameters) for fact in facts] == [((1, 4, 4, 4), 108), ((4, 16), 0)]
    assert xray.receptive_field(model, "y", (2, 5), {"x": (1, 3, 6, 6)})[2:] == ((1, 3), (1, 3))


class Mixed(torch.nn.Module):
    """A bit of everything that exporters write differently."""

    def __init__(self):
        super().__init__()
        self.stem = torch.nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False)
        self.norm = torch.nn.BatchNorm2d(8)
        self.depthwise = torch.nn.Conv2d(8, 16, 3, padding=2, dilation=2, groups=8)
        self.groups = torch.nn.GroupNorm(4, 16)
        self.slope = torch.nn.PReLU()
        self.up = torch.nn.ConvTranspose2d(16, 6, 2, stride=2)
        self.layer = torch.nn.LayerNorm(6)
        self.attention = torch.nn.MultiheadAttention(6, 2, batch_first=True)
        self.head = torch.nn.Linear(6, 5)

    def forward(self, picture):
        x = (picture.permute(0, 3, 1, 2).float() / 255 - 0.45) / torch.tensor([0.2, 0.3, 0.4])[:, None, None]
        x = F.hardswish(self.norm(self.stem(x)))
        x = self.slope(self.groups(self.depthwise(x)))
        x = F.interpolate(self.up(x), scale_factor=0.5, mode="bilinear")
        x = self.layer(x.flatten(2).transpose(1, 2))
        x = x + self.attention(x, x, x, need_weights=False)[0]
        return self.head(x.mean(1)).softmax(-1)


@pytest.fixture(scope="module")
def mixed():
    torch.manual_seed(0)
    net = Mixed().eval()
    for parameter in net.parameters():  # no two alike, no zeros
        torch.nn.init.uniform_(parameter, 0.1, 0.5)
    picture = torch.randint(0, 255, (2, 12, 10, 3), dtype=torch.uint8)
    dynamic = ({0: "batch", 1: "height", 2: "width"},)
    program = torch.onnx.export(
        net,
        (picture,),
        dynamo=True,
        opset_version=20,
        input_names=["image"],
        dynamic_shapes=dynamic,
        optimize=False,
        verbose=False,
    )
    return net, picture, program.model_proto


def test_exported_network_counts_as_torch_does(mixed):
    net, picture, model = mixed
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):  # it cannot count the fused kernel
        net(picture)
    facts = xray.facts(model, {"image": tuple(picture.shape)})
    assert sum(fact.parameters for fact in facts) == sum(parameter.numel() for parameter in net.parameters())
    assert 2 * sum(fact.macs for fact in facts) == counter.get_total_flops()


def really(model, feeds):
    """What every node of the model puts out, with every node exposed."""
    names = [fact.outputs[0] for fact in xray.facts(model, feeds)]
    shown = xray.expose(model, names)
    outputs = [value.name for value in shown.graph.output]
    return dict(zip(outputs, run(shown, feeds), strict=True))


def test_shapes_are_those_of_a_run(mixed):
    _, picture, model = mixed
    values = really(model, {"image": picture.numpy()})
    facts = xray.facts(model, {"image": tuple(picture.shape)})
    assert [(fact.shapes[0], fact.dtypes[0]) for fact in facts] == [
        (values[fact.outputs[0]].shape, str(values[fact.outputs[0]].dtype)) for fact in facts
    ]


def test_expose_shows_what_torch_has_inside(mixed):
    net, picture, model = mixed
    caught = []
    for layer in (net.stem, net.depthwise, net.up, net.layer):
        layer.register_forward_hook(lambda module, args, result: caught.append(result.detach().numpy()))
    answer = net(picture).detach().numpy()
    names = [
        fact.outputs[0]
        for fact in xray.facts(model, {"image": tuple(picture.shape)})
        if fact.op in ("Conv", "ConvTranspose", "LayerNormalization")
    ]
    shown = xray.expose(model, reversed(names))
    old = [value.name for value in model.graph.output]
    assert [value.name for value in shown.graph.output] == old + names[::-1]
    assert len(model.graph.output) == len(old)
    results = run(shown, {"image": picture.numpy()})
    np.testing.assert_allclose(results[0], answer, atol=1e-6)
    for ours, theirs in zip(results[1:], reversed(caught), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_times_have_the_names_of_facts(mixed):
    _, picture, model = mixed
    seconds = xray.time_nodes(model, {"image": picture.numpy()}, repeats=3)
    facts = xray.facts(model, {"image": tuple(picture.shape)})
    assert list(seconds) == [fact.name for fact in facts]
    assert all(0 < seconds[fact.name] < 1 for fact in facts if fact.op != "Constant")


def flops(function, *shapes):
    with FlopCounterMode(display=False) as counter:
        function(*(torch.rand(shape) for shape in shapes))
    return counter.get_total_flops()


def cells(kind, steps, x, w, r):
    """torch's counter does not know the fused recurrent layers, but it does know their cells."""
    cell = kind(w[1], r[1])
    state = torch.zeros(x[1], r[1])
    with FlopCounterMode(display=False) as counter:
        for _ in range(steps):
            result = cell(torch.rand(x[1:]), (state, state) if kind is torch.nn.LSTMCell else state)
    assert result is not None
    return counter.get_total_flops()


def test_multiply_adds_against_torch():
    cases = [  # node, shapes of its inputs, flops
        (
            helper.make_node("Conv", ["a", "b"], ["y"], group=2, strides=[2, 1]),
            [(2, 4, 9, 8), (6, 2, 3, 2)],
            lambda a, b: F.conv2d(a, b, stride=(2, 1), groups=2),
        ),
        (helper.make_node("Conv", ["a", "b"], ["y"]), [(1, 3, 9), (4, 3, 5)], F.conv1d),
        (helper.make_node("Conv", ["a", "b"], ["y"]), [(1, 2, 4, 5, 6), (3, 2, 2, 2, 2)], F.conv3d),
        (
            helper.make_node("ConvTranspose", ["a", "b"], ["y"], strides=[2, 2]),
            [(2, 4, 5, 5), (4, 3, 3, 3)],
            lambda a, b: F.conv_transpose2d(a, b, stride=2),
        ),
        (helper.make_node("MatMul", ["a", "b"], ["y"]), [(5, 2, 3, 4), (5, 2, 4, 6)], torch.matmul),
        (helper.make_node("MatMul", ["a", "b"], ["y"]), [(2, 3, 4), (4, 6)], torch.matmul),
        (helper.make_node("Gemm", ["a", "b"], ["y"], transA=1, transB=1), [(4, 3), (5, 4)], lambda a, b: a.T @ b.T),
        (
            helper.make_node("Einsum", ["a", "b"], ["y"], equation="bhij,bhkj->bhik"),
            [(2, 3, 4, 5), (2, 3, 6, 5)],
            lambda a, b: torch.einsum("bhij,bhkj->bhik", a, b),
        ),
    ]
    for node, shapes, function in cases:
        inputs = dict(zip(node.input, shapes, strict=True))
        (fact,) = xray.facts(graph([node], inputs, ["y"]), inputs)
        assert 2 * fact.macs == flops(function, *shapes)
    for kind, gates in (("LSTM", 4), ("GRU", 3), ("RNN", 1)):
        inputs = {"x": (7, 2, 5), "w": (1, gates * 3, 5), "r": (1, gates * 3, 3)}
        (fact,) = xray.facts(graph([helper.make_node(kind, list(inputs), ["y"], hidden_size=3)], inputs, ["y"]), inputs)
        cell = getattr(torch.nn, f"{kind}Cell")
        assert 2 * fact.macs == cells(cell, 7, (7, 2, 5), (gates * 3, 5), (gates * 3, 3))


def test_multiply_adds_of_integers_and_attention():
    byte = TensorProto.UINT8
    weights = {
        "s": np.float32(0.1),
        "z": np.uint8(0),
        "w": np.ones((4, 3, 3, 3), np.uint8),
        "m": np.ones((4, 5), np.uint8),
        "b": np.zeros(4, np.int32),
    }
    nodes = [
        helper.make_node("QLinearConv", ["x", "s", "z", "w", "s", "z", "s", "z", "b"], ["c"]),
        helper.make_node("ConvInteger", ["x", "w"], ["i"]),
        helper.make_node("MatMulInteger", ["a", "m"], ["j"]),
        helper.make_node("QLinearMatMul", ["a", "s", "z", "m", "s", "z", "s", "z"], ["k"]),
    ]
    inputs = {"x": (1, 3, 6, 6), "a": (2, 4)}
    model = graph(nodes, {name: (shape, byte) for name, shape in inputs.items()}, ["c", "i", "j", "k"], weights)
    facts = xray.facts(model, inputs)
    assert [fact.macs for fact in facts] == [4 * 4 * 4 * 27, 4 * 4 * 4 * 27, 2 * 4 * 5, 2 * 4 * 5]
    assert [fact.parameters for fact in facts] == [4 * 27 + 4, 0, 20, 0]  # shared weights count once
    assert [fact.dtypes for fact in facts] == [("uint8",), ("int32",), ("int32",), ("uint8",)]
    node = helper.make_node("Attention", ["q", "k", "v"], ["y"])
    inputs = {"q": (2, 3, 4, 8), "k": (2, 3, 5, 8), "v": (2, 3, 5, 6)}
    (fact,) = xray.facts(graph([node], inputs, ["y"], opset=23), inputs)
    assert fact.macs == 2 * 3 * 4 * 5 * (8 + 6)


def test_what_counts_as_learned():
    """Preprocessing, settings and statistics do not; weights do, whatever way they take."""
    half = np.full((4, 3, 1, 1), 0.5, np.float32)
    weights = {
        "mean": np.zeros((1, 3, 1, 1), np.float32),
        "half": half,
        "gain": np.ones((4, 1, 1, 1), np.float32),
        "int8": np.ones((4, 4, 1, 1), np.int8),
        "scale": np.ones(4, np.float32),
        "four": np.ones(4, np.float32),
        "one": np.float32([2]),
        "shape": ints(0, -1),
        "groups": ints(0, 2, -1),
        "two": np.ones(2, np.float32),
        "table": np.ones((16, 4), np.float32),
    }
    constant = helper.make_node("Constant", [], ["stored"], value=numpy_helper.from_array(np.ones((4, 6), np.float32)))
    nodes = [
        (helper.make_node("Sub", ["x", "mean"], ["centred"]), 0),
        (helper.make_node("Mul", ["half", "gain"], ["normed"]), 0),  # weight normalisation: counts where it acts
        (helper.make_node("Conv", ["centred", "normed"], ["a"]), 12 + 4),
        (helper.make_node("BatchNormalization", ["a", "scale", "four", "four", "four"], ["b"]), 8),
        (helper.make_node("DequantizeLinear", ["int8", "scale"], ["float"], axis=0), 0),
        (helper.make_node("Conv", ["b", "float"], ["c"]), 16),
        (helper.make_node("Mul", ["c", "one"], ["d"]), 0),
        (helper.make_node("Clip", ["d", "", "one"], ["e"]), 0),
        (helper.make_node("Reshape", ["e", "shape"], ["f"]), 0),
        (helper.make_node("MatMul", ["f", "table"], ["g"]), 64),
        (constant, 0),
        (helper.make_node("MatMul", ["g", "stored"], ["h"]), 24),
        (helper.make_node("MatMul", ["f", "table"], ["i"]), 0),
        (helper.make_node("Reshape", ["c", "groups"], ["j"]), 0),
        (helper.make_node("InstanceNormalization", ["j", "two", "two"], ["k"]), 0),  # half of a GroupNorm
    ]
    model = graph([node for node, _ in nodes], {"x": (1, 3, 2, 2)}, ["h", "i", "k"], weights, 13)
    assert [fact.parameters for fact in xray.facts(model, {"x": (1, 3, 2, 2)})] == [count for _, count in nodes]


def branches():
    """An If whose branches read a tensor of the graph around them, and hold a weight of their own."""
    then = helper.make_graph(
        [helper.make_node("Relu", ["t"], ["r"], name="same")],
        "then",
        [],
        [helper.make_tensor_value_info("r", TensorProto.FLOAT, None)],
    )
    weight = numpy_helper.from_array(np.ones((4, 4), np.float32), "m")
    other = helper.make_graph(
        [helper.make_node("MatMul", ["t", "m"], ["n"], name="same")],
        "else",
        [],
        [helper.make_tensor_value_info("n", TensorProto.FLOAT, None)],
        [weight],
    )
    nodes = [
        helper.make_node("HardSwish", ["x"], ["t"], name="same"),
        helper.make_node("ReduceSum", ["x"], ["s"], keepdims=0),
        helper.make_node("Greater", ["s", "zero"], ["c"]),
        helper.make_node("If", ["c"], ["y"], name="same", then_branch=then, else_branch=other),
    ]
    return graph(nodes, {"x": (3, 4)}, ["y"], {"zero": np.float32(0)}, 17)


def test_bodies_are_part_of_their_node():
    facts = xray.facts(branches(), {"x": (3, 4)})
    assert [fact.name for fact in facts] == ["same", "ReduceSum_1", "Greater_2", "If_3"]
    assert (facts[3].shapes, facts[3].parameters, facts[3].macs) == (((3, 4),), 16, None)
    assert xray.receptive_field(branches(), "y", (0, 0), {"x": (3, 4)}, "t") == ((0, 2), (0, 3))
    assert xray.receptive_field(branches(), "t", (1, 2), {"x": (3, 4)}) == ((1, 1), (2, 2))


def test_times_of_operators_without_a_kernel(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    seconds = xray.time_nodes(branches(), {"x": np.ones((3, 4), np.float32)})
    assert list(seconds) == ["same", "ReduceSum_1", "Greater_2", "If_3"]
    assert all(0 < value < 0.1 for value in seconds.values())  # HardSwish is three nodes to ONNX Runtime
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(xray.XrayError, match="does not run"):
        xray.time_nodes(branches(), {"x": np.ones((3, 4, 1), np.float32)})


def test_functions_are_written_out():
    body = [helper.make_node("MatMul", ["a", "b"], ["m"]), helper.make_node("Relu", ["m"], ["r"])]
    function = helper.make_function("own", "Dense", ["a", "b"], ["r"], body, [helper.make_opsetid("", 17)])
    model = graph(
        [helper.make_node("Dense", ["x", "w"], ["y"], domain="own")],
        {"x": (2, 3)},
        ["y"],
        {"w": np.ones((3, 4), np.float32)},
        17,
    )
    model.functions.append(function)
    model.opset_import.append(helper.make_opsetid("own", 1))
    facts = xray.facts(model, {"x": (2, 3)})
    assert [(fact.op, fact.parameters, fact.macs) for fact in facts] == [("MatMul", 12, 24), ("Relu", 0, 0)]
    feeds = {"x": np.ones((2, 3), np.float32)}
    assert list(xray.time_nodes(model, feeds)) == [fact.name for fact in facts]
    values = run(xray.expose(model, [facts[0].outputs[0]]), feeds)
    assert (values[1] == 3).all()


def boxes():
    nodes = [
        helper.make_node("NonMaxSuppression", ["boxes", "scores", "most"], ["kept"]),
        helper.make_node("Slice", ["kept", "two", "three", "one"], ["column"]),
        helper.make_node("Squeeze", ["column", "one"], ["indices"]),
        helper.make_node("Squeeze", ["boxes", "zero"], ["flat"]),
        helper.make_node("Gather", ["flat", "indices"], ["y"]),
        helper.make_node("Shape", ["y"], ["size"]),
    ]
    weights = {"zero": ints(0), "one": ints(1), "two": ints(2), "three": ints(3)}
    inputs = {"boxes": ("batch", "n", 4), "scores": ("batch", 1, "n"), "most": ((), TensorProto.INT64)}
    return graph(nodes, inputs, ["y"], weights, 13)


def test_shapes_that_depend_on_data():
    corners = np.float32([[[0, 0, 1, 1], [5, 5, 6, 6], [9, 9, 10, 10]]])
    arrays = {"boxes": corners, "scores": np.ones((1, 1, 3), np.float32), "most": np.int64(2)}
    sizes = {name: value.shape for name, value in arrays.items()}
    by_size, by_run = (xray.facts(boxes(), inputs) for inputs in (sizes, arrays))
    assert by_size[0].shapes == ((None, 3),) and by_size[4].shapes == ((None, 4),)
    assert by_run[0].shapes == ((2, 3),) and by_run[4].shapes == ((2, 4),)
    assert by_run[0].dtypes == ("int64",) and by_size[4].dtypes == ("float32",)
    assert xray.receptive_field(boxes(), "y", (1, 2), arrays) == ((0, 0), (0, 2), (0, 3))
    with pytest.raises(xray.XrayError, match="depends on values"):
        xray.receptive_field(boxes(), "y", (0, 0), sizes)


def test_shapes_computed_inside_the_graph():
    """Half of the height, by way of floats and integers, as exporters write it; inference alone gives up on this."""
    nodes = [
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Slice", ["s"], ["hw"], starts=[2], ends=[4]),
        helper.make_node("Slice", ["s"], ["nc"], starts=[0], ends=[2]),
        helper.make_node("Cast", ["hw"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["f", "half"], ["g"]),
        helper.make_node("Floor", ["g"], ["h"]),
        helper.make_node("Cast", ["h"], ["i"], to=TensorProto.INT64),
        helper.make_node("Concat", ["nc", "i"], ["z"], axis=0),
        helper.make_node("ConstantOfShape", ["z"], ["zeros"]),
        helper.make_node("Shape", ["zeros"], ["t"]),
        helper.make_node("Upsample", ["x", "scales"], ["u"]),
        helper.make_node("Expand", ["zeros", "t"], ["y"]),
    ]
    weights = {"half": np.float32([0.5]), "scales": np.float32([1, 1, 1.5, 2])}
    model = graph(nodes, {"x": ("n", 2, "h", "w")}, ["y", "u"], weights, 9)
    for shape in ((1, 2, 7, 4), (3, 2, 8, 5)):
        values = really(model, {"x": np.ones(shape, np.float32)})
        facts = xray.facts(model, {"x": shape})
        assert all(fact.shapes[0] == values[fact.outputs[0]].shape for fact in facts)


@pytest.mark.parametrize("name", OPERATORS)
def test_shapes_of_one_operator(name):
    node, shape, weights, opset = OPERATORS[name]
    model = graph([node], {"x": shape}, ["y"], weights, opset)
    (fact,) = xray.facts(model, {"x": shape})
    (value,) = run(model, {"x": np.ones(shape, np.float32)})
    index = list(node.output).index("y")
    assert (fact.shapes[index], fact.dtypes[index]) == (value.shape, str(value.dtype))


def test_questions_that_do_not_fit():
    model = lenet()
    size = {"x": (1, 1, 28, 28)}
    for inputs, message in (
        ({}, "needs input 'x'"),
        ({"x": (1, 1, 28)}, r"input 'x' is \[batch, 1, 28, 28\], not \[1, 1, 28\]"),
        ({"x": (1, 3, 28, 28)}, "not"),
        ({**size, "z": (1,)}, "no input named 'z'"),
    ):
        with pytest.raises(xray.XrayError, match=message):
            xray.facts(model, inputs)
    for question in (
        lambda: xray.expose(model, ["t1", "nowhere"]),
        lambda: xray.facts(model, size, wrt="nowhere"),
        lambda: xray.receptive_field(model, "nowhere", (0,), size),
        lambda: xray.receptive_field_axes(model, "t1", size, wrt="nowhere"),
    ):
        with pytest.raises(xray.UnknownTensor, match="no tensor named 'nowhere'"):
            question()
    with pytest.raises(xray.XrayError, match="no element"):
        xray.receptive_field(model, "t0", (0, 6, 0, 0), size)


def test_other_files_are_never_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret").write_bytes(np.float32([1, 2]).tobytes())
    model = graph([helper.make_node("Add", ["x", "w"], ["y"])], {"x": (2,)}, ["y"], {"w": np.zeros(2, np.float32)})
    weight = model.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="secret")
    (fact,) = xray.facts(model, {"x": (2,)})
    assert fact.shapes == ((2,),)
    with pytest.raises(xray.XrayError):
        xray.time_nodes(model, {"x": np.zeros(2, np.float32)})


def test_ten_thousand_nodes():
    nodes = []
    for step in range(2500):
        x = f"x{step}" if step else "x"
        nodes += [
            helper.make_node("Conv", [x, "w"], [f"c{step}"], pads=[1] * 4),
            helper.make_node("BatchNormalization", [f"c{step}", *"bbbb"], [f"n{step}"]),
            helper.make_node("Relu", [f"n{step}"], [f"r{step}"]),
            helper.make_node("Add", [f"r{step}", x], [f"x{step + 1}"]),
        ]
    weights = {"w": np.ones((8, 8, 3, 3), np.float32), "b": np.ones(8, np.float32)}
    facts = xray.facts(graph(nodes, {"x": (1, 8, 16, 16)}, ["x2500"], weights), {"x": (1, 8, 16, 16)})
    assert len(facts) == 10_000
    assert facts[-1].receptive_field == (5001, 5001)
    assert sum(fact.macs for fact in facts) == 2500 * 8 * 16 * 16 * 72
    assert sum(fact.parameters for fact in facts) == 8 * 72 + 8
