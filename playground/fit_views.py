"""What the views of the lesson "Fit a line, fit a plane" get: the graph's answers packed, and what they say."""

import base64

import numpy as np
from babel.numbers import format_decimal

from playground import figures, fit, fit_line, fit_plane
from playground.components import packed
from playground.fit import Descent
from playground.language import current
from playground.language import text as _


def of_line(run: Descent, points: str, start: str, step: int, seed: int | None) -> dict:
    """For components.line; with a seed, beside a blind search."""
    answer = fit.descend(run)
    found = None if seed is None else fit_line.search(run.data, seed)
    return {
        "points": points, "start": start, "step": step, "steps": run.steps, "rate": run.rate, "limit": fit.limit(run.data),
        "w": packed(answer["w_before"]), "b": packed(answer["b_before"]), "loss": packed(answer["loss"]),
        "search": found and {name: packed(values) for name, values in found.items()},
        "surface": packed(fit_line.error_surface(run.data)), "side": fit_line.SIDE, "palette": palette(),
        "span": fit_line.SPAN, "reach": fit_line.REACH, "most": fit_line.MOST_POINTS, "language": current(),
        "presets": [(title, fit_line.preset(name)) for name, title in _line_presets().items()], "texts": _line_texts(),
    }  # fmt: skip


def of_plane(run: Descent, table: str, step: int, code: str) -> dict:
    """For components.plane: the run step by step in double precision, and the error over a pair of parameters, w1b or so."""
    answer, pair = fit.descend(run), fit_plane.PAIRS[code]
    pairs = [(code, ", ".join(fit_plane.NAMES[place] for place in places)) for code, places in fit_plane.PAIRS.items()]
    spans, snapshots, surfaces = fit_plane.surfaces(run, pair, step)
    is_slide = fit_plane.parse(table) == fit_plane.parse(fit_plane.TABLE) and run.rate == float(fit_plane.RATE)
    return {
        "table": table, "lecture": fit_plane.TABLE, "step": step, "steps": run.steps, "rate": run.rate,
        "limit": fit.limit(run.data), "w": exact(answer["w_before"]), "b": exact(answer["b_before"]),
        "loss": exact(answer["loss"]), "fitted": exact(answer["fitted"]), "rows": len(run.data),
        "printed": fit_plane.PRINTED if is_slide else None, "most": fit_plane.MOST_ROWS, "largest": fit_plane.LARGEST,
        "code": code, "pair": pair, "pairs": pairs, "names": fit_plane.NAMES, "spans": spans, "snapshots": snapshots,
        "surfaces": packed(surfaces), "side": fit_plane.SIDE, "palette": palette(), "language": current(),
        "texts": _plane_texts(),
    }  # fmt: skip


def brief(value: float) -> str:
    """A number of four significant digits, as the language writes it."""
    return format_decimal(float(f"{value:.4g}"), "0.########", locale=current())


def palette() -> str:
    """Cividis, 256 colours of three bytes."""
    return base64.b64encode(figures.CIVIDIS.tobytes()).decode()


def exact(values: np.ndarray) -> str:
    """Numbers in double precision, for what shows all digits."""
    return base64.b64encode(np.ascontiguousarray(values, np.float64).tobytes()).decode()


def _line_presets() -> dict[str, str]:
    return {"noisy": _("A noisy line"), "outlier": _("One outlier"), "three": _("Three points"), "far": _("Far from zero")}


def _player_texts() -> dict[str, str]:
    return {
        "play": _("▶ Descend"),
        "pause": _("❚❚ Pause"),
        "again": _("▶ Again"),
        "step": _("+1 step"),
        "restart": _("⟲ Start"),
        "scrub": _("Step of the descent"),
        "steps": _("step"),
        "error": _("error"),
        "rate": _("rate {rate}"),
        "limit": _("runs away from {limit}"),
        "beyond": _("no number any more"),
    }


def _line_texts() -> dict[str, str]:
    return _player_texts() | {
        "scenes": _("Points to begin with"),
        "plane": _("points and f(x) = w x + b"),
        "surface": _("error of every line (w, b)"),
        "least": _("least error so far"),
        "now": _("Step {step}: error {error}. w = {w}, b = {b}"),
        "race": _("{tries} tries each. Downhill: error {error}. Blind: {blind} at best."),
        "away": _("Step {step}: error {error}. It runs away: each step jumps over the valley, farther up the other side."),
        "descent": _("down the gradient"),
        "blind": _("the best of the lines tried at random"),
        "hint": _("Drag points, click to add one. Click the error's picture, or drag the ring, to start elsewhere."),
        "remove": _("Remove the chosen point"),
        "plane_keys": _(
            "Points and the line. Page Up and Page Down choose a point, arrow keys move it, Enter adds one, Delete removes it."
        ),
        "surface_keys": _("The error of every line. Arrow keys move the start of the descent."),
    }


def _plane_texts() -> dict[str, str]:
    return _player_texts() | {
        "away": _("Step {step}: error {error}. It runs away: each step jumps over the valley, farther up the other side."),
        "now": _("Step {step}: error {error}"),
        "table": _("The data: change any number"),
        "row": _("row"),
        "add": _("Add a row"),
        "remove": _("Remove row"),
        "lecture": _("The lecture's table"),
        "number": _("A number from −99 to 99, please."),
        "over": _("The error over"),
        "surface": _("error over {pair}, the rest as now"),
        "slide": _("the slide prints"),
        "graph": _("the graph computes"),
        "returned": _("Call {step} of train returned"),
        "uncalled": _("train was not called yet"),
        "after": _("w and b after it"),
        "until": _("Play on to call {steps}: digit after digit falls into place."),
        "equal": _(
            "{same} of the {all} digits that the slide prints are equal; the last ones of a double depend on the order of the "
            "additions."
        ),
        "other": _("Other data or another rate than the slide's: its numbers do not apply."),
    }
