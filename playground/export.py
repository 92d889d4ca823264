"""The export on the page: full ONNX files from what is stored, without torch."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime

from playground import catalog, structure
from playground.calibration import examples
from playground.language import text as _
from playground.precision import converted


@dataclass(frozen=True)
class Wish:
    """What is to be made: an artifact's name; batch and side, None where any will do; classes and width of untrained nets."""

    name: str
    batch: int | None = None
    side: int | None = None
    classes: int | None = None
    width: float = 1.0
    precision: str = "fp32"
    seed: int = 0

    @property
    def command(self) -> str:
        """What makes the same file with torch beside, which checks it."""
        options = {"--input": self.side, "--classes": self.classes, "--batch": self.batch if self.batch != 1 else None,
                   "--width": self.width if self.width != 1 else None, "--seed": self.seed or None,
                   "--precision": self.precision if self.precision != "fp32" else None}  # fmt: skip
        said = "".join(f" {name} {value}" for name, value in options.items() if value is not None)
        return f"python -m exporter export {self.name}{said}{'' if self.batch else ' --dynamic'} {self.file}"

    @property
    def file(self) -> str:
        return f"{self.name}{'' if self.precision == 'fp32' else '_' + self.precision}.onnx"


@dataclass(frozen=True)
class Made:
    """A finished file; how far its answers are from those in fp32, as a share of the largest, None for fp32 itself."""

    content: bytes
    difference: float | None


def takes_any_side(name: str) -> bool:
    """Whether the graph's sides are open."""
    image = catalog.graph(name).graph.input[0].type.tensor_type
    return not image.shape.dim[2].dim_value


def make(wish: Wish, say: Callable[[str], None] = lambda line: None) -> Made:
    """Make the file, run it once, and compare it with fp32; `say` is told what is being done.

    Raises ValueError where the image is too small for the net, or the weights too many for one file.
    """
    model = catalog.graph(wish.name)
    if wish.name in catalog.trained():
        model = structure.sized(model, wish.batch, wish.side)
    else:
        say(_("Drawing the weights from the seed…"))
        model = structure.relative(model, wish.side, wish.classes, wish.width, wish.batch)
        model = structure.filled(model, wish.seed)
    if wish.precision == "fp32":
        say(_("Running it once…"))
        _run(model, examples(model)[:1])
        return Made(model.SerializeToString(), None)
    say(_("Converting to {precision}…").format(precision=wish.precision))
    pictures = examples(model)
    reduced = converted(model, wish.precision, pictures)
    say(_("Comparing with fp32…"))
    exact, close = (_run(graph, pictures) for graph in (model, reduced))
    return Made(reduced.SerializeToString(), float(np.abs(close - exact).max() / np.abs(exact).max()))


def _run(model: onnx.ModelProto, pictures: list[dict[str, np.ndarray]]) -> np.ndarray:
    """The first output; of a detector the raw one, since lists of boxes differ in length."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    outputs = [value.name for value in model.graph.output]
    wanted = "raw" if "raw" in outputs else outputs[0]
    return np.concatenate([session.run([wanted], picture)[0] for picture in pictures])


def size_of(wish: Wish) -> int:
    """About how many bytes the file will have."""
    facts = catalog.facts(wish.name)
    parameters = facts["parameters"]
    if wish.name not in catalog.trained():
        model = structure.relative(catalog.graph(wish.name), wish.side, wish.classes, wish.width)
        parameters = sum(math.prod(shape) for shape in structure.shapes(model).values())
    return parameters * {"fp32": 4, "fp16": 2, "int8": 1}[wish.precision]
