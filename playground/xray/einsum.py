"""Reading an Einsum's equation."""


def labels(equation: str, ranks: list[int]) -> tuple[list[list[str]], list[str]]:
    """One label an axis, for each operand and for the output. Axes behind an ellipsis are "0", "1", … from the right."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    hidden = [rank - len(term.replace("...", "")) if "..." in term else 0 for term, rank in zip(terms, ranks, strict=True)]

    def spread(term: str, count: int) -> list[str]:
        before, dots, after = term.partition("...")
        return [*before, *(str(k) for k in reversed(range(count)) if dots), *after]

    if not arrow:
        letters = left.replace(",", "").replace("...", "")
        right = ("..." if "..." in left else "") + "".join(x for x in sorted(set(letters)) if letters.count(x) == 1)
    operands = [spread(term, count) for term, count in zip(terms, hidden, strict=True)]
    return operands, spread(right, max(hidden))
