"""Runs graphs with ONNX Runtime, on the GPU where there really is one, and says which processor answered and how fast."""

import ctypes
import sys
import time
from dataclasses import dataclass
from functools import cache, lru_cache
from threading import Lock

import numpy as np
import onnxruntime

from playground import catalog, xray

MAX_SESSIONS = 32  # loaded graphs, shared by all users
MAX_SMALL = 256  # of a few operators and a few kilobytes
_loading = Lock()


@dataclass(frozen=True)
class Answer:
    """Outputs by name, the processor that computed them ("CPU", "CUDA") and the seconds it took."""

    outputs: dict[str, np.ndarray]
    processor: str
    seconds: float

    def __getitem__(self, name: str) -> np.ndarray:
        return self.outputs[name]


@cache
def providers() -> tuple[str, ...]:
    """The execution providers to ask for, best first. CUDA only if the driver is there: ONNX Runtime falls back silently."""
    onnxruntime.set_default_logger_severity(3)
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        try:
            ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
            onnxruntime.preload_dlls()
            return "CUDAExecutionProvider", "CPUExecutionProvider"
        except OSError:
            pass  # a wheel with CUDA on a machine without
    return ("CPUExecutionProvider",)


def _session(name: str, taps: tuple[str, ...], device: str) -> onnxruntime.InferenceSession:
    with _loading:  # two hundred students at once load a graph once
        return _loaded(name, taps, device)


@lru_cache(maxsize=MAX_SESSIONS)
def _loaded(name: str, taps: tuple[str, ...], device: str) -> onnxruntime.InferenceSession:
    """A loaded graph, shared by all users; evicted ones are freed when their last run ends."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # many users at once: each run has its caller's thread and waits for no other
    asked = [provider for provider in providers() if provider.startswith((device, "CPU"))]
    source = xray.expose(catalog.graph(name), taps).SerializeToString() if taps else str(catalog.path(name))
    return onnxruntime.InferenceSession(source, options, providers=asked)


def run(name: str, inputs: dict[str, np.ndarray], taps: tuple[str, ...] = ()) -> Answer:
    """Run an artifact; `taps` are inner tensors wanted beside its outputs.

    If the GPU's memory is full, this call is answered by the CPU (and says so in `Answer.processor`). Raises KeyError for an
    unknown artifact, xray.UnknownTensor for an unknown tap, onnxruntime's InvalidArgument for inputs that do not fit the ports.
    """
    try:
        return _timed(_session(name, taps, "CUDA"), inputs)
    except onnxruntime.capi.onnxruntime_pybind11_state.RuntimeException as error:
        if "allocate memory" not in str(error) or processor() == "CPU":
            raise
        return _timed(_session(name, taps, "CPU"), inputs)


def compute(graph: bytes, inputs: dict[str, np.ndarray]) -> Answer:
    """Run a small graph that the server itself wrote, on the CPU: the way to a GPU and back would take longer.

    Raises onnxruntime's InvalidArgument for inputs that do not fit the ports.
    """
    return _timed(_small(graph), inputs)


@lru_cache(maxsize=MAX_SMALL)
def _small(graph: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _timed(session: onnxruntime.InferenceSession, inputs: dict[str, np.ndarray]) -> Answer:
    options = onnxruntime.RunOptions()
    processor = _processor_of(session)
    if processor == "CPU":
        options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    start = time.perf_counter()
    values = session.run(None, inputs, options)
    seconds = time.perf_counter() - start
    return Answer(dict(zip((port.name for port in session.get_outputs()), values, strict=True)), processor, seconds)


@cache
def processor() -> str:
    """The processor that graphs run on, as ONNX Runtime reports it for a loaded one: "CUDA" or "CPU"."""
    return _processor_of(_session(catalog.trained()[0], (), "CUDA"))


def _processor_of(session: onnxruntime.InferenceSession) -> str:
    return session.get_providers()[0].removesuffix("ExecutionProvider")
