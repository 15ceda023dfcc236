"""Many experiments at once: each is a part that an engine hands to a process or a cluster."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd

from predict.engines import Done, Engine, LocalEngine
from predict.errors import PredictError, UsageError
from predict.files import read_json
from predict.pipeline.replaced import FINISHED
from predict.pipeline.run import run

COLUMNS = ["experiment", "state", "people", "events", "sentence", "error"]


@dataclass(frozen=True)
class _Task:
    """Where an experiment is read and its run written: no row crosses a scheduler."""

    experiment: str
    table: str
    folder: str


def run_all(
    experiments: Sequence[Path | str],
    table: Path | str,
    out: Path | str,
    *,
    engine: Engine | None = None,
) -> pd.DataFrame:
    """Run experiments side by side, each into the folder of its own name.

    Each judges, learns, refits and scores in one thread of one process, and its files are the same
    on any engine (pages have names drawn at random). A folder appears when it is whole, and whole
    folders are left as they are: after a crash the same call does what is left. MLflow is told
    nothing.

    Parameters
    ----------
    experiments : sequence of path
        TOML files with names of their own; on a cluster every worker reads them, the study beside
        them and the table under the same paths.
    table : path
        Patients as the experiments' studies describe them.
    out : path
        Folder of the runs' folders.
    engine : Engine, optional
        ``LocalEngine(workers)`` or ``DaskEngine(address, workers)``; this process where none is
        given.

    Returns
    -------
    DataFrame
        A row an experiment, in their order: ``experiment``, ``state`` (``done``, ``earlier`` or
        ``failed``), ``people`` and ``events`` learned from, ``sentence`` of the verdict, and
        ``error``: the code or kind of what stopped it.

    Raises
    ------
    UsageError
        When two experiments have one name.
    """
    tasks = _tasks(experiments, Path(table), Path(out))
    before = {task for task in tasks if (Path(task.folder) / FINISHED).exists()}
    left = [task for task in tasks if task not in before]
    errors: dict[_Task, str] = {}
    for done in (engine or LocalEngine()).run(_run_one, left):
        errors[left[done.number]] = _named(done)
    rows = [_row(task, task in before, errors.get(task, "")) for task in tasks]
    return pd.DataFrame(rows, columns=COLUMNS)


def _tasks(experiments: Sequence[Path | str], table: Path, out: Path) -> list[_Task]:
    paths = [Path(path).resolve() for path in experiments]
    names = [path.stem for path in paths]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"Two experiments are called {', '.join(twice)}. Rename one of each.")
    out.mkdir(parents=True, exist_ok=True)
    place = out.resolve()
    return [_Task(str(path), str(table.resolve()), str(place / path.stem)) for path in paths]


def _run_one(task: _Task) -> None:
    """Run one experiment beside its place, and move it there when it is whole."""
    target = Path(task.folder)
    workshop = Path(mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        folder = workshop / target.name
        run(task.experiment, task.table, folder, track=False)
        # What a run that was cut short, or another worker, left behind makes way.
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _named(done: Done[None]) -> str:
    """Return what stopped a run, without a word of the table; nothing where it is done."""
    if done.error is None:
        return ""
    code = done.error.code if isinstance(done.error, PredictError) else ""
    return code or type(done.error).__name__


def _row(task: _Task, earlier: bool, error: str) -> tuple[object, ...]:
    name, folder = Path(task.experiment).stem, Path(task.folder)
    if error:
        return name, "failed", 0, 0, "", error
    counts = read_json((folder / FINISHED).read_bytes())["counts"]
    verdict = read_json((folder / "verdict.json").read_bytes())
    state = "earlier" if earlier else "done"
    return name, state, counts["trained_on"], counts["events"], verdict["sentence"], ""
