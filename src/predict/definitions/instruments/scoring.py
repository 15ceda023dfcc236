"""From item answers to scores and bands, a row at a time from that row alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from predict.definitions.instruments.instrument import Instrument, Scale

Matrix = np.ndarray


def score(instrument: Instrument, scale: Scale, answers: pd.DataFrame) -> pd.Series:
    """Return one score a row; see `Instrument.score`."""
    if not scale.items:  # a sum of nothing is no score
        return pd.Series(np.nan, index=answers.index, name=instrument.total_column(scale.name))
    matrix = _matrix(instrument, scale, answers)
    raw = _METHODS[scale.method](instrument, scale, matrix)
    values = (raw + scale.offset) * scale.factor
    return pd.Series(values, index=answers.index, name=instrument.total_column(scale.name))


def band(scale: Scale, totals: pd.Series) -> pd.Series:
    """Return the band's label of each score; a score between two bands belongs to the lower."""
    values = totals.to_numpy(dtype=np.float64)
    labels = np.full(len(values), np.nan, dtype=object)
    for entry in scale.bands:
        labels[values >= entry.low] = entry.label
    if scale.bands:
        labels[(values < scale.bands[0].low) | (values > scale.bands[-1].high)] = np.nan
    return pd.Series(labels, index=totals.index, dtype="object")


def prorated(instrument: Instrument, scale: Scale, answers: pd.DataFrame) -> pd.Series:
    """Return whether each score stands in for unanswered items; see `Instrument.prorated`."""
    matrix = _matrix(instrument, scale, answers)
    filled = scale.allowed_missing > 0 and scale.method in ("sum", "mean")
    open_ = np.isnan(matrix).any(axis=1) & _enough(scale, matrix) & filled
    return pd.Series(open_, index=answers.index, dtype=bool)


def case(scale: Scale, totals: pd.Series, group: pd.Series | None) -> pd.Series:
    """Return whether each score lies at or beyond the cut; see `Instrument.case`."""
    cut = pd.Series(np.nan if scale.cut is None else scale.cut, index=totals.index)
    if scale.cuts and group is not None:
        cut = group.map(dict(scale.cuts)).astype("float64")
    beyond = totals >= cut if scale.better == "low" else totals <= cut
    return beyond.astype("float64").where(totals.notna() & cut.notna())


def _matrix(instrument: Instrument, scale: Scale, answers: pd.DataFrame) -> Matrix:
    """Answers of the scale's items, people x items, reversed where the scale says so."""
    columns = [instrument.column(key) for key in scale.items]
    matrix = answers.reindex(columns=columns).to_numpy(dtype=np.float64, copy=True)
    for place, key in enumerate(scale.items):
        if key in scale.reversed:
            item = instrument.item(key)
            matrix[:, place] = item.low + item.high - matrix[:, place]
    return matrix


def _sum(instrument: Instrument, scale: Scale, matrix: Matrix) -> Matrix:
    """The sum; unanswered items take the person's own mean where the scale prorates."""
    answered = (~np.isnan(matrix)).sum(axis=1)
    total = np.nansum(matrix, axis=1)
    if scale.prorate:
        share = np.divide(total, answered, out=np.zeros_like(total), where=answered > 0)
        total = np.where(answered < matrix.shape[1], _half_up(share * matrix.shape[1]), total)
    return np.where(_enough(scale, matrix), total, np.nan)


def _mean(instrument: Instrument, scale: Scale, matrix: Matrix) -> Matrix:
    """The mean of the answered items."""
    answered = (~np.isnan(matrix)).sum(axis=1)
    total = np.nansum(matrix, axis=1)
    mean = np.divide(total, answered, out=np.full_like(total, np.nan), where=answered > 0)
    return np.where(_enough(scale, matrix), mean, np.nan)


def _maxima(instrument: Instrument, scale: Scale, matrix: Matrix) -> Matrix:
    """The sum of each group's highest answer; ``"6|7"`` in a group means either is asked."""
    place = {key: i for i, key in enumerate(scale.items)}
    total = np.zeros(len(matrix))
    for group in scale.groups:
        entries = [[place[key] for key in entry.split("|")] for entry in group]
        complete = np.all([(~np.isnan(matrix[:, e])).any(axis=1) for e in entries], axis=0)
        members = [column for entry in entries for column in entry]
        highest = np.nanmax(np.where(np.isnan(matrix), -np.inf, matrix)[:, members], axis=1)
        total += np.where(complete, highest, np.nan)
    return total


def _levels(instrument: Instrument, scale: Scale, matrix: Matrix) -> Matrix:
    """The highest level of which any item is yes; missing while an asked item could raise it."""
    place = {key: i for i, key in enumerate(scale.items)}
    open_items = np.isnan(matrix) & _asked(instrument, scale, matrix)
    level = np.zeros(len(matrix))
    unsure = np.zeros(len(matrix), dtype=bool)
    for number, group in enumerate(scale.groups, start=1):
        members = [place[key] for key in group]
        reached = (matrix[:, members] > 0).any(axis=1)
        level = np.where(reached, number, level)
        unsure = ~reached & (unsure | open_items[:, members].any(axis=1))
    return np.where(unsure, np.nan, level)


def _asked(instrument: Instrument, scale: Scale, matrix: Matrix) -> Matrix:
    """Whether each item was to be asked, given the answers to the items it depends on."""
    place = {key: i for i, key in enumerate(scale.items)}
    asked = np.ones(matrix.shape, dtype=bool)
    for column, key in enumerate(scale.items):
        gate = instrument.item(key).asked_if
        if gate:
            asked[:, column] = ~(matrix[:, place[gate]] == instrument.item(gate).low)
    return asked


def _clusters(instrument: Instrument, scale: Scale, matrix: Matrix) -> Matrix:
    """1 where every group has at least its needed number of endorsed items, else 0."""
    place = {key: i for i, key in enumerate(scale.items)}
    endorsed = matrix >= scale.endorsed
    met = np.ones(len(matrix), dtype=bool)
    for group, needed in zip(scale.groups, scale.needs, strict=True):
        met &= endorsed[:, [place[key] for key in group]].sum(axis=1) >= needed
    return np.where(_enough(scale, matrix), met.astype(np.float64), np.nan)


def _enough(scale: Scale, matrix: Matrix) -> Matrix:
    """Whether no more items are unanswered than the scale allows, and at least one is answered."""
    missing = np.isnan(matrix).sum(axis=1)
    return np.asarray((missing <= scale.allowed_missing) & (missing < matrix.shape[1]))


def _half_up(values: Matrix) -> Matrix:
    """Round half up, as clinics do; a hair is added so that 6.4999999 from a mean counts as 6.5."""
    return np.asarray(np.floor(values + 0.5 + 1e-9))


_METHODS = {
    "sum": _sum,
    "mean": _mean,
    "maxima": _maxima,
    "levels": _levels,
    "clusters": _clusters,
}
