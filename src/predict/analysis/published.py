"""Published figures beside the same figures computed from this table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from predict.analysis.published_measures import MEASURES, Found, NotComputable, Setting, setting_of
from predict.analysis.result_table import Rows
from predict.cohort import Cohort
from predict.definitions.programmes import Figure, Programme
from predict.statistics.disclosure import Table

STANDARD_ERRORS = 2.58
COLUMNS = ("figure", "definition", "published", "source", "here", "low", "high", "n", "agrees")
MORE = ("tolerance", "reason")
DERIVED = ("here", "low", "high")


@dataclass(frozen=True)
class Comparison:
    """One published figure, what this table gives for it, and whether they agree.

    ``agrees`` is ``yes``, ``no`` or ``not computable: why``.
    """

    figure: Figure
    computed: Found | None
    agrees: str


def compare(
    cohort: Cohort, programme: Programme, *, norms: Mapping[str, float] | None = None
) -> tuple[Comparison, ...]:
    """Return each of the programme's figures beside what the cohort gives.

    They agree when |here - published| <= half a unit of the last printed digit + 2.58 standard
    errors + the figure's own declared tolerance; a published "<x" agrees when the lower bound of
    the 95 % interval is below x.

    Parameters
    ----------
    norms : mapping, optional
        Burnout profile boundaries in place of the programme's declared ones.
    """
    setting = setting_of(cohort, programme, norms)
    return tuple(_compare(figure, setting) for figure in programme.figures)


def agrees(figure: Figure, computed: Found) -> bool:
    """Return whether a computed figure agrees with the published one, by the rule of `compare`."""
    if figure.sign == "<":
        return bool(computed.low < figure.value)
    allowed = 0.5 * 10.0**-figure.decimals + STANDARD_ERRORS * computed.error + figure.tolerance
    return bool(abs(computed.value - figure.value) <= allowed + 1e-9)


def published_table(comparisons: tuple[Comparison, ...]) -> Table:
    """Return the comparison as a table, in the programme's order."""
    rows = Rows("published", (*COLUMNS, "label", "grade", "yes", *MORE), (*DERIVED, "agrees"))
    for each in comparisons:
        figure, computed = each.figure, each.computed
        row = {"figure": figure.id, "label": figure.label, "definition": _words(figure)}
        row |= {"published": figure.printed, "source": figure.source, "grade": figure.grade}
        row |= {"agrees": each.agrees, "reason": figure.reason}
        numbers = {"tolerance": figure.tolerance if figure.tolerance else np.nan}
        if computed is None:
            rows.add({**row, **numbers})
            continue
        numbers |= {"here": computed.value, "low": computed.low, "high": computed.high}
        hidden = {} if computed.yes is None else {"yes": computed.yes & computed.n}
        rows.add({**row, **numbers}, (), n=computed.n, **hidden)
    table = rows.table()
    return replace(table, frame=table.frame.astype({"n": "Int64", "yes": "Int64"}))


def _compare(figure: Figure, setting: Setting) -> Comparison:
    if not figure.measure:
        return Comparison(figure, None, f"not computable: {figure.not_computable}")
    arguments = {key: value for key, value in figure.measure.items() if key != "name"}
    try:
        computed = MEASURES[figure.measure["name"]](setting, **arguments)
    except NotComputable as why:
        return Comparison(figure, None, f"not computable: {why}")
    return Comparison(figure, computed, "yes" if agrees(figure, computed) else "no")


def _words(figure: Figure) -> str:
    return (
        f"{figure.definition}; of {figure.denominator}" if figure.denominator else figure.definition
    )
