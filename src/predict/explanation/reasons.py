"""Reasons: how each answer moved a person's estimate from the model's starting estimate.

One definition everywhere: path-dependent contributions on the calibrated log-odds; points out of
100 are each column's proportional share of the move from the starting estimate. They are patterns
in past data, never causes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from predict.drawing.card import card, grid
from predict.drawing.progress import unasked_bars
from predict.errors import DesignError, PredictError, UsageError, unknown_name, wrong_noun
from predict.explanation.dependence import dependence
from predict.explanation.plots import ONE, plot
from predict.features.columns import Column
from predict.models.calibration import probability, secant
from predict.models.reliance import NO_BETTER
from predict.models.response_model import FittedRecipe, ResponseModel

TOLERANCE = 1e-4
SHOWN = 6  # leading columns in a notebook


@dataclass(frozen=True)
class Explanation:
    """Contributions of people, with what is needed to say them in words.

    Parameters
    ----------
    contributions : DataFrame, shape (people, columns)
        Shares of the calibrated log-odds; above 0 raised the estimate.
    start : float
        The model's starting estimate, log-odds.
    log_odds : Series, shape (people,)
        Calibrated log-odds: start plus the row's contributions.
    values : DataFrame, shape (people, columns)
        The raw values explained.
    columns : tuple of Column
        Facts of the columns.
    warnings : mapping of str to str
        What was told of the table, messages by code.
    marginal : Explanation, optional
        The same estimates with reasons against everybody the model learned from, where its recipe
        asked for them.
    named_under : mapping of str to str, optional
        Each column that may be named, and the column under whose name its points count:
        `ResponseModel.named_under`. Every column by its own where none is given.
    """

    contributions: pd.DataFrame
    start: float
    log_odds: pd.Series
    values: pd.DataFrame
    columns: tuple[Column, ...]
    warnings: Mapping[str, str] = field(default_factory=dict)
    marginal: Explanation | None = None
    named_under: Mapping[str, str] | None = None

    @property
    def probability(self) -> pd.Series:
        """Estimates, 0 to 1."""
        return pd.Series(probability(self.log_odds.to_numpy()), index=self.log_odds.index)

    def points(self) -> pd.DataFrame:
        """Return each column's points out of 100, shape (people, columns).

        A row's points add up to 100 times (estimate minus starting estimate).
        """
        scale = 100 * secant(self.log_odds.to_numpy(), self.start)
        return self.contributions.mul(scale, axis=0)

    def printed(self) -> pd.DataFrame:
        """Return whole points that add up exactly, with columns `start` and `end` around them.

        Start and end are whole patients in 100; rounding is by largest remainder, so the printed
        integers of a row always satisfy start + points = end.
        """
        start = whole(100 * probability(np.array([self.start])))[0]
        ends = whole(100 * self.probability.to_numpy())
        points = largest_remainder(self.points().to_numpy(), ends - start)
        frame = pd.DataFrame(points, index=self.values.index, columns=self.contributions.columns)
        frame.insert(0, "start", start)
        frame["end"] = ends
        return frame

    def person(self, person: str, *, most: int = 6, hidden: Collection[str] = ()) -> pd.DataFrame:
        """Return one person's ledger in whole points out of 100; it adds up exactly.

        Columns that are not told apart from chance count among the other answers, and items that
        share credit with their total may count under it.

        Parameters
        ----------
        person : str
            The person's id.
        most : int
            Steps to name, the largest first; none of less than one point is named.
        hidden : collection of str
            Further columns to count among the other answers.

        Returns
        -------
        DataFrame
            Rows ``start``, the steps that lowered and those that raised the estimate, ``other
            answers`` and ``end``; columns ``step``, ``label``, ``answer``, ``points``.
        """
        row = self._row(person)
        steps = self._named(row.drop(["start", "end"])).drop([*hidden], errors="ignore")
        named = steps[steps != 0].sort_values(key=lambda points: -points.abs(), kind="stable")
        named = named.head(most).sort_values(kind="stable")
        labels = {column.name: column.label for column in self.columns}
        rest = int(row["end"] - row["start"] - named.sum())
        answers = self.values.loc[person]
        lines = [("start", "starting estimate", None, int(row["start"]))]
        lines += [(name, labels[name], answers[name], int(named[name])) for name in named.index]
        lines += [("other answers", f"{len(labels) - len(named)} other answers", None, rest)]
        lines += [("end", "this person's estimate", None, int(row["end"]))]
        return pd.DataFrame(lines, columns=["step", "label", "answer", "points"])

    def _named(self, steps: pd.Series) -> pd.Series:
        """One person's points by the columns they are named under."""
        if self.named_under is None:
            return steps
        under = [self.named_under.get(str(name)) for name in steps.index]
        named: pd.Series = steps.groupby(under, sort=False).sum()
        return named

    def _row(self, person: str) -> pd.Series:
        """One person's whole points, without rounding everybody's."""
        self._require(person)
        alone = replace(
            self,
            contributions=self.contributions.loc[[person]],
            log_odds=self.log_odds.loc[[person]],
            values=self.values.loc[[person]],
        )
        return alone.printed().iloc[0]

    def _require(self, person: str) -> None:
        if not isinstance(person, str):
            raise wrong_noun(
                "a person's id as text", person, 'Ids are text: give it as "12", not 12.'
            )
        if person not in self.values.index:
            raise UsageError("Nobody of that id was explained. `.values.index` lists who was.")

    def by_domain(self) -> pd.DataFrame:
        """Return contributions summed by symptom domain, shape (people, domains)."""
        domains = [column.domain or "other" for column in self.columns]
        return self.contributions.T.groupby(domains).sum().T

    def grouped(self, groups: Mapping[str, Sequence[str]]) -> pd.DataFrame:
        """Return contributions summed by your own groups of columns, shape (people, groups)."""
        return pd.DataFrame(
            {
                name: self.contributions[list(members)].sum(axis=1)
                for name, members in groups.items()
            }
        )

    def overall(self) -> pd.DataFrame:
        """Return one row a column: mean absolute points, direction, share of people moved.

        ``direction`` is the rank correlation of value and contribution for numbers: above 0 means
        that higher values went along with higher estimates.
        """
        points = self.points()
        rows = [self._overall_row(column, points[column.name]) for column in self.columns]
        table = pd.DataFrame(rows)
        return table.sort_values("mean_points", ascending=False, ignore_index=True)

    def _overall_row(self, column: Column, points: pd.Series) -> dict[str, Any]:
        # Who has no estimate has no points, and is no part of any share.
        points = points.dropna()
        return {
            "column": column.name,
            "label": column.label,
            "domain": column.domain,
            "mean_points": float(points.abs().mean()),
            "direction": _direction(self.values.loc[points.index, column.name], points),
            "moved": float((points.abs() >= 0.5).mean()),
        }

    def dependence(self, column: str) -> pd.DataFrame:
        """Return the mean points of each answer to one column, with the people behind it.

        See `predict.explanation.dependence.dependence`.
        """
        facts = {one.name: one for one in self.columns}
        if column not in facts:
            raise UsageError(unknown_name("column", column, facts))
        return dependence(self.values[column], self.points()[column], facts[column])

    def plot(
        self,
        kind: str | None = None,
        *,
        person: str | None = None,
        ax: Any = None,
        **choices: Any,
    ) -> Any:
        """Draw one picture of the reasons, and return matplotlib's axes.

        Parameters
        ----------
        kind : str, optional
            ``drivers`` (everybody together, where nobody is named), ``beeswarm``, ``dependence``
            (wants ``column``) or ``ledger`` (one person's own, where one is named).
        person : str, optional
            Id of one person, for ``ledger``.
        ax : Axes, optional
            Axes to draw on; new ones where none are given.
        choices
            ``column`` of ``dependence``; ``most``: how many columns to draw, the largest first.
            `shap` gives that library's own plots.

        Raises
        ------
        UsageError
            For a name that is no picture, with those that are; for a person who was not explained.
        """
        if person is not None:
            self._require(person)
            choices["person"] = person
        return plot(self, kind or (ONE if person else "drivers"), ax=ax, **choices)

    def frame(self) -> pd.DataFrame:
        """Return one row a person and column: value, contribution in log-odds, points.

        Where there are marginal reasons, ``marginal_log_odds`` and ``marginal_points`` beside them.
        """
        ids, names = self.contributions.index, self.contributions.columns
        rows = pd.DataFrame(
            {
                "id": np.repeat(ids.to_numpy(), len(names)),
                "column": np.tile(names.to_numpy(), len(ids)),
                "value": self.values.astype("object").to_numpy().ravel(),
                "log_odds": self.contributions.to_numpy().ravel(),
                "points": self.points().to_numpy().ravel(),
            }
        )
        if self.marginal is None:
            return rows
        other = self.marginal.frame()
        return rows.assign(marginal_log_odds=other["log_odds"], marginal_points=other["points"])

    def shap(self) -> Any:
        """Return a `shap.Explanation`, so that every plot of that library works.

        Values are log-odds; choices are shown as text.
        """
        with unasked_bars():
            import shap

        return shap.Explanation(
            values=self.contributions.to_numpy(),
            base_values=np.full(len(self.contributions), self.start),
            data=self.values.to_numpy(),
            feature_names=[column.label for column in self.columns],
        )

    def __repr__(self) -> str:
        return f"Explanation({len(self.values)} people, {len(self.columns)} columns)"

    def _repr_html_(self) -> str:
        rows = self.overall().head(SHOWN).to_dict("records")
        cells = [(row["label"], f"{row['mean_points']:.1f}", f"{row['moved']:.0%}") for row in rows]
        columns = ["What moved estimates most", "mean points out of 100", "people it moved"]
        return card(repr(self), {}, grid(columns, cells))


