"""Small graphs of a few operators, written in ONNX's own text form: what the operations lab computes with."""

from functools import lru_cache

import numpy as np
import onnx

from playground.engine import Answer, compute

HEAD = '<ir_version: 10, opset_import: ["" : 20]>'


@lru_cache(maxsize=256)
def graph(text: str) -> bytes:
    """The ONNX file of a graph such as `conv (float[n,c,h,w] x, float[m,c,i,j] w) => (float[n,m,p,q] y) {y = Conv(x, w)}`.

    Syntax: https://onnx.ai/onnx/repo-docs/Syntax.html. Raises onnx.parser.ParseError or onnx.checker.ValidationError if the
    text is no graph.
    """
    model = onnx.parser.parse_model(f"{HEAD}\n{text}")
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def run(text: str, inputs: dict[str, np.ndarray]) -> Answer:
    """Run the graph that `text` writes. Raises what `graph` raises, and onnxruntime's InvalidArgument for unfit inputs."""
    return compute(graph(text), inputs)
