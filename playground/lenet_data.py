"""Digits to learn from: scikit-learn's, which are among the app's packages, and MNIST where the host has it; framed alike.

Framing is what MNIST's authors did (LeCun et al. 1998, §III.A), by the graph that the digits lesson runs: the digit is scaled
into a box of 20x20 and its centre of mass moved to the middle of 28x28. A drawing takes the same way, so the net meets in it
what it has learned from.
"""

import io
import os
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path

import numpy as np
from PIL import Image

from playground import catalog, drawing, engine, xray

READER = "lenet5_mnist"  # whose framing it is
SIDE = 28  # pixels
SEED = 0  # of the split
CHECKED = 297  # of scikit-learn's 1,797 digits, held back
MNIST_ROWS = {"train": 10_000, "test": 500}  # at most


class Unreadable(ValueError):
    """A data set that the host has, but not as it should be."""


@dataclass(frozen=True)
class Digits:
    """Pictures uint8 [n, 28, 28], ink light on dark, and their digits int64 [n]; the first `learned` are learned from."""

    pictures: np.ndarray
    labels: np.ndarray
    learned: int


def offered() -> tuple[str, ...]:
    """The data sets that this host has; scikit-learn's always."""
    return ("sklearn", "mnist") if all(_parquet(split).is_file() for split in MNIST_ROWS) else ("sklearn",)


@lru_cache(maxsize=2)
def load(name: str) -> Digits:
    """A data set of `offered`. Raises Unreadable if its files are damaged."""
    return _sklearn() if name == "sklearn" else _mnist()


def _sklearn() -> Digits:
    """1,797 digits of 8x8 with values 0 … 16 (Alpaydin & Kaynak 1998), from scikit-learn's file.

    scikit-learn itself is not imported: with it come SciPy, a second and 100 MB.
    """
    file = metadata.distribution("scikit-learn").locate_file("sklearn/datasets/data/digits.csv.gz")
    rows = np.loadtxt(file, delimiter=",", dtype=np.uint8)
    rows = rows[np.random.default_rng(SEED).permutation(len(rows))]
    grey = np.rint(rows[:, :-1].reshape(-1, 8, 8, 1) * (255 / 16)).astype(np.uint8)
    return Digits(framed(np.repeat(grey, 3, axis=-1)), rows[:, -1].astype(np.int64), len(rows) - CHECKED)


def _mnist() -> Digits:
    """The first of MNIST's training digits, and the first of its test digits to check with; they are framed as they come."""
    parts = {split: _rows(split, most) for split, most in MNIST_ROWS.items()}
    pictures, labels = (np.concatenate(both) for both in zip(*parts.values(), strict=True))
    return Digits(pictures, labels, len(parts["train"][1]))


def _rows(split: str, most: int) -> tuple[np.ndarray, np.ndarray]:
    import pyarrow.parquet  # no page that does without it should wait for it

    try:
        batch = next(pyarrow.parquet.ParquetFile(_parquet(split)).iter_batches(most))
        files = batch.column("image").field("bytes").to_pylist()
        pictures = np.stack([np.asarray(Image.open(io.BytesIO(file)).convert("L")) for file in files])
        labels = batch.column("label").to_numpy().astype(np.int64)
    except (OSError, ValueError, KeyError, StopIteration) as error:
        raise Unreadable(f"MNIST's {split}: {error}") from error
    if pictures.shape[1:] != (SIDE, SIDE) or labels.min() < 0 or labels.max() > 9:
        raise Unreadable(f"MNIST's {split}: not digits of 28x28")
    return pictures, labels


def _parquet(split: str) -> Path:
    """Where MNIST lies, as the exporter reads it (exporter/datasets)."""
    return Path(os.environ.get("PLAYGROUND_DATA") or "/nowhere") / "mnist" / f"{split}.parquet"


@cache
def _framing() -> bytes:
    return xray.expose(catalog.graph(READER), ("field",)).SerializeToString()


def framed(pictures: np.ndarray) -> np.ndarray:
    """uint8 RGB pictures of a digit each [n, height, width, 3], dark on light or light on dark → uint8 ink [n, 28, 28]."""
    parts = np.array_split(pictures, -(-len(pictures) // 100))
    fields = [engine.compute(_framing(), {"image": part})["field"][:, 0] for part in parts]
    return np.rint(255 * np.concatenate(fields).clip(0, 1)).astype(np.uint8)


@lru_cache(maxsize=256)
def drawn(code: str) -> np.ndarray:
    """A drawing (drawing.py), framed: uint8 [28, 28]. Raises ValueError if `code` is no drawing."""
    return framed(drawing.picture(code)[None])[0]
