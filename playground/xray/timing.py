"""How long each node takes, measured by ONNX Runtime's own profiler."""

import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median

import numpy as np
import onnx
import onnxruntime as ort

from .graph import XrayError, flatten, node_names, subgraphs
from .session import plain_session

SUFFIX = "_kernel_time"


def time_nodes(
    model: onnx.ModelProto,
    feeds: Mapping[str, np.ndarray],
    repeats: int = 5,
    deadline: float = float("inf"),
    options: ort.RunOptions | None = None,
) -> dict[str, float]:
    """Seconds for each node, by the names of `facts`: the median over `repeats` runs, after one run to warm up.

    Once time.monotonic() has passed the `deadline`, what was measured until then goes, be it the first run. `options` are for
    each run: their terminate flag stops one.

    One thread of the CPU, graph optimisation off, so that each node is a kernel of its own. The sum therefore exceeds an
    ordinary run, where nodes are fused; the clock's resolution is a microsecond. Nodes that ONNX Runtime does not run
    (Constant) take 0. The profile is written to a temporary directory and removed.
    Raises XrayError where the graph does not run on `feeds`.
    """
    flat = onnx.ModelProto()
    flat.CopyFrom(flatten(model))
    names = node_names(flat.graph)
    for index, node in enumerate(flat.graph.node):
        node.name = str(index)  # ONNX Runtime's own names for nodes without one never look like this
        _forget_names(subgraphs(node))
    seconds = _profile(flat, feeds, repeats, deadline, options)  # by index
    if any(str(i) not in seconds and node.op_type != "Constant" for i, node in enumerate(flat.graph.node)):
        seconds = _profile(_written_out(flat), feeds, repeats, deadline, options)
    return {name: seconds.get(str(index), 0.0) for index, name in enumerate(names)}


def _profile(model: onnx.ModelProto, feeds: Mapping, repeats: int, deadline: float, options) -> dict[str, float]:
    """Seconds by node name up to its first dot; nodes that share it are summed, run by run."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            session = plain_session(model, enable_profiling=True, profile_file_prefix=str(Path(folder, "nodes")))
            done = 0
            while done <= repeats and (done == 0 or time.monotonic() < deadline):
                session.run(None, dict(feeds), options)
                done += 1
        except Exception as error:  # ONNX Runtime's errors share no base class
            raise XrayError("no_run", detail=str(error)) from error
        events = json.loads(Path(session.end_profiling()).read_text())
    runs = defaultdict(list)
    for event in events:
        if event["cat"] == "Node" and event["name"].endswith(SUFFIX):
            runs[event["name"].removesuffix(SUFFIX).partition(".")[0]].append(event["dur"])
    seconds = {}
    for name, durations in runs.items():
        kernels = len(durations) // done
        totals = [sum(durations[run * kernels : (run + 1) * kernels]) for run in range(min(1, done - 1), done)]
        seconds[name] = median(totals) / 1e6
    return seconds


def _written_out(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model as ONNX Runtime runs it: operators for which it has no kernel become several nodes (HardSwish, Mish,
    GroupNormalization). Their names begin with the name of the node they stand for."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "model.onnx"))
        plain_session(model, optimized_model_filepath=path)
        written = onnx.load(path)
    owner = {output: node.name for node in model.graph.node for output in node.output}
    for part, node in reversed(list(enumerate(written.graph.node))):
        whole = next((owner[output] for output in node.output if output in owner), "")
        for source in node.input:
            owner.setdefault(source, whole)
        node.name = f"{whole}.{part}"
    return written


def _forget_names(bodies: Iterable[onnx.GraphProto]):
    """A body's node must not be taken for one of the top level."""
    for body in bodies:
        for node in body.node:
            node.name = ""
            _forget_names(subgraphs(node))
