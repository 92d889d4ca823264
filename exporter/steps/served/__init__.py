"""The registry of training steps that are served as artifacts: each module here registers its own, as recipes do.

`exporter.build` makes of one what it makes of a recipe: graph, comparison with torch, file, entry in the manifest.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field

import onnx
import torch
from torch import Tensor

from exporter.recipes import Port
from exporter.steps.repeat import repeat
from exporter.steps.trace import trace


@dataclass(frozen=True)
class Step:
    """How one step graph comes to be.

    Attributes:
        name: the artifact, architecture_step.
        title: what people call it.
        paper, year: whose idea, with a link, and when.
        function: takes tensors in the order of `inputs` and returns a tuple in that of `outputs`.
        inputs, outputs: of one step. What comes back as NAME_next is handed on.
        batches: what each step takes a batch of: its input → the name of the whole. The artifact makes K steps a call and has
            the ports that `repeat` gives it.
        probes: further inputs of the artifact by name, on which it is compared with torch: of other sizes than traced ones, at
            least three steps, state not zero.
        tolerance: largest difference to torch, as a share of the largest number of that output.
        sizes: of open axes while tracing, where a prime will not do.
        facts: further ones for the manifest.
        functions: makes functions that travel in the file though this graph does not call them.
    """

    name: str
    title: str
    paper: str
    year: int
    function: Callable[..., tuple[Tensor, ...]]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    batches: dict[str, str]
    probes: Callable[[], list[dict[str, Tensor]]]
    tolerance: float = 1e-5
    sizes: dict[str, int] = field(default_factory=dict)
    facts: dict = field(default_factory=dict)
    functions: Callable[[], list[onnx.FunctionProto]] = list

    def graph(self) -> onnx.ModelProto:
        """K steps as ONNX. Raises ExportError where torch or ONNX cannot say it."""
        model = repeat(trace(self.function, self.inputs, self.outputs, self.sizes), self.batches)
        model.functions.extend(self.functions())
        model.opset_import.extend(onnx.helper.make_opsetid(domain, 1) for domain in {f.domain for f in model.functions})
        return model

    def in_torch(self, given: dict[str, Tensor]) -> dict[str, Tensor]:
        """What the artifact should answer to `given`: the function called once for each row of `order`, its state handed on."""
        tensors, told = dict(given), {port.name: [] for port in self.outputs}
        for rows in given["order"]:
            tensors |= {part: given[whole][rows] for part, whole in self.batches.items()}
            answers = self.function(*(tensors[port.name] for port in self.inputs))
            for port, answer in zip(self.outputs, answers, strict=True):
                told[port.name].append(answer)
                if port.name.endswith("_next"):
                    tensors[port.name.removesuffix("_next")] = answer
        return {name: answers[-1] if name.endswith("_next") else torch.stack(answers) for name, answers in told.items()}


STEPS: dict[str, Step] = {}


def register(step: Step) -> Step:
    if STEPS.setdefault(step.name, step) is not step:
        raise ValueError(f"two steps are called {step.name!r}")
    return step


for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
