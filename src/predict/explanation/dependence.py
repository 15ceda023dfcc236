"""What each answer went along with: mean points by answer, with the people behind it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from predict.definitions.wording import Catalogue, load_catalogue
from predict.features.columns import Column
from predict.statistics.disclosure import SMALLEST_CELL

MOST_ANSWERS = 10  # a number with more values is cut into fifths


def dependence(
    values: pd.Series, points: pd.Series, column: Column, say: Catalogue | None = None
) -> pd.DataFrame:
    """Return one row an answer: people, mean points, and the middle 80 % of points.

    Parameters
    ----------
    values : Series, shape (people,)
        Raw answers; missing stays missing and gets its own row.
    points : Series, shape (people,)
        Points out of 100 the column earned each person.
    column : Column
        Facts of the column; a number with more than ten values is cut into fifths.
    say : Catalogue, optional
        Words of the answers; English where none is given.

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
    answers = answer_words(values, column, say)
    grouped = people["points"].groupby(answers, sort=False)
    table = grouped.agg(
        n="size",
        mean_points="mean",
        low=lambda some: some.quantile(0.1),
        high=lambda some: some.quantile(0.9),
    )
    table = table.loc[_order(answers, values, column)]
    shown = ["mean_points", "low", "high"]
    table[shown] = table[shown].where(table["n"] >= SMALLEST_CELL)
    return table.rename_axis("answer").reset_index()


def answer_words(values: pd.Series, column: Column, say: Catalogue | None = None) -> pd.Series:
    """Return each person's answer in words: a number with more than ten values as its fifth.

    The outer fifths have one end only: the lowest and highest value are somebody's own.
    """
    say = say or load_catalogue()
    there, none = values.notna(), say("values.not answered")
    if column.kind == "choice":
        words = {value: _choice(str(value), say) for value in values[there].unique()}
    elif values[there].nunique() <= MOST_ANSWERS:
        words = {value: say.plain(float(value)) for value in values[there].unique()}
    else:
        return _fifths(values, say).where(there, none)
    return values.map(words).astype("object").where(there, none)


def _choice(value: str, say: Catalogue) -> str:
    return say(f"values.{value}") if say.has(f"values.{value}") else say.named(value)


def _fifths(values: pd.Series, say: Catalogue) -> pd.Series:
    edges = np.unique(values.dropna().quantile([0, 0.2, 0.4, 0.6, 0.8, 1]).to_numpy())
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    ends = [say.plain(float(edge)) for edge in edges]
    words = [say("format.span", low=low, high=high) for low, high in pairwise(ends)]
    words[0], words[-1] = say("values.up_to", high=ends[1]), say("values.and_more", low=ends[-2])
    return pd.Series(np.array(words, dtype="object")[place], index=values.index)


def _order(answers: pd.Series, values: pd.Series, column: Column) -> list[str]:
    """Numbers ascending, choices as the study lists them, the missing last."""
    firsts = pd.Series(values.to_numpy(), index=answers.to_numpy()).dropna().groupby(level=0)
    lowest = firsts.min().sort_values()
    if column.kind == "choice":
        rank = {value: place for place, value in enumerate(column.values)}
        lowest = lowest.iloc[np.argsort([rank.get(v, len(rank)) for v in lowest], kind="stable")]
    missing = answers[values.isna().to_numpy()].unique().tolist()
    return [*map(str, lowest.index), *missing]
