"""Bars for work that takes a while, with an estimate of the time left. The one door to rich's bars.

They stand on standard error, in a terminal or a notebook, and are silent elsewhere, such as in a
log; ``PREDICT_PROGRESS=off`` or `progress=False` silences them everywhere. What is said in words is
no progress: only the setting silences it.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Tick = Callable[[int, int], None]
SETTING = "PREDICT_PROGRESS"


@contextmanager
def bar(what: str, progress: Tick | bool | None = None) -> Iterator[Tick]:
    """Yield a function to be told (done, all) after each piece of work.

    Parameters
    ----------
    what : str
        What is being done, such as ``Judging``.
    progress : callable, bool or None
        A function of one's own; False for silence, True for a bar in any case; None for a bar where
        somebody can see it.

    Examples
    --------
    >>> with bar("Counting", progress=False) as tick:
    ...     tick(1, 2)
    """
    if callable(progress):
        yield progress
    elif progress is False or (progress is None and not is_watched()):
        yield lambda done, whole: None
    else:
        with _drawn(what) as tick:
            yield tick


def speaker() -> Callable[[str], None]:
    """Return what says a sentence on standard error, in a log too, unless the setting is off."""
    if _is_silenced():
        return lambda sentence: None
    return _to_standard_error


def _to_standard_error(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


def _is_silenced() -> bool:
    return os.environ.get(SETTING, "").lower() in {"off", "0", "false", "no"}


def is_watched() -> bool:
    """Return whether a person is likely to see a bar: a terminal or a notebook, and no silence."""
    if _is_silenced():
        return False
    return sys.stderr.isatty() or "ipykernel" in sys.modules


@contextmanager
def _drawn(what: str) -> Iterator[Tick]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns: list[Any] = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()]
    columns += [TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn()]
    console = None if "ipykernel" in sys.modules else Console(stderr=True)
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task(what, total=None)

        def tick(done: int, whole: int) -> None:
            shown.update(task, completed=done, total=whole)

        yield tick


@contextmanager
def unasked_bars() -> Iterator[None]:
    """Let libraries be imported without tqdm's advice on bars that nobody asked them for."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="IProgress not found")
        yield
