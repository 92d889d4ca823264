"""The X-ray page: graphs of ours and of others, what the sandbox says of them, and what is drawn of their tensors."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from math import prod

import numpy as np
import onnx
import plotly.graph_objects as go
import streamlit as st

from playground import catalog, engine, feeds, graph_view, images, sandbox, structure, tensors, xray
from playground.language import current, number
from playground.language import text as _
from playground.sample_photos import photo
from playground.sandbox import Opened, Port, Ran, Refused
from playground.sandbox.refusals import shown
from playground.xray import NodeFacts

DEFAULT = "googlenet_imagenette"
TRUSTED = {"seconds": 60.0, "memory": 6 * 2**30}  # ours: the largest take gigabytes of address space and ten seconds
SHARE = 48 * 2**20  # bytes of inner tensors that one run brings along
MANY = 64  # maps shown at once
ACROSS, DOWN = 430, 240  # pixels that the maps have on the page
TABLE = (12, 6)  # numbers shown at once, down and across
BARS = 60
HEIGHT = 500  # pixels of the graph's picture


@dataclass(frozen=True)
class Graph:
    """A file to look into; `key` tells it from all others."""

    key: str
    title: str
    content: bytes = field(compare=False, repr=False)
    ours: bool = False
    draws: bool = False  # whether it was trained on drawings

    @property
    def limits(self) -> dict:
        return TRUSTED if self.ours else {}


def is_trained(name: str) -> bool:
    return "dataset" in catalog.facts(name)


def choices() -> dict[str, str]:
    """Our artifacts: those trained on data first, then the papers' nets; no steps, which are a single Scan to the x-ray."""
    shown = set(catalog.manifest()) - set(catalog.steps())
    names = sorted(shown, key=lambda name: (not is_trained(name), catalog.title(name), name))
    kinds = {True: _("trained"), False: _("from the paper, untrained")}
    return {name: f"{_(catalog.title(name))} · {kinds[is_trained(name)]}" for name in names}


def ours(name: str) -> Graph:
    facts = catalog.facts(name)
    draws = facts.get("dataset", {}).get("title") == "MNIST"
    return Graph(facts["model_sha"], _(catalog.title(name)), catalog.path(name).read_bytes(), ours=True, draws=draws)


def theirs(file) -> Graph:
    """A file that was dropped; the same for as long as it lies there."""
    return Graph(file.file_id, file.name, file.getvalue())


# ---- questions to the sandbox: each asked once, for all users. Refusals are kept too, as what they say; files are not.


@dataclass(frozen=True)
class No:
    """A refusal without the traceback that would keep the file."""

    code: str
    parameters: dict


def _asked(ask: Callable, graph: Graph, *question, **options):
    try:
        return ask(graph.content, *question, **graph.limits, **options)
    except Refused as refused:
        if refused.code == "busy":
            raise
        return No(refused.code, refused.parameters)


def _told(answer):
    if isinstance(answer, No):
        raise Refused(answer.code, **answer.parameters)
    return answer


@st.cache_resource(max_entries=24, show_spinner=False)
def _opened(key: str, shapes: tuple, _graph: Graph):
    return _asked(sandbox.open, _graph, dict(shapes))


def opened(graph: Graph, shapes: dict[str, tuple[int, ...]] | None = None) -> Opened:
    """What the file holds, for its inputs of these shapes; without shapes, the sandbox chooses. Raises Refused."""
    return _told(_opened(graph.key, tuple((shapes or {}).items()), graph))


@st.cache_resource(max_entries=6, show_spinner=False)
def _ran(key: str, fed: str, part: int | str, _graph: Graph, _inputs: dict, _tensors: tuple):
    return _asked(sandbox.run, _graph, _inputs, _tensors)


