"""The command line: thin over `exporter.build`, heavy imports inside the commands, so that --help is quick."""

import json
import logging
import warnings
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="""Train the lectures' networks with torch and write them as ONNX graphs into `models/`.

    Data comes from the Hugging Face Hub, or from the folder that **PLAYGROUND_DATA** names.

    A first walk: `list`, then `build softmax_mnist` (minutes), `verify softmax_mnist`, `card softmax_mnist`.
    """,
)
Names = Annotated[list[str] | None, typer.Argument(help="Artifacts, as `list` names them.")]
Precision = Enum("Precision", {name: name for name in ("fp32", "fp16", "int8")})


def _chosen(names: list[str] | None, every: bool, known: list[str]) -> list[str]:
    if every and names:
        raise typer.BadParameter("give names or --all, not both")
    if not every and not names:
        raise typer.BadParameter("which? Give names, or --all")
    for name in names or ():
        _known(name, known)
    return known if every else names


def _known(name: str, known: list[str]) -> None:
    if name not in known:
        raise typer.BadParameter(f"there is no {name!r}; there are: {', '.join(known)}")


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False):
    """Every architecture and every artifact, built or not."""
    from exporter.architectures import ARCHITECTURES
    from exporter.artifacts import read_manifest
    from exporter.recipes import RECIPES
    from exporter.steps.served import STEPS

    built = {entry["model"]: entry["metadata"].get("metrics") for entry in read_manifest()}
    architectures = [
        {"name": a.name, "title": a.title, "year": a.year, "parameters": a.parameters, "built": a.name in built}
        for a in ARCHITECTURES.values()
    ]
    artifacts = [
        {"name": r.name, "title": r.title, "task": r.task, "architecture": r.architecture, "dataset": r.dataset.name,
         "built": r.name in built, "metrics": built.get(r.name)}
        for r in RECIPES.values()
    ]  # fmt: skip
    steps = [{"name": s.name, "title": s.title, "built": s.name in built} for s in STEPS.values()]
    if as_json:
        everything = {"architectures": architectures, "artifacts": artifacts, "steps": steps}
        typer.echo(json.dumps(everything, indent=1, ensure_ascii=False))
        return
    typer.echo("architectures (build stores their structure, export writes them with weights from a seed):")
    for a in architectures:
        typer.echo(f"  {a['name']:24} {a['year']}  {a['parameters']:>12,} parameters  {a['title']}")
    typer.echo("artifacts (build trains them and writes them into models/):")
    for a in artifacts:
        metrics = a["metrics"] or {}
        figure = metrics.get("accuracy", metrics.get("map50", ""))
        typer.echo(f"  {a['name']:24} {'built' if a['built'] else 'not built':10} {figure:<8} {a['title']}")
    typer.echo("training steps (build traces them with their gradients and writes their graphs into models/):")
    for s in steps:
        typer.echo(f"  {s['name']:24} {'built' if s['built'] else 'not built':19} {s['title']}")


@app.command()
def build(
    names: Names = None,
    every: Annotated[bool, typer.Option("--all", help="Build everything.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget earlier progress and train from nothing.")] = False,
):
    """Train, export, verify and write artifacts, with their manifest entries; of an architecture, its structure; steps.

    May be killed at any moment: started again, it goes on from the last epoch and ends the same. Progress is kept in
    `~/.cache/deep-learning-playground/checkpoints`; delete a file there, or give --fresh, to train from nothing.
    """
    from exporter.architectures import ARCHITECTURES
    from exporter.build import CHECKPOINTS
    from exporter.build import build as build_one
    from exporter.recipes import RECIPES
    from exporter.steps.served import STEPS

    for name in _chosen(names, every, [*ARCHITECTURES, *RECIPES, *STEPS]):
        if fresh:
            (CHECKPOINTS / f"{name}.pt").unlink(missing_ok=True)
        _reported(build_one, name, typer.echo)