def reasons_of(model: ResponseModel, X: pd.DataFrame) -> Explanation:
    """Return the reasons behind the estimates of people whose features are known.

    Parameters
    ----------
    model : ResponseModel
    X : DataFrame, shape (people, columns)
        Raw features, from a table that may be scored: see `predict.explain`.

    Raises
    ------
    DesignError
        With code ``no_better_than_rate`` for a model that is not shown to be better than giving
        everybody the rate: what moved its estimates would be read as a reason.
    PredictError
        ``REASONS_DO_NOT_ADD_UP`` when contributions miss the estimate by more than 1e-4 log-odds.
    """
    refuse_unproven(model)
    log_odds = pd.Series(model.log_odds(X), index=X.index)
    shown = replace(_checked(model, X, log_odds), named_under=model.named_under)
    other = model.marginal
    return shown if other is None else replace(shown, marginal=_checked(other, X, log_odds))


def explained_by(recipe: FittedRecipe, X: pd.DataFrame) -> Explanation:
    """Return the reasons behind the estimates of what a recipe learned, of people's raw features.

    Raises
    ------
    PredictError
        As `reasons_of`.
    """
    names = [column.name for column in recipe.columns]
    return _checked(recipe, X[names], pd.Series(recipe.log_odds(X), index=X.index))


