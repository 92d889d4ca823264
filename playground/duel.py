"""The duel: photo nets read one photo side by side, and show where they saw what they say, and what it cost."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from statistics import median

import numpy as np
import plotly.graph_objects as go
from babel.numbers import format_percent
from PIL import Image

from playground import anatomy, catalog, figures
from playground.engine import run
from playground.images import data_url
from playground.language import current, number
from playground.language import text as _
from playground.sample_photos import photo

PAIR = ("alexnet_imagenette", "resnet_imagenette")  # begin and end of the lecture
SMALL = 64  # pixels: nets that see no more belong to another lesson
SIDE = 320  # pixels of the square that is kept of a photo
REPEATS = 3  # runs, whose median is told
MOSAIC = (6, 2)  # maps across and down
ARCHITECTURES = Path(__file__).parents[1] / "exporter" / "architectures"


def nets() -> tuple[str, ...]:
    """The artifacts that classify Imagenette's photos, by the year of their paper; those that see small photos come last."""
    found = [name for name in catalog.trained() if _is_of_imagenette(catalog.facts(name))]
    return tuple(sorted(found, key=lambda name: (parts(name).side <= SMALL, year(name), name)))


def _is_of_imagenette(facts: dict) -> bool:
    return facts["task"] == "classification" and facts.get("dataset", {}).get("title") == "Imagenette"


def pair() -> list[str]:
    """The nets to begin with."""
    return [name for name in PAIR if name in nets()] if set(PAIR) <= set(nets()) else list(nets()[:2])


def year(name: str) -> int:
    """When the net's paper came out."""
    return int(re.search(r"\((\d{4})\), http", catalog.facts(name)["paper"])[1])


def source(name: str) -> str:
    """The file of the net's architecture: the one that cites its paper."""
    link = catalog.facts(name)["paper"].split()[-1]
    return next(
        f"exporter/architectures/{file.name}" for file in sorted(ARCHITECTURES.glob("*.py")) if f'"{link}"' in file.read_text()
    )


def classes(name: str) -> dict[str, str]:
    """The classes of a net, in their order: what the manifest calls them → what the page's language does."""
    said = {
        "tench": _("tench"),
        "English springer": _("English springer"),
        "cassette player": _("cassette player"),
        "chain saw": _("chain saw"),
        "church": _("church"),
        "French horn": _("French horn"),
        "garbage truck": _("garbage truck"),
        "gas pump": _("gas pump"),
        "golf ball": _("golf ball"),
        "parachute": _("parachute"),
    }
    return {label: said.get(label, label) for label in catalog.facts(name)["labels"]}


@cache
def parts(name: str) -> anatomy.Anatomy:
    return anatomy.anatomy(catalog.graph(name))


@dataclass(frozen=True)
class Reading:
    """What a net says to a photo.

    Attributes:
        probabilities: by class, as the manifest calls it.
        class_maps: [classes, height, width], how much each place speaks for each class; see anatomy.class_maps.
        maps: [maps, height, width] by level's stride.
        processor, seconds: which processor answered, and how long a run took, the median of several.
    """

    probabilities: dict[str, float]
    class_maps: np.ndarray
    maps: dict[int, np.ndarray]
    processor: str
    seconds: float

    @property
    def answer(self) -> str:
        return max(self.probabilities, key=self.probabilities.get)

    def class_map(self, label: str) -> np.ndarray:
        return self.class_maps[list(self.probabilities).index(label)]


def read(name: str, picture: np.ndarray) -> Reading:
    """Show a uint8 RGB picture [side, side, 3] to a net, and look at its maps."""
    levels, last = parts(name).levels, parts(name).classifier
    seen = run(name, {"image": picture[None]}, (*(level.tensor for level in levels), last.maps))
    processor, seconds = timed(name, picture)
    return Reading(
        dict(zip(catalog.facts(name)["labels"], seen["probabilities"][0].tolist(), strict=True)),
        anatomy.class_maps(last, seen[last.maps][0]),
        {level.stride: seen[level.tensor][0] for level in levels},
        processor,
        seconds,
    )


def timed(name: str, picture: np.ndarray) -> tuple[str, float]:
    """The processor and the seconds of one run, framing included: the median of several, with no inner tensor taken out."""
    processor, seconds = _runs(name, picture, REPEATS)
    return processor, median(seconds)


@cache
def seconds_once(name: str) -> float:
    """The seconds of one run on this processor, measured when first asked for; the fastest, since it is kept for all."""
    return min(_runs(name, photo("golf_ball"), 3 * REPEATS)[1])


