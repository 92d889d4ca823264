"""What the views of YOLO's lesson say."""

from playground.language import text as _


def plate() -> dict[str, str]:
    return {
        "plate": _("The picture under its grid. Arrow keys walk over the cells, Enter keeps one, Escape lets it go."),
        "score": _("least score"),
        "iou": _("largest IoU"),
    }


def detector() -> dict[str, str]:
    return plate() | {
        "counted": _("Boxes above the threshold: {candidates}; of these stay: {found}."),
        "agrees": _("The graph says the same."),
        "differs": _("The graph says {count}."),
        "hint": _("Point at any cell of the picture: its raw prediction comes here. A click keeps it."),
        "cell": _("Cell in row {row}, column {column}"),
        "object": _("object centred here?"),
        "across": _("where, across"),
        "down": _("where, down"),
        "width": _("width"),
        "height": _("height"),
        "cells": _("{formula} = {size} cells"),
        "score_of": _("score"),
    }


def suppression() -> dict[str, str]:
    return plate() | {
        "play": _("▶ Play"),
        "pause": _("❚❚ Pause"),
        "back": _("One decision back"),
        "next": _("Next decision"),
        "restart": _("From the start"),
        "scrub": _("Decisions made"),
        "nobody": _("No box is above the threshold: nothing to decide."),
        "begin": _("{count} boxes, sorted by score. The surest decides first."),
        "stays": _("Box {box} is the surest that is left: it stays."),
        "goes": _("Box {box} overlaps box {sure}: IoU {overlap} > {iou}, so it goes."),
        "stay": _("stays"),
        "gone": _("goes, IoU {overlap} with {sure}"),
        "agrees": _("At the end {stay} stay; the graph says the same."),
        "differs": _("At the end {stay} stay; the graph says {count}."),
    }


def cell_loss() -> dict[str, str]:
    return {
        "plate": _("Drag a box: it is the truth. Click a cell: its loss is shown. Arrow keys move the box, with shift they "
                   "resize it."),
        "kind": _("The true class"),
        "truth": _("truth"),
        "z": "z",
        "goal": _("is → should be"),
        "term": _("loss"),
        "gradient": "∂L/∂z",
        "descent": _("▶ Follow the gradient"),
        "pause": _("❚❚ Pause"),
        "loss": _("After {step} steps of descent on this cell's z: L = {loss}"),
    }  # fmt: skip


def precision(label: str) -> dict[str, str]:
    return {
        "threshold": _("least score"),
        "title": _("Precision against recall: {label}").format(label=label),
        "classes": _("Classes"),
        "precision": _("precision"),
        "recall": _("recall"),
        "mean": _("mean (mAP)"),
        "counts": _("{count} boxes are surer than this: {hits} found an object, {wrong} did not. Of {objects} objects {missed} "
                    "were missed."),
    }  # fmt: skip
