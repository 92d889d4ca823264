"""The structure of a network: its flat list of nodes folded into layers, blocks and repeats, from graph order alone.

Between two layers where a single tensor passes, the graph can be cut. What lies between neighbouring cuts is a block: a
residual block, an inception module, a whole U-Net. Inside of a block its branches are sequences again, and are cut in
the same way. Equal neighbours are folded: "× 5". Each step walks over the layers once, so that the time is linear in
the number of nodes (times the depth of nesting, which is bounded).
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from .layers import Layers, is_depthwise, is_pointwise, layers
from .nodes import NodeFacts
from .shapes import Shape

DEPTH = 12  # of blocks inside blocks
SMALL = 24  # layers; a stretch of this many is understood without a cut
CROWD, GROUP = 60, 40  # a level with more items is grouped, into groups of so many
MANY = 8  # inputs, or outputs, that are drawn one by one
PERIOD = 4  # items in a repeated pattern, at most


@dataclass
class Block:
    """One item of the picture.

    kind       net, input, output; node (one operator), layer (one with its followers), shapes (quiet nodes of a layer);
               block (several branches that meet again), sequence (one turn of a repeated pattern), repeat (equal
               children in a row), stage (neighbours of one resolution), group (neighbours)
    nodes      indices of all nodes inside, in graph order
    head       index of the node that names it: a layer's operator, a block's last; None for input and output
    children   items inside, in graph order
    edges      who feeds whom among the children, by index; -1 stands for what comes from outside, len(children) for
               what goes there
    name       of the tensor, for input and output
    times      how many equal items a repeat holds (its children, unless there are so many that they are in groups); how many
               inputs or outputs there are, where these are too many to draw
    structure  a number: equal for blocks of this tree with equal operators, attributes, shapes of weights and outputs
    """

    kind: str
    nodes: Sequence[int]
    head: int | None
    children: list["Block"] = field(default_factory=list)
    edges: list[tuple[int, int]] = field(default_factory=list)
    shape: Shape | None = None
    parameters: int = 0
    macs: int | None = 0
    scope: str = ""
    name: str = ""
    times: int = 1
    structure: int = -1


def blocks(nodes: list[NodeFacts]) -> Block:
    """The tree of a graph's facts: each node in it once, as a leaf; the root's kind is "net"."""
    return _Folding(nodes).net()


class _Folding:
    """The tables that all steps read: layers, who reads whom, and a number for each distinct structure."""

    def __init__(self, nodes: list[NodeFacts]):
        self.nodes = nodes
        self.layers: Layers = layers(nodes)
        members = self.layers.members
        self.layer_of = [0] * len(nodes)
        for index, layer in enumerate(members):
            for i in layer:
                self.layer_of[i] = index
        self.reads: list[list] = []  # for each layer: the layers, and the names of graph inputs, that it reads
        self.readers: dict[int | str, list[int]] = {index: [] for index in range(len(members))}
        for index, layer in enumerate(members):
            loud = [i for i in layer if not self.layers.quiet[i]]
            made = {self.layer_of[j] for i in loud for j in self.layers.reads[i] if not self.layers.quiet[j]} - {index}
            self.reads.append([*sorted(made), *dict.fromkeys(name for i in loud for name in self.layers.sources[i])])
            for source in self.reads[-1]:
                self.readers.setdefault(source, []).append(index)
        self.kinds: dict[tuple, int] = {}

    def net(self) -> Block:
        everything = list(range(len(self.layers.members)))
        items = _grouped(self, self.level(everything, 0))
        if len(items) == 1 and items[0].kind == "block":
            items = items[0].children
        net = self.block("net", items)
        of = self._child_of(items)
        inputs = [Block("input", (), None, name=name) for name in self.readers if isinstance(name, str)]
        outputs = [self.output(i) for i in self._ends()]
        read = [{of[index] for index in self.readers[block.name]} for block in inputs]
        made = [{of[self.layer_of[i]]} for i in self._ends()]
        if len(inputs) > MANY:
            inputs, read = [Block("input", (), None, times=len(inputs))], [set().union(*read)]
        if len(outputs) > MANY:
            outputs, made = [Block("output", (), None, times=len(outputs))], [set().union(*made)]
        first, last = len(inputs), len(inputs) + len(items)
        edges = [(at, first + child) for at, children in enumerate(read) for child in sorted(children)]
        edges += [(first + a, first + b) for a, b in net.edges if a >= 0 and b < len(items)]
        edges += [(first + child, last + at) for at, children in enumerate(made) for child in sorted(children)]
        net.children, net.edges = [*inputs, *items, *outputs], edges
        return net

    def output(self, i: int) -> Block:
        name = next(filter(None, self.nodes[i].outputs), "")
        return Block("output", (), None, shape=self.leaf(i).shape, name=name)

    def _ends(self) -> list[int]:
        read = {j for reads in self.layers.reads for j in reads}
        return [i for i in range(len(self.nodes)) if i not in read and not self.layers.quiet[i]]

    # ---- cutting

    def level(self, stretch: list[int], depth: int) -> list[Block]:
        """The items of a stretch of layers (in graph order): layers, blocks, and repeats of them."""
        pieces = self.cut(stretch)
        if len(pieces) == 1:
            return self.folded(self.inside(stretch, depth))
        items: list[Block] = []
        for piece in pieces:
            if len(piece) == 1:
                items.append(self.layer(piece[0]))
                if depth == 0:
                    self.separable(items)
                continue
            inner = self.inside(piece, depth)
            within = {*piece}
            ends = [index for index in piece if self.leaves(index, within)]
            if len(inner) > 1 and (len(ends) == 1 or len(inner) > SMALL or len(piece) < len(stretch) / 2):
                items.append(self.block("block", _grouped(self, self.folded(inner))))
            else:
                items += inner
        return self.folded(items)

    def separable(self, items: list[Block]) -> None:
        """Make the last items one if they are a depthwise convolution and one of 1x1, perhaps after one of 1x1 that widens."""
        convolutions = [self.nodes[item.head] if item.kind in ("node", "layer") else None for item in items[-3:]]
        if len(items) < 2 or not is_pointwise(convolutions[-1]) or not is_depthwise(convolutions[-2]):
            return
        widens = len(items) > 2 and is_pointwise(convolutions[0]) and items[-3].shape[1] > items[-1].shape[1]
        first = -3 if widens else -2
        of = self._child_of(items[first:])
        if sum(self.leaves(index, of) for index in of) == 1:
            items[first:] = [self.block("sequence", items[first:])]

    def inside(self, piece: list[int], depth: int) -> list[Block]:
        """The items of a block: its branches one after the other, then the layer where they meet."""
        if depth >= DEPTH or len(piece) <= 2:
            return [self.layer(index) for index in piece]
        within = {*piece}
        ends = [index for index in piece if self.leaves(index, within)]
        meet = ends if ends == piece[-1:] else []
        items = []
        for branch in self.branches(piece[: len(piece) - len(meet)]):
            items += [self.layer(branch[0])] if len(branch) == 1 else self.level(branch, depth + 1)
        return [*items, *map(self.layer, meet)]

    def leaves(self, index: int, within: Container[int]) -> bool:
        """Whether somebody outside reads the layer, or nobody at all."""
        for reader in self.readers[index]:
            if reader not in within:
                return True
        return not self.readers[index]

    def cut(self, stretch: list[int]) -> list[list[int]]:
        """Pieces between places where one tensor passes; of a long stretch without such places, where as few as possible."""
        passing = self.passing(stretch)
        for most in range(1, 9):
            places = [place + 1 for place, count in enumerate(passing) if count <= most]
            if places:
                bounds = [0, *places, len(stretch)]
                longest = max(end - begin for begin, end in pairwise(bounds))
                if most == 1 or longest <= max(SMALL, len(stretch) / 2):
                    return [stretch[begin:end] for begin, end in pairwise(bounds)]
            if len(stretch) <= SMALL:
                break
        return [stretch]

    def passing(self, stretch: list[int]) -> list[int]:
        """How many layers' outputs pass between each layer of the stretch and the next."""
        place = {index: at for at, index in enumerate(stretch)}
        change = [0] * (len(stretch) + 1)
        first: dict[int | str, int] = {}  # from outside; as good as made where it is read first
        last: dict[int | str, int] = {}
        for at, index in enumerate(stretch):
            for source in self.reads[index]:
                if source not in place:
                    first.setdefault(source, at)
                    last[source] = at
            inner = [place.get(reader, len(stretch)) for reader in self.readers[index]]
            if inner:
                change[at] += 1
                change[max(inner)] -= 1
        for source, at in first.items():
            change[at] += 1
            change[last[source]] -= 1
        counts, now = [], 0
        for at in range(len(stretch) - 1):
            now += change[at]
            counts.append(now)
        return counts

    def branches(self, piece: list[int]) -> list[list[int]]:
        """The parts of a piece that do not touch one another."""
        root = {index: index for index in piece}

        def find(index):
            while root[index] != index:
                root[index] = root[root[index]]
                index = root[index]
            return index

        for index in piece:
            for source in self.reads[index]:
                if source in root:
                    root[find(index)] = find(source)
        parts: dict[int, list[int]] = {}
        for index in piece:
            parts.setdefault(find(index), []).append(index)
        return list(parts.values())

    # ---- folding

    def folded(self, items: list[Block]) -> list[Block]:
        """Equal neighbours, each feeding the next, as one repeat; also patterns of several items."""
        if len(items) < 2:
            return items
        count, signatures = len(items), [item.structure for item in items]
        if len({*signatures}) == count:
            return items
        of = self._child_of(items)
        feeds = {(of[source], of[index]) for index in of for source in self.reads[index] if source in of}
        chained = [(at, at + 1) in feeds for at in range(count)]
        runs = {period: [0] * (count + 1) for period in range(1, PERIOD + 1)}  # equal to the item `period` later, for how long
        for period, run in runs.items():
            for at in reversed(range(count - period)):
                if signatures[at] == signatures[at + period] and chained[at] and chained[at + period - 1]:
                    run[at] = run[at + 1] + 1
        result, at = [], 0
        while at < count:
            turns, period = max(
                ((run[at] // period + 1, period) for period, run in runs.items()),
                key=lambda turns_period: (turns_period[0] * turns_period[1] if turns_period[0] > 1 else 1, -turns_period[1]),
            )
            if turns == 1:
                result.append(items[at])
                at += 1
                continue
            parts = [items[begin : begin + period] for begin in range(at, at + turns * period, period)]
            equal = [part[0] if period == 1 else self.block("sequence", self.folded(part)) for part in parts]
            result.append(self.block("repeat", _grouped(self, equal)))
            result[-1].times = turns
            at += turns * period
        return result

    def layer(self, index: int) -> Block:
        members = self.layers.members[index]
        leaves = [self.leaf(i) for i in members if not self.layers.quiet[i]]
        quiet = [self.leaf(i) for i in members if self.layers.quiet[i]]
        if quiet:
            leaves.insert(0, quiet[0] if len(quiet) == 1 else self._sum("shapes", quiet, self._edges(quiet)))
        if len(leaves) == 1:
            made = leaves[0]
        else:
            made = self._sum("layer", leaves, [*self._edges(leaves), (len(leaves) - 1, len(leaves))])
            made.head, made.shape = members[0], leaves[-1].shape
        loud = [self.nodes[i] for i in members if not self.layers.quiet[i]]
        self._sign(made, "layer", *[
            (node.op, tuple(sorted(node.attributes.items())), tuple(node.weights.values()), node.shapes) for node in loud
        ])  # fmt: skip
        return made

    def leaf(self, i: int) -> Block:
        node = self.nodes[i]
        shape = node.shapes[0] if node.shapes else None
        return Block("node", (i,), i, shape=shape, parameters=node.parameters, macs=node.macs, scope=_scope(node))

    def block(self, kind: str, items: list[Block]) -> Block:
        of = self._child_of(items)
        edges = set()
        for index, child in of.items():
            for source in self.reads[index]:
                edges.add((of.get(source, -1), child))
            if self.leaves(index, of):
                edges.add((child, len(items)))
        made = self._sum(kind, items, sorted((a, b) for a, b in edges if a != b))
        self._sign(made, kind, tuple(made.edges), *[item.structure for item in items])
        return made

    def _sum(self, kind: str, items: list[Block], edges: list) -> Block:
        nodes = sorted(i for item in items for i in item.nodes)
        last = items[-1] if items else Block(kind, (), None)
        macs = [item.macs for item in items]
        return Block(
            kind, nodes, last.head, items, edges, last.shape,
            parameters=sum(item.parameters for item in items),
            macs=None if None in macs else sum(macs),
            scope=_shared([item.scope for item in items if item.scope]),
        )  # fmt: skip

    def _sign(self, made: Block, *structure) -> None:
        made.structure = self.kinds.setdefault(structure, len(self.kinds))

    def _child_of(self, items: list[Block]) -> dict[int, int]:
        """Layer -> which of the items it is in."""
        return {self.layer_of[i]: at for at, item in enumerate(items) for i in item.nodes}

    def _edges(self, leaves: list[Block]) -> list[tuple[int, int]]:
        """The same inside of a layer, node by node. Constants, and shapes of what is outside, do not count as coming in."""
        of = {i: at for at, leaf in enumerate(leaves) for i in leaf.nodes}
        edges = {(of[j], at) for i, at in of.items() for j in self.layers.reads[i] if j in of}
        for i, at in of.items():
            outside = [j for j in self.layers.reads[i] if j not in of and not self.layers.quiet[j]]
            if not self.layers.quiet[i] and (outside or self.layers.sources[i]):
                edges.add((-1, at))
        return sorted((a, b) for a, b in edges if a != b)


def _grouped(folding: _Folding, items: list[Block]) -> list[Block]:
    """Not more than CROWD items: neighbours of one resolution become a stage, else neighbours go into groups, and those too."""
    if len(items) > CROWD:
        places = [at for at in range(1, len(items)) if _resolution(items[at]) != _resolution(items[at - 1])]
        stages = [items[begin:end] for begin, end in pairwise([0, *places, len(items)])]
        if 1 < len(stages) <= CROWD:
            items = [stage[0] if len(stage) == 1 else folding.block("stage", _grouped(folding, stage)) for stage in stages]
    while len(items) > CROWD:
        count = -(-len(items) // GROUP)
        bounds = [len(items) * k // count for k in range(count + 1)]
        items = [folding.block("group", items[begin:end]) for begin, end in pairwise(bounds)]
    return items


def _resolution(item: Block) -> tuple:
    """Height and width of what the item puts out."""
    return (item.shape or ())[2:]


def _scope(node: NodeFacts) -> str:
    """Where in the program the node comes from: "layer1/0/conv1", from its name or else from its weights' names."""
    if "/" in node.name:
        return node.name.strip("/").rpartition("/")[0]
    paths = [name.replace(".", "/").rpartition("/")[0] for name in node.weights if "." in name]
    return _shared(paths)


def _shared(paths: list[str]) -> str:
    """The longest path that all of them start with."""
    if len({*paths}) < 2:
        return paths[0] if paths else ""
    common: list[str] = []
    for parts in zip(*(path.split("/") for path in paths), strict=False):
        if len({*parts}) > 1:
            break
        common.append(parts[0])
    return "/".join(common)
