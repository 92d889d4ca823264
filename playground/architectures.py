"""The architectures lesson: the canonical nets through the years, and what follows from side, width and depth.

All numbers are the x-ray's, read off the structures in models/ (playground/structure.py); nothing is run.
"""

import math
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import onnx
import onnxruntime
import plotly.graph_objects as go
from PIL import Image, ImageDraw

from playground import catalog, drawing, figures, structure, xray
from playground.language import number
from playground.language import text as _
from playground.samples import DIGITS
from playground.xray import NodeFacts

DEFAULT = "resnet50"
BEFORE_2012 = 25  # percent, the lectures' figure for the best of the older algorithms
ROWS = ("Conv", "Gemm", "MaxPool", "AveragePool", "GlobalAveragePool", "Concat", "Add")  # what a table of layers lists


@cache
def names() -> list[str]:
    """The canonical architectures, by year, then by parameters."""
    known = set(catalog.manifest()) - {*catalog.trained(), *catalog.steps()}
    return sorted(known, key=lambda name: (catalog.facts(name)["year"], catalog.facts(name)["parameters"]))


def depths(name: str) -> list[str]:
    """The same paper's nets for the same images, by depth (by parameters)."""
    facts = catalog.facts(name)
    kin = [other for other in names() if all(catalog.facts(other)[key] == facts[key] for key in ("paper", "input"))]
    plain = name.startswith("plain")
    return [other for other in kin if other.startswith("plain") == plain]


@dataclass(frozen=True)
class Costs:
    """What a net costs for one image: counts; bytes of weights, of all maps and of the largest one, in float32."""

    parameters: int
    macs: int
    weights: int
    maps: int
    largest: int


@lru_cache(maxsize=64)
def nodes(name: str, side: int | None = None, width: float = 1.0) -> list[NodeFacts]:
    """The x-ray of a relative of an architecture, for one image. Raises ValueError where the image is too small for the net."""
    channels, *sides = catalog.facts(name)["input"]
    side = side or sides[0]
    model = structure.hollow(structure.relative(catalog.graph(name), side=side, width=width))
    return xray.facts(model, {"image": (1, channels, side, side)})


def costs(found: list[NodeFacts]) -> Costs:
    parameters = sum(node.parameters for node in found)
    maps = [4 * math.prod(shape) for node in found for shape in node.shapes]
    return Costs(parameters, sum(node.macs or 0 for node in found), 4 * parameters, sum(maps), max(maps))