def run(graph: Graph, facts: Opened, node: NodeFacts, inputs: dict, attempt: int = 0) -> Ran:
    """One run with the node's outputs and as many of its neighbours' as fit beside them, so that the next click is at once.

    `attempt` tells repeated questions apart: a run that took too long may do better another time. Raises Refused.
    """
    fed, parts = f"{attempt} {digest(inputs)}", shares(facts)
    part = next(i for i, names in enumerate(parts) if node.name in names)
    along = tuple(name for each in facts.nodes if each.name in parts[part] for name in each.outputs if name)
    picture = tuple(filter(None, [framed(facts)]))
    along = tuple(dict.fromkeys(along + picture))
    try:
        return _told(_ran(graph.key, fed, part, graph, inputs, along))
    except Refused as refused:
        alone = tuple(dict.fromkeys((*filter(None, node.outputs), *picture)))
        if refused.code not in ("answer", "memory") or along == alone:
            raise
        return _told(_ran(graph.key, fed, node.name, graph, inputs, alone))


def shares(facts: Opened) -> list[set[str]]:
    """Names of the nodes, cut in their order into parts whose outputs have at most SHARE bytes together, or one node."""
    parts, room = [set()], SHARE
    for node in facts.nodes:
        size = sum(4 * prod(shape) for shape in node.shapes if shape is not None and None not in shape)
        if size > room and parts[-1]:
            parts.append(set())
            room = SHARE
        parts[-1].add(node.name)
        room -= size
    return parts


def digest(inputs: dict) -> str:
    """A short name for what a graph is fed."""
    sum_ = hashlib.blake2b(digest_size=16)
    for name, value in inputs.items():
        for array in value if isinstance(value, list) else [value]:
            sum_.update(f"{name} {array.dtype.str} {array.shape} ".encode())
            sum_.update(np.ascontiguousarray(array).data if array.size and array.dtype.kind != "U" else str(array).encode())
    return sum_.hexdigest()


@st.cache_resource(max_entries=4, show_spinner=False)
def _weights(key: str, node: str, _graph: Graph):
    return _asked(sandbox.weights, _graph, node)


def weights(graph: Graph, node: NodeFacts) -> dict[str, np.ndarray]:
    """Raises Refused."""
    return _told(_weights(graph.key, node.name, graph))


@st.cache_resource(max_entries=500, show_spinner=False)
def _seen(key: str, tensor: str, index: tuple, shapes: tuple, wrt: str, _graph: Graph):
    return _asked(sandbox.receptive_field, _graph, tensor, index, dict(shapes), wrt)


def seen(graph: Graph, facts: Opened, tensor: str, index: tuple[int, ...]) -> list[tuple[str, tuple]]:
    """What an element depends on: the first input that it reads, and which part; nothing if it reads none. Raises Refused.

    Graphs that take any picture first cut and resize it, by products with which each pixel may depend on every other. Where
    that is so, there is a second entry: the part of the picture as the first convolution gets it.
    """
    known, found = tuple(facts.shapes.items()), []
    for port in facts.inputs:
        if port.name in facts.shapes and not port.default:
            box = _told(_seen(graph.key, tensor, index, known, port.name, graph))
            if box is not None:
                found.append((port.name, box))
                break
    inner, shape = framed(facts), facts.shapes.get(found[0][0], ()) if found else ()
    if inner and found and all(low == 0 and high == size - 1 for (low, high), size in zip(box, shape, strict=True)):
        box = _told(_seen(graph.key, tensor, index, known, inner, graph))
        if box is not None:
            found.append((inner, box))
    return found


def framed(facts: Opened) -> str | None:
    """The picture as the first convolution gets it, where that is no input of the graph."""
    first = next((node for node in facts.nodes if "Conv" in node.op and node.inputs), None)
    if first is None or first.inputs[0] in facts.shapes:
        return None
    shape = next((shape for node in facts.nodes for name, shape in zip(node.outputs, node.shapes, strict=True)
                  if name == first.inputs[0]), None)  # fmt: skip
    picture = shape is not None and None not in shape and feeds.image_axes(shape, "float32") is not None
    return first.inputs[0] if picture else None


