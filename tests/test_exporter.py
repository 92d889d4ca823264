"""The exporter: a graph that is not its module is refused; the command line says what is wrong in one line."""

import json
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from typer.testing import CliRunner

from exporter import artifacts, build
from exporter.__main__ import app
from exporter.architectures import ARCHITECTURES
from exporter.export import ExportError, compare, load_weights, to_onnx
from exporter.recipes import RECIPES

RECIPE = RECIPES["softmax_mnist"]


@pytest.fixture(scope="module")
def exported():
    torch.manual_seed(0)
    module = RECIPE.module().eval()
    return module, to_onnx(RECIPE, module)


def command(*arguments):
    return CliRunner().invoke(app, list(arguments))


def test_every_size_and_batch_gives_torch_s_numbers(exported):
    module, model = exported
    assert compare(RECIPE, module, model) < 1e-5
    shapes = [[axis.dim_param for axis in port.type.tensor_type.shape.dim] for port in model.graph.input]
    assert shapes == [["batch", "height", "width", ""], []]


def test_weights_come_back_out_of_the_graph(exported):
    module, model = exported
    again = load_weights(RECIPE.module(), model)
    for name, value in module.state_dict().items():
        assert torch.equal(again.state_dict()[name], value)


def changed(model, change):
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    weight = next(weight for weight in copy.graph.initializer if weight.name == "net.fc.weight")
    values = onnx.numpy_helper.to_array(weight).copy()
    change(values)
    weight.CopyFrom(onnx.numpy_helper.from_array(values, weight.name))
    return copy


def test_one_wrong_weight_is_noticed(exported):
    module, model = exported

    def nudge(values):
        values[3, 400] += 0.1

    with pytest.raises(ExportError, match="differs from torch"):
        compare(RECIPE, module, changed(model, nudge))


def test_a_nan_is_a_difference(exported):
    module, model = exported

    def poison(values):
        values[0] = np.nan

    with pytest.raises(ExportError, match="differs from torch by nan"):
        compare(RECIPE, module, changed(model, poison))


def test_an_invalid_graph_is_refused(exported):
    module, model = exported
    broken = onnx.ModelProto()
    broken.CopyFrom(model)
    broken.graph.node[5].op_type = "NoSuchOperator"
    with pytest.raises(ExportError, match="not valid ONNX"):
        compare(RECIPE, module, broken)


def test_build_from_nothing_to_a_verified_artifact(tmp_path, monkeypatch):
    """The whole path, with training and measuring replaced by moments of it."""
    quick = replace(RECIPE, train=lambda module, checkpoint: None, evaluate=lambda run: {"split": "none", "accuracy": 0.1})
    monkeypatch.setitem(RECIPES, "softmax_mnist", quick)
    entry = build.build("softmax_mnist", say=lambda line: None, models=tmp_path, checkpoints=tmp_path / "checkpoints")
    assert [entry] == artifacts.read_manifest(tmp_path)
    assert entry["metadata"]["parameters"] == 7850 and entry["metadata"]["macs"] == 7840
    assert build.verify("softmax_mnist", models=tmp_path) < 1e-5
    assert not list(tmp_path.rglob("*.tmp"))
    file = artifacts.path("softmax_mnist", tmp_path)
    file.write_bytes(file.read_bytes() + b"\0")
    with pytest.raises(ExportError, match="not the file that the manifest describes"):
        build.verify("softmax_mnist", models=tmp_path)


def test_too_large_an_artifact_is_refused(exported, tmp_path, monkeypatch):
    monkeypatch.setattr(artifacts, "MAX_BYTES", 1000)
    with pytest.raises(ValueError, match="may have 1,000"):
        artifacts.write(RECIPE, exported[1], {"metrics": {}}, tmp_path)
    assert not list(tmp_path.iterdir())


def test_list_names_everything():
    listed = json.loads(command("list", "--json").stdout)
    assert {entry["name"] for entry in listed["architectures"]} == set(ARCHITECTURES)
    assert {entry["name"] for entry in listed["artifacts"]} == set(RECIPES)
    assert "lenet5_mnist" in command("list").stdout


@pytest.mark.parametrize("name", ["softmax", "mlp", "lenet5"])
def test_export_writes_the_canonical_net(name, tmp_path):
    file = tmp_path / "net.onnx"
    done = command("export", name, str(file), "--seed", "3", "--dynamic")
    assert done.exit_code == 0, done.output
    image = torch.rand(5, *ARCHITECTURES[name].input)
    expected = load_weights(ARCHITECTURES[name].build(), onnx.load(file))(image).detach().numpy()
    got = onnxruntime.InferenceSession(str(file)).run(["logits"], {"image": image.numpy()})[0]
    np.testing.assert_allclose(got, expected, atol=1e-5)


@pytest.mark.parametrize(("arguments", "said"), [
    (["build", "lenet6_mnist"], "there is no 'lenet6_mnist'"),
    (["build"], "Give names, or --all"),
    (["verify", "lenet5_mnist", "--all"], "not both"),
    (["export", "lenet5", "nowhere/net.onnx"], "does not exist"),
    (["export", "lenet5", "net.onnx", "--opset", "5"], "--opset"),
    (["card", "nothing"], "there is no 'nothing'"),
])  # fmt: skip
def test_bad_arguments_get_one_clear_answer(arguments, said):
    done = command(*arguments)
    assert done.exit_code == 2
    assert said in " ".join(done.output.replace("│", " ").split())


def test_missing_data_is_said_in_one_line(monkeypatch, tmp_path):
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    monkeypatch.setattr(build, "CHECKPOINTS", tmp_path)
    done = command("build", "softmax_mnist", "--fresh")
    assert done.exit_code == 1
    assert "PLAYGROUND_DATA" in done.output and "Traceback" not in done.output


def test_verify_and_card_of_what_is_there():
    assert command("verify", "softmax_mnist").exit_code == 0
    assert command("card", "softmax_mnist").stdout.startswith("# Softmax regression")
