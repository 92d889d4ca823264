"""MNIST: handwritten digits, 28x28 grey, light ink on a dark ground (LeCun, Cortes, Burges)."""

import numpy as np
import torch
from torch import Tensor

from exporter.datasets import Dataset

MNIST = Dataset(
    name="mnist",
    hub="ylecun/mnist",
    title="MNIST",
    source="LeCun, Cortes, Burges: The MNIST database of handwritten digits",
    licence="public, see the data set's page",
)
LABELS = tuple("0123456789")


def digits(split: str) -> tuple[Tensor, Tensor]:
    """Images uint8 [n, 28, 28] and labels int64 [n] of `train` or `test`."""
    rows = MNIST.load(split).with_format("numpy")
    return torch.from_numpy(np.stack(rows["image"][:])), torch.from_numpy(rows["label"][:].astype(np.int64))
