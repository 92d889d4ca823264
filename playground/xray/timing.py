"""How long each node takes, measured by ONNX Runtime's own profiler."""

import json
import math
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime as ort

from .graph import XrayError, node_names, subgraphs
from .outputs import expose
from .session import plain_session

SUFFIX = "_kernel_time"


def time_nodes(model: onnx.ModelProto, feeds: Mapping[str, np.ndarray], repeats: int = 5) -> dict[str, float]:
    """Seconds for each node, by the names of `facts`: the median over `repeats` runs, after one run to warm up.

    One thread of the CPU, graph optimisation off, so that each node is a kernel of its own. The sum therefore exceeds an
    ordinary run, where nodes are fused; the clock's resolution is a microsecond. Nodes that ONNX Runtime does not run
    (Constant) take 0. The profile is written to a temporary directory and removed.
    Raises XrayError where the graph does not run on `feeds`.
    """
    return run_timed(model, feeds, (), repeats).node_seconds


class Timed(NamedTuple):
    values: dict  # of the outputs and of the inner tensors asked for
    seconds: float  # of the first run
    node_seconds: dict[str, float]


def run_timed(
    model: onnx.ModelProto,
    feeds: Mapping[str, np.ndarray],
    tensors: Iterable[str],
    repeats: int = 5,
    deadline: float = math.inf,
    options: ort.RunOptions | None = None,
) -> Timed:
    """What time_nodes tells, and what the graph and its inner `tensors` compute, in the same runs.

    There is always a first run; others only until time.monotonic() has passed the `deadline`. `options` are for each run:
    their terminate flag stops one, and then what was measured before goes.
    """
    shown = expose(model, tensors)
    names = node_names(shown.graph)
    for index, node in enumerate(shown.graph.node):
        node.name = str(index)  # ONNX Runtime's own names for nodes without one never look like this
        _forget_names(subgraphs(node))
    timed = _profile(shown, feeds, repeats, deadline, options)
    seconds = timed.node_seconds  # by index
    late = time.monotonic() > deadline
    if not late and any(str(i) not in seconds and node.op_type != "Constant" for i, node in enumerate(shown.graph.node)):
        seconds = _profile(_written_out(shown), feeds, repeats, deadline, options).node_seconds
    return timed._replace(node_seconds={name: seconds.get(str(index), 0.0) for index, name in enumerate(names)})


def _profile(model: onnx.ModelProto, feeds: Mapping, repeats: int, deadline: float, options: ort.RunOptions | None) -> Timed:
    """Node seconds are by node name up to its first dot; nodes that share it are summed, run by run."""
    with tempfile.TemporaryDirectory() as folder:
        done = 0
        try:
            session = plain_session(model, enable_profiling=True, profile_file_prefix=str(Path(folder, "nodes")))
            while done <= repeats and (not done or time.monotonic() < deadline):
                begin = time.perf_counter()
                outputs = session.run(None, dict(feeds), options)
                if not done:
                    values, took = outputs, time.perf_counter() - begin
                done += 1
        except Exception as error:  # ONNX Runtime's errors share no base class
            if not done:
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
    return Timed({value.name: part for value, part in zip(session.get_outputs(), values, strict=True)}, took, seconds)


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
