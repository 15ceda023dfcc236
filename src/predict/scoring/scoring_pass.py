"""The one way in which rows meet a model: chunks -> rows and table profile -> gate -> sink.

`score` (a file, a stream, a folder, a frame), `explain`, `validate`, `report`, a run, the model
that MLflow serves and the parts on Dask are doors into the same pass. They differ by their sink,
what they make of the rows, and by `ACTIONS`, what they do where the table as a whole forbids an
estimate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from predict.cohort import Cohort, StudyLike, as_cohort
from predict.cohort.cells import whole_problems, whole_warnings
from predict.definitions.wording import load_catalogue
from predict.errors import Problem, TableError
from predict.models.reliance import Finding, Reason, Reasons
from predict.models.response_model import ResponseModel
from predict.scoring.table_profile import Signs, direction_signs, judge_signs, signs_of

Door = Literal["score", "explain", "validate", "report", "run"]
Action = Literal["stop", "lead", "withhold"]
Table = Cohort | pd.DataFrame | Path | str

# What each door does with a code about the whole table; a code that is not listed here is told and
# changes nothing. MLflow's model, Dask's parts and Spark's batches go through the door `score`.
# stop: a TableError (exit 4). lead: the code stands before the result, since its own remedy sends
# people to this door. withhold: everybody is listed and nobody has an estimate.
ACTIONS: Mapping[str, Mapping[Door, Action]] = {
    "DISTRIBUTION_OTHER": {
        "score": "stop",
        "explain": "stop",
        "validate": "lead",
        "report": "withhold",
        "run": "withhold",
    },
}


MOST_TOLD = 3  # messages of one code
_COUNT = re.compile(r"\d+(?= )")  # how many, at the beginning of a message
_CAUSES = ("CODING_REVERSED", "ITEMS_OTHER", "CORRELATION_LOST")


@dataclass(frozen=True, repr=False)
class ModelRows:
    """The valid people of a chunk as a model sees them, and their share of the table's profile.

    Parameters
    ----------
    model : ResponseModel
    cohort : Cohort
        What was read, refused rows included.
    X : DataFrame, shape (people, columns)
        The model's raw features.
    signs : mapping of str to float
        Counts that add up over the chunks of a table.
    found : sequence of Finding
        What speaks against an estimate before there is one.
    """

    model: ResponseModel
    cohort: Cohort
    X: pd.DataFrame
    signs: Signs
    found: Sequence[Finding]

    def __repr__(self) -> str:
        return f"ModelRows({self.model.name}: {self.cohort!r})"


@dataclass(frozen=True)
class TableJudgement:
    """What the table as a whole says of estimates made from it.

    Parameters
    ----------
    action : {"stop", "lead", "withhold"} or None
        What the door does; None where nothing forbids estimates.
    problems : tuple of Problem
        Of level ``file`` what forbids them, of level ``warning`` what is told only.
    """

    action: Action | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def against(self) -> tuple[Problem, ...]:
        """The problems that forbid estimates."""
        return tuple(problem for problem in self.problems if problem.code in ACTIONS)

    @property
    def withheld(self) -> Reasons:
        """The reason that every row carries, where the door withholds."""
        return (Reason(self.against[0].code),) if self.action == "withhold" else ()

    def error(self) -> TableError:
        """Return what a door that stops raises, and what one that withholds ends with."""
        # Answers turned round, or in other columns, drift too; that is what then needs mending.
        turned = [problem for problem in self.problems if problem.code in _CAUSES]
        problems = [*turned, *self.against]
        code = self.against[0].code
        sentence = load_catalogue().text(f"reason.{code}", {})
        return TableError(sentence, code=code, problems=problems)


@dataclass(frozen=True)
class PassedTable:
    """A table that went through the gate: its rows, and what the gate said of them."""

    rows: ModelRows
    judgement: TableJudgement

    @property
    def warnings(self) -> dict[str, str]:
        """What was told when the table was read and when it was judged: messages by code."""
        problems = self.rows.cohort.problems
        read = [
            Problem(str(problem.code), str(problem.message), level="warning")
            for problem in problems[problems["level"] == "warning"].itertuples()
        ]
        return messages_by_code([*read, *self.judgement.problems])


@dataclass(frozen=True)
class ScoringPass:
    """A model and the door through which rows come to it.

    Parameters
    ----------
    model : ResponseModel
        Trained or loaded.
    door : {"score", "explain", "validate", "report", "run"}

    Examples
    --------
    >>> passed = ScoringPass(model, "score").table("people.csv")  # doctest: +SKIP
    >>> passed.rows.X.shape, passed.judgement.action  # doctest: +SKIP
    ((60, 21), None)
    """

    model: ResponseModel
    door: Door = "score"

    def rows(self, chunk: Cohort) -> ModelRows:
        """Return the people of a chunk, or of a whole table, as the model sees them."""
        X = self.model.features(chunk)
        found = self.model.findings(X, chunk)
        directions = direction_signs(chunk, as_of=self.model.as_of)
        return ModelRows(self.model, chunk, X, signs_of(self.model, X, found) | directions, found)

    def gate(self, signs: Signs, coding: Mapping[str, int] | None = None) -> TableJudgement:
        """Judge the table as a whole from what its chunks add up to.

        Parameters
        ----------
        signs : mapping of str to float
            `ModelRows.signs`, added up over the chunks.
        coding : mapping of str to int, optional
            `Answers.facts` of the chunks, added up; a table read in one piece was judged by them
            when it was read.

        Raises
        ------
        TableError
            Where the coding contradicts the study, at every door; where `ACTIONS` says ``stop``.
        """
        refuse_coding(self.model, coding or {})
        doubts = whole_warnings(self.model.study, coding or {})
        problems = (*doubts, *judge_signs(self.model, signs))
        actions = [ACTIONS[p.code][self.door] for p in problems if p.code in ACTIONS]
        judgement = TableJudgement(actions[0] if actions else None, problems)
        if judgement.action == "stop":
            raise judgement.error()
        return judgement

    def table(
        self, table: Table, *, as_of: str | None = None, study: StudyLike | None = None
    ) -> PassedTable:
        """Return the rows of a table that is read in one piece, through the gate.

        Parameters
        ----------
        table : Cohort, DataFrame or path
            What is no cohort yet is read under the model's study.
        as_of : str, optional
            The last visit that is read; every visit where none is given.
        study : Study, path or mapping, optional
            How the table is written, where the model's own study does not say.
        """
        rows = self.rows(as_cohort(table, study or self.model.study, as_of=as_of))
        return PassedTable(rows, self.gate(rows.signs))


def refuse_coding(model: ResponseModel, coding: Mapping[str, int]) -> None:
    """Stop where the answers of a whole table contradict how its study says they are coded."""
    problems = whole_problems(model.study, coding)
    if problems:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        raise TableError(f"The table has {count}.", code="TABLE", problems=problems)


def messages_by_code(problems: Sequence[Problem]) -> dict[str, str]:
    """Return each code once, with its first few messages.

    >>> messages_by_code([Problem("A", "One."), Problem("A", "Two."), Problem("A", "One.")])
    {'A': 'One. Two.'}
    """
    messages: dict[str, list[str]] = {}
    for problem in problems:
        messages.setdefault(problem.code, []).append(problem.message)
    return {code: _together(list(dict.fromkeys(each))) for code, each in messages.items()}


def _together(messages: Sequence[str]) -> str:
    more = f" And {len(messages) - MOST_TOLD} more." if len(messages) > MOST_TOLD else ""
    return " ".join(messages[:MOST_TOLD]) + more


def of_all_parts(parts: Sequence[Mapping[str, Sequence[str]]]) -> Iterator[Problem]:
    """Yield what the parts of a table told, each message once.

    Counts at the beginning of messages that are otherwise alike add up; of several parts it is said
    how many told it.

    Examples
    --------
    >>> one, other = {"A": ["2 ids are odd."]}, {"A": ["3 ids are odd."], "B": ["Nobody answered."]}
    >>> [problem.message for problem in of_all_parts([one])]
    ['2 ids are odd.']
    >>> [problem.message for problem in of_all_parts([one, other])]
    ['5 ids are odd. (in 2 parts)', 'Nobody answered. (in 1 part)']
    """
    found: dict[tuple[str, str], list[int]] = {}
    for part in parts:
        for code, messages in part.items():
            for message in messages:
                number = _COUNT.match(message)
                count = number[0] if number else ""
                alike = (code, message.removeprefix(count))
                found.setdefault(alike, []).append(int(count or -1))
    for (code, rest), counts in sorted(found.items(), key=lambda one: one[0][0]):
        total = str(sum(counts)) if counts[0] >= 0 else ""
        several = f" (in {len(counts)} part{'s' * (len(counts) > 1)})" if len(parts) > 1 else ""
        yield Problem(code, f"{total}{rest}{several}", level="warning")
