"""Graphs folded into blocks, against the figures of the papers."""

import random

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from playground import catalog, xray
from playground.xray import Block


class Net:
    """A graph written layer by layer; tensors are (name, channels)."""

    def __init__(self, channels=3, size=64, folded=False):
        self.nodes, self.weights, self.folded = [], [], folded
        self.image = ("image", channels)
        self.input = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, channels, size, size])

    def node(self, op, inputs, channels, **attributes):
        name = f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], name, **attributes))
        return name, channels

    def weight(self, *shape):
        self.weights.append(numpy_helper.from_array(np.zeros(shape, np.float32), f"weight_{len(self.weights)}"))
        return self.weights[-1].name

    def conv(self, x, channels, kernel=1, stride=1, relu=True, group=1):
        weight = self.weight(channels, x[1] // group, kernel, kernel)
        pads, strides = [kernel // 2] * 4, [stride] * 2
        y = self.node("Conv", [x[0], weight], channels, kernel_shape=[kernel] * 2, pads=pads, strides=strides, group=group)
        if not self.folded:
            y = self.node("BatchNormalization", [y[0], *(self.weight(channels) for _ in range(4))], channels)
        return self.relu(y) if relu else y

    def relu(self, x):
        return self.node("Relu", [x[0]], x[1])

    def add(self, a, b):
        return self.node("Add", [a[0], b[0]], a[1])

    def concat(self, *parts):
        return self.node("Concat", [name for name, _ in parts], sum(channels for _, channels in parts), axis=1)

    def pool(self, x, kernel=3, stride=2):
        return self.node("MaxPool", [x[0]], x[1], kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[kernel // 2] * 4)

    def classify(self, x, classes=10):
        y = self.node("GlobalAveragePool", [x[0]], x[1])
        y = self.node("Flatten", [y[0]], x[1])
        return self.node("Gemm", [y[0], self.weight(classes, x[1])], classes, transB=1)

    def facts(self, *results):
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name, _ in results]
        graph = helper.make_graph(self.nodes, "net", [self.input], outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
        return xray.facts(model, {"image": [axis.dim_value for axis in self.input.type.tensor_type.shape.dim]})


def resnet50(folded=False):
    """Figure 5 and table 1 of He et al. 2015, 1/16 as wide."""
    net = Net(folded=folded)
    x = net.pool(net.conv(net.image, 4, 7, 2))
    for stage, count in enumerate((3, 4, 6, 3)):
        inner = 4 * 2**stage
        for index in range(count):
            stride = 2 if stage and not index else 1
            y = net.conv(net.conv(net.conv(x, inner, 1, stride), inner, 3), 4 * inner, relu=False)
            x = net.relu(net.add(y, x if index else net.conv(x, 4 * inner, 1, stride, relu=False)))
    return net.facts(net.classify(x))


def leaves(block: Block) -> list[int]:
    return [i for child in block.children for i in leaves(child)] if block.children else list(block.nodes)


def everything(block: Block):
    yield block
    for child in block.children:
        yield from everything(child)


def kinds(block: Block, nodes) -> list[str]:
    """What a level shows: kind, operator that names it, how often."""
    inner = [child for child in block.children if child.kind not in ("input", "output")]
    return [f"{child.kind} {nodes[child.head].op}" + (f" {child.times}" if child.times > 1 else "") for child in inner]


@pytest.mark.parametrize("folded", [False, True])
def test_resnet50_is_stem_stages_and_head(folded):
    nodes = resnet50(folded)
    tree = xray.blocks(nodes)
    stages = [item for repeats in (2, 3, 5, 2) for item in ("block Add", f"repeat Add {repeats}")]
    assert kinds(tree, nodes) == ["layer Conv", "node MaxPool", *stages, "node GlobalAveragePool", "node Flatten", "node Gemm"]
    first, rest = tree.children[3:5]
    convolution = "node Conv" if folded else "layer Conv"  # one that no ReLU follows
    assert kinds(first, nodes) == ["layer Conv", "layer Conv", convolution, convolution, "layer Add"]
    assert set(first.edges) == {(-1, 0), (0, 1), (1, 2), (2, 4), (-1, 3), (3, 4), (4, 5)}  # two branches
    assert set(rest.children[0].edges) == {(-1, 0), (0, 1), (1, 2), (2, 3), (-1, 3), (3, 4)}  # and the shortcut without weights


def test_googlenet_has_nine_modules_of_four_branches():
    net = Net(channels=4)
    x = net.pool(net.conv(net.image, 8, 7, 2))
    x = net.pool(net.conv(net.conv(x, 8), 12, 3))
    for number, count in enumerate((2, 5, 2)):
        for module in range(count):
            a, b = 4 + 2 * number + module, 6 + number
            x = net.concat(
                net.conv(x, a), net.conv(net.conv(x, b), a, 3), net.conv(net.conv(x, 2), b, 5), net.conv(net.pool(x, 3, 1), 4)
            )
        x = net.pool(x) if number < 2 else x
    nodes = net.facts(net.classify(x))
    tree = xray.blocks(nodes)
    modules = [block for block in everything(tree) if block.kind == "block"]
    assert len(modules) == 9
    for module in modules:
        assert nodes[module.head].op == "Concat"
        assert sum(a == -1 for a, _ in module.edges) == 4
        assert sum(b == len(module.children) - 1 for _, b in module.edges) == 4
    assert sum(item.startswith("block Concat") for item in kinds(tree, nodes)) == 9  # all on the first level


def test_vgg_is_a_row_of_layers():
    net, x = Net(folded=True), ("image", 3)
    for channels, count in ((4, 2), (8, 2), (16, 3), (32, 3), (32, 3)):
        for _ in range(count):
            x = net.conv(x, channels, 3)
        x = net.pool(x, 2)
    tree = xray.blocks(nodes := net.facts(net.classify(x)))
    one, pool = "layer Conv", "node MaxPool"
    assert kinds(tree, nodes) == [
        one, one, pool, one, one, pool, one, "repeat Conv 2", pool, one, "repeat Conv 2", pool, "repeat Conv 3", pool,
        "node GlobalAveragePool", "node Flatten", "node Gemm",
    ]  # fmt: skip


def test_a_u_net_is_nested():
    net, skips = Net(folded=True), []
    x = net.conv(net.image, 4, 3)
    for depth in range(3):
        skips.append(x)
        x = net.conv(net.pool(x, 2), 8 * 2**depth, 3)
    for skip in reversed(skips):
        up = net.node("ConvTranspose", [x[0], net.weight(x[1], skip[1], 2, 2)], skip[1], kernel_shape=[2, 2], strides=[2, 2])
        x = net.conv(net.node("Concat", [up[0], skip[0]], 2 * skip[1], axis=1), skip[1], 3)
    tree = xray.blocks(nodes := net.facts(x))
    level, depth = tree, 0
    while inner := [child for child in level.children if child.kind == "block"]:
        (level,), depth = inner, depth + 1
        assert nodes[level.head].op == "Concat" and (-1, len(level.children) - 1) in level.edges
    assert depth == 3


def test_mobilenet_s_bottlenecks_without_shortcut_are_items_too():
    net, x = Net(folded=True), ("image", 3)
    x = net.conv(x, 4, 3, 2)
    x = net.conv(net.conv(x, 4, 3, group=4), 2, relu=False)
    x = net.conv(net.conv(net.conv(x, 12), 12, 3, 2, group=12), 6, relu=False)
    y = net.conv(net.conv(net.conv(x, 36), 36, 3, group=36), 6, relu=False)
    tree = xray.blocks(nodes := net.facts(net.add(x, y)))
    assert kinds(tree, nodes) == ["layer Conv", "sequence Conv", "sequence Conv", "block Add"]
    assert [len(child.nodes) for child in tree.children[2:4]] == [3, 5]


def test_attention_layers_repeat_in_pairs():
    layer = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    encoder = torch.nn.TransformerEncoder(layer, 3, enable_nested_tensor=False).eval()
    program = torch.onnx.export(encoder, (torch.zeros(1, 5, 8),), dynamo=True, opset_version=20, verbose=False)
    nodes = xray.facts(program.model_proto, {program.model_proto.graph.input[0].name: (1, 5, 8)})
    tree = xray.blocks(nodes)
    repeat = tree.children[1]
    assert repeat.kind == "repeat" and repeat.times == 3
    assert kinds(repeat.children[0], nodes) == ["block Add", "block Add"]
    assert sorted(leaves(tree)) == list(range(len(nodes)))


def test_what_follows_an_operator_belongs_to_it():
    """SiLU is two nodes that both read the convolution; a layer that somebody else reads stands alone."""
    net = Net(folded=True)
    x = net.conv(net.image, 4, 3, relu=False)
    x = net.node("Mul", [x[0], net.node("Sigmoid", [x[0]], 4)[0]], 4)
    y = net.conv(x, 4, 3, relu=False)
    tree = xray.blocks(nodes := net.facts(net.concat(y, net.relu(y))))
    assert [nodes[i].op for i in tree.children[1].nodes] == ["Conv", "Sigmoid", "Mul"]
    assert kinds(tree, nodes) == ["layer Conv", "node Conv", "block Concat"]


def test_shapes_are_computed_in_the_layer_that_needs_them():
    net = Net(folded=True)
    x = net.conv(net.image, 4, 3)
    size = net.node("Shape", [x[0]], 0, start=0, end=1)
    rest = net.node("Constant", [], 0, value_ints=[-1])
    target = net.node("Concat", [size[0], rest[0]], 0, axis=0)
    y = net.node("Reshape", [x[0], target[0]], 0)
    tree = xray.blocks(nodes := net.facts(net.relu(y)))
    assert kinds(tree, nodes) == ["layer Conv", "layer Reshape", "node Relu"]
    shapes = tree.children[2].children[0]
    assert tree.children[2].edges == [(-1, 1), (0, 1), (1, 2)]
    assert shapes.kind == "shapes" and [nodes[i].op for i in shapes.nodes] == ["Shape", "Constant", "Concat"]


def test_bodies_read_what_is_outside():
    body = helper.make_graph(
        [helper.make_node("Add", ["v", "x"], ["w"]), helper.make_node("Identity", ["go"], ["on"])], "body",
        [helper.make_tensor_value_info("i", TensorProto.INT64, []), helper.make_tensor_value_info("go", TensorProto.BOOL, []),
         helper.make_tensor_value_info("v", TensorProto.FLOAT, [4])],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, []), helper.make_tensor_value_info("w", TensorProto.FLOAT, [4])],
    )  # fmt: skip
    nodes = [
        helper.make_node("Sin", ["image"], ["x"]), helper.make_node("Cos", ["x"], ["begin"]),
        helper.make_node("Loop", ["turns", "", "begin"], ["end"], body=body),
    ]  # fmt: skip
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in ("image", "end")]
    turns = numpy_helper.from_array(np.array(3), "turns")
    graph = helper.make_graph(nodes, "loop", ports[:1], ports[1:], [turns])
    facts = xray.facts(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)]), {"image": (4,)})
    tree = xray.blocks(facts)
    (block,) = [child for child in tree.children if child.kind == "block"]
    assert (-1, 1) in block.edges  # Sin feeds the body of the Loop past Cos


