"""Look inside any ONNX graph: what its nodes are, what they cost, how far they see, what they put out, how long they take.

Plain functions over onnx.ModelProto; nothing is kept between calls.
"""

from .blocks import Block, blocks
from .fields import AxisField, receptive_field, receptive_field_axes
from .graph import UnknownTensor, XrayError, true_inputs
from .nodes import NodeFacts, facts
from .outputs import expose
from .timing import run_timed, time_nodes

__all__ = [
    "AxisField",
    "Block",
    "NodeFacts",
    "UnknownTensor",
    "XrayError",
    "blocks",
    "expose",
    "facts",
    "receptive_field",
    "receptive_field_axes",
    "run_timed",
    "time_nodes",
    "true_inputs",
]
