"""The page's export without torch and the command line's with it: the same files, fewer bits, clear refusals."""

import numpy as np
import onnx
import onnxruntime
import pytest
from typer.testing import CliRunner

from exporter.__main__ import app
from playground import catalog, drawing, export
from playground.calibration import examples
from playground.export import Wish, make
from playground.precision import converted
from playground.samples import DIGITS


def command(line: str):
    return CliRunner().invoke(app, line.split()[3:])  # without python -m exporter


def opened(content):
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("wish", [
    Wish("lenet5", batch=1),
    Wish("lenet5", batch=8, classes=3, seed=2),
    Wish("plain20", batch=1, side=64, width=0.5),
    Wish("plain20"),
    Wish("lenet5_mnist", batch=1, side=40),
    Wish("softmax", batch=2, precision="fp16"),
    Wish("lenet5_mnist", precision="int8"),
])  # fmt: skip
def test_the_command_beside_makes_the_same_file(wish, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = command(wish.command)
    assert done.exit_code == 0, done.output
    by_torch, here = onnx.load(tmp_path / wish.file), onnx.load_from_string(make(wish).content)
    assert {weight.name: weight for weight in here.graph.initializer} == {w.name: w for w in by_torch.graph.initializer}
    assert [(node.op_type, list(node.input), list(node.output)) for node in here.graph.node] == [
        (node.op_type, list(node.input), list(node.output)) for node in by_torch.graph.node
    ]
    for here_ports, torch_ports in ((here.graph.input, by_torch.graph.input), (here.graph.output, by_torch.graph.output)):
        axes = [[[axis.dim_param or axis.dim_value for axis in port.type.tensor_type.shape.dim] for port in ports]
                for ports in (here_ports, torch_ports)]  # fmt: skip
        assert axes[0] == axes[1]


@pytest.mark.parametrize("precision", ["fp16", "int8"])
@pytest.mark.parametrize("name", ["lenet5_mnist", "mlp_mnist"])
def test_fewer_bits_read_the_same_digits(name, precision):
    model = catalog.graph(name)
    reduced = converted(model, precision, examples(model))
    assert len(reduced.SerializeToString()) < {"fp16": 0.6, "int8": 0.45}[precision] * len(model.SerializeToString())
    assert {entry.domain for entry in reduced.opset_import} == {""}
    session = opened(reduced.SerializeToString())
    for digit, code in enumerate(DIGITS):
        assert session.run(["probabilities"], {"image": drawing.picture(code)[None]})[0].argmax() == digit


def test_the_stated_difference_is_the_one_there_is():
    wish = Wish("lenet5_mnist", precision="int8")
    made, model = make(wish), catalog.graph("lenet5_mnist")
    exact, close = (
        np.concatenate([session.run(None, picture)[0] for picture in examples(model)])
        for session in (opened(model.SerializeToString()), opened(made.content))
    )
    assert made.difference == pytest.approx(np.abs(close - exact).max() / np.abs(exact).max(), rel=1e-3)
    assert 0 < made.difference < 0.1


def test_half_keeps_ports_and_framing():
    half = converted(catalog.graph("lenet5_mnist"), "fp16", [])
    kinds = {weight.name: weight.data_type for weight in half.graph.initializer}
    assert kinds["net.conv1.weight"] == onnx.TensorProto.FLOAT16
    assert half.graph.output[0].type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    onnx.checker.check_model(half, full_check=True)


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_fewer_bits_box_the_same_digits(precision):
    """Three on one sheet; boxes to within 3 pixels of 128."""
    model = catalog.graph("yolo_digits")
    reduced = converted(model, precision, examples(model))
    onnx.checker.check_model(reduced, full_check=True)
    strokes = [
        drawing.Stroke(12, False, tuple((x // 3 + 84 * place, y // 3 + 80) for x, y in stroke.points))
        for place, digit in enumerate((7, 2, 5))
        for stroke in drawing.decode(DIGITS[digit])
    ]
    sheet = {"image": drawing.picture(drawing.encode(strokes))[None]}
    (exact, kinds), (close, same) = (
        opened(graph.SerializeToString()).run(["boxes", "classes"], sheet) for graph in (model, reduced)
    )
    assert sorted(kinds) == [2, 5, 7] == sorted(same)
    np.testing.assert_allclose(close[np.argsort(same)], exact[np.argsort(kinds)], atol=3)


def test_half_leaves_whole_numbers_that_framing_and_net_share():
    model = onnx.parser.parse_model("""<ir_version: 10, opset_import: ["" : 20]>
        cut (float[1,1,6,6] x) => (float[1,1,3,5] y) <int64[1] one = {1}, int64[1] most = {9}, int64[1] axis = {2},
        float[1,1,2,2] w = {1, 2, 3, 4}>
        {below = Slice(x, one, most, axis) z = Conv(below, w) y = Slice(z, one, most, axis)}""")
    half, x = converted(model, "fp16", []), np.random.default_rng(0).random((1, 1, 6, 6), np.float32)
    onnx.checker.check_model(half, full_check=True)
    exact, close = (opened(graph.SerializeToString()).run(None, {"x": x})[0] for graph in (model, half))
    np.testing.assert_allclose(close, exact, rtol=2e-3)


def test_sizes_are_foreseen():
    assert export.size_of(Wish("vgg16")) == 4 * 138_357_544
    assert export.size_of(Wish("resnet50", precision="int8")) == pytest.approx(25_557_032, rel=0.01)


@pytest.mark.parametrize(("line", "said"), [
    ("export nosuchnet", "there is no"),
    ("export vgg16 --input 192 x.onnx", "cannot take 192x192"),
    ("export inception_v3 --input 32 x.onnx", "cannot take 32x32"),
    ("export lenet5 --width 0.5 x.onnx", "no such argument"),
    ("export lenet5 --classes 0 x.onnx", "greater than or equal to 1"),
    ("export lenet5 --precision fp8 x.onnx", "fp8"),
    ("export lenet5 --opset 9 x.onnx", "greater than or equal to 18"),
    ("export lenet5 --batch 2 --dynamic x.onnx", "not both"),
    ("export lenet5 no/such/folder/x.onnx", "does not exist"),
    ("export lenet5_mnist --classes 3 x.onnx", "is trained"),
    ("export lenet5_mnist --opset 19 x.onnx", "opset 20"),
])  # fmt: skip
def test_a_bad_argument_is_named(line, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = command("python -m exporter " + line)
    assert done.exit_code != 0
    assert said in " ".join(done.output.replace("│", " ").split())
    assert not list(tmp_path.iterdir())