def test_ten_thousand_nodes_stay_navigable():
    random.seed(0)
    nodes = [helper.make_node("Sin", ["image"], ["t0"])]
    for i in range(1, 10_000):
        op, other = random.choice([("Cos", []), ("Add", [f"t{random.randrange(max(0, i - 9), i)}"]), ("Transpose", [])])
        nodes.append(helper.make_node(op, [f"t{i - 1}", *other], [f"t{i}"]))
    net = Net()
    net.nodes = nodes
    facts = net.facts((nodes[-1].output[0], 3))
    tree = xray.blocks(facts)
    assert max(len(block.children) for block in everything(tree)) <= 62  # with input and output
    assert sorted(leaves(tree)) == list(range(10_000))


@pytest.mark.parametrize("name", catalog.trained())
def test_each_node_is_a_leaf_once_and_sums_hold(name):
    nodes = xray.facts(catalog.graph(name), {"image": (1, 28, 28, 3)})
    tree = xray.blocks(nodes)
    assert sorted(leaves(tree)) == list(range(len(nodes)))
    for block in everything(tree):
        assert block.parameters == sum(nodes[i].parameters for i in block.nodes)
        assert block.macs == sum(nodes[i].macs for i in block.nodes)
        if block.children and block is not tree:
            assert list(block.nodes) == sorted(leaves(block))
            assert all(-1 <= a < b <= len(block.children) for a, b in block.edges)  # a picture that flows downwards
