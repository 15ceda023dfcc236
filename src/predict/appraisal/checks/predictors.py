"""What the model is given: leaks that the firewall cannot prove, and columns that carry nothing."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from predict.appraisal.checks.base import PASSED, Check, Result, issue, listed, not_applicable, note
from predict.appraisal.design import Design
from predict.statistics.disclosure import SMALLEST_CELL
from predict.statistics.metrics.ranking import auroc, beyond_chance

SUSPECT = 0.75
TELLING = 0.60
MOSTLY = 0.5
CLOSE = 0.97
LEVELS = 20
# Numbers that stand for "no answer" in many data sets.
CODES = (-99.0, -98.0, -9.0, -8.0, -7.0, 88.0, 98.0, 99.0, 888.0, 998.0, 999.0, 9999.0)
LATER_WORDS = re.compile(
    r"(^|_)(end|post|after|follow_?up|fu|final|last|discharge|session_?\d+|\d+(m|mo|y|w|wk))($|_)"
)
SENSITIVE = re.compile(r"(^|_)(race|ethnic\w*|religion|caste|nationality|immigra\w*|language)($|_)")


def constant_columns(design: Design) -> Result:
    """Columns hold one value for everybody."""
    columns = [str(n) for n in design.features if len(set(design.features[n].dropna())) == 1]
    return _columns(columns, note, "hold one value for everybody and carry nothing. Drop them.")


def empty_columns(design: Design) -> Result:
    """Columns hold no value at all."""
    columns = [str(n) for n in design.features if design.features[n].isna().all()]
    remedy = (
        "Correct their names in the study; or, where a questionnaire was not asked at that visit, "
    )
    remedy = f"{remedy}state visits = [...] under its [instruments...]: the visits at which it was."
    return _columns(columns, issue, f"hold no value at all. {remedy}")


def sparse_columns(design: Design) -> Result:
    """Columns are missing for more than half of the people."""
    share = design.features.isna().mean()
    columns = [str(name) for name in share.index[(share > MOSTLY) & (share < 1)]]
    return _columns(
        columns, note, "are missing for more than half. Their absence may be the signal."
    )


def telling_absence(design: Design) -> Result:
    """Whether a column is missing tells the outcome: written after the fact?"""
    y = design.training.y.to_numpy()
    columns = []
    for name in design.features:
        absent = design.features[name].isna().to_numpy()
        enough = SMALLEST_CELL <= absent.sum() <= len(absent) - SMALLEST_CELL
        if enough and beyond_chance(y, absent, TELLING):
            columns.append(str(name))
    return _columns(columns, issue, "are missing in a way that tells the outcome. Who filled them?")


def single_column_leak(design: Design) -> Result:
    """One column alone tells the outcome better than any honest baseline model does."""
    y, accepted = design.training.y.to_numpy(), []
    if not design.is_baseline:
        return not_applicable("After round one a single score may tell as much.")
    for name in design.numbers:
        values = design.numbers[name]
        present = values.notna().to_numpy()
        if present.sum() >= 50 and beyond_chance(y[present], values[present], SUSPECT):
            accepted.append(str(name))
    return _columns(
        accepted,
        issue,
        f"alone reach an AUROC of {SUSPECT}. Check at which visit they were written.",
    )


def duplicate_columns(design: Design) -> Result:
    """Two columns are the same."""
    numbers = design.numbers.loc[:, design.numbers.std() > 0]
    # A column's bytes, since pandas compares columns by turning each cell into a row's.
    written = pd.Series([(numbers[name].to_numpy("float64") + 0.0).tobytes() for name in numbers])
    columns = [str(name) for name in numbers.columns[written.duplicated().to_numpy()]]
    return _columns(columns, note, "repeat another column. Reasons will be divided between them.")


def near_copies(design: Design) -> Result:
    """Two columns from people's facts are nearly the same."""
    facts = [c.name for c in design.training.columns if c.role == "person"]
    numbers = design.numbers[[name for name in facts if name in design.numbers]]
    if numbers.shape[1] < 2:
        return not_applicable("Fewer than two number columns of people.")
    close = numbers.corr().abs().to_numpy(copy=True)
    close[np.tril_indices_from(close)] = 0
    columns = [str(name) for name in numbers.columns[(np.nan_to_num(close) > CLOSE).any(axis=0)]]
    return _columns(
        columns, note, "nearly repeat another column. Keep the one that is better known."
    )


def identity_column(design: Design) -> Result:
    """A whole-number column has another value for everybody, as an id or a row number has."""
    columns = []
    for name in design.numbers:
        values = design.numbers[name].dropna()
        whole = len(values) >= 50 and bool((values == values.round()).all())
        if whole and values.nunique() == len(values):
            columns.append(str(name))
    return _columns(
        columns, issue, "differ for everybody, as an id does. Drop them from the study."
    )


def rare_levels(design: Design) -> Result:
    """A choice has levels that fewer than 11 people gave."""
    columns = [
        str(name)
        for name in design.choices
        if (design.choices[name].value_counts() < SMALLEST_CELL).any()
    ]
    return _columns(
        columns, note, "have levels of fewer than 11 people. Join them with a neighbour."
    )