@app.command()
def export(
    name: Annotated[str, typer.Argument(help="An architecture or a trained artifact, as `list` names them.")],
    out: Annotated[Path | None, typer.Argument(help="The file to write; NAME.onnx if not given.", dir_okay=False)] = None,
    side: Annotated[int | None, typer.Option("--input", min=1, max=4096, help="Side of the square images, in pixels.")] = None,
    classes: Annotated[int | None, typer.Option(min=1, max=1_000_000, help="How many classes; the paper's by default.")] = None,
    width: Annotated[float | None, typer.Option(min=0.01, max=8, help="How many times as many maps as in the paper.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, max=65536, help="Images in a batch; 1 by default.")] = None,
    dynamic: Annotated[bool, typer.Option("--dynamic", help="Any batch, and any sides where the net takes them.")] = False,
    precision: Annotated[
        Precision, typer.Option(help="Of weights and arithmetic; inputs and outputs keep their types.")
    ] = Precision.fp32,
    opset: Annotated[int, typer.Option(min=18, max=23, help="ONNX operator set.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Untrained weights are drawn from this seed.")] = 0,
):
    """Write a net as one full ONNX file, checked against torch: an untrained architecture, or a trained artifact."""
    from exporter.architectures import ARCHITECTURES
    from exporter.artifacts import read_manifest
    from exporter.build import export as export_one
    from exporter.steps.served import STEPS

    trained = [entry["model"] for entry in read_manifest() if entry["model"] not in {*ARCHITECTURES, *STEPS}]
    _known(name, [*ARCHITECTURES, *trained])
    if dynamic and batch:
        raise typer.BadParameter("give --batch or --dynamic, not both")
    out = out or Path(f"{name}.onnx")
    if not out.parent.is_dir():
        raise typer.BadParameter(f"the folder {out.parent} does not exist")
    work = partial(
        export_one, name, out, side=side, classes=classes, width=width, batch=batch or 1, dynamic=dynamic,
        precision=precision.value, opset=opset, seed=seed, say=lambda line: typer.echo(line, err=True),
    )  # fmt: skip
    difference = _reported(work)
    how_large = f"{difference:.2g}" if precision is Precision.fp32 else f"{difference:.2%} of the largest output"
    typer.echo(f"{out}: {out.stat().st_size:,} bytes, largest difference to torch {how_large}")


@app.command()
def verify(
    names: Names = None,
    every: Annotated[bool, typer.Option("--all", help="Verify all that is built.")] = False,
    real: Annotated[bool, typer.Option("--real", help="On pictures of the data set too: 200 for detectors.")] = False,
):
    """Compare artifacts with torch on the same inputs, in fp32, fp16 and int8; exits with 1 if fp32 differs."""
    from exporter.artifacts import read_manifest
    from exporter.build import reduced_difference
    from exporter.build import verify as verify_one
    from exporter.steps.served import STEPS

    for name in _chosen(names, every, [entry["model"] for entry in read_manifest()]):
        difference = _reported(partial(verify_one, name, real=real))
        if name in STEPS:
            typer.echo(f"{name}: largest difference to torch {difference:.2g} of the largest number")
            continue
        half, eight = (_reported(reduced_difference, name, precision) for precision in ("fp16", "int8"))
        typer.echo(
            f"{name}: largest difference to torch {difference:.2g}; fp16 {half:.2%}, int8 {eight:.2%} of the largest output"
        )


@app.command()
def evaluate(name: Annotated[str, typer.Argument(help="A trained artifact.")]):
    """Measure an artifact anew, on the split that its card names; prints the figures, as JSON."""
    from exporter.build import evaluate as evaluate_one

    typer.echo(json.dumps(_reported(evaluate_one, name), indent=1, ensure_ascii=False))


@app.command()
def card(name: Annotated[str, typer.Argument(help="A built artifact.")]):
    """Print an artifact's model card."""
    from exporter.artifacts import read_manifest
    from playground.card import card as card_of

    entries = {entry["model"]: entry for entry in read_manifest()}
    _known(name, list(entries))
    typer.echo(card_of(entries[name]))


def _reported(work, *arguments):
    """Do it; an error that a person can act on becomes one line and exit status 1."""
    from exporter.export import ExportError

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it names every torchvision operator that nobody uses
    warnings.filterwarnings("ignore", category=FutureWarning)  # torch's own, while tracing
    try:
        return work(*arguments)
    except (ExportError, FileNotFoundError, ValueError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    app(prog_name="python -m exporter")
