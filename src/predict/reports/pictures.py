"""The report's drawings as files that stand alone: for MLflow, slides and papers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from textwrap import wrap
from typing import Any

import pandas as pd

from predict.definitions.wording import Catalogue, load_catalogue
from predict.evaluation.figure_data import (
    calibration_bins,
    inner_curve,
    records,
    spread_parts,
    told_decisions,
    told_rivals,
)
from predict.evaluation.verdict_words import rival_words
from predict.reports.charts.legends import keys, swatch
from predict.reports.charts.plots import PLOTS
from predict.reports.content import Content
from predict.reports.page import style
from predict.reports.sections.model.usefulness import decision_figure
from predict.reports.words import upper_first

Tables = Mapping[str, pd.DataFrame]
# A curve needs two ends.
FEWEST = 2
HEADING, KEY = 40, 20
# Beside a mark of the legend.
KEY_LETTERS = 46
SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


def evaluation_pictures(
    tables: Tables, verdict: Mapping[str, Any], *, language: str = "en"
) -> dict[str, str]:
    """Return the pictures of an evaluation that enough people stand behind, as SVG by name.

    Parameters
    ----------
    tables : mapping of str to DataFrame
    verdict : mapping
        Of an evaluation.
    language : str
        Of the words in them.
    """
    say, parts = load_catalogue(language), spread_parts(tables)
    if parts:  # worked out once for all that follows
        ends = {"with": "with_outcome", "without": "without_outcome"}
        tables = {**tables, "spread": pd.DataFrame(parts).rename(columns=ends)}
    decisions, pictures = told_decisions(tables), {}
    if len(parts) >= FEWEST:
        curve = tables.get("calibration_curve")
        inner = pd.DataFrame() if curve is None else inner_curve(curve, parts)
        pictures["calibration"] = _calibration(records(inner), calibration_bins(parts), say)
    if len(decisions) >= FEWEST:
        told = told_rivals(tables)
        rivals = {rival_words(name, verdict, say): part for name, part in told.items()}
        block = decision_figure(Content(say), decisions, rivals, "")
        pictures["decision"] = _drawn(block, say)
    return pictures


def _calibration(
    curve: Sequence[Mapping[str, Any]], bins: Sequence[Mapping[str, Any]], say: Catalogue
) -> str:
    ends = ("observed", "low", "high")
    data = {
        "curve": [[row[key] for key in ("estimate", *ends)] for row in curve],
        "bins": [[row[key] for key in ("estimate", *ends, "from", "to")] for row in bins],
        "spread": [],
    }
    title = say("model.calibration.figure")
    return _drawn({"kind": "calibration", "title": title, "reading": title, "data": data}, say)


def drivers_picture(
    rows: Sequence[Mapping[str, Any]], *, most: int = 15, language: str = "en"
) -> str:
    """Return how much each column moves estimates over everybody, as SVG; empty where none does.

    Parameters
    ----------
    rows : sequence of mapping
        Of `drivers.json`: label and strength, in log-odds.
    most : int
        How many of the strongest are shown.
    language : str
        Of the words in it.
    """
    say = load_catalogue(language)
    strong = sorted((row for row in rows if row["strength"] > 0), key=lambda r: -r["strength"])
    labels = [upper_first(str(row["label"])) for row in strong[:most]]
    values = [100 * float(row["strength"]) for row in strong[:most]]
    title, data = say("plot.drivers"), {"labels": labels, "values": values}
    block = {"kind": "bars", "title": title, "reading": title, "data": data}
    return _drawn(block, say, legend=False) if labels else ""


def _drawn(block: Mapping[str, Any], say: Catalogue, *, legend: bool = True) -> str:
    drawing = PLOTS[block["kind"]](block, block["kind"], say)
    return standing_alone(drawing, block["title"], keys(block, say) if legend else ())


def standing_alone(drawing: str, title: str, legend: Sequence[tuple[str, str]] = ()) -> str:
    """Return a page's drawing as a file of its own: with title, legend, colours and a ground.

    Examples
    --------
    >>> alone = standing_alone('<svg class="fig" viewBox="0 0 60 40"></svg>', "Who answers?")
    >>> alone[:80]
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="80" viewBox="0 0 60 8'
    """
    found = SIZE.search(drawing)
    if found is None:
        raise ValueError("a drawing has a viewBox that begins at 0 0")
    width, height = float(found[1]), float(found[2])
    rows = _lines(legend)
    top = HEADING + KEY * len(rows)
    place = f'<svg y="{top}" width="{width:g}" height="{height:g}" '
    tall = f"{height + top:g}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{tall}" '
        f'viewBox="0 0 {width:g} {tall}" font-family="system-ui, sans-serif">'
        f"<style><![CDATA[{style('model')}]]></style>"
        f'<rect width="100%" height="100%" fill="var(--card)"/>'
        f'<text class="tb" x="14" y="26">{escape(title)}</text>'
        f"{_legend(rows)}{drawing.replace('<svg ', place, 1)}</svg>\n"
    )


def _lines(legend: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return a legend line by line: long words go on below their mark, and none is cut."""
    wrapped = [(mark, wrap(words, KEY_LETTERS)) for mark, words in legend]
    return [
        (swatch(mark) if place == 0 else "", line)
        for mark, lines in wrapped
        for place, line in enumerate(lines)
    ]


def _legend(rows: Sequence[tuple[str, str]]) -> str:
    return "".join(
        f'<g transform="translate(14 {HEADING + KEY * row})">{drawn}'
        f'<text class="tn" x="40" y="12">{escape(words)}</text></g>'
        for row, (drawn, words) in enumerate(rows)
    )