def many_levels(design: Design) -> Result:
    """A choice has so many levels that a model learns who, not what."""
    most = max(LEVELS, 1)
    columns = [
        str(name)
        for name in design.choices
        if design.choices[name].nunique() > min(most, max(len(design.features) / 20, 2))
    ]
    return _columns(
        columns, issue, "have too many levels for these people. Group them in the study."
    )


def later_name(design: Design) -> Result:
    """A column's name speaks of a later time than the visit it is declared for."""
    if not design.is_baseline:
        return not_applicable("The model stands after the first visit.")
    people = design.training.study.people
    columns = [
        name
        for name, column in people.items()
        if name in design.features and LATER_WORDS.search(column.column.lower())
    ]
    return _columns(
        columns, issue, "are declared as known at baseline, but their names speak of a later time."
    )


def undeclared_code(design: Design) -> Result:
    """A column heaps at a number that usually means "no answer"."""
    columns = []
    for name in design.numbers:
        values = design.numbers[name].dropna()
        others = values[~values.isin(CODES)]
        if len(others) < 20 or len(others) == len(values):
            continue
        low, high = others.quantile([0.01, 0.99])
        away = values[values.isin(CODES)]
        beyond = away[(away < low - (high - low)) | (away > high + (high - low) / 2)]
        if len(beyond) >= 3:
            columns.append(str(name))
    return _columns(columns, issue, "heap at 99 or the like. List the code under `missing_codes`.")


def date_column(design: Design) -> Result:
    """A column looks like a date or a calendar year: it will not come again."""
    columns = []
    for name in design.numbers:
        values = design.numbers[name].dropna()
        if len(values) < 20:
            continue
        year = values.between(1990, 2100).mean() > 0.9 and values.nunique() <= 60
        day = values.between(19000101, 21001231).mean() > 0.9
        if (year and (values == values.round()).all()) or day:
            columns.append(str(name))
    return _columns(columns, issue, "look like dates or years. Turn them into a length of time.")


def arm_as_feature(design: Design) -> Result:
    """The treatment arm is among the features, and may carry all there is."""
    arm = design.training.study.treatment.arm
    if not arm:
        return not_applicable("The study declares no arm.")
    if arm not in design.features:
        return PASSED
    return note(
        f"The arm ('{arm}') is a feature: the headline ranks arms as well as people. Read the "
        "AUROC within arms (strata.csv) beside it."
    )


def safety_item(design: Design) -> Result:
    """An item about death or self-harm is among the features."""
    columns = [c.name for c in design.training.columns if c.safety and c.name in design.features]
    if not columns:
        return PASSED
    return note(
        f"{listed(columns)}: used by the model, never printed with a sign. The safety banner reads "
        "the raw answer, whatever the model says."
    )


def sensitive_column(design: Design) -> Result:
    """A column about race, religion, origin or language is among the features."""
    columns = [str(name) for name in design.features if SENSITIVE.search(str(name).lower())]
    return _columns(columns, note, "are about origin or belief. Say why, and read the subgroups.")


def row_order(design: Design) -> Result:
    """The outcome follows the order of the rows: the table was sorted by it."""
    if design.cohort is None:
        return not_applicable("The table behind the training set was not given.")
    rows = design.cohort.rows.drop_duplicates("id").set_index("id")["row"]
    order = pd.to_numeric(rows.reindex(design.training.X.index), errors="coerce")
    if order.isna().any() or design.training.n < 50:
        return not_applicable("Row numbers are not known, or there are fewer than 50 people.")
    if not beyond_chance(design.training.y, order, SUSPECT):
        return PASSED
    area = auroc(design.training.y, order)
    return issue(
        f"Rows are sorted by the outcome (AUROC of the row number {max(area, 1 - area):.2f}). Any "
        "column made from the order leaks; ask how the table was put together."
    )


def _columns(columns: list[str], kind: object, text: str) -> Result:
    if not columns:
        return PASSED
    names = f"{len(columns)} column{'s' if len(columns) > 1 else ''} ({listed(columns)})"
    make = issue if kind is issue else note
    return make(f"{names}: {text}")


PREDICTORS: dict[str, Check] = {
    "COLUMN_CONSTANT": constant_columns,
    "COLUMN_EMPTY": empty_columns,
    "COLUMN_SPARSE": sparse_columns,
    "MISSING_TELLS_OUTCOME": telling_absence,
    "LEAK_SUSPECT": single_column_leak,
    "COLUMN_DUPLICATE": duplicate_columns,
    "COLUMN_NEAR_COPY": near_copies,
    "COLUMN_IDENTITY": identity_column,
    "LEVEL_RARE": rare_levels,
    "LEVELS_MANY": many_levels,
    "NAME_SPEAKS_LATER": later_name,
    "CODE_UNDECLARED": undeclared_code,
    "COLUMN_DATE": date_column,
    "ARM_AS_FEATURE": arm_as_feature,
    "SAFETY_ITEM_USED": safety_item,
    "SENSITIVE_COLUMN": sensitive_column,
    "ROWS_SORTED": row_order,
}
