"""What a clinic writes once: where each answer stands in its table, and when it was known."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from predict.definitions.study.building import study_from
from predict.definitions.study.keys import EXPERIMENT_ALONE, STUDY_ALONE
from predict.definitions.study.study import (
    FORMAT_TABLES,
    ROW,
    Coding,
    Dates,
    Dialect,
    Gate,
    MeasureColumns,
    PersonColumn,
    Reads,
    Round,
    RoundName,
    Study,
    Treatment,
)
from predict.errors import StudyError

__all__ = [
    "FORMAT_TABLES",
    "ROW",
    "Coding",
    "Dates",
    "Dialect",
    "Gate",
    "MeasureColumns",
    "PersonColumn",
    "Reads",
    "Round",
    "RoundName",
    "Study",
    "Treatment",
    "read_study",
]


def read_study(source: Path | str | Mapping[str, Any]) -> Study:
    """Return a study from its TOML file or a mapping, after checking all of it.

    Parameters
    ----------
    source : path or mapping
        A study file, or what one holds; its keys stand in docs/study.md.

    Returns
    -------
    Study
        What the columns of a table mean.

    Raises
    ------
    StudyError
        With every fault at once, each with its remedy.

    See Also
    --------
    predict.read_cohort : Reads a table under it.

    Examples
    --------
    >>> study = read_study({
    ...     "id": "person", "layout": "wide", "visits": ["baseline", "end"],
    ...     "rounds": {"one": {"start": "baseline", "end": "end"}},
    ...     "instruments": {"phq9": {"total": "phq9_{visit}"}},
    ... })
    >>> study.visits
    ('baseline', 'end')
    """
    return study_from(_load(source))


def _with_own(spec: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """The mapping with the instruments defined in files beside the study taken in.

    So the study is whole: a model that carries it scores wherever it is installed.
    """
    stated = spec.get("instruments", {})
    if not isinstance(stated, Mapping):
        return spec
    entries = dict(stated)
    for name, entry in stated.items():
        path = folder / "instruments" / f"{name}.toml"
        if isinstance(entry, Mapping) and "define" not in entry and path.is_file():
            entries[name] = {**entry, "define": _toml(path, f"instruments/{path.name}")}
    return {**spec, "instruments": entries}


def _load(source: Path | str | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(source, Mapping):
        return source
    path = Path(source)
    spec = _toml(path, path.name)
    if EXPERIMENT_ALONE & set(spec) and not STUDY_ALONE & set(spec):
        message = (
            f"{path.name} is an experiment, and a study is wanted here: give the study that it"
        )
        message = f'{message} names, study = "...".'
        raise StudyError(message, code="STUDY_IS_EXPERIMENT")
    return _with_own(spec, path.parent)


def _toml(path: Path, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"There is no study file {name}, or it may not be read. Write one as"
        message = f"{message} docs/study.md shows."
        raise StudyError(message, code="STUDY_NOT_FOUND") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{name} is not valid TOML: {error}. Correct the line it names."
        raise StudyError(message, code="STUDY_NOT_TOML") from error
