"""Two graphs side by side: what one has and the other has not, told from the facts of their nodes."""

from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from playground.sandbox import Opened, Port
from playground.xray import NodeFacts

MOST_PAIRS = 1_000_000  # looked at in a second


@dataclass(frozen=True)
class Step:
    """One place in the order of the nodes: in both (changed or not), in one only; None for the graph that lacks it."""

    left: NodeFacts | None
    right: NodeFacts | None

    @property
    def kind(self) -> str:
        if self.left is None:
            return "added"
        if self.right is None:
            return "removed"
        return "same" if signature(self.left) == signature(self.right) else "changed"


def signature(node: NodeFacts) -> tuple:
    """What makes two nodes the same layer: operator, attributes, shapes of stored tensors; not their names."""
    return node.domain, node.op, tuple(sorted(node.attributes.items(), key=str)), tuple(node.weights.values())


def steps(left: Opened, right: Opened) -> list[Step]:
    """Both graphs' nodes in order, aligned where they are the same; among others, equal operators are one changed node."""
    ours, theirs = [[signature(node) for node in opened.nodes] for opened in (left, right)]
    start = _common(ours, theirs)
    end = _common(ours[start:][::-1], theirs[start:][::-1])
    first, second = left.nodes[start : len(ours) - end], right.nodes[start : len(theirs) - end]
    result = [Step(*pair) for pair in zip(left.nodes[:start], right.nodes[:start], strict=True)]
    matcher = _matcher(ours[start : len(ours) - end], theirs[start : len(theirs) - end])
    for kind, a, b, c, d in matcher.get_opcodes():
        result += map(Step, first[a:b], second[c:d]) if kind == "equal" else _aligned(first[a:b], second[c:d])
    return result + [Step(*pair) for pair in zip(left.nodes[len(ours) - end :], right.nodes[len(theirs) - end :], strict=True)]


def _common(left: list, right: list) -> int:
    return next((i for i, (a, b) in enumerate(zip_longest(left, right)) if a != b), len(left))


def _matcher(left: list, right: list) -> SequenceMatcher:
    """difflib's search looks at each pair of equal items; where that takes too long, it ignores the frequent ones."""
    mine, others = Counter(left), Counter(right)
    pairs = sum(count * others[item] for item, count in mine.items())
    return SequenceMatcher(None, left, right, autojunk=pairs > MOST_PAIRS)


def _aligned(left: tuple[NodeFacts, ...], right: tuple[NodeFacts, ...]) -> list[Step]:
    """Nodes that differ: those of one operator, in order, are the same place."""
    result: list[Step] = []
    matcher = _matcher(*([(node.domain, node.op) for node in side] for side in (left, right)))
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            result += map(Step, left[a:b], right[c:d])
        else:
            result += [Step(node, None) for node in left[a:b]] + [Step(None, node) for node in right[c:d]]
    return result


def changes(before: NodeFacts, after: NodeFacts) -> list[tuple[str, object, object]]:
    """What differs between two nodes of one place: (what, before, after); what is an attribute, or "" for weights' shapes."""
    names = sorted({*before.attributes, *after.attributes})
    found = [(name, before.attributes.get(name), after.attributes.get(name)) for name in names]
    pairs = zip_longest(before.weights.values(), after.weights.values())
    return [(name, a, b) for name, a, b in found if a != b] + [("", a, b) for a, b in pairs if a != b]


def operators(left: Opened, right: Opened) -> list[tuple[str, int, int]]:
    """How often each graph has each operator, those first that differ."""
    counts = [Counter(f"{node.domain}::{node.op}".removeprefix("::") for node in opened.nodes) for opened in (left, right)]
    rows = [(name, counts[0][name], counts[1][name]) for name in {**counts[0], **counts[1]}]
    return sorted(rows, key=lambda row: (-abs(row[1] - row[2]), -row[1] - row[2], row[0]))


def ports(left: tuple[Port, ...], right: tuple[Port, ...]) -> list[tuple[Port | None, Port | None]]:
    """Inputs or outputs that differ, paired by name; if both have one alone, that is one pair."""
    if len(left) == len(right) == 1:
        pairs = [(left[0], right[0])]
    else:
        mine, others = ({port.name: port for port in of} for of in (left, right))
        pairs = [(mine.get(name), others.get(name)) for name in {**mine, **others}]
    return [(a, b) for a, b in pairs if a != b]
