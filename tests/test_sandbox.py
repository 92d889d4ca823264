"""Strangers' graphs: hostile ones are refused in time and leave nothing behind, others give what ONNX Runtime gives."""

import ctypes
import gc
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper
from streamlit.runtime.context import StreamlitHeaders

from benchmarks.xray import chain
from playground import catalog, language, sandbox, xray
from playground.sandbox import process, refusals
from playground.sandboxed import frames
from playground.uploads import uploads_allowed
from tests import hostile, strangers

RUSSIAN = language.translations("ru")
REFUSALS = {  # what each hostile file's message says, in the two languages
    "empty": ("is empty", "пуст"),
    "foreign": ("not an ONNX file", "не файл ONNX"),
    "damaged": ("damaged", "повреждён"),
    "nested": ("nested too deeply", "вложенность"),
    "recursive": ("calls itself", "вызывает саму себя"),
    "external": ("`secret` lie in a second file", "`secret` лежат в отдельном файле"),
    "ir": ("IR version is 14; up to 13", "Версия IR этого файла — 14"),
    "opset": ("opset 27 of `ai.onnx`; up to 26", "opset 27 домена `ai.onnx`"),
    "nodes": ("at most 20,000", "не больше 20\xa0000"),
    "tensors": ("at most 1,024 MB", "не больше 1\xa0024 МБ"),
    "time": ("longer than 4 s", "не уложился в 4 с"),
    "memory": ("more memory", "больше памяти"),
    "answer": ("128 MB of numbers; at most 64", "128 МБ чисел"),
}
OPERATORS = {"a foreign operator": "com.acme::Explode", "an operator that ONNX does not have": "Explode",
             "an operator that reads files": "com.microsoft::EPContext"}  # fmt: skip


@pytest.fixture(autouse=True)
def english():
    """The language of the page."""
    with speaking("en"):
        yield


@contextmanager
def speaking(name: str):
    token = language._of_this_run.set(name)
    yield
    language._of_this_run.reset(token)


@pytest.fixture
def clean():
    """After the test there are no more processes, descriptors, folders and memory than before."""
    before = left_over()
    yield
    after = left_over()
    assert after[:3] == before[:3]
    assert after[3] - before[3] < 64e6


def left_over() -> tuple[set, int, set, int]:
    gc.collect()  # exceptions and their frames hold one another, and the file
    ctypes.CDLL(None).malloc_trim(0)  # what is freed is no longer counted
    children = {
        pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()
    }  # fmt: skip
    folders = {path.name for path in Path(process.TemporaryDirectory().name).parent.glob("playground-*")}
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return children, len(os.listdir("/proc/self/fd")), folders, resident


needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def refusal(work, *arguments, **keywords) -> sandbox.Refused:
    begin = time.monotonic()
    with pytest.raises(sandbox.Refused) as caught:
        work(*arguments, **keywords)
    assert time.monotonic() - begin < 5
    return caught.value


def feeds(opened: sandbox.Opened) -> dict:
    """Random inputs of the shapes chosen; a sequence of two."""
    random = np.random.default_rng(0)

    def tensor(dtype, shape):
        kind = np.dtype(dtype)
        return random.standard_normal(shape).astype(kind) if kind.kind == "f" else random.integers(0, 50, shape).astype(kind)

    return {
        port.name: tensor(port.dtype, opened.shapes[port.name]) if port.kind == "tensor" else [tensor(port.dtype, (2, 3))] * 2
        for port in opened.inputs
        if not port.default
    }


def said(refused: sandbox.Refused, english: str, russian: str) -> None:
    assert english in str(refused)
    with speaking("ru"):
        assert russian in str(refused)


@needs_proc
@pytest.mark.parametrize("name", hostile.OPENED)
def test_a_hostile_file_is_refused(name, clean):
    content, code = hostile.OPENED[name]
    for refused in (refusal(sandbox.open, content), refusal(sandbox.run, content, {})):
        assert refused.code == code
        said(refused, *REFUSALS[code])


