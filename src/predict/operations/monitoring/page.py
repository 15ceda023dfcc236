"""The months on one offline page: a sentence, two charts, two tables."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import isfinite
from typing import TYPE_CHECKING

from predict.drawing.frame import Frame, steps
from predict.drawing.svg import circle, line, picture, text
from predict.statistics.intervals import Interval

if TYPE_CHECKING:
    from predict.operations.monitoring import Monitoring

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
body{color:#1b1f24;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
p.lead{font-size:1.1rem;border-left:.3rem solid #30507a;padding-left:.8rem}
.wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
table{font-size:.9rem}
th,td{padding:.25rem .5rem;text-align:right;border-bottom:1px solid #c8ced6;white-space:nowrap}
th:first-child,td:first-child{text-align:left}
svg{width:100%;max-width:42rem;height:auto}
svg .gl{stroke:#d5dae1}svg .tick,svg .whisker{stroke:#30507a;stroke-width:2}
svg .one{stroke:#1b1f24;stroke-dasharray:5 4}svg .dot{fill:#30507a}
svg .sum{fill:none;stroke:#30507a;stroke-width:2}svg text{font-size:14px;fill:#1b1f24}
@media (prefers-color-scheme:dark){body{background:#14181d;color:#e8ebef}svg text{fill:#e8ebef}
svg .one{stroke:#e8ebef}svg .gl{stroke:#39414b}svg .dot{fill:#9dbbe6}
svg .tick,svg .whisker,svg .sum{stroke:#9dbbe6}
th,td{border-color:#39414b}}
"""
PROMISE = (
    "Columns headed “promised” say what the estimates themselves promise, if calibration still "
    "holds. “Due” are people whose outcome should be known by now; nobody labelled earlier counts. "
    "Intervals are 95 %."
)


def page(monitoring: Monitoring) -> str:
    """Return the page; it loads nothing and holds no person."""
    body = [
        "<h1>Stored estimates and later outcomes</h1>",
        f'<p class="lead">{escape(monitoring.sentence)}</p>',
        _charts(monitoring),
        "<h2>Months</h2>", f"<p>{PROMISE}</p>", _months(monitoring),
        "<h2>Nights</h2>", _nights(monitoring),
        f"<p>Model {escape(monitoring.model[:12])}. {monitoring.repeated} later estimates of "
        f"people already scored do not count. {_reference(monitoring)}</p>",
    ]  # fmt: skip
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Stored estimates and later outcomes</title><style>{STYLE}</style></head>"
        f"<body><main>{''.join(body)}</main></body></html>\n"
    )


def _charts(monitoring: Monitoring) -> str:
    labelled = [month for month in monitoring.months if month.labelled]
    if not labelled:
        return ""
    months, values = [m.month for m in labelled], [m.o_e for m in labelled]
    parts = [
        "<h2>Events observed for each expected</h2>",
        _intervals(months, values, monitoring.reference.o_e),
    ]
    if monitoring.fewer:
        words = "<h2>Evidence that fewer events come than expected</h2>"
        parts += [words, _sum(months, monitoring.fewer.path, monitoring.fewer.height)]
    return "".join(parts)


def _frame(count: int, top: float) -> Frame:
    return Frame((-0.5, max(count, 2) - 0.5), (0.0, top), height=300)


def _axes(frame: Frame, months: Sequence[str], title: str) -> list[str]:
    marks = frame.axes("Month of the estimate", title, [], steps(*frame.y))
    every = max(1, -(-len(months) // 6))
    for number in range(0, len(months), every):
        x, foot = frame.at(number, frame.y[0])
        marks.append(text(x, foot + 22, months[number], "ts", "middle"))
    return marks


def _intervals(months: Sequence[str], values: Sequence[Interval], reference: float) -> str:
    highest = max(v for one in values for v in one if isfinite(v))
    frame = _frame(len(months), max(1.5, min(highest * 1.05, 3.0)))
    marks = _axes(frame, months, "Observed / expected")
    marks.append(line(*frame.at(frame.x[0], reference), *frame.at(frame.x[1], reference), "one"))
    for number, (value, low, high) in enumerate(values):
        marks.append(line(*frame.at(number, low), *frame.at(number, high), "whisker"))
        marks.append(circle(*frame.at(number, value), 5, "dot"))
    words = f"Observed over expected by month, with 95 % intervals; dashed: {reference:.2f}."
    title = "Observed over expected"
    return picture("chart", frame.width, frame.height, "ratio", title, words, marks)


def _sum(months: Sequence[str], path: Sequence[float], height: float) -> str:
    frame = _frame(len(months), max(*path, height) * 1.15)
    marks = _axes(frame, months, "Evidence (nats)")
    marks.append(line(*frame.at(frame.x[0], height), *frame.at(frame.x[1], height), "one"))
    marks.append(frame.path(list(enumerate(path)), "sum"))
    words = "Cumulative evidence for fewer events by month; above the dashed line it alarms."
    title = "Evidence for fewer events"
    return picture("chart", frame.width, frame.height, "evidence", title, words, marks)


def _months(monitoring: Monitoring) -> str:
    heads = (
        "Month", "Scored", "Due", "Known", "Promised rate", "Promised AUROC",
        "Observed / expected", "AUROC", "Brier", "Slope",
    )  # fmt: skip
    rows = [
        (
            m.month, str(m.scored), str(m.due), str(m.labelled), f"{m.expected_rate:.2f}",
            f"{m.expected_auroc:.2f}",
            *(_ends(one, m.due) for one in (m.o_e, m.auroc, m.brier, m.slope)),
        )
        for m in monitoring.months
    ]  # fmt: skip
    return _table(heads, rows, "Months")


def _nights(monitoring: Monitoring) -> str:
    table = monitoring.nights
    return _table(
        [str(name).replace("_", " ") for name in table], table.to_numpy().tolist(), "Nights"
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]], name: str) -> str:
    head = "".join(f'<th scope="col">{escape(str(word))}</th>' for word in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{name}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _ends(interval: Interval, due: int) -> str:
    if not isfinite(interval.estimate):
        return "too few" if due else "not due"
    return f"{interval.estimate:.2f} ({interval.low:.2f} to {interval.high:.2f})"


def _reference(monitoring: Monitoring) -> str:
    held = monitoring.reference
    if not held.o_e_error:
        return "No judgement was given to hold it against: estimates are held against themselves."
    return (
        f"When it was judged the model saw {held.o_e:.2f} events for each expected "
        f"(standard error {held.o_e_error:.3f})."
    )
