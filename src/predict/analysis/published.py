"""Published figures beside the same figures computed from this table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from predict.analysis.published_measures import MEASURES, Found, NotComputable, Setting, setting_of
from predict.analysis.result_table import Rows
from predict.cohort import Cohort
from predict.definitions.programmes import GRADES, Figure, Programme
from predict.statistics.disclosure import Table

STANDARD_ERRORS = 2.58
COLUMNS = ("figure", "definition", "published", "source", "here", "low", "high", "n", "agrees")
MORE = ("tolerance", "reason")
DERIVED = ("here", "low", "high")
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #111; background: #fff; margin: 2rem auto;
  max-width: 72rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: bold; margin-bottom: .5rem; }
th, td { border-bottom: 1px solid #767676; padding: .4rem .6rem; text-align: left;
  vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.small { color: #404040; font-size: .9rem; font-weight: normal; }
tr.no td { font-weight: bold; }
@media print { body { margin: 0; } }
"""
HEADINGS = """<thead><tr><th scope="col">Figure</th><th scope="col" class="number">Published</th>
<th scope="col" class="number">Here</th><th scope="col" class="number">95 % interval</th>
<th scope="col" class="number">n</th><th scope="col">Agrees</th>
<th scope="col">Source</th></tr></thead>"""
SIMULATED = "The people of this table are simulated; no real patient is in it."
LIMITS = (
    "A figure that agrees does not show that a treatment works: the published series had no "
    "comparison group, and people change without treatment too."
)


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


def published_page(
    programme: Programme, table: pd.DataFrame, *, hidden: bool, simulated: bool = False
) -> str:
    """Return the page as HTML without scripts or outside references.

    Parameters
    ----------
    table : DataFrame
        The comparison as `predict.analysis.published.published_table` gives it.
    hidden : bool
        Whether small cells were suppressed; the page then says so.
    simulated : bool
        Whether the people are simulated; the page then says so first.
    """
    title = f"{programme.title}: published and here"
    rows = "\n".join(_row(row) for row in table.to_dict("records"))
    counts = table["agrees"].fillna("withheld").map(lambda word: str(word).split(":")[0])
    agreement = ", ".join(f"{name} {n}" for name, n in counts.value_counts().items())
    readings = "\n".join(f"<li>{escape(reading)}</li>" for reading in programme.readings)
    invented = f"<p><strong>{SIMULATED}</strong></p>" if simulated else ""
    note = "<p>Cells of 1 to 10 people, and what would give them away, are withheld.</p>"
    return f"""{_head(title)}
<body><main>
<h1>{escape(title)}</h1>
{invented}
<p>{escape(programme.reference)}. Counts people {escape(programme.counts)}.</p>
<p>Agrees: {escape(agreement)}. {escape(_rule())}</p>
<p>{escape(LIMITS)}</p>
{note if hidden else ""}
<table>
<caption>Each published figure and the same figure computed from this table</caption>
{HEADINGS}
<tbody>
{rows}
</tbody></table>
<h2>How the source was read</h2>
<ul>
{readings}
</ul>
<h2>Grades of the sources</h2>
<ul>
{_grades()}
</ul>
</main></body></html>
"""


def _head(title: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(title)}</title><style>{STYLE}</style></head>"""


def _row(row: dict[Any, Any]) -> str:
    agrees = "withheld" if pd.isna(row["agrees"]) else str(row["agrees"])
    source = f"{row['source']} (grade {row['grade']})"
    reason = f" Tolerance {row['tolerance']:g}: {row['reason']}." if row["reason"] else ""
    cells = [
        f'<th scope="row">{escape(str(row["label"]))}'
        f'<div class="small">{escape(str(row["definition"]) + "." + reason)}</div></th>',
        _cell(str(row["published"]), number=True),
        _cell(_number(row["here"]), number=True),
        _cell(_interval(row["low"], row["high"]), number=True),
        _cell("" if pd.isna(row["n"]) else f"{int(row['n']):,}", number=True),
        _cell(agrees),
        _cell(source),
    ]
    kind = ' class="no"' if agrees == "no" else ""
    return f"<tr{kind}>{''.join(cells)}</tr>"


def _cell(text: str, *, number: bool = False) -> str:
    return f'<td class="number">{escape(text)}</td>' if number else f"<td>{escape(text)}</td>"


def _number(value: Any) -> str:
    if not isinstance(value, int | float) or pd.isna(value):
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}"


def _interval(low: Any, high: Any) -> str:
    ends = _number(low), _number(high)
    return f"{ends[0]} to {ends[1]}" if all(ends) else ""


def _rule() -> str:
    return (
        "Rule: the difference is at most half a unit of the last printed digit, plus 2.58 standard "
        'errors, plus the tolerance stated; for "<" the lower bound lies below the figure.'
    )


def _grades() -> str:
    return "\n".join(f"<li>{key}: {escape(words)}</li>" for key, words in GRADES.items())