@needs_proc
@pytest.mark.parametrize("name", hostile.RUN)
def test_a_hostile_run_is_refused_though_its_structure_can_be_seen(name, clean):
    content, code = hostile.RUN[name]
    opened = sandbox.open(content)
    assert opened.nodes
    refused = refusal(sandbox.run, content, feeds(opened))
    assert refused.code == code
    if code == "operators":
        assert opened.unknown_operators == (OPERATORS[name],)
        said(refused, f"does not know `{OPERATORS[name]}`", f"не знает `{OPERATORS[name]}`")
    else:
        said(refused, *REFUSALS[code])


@needs_proc
def test_a_swarm_that_outgrows_its_memory_or_its_time(clean):
    assert refusal(sandbox.open, hostile.swarm(2**24)).code in ("time", "memory", "nodes")
    assert refusal(sandbox.open, hostile.swarm(2**24), memory=2**30).code in ("time", "memory")


@pytest.mark.parametrize("name", strangers.GRAPHS)
def test_a_strangers_graph_opens_and_runs_as_in_onnx_runtime(name):
    content = strangers.GRAPHS[name]
    opened = sandbox.open(content)
    inputs = feeds(opened)
    inner = tuple(output for node in opened.nodes for output, dtype in zip(node.outputs, node.dtypes, strict=True) if dtype)
    ran = sandbox.run(content, inputs, inner)
    settings = onnxruntime.SessionOptions()
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(content, settings, providers=["CPUExecutionProvider"])
    for port, expected in zip(opened.outputs, session.run(None, inputs), strict=True):
        assert isinstance(ran.values[port.name], type(expected))
        both = (
            zip(expected, ran.values[port.name], strict=True)
            if isinstance(expected, list)
            else [(expected, ran.values[port.name])]
        )
        for theirs, ours in both:
            assert (theirs.dtype, theirs.shape) == (ours.dtype, ours.shape)
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    for node in opened.nodes:  # the shapes and types foretold are those that came
        for output, shape, dtype in zip(node.outputs, node.shapes, node.dtypes, strict=True):
            if dtype:
                assert ran.values[output].dtype.name == dtype
                assert shape is None or all(
                    size in (None, there) for size, there in zip(shape, ran.values[output].shape, strict=True)
                )
    assert ran.node_seconds.keys() == {node.name for node in opened.nodes}
    assert ran.seconds > 0


def test_what_is_told_of_a_file():
    content = strangers.classifier(13)
    opened = sandbox.open(content)
    assert (opened.ir_version, opened.opsets, opened.producer) == (8, {"": 13}, "a stranger")
    assert opened.inputs == (sandbox.Port("x", "tensor", "float32", ("batch", 3, "height", "width"), False),)
    assert opened.shapes == {"x": (1, 3, 224, 224)}
    assert opened.parameters == 8 * 3 * 9 + 2 * 8 + 10 * 8 + 10
    assert opened.macs == 112 * 112 * 8 * 27 + 80
    assert opened.bytes == len(content)
    assert opened.nodes == tuple(xray.facts(onnx.ModelProto.FromString(content), opened.shapes, fields=False))
    with_fields = sandbox.open(content, {"x": (2, 3, 64, 48)}, fields=True)
    assert with_fields.nodes == tuple(xray.facts(onnx.ModelProto.FromString(content), {"x": (2, 3, 64, 48)}))
    assert with_fields.nodes[0].receptive_field == (3, 3)


def test_old_files_weights_are_no_inputs():
    assert [port.name for port in sandbox.open(strangers.classifier(7)).inputs] == ["x"]


@pytest.mark.parametrize(
    ("name", "shapes"),
    {
        "last_channel": {"picture": (1, 224, 224, 3)},
        "words": {"ids": (1, 16)},
        "recurrent": {"sound": (1, 512), "h": (1, 1, 4), "c": (1, 1, 4)},
        "quantized": {"x": (1, 3, 32, 32)},
        "sequences": {"x": (1, 3)},
    }.items(),
)
def test_open_axes_get_sizes_that_make_sense(name, shapes):
    assert sandbox.open(strangers.GRAPHS[name]).shapes == shapes


def test_a_given_shape_settles_axes_of_the_same_name_elsewhere():
    two = strangers.model(
        [strangers.node("MatMul", "a b", "y")],
        {"a": (strangers.FLOAT, [3, "inner"]), "b": (strangers.FLOAT, ["inner", 5])}, ["y"],
    )  # fmt: skip
    assert sandbox.open(two, {"a": (3, 7)}).shapes == {"a": (3, 7), "b": (7, 5)}


