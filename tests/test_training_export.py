"""What is taken home answers as the playground does, and trains as it did."""

import runpy

import numpy as np
import onnxruntime
import pytest
import torch

from playground import training_export
from playground.training import grid
from playground.training_live import Live
from playground.training_points import to_csv
from playground.training_scene import read

DEEP = {"layers": "5,5,3", "activations": "tanh,relu,sine", "epoch": "7", "share": "0.7"}
SCENES = {
    "sgd": {"data": "spiral", **DEEP},
    "adam and L2": {"data": "circle", **DEEP, "optimiser": "adam", "penalty": "l2", "strength": "0.01", "loss": "squared"},
    "nesterov and L1, three classes": {"data": "pinwheel", **DEEP, "optimiser": "nesterov", "rate": "0.01", "penalty": "l1"},
    "rmsprop and hinge, four classes": {"data": "blobs", **DEEP, "optimiser": "rmsprop", "rate": "0.003", "loss": "hinge"},
    "dropout": {"data": "moons", **DEEP, "dropout": "0.2", "activations": "selu", "initialisation": "xavier"},
    "a surface": {"data": "hills", **DEEP, "features": "x1,x2,x1x2,sin1", "optimiser": "adagrad", "initialisation": "he"},
    "batch norm and shortcuts": {"data": "xor", **DEEP, "batch_norm": "1", "shortcuts": "1", "loss": "hinge", "batch": "20"},
    "no hidden layer": {"data": "gauss", "layers": "-", "epoch": "3", "initialisation": "small"},
    "set by hand": {"data": "xor", **DEEP, "edits": "0,0,0,1,2,-0.5;4,0,3,b,0,1.25;7,0,1,0,0,2"},
}


@pytest.mark.parametrize("name", SCENES)
def test_the_torch_source_answers_the_same_and_trains_the_same_net(name, tmp_path, monkeypatch):
    scene, damaged = read(SCENES[name])
    assert not damaged
    live = Live(scene)
    run = live.runs[0]
    (tmp_path / "net.py").write_text(training_export.torch_source(run, live.edits))
    (tmp_path / "points.csv").write_bytes(to_csv(live.train, live.test))
    monkeypatch.chdir(tmp_path)
    module = runpy.run_path("net.py")
    answer = run.answers(grid(), neurons=False)["output"]
    with torch.no_grad():
        assert module["trained"]()(torch.from_numpy(grid())).numpy() == pytest.approx(answer, abs=2e-5)
    net = module["Net"]()
    module["begin"](net)
    module["train"](net, *module["points"]("train"))
    known = training_export.state(run)
    for key, value in net.state_dict().items():
        if "running" not in key and "num" not in key:
            assert value.numpy() == pytest.approx(known[key], abs=2e-4, rel=1e-3), key


@pytest.mark.parametrize("name", SCENES)
def test_the_onnx_file_answers_what_the_map_shows(name):
    run = Live(read(SCENES[name])[0]).runs[0]
    session = onnxruntime.InferenceSession(training_export.onnx_file(run))
    assert [port.name for port in session.get_inputs()] == ["x"]
    answer = session.run(None, {"x": grid()})[0]
    np.testing.assert_allclose(answer, run.answers(grid(), neurons=False)["output"], atol=1e-6)