def _checked(
    model: ResponseModel | FittedRecipe, X: pd.DataFrame, log_odds: pd.Series
) -> Explanation:
    contributions, start = model.contributions(X)
    _refuse_gap(contributions, start, log_odds)
    return Explanation(contributions, start, log_odds, X, model.columns)


def refuse_unproven(model: ResponseModel) -> None:
    if model.withheld:
        raise DesignError(
            "This model is not shown to tell patients apart better than giving everybody the rate, "
            "so nothing it says about one person has reasons. Learn from more people, or state "
            "under [reliance] in the experiment why its estimates are shown: show_unproven = "
            '"reason".',
            code=NO_BETTER,
        )


def _refuse_gap(contributions: pd.DataFrame, start: float, log_odds: pd.Series) -> None:
    gap = np.abs(start + contributions.sum(axis=1).to_numpy() - log_odds.to_numpy())
    if len(gap) and gap.max() > TOLERANCE:
        raise PredictError(
            f"Contributions miss the estimate by {gap.max():.2g} log-odds (at most {TOLERANCE} is "
            "allowed). The reasons are not shown; please report the model's family and version.",
            code="REASONS_DO_NOT_ADD_UP",
        )


def _direction(values: pd.Series, points: pd.Series) -> float:
    if not pd.api.types.is_numeric_dtype(values) or values.nunique() < 2 or points.nunique() < 2:
        return float("nan")
    answered = values.notna()
    return float(values[answered].rank().corr(points[answered].rank()))


def whole(in_100: np.ndarray) -> np.ndarray:
    """Return whole patients in 100, halves rounded up; never 0 and never 100."""
    people: np.ndarray = np.clip(np.floor(np.asarray(in_100) + 0.5), 1, 99).astype("int64")
    return people


def largest_remainder(values: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Round each row to integers that add up to its total.

    Each value is rounded down, and the units still missing go to the largest remainders.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
    totals : ndarray of int, shape (rows,)
        Within a few units of each row's sum.

    Examples
    --------
    >>> largest_remainder(np.array([[1.4, 1.4, -0.3]]), np.array([3]))
    array([[2, 1, 0]])
    """
    floor: np.ndarray = np.floor(values).astype("int64")
    missing = totals - floor.sum(axis=1)
    width = values.shape[1]
    if width == 0:
        return floor
    order = np.argsort(-(values - floor), axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(width)[None, :].repeat(len(values), 0), axis=1)
    extra, over = np.divmod(missing, width)
    printed: np.ndarray = floor + extra[:, None] + (rank < over[:, None])
    return printed