def test_a_size_is_looked_for_at_which_the_shapes_fit():
    """224 is not divided by 10; 320 is, so that the reshape has its nine columns."""
    blocks = strangers.model(
        [strangers.node("AveragePool", "x", "p", kernel_shape=[10, 10], strides=[10, 10]), strangers.node("Add", "p w", "y")],
        {"x": (strangers.FLOAT, [1, 1, "height", "width"])}, ["y"], {"w": strangers.floats(1, 1, 32, 32)},
    )  # fmt: skip
    assert sandbox.open(blocks).shapes == {"x": (1, 1, 320, 320)}


def test_shapes_that_do_not_fit():
    assert refusal(sandbox.open, strangers.GRAPHS["words"], {"ids": (1, 2, 3)}).code == "wrong_shape"
    assert refusal(sandbox.open, strangers.GRAPHS["words"], {"nowhere": (1, 2)}).code == "no_input"


def test_arrays_tell_shapes_that_depend_on_values():
    nonzero = strangers.model([strangers.node("NonZero", "x", "y")], {"x": (strangers.FLOAT, ["n"])}, ["y"])
    assert sandbox.open(nonzero).nodes[0].shapes == ((1, None),)
    assert sandbox.open(nonzero, {"x": np.array([0, 1, 2], np.float32)}).nodes[0].shapes == ((1, 2),)


def test_metadata_and_defaults():
    opened = sandbox.open(catalog.path("lenet5_mnist").read_bytes())
    assert [(port.name, port.default) for port in opened.inputs] == [("image", False), ("frame", True)]
    assert opened.parameters == 61706
    assert opened.metadata


def test_weights_of_a_node():
    content = catalog.path("lenet5_mnist").read_bytes()
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load_from_string(content).graph.initializer}
    weights = sandbox.weights(content, "conv1")
    assert list(weights) == ["net.conv1.weight", "net.conv1.bias"]
    for name, value in weights.items():
        np.testing.assert_array_equal(value, stored[name])
    assert refusal(sandbox.weights, content, "nowhere").code == "no_tensor"
    assert refusal(sandbox.weights, content, "conv1", most=100).code == "answer"


def test_weights_as_they_arrive():
    opened = sandbox.open(strangers.GRAPHS["quantized"])
    weights = sandbox.weights(strangers.GRAPHS["quantized"], opened.nodes[-1].name)["dw"]
    whole = {t.name: numpy_helper.to_array(t) for t in onnx.load_from_string(strangers.GRAPHS["quantized"]).graph.initializer}
    np.testing.assert_allclose(weights, whole["w"] * whole["ws"])


def test_weights_in_a_branch():
    content = strangers.GRAPHS["branching"]
    assert [value.shape for value in sandbox.weights(content, sandbox.open(content).nodes[-1].name).values()] == [(4, 4)]


def test_receptive_field_is_the_xrays():
    content = catalog.path("lenet5_mnist").read_bytes()
    shapes = {"image": (1, 28, 28, 3)}
    box = sandbox.receptive_field(content, "conv2", (0, 3, 2, 5), shapes, "field")
    assert box == xray.receptive_field(onnx.load_from_string(content), "conv2", (0, 3, 2, 5), shapes, "field")
    assert refusal(sandbox.receptive_field, content, "conv2", (0, 99, 0, 0), shapes).code == "no_element"


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "needs its input `ids`"),
        ({"ids": np.zeros((1, 4), np.float32)}, "takes int64, not float32"),
        ({"ids": np.zeros(4, np.int64)}, "has the shape `[batch, sequence]`, not `[4]`"),
        ({"ids": np.zeros((1, 4), np.int64), "more": np.zeros(1)}, "no input named `more`"),
        ({"ids": np.full((1, 4), 1000)}, "indices element out of data bounds"),
    ],
)
def test_inputs_that_do_not_fit(inputs, message):
    assert message in str(refusal(sandbox.run, strangers.GRAPHS["words"], inputs))


