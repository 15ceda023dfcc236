"""What each answer went along with: mean points by answer, with the people behind it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from predict.features.columns import Column
from predict.statistics.disclosure import SMALLEST_CELL

MOST_ANSWERS = 10  # a number with more values is cut into fifths


def dependence(values: pd.Series, points: pd.Series, column: Column) -> pd.DataFrame:
    """Return one row an answer: people, mean points, and the middle 80 % of points.

    Parameters
    ----------
    values : Series, shape (people,)
        Raw answers; missing stays missing and gets its own row.
    points : Series, shape (people,)
        Points out of 100 the column earned each person.
    column : Column
        Facts of the column; a number with more than ten values is cut into fifths.

    Returns
    -------
    DataFrame
        ``answer`` (text), ``n``, ``mean_points``, ``low``, ``high``; the last three are missing
        where fewer than 11 people gave the answer.

    Examples
    --------
    >>> mood = Column("mood", "Mood", "number", "item", "phq9", "baseline")
    >>> answers, points = pd.Series([0.0] * 12 + [3.0] * 12), pd.Series([2.0] * 12 + [-1.0] * 12)
    >>> dependence(answers, points, mood)[["answer", "n", "mean_points"]].values.tolist()
    [['0', 12, 2.0], ['3', 12, -1.0]]
    """
    people = pd.DataFrame({"points": points.to_numpy()}, index=values.index)
    grouped = people["points"].groupby(answer_words(values, column), sort=False)
    table = grouped.agg(
        n="size",
        mean_points="mean",
        low=lambda some: some.quantile(0.1),
        high=lambda some: some.quantile(0.9),
    )
    table = table.loc[_order(table.index, values, column)]
    shown = ["mean_points", "low", "high"]
    table[shown] = table[shown].where(table["n"] >= SMALLEST_CELL)
    return table.rename_axis("answer").reset_index()


def answer_words(values: pd.Series, column: Column) -> pd.Series:
    """Return each person's answer in words: a number with more than ten values as its fifth.

    The outer fifths have one end only: the lowest and highest value are somebody's own.
    """
    if column.kind == "choice":
        return values.astype("object").where(values.notna(), "not answered")
    answers = values.dropna()
    if answers.nunique() <= MOST_ANSWERS:
        return values.map(lambda value: "not answered" if pd.isna(value) else f"{value:g}")
    edges = np.unique(answers.quantile([0, 0.2, 0.4, 0.6, 0.8, 1]).to_numpy())
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    words = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    words[0], words[-1] = f"up to {edges[1]:g}", f"{edges[-2]:g} and more"
    named = pd.Series(np.array(words, dtype="object")[place], index=values.index)
    return named.where(values.notna(), "not answered")


def _order(answers: pd.Index, values: pd.Series, column: Column) -> list[str]:
    """Numbers ascending, choices as the study lists them, the missing last."""
    if column.kind == "choice":
        listed = [value for value in column.values if value in answers]
        rest = sorted(set(answers) - set(listed) - {"not answered"})
        first = [*listed, *rest]
    else:
        first = sorted(set(answers) - {"not answered"}, key=_lower_end)
    return [*first, *(["not answered"] if "not answered" in answers else [])]


def _lower_end(word: str) -> float:
    return -np.inf if word.startswith("up to ") else float(word.split(" ")[0])