@st.cache_resource(max_entries=16, show_spinner=False)
def _differences(key: str, other: str, _graph: Graph, _other: Graph):
    return _asked(sandbox.differences, _graph if _other.ours else _other, (_other if _other.ours else _graph).content)


def differences(graph: Graph, other: Graph) -> dict[str, tuple]:
    """Stored tensors of both files that share name and shape; see sandbox.differences. Raises Refused."""
    return _told(_differences(graph.key, other.key, graph, other))


@st.cache_resource(max_entries=6, show_spinner=False)
def _pictured(key: str, shapes: tuple, timed: bool, language: str, _facts: Opened, _seconds: dict | None):
    return graph_view.data(_facts.nodes, inputs=_facts.shapes, seconds=_seconds, height=HEIGHT)


def pictured(graph: Graph, facts: Opened, selected: str, seconds: dict[str, float] | None) -> dict:
    """Data for components.graph; half a second's work for ten thousand nodes, so it is kept."""
    shapes = tuple(facts.shapes.items())
    return _pictured(graph.key, shapes, seconds is not None, current(), facts, seconds) | {"selected": selected}


# ---- the graph in words


def code(name: object) -> str:
    """A name from a file, as Markdown shows it and cannot be led astray by it."""
    return f"`{shown(name) or ' '}`"


def size(shape: tuple | None) -> str:
    if shape is None:
        return "?"
    return " × ".join("?" if axis is None else shown(axis) if isinstance(axis, str) else str(axis) for axis in shape) or "1"


def port(told: Port) -> str:
    """An input or output: its name, its shape with names for open axes, its type."""
    kind = "" if told.kind == "tensor" else f"{shown(told.kind)} "
    return f"{code(told.name)} " + code(f"{kind}{told.dtype or '?'} [{size(told.shape)}]")


def facts_line(facts: Opened) -> str:
    opsets = ", ".join(f"{shown(domain) or 'ai.onnx'} {version}" for domain, version in facts.opsets.items())
    parts = [
        _("opset {opsets}").format(opsets=opsets), _("IR {version}").format(version=facts.ir_version),
        shown(facts.producer).replace("$", ""), _("{count} nodes").format(count=number(len(facts.nodes))),
        _("{parameters} parameters").format(parameters=number(facts.parameters)),
        _("{macs} multiply-adds").format(macs=number(facts.macs)), bytes_of(facts.bytes),
    ]  # fmt: skip
    return " · ".join(filter(None, parts))


def bytes_of(count: int) -> str:
    if count < 100_000:
        return _("{kilobytes} KB").format(kilobytes=number(round(count / 1000, 1)))
    return _("{megabytes} MB").format(megabytes=number(round(count / 1_000_000, 1)))


def duration(seconds: float) -> str:
    if seconds < 0.001:
        return _("{number} µs").format(number=number(round(1e6 * seconds)))
    return _("{number} ms").format(number=number(round(1000 * seconds, 1)))