def test_ten_thousand_nodes_and_sequences_of_text():
    assert len(sandbox.open(chain(10_000).SerializeToString()).nodes) == 10_000
    text = strangers.model(
        [strangers.node("Identity", "x", "y")], {"x": (onnx.TensorProto.STRING, ["n"])}, ["y"]
    )  # fmt: skip
    assert sandbox.run(text, {"x": np.array(["да", "нет", ""])}).values["y"].tolist() == ["да", "нет", ""]


def test_bfloat16_comes_as_float32():
    half = strangers.model(
        [strangers.node("Cast", "x", "y", to=onnx.TensorProto.BFLOAT16)], {"x": (strangers.FLOAT, [2])}, ["y"]
    )
    weight = onnx.load_from_string(half)
    weight.graph.initializer.append(onnx.helper.make_tensor("w", onnx.TensorProto.BFLOAT16, [2], [1.5, -2.0]))
    assert sandbox.weights(weight.SerializeToString(), "w")["w"].tolist() == [1.5, -2.0]


# ---- a process that was taken over, or that prints


def worker(tmp_path, monkeypatch, program: str) -> None:
    file = tmp_path / "worker.py"
    file.write_text(program)
    monkeypatch.setattr(process, "WORKER", file)


def saying(head: str, then: str = "b''") -> str:
    """A program that answers with this header, and these bytes after it."""
    return f"import os; head = {head}; os.write(1, len(head).to_bytes(8, 'little') + head + {then})"


@needs_proc
@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("import os; os.abort()", "crashed"),
        ("import sys; sys.exit(0)", "crashed"),
        ("print('hello')", "crashed"),
        ("import time; time.sleep(100)", "time"),
        ("import os\nwhile True: os.write(1, bytes(2**20))", "crashed"),
        ("import os, time; os.fork(); time.sleep(100)", "time"),
        ("import os; os.write(1, (2**62).to_bytes(8, 'little') + b'[]')", "crashed"),
        (saying("b'[' * 100000"), "crashed"),
        (saying("""b'[{"answer": {"array": 0}}, [["<f4", [1099511627776]]]]'"""), "crashed"),
        (saying("""b'[{"answer": {"array": 0}}, [["|O8", [1]]]]'""", "bytes(8)"), "crashed"),
        (saying("""b'[{"answer": {"array": 0}}, [["<U1", [1]]]]'""", "b'\\xff' * 4"), "crashed"),
        (saying("""b'[{"answer": {"plain": {"nodes": 1}}}, []]'"""), "crashed"),
        (saying("""b'[{"answer": {"plain": 7}}, []]'"""), "crashed"),
        (saying("""b'[{"refused": "none of ours", "parameters": {}}, []]'"""), "none of ours"),
        (saying("""b'[{"refused": "nodes", "parameters": {"count": NaN, "most": [[]]}}, []]'"""), "nodes"),
    ],
)
def test_the_parent_believes_nothing(program, code, tmp_path, monkeypatch, clean):
    worker(tmp_path, monkeypatch, program)
    assert refusal(sandbox.open, strangers.GRAPHS["words"], seconds=2).code == code


def test_what_native_code_prints_is_not_in_the_answer(tmp_path, monkeypatch):
    before = f"""
import os, sys
sys.path.insert(0, {str(process.WORKER.parents[2])!r})
from playground.sandboxed import worker
def noisy(*_):
    os.write(1, b"noise")
worker.limit = noisy
worker.main()
"""
    worker(tmp_path, monkeypatch, before)
    assert len(sandbox.open(strangers.GRAPHS["words"]).nodes) == 11


