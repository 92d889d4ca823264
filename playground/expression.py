"""An expression that a person types becomes a list of operations, with the place of each in the text.

Python's own parser reads it, `^` meaning a power; only what is in this file is let through, and nothing is ever evaluated by
Python. What is not understood is told with its place.
"""

import ast
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

FUNCTIONS = {
    "sin": 1, "cos": 1, "tan": 1, "exp": 1, "log": 1, "sqrt": 1, "tanh": 1, "sigmoid": 1, "softplus": 1, "relu": 1, "abs": 1,
    "max": 2, "min": 2,
}  # fmt: skip
ALSO = {"ln": "log", "σ": "sigmoid", "ReLU": "relu"}
CONSTANTS = {"pi": math.pi, "π": math.pi, "e": math.e}
OPERATORS = {ast.Add: "+", ast.Sub: "−", ast.Mult: "×", ast.Div: "÷", ast.Pow: "^"}
LOOKALIKES = str.maketrans("−–·×∙÷:", "--***//")
LONGEST, MOST_NODES, MOST_VARIABLES, LARGEST = 200, 64, 10, 1e9
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,11}")


class NotUnderstood(Exception):
    """What is wrong, as a code that `autograd_page` has words for, and where in the text: from start to end."""

    def __init__(self, code: str, start: int, end: int, what: str = ""):
        super().__init__(f"{code} at {start}")
        self.code, self.start, self.end, self.what = code, start, end, what


@dataclass(frozen=True)
class Node:
    """A number of the graph.

    Attributes:
        op: "variable", "constant", one of OPERATORS' signs, "negative", "power" (by a constant), or one of FUNCTIONS.
        args: the nodes it is made of, which come before it.
        name: of a variable.
        value: of a constant, or the power's exponent.
        start, end: where it stands in the text; of a variable, the first time.
    """

    op: str
    args: tuple[int, ...] = ()
    name: str = ""
    value: float = 0.0
    start: int = 0
    end: int = 0


def parse(text: str) -> list[Node]:
    """The nodes, each after those it is made of; the last one is the result. Variables are one node each, however often used.

    Raises NotUnderstood.
    """
    if len(text) > LONGEST:
        raise NotUnderstood("long", LONGEST, len(text))
    python, places = _as_python(text)
    if not python.strip():
        raise NotUnderstood("empty", 0, len(text))
    try:
        tree = ast.parse(python.replace("\n", " "), mode="eval").body
    except SyntaxError as error:
        if not error.offset:  # it ends too early
            raise NotUnderstood("unfinished", max(len(text.rstrip()) - 1, 0), len(text.rstrip())) from None
        at = places[min(error.offset - 1, len(python))]
        code = "open" if "never closed" in error.msg else "syntax"
        raise NotUnderstood(code, at, min(at + 1, len(text)), text[at : at + 1]) from None
    except (ValueError, RecursionError, MemoryError):
        raise NotUnderstood("syntax", 0, len(text)) from None
    return _Reader(text, python, places).read(tree)


def _as_python(text: str) -> tuple[str, list[int]]:
    """With ** for ^, and for each character, and the end, where it comes from."""
    python, places = "", []
    for at, sign in enumerate(text.translate(LOOKALIKES)):
        written = "**" if sign == "^" else sign
        python += written
        places += [at] * len(written)
    leading = len(python) - len(python.lstrip())
    return python.lstrip(), [*places[leading:], len(text)]


