"""Every error of the package, drawn as a tree.

PredictError                 1  the program's own fault, or a base to catch them all
 ├─ UsageError               2  the call's words are off
 ├─ TooManyRejected          3  more rows refused than the caller allows
 ├─ FitError                 4  something given does not fit
 │   ├─ StudyError              the study file
 │   ├─ ExperimentError         the experiment file
 │   ├─ TableError              the patient table
 │   └─ DesignError             the question: a leak, too few people
 ├─ ModelError               5  a model folder that cannot be trusted
 ├─ OutputError              6  output that could not be written
 └─ OutputLocked            75  another run holds the output

The number is the exit status of the command line. A message says what was expected, what came and
what to do; it never holds a patient's answer or id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from numbers import Integral
from typing import ClassVar


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input.

    Parameters
    ----------
    code : str
        Stable upper-case word, such as ``ITEM_OUT_OF_RANGE``.
    message : str
        Expected, got, do this; without any patient's value.
    row : int or None
        Row of the table, counted from 1 without the header.
    column : str
        Column of the table, or the key of a settings file.
    level : str
        ``file`` stops everything, ``row`` refuses that row, ``warning`` is told only, ``note`` is
        told for the record.
    """

    code: str
    message: str
    row: int | None = None
    column: str = ""
    level: str = "file"

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class PredictError(Exception):
    """Base of the package's errors.

    Parameters
    ----------
    message : str
        What was expected, what came, what to do.
    code : str
        Stable code, empty where the class says enough.
    problems : sequence of Problem
        All problems found, when several were collected before stopping.

    See Also
    --------
    predict.read_cohort : Collects every fault of a table before it stops.

    Examples
    --------
    >>> raise TableError("Column 'age' is missing.", code="COLUMN_MISSING")
    Traceback (most recent call last):
    predict.errors.TableError: COLUMN_MISSING: Column 'age' is missing.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, code: str = "", problems: Sequence[Problem] = ()) -> None:
        self.code = code
        self.problems = tuple(problems)
        lines = [f"{code}: {message}" if code else message, *(f"  {p}" for p in self.problems)]
        super().__init__("\n".join(lines))


class UsageError(PredictError):
    """The call's words are off."""

    exit_code = 2


class TooManyRejected(PredictError):
    """More rows were refused than the caller allows."""

    exit_code = 3


class FitError(PredictError):
    """Something given does not fit: study, experiment, table or question."""

    exit_code = 4


class StudyError(FitError):
    """A study file is not valid."""


class ExperimentError(FitError):
    """An experiment file is not valid."""


class TableError(FitError):
    """A patient table cannot be read under its study."""


class DesignError(FitError):
    """The question must not be asked this way: a leak, or too few people."""


class ModelError(PredictError):
    """A model folder cannot be trusted."""

    exit_code = 5


class OutputError(PredictError):
    """Output could not be written, or was begun with other settings."""

    exit_code = 6


class OutputLocked(PredictError):
    """Another run holds the output."""

    exit_code = 75


# What `predict list` can list, by what one entry is called.
LISTED = {
    "block": "blocks",
    "check": "checks",
    "family": "families",
    "format": "formats",
    "instrument": "instruments",
    "language": "languages",
    "outcome": "outcomes",
    "programme": "programmes",
    "section": "sections",
}
MOST_NAMED = 12


def wrong_noun(expected: str, got: object, remedy: str) -> UsageError:
    """Return the error for a value of another kind: what was expected, what came, what to do.

    Only the kind of what came is named, never what it holds.

    Examples
    --------
    >>> print(wrong_noun("a training set", [1, 2], "Use predict.assemble(cohort, outcome)."))
    NOUN_WRONG: Expected a training set, got a list. Use predict.assemble(cohort, outcome).
    """
    name = got.__name__ if isinstance(got, type) else type(got).__name__
    kind = f"the class {name} itself" if isinstance(got, type) else _with_article(name)
    return UsageError(f"Expected {expected}, got {kind}. {remedy}", code="NOUN_WRONG")


def _with_article(name: str) -> str:
    if name == "NoneType":
        return "nothing (None)"
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the closest known name, or nothing.

    Examples
    --------
    >>> did_you_mean("phq_response", ["phq9_response", "gad7_response"])
    " Did you mean 'phq9_response'?"
    """
    near = get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f" Did you mean '{near[0]}'?" if near else ""


def unknown_name(kind: str, name: str, choices: Iterable[str], besides: Iterable[str] = ()) -> str:
    """Return the sentence for a name that is in no list, and where to find the right one.

    Parameters
    ----------
    choices : iterable of str
        Of a kind that `predict list` lists: what it lists.
    besides : iterable of str
        What may be named too, though `predict list` does not list it.

    Examples
    --------
    >>> unknown_name("outcome", "phq9_respons", ["phq9_response"])
    "No outcome named 'phq9_respons'. Did you mean 'phq9_response'?
    `predict list outcomes` shows all 1."
    >>> unknown_name("calibration", "plat", ["none", "platt"])
    "No calibration named 'plat'. Did you mean 'platt'? Known: none, platt."
    >>> unknown_name("family", "bst", ["linear", "prior"], besides=["best"])
    "No family named 'bst'. Did you mean 'best'?
    `predict list families` shows all 2; also known: best."
    """
    listed, further = set(choices), sorted(besides)
    names = sorted({*listed, *further})
    if kind in LISTED:
        also = f"; also known: {', '.join(further)}" if further else ""
        where = f"`predict list {LISTED[kind]}` shows all {len(listed)}{also}."
    else:
        where = f"Known: {first_of(names, MOST_NAMED) or 'none'}."
    return f"No {kind} named '{name}'.{did_you_mean(name, names)} {where}"


def first_of(names: Sequence[str], most: int) -> str:
    """Return the first names for a sentence, and how many more there are.

    Examples
    --------
    >>> first_of(["age", "sex", "site"], 2)
    'age, sex and 1 more'
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def whole_number_fault(name: str, value: object, low: int, high: int | None = None) -> str:
    """Return what is wrong with a setting that should be a whole number, or nothing.

    Examples
    --------
    >>> whole_number_fault("inner", 1, 2)
    'inner = 1; give a whole number, 2 or more.'
    >>> whole_number_fault("inner", 3, 2)
    ''
    """
    if isinstance(value, Integral) and not isinstance(value, bool):
        number = int(value)
        if low <= number and (high is None or number <= high):
            return ""
    wanted = f"{low} or more" if high is None else f"{low} to {high}"
    return f"{name} = {value!r}; give a whole number, {wanted}."
