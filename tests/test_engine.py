"""The engine: ONNX Runtime's own numbers, the processor that really answered, and what happens when a GPU is full."""

import numpy as np
import onnxruntime
import pytest
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument, RuntimeException

from playground import catalog, engine, xray

PICTURE = np.random.default_rng(0).integers(0, 256, (1, 40, 30, 3), dtype=np.uint8)


def test_answers_what_onnx_runtime_answers():
    answer = engine.run("softmax_mnist", {"image": PICTURE})
    direct = onnxruntime.InferenceSession(str(catalog.path("softmax_mnist")), providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(answer["probabilities"], direct.run(None, {"image": PICTURE})[0], atol=1e-5)
    assert answer.seconds > 0
    assert answer.processor == engine.processor()


def test_taps_are_the_tensors_of_the_same_run():
    answer = engine.run("lenet5_mnist", {"image": PICTURE}, taps=("field", "fc3"))
    assert answer["field"].shape == (1, 1, 28, 28)
    logits = answer["fc3"][0].astype(np.float64)
    np.testing.assert_allclose(np.exp(logits) / np.exp(logits).sum(), answer["probabilities"][0], atol=1e-6)


def test_unknown_names_are_typed_errors():
    with pytest.raises(KeyError):
        engine.run("lenet6_mnist", {"image": PICTURE})
    with pytest.raises(xray.UnknownTensor):
        engine.run("lenet5_mnist", {"image": PICTURE}, taps=("no_such_layer",))
    with pytest.raises(InvalidArgument):
        engine.run("lenet5_mnist", {"image": PICTURE.astype(np.float32)})


def test_sessions_are_shared():
    assert engine._session("softmax_mnist", (), "CPU") is engine._session("softmax_mnist", (), "CPU")


def test_a_full_gpu_is_answered_by_the_cpu(monkeypatch):
    """A session that fails as CUDA does when its memory is gone."""

    class FullGpu:
        def get_providers(self):
            return ["CUDAExecutionProvider", "CPUExecutionProvider"]

        def run(self, *_):
            raise RuntimeException(
                "[ONNXRuntimeError] : 6 : BFCArena::AllocateRawInternal Failed to allocate memory for 1 byte"
            )

    opened = engine._session
    monkeypatch.setattr(
        engine, "_session", lambda name, taps, device: FullGpu() if device == "CUDA" else opened(name, taps, device)
    )
    monkeypatch.setattr(engine, "processor", lambda: "CUDA")
    assert engine.run("softmax_mnist", {"image": PICTURE}).processor == "CPU"


def test_other_failures_are_not_hidden(monkeypatch):
    class Broken:
        def get_providers(self):
            return ["CPUExecutionProvider"]

        def run(self, *_):
            raise RuntimeException("something else")

    monkeypatch.setattr(engine, "_session", lambda *_: Broken())
    with pytest.raises(RuntimeException, match="something else"):
        engine.run("softmax_mnist", {"image": PICTURE})


@pytest.mark.gpu
def test_cuda_answers_as_the_cpu_does():
    if engine.processor() != "CUDA":
        pytest.skip("no NVIDIA GPU that ONNX Runtime can use")
    answer = engine.run("lenet5_mnist", {"image": PICTURE})
    assert answer.processor == "CUDA"
    cpu = onnxruntime.InferenceSession(str(catalog.path("lenet5_mnist")), providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(answer["probabilities"], cpu.run(None, {"image": PICTURE})[0], atol=1e-3)
