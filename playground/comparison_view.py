"""How two graphs differ, in words: tables in Markdown, and the layers in order as a list."""

import html
import math
from itertools import groupby

from playground import comparison
from playground.language import number
from playground.language import text as _
from playground.sandbox import Opened
from playground.sandbox.refusals import shown
from playground.xray import NodeFacts
from playground.xray_page import Graph, bytes_of, code, port, short, size

DIFFERENT = 60  # steps shown that are not the same in both
ROWS = 15


def totals(graph: Graph, facts: Opened, other: Graph, others: Opened) -> str:
    rows = [
        (_("nodes"), *(number(len(of.nodes)) for of in (facts, others))),
        (_("parameters"), *(number(of.parameters) for of in (facts, others))),
        (_("multiply-adds"), *(number(of.macs) for of in (facts, others))),
        (_("file"), *(bytes_of(of.bytes) for of in (facts, others))),
        (_("opset"), *(", ".join(f"{shown(domain) or 'ai.onnx'} {version}" for domain, version in of.opsets.items())
                       for of in (facts, others))),
        ("IR", *(str(of.ir_version) for of in (facts, others))),
    ]  # fmt: skip
    lines = [f"| | {_name(graph)} | {_name(other)} |", "|---|--:|--:|"]
    for name, a, b in rows:
        lines.append(f"| {name} | {a} | {b} |" if a == b else f"| {name} | **{a}** | **{b}** |")
    return "\n".join(lines)


def _name(graph: Graph) -> str:
    return graph.title if graph.ours else _cell(graph.title)


def differing_ports(facts: Opened, others: Opened) -> str:
    lines = []
    for title, sides in ((_("Inputs"), (facts.inputs, others.inputs)), (_("Outputs"), (facts.outputs, others.outputs))):
        pairs = comparison.ports(*sides)
        told = ["; ".join(" → ".join("–" if side is None else port(side) for side in pair) for pair in pairs[:5])]
        lines.append(f"{title}: " + (told[0] if pairs else _("the same")))
    return "  \n".join(lines)


def operators(facts: Opened, others: Opened) -> str:
    rows = comparison.operators(facts, others)
    lines = ["| " + " | ".join((_("operator"), _("first"), _("second"))) + " |", "|---|--:|--:|"]
    lines += [f"| {_cell(name)} | {_strong(a, a != b)} | {_strong(b, a != b)} |" for name, a, b in rows[:ROWS]]
    return "\n".join(lines)


def _cell(name: str) -> str:
    return code(name).replace("|", "¦")


def _strong(count: int, strong: bool) -> str:
    return f"**{number(count)}**" if strong else number(count)


def weight_differences(found: dict[str, tuple]) -> str:
    """The largest differences first; NaN is the largest of all."""
    if not found:
        return _("There are none: names or shapes differ, or the weights are not in the file.")
    differing = {name: told for name, told in found.items() if told[1] != 0}
    said = _("{same} of {count} are equal number for number.").format(same=len(found) - len(differing), count=len(found))
    if not differing:
        return said
    head = (_("weights"), _("shape"), _("largest difference"), _("largest magnitude"))
    lines = [said, "", "| " + " | ".join(head) + " |", "|---|---|--:|--:|"]
    largest = sorted(differing.items(), key=lambda each: (not math.isnan(each[1][1]), -each[1][1]))
    for name, (shape, gap, most) in largest[:ROWS]:
        lines.append(f"| {_cell(name)} | {size(shape)} | {short(gap)} | {short(most)} |")
    return "\n".join(lines)


def step_list(steps: list[comparison.Step]) -> str:
    """Steps that differ; runs of equal ones are one line between them."""
    lines, told = [], 0
    for equal, run in groupby(steps, key=lambda step: step.kind == "same"):
        run = list(run)
        if equal and len(run) > 1:
            many = _("{count} equal nodes, to {name}").format(count=number(len(run)), name=shown(run[-1].left.name))
            lines.append(_row("same", " ", many))
            continue
        lines += map(_step, run[: 1 if equal else DIFFERENT - told])
        told += 0 if equal else len(run)
        if told >= DIFFERENT:
            break
    if left_out := sum(step.kind != "same" for step in steps) - min(told, DIFFERENT):
        lines.append(_row("same", "…", _("{count} more").format(count=number(left_out))))
    return f'<ol class="xray-steps">{"".join(lines)}</ol>'


def _step(step: comparison.Step) -> str:
    if step.kind != "changed":
        return _line(step.kind, {"same": " ", "removed": "−", "added": "+"}[step.kind], step.left or step.right)
    weighed = _("weights")
    changes = comparison.changes(step.left, step.right)
    what = "; ".join(f"{name or weighed} {_plain(before)} → {_plain(after)}" for name, before, after in changes)
    return _row("changed", "~", f"{step.left.op} {step.left.name}: {what}")


def _line(kind: str, mark: str, node: NodeFacts) -> str:
    weighed = ", ".join(f"[{size(shape)}]" for shape in node.weights.values())
    return _row(kind, mark, f"{node.op} {node.name} {weighed}")


def _row(kind: str, mark: str, text: str) -> str:
    return f'<li class="{kind}"><b>{mark}</b>{html.escape(shown(text))}</li>'


def _plain(value: object) -> str:
    return "–" if value is None else str(list(value)) if isinstance(value, tuple) else str(value)
