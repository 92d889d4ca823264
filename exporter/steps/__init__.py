"""Training steps and gradients as ONNX graphs: a pure function of tensors, its backward pass included, traced by torch.

`trace` makes the graph of one step, `repeat` of many steps a call.
"""

from exporter.steps.repeat import repeat
from exporter.steps.trace import trace

__all__ = ["repeat", "trace"]
