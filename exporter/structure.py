"""From an architecture to its structure: the canonical graph without weights (playground/structure.py says what that is)."""

import json

import onnx
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from exporter.architectures import ARCHITECTURES, Architecture
from exporter.export import OPSET, ExportError, dynamic_axes, name_ports, traced
from exporter.recipes import Port, Recipe


def canonical(architecture: Architecture, side: int | None = None, batch: int | None = None, **arguments) -> Recipe:
    """The paper's float images in, logits out; nothing trained.

    `side` is the image's, by default the paper's, and any where batch and side are left open and the net takes any;
    `arguments` are the architecture's own. Raises ExportError if there is no such net or it cannot take such images.
    """
    channels, *sides = architecture.input
    sides = [side, side] if side else sides

    def images(batch: int, more: int = 0) -> Tensor:
        return torch.rand(batch, channels, *(size + more for size in sides))

    try:
        classes = _on_meta(architecture, arguments)(images(2).to("meta")).shape[1]
    except RuntimeError as error:
        raise ExportError(f"{architecture.name} cannot take {sides[0]}x{sides[1]}: {error}") from error
    except TypeError as error:
        raise ExportError(f"{architecture.name} has no such argument: {error}") from error
    any_size = not (side or batch) and takes_any_size(architecture, **arguments)
    shape = (batch or "batch", channels, *(("height", "width") if any_size else sides))
    batches = (batch,) if batch else (1, 3)
    return Recipe(
        name=architecture.name,
        title=architecture.title,
        task="classification",
        architecture=architecture.name,
        dataset=None,
        labels=(),
        inputs=(Port("image", "float32", shape, "images as the paper takes them"),),
        outputs=(Port("logits", "float32", (shape[0], classes), "unnormalised log probabilities"),),
        module=lambda: architecture.build(**arguments),
        taps={tap: tap for tap in architecture.taps[:-1]},  # the last one is the output
        train=lambda module, checkpoint: None,
        examples=lambda: (images(batch or 2),),
        probes=lambda: [(images(batch),) for batch in batches] + ([(images(1, more=32),)] if any_size else []),
        evaluate=lambda run: {},
    )


def takes_any_size(architecture: Architecture, **arguments) -> bool:
    """Whether images of other sizes than the paper's fit: no dense layer counts the pixels of a map."""
    channels, height, width = architecture.input
    try:
        _on_meta(architecture, arguments)(torch.zeros(1, channels, height + 32, width + 32, device="meta"))
    except RuntimeError:
        return False
    return True


def structure(recipe: Recipe, module: nn.Module, opset: int = OPSET) -> onnx.ModelProto:
    """The graph of a canonical recipe, its weights as inputs: torch traces it with the shapes of `module`'s weights alone."""
    module.eval()
    names = [name for name in module.state_dict() if not name.endswith("num_batches_tracked")]

    class Called(nn.Module):
        def forward(self, image: Tensor, weights: list[Tensor]) -> Tensor:
            return torch.func.functional_call(module, dict(zip(names, weights, strict=True)), (image,))

    with FakeTensorMode(allow_non_fake_inputs=True):
        weights = [torch.empty(module.state_dict()[name].shape) for name in names]
        model = traced(
            Called(), module, recipe.taps, (torch.empty(recipe.examples()[0].shape), weights), ["image", *names], ["logits"],
            (dynamic_axes(recipe.inputs[0]), [None] * len(names)), opset,
        )  # fmt: skip
    _plain(model, set(recipe.taps.values()), set(names))
    name_ports(model, recipe)
    said = {
        "inputs": ["image"],
        "seed": recipe.seed,
        "divisor": ARCHITECTURES[recipe.architecture].divisor,
        "constants": {name: value for name, value in _constants(module).items() if name in names},
    }
    onnx.helper.set_model_props(model, {"weights": json.dumps(said)})
    return model


def _plain(model: onnx.ModelProto, taps: set[str], weights: set[str]) -> None:
    """Operators people know, outputs called as their layers, no attribute that goes without saying."""
    graph = model.graph
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor).tolist() for tensor in graph.initializer}
    taken, renamed = taps | {"logits"}, {}
    for node in graph.node:
        if node.op_type == "Reshape":
            node.op_type = "Flatten"
            del node.input[1:], node.attribute[:]
        elif node.op_type == "ReduceMean" and sorted(axis % 4 for axis in constants[node.input[1]]) == [2, 3]:
            node.op_type = "GlobalAveragePool"
            del node.input[1:], node.attribute[:]
        layer = next((name.rpartition(".")[0] for name in node.input[1:] if name in weights), None)
        if layer and not {layer, node.output[0]} & taken:
            renamed[node.output[0]] = layer
            taken.add(layer)
        usual = onnx.defs.get_schema(node.op_type, model.opset_import[0].version).attributes
        for attribute in list(node.attribute):
            value, default = onnx.helper.get_attribute_value(attribute), usual[attribute.name].default_value
            ones = attribute.name in ("strides", "dilations") and set(value) == {1}
            zeros = attribute.name == "pads" and set(value) == {0}
            if ones or zeros or (default.name and onnx.helper.get_attribute_value(default) == value):
                node.attribute.remove(attribute)
    for node in graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]
        node.output[:] = [renamed.get(name, name) for name in node.output]
    read = {name for node in graph.node for name in node.input}
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in read]:
        graph.initializer.remove(tensor)
    del graph.value_info[:]


def _constants(module: nn.Module) -> dict[str, float]:
    """Scales of batch norm that do not start as 1."""
    norms = {name: norm.weight for name, norm in module.named_modules() if isinstance(norm, nn.BatchNorm2d)}
    return {f"{name}.weight": round(float(scale[0]), 6) for name, scale in norms.items() if not torch.all(scale == 1)}


def _on_meta(architecture: Architecture, arguments: dict) -> nn.Module:
    with torch.device("meta"):
        return architecture.build(**arguments).eval()
