"""Matrices of a few numbers as people and links write them: `0,1,0;-1,2,-1;0,1,0`."""

import numpy as np


def parse(text: str, most: tuple[int, int] = (16, 16), largest: float = 1000, dtype: type = np.float32) -> np.ndarray:
    """[rows, columns] of `dtype`; a comma or blank parts numbers, a semicolon or a new line parts rows.

    Raises ValueError if it is none: nothing, rows of unequal length, no numbers, more than `most` (rows, columns), numbers
    that are not finite or beyond ±`largest`.
    """
    rows = [row.replace(",", " ").split() for row in text.replace("\n", ";").strip("; ").split(";")]
    values = np.array([[float(value) for value in row] for row in rows], dtype)
    if values.ndim != 2 or not values.size or values.shape[0] > most[0] or values.shape[1] > most[1]:
        raise ValueError(f"not a matrix of at most {most[0]} x {most[1]}")
    if not (np.abs(values) <= largest).all():
        raise ValueError(f"not between -{largest} and {largest}")
    return values


def write(values: np.ndarray) -> str:
    """The inverse of `parse`: up to six significant digits."""
    return ";".join(",".join(f"{value:.6g}" for value in row) for row in values)