class _Reader:
    def __init__(self, text: str, python: str, places: list[int]):
        self.text, self.places, self.nodes, self.variables = text, places, [], {}
        self.bytes = python.encode()  # what Python counts columns in

    def read(self, tree: ast.expr) -> list[Node]:
        try:
            self.node(tree)
        except RecursionError:
            raise NotUnderstood("nodes", 0, len(self.text)) from None
        if not self.variables:
            raise NotUnderstood("no_variable", 0, len(self.text))
        return self.nodes

    def span(self, tree: ast.expr) -> tuple[int, int]:
        start, end = (len(self.bytes[:column].decode()) for column in (tree.col_offset, tree.end_col_offset))
        return self.places[start], self.places[end - 1] + 1

    def refuse(self, code: str, tree: ast.expr, what: str = ""):
        start, end = self.span(tree)
        raise NotUnderstood(code, start, end, what or self.text[start:end])

    def put(self, tree: ast.expr, op: str, args: tuple[int, ...] = (), name: str = "", value: float = 0.0) -> int:
        if len(self.nodes) >= MOST_NODES:
            self.refuse("nodes", tree)
        self.nodes.append(Node(op, args, name, value, *self.span(tree)))
        return len(self.nodes) - 1

    def node(self, tree: ast.expr) -> int:
        if isinstance(tree, ast.Constant):
            return self.put(tree, "constant", value=self.number(tree))
        if isinstance(tree, ast.Name):
            return self.name(tree)
        if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.UAdd):
            return self.node(tree.operand)
        if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
            if isinstance(tree.operand, ast.Constant):
                return self.put(tree, "constant", value=-self.number(tree.operand))
            return self.put(tree, "negative", (self.node(tree.operand),))
        if isinstance(tree, ast.BinOp) and type(tree.op) in OPERATORS:
            return self.operator(tree)
        if isinstance(tree, ast.Call):
            return self.call(tree)
        self.refuse("unknown", tree)

    def operator(self, tree: ast.BinOp) -> int:
        left, exponent = self.node(tree.left), tree.right
        sign = -1 if isinstance(exponent, ast.UnaryOp) and isinstance(exponent.op, ast.USub) else 1
        exponent = exponent.operand if sign < 0 else exponent
        if isinstance(tree.op, ast.Pow) and isinstance(exponent, ast.Constant):
            return self.put(tree, "power", (left,), value=sign * self.number(exponent))
        return self.put(tree, OPERATORS[type(tree.op)], (left, self.node(tree.right)))

    def call(self, tree: ast.Call) -> int:
        name = tree.func.id if isinstance(tree.func, ast.Name) else ""
        name = ALSO.get(name, name)
        if name not in FUNCTIONS:
            self.refuse("function", tree.func)
        if tree.keywords or len(tree.args) != FUNCTIONS[name]:
            self.refuse("arguments", tree, name)
        return self.put(tree, name, tuple(self.node(argument) for argument in tree.args))

    def name(self, tree: ast.Name) -> int:
        start, end = self.span(tree)
        name = self.text[start:end]
        if name in CONSTANTS:
            return self.put(tree, "constant", name=name, value=CONSTANTS[name])
        if name in FUNCTIONS or name in ALSO:
            self.refuse("bare_function", tree)
        if not NAME.fullmatch(name) or name.endswith("_next") or name == "rate":
            self.refuse("name", tree)
        if name not in self.variables:
            if len(self.variables) >= MOST_VARIABLES:
                self.refuse("variables", tree)
            self.variables[name] = self.put(tree, "variable", name=name)
        return self.variables[name]

    def number(self, tree: ast.Constant) -> float:
        if type(tree.value) not in (int, float):
            self.refuse("unknown", tree)
        if not abs(tree.value) <= LARGEST:
            self.refuse("large", tree)
        return float(tree.value)


def variables(nodes: Sequence[Node]) -> list[str]:
    """Names, as they come in the text."""
    return [node.name for node in nodes if node.op == "variable"]


def dependent(nodes: Sequence[Node]) -> list[int]:
    """The nodes that a variable has a say in."""
    found: list[int] = []
    for at, node in enumerate(nodes):
        if node.op == "variable" or set(node.args) & set(found):
            found.append(at)
    return found


def in_torch(nodes: Sequence[Node]) -> str:
    """The expression as torch code, given the variables as tensors."""
    vary = dependent(nodes)

    def number(value: float) -> str:
        return f"torch.tensor({value!r}, dtype=torch.float64)"

    def written(at: int, outer: bool = False) -> str:
        node = nodes[at]
        arguments = [written(i, node.op not in FUNCTIONS and at in vary) for i in node.args]
        if node.op == "variable":
            return node.name
        if node.op == "constant":
            return f"{node.value!r}" if outer and node.value >= 0 else f"({node.value!r})" if outer else number(node.value)
        if node.op == "power":
            return f"({arguments[0]})**{node.value!r}" if node.value >= 0 else f"({arguments[0]})**({node.value!r})"
        if node.op == "negative":
            return f"(-{arguments[0]})"
        if node.op in ("max", "min"):
            return f"torch.{node.op}imum({', '.join(arguments)})"
        if node.op in FUNCTIONS:
            return f"torch.{'nn.functional.' if node.op == 'softplus' else ''}{node.op}({arguments[0]})"
        sign = {"−": "-", "×": "*", "÷": "/", "^": "**"}.get(node.op, node.op)
        return f"({arguments[0]} {sign} {arguments[1]})"

    return written(len(nodes) - 1, True)