def _runs(name: str, picture: np.ndarray, repeats: int) -> tuple[str, list[float]]:
    run(name, {"image": picture[None]})  # to warm up
    answers = [run(name, {"image": picture[None]}) for _ in range(repeats)]
    return answers[-1].processor, [answer.seconds for answer in answers]


def square(picture: np.ndarray) -> np.ndarray:
    """The middle square, which is all that the nets look at, at most 320 pixels a side."""
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    middle = picture[top : top + side, left : left + side]
    return middle if side <= SIDE else np.asarray(Image.fromarray(middle).resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def covered(picture: np.ndarray, reading: Reading) -> np.ndarray:
    """The photo with a grey square, 0.4 of its side, over the place where the net sees its answer best."""
    seen = reading.class_map(reading.answer)
    centre = (np.array(np.unravel_index(seen.argmax(), seen.shape)) + 0.5) / seen.shape * len(picture)
    top, left = np.rint((centre - 0.2 * len(picture)).clip(0)).astype(int)
    bottom, right = np.rint(centre + 0.2 * len(picture)).astype(int)
    changed = picture.copy()
    changed[top:bottom, left:right] = 128
    return changed


CHANGES = {
    "cover": covered,
    "mirror": lambda picture, _: picture[:, ::-1],
    "turn": lambda picture, _: picture[::-1, ::-1],
    "grey": lambda picture, _: np.asarray(Image.fromarray(picture).convert("L").convert("RGB")),
}


# ---- what the views show


def overlay(picture: np.ndarray, reading: Reading, label: str) -> np.ndarray:
    """The photo in grey under its class activation map in cividis: uint8 RGB, 320 pixels a side.

    The scale is from 0 to the map's largest number, or to half of the largest of all classes if that is more: a class that is
    seen nowhere lights nothing.
    """
    seen = reading.class_map(label)
    most = max(float(seen.max()), float(reading.class_maps.max()) / 2, 1e-9)
    small = Image.fromarray(np.float32(seen / most))
    share = np.asarray(small.resize((SIDE, SIDE), Image.Resampling.BICUBIC)).clip(0, 1)
    grey = np.asarray(Image.fromarray(picture).convert("L").resize((SIDE, SIDE)), np.float32)[..., None]
    return np.rint(0.45 * grey + 0.55 * figures.cividis(share)).astype(np.uint8)


def mosaic(maps: np.ndarray) -> np.ndarray:
    """The maps [maps, height, width] that are strongest on average, as tiles of one uint8 RGBA picture."""
    across, down = MOSAIC
    strongest = np.abs(maps).mean((1, 2)).argsort()[::-1][: across * down]
    chosen = maps[np.resize(strongest, across * down)]
    tiles = figures.signed(chosen) if chosen.min() < 0 else figures.cividis(chosen / max(float(chosen.max()), 1e-9))
    size = max(1, 48 // maps.shape[1])
    tiles = tiles.repeat(size, 1).repeat(size, 2)
    opaque = np.full((*tiles.shape[:3], 1), 255, np.uint8)
    tiles = np.pad(np.concatenate([tiles, opaque], -1), ((0, 0), (0, 3), (0, 3), (0, 0)))
    return np.concatenate([np.concatenate(tiles[row * across : (row + 1) * across], 1) for row in range(down)])[:-3, :-3]


def card(name: str, picture: np.ndarray, reading: Reading, shown: str) -> dict:
    """What the duelists view shows of a net; `shown` is the class whose map is asked for, "" for the net's own answer."""
    said, facts = classes(name), catalog.facts(name)
    seen = shown or reading.answer
    likeliest = sorted(reading.probabilities, key=reading.probabilities.get, reverse=True)[:5]
    note = _("{parameters} M parameters · {macs} M multiply-adds · {milliseconds} ms, {processor}").format(
        parameters=number(round(facts["parameters"] / 1e6, 2)), macs=number(round(facts["macs"] / 1e6)),
        milliseconds=number(round(1000 * reading.seconds, 1)), processor=reading.processor,
    )  # fmt: skip
    return {
        "name": name, "title": _(catalog.title(name)), "note": note, "answer": reading.answer, "seen": said[seen],
        "image": data_url(overlay(picture, reading, seen)),
        "alt": _("Where {net} sees: {label}").format(net=_(catalog.title(name)), label=said[seen]),
        "rows": [{"code": label, "label": said[label], "p": reading.probabilities[label]} for label in likeliest],
    }  # fmt: skip


def told(name: str, reading: Reading) -> str:
    """A net's answer in the page's language, with its probability."""
    return f"{classes(name)[reading.answer]}, {format_percent(reading.probabilities[reading.answer], locale=current())}"


def aligned(readings: dict[str, Reading]) -> dict:
    """What the stages view shows: a row for each resolution that any of the nets has, a cell for each net."""
    strides = sorted({level.stride for name in readings for level in parts(name).levels})
    return {
        "titles": [_(catalog.title(name)) for name in readings],
        "rows": [
            {"resolution": f"1/{stride}" if stride > 1 else "1", "cells": [cell(*item, stride) for item in readings.items()]}
            for stride in strides
        ],
        "texts": {"none": _("skipped")},
    }


def cell(name: str, reading: Reading, stride: int) -> dict | None:
    levels = parts(name).levels
    level = next((level for level in levels if level.stride == stride), None)
    if level is None:
        return None
    share = level.macs / sum(level.macs for level in levels)
    names = " → ".join(level.stages) or _("inside {stage}").format(stage=next(x.stages[0] for x in levels if x.stages))
    fine = _("{shape} · convolutions: {count} · {share} of multiply-adds").format(
        shape=" × ".join(map(str, level.shape)), count=level.convolutions, share=format_percent(share, locale=current())
    )
    alt = _("The strongest maps of {net} at {resolution} of its resolution").format(
        net=_(catalog.title(name)), resolution=f"1/{stride}"
    )
    return {"name": names, "fine": fine, "share": share, "image": data_url(mosaic(reading.maps[stride])), "alt": alt}


@lru_cache(maxsize=256)
def cost_figure(cost: str, cost_title: str, chosen: tuple[str, ...], language: str) -> go.Figure:
    """Accuracy on the validation photos against a cost ("macs", "parameters" or "milliseconds"); the chosen nets stand out."""
    values = {name: 1000 * seconds_once(name) if cost == "milliseconds" else catalog.facts(name)[cost] / 1e6 for name in nets()}
    ordered = sorted(values, key=values.get)
    metrics = [catalog.facts(name)["metrics"] for name in ordered]
    title = _("Accuracy on {rows} photos that no training saw").format(rows=number(metrics[0]["rows"]))
    colours = [figures.CLASSES[0] if name in chosen else figures.CLASSES[7] for name in ordered]
    points = go.Scatter(
        x=[values[name] for name in ordered],
        y=[metric["accuracy"] for metric in metrics],
        text=[re.split(",| on ", catalog.title(name))[0] for name in ordered],
        customdata=[(_(catalog.title(name)), number(round(values[name], 2))) for name in ordered],
        mode="markers+text",
        textposition=["top center" if index % 2 else "bottom center" for index in range(len(ordered))],
        hovertemplate="%{customdata[0]}<br>%{y:.1%}<br>%{customdata[1]}<extra></extra>",
        marker={
            "size": 13,
            "color": colours,
            "symbol": ["circle-open" if parts(name).side <= SMALL else "circle" for name in ordered],
            "line": {"width": 2.5, "color": colours},
        },
        cliponaxis=False,
    )
    layout = {"template": "playground", "hovermode": "closest", "height": 420, "separators": figures.separators(language)}
    figure = go.Figure(points, layout=layout | {"title": {"text": title}})
    low, high = np.log10(values[ordered[0]]) - 0.15, np.log10(values[ordered[-1]]) + 0.15
    ticks = [mantissa * 10.0**power for power in range(-3, 5) for mantissa in (1, 1.5, 2, 3, 5, 7)]
    ticks = [tick for tick in ticks if low <= np.log10(tick) <= high]
    figure.update_xaxes(
        title=cost_title if cost == "milliseconds" else _("{cost}, millions").format(cost=cost_title),
        type="log", range=[low, high], tickvals=ticks, ticktext=[number(tick) for tick in ticks],
    )  # fmt: skip
    figure.update_yaxes(title=_("accuracy"), tickformat=".1~%")
    return figure


@cache
def cover() -> np.ndarray:
    """A sample, and where the last of the first nets sees each of its two classes, in one uint8 RGB picture."""
    picture = photo("church_and_ball")
    reading = read(pair()[-1], picture)
    tiles = [picture, *(overlay(picture, reading, label) for label in ("church", "golf ball"))]
    tiles = [np.pad(tile[:, 30:310], ((0, 0), (0, 16), (0, 0)), constant_values=255) for tile in tiles]
    return np.concatenate(tiles, 1)[:, :-16]