def central(facts: Opened) -> NodeFacts | None:
    """The node to begin with: the first convolution with weights, else the middle one."""
    convolution = next((node for node in facts.nodes if "Conv" in node.op and node.parameters), None)
    return convolution or (facts.nodes[len(facts.nodes) // 2] if facts.nodes else None)


def settings(node: NodeFacts) -> list[str]:
    """Its attributes, without those that say nothing: one group, no dilation, no padding."""
    quiet = ("auto_pad", "NOTSET"), ("group", 1), ("ceil_mode", 0), ("storage_order", 0), ("count_include_pad", 0)
    told = []
    for name, value in node.attributes.items():
        listed = value if isinstance(value, tuple) else (value,)
        idle = {"pads": 0, "dilations": 1, "strides": 1}.get(name)
        if (name, value) not in quiet and (idle is None or {*listed} != {idle}):
            same = len(listed) > 1 and len({*listed}) == 1
            told.append(f"{name}={listed[0] if same or len(listed) == 1 else list(listed)}")
    return told


def weights_are_drawn(graph: Graph) -> bool:
    """Whether the file is one of ours whose weights follow from a seed."""
    return graph.ours and structure.described(onnx.load_from_string(graph.content)) is not None


@cache
def cover() -> np.ndarray:
    """A sample photo and the strongest map at each resolution that it passes through, in one uint8 RGB picture."""
    picture = photo("church_and_ball")
    last = {}  # height -> the last tensor of that height
    for node in xray.facts(catalog.graph(DEFAULT), {"image": (1, *picture.shape)}, fields=False):
        shape = node.shapes[0] if node.shapes else None
        if shape is not None and len(shape) == 4 and shape[2] == shape[3] and shape[1] > 3:
            last[shape[2]] = node.outputs[0]
    answer = engine.run(DEFAULT, {"image": picture[None]}, tuple(last.values()))
    tiles = [picture]
    for name in list(last.values())[:3]:
        values = answer[name][0]
        strongest = values[values.std((1, 2)).argmax()]
        side = -(-320 // len(strongest))
        tiles.append(tensors.painted(strongest).repeat(side, 0).repeat(side, 1)[:320, :320])
    tiles = [np.pad(tile[:, 50:270], ((0, 0), (0, 12), (0, 0)), constant_values=255) for tile in tiles]
    return np.concatenate(tiles, 1)[:, :-12]


# ---- a tensor


def is_shown_last(facts: Opened, tensor: str) -> bool:
    return tensor in tensors.layouts(facts.nodes, facts.shapes)


def mosaic(shown_maps: tensors.Maps, first: int, pin: tuple[int, int, int] | None, view: dict) -> dict:
    """Data for components.maps: the maps from `first` on, one colour scale for all of the tensor's."""
    values = shown_maps.values
    part = values[first : first + MANY]
    count, height, width = part.shape
    across = tensors.columns(count, height, width, ACROSS, DOWN)
    side = min(ACROSS / across - 2, DOWN * width / height / -(-count // across))
    pictures = tensors.painted(values, shown_maps.outside)[first : first + MANY]
    sheet = tensors.atlas(pictures, across, min(480, round(2 * max(side, side * height / width))))
    opaque = np.dstack([sheet, np.full(sheet.shape[:2], 255, np.uint8)])  # a PNG: JPEG would invent colours
    return view | {
        "atlas": images.data_url(opaque), "count": count, "columns": across, "first": first, "height": height, "width": width,
        "side": max(1, round(side)), "pin": pin,
    }  # fmt: skip


def input_view(value: np.ndarray, box: tuple) -> dict | None:
    """A tensor that is a picture, and the box in it as shares of its height and width: top, left, bottom, right."""
    picture = feeds.visible(value)
    if picture is None:
        return None
    _channels, rows, columns = feeds.image_axes(value.shape, value.dtype.name)
    (top, bottom), (left, right) = box[rows], box[columns]
    height, width = picture.shape[:2]
    small = tensors.magnified(picture, 320)
    return {"picture": images.data_url(small), "box": [top / height, left / width, (bottom + 1) / height, (right + 1) / width]}


def part(name: str, box: tuple[tuple[int, int], ...]) -> str:
    """A part of a tensor, ends included: `image` [0, 0–2, 10–20] (3 × 11)."""
    span = ", ".join(str(low) if low == high else f"{low}–{high}" for low, high in box)
    lengths = [high - low + 1 for low, high in box]
    return f"{code(name)} [{span}] ({' × '.join(str(length) for length in lengths if length > 1) or 1})"


def histogram(values: np.ndarray, separators: str) -> go.Figure:
    finite = np.asarray(values)[np.isfinite(values)].astype(np.float64)
    counts, edges = np.histogram(finite, min(BARS, max(1, np.unique(finite[:10_000]).size)))
    figure = go.Figure(
        go.Bar(x=(edges[:-1] + edges[1:]) / 2, y=counts, width=np.diff(edges), hovertemplate="%{x:.4g}: %{y}<extra></extra>"),
        layout={"template": "playground", "title": {"text": _("How often each value occurs")}, "height": 320, "bargap": 0,
                "separators": separators, "hovermode": "closest"},
    )  # fmt: skip
    figure.update_xaxes(title=_("value"))
    figure.update_yaxes(title=_("elements"))
    return figure


def summary_line(values: np.ndarray) -> str:
    """Least, greatest, mean, deviation, zeros; NaN and infinity by name."""
    told = tensors.summary(values)
    line = _("no finite number")
    if told is not None:
        line = _("{least} to {greatest}, mean {mean}, deviation {deviation}, {zeros} zeros").format(
            least=short(told.least), greatest=short(told.greatest), mean=short(told.mean), deviation=short(told.deviation),
            zeros=f"{told.zeros:.0%}",
        )  # fmt: skip
    nan, infinite = tensors.broken(values)
    if nan or infinite:
        line += ". :red[" + _("{nan} of {count} are NaN, {infinite} are infinite").format(
            nan=number(nan), infinite=number(infinite), count=number(np.asarray(values).size)) + "]"  # fmt: skip
    return line


def short(value: object) -> str:
    """A number with four digits that count, or text as a file has it."""
    if isinstance(value, (bool, np.bool_)):
        return "1" if value else "0"
    if isinstance(value, (int, np.integer)):
        return str(value).replace("-", "−")
    if isinstance(value, (float, np.floating)):
        return f"{value:.4g}".replace("-", "−").replace(".", point())
    return shown(value)


def point() -> str:
    return number(0.5)[1]


def table(values: np.ndarray, starts: list[int]) -> str:
    """A part of a tensor as a Markdown table: its last two axes from `starts` on, single places of the axes before."""
    while values.ndim < 2:
        values, starts = values[None], [0, *starts]
    lead, (top, left) = tuple(starts[:-2]), starts[-2:]
    part = values[lead][top : top + TABLE[0], left : left + TABLE[1]]
    head = "| | " + " | ".join(f"{left + i}" for i in range(part.shape[1])) + " |"
    rows = [f"| **{top + i}** | " + " | ".join(_cell(value) for value in row) + " |" for i, row in enumerate(part)]
    return "\n".join([head, "|--:|" + "--:|" * part.shape[1], *rows])


def _cell(value: object) -> str:
    return code(value).replace("|", "¦") if isinstance(value, str) else short(value)


def weights_caption(weight: np.ndarray, of: tuple[int, int] | None) -> str:
    if of is None:
        return _("The whole matrix, outputs down, inputs across; negative in blue, positive in orange.")
    if weight.shape[1] == 3 and weight.ndim == 4:
        return _("Kernels of {outputs} outputs, their three inputs as red, green and blue; grey is zero.").format(outputs=of[0])
    return _("Kernels of {outputs} outputs and {inputs} inputs, a row for each output; negative in blue, positive in orange."
             ).format(outputs=of[0], inputs=of[1])  # fmt: skip


def weight_rows(stored: dict[str, np.ndarray]) -> str:
    head = (_("weights"), _("shape"), _("least"), _("greatest"), _("mean"), _("deviation"))
    lines = ["| " + " | ".join(head) + " |", "|---|---|--:|--:|--:|--:|"]
    for name, value in stored.items():
        told = None if value.dtype.kind in "Uc" else tensors.summary(value)
        numbers = ["–"] * 4 if told is None else map(short, (told.least, told.greatest, told.mean, told.deviation))
        lines.append("| " + " | ".join([code(name).replace("|", "¦"), size(value.shape), *numbers]) + " |")
    return "\n".join(lines)
