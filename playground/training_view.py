"""What the view of the training playground shows beside its frames: data sets, points, nets, features, colours, words."""

from dataclasses import replace
from functools import cache

import numpy as np

from playground.figures import CLASSES
from playground.language import current
from playground.language import text as _
from playground.training import Run
from playground.training_data import DATA, EDGE, sample
from playground.training_live import SMALL, Live, inner_maps, text
from playground.training_points import MOST_CLASSES, labels_of
from playground.training_scene import ACTIVATIONS, LARGEST, MOST_LAYERS, MOST_NEURONS, USUAL, Scene
from playground.training_step import FEATURES
from playground.training_words import bends, data_names, differences, texts

BLUE, ORANGE = "#2166ac", "#d95f0e"
THUMBNAIL = 90  # points
VALUES = 17  # shades of a regression's values in a thumbnail


def still(seen: Scene, going: Live) -> dict:
    """All but the frames."""
    task, setups = going.train.task, seen.start.setups
    rows = np.concatenate([np.column_stack([part.x, labels_of(part)]) for part in (going.train, going.test)])
    several = list(CLASSES[:MOST_CLASSES])
    colours = several if task == "classes" else [BLUE, ORANGE]
    return {
        "nets": [{"features": own.features, "layers": own.layers, "activations": own.activations} for own in setups],
        "task": task,
        "outputs": going.train.outputs,
        "points": text(rows.astype(np.float32)),
        "train": len(going.train),
        "data": seen.start.data,
        "colours": colours,
        "colours_of_pens": [*colours, several[2]] if task == "binary" else colours,
        "palette": _palette(),
        "most_classes": MOST_CLASSES,
        "most_layers": MOST_LAYERS,
        "most_neurons": MOST_NEURONS,
        "largest": LARGEST,
        "feature_maps": _feature_maps(),
        "offered": [[name, label] for name, (label, _node) in FEATURES.items()],
        "bends": [[name, bends()[name]] for name in ACTIVATIONS],
        "sets": _sets(),
        "differs": differences(setups),
        "texts": texts(),
        "language": current(),
    }


@cache
def _feature_maps() -> str:
    """A small map of each feature, as a net without hidden layers has them."""
    points = sample("xor", 0.0, 0, 10)
    run = Run(replace(USUAL, features=tuple(FEATURES), layers=(), activations=()), points, points)
    return text(inner_maps(run, SMALL))


@cache
def _thumbnail(name: str) -> str:
    """Points of a data set as bytes: x, y, and the number of their colour in `_palette`."""
    points = sample(name, 0.02, 0, THUMBNAIL)
    places = np.rint((points.x + EDGE) / (2 * EDGE) * 255)
    labels = labels_of(points)
    values = 2 + MOST_CLASSES + np.rint((points.y.clip(-1, 1) + 1) / 2 * (VALUES - 1))
    shades = {"binary": labels, "classes": labels + 2, "regression": values}[points.task]
    return text(np.column_stack([places, shades]).astype(np.uint8))


@cache
def _palette() -> list[str]:
    ends = np.array([[33, 102, 172], [217, 95, 14]])
    values = (255 + (ends[int(share > 0)] - 255) * abs(share) for share in np.linspace(-1, 1, VALUES))
    return [BLUE, ORANGE, *CLASSES[:MOST_CLASSES], *(f"#{int(r):02x}{int(g):02x}{int(b):02x}" for r, g, b in values)]


def _sets() -> list[dict]:
    titles = {
        "binary": _("Two classes"),
        "classes": _("Several classes"),
        "regression": _("Regression: a number at each point"),
    }
    names = data_names()
    return [
        {
            "title": title,
            "names": [[name, names[name], _thumbnail(name)] for name, (kind, *_rest) in DATA.items() if kind == task],
        }
        for task, title in titles.items()
    ]