def table(found: list[NodeFacts]) -> str:
    """Layer by layer, as Markdown; batch norm counts with the convolution before it."""
    head = (
        _("layer"),
        _("operator"),
        _("output shape"),
        _("parameters"),
        _("multiply-adds"),
        _("receptive field"),
        _("memory"),
    )
    rows = []
    for node in found:
        if node.op in ROWS:
            rows.append([node, node.parameters, node.macs or 0])
        elif rows:
            rows[-1][1] += node.parameters
    lines = ["| " + " | ".join(head) + " |", "|---|---|---|--:|--:|--:|--:|"]
    for node, parameters, macs in rows:
        field = node.receptive_field and " × ".join(map(number, node.receptive_field))
        shape = node.shapes[0]
        cells = (f"`{node.name}`", node.op, " × ".join(map(str, shape[1:])), number(parameters), number(macs), field or "",
                 size(4 * math.prod(shape)))  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def size(count: float) -> str:
    """Bytes for people: 548 MB."""
    units = (_("B"), _("KB"), _("MB"), _("GB"))
    power = min(int(math.log10(max(count, 1))) // 3, len(units) - 1)
    value = count / 1000**power
    return f"{number(round(value, 1) if value < 10 else round(value))} {units[power]}"


def short(count: float) -> str:
    """A count for people: 25.6 M."""
    for divisor, form in ((1e9, _("{count} G")), (1e6, _("{count} M"))):
        if count >= divisor:
            return form.format(count=number(round(count / divisor, 2 if count < 10 * divisor else 1)))
    return number(count)


def timeline(measure: str, picked: str) -> go.Figure:
    """The lectures' chart of ImageNet: error in percent, parameters or multiply-adds through the years; `picked` is ringed."""
    titles = {
        "error": _("Error on ImageNet (top-5), %"),
        "parameters": _("Parameters"),
        "macs": _("Multiply-adds for one image"),
    }
    layout = {"template": "playground", "title": {"text": titles[measure]}, "height": 390, "hovermode": "closest"}
    figure = go.Figure(layout=layout)
    if measure == "error":
        kinds = {"top5_error": _("one net"), "top5_error_ensemble": _("several that vote")}
        shown = [name for name in names() if any(kind in catalog.facts(name) for kind in kinds)]
        for colour, (kind, title) in zip(figures.CLASSES, kinds.items(), strict=False):
            _points(figure, shown, kind, picked, colour, title)
        figure.add_hline(y=BEFORE_2012, line={"dash": "dot", "width": 1}, annotation_text=_("before 2012"),
                         annotation_position="top left")  # fmt: skip
        figure.update_yaxes(title="%", range=[0, 28])
    else:
        shown = [name for name in names() if catalog.facts(name)["input"][1] >= 224 or name == "lenet5"]
        _points(figure, shown, measure, picked, figures.CLASSES[0], titles[measure])
        figure.update_yaxes(type="log", exponentformat="SI", dtick=1)
        figure.update_layout(showlegend=False)
    years = sorted({catalog.facts(name)["year"] for name in shown})
    figure.update_xaxes(tickvals=list(range(len(years))), ticktext=years, range=[-0.5, len(years) - 0.5], showgrid=False)
    return figure


def _points(figure: go.Figure, shown: list[str], measure: str, picked: str, colour: str, title: str) -> None:
    """Nets of one year stand side by side; of those of one paper the largest has its name beside it."""
    years = sorted({catalog.facts(name)["year"] for name in shown})
    places = {}
    for year in years:
        same = [name for name in shown if catalog.facts(name)["year"] == year]
        middle = (len(same) - 1) / 2
        places |= {name: years.index(year) + 0.8 * (index - middle) / len(same) for index, name in enumerate(same)}
    largest = {catalog.facts(name)["paper"]: name for name in shown}.values()
    shown = [name for name in shown if measure in catalog.facts(name)]
    titles = [catalog.title(name).partition(" (")[0] for name in shown]
    said = [name in largest or name == picked for name in shown]
    if measure == "top5_error_ensemble":  # below its single net, which has the name
        said = ["top5_error" not in catalog.facts(name) for name in shown]
    above = [sum(said[:index]) % 2 == 1 or measure.startswith("top5") for index in range(len(shown))]
    figure.add_scatter(
        x=[places[name] for name in shown],
        y=[catalog.facts(name)[measure] for name in shown],
        customdata=shown,
        text=[title if one else "" for one, title in zip(said, titles, strict=True)],
        hovertext=titles,
        name=title,
        mode="markers+text",
        textposition=["top center" if one else "bottom center" for one in above],
        cliponaxis=False,
        hovertemplate="%{hovertext}: %{y:,}<extra></extra>",
        marker={"size": 13, "color": colour,
                "line": {"width": [4 if name == picked else 0 for name in shown], "color": figures.CLASSES[5]}},
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
    )  # fmt: skip


@cache
def cover() -> Image.Image:
    """VGG-16, ResNet-50 and MobileNet v2 as rows of maps: each as high as its map's side, as wide as it has many."""
    sheet, row = Image.new("RGB", (1200, 480), "white"), 150
    draw = ImageDraw.Draw(sheet)
    for index, name in enumerate(("vgg16", "resnet50", "mobilenet_v2")):
        shapes = [node.shapes[0] for node in nodes(name) if node.op in ("Conv", "MaxPool") and len(node.shapes[0]) == 4]
        widths = [max(3.0, math.log2(shape[1])) for shape in shapes]
        scale, x = 1100 / sum(widths), 50.0
        for shape, width in zip(shapes, widths, strict=True):
            half = 65 * math.sqrt(shape[2] / 224)
            middle = row * index + row / 2 + 15
            draw.rounded_rectangle((x + 1, middle - half, x + width * scale - 1, middle + half), 3, fill=figures.CLASSES[index])
            x += width * scale
    return sheet


# ---- the lectures' arguments


@dataclass(frozen=True)
class Chain:
    """Convolutions one after the other, as the x-ray counts them: weights without biases, multiply-adds, how far they see."""

    weights: int
    macs: int
    field: tuple[int, int]


@lru_cache(maxsize=256)
def chain(kernels: tuple[tuple[int, int], ...], maps: tuple[int, ...], side: int) -> Chain:
    """Same-padded convolutions with stride 1 on `maps[0]` maps of side², each to the next number of `maps`."""
    tensor = onnx.helper.make_tensor_value_info
    inputs, made = [tensor("x0", onnx.TensorProto.FLOAT, (1, maps[0], side, side))], []
    weights = []
    for index, ((height, width), before, after) in enumerate(zip(kernels, maps[:-1], maps[1:], strict=True)):
        weights.append(
            onnx.TensorProto(name=f"w{index}", dims=(after, before, height, width), data_type=onnx.TensorProto.FLOAT)
        )
        made.append(onnx.helper.make_node("Conv", [f"x{index}", f"w{index}"], [f"x{index + 1}"],
                                          pads=[height // 2, width // 2] * 2, kernel_shape=(height, width)))  # fmt: skip
    output = tensor(f"x{len(made)}", onnx.TensorProto.FLOAT, None)
    graph = onnx.helper.make_graph(made, "chain", inputs, [output], weights)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)])
    found = xray.facts(model, {"x0": (1, maps[0], side, side)})
    return Chain(sum(node.parameters for node in found), sum(node.macs for node in found), found[-1].receptive_field)


# ---- the slide's softmax of one unit


@cache
def _keras_small(activation: str):
    """A session of the slide's net, untrained, its end replaced by `activation`."""
    model = structure.filled(catalog.graph("keras_small"))
    end = next(node for node in model.graph.node if node.op_type == "Softmax")
    end.op_type = activation
    if activation != "Softmax":
        del end.attribute[:]
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def softmax_of_one() -> str:
    """What the slide's net answers to drawn digits, with its softmax and with a sigmoid, as Markdown."""
    answers = {}
    for activation in ("Softmax", "Sigmoid"):
        answers[activation] = [
            float(_keras_small(activation).run(None, {"image": _digit(digit)})[0].squeeze()) for digit in range(5)
        ]
    head = "| " + " | ".join(["", *map(str, range(5))]) + " |"
    rows = [
        "| " + " | ".join([f"`{kind.lower()}`", *(number(round(value, 4)) for value in values)]) + " |"
        for kind, values in answers.items()
    ]
    return "\n".join([head, "|---" + "|--:" * 5 + "|", *rows])


def _digit(digit: int) -> np.ndarray:
    """A drawn digit as the net takes it: ink from 0 to 1, float32 [1, 1, 28, 28]."""
    sheet = Image.fromarray(drawing.picture(DIGITS[digit])).convert("L").resize((28, 28))
    return 1 - np.asarray(sheet, np.float32)[None, None] / 255


# ---- plain against residual

PAIR = ("plain20", "plain56", "resnet20", "resnet56")


def has_pair() -> bool:
    return all(f"{name}_imagenette" in catalog.trained() for name in PAIR)


@cache
def degradation_figure(language: str) -> go.Figure:
    """Training loss by epoch, of 20 and 56 layers, without and with shortcuts; one figure a language, since it is kept."""
    figure = go.Figure(layout={"template": "playground", "height": 360, "separators": figures.separators(language),
                               "title": {"text": _("Loss on the photos they are trained on")}})  # fmt: skip
    for name in PAIR:
        losses = catalog.facts(f"{name}_imagenette")["metrics"]["training_loss"]
        figure.add_scatter(
            x=[int(epoch) for epoch in losses], y=list(losses.values()), name=catalog.title(name), mode="lines",
            line={"width": 2.5, "color": figures.CLASSES["resnet" in name], "dash": "solid" if "56" in name else "dot"},
        )  # fmt: skip
    figure.update_xaxes(title=_("epoch"))
    figure.update_yaxes(title=_("cross-entropy, smoothed labels"))
    return figure


def pair_table() -> str:
    """What the four reached, as Markdown."""
    lines = ["| | " + _("last training loss") + " | " + _("accuracy on new photos") + " |", "|---|--:|--:|"]
    for name in PAIR:
        metrics = catalog.facts(f"{name}_imagenette")["metrics"]
        loss = list(metrics["training_loss"].values())[-1]
        lines.append(f"| {catalog.title(name)} | {number(round(loss, 3))} | {number(round(100 * metrics['accuracy'], 1))} % |")
    return "\n".join(lines)