def test_the_process_sees_nothing_of_the_server(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET", "key")
    spy = f"""
import os, sys, json, resource
sys.path.insert(0, {str(process.WORKER.parents[2])!r})
from playground.sandboxed import worker
worker.limit(float(sys.argv[1]), int(sys.argv[2]))
limits = [resource.getrlimit(getattr(resource, "RLIMIT_" + kind)) for kind in ("AS", "CPU", "NOFILE", "FSIZE", "CORE")]
seen = [dict(os.environ), os.listdir("."), sorted(os.listdir("/proc/self/fd")), limits]
h = json.dumps([{{"answer": {{"plain": seen}}}}, []]).encode()
os.write(1, len(h).to_bytes(8, "little") + h)
"""
    worker(tmp_path, monkeypatch, spy)
    environment, folder, descriptors, limits = process.ask("open", b"", 4, 2**31)
    assert "SECRET" not in environment and "HOME" not in environment and "PATH" not in environment
    assert folder == []
    assert len(descriptors) <= 4  # three, and the one that reads the folder
    assert limits == [[2**31] * 2, [4, 4], [64, 64], [2**28] * 2, [0, 0]]


def test_at_most_two_at_once_and_the_rest_wait_their_turn(monkeypatch):
    running, most, exchange = [], [], process._exchange

    def counted(*arguments):
        running.append(1)
        most.append(len(running))
        try:
            return exchange(*arguments)
        finally:
            running.pop()

    monkeypatch.setattr(process, "_exchange", counted)
    with ThreadPoolExecutor(8) as people:
        opened = list(people.map(lambda _: sandbox.open(strangers.GRAPHS["words"], seconds=30), range(8)))
    assert len(opened) == 8
    assert max(most) == 2


def test_who_waits_too_long_is_told_so():
    for _ in range(process.AT_ONCE):
        process._free.acquire()
    try:
        assert refusal(sandbox.open, strangers.GRAPHS["words"], seconds=0.2).code == "busy"
    finally:
        for _ in range(process.AT_ONCE):
            process._free.release()


def test_names_from_a_file_are_no_markdown():
    shown = refusals.shown("![x](http://evil)`\n# big" + "a" * 1000)
    assert "`" not in shown and "\n" not in shown and len(shown) < 400


def test_frames_carry_every_plain_type():
    values = {"a": np.array(3.5, np.float16), "b": [np.zeros((0, 2), np.int8), np.array(["да", "x"])], "c": {1: 0.5, 2: None}}
    arrays = []
    header = {name: frames.put(value, arrays) for name, value in values.items()}
    told, given = frames.unpack(b"".join(frames.pack(header, arrays)))
    back = {name: frames.take(value, given) for name, value in told.items()}
    assert back["c"] == values["c"]
    for ours, theirs in zip([back["a"], *back["b"]], [values["a"], *values["b"]], strict=True):
        np.testing.assert_array_equal(ours, theirs)
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)


def test_the_process_starts_lean():
    program = (
        f"import sys; sys.path.insert(0, {str(process.WORKER.parents[2])!r}); import playground.sandboxed.answers; "
        "print({'streamlit', 'babel', 'pandas', 'plotly', 'torch', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# ---- whether files may be brought at all


class Visit:
    """What st.context tells of a browser."""

    def __init__(self, ip_address, **headers):
        self.ip_address = ip_address
        self.headers = StreamlitHeaders([(name.replace("_", "-"), value) for name, value in headers.items()])


@pytest.mark.parametrize(
    ("visit", "said", "allowed"),
    [
        (Visit(None, Host="localhost:8501"), None, True),
        (Visit(None, Host="127.0.0.1:8501"), None, True),
        (Visit(None, Host="[::1]:8501"), None, True),
        (Visit(None, Host="localhost"), None, True),
        (Visit("192.168.0.7", Host="192.168.0.2:8501"), None, False),
        (Visit("192.168.0.7", Host="localhost:8501"), None, False),
        (Visit(None, Host="playground.example.org"), None, False),  # a proxy on this machine that adds no header
        (Visit(None, Host="localhost:8501", X_Forwarded_For="8.8.8.8"), None, False),
        (Visit(None, Host="localhost:8501", Forwarded="for=8.8.8.8"), None, False),
        (Visit(None), None, False),
        (Visit(None, Host="localhost:8501"), "off", False),
        (Visit("8.8.8.8", Host="playground.example.org"), "on", True),
        (Visit("8.8.8.8", Host="playground.example.org"), "maybe", False),
    ],
)
def test_uploads_are_for_those_who_run_the_app_themselves(visit, said, allowed, monkeypatch):
    monkeypatch.delenv("PLAYGROUND_UPLOADS", raising=False)
    if said:
        monkeypatch.setenv("PLAYGROUND_UPLOADS", said)
    monkeypatch.setattr("playground.uploads.st.context", visit)
    assert uploads_allowed() is allowed
