"""What a missing answer could do: the estimate for every answer that might have been given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from predict.definitions.wording import Catalogue
from predict.reports.facts import in_100, whole
from predict.reports.words import item_words

if TYPE_CHECKING:
    from predict.cohort import Cohort
    from predict.features import Column
    from predict.models.response_model import ResponseModel

MOST_MISSING = 4
MOST_ROWS = 50_000


def missing_effects(
    model: ResponseModel, cohort: Cohort, X: pd.DataFrame, ids: set[str], say: Catalogue
) -> dict[str, dict[str, Any]]:
    """Return, for people with one to four missing items, what the estimate could have been.

    Every possible answer is filled in and the features are computed anew from it, so that totals
    follow. With one item missing each estimate is told; with several their lowest and highest.

    Parameters
    ----------
    X : DataFrame
        The model's raw features of the cohort.
    ids : set of str
        People who have an estimate; nobody else is looked at.
    """
    items = [column for column in model.columns if column.role == "item"]
    if not items:
        return {}
    missing = X[[column.name for column in items]].isna()
    count = missing.sum(axis=1)
    whom = [i for i in X.index[(count > 0) & (count <= MOST_MISSING)] if i in ids]
    plans = {person: _gaps(items, missing.loc[person]) for person in whom}
    table = _fillings(plans)
    if table.empty:
        return {}
    chances = model.probability(model.features(_filled(cohort, table)))
    grouped = pd.Series(chances).groupby(table["person"].to_numpy(), sort=False)
    return {
        str(person): _told(model, plans[str(person)], values.to_numpy(), say)
        for person, values in grouped
    }


def _gaps(items: list[Column], missing: pd.Series) -> list[Column]:
    return [column for column in items if missing[column.name]]


def _fillings(plans: Mapping[str, list[Column]]) -> pd.DataFrame:
    """One row a person and possible set of answers: which columns take which values."""
    rows: list[dict[str, Any]] = []
    for person, gaps in plans.items():
        ranges = [range(int(c.low or 0), int(c.high or 0) + 1) for c in gaps]
        if len(rows) + int(np.prod([len(r) for r in ranges])) > MOST_ROWS:
            break
        rows += [{"person": person, "gaps": gaps, "values": values} for values in product(*ranges)]
    return pd.DataFrame(rows)


def _filled(cohort: Cohort, table: pd.DataFrame) -> Cohort:
    """The cohort of these fillings: a person stands once for each."""
    people = table["person"].tolist()
    index = pd.Index([str(place) for place in range(len(table))], name="id")
    visits = {visit: frame.loc[people].set_axis(index) for visit, frame in cohort.visits.items()}
    for visit, frame in visits.items():
        matrix = frame.to_numpy(dtype=np.float64, copy=True)
        for place, gaps, values in zip(
            range(len(table)), table["gaps"], table["values"], strict=True
        ):
            for column, value in zip(gaps, values, strict=True):
                if column.visit == visit:
                    measure = cohort.study.instruments[column.source].instrument
                    matrix[place, list(frame.columns).index(measure.column(column.item))] = value
        visits[visit] = pd.DataFrame(matrix, index=index, columns=frame.columns)
    return replace(cohort, people=cohort.people.loc[people].set_axis(index), visits=visits)


def _told(
    model: ResponseModel, gaps: list[Column], chances: np.ndarray, say: Catalogue
) -> dict[str, Any]:
    if len(gaps) > 1:
        low, high = (in_100(float(end), say) for end in (chances.min(), chances.max()))
        return {"sensitive": "sensitive_many", "low": low, "high": high}
    column = gaps[0]
    instrument = model.study.instruments[column.source].instrument
    answers = [str(value) for value in range(int(column.low or 0), int(column.high or 0) + 1)]
    return one_answer(item_words(instrument, column.item, say), answers, chances, say)


def one_answer(
    item: str, answers: Sequence[str], chances: np.ndarray, say: Catalogue
) -> dict[str, Any]:
    """Return what each answer to one missing item would make of the estimate."""
    estimates = [str(whole(float(chance))) for chance in chances]
    if len(set(estimates)) == 1:
        return {"sensitive": "sensitive_same", "item": item, "estimate": estimates[0]}
    told = {"answers": say.listed(answers, "or"), "estimates": say.listed(estimates, "or")}
    return {"sensitive": "sensitive_one", "item": item, **told}
