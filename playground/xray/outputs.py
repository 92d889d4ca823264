"""A model that also shows what happens inside."""

from collections.abc import Iterable

import onnx

from .graph import UnknownTensor, flatten, tensor_names


def expose(model: onnx.ModelProto, names: Iterable[str]) -> onnx.ModelProto:
    """A copy of the model with more outputs: its own first, in their order, then `names` in the order given.

    Names that are outputs already are not repeated; names of local functions' tensors are those that `facts` lists. The
    weights are copied once. New outputs carry no shape, and a type only where the file states it, which is all that
    ONNX Runtime needs. Raises UnknownTensor for a name that the top level of the graph does not have.
    """
    model = flatten(model)
    known = tensor_names(model.graph)
    shown = {value.name for value in model.graph.output}
    extra = []
    for name in dict.fromkeys(names):
        if name not in known:
            raise UnknownTensor(name)
        if name not in shown:
            extra.append(name)
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    described = {value.name: value for value in [*model.graph.value_info, *model.graph.input]}
    copy.graph.output.extend(described.get(name, onnx.ValueInfoProto(name=name)) for name in extra)
    return copy
