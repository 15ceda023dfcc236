"""From raw feature columns to the numbers a family reads: learned on the training people only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from predict.features.columns import SCALED, Column, Style
from predict.features.course_class import ROLE as COURSE_ROLE
from predict.files import to_json_value
from predict.models.raw_columns import ChoiceCodes, RawColumns, raw_columns, taken_apart

COURSE_CLASSES, COURSE_STARTS, PEOPLE_PER_CLASS = 3, 10, 40


@dataclass(frozen=True)
class NumberPlan:
    """How one number column is prepared: its middle and spread among the training people.

    Parameters
    ----------
    median, mean, spread : float
        Learned; `mean` and `spread` after filling the median in.
    flag : bool
        Whether a column says that the value was missing.
    """

    median: float
    mean: float
    spread: float
    flag: bool


@dataclass(frozen=True)
class ChoicePlan:
    """How one choice column is prepared: the levels seen in training and how often.

    Parameters
    ----------
    levels : tuple of str
        Sorted; each becomes a column of 0 and 1.
    shares : tuple of float
        Share of the training people at each level.
    """

    levels: tuple[str, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True)
class CoursePlan:
    """Classes of courses, learned from the training people's scores over round one.

    Parameters
    ----------
    columns : tuple of str
        Raw score columns, scale by scale, visit by visit; the last carries the prepared columns.
    visits : int
        Visits of a course.
    model : mapping
        The growth mixture as plain values (`predict.analysis.trajectories.CourseModel`).
    """

    columns: tuple[str, ...]
    visits: int
    model: Mapping[str, Any]

    @property
    def names(self) -> list[str]:
        """Names of the prepared columns: a probability for each class but the first."""
        return [f"course_class_{k}" for k in range(2, len(self.model["shares"]) + 1)]

    def probabilities(self, X: pd.DataFrame, style: Style) -> list[np.ndarray]:
        """Return class probabilities, around the training shares for the ``complete`` style."""
        from predict.models.growth_mixture import CourseModel

        model = CourseModel.from_dict(self.model)
        posterior = model.posterior(_course_scores(X, self.columns, self.visits))[:, 1:]
        return list((posterior if style == "raw" else posterior - model.shares[1:]).T)


@dataclass(frozen=True)
class Preparation:
    """The learned half of the features.

    ``raw`` keeps missing as missing and numbers as they are (for trees), ``complete`` fills the
    median in, flags what was missing, and centres and scales (for linear families); ``both`` puts
    the two side by side, the second's names ending in ``:scaled``; ``as_is`` changes nothing.

    Parameters
    ----------
    style : str
    numbers : mapping of str to NumberPlan
    choices : mapping of str to ChoicePlan
        Both by raw column name.
    order : tuple of str
        Raw columns, in the order in which they are prepared.
    courses : CoursePlan or None
        Classes of courses, when the block `course_class` is among the features.
    """

    style: Style
    numbers: Mapping[str, NumberPlan]
    choices: Mapping[str, ChoicePlan]
    order: tuple[str, ...]
    courses: CoursePlan | None = None

    @property
    def origin(self) -> tuple[str, ...]:
        """The raw column each prepared column came from."""
        return tuple(raw for raw in self.order for _ in self._names(raw, self.style))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the prepared columns."""
        return tuple(name for raw in self.order for name in self._names(raw, self.style))

    def _names(self, raw: str, style: Style) -> list[str]:
        if style == "both":
            scaled = [f"{name}{SCALED}" for name in self._names(raw, "complete")]
            return [*self._names(raw, "raw"), *scaled]
        if self.courses is not None and raw in self.courses.columns:
            return self.courses.names if raw == self.courses.columns[-1] else []
        if raw in self.choices:
            return [f"{raw}={level}" for level in self.choices[raw].levels]
        flagged = style == "complete" and self.numbers[raw].flag
        return [raw, f"{raw}:missing"] if flagged else [raw]

    def apply(self, X: pd.DataFrame | RawColumns) -> pd.DataFrame:
        """Return the prepared numbers, shape (people, prepared columns), float64.

        A level that was not seen in training is 0 in every level's column; reliance stops such a
        row. A missing choice is missing (raw) or the training shares (complete).
        """
        if self.style == "as_is":
            return (X.frame if isinstance(X, RawColumns) else X)[list(self.order)]
        raw = X if isinstance(X, RawColumns) else taken_apart(X[list(self.order)], self.choices)
        parts = [part for name in self.order for part in self._prepare(name, raw, self.style)]
        matrix = np.column_stack(parts) if parts else np.empty((len(raw), 0))
        return pd.DataFrame(matrix, index=raw.index, columns=list(self.names))

    def _prepare(self, name: str, X: RawColumns, style: Style) -> list[np.ndarray]:
        if style == "both":
            return [*self._prepare(name, X, "raw"), *self._prepare(name, X, "complete")]
        if self.courses is not None and name in self.courses.columns:
            last = name == self.courses.columns[-1]
            return self.courses.probabilities(X.frame, style) if last else []
        if name in self.choices:
            return _levels(X.choices[name], self.choices[name], style)
        number = X.numbers[name]
        return [number] if style == "raw" else _complete(number, self.numbers[name])

    def unseen(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return True where a choice has a level that training never saw, (people, choices)."""
        flags = {
            raw: X[raw].notna() & ~X[raw].isin(plan.levels) for raw, plan in self.choices.items()
        }
        return pd.DataFrame(flags, index=X.index)

    def to_dict(self) -> dict[str, Any]:
        """Return the preparation as plain values."""
        courses = {} if self.courses is None else {"courses": vars(self.courses)}
        return {
            "style": self.style,
            "order": list(self.order),
            "numbers": {name: vars(plan) for name, plan in self.numbers.items()},
            "choices": {
                name: {"levels": list(plan.levels), "shares": list(plan.shares)}
                for name, plan in self.choices.items()
            },
            **courses,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Preparation:
        """Return the preparation that `to_dict` described."""
        return cls(
            style=stored["style"],
            order=tuple(stored["order"]),
            numbers={name: NumberPlan(**plan) for name, plan in stored["numbers"].items()},
            choices={
                name: ChoicePlan(tuple(plan["levels"]), tuple(plan["shares"]))
                for name, plan in stored["choices"].items()
            },
            courses=_stored_courses(stored.get("courses")),
        )


def learn_preparation(
    X: pd.DataFrame | RawColumns, columns: Sequence[Column], *, style: Style
) -> Preparation:
    """Return what the training people teach about each column.

    Parameters
    ----------
    X : DataFrame or RawColumns, shape (people, columns)
        Raw features of the training people only.
    columns : sequence of Column
        Facts of the columns to prepare, in order.
    style : str
        ``raw``, ``complete``, ``both`` or ``as_is``.
    """
    if style == "as_is":
        return Preparation(style, {}, {}, tuple(column.name for column in columns))
    plain = [c for c in columns if c.kind == "number" and c.role != COURSE_ROLE]
    order = tuple(column.name for column in columns)
    raw = X if isinstance(X, RawColumns) else raw_columns(X, columns)
    numbers = {c.name: _number_plan(raw.numbers[c.name]) for c in plain}
    return Preparation(style, numbers, _choice_plans(raw), order, _course_plan(raw, columns))


def learn_again(shipped: Preparation, X: RawColumns, columns: Sequence[Column]) -> Preparation:
    """Return what other people teach, as far as the shipped preparation's style reads it."""
    if shipped.style != "raw":
        return learn_preparation(X, columns, style=shipped.style)
    return replace(shipped, choices=_choice_plans(X), courses=_course_plan(X, columns))


def _choice_plans(raw: RawColumns) -> dict[str, ChoicePlan]:
    shares = {name: chosen.shares() for name, chosen in raw.choices.items()}
    return {name: ChoicePlan(tuple(of), tuple(of.values())) for name, of in shares.items()}


def _course_plan(X: RawColumns, columns: Sequence[Column]) -> CoursePlan | None:
    """Learn classes of courses on these people: three, as published, and fewer when few people."""
    scores = [c for c in columns if c.role == COURSE_ROLE]
    if not scores:
        return None
    from predict.models.growth_mixture import MixtureSettings, course_model
    from predict.models.growth_mixture.mixture import ENOUGH

    names, visits = tuple(c.name for c in scores), len({c.visit for c in scores})
    values = _course_scores(X.frame, names, visits)
    people = int(np.isfinite(values).any((1, 2)).sum())
    classes = max(1, min(COURSE_CLASSES, people // PEOPLE_PER_CLASS))
    model = course_model(
        values, MixtureSettings(classes=classes, starts=COURSE_STARTS, tolerance=ENOUGH)
    )
    # With the digits it will be stored with, so that a loaded model gives the same numbers.
    return CoursePlan(names, visits, to_json_value(model.to_dict()))


def _course_scores(X: pd.DataFrame, names: Sequence[str], visits: int) -> np.ndarray:
    """Return scores as people x scales x visits."""
    return X[list(names)].to_numpy("float64").reshape(len(X), -1, visits)


def _stored_courses(stored: Mapping[str, Any] | None) -> CoursePlan | None:
    if stored is None:
        return None
    return CoursePlan(tuple(stored["columns"]), int(stored["visits"]), stored["model"])


def _number_plan(number: np.ndarray) -> NumberPlan:
    missing = np.isnan(number)
    median = float(np.median(number[~missing])) if not missing.all() else 0.0
    filled = np.where(missing, median, number)
    spread = float(filled.std())
    return NumberPlan(
        median, float(filled.mean()), spread if spread > 0 else 1.0, bool(missing.any())
    )


def _complete(number: np.ndarray, plan: NumberPlan) -> list[np.ndarray]:
    missing = np.isnan(number)
    scaled = (np.where(missing, plan.median, number) - plan.mean) / plan.spread
    # Centred on its training share only loosely: the flag is rare and its zero is the usual case.
    return [scaled, missing.astype("float64")] if plan.flag else [scaled]


def _levels(chosen: ChoiceCodes, plan: ChoicePlan, style: Style) -> list[np.ndarray]:
    missing = chosen.codes < 0
    columns = []
    for level, share in zip(plan.levels, plan.shares, strict=True):
        at = chosen.at(level).astype("float64")
        absent = np.nan if style == "raw" else share
        column = np.where(missing, absent, at)
        columns.append(column if style == "raw" else column - share)
    return columns
