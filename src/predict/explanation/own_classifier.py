"""Reasons of somebody's own classifier, through shap: additive, but estimated and slow."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from predict.drawing.progress import unasked_bars
from predict.errors import UsageError
from predict.explanation.reasons import Explanation
from predict.features.columns import Column
from predict.features.plain_table import plain_columns, plain_features
from predict.features.training_set import TrainingSet
from predict.models.calibration import log_odds as margin_of

BACKGROUND = 50  # people against whom a column is left out
SEED = 1
ESTIMATED = "Shapley values, estimated by permutations against some of the people."


def reasons_through_shap(
    classifier: Any, table: Any, *, people: Collection[Any] | None = None
) -> Explanation:
    """Return Shapley values of any fitted classifier's log-odds, against some of the people.

    Start plus a row's contributions is that row's log-odds; how the move is divided is estimated
    by permutations of the columns, and a column left out takes its values from the background.

    Parameters
    ----------
    classifier : estimator
        Fitted, of two classes, with `predict_proba`.
    table : TrainingSet or DataFrame
        The people to explain, with the columns that it was fitted to: of a training set `X`, or
        `numeric()` where it was fitted to that.
    people : collection, optional
        Index labels of those to explain; everybody serves as background all the same.

    Raises
    ------
    UsageError
        With what was expected, what came and what to do.

    References
    ----------
    Lundberg & Lee 2017, "A unified approach to interpreting model predictions"; Štrumbelj &
    Kononenko 2014, Knowl Inf Syst 41:647 (permutations).
    """
    with unasked_bars():
        import shap

    X = _columns_of(classifier, table)
    plain = plain_features(X)
    codes, decoded = _coded(plain, X)

    def estimate(rows: np.ndarray) -> np.ndarray:
        return margin_of(np.asarray(classifier.predict_proba(decoded(rows)))[:, 1])

    asked = np.ones(len(X), dtype=bool) if people is None else X.index.isin(list(people))
    masker = shap.maskers.Independent(codes, max_samples=BACKGROUND)
    explainer = shap.PermutationExplainer(estimate, masker, seed=SEED)
    shapley = explainer(codes[asked], max_evals=2 * codes.shape[1] + 1, silent=True)
    contributions = pd.DataFrame(shapley.values, index=X.index[asked], columns=X.columns)
    start, warning = float(np.mean(shapley.base_values)), {"ESTIMATED": ESTIMATED}
    log_odds = start + contributions.sum(axis=1)
    columns = _facts(plain, table)
    return Explanation(contributions, start, log_odds, plain[asked], columns, warning)


def _facts(plain: pd.DataFrame, table: TrainingSet | pd.DataFrame) -> tuple[Column, ...]:
    """Return what is known of the columns: labels, and which are about death or self-harm."""
    columns = plain_columns(plain)
    if not isinstance(table, TrainingSet):
        return columns
    facts = {column.name: column for column in table.columns}
    return tuple(_named(column, facts) for column in columns)


def _named(column: Column, facts: Mapping[str, Column]) -> Column:
    """Return a column's facts under its own name; a level's column has those of its choice."""
    name, _, level = column.name.partition("=")
    if name not in facts:
        return column
    label = f"{facts[name].label}: {level}" if level else facts[name].label
    return replace(facts[name], name=column.name, label=label, kind=column.kind)


def _columns_of(classifier: Any, table: Any) -> pd.DataFrame:
    if not isinstance(table, TrainingSet | pd.DataFrame):
        raise UsageError(
            "Expected the training set or frame that the classifier was fitted to, got "
            f"{type(table).__name__}. Use predict.explain(classifier, training)."
        )
    if not hasattr(classifier, "predict_proba"):
        raise UsageError(
            "Expected a ResponseModel, or a fitted classifier with predict_proba, got "
            f"{type(classifier).__name__}. Train a model by predict.train(training), or load one "
            "by predict.load_model(folder)."
        )
    is_set = isinstance(table, TrainingSet)
    tables = [table.X, table.numeric()] if isinstance(table, TrainingSet) else [table]
    usual = list(table.chosen) if isinstance(table, TrainingSet) else list(table.columns)
    wanted = list(getattr(classifier, "feature_names_in_", usual))
    for frame in tables:
        if set(wanted) <= set(frame.columns):
            return frame[wanted]
    where = "training.X nor training.numeric()" if is_set else "this table"
    raise UsageError(
        f"The classifier was fitted to {len(wanted)} columns that are not in {where}. Give the "
        "table that it was fitted to: predict.explain(classifier, X)."
    )


def _coded(
    plain: pd.DataFrame, X: pd.DataFrame
) -> tuple[np.ndarray, Callable[[np.ndarray], pd.DataFrame]]:
    """Return the table as numbers, choices as their places, and the way back to a frame."""
    levels = {
        str(name): pd.Index(plain[name].dropna().unique())
        for name in plain
        if not is_numeric_dtype(plain[name].dtype)
    }
    numbers = plain.assign(**{n: at.get_indexer(plain[n]) for n, at in levels.items()})

    def decoded(rows: np.ndarray) -> pd.DataFrame:
        frame = pd.DataFrame(rows, columns=plain.columns)
        for name, at in levels.items():
            places = frame[name].to_numpy("int64")
            text = pd.Series(at.to_numpy()[places]).where(places >= 0)
            frame[name] = text.astype(X[name].dtype)
        return frame

    return numbers.to_numpy("float64"), decoded
