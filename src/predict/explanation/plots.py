"""The pictures of reasons, for notebooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from predict.drawing import notebook
from predict.errors import UsageError

if TYPE_CHECKING:
    from predict.explanation.reasons import Explanation

ONE = "ledger"
LEAST = 0.05  # points out of 100 that a column moves people by, on average, to be drawn


def plot(reasons: Explanation, kind: str, *, ax: Any = None, **choices: Any) -> Any:
    """Draw one picture by its name; return matplotlib's axes."""
    if kind not in PLOTS:
        # What was asked for may be somebody's id: it is not repeated.
        raise UsageError(
            f"No plot of that name. Known: {', '.join(PLOTS)}; a person's own is "
            "`reasons.plot('ledger', person=...)`."
        )
    return PLOTS[kind](reasons, ax=ax, **choices)


def drivers(reasons: Explanation, *, most: int = 15, ax: Any = None) -> Any:
    """Draw the leading columns' mean absolute points, everybody together."""
    points = reasons.points().abs().mean().rename(_labels(reasons))
    leading = points[points >= LEAST].sort_values(ascending=False).head(most)
    title = "What moved estimates, on average?"
    return notebook.bars(leading, title=title, unit="points out of 100", ax=ax)


def beeswarm(reasons: Explanation, *, most: int = 12, ax: Any = None) -> Any:
    """Draw every person's points, column by column; safety answers have no direction to show."""
    points = reasons.points()
    shown = [column.name for column in reasons.columns if not column.safety]
    moved = points[shown].abs().mean().sort_values(ascending=False)
    order = moved[moved >= LEAST].index[:most]
    heights = pd.DataFrame({name: _height(reasons.values[name]) for name in order})
    labels = _labels(reasons)
    return notebook.beeswarm(
        points[list(order)].rename(columns=labels),
        heights.rename(columns=labels),
        title="Which answers moved whose estimate, and which way?",
        ax=ax,
    )


def _height(values: pd.Series) -> pd.Series:
    """Return where each value lies among all, 0 to 1; a choice has no order."""
    if not is_numeric_dtype(values) or values.nunique() < 2:
        return pd.Series(float("nan"), index=values.index)
    rank = values.rank(method="average")
    height: pd.Series = (rank - rank.min()) / (rank.max() - rank.min())
    return height


def dependence(reasons: Explanation, *, column: str, ax: Any = None) -> Any:
    """Draw the mean points that each answer to one column went along with."""
    facts = {fact.name: fact for fact in reasons.columns}
    table = reasons.dependence(column).dropna(subset=["mean_points"])
    if facts[column].safety:
        raise UsageError("A safety answer is shown to clinicians as it is, never as a reason.")
    shown = table.rename(columns={"mean_points": "estimate"})
    shown["answer"] = shown["answer"].astype("str") + " (" + shown["n"].astype("str") + " people)"
    title = f"{facts[column].label}: what did each answer go along with?"
    unit = "points out of 100, mean and the middle 80 % of people"
    return notebook.interval_dots(
        shown, label="answer", title=title, unit=unit, reference=0.0, ax=ax
    )


def ledger(reasons: Explanation, *, person: str, most: int = 6, ax: Any = None) -> Any:
    """Draw one person's way from the starting estimate to their own, in whole patients of 100."""
    hidden = [column.name for column in reasons.columns if column.safety]
    steps = reasons.person(person, most=most, hidden=hidden)
    return notebook.ledger(steps, title="What moved this person's estimate?", ax=ax)


def _labels(reasons: Explanation) -> dict[str, str]:
    return {column.name: column.label for column in reasons.columns}


PLOTS: dict[str, Callable[..., Any]] = {
    "drivers": drivers,
    "beeswarm": beeswarm,
    "dependence": dependence,
    ONE: ledger,
}
