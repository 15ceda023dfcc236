"""One page: each published figure beside the same figure here, with definitions and sources."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd

from predict.definitions.programmes import GRADES, Programme

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
