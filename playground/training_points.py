"""Points of one's own for the training playground: in a link, from a CSV file, to a CSV file."""

import base64
import binascii
import csv
import io

import numpy as np

from playground.training_data import EDGE, Points

MOST = 500  # points
MOST_CLASSES = 6
MOST_BYTES = 1_000_000  # of a CSV file
TASKS = ("binary", "classes", "regression")
STEPS = 4095  # of a coordinate in a link: 12 bits, 0.003 apart
SHADES = 254  # of a target in a link


class BadTable(ValueError):
    """A CSV file that has no points; its argument is why: "columns", "numbers", "few" or "large"."""


def points_of(x: np.ndarray, labels: np.ndarray, task: str) -> Points:
    """Points from x [n, 2] and labels [n]: 0 and 1 of two classes, 0, 1, … of more, numbers from −1 to 1 of a regression."""
    y = 2 * labels - 1 if task == "binary" else labels
    classes = max(int(labels.max()) + 1, 3) if task == "classes" else 1
    return Points(np.ascontiguousarray(x, np.float32), np.ascontiguousarray(y, np.float32), task, classes)


def labels_of(points: Points) -> np.ndarray:
    """The inverse: labels [n] as links, files and the view have them."""
    return (points.y + 1) / 2 if points.task == "binary" else points.y


def encode(points: Points) -> str:
    """Points in base64url: a byte for the task; then runs of one class, label, count and three bytes a point; of a
    regression four bytes a point, its target first."""
    x = np.rint((points.x.clip(-EDGE, EDGE) + EDGE) / (2 * EDGE) * STEPS).astype(np.int64)
    places = [((a << 12) | b).to_bytes(3, "big") for a, b in x.tolist()]
    labels = labels_of(points)
    data = bytearray([TASKS.index(points.task)])
    if points.task == "regression":
        for place, label in zip(places, np.rint((labels.clip(-1, 1) + 1) / 2 * SHADES).astype(int).tolist(), strict=True):
            data += bytes([label]) + place
    else:
        for label in np.unique(labels.astype(int)).tolist():
            own = [place for place, other in zip(places, labels, strict=True) if int(other) == label]
            for first in range(0, len(own), 255):
                some = own[first : first + 255]
                data += bytes([label, len(some)]) + b"".join(some)
    return base64.urlsafe_b64encode(bytes(data)).decode().rstrip("=")


def decode(code: str) -> Points:
    """Points of a link, in the order of `encode`. Raises ValueError if `code` is not one, or has too few or many."""
    if "=" in code or len(code) > 6 * MOST:
        raise ValueError("not points")
    try:
        data = base64.b64decode(code + "=" * (-len(code) % 4), altchars="-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64url") from error
    if not data or data[0] >= len(TASKS):
        raise ValueError("no such task")
    task, places, labels, at = TASKS[data[0]], [], [], 1
    while at < len(data):
        label, count, body = (data[at], 1, at + 1) if task == "regression" else (data[at], *data[at + 1 : at + 2], at + 2)
        end = body + 3 * count
        if end > len(data) or not count or (task != "regression" and label >= (2 if task == "binary" else MOST_CLASSES)):
            raise ValueError("points are cut short")
        places += [int.from_bytes(data[i : i + 3], "big") for i in range(body, end, 3)]
        labels += [label] * count
        at = end
    if not 2 <= len(places) <= MOST:
        raise ValueError(f"from 2 to {MOST} points")
    whole = np.array(places)
    x = np.stack([whole >> 12, whole & STEPS], 1) / STEPS * 2 * EDGE - EDGE
    shades = np.array(labels) / SHADES * 2 - 1 if task == "regression" else np.array(labels)
    return points_of(x, shades, task)


def to_csv(train: Points, test: Points) -> bytes:
    """The points as a table: x1, x2, y, and whether the net learns from it or is tested with it."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["x1", "x2", "y", "part"])
    for part, points in (("train", train), ("test", test)):
        for (x1, x2), y in zip(points.x.tolist(), labels_of(points).tolist(), strict=True):
            table.writerow([f"{x1:.9g}", f"{x2:.9g}", f"{y:.9g}", part])  # float32, to the bit
    return out.getvalue().encode()


def from_csv(file: bytes) -> tuple[Points, bool, int]:
    """Points of a table whose first two columns are numbers and whose third is a class or a number.

    Up to six different values in the third column are classes, any words too; more are a regression. A first row of names is
    passed over; columns are parted by commas, semicolons or tabs. Also says whether numbers were scaled to fit the plane,
    −6 to 6 (targets −1 to 1), and how many rows the file has: of more than MOST a sample is taken. Raises BadTable.
    """
    if len(file) > MOST_BYTES:
        raise BadTable("large")
    text = file.decode("utf-8-sig", errors="replace")
    comma = max(";\t,", key=lambda sign: (text.partition("\n")[0].count(sign) >= 2, text.count(sign)))
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=comma) if row]
    if rows and rows[0][:2] and _number(rows[0][0]) is None:
        rows = rows[1:]
    if not rows or any(len(row) < 3 for row in rows):
        raise BadTable("columns")
    x = [[_number(cell) for cell in row[:2]] for row in rows]
    if any(value is None for pair in x for value in pair):
        raise BadTable("numbers")
    if len(rows) < 2:
        raise BadTable("few")
    chosen = np.sort(np.random.default_rng(0).permutation(len(rows))[:MOST])
    places, words = np.array(x, float)[chosen], [rows[i][2].strip() for i in chosen]
    scaled = bool(np.abs(places).max() > EDGE)
    if scaled:
        low, high = places.min(0), places.max(0)
        places = (places - low) / np.maximum(high - low, 1e-12) * 10 - 5
    names = sorted(set(words), key=lambda word: (_number(word) is None, _number(word) or 0.0, word))
    if len(names) <= MOST_CLASSES:
        labels, task = np.array([names.index(word) for word in words]), "binary" if len(names) <= 2 else "classes"
    else:
        numbers = [_number(word) for word in words]
        if any(value is None for value in numbers):
            raise BadTable("numbers")
        labels, task = np.array(numbers, float), "regression"
        if np.abs(labels).max() > 1:
            labels, scaled = (labels - labels.min()) / (labels.max() - labels.min()) * 2 - 1, True
    return points_of(places, labels, task), scaled, len(rows)


def _number(cell: str) -> float | None:
    try:
        value = float(cell.strip().replace(",", "."))
    except ValueError:
        return None
    return value if np.isfinite(value) else None
