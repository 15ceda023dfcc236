"""`predict demo`: the main job, whole, on a table that needs nothing from you."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from predict.cli.options import Language, Quiet, Threads, one_blas_thread, teller

if TYPE_CHECKING:
    from predict.pipeline import Run
    from predict.simulation.examples import Example


def demo(
    out: Annotated[Path, typer.Option(help="Folder to write.")] = Path("runs/demo"),
    people: Annotated[int, typer.Option(help="Simulated people.", min=200)] = 2000,
    seed: Annotated[int, typer.Option(help="Same seed, same numbers.")] = 1,
    real: Annotated[
        bool, typer.Option("--real", help="A real trial instead (extra 'realdata').")
    ] = False,
    no_track: Annotated[bool, typer.Option("--no-track", help="Leave MLflow out.")] = False,
    language: Language = "en",
    threads: Threads = 2,
    quiet: Quiet = False,
) -> None:
    """Check, train rounds one and two, evaluate, score, explain, report and track."""
    one_blas_thread()
    from predict.pipeline import run as run_line
    from predict.simulation.examples import demo as simulated
    from predict.simulation.examples import write_example

    say = teller(quiet)
    inputs = out / "input"
    example = write_example("help", inputs) if real else simulated(inputs, people=people, seed=seed)
    say(_welcome(example, real=real))
    runs = []
    for name, experiment in zip(("round_one", "round_two"), example.experiments, strict=True):
        say(f"\n{name.replace('_', ' ').capitalize()}")
        runs.append(
            run_line(
                experiment,
                example.table,
                out / name,
                track=not no_track,
                threads=threads,
                language=language,
                say=lambda sentence: say(f"  {sentence}"),
            )
        )
    print(_farewell(example, runs, tracked=not no_track))


def _welcome(example: Example, *, real: bool) -> str:
    if real:
        return f"HELP, a real randomised trial of 470 people: {example.table}"
    return f"A simulated programme (no real patient): {example.table}"


def _farewell(example: Example, runs: list[Run], *, tracked: bool) -> str:
    inputs = [example.table, example.study, *example.experiments]
    lines = ["", "Inputs", *(f"  {path}" for path in inputs)]
    if example.truth:
        lines.append(f"  {example.truth}  (true probabilities, which no model sees)")
    for done in runs:
        lines += ["", f"{done.folder.name.replace('_', ' ').capitalize()}: {done.sentence}"]
        lines += [done.notice] if done.notice else []
        lines += [f"  {path}" for path in _made(done.folder)]
    first = runs[0].folder / "report"
    lines += ["", f"Open {first / 'index.html'} (worklist) and {first / 'model.html'} (the model)."]
    if tracked:
        lines.append("MLflow: mlflow.db and mlruns/ in this folder, one experiment a round.")
    return "\n".join(lines)


def _made(folder: Path) -> list[str]:
    """Return every file of a run, patient pages as one line with their number."""
    pages = folder / "report" / "patients"
    files = sorted(p for p in folder.rglob("*") if p.is_file() and pages not in p.parents)
    named = [str(path) for path in files if not path.name.startswith(".")]
    count = sum(1 for path in pages.rglob("*.html")) if pages.exists() else 0
    return [*named, f"{pages}/  ({count} patient pages)"]
