"""The model's page: fifteen sections from what was stored and judged, for each model."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from predict.reporting.asked import outcome_words, short_title
from predict.reporting.charts.plots import PLOTS
from predict.reporting.desk import Desk, Lane
from predict.reporting.facts import FORMAT, NotApplicable, filled
from predict.reporting.page import environment, style, template_words
from predict.reporting.sections import MODEL
from predict.reporting.wording import load_catalogue
from predict.reporting.wording.catalogue import clean, keyed
from predict.reporting.words import day, setting


def model_facts(desk: Desk) -> dict[str, Any]:
    """Return the facts of the model report: every section of every model, or why it is absent."""
    settings = desk.settings
    return {
        "format": FORMAT,
        "kind": "model",
        "language": settings.language,
        "made": day(clean(settings.made, longest=40)),
        "version": settings.version,
        "treatment": setting(desk.study),
        "order": list(MODEL),
        "models": [_one(desk, lane) for lane in desk.lanes],
    }


def _one(desk: Desk, lane: Lane) -> dict[str, Any]:
    return {
        **outcome_words(lane.model),
        "name": clean(lane.model.name, longest=64),
        "title": short_title(lane.model),
        "sections": {name: filled(_told(section, desk, lane)) for name, section in MODEL.items()},
    }


def _told(section: Any, desk: Desk, lane: Lane) -> Any:
    """A section, or why it could not be made: one section must not stop the report."""
    try:
        return section(desk, lane)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        return NotApplicable(f"its figures could not be read ({type(error).__name__})")


def model_html(facts: Mapping[str, Any]) -> str:
    """Return the model report from its facts alone."""
    from markupsafe import Markup

    say = load_catalogue(facts["language"])
    return (
        environment()
        .get_template("model.html.j2")
        .render(
            x=facts,
            lang=facts["language"],
            css=style("model"),
            grid=lambda block, at: Markup(grid(block, at)),  # noqa: S704 - escaped in keyed()
            draw=lambda block, name: Markup(  # noqa: S704 - escaped in svg.text()
                PLOTS[block["kind"]](block, name)
            ),
            **template_words(facts, say),
        )
    )


def grid(block: Mapping[str, Any], at: str) -> str:
    """Return a table of facts as HTML, every cell keyed."""
    columns = block["columns"]
    heads = "".join(
        f'<th scope="col"{_right(c)}>{keyed(c["title"], f"{at}.columns.{i}.title")}</th>'
        for i, c in enumerate(columns)
    )
    rows = "".join(_line(row, columns, f"{at}.rows.{i}") for i, row in enumerate(block["rows"]))
    caption = keyed(block["caption"], f"{at}.caption")
    note = f'<p class="note">{keyed(block["note"], f"{at}.note")}</p>' if block["note"] else ""
    name = escape(block["caption"], quote=True)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{name}"><table class="grid">'
        f"<caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        f"</div>{note}"
    )


def _line(row: Any, columns: Any, at: str) -> str:
    first, *rest = row
    cells = "".join(
        f"<td{_right(column)}>{keyed(cell, f'{at}.{i}')}</td>"
        for i, (cell, column) in enumerate(zip(rest, columns[1:], strict=True), start=1)
    )
    return f'<tr><th scope="row">{keyed(first, f"{at}.0")}</th>{cells}</tr>'


def _right(column: Mapping[str, Any]) -> str:
    return ' class="n"' if column["right"] else ""
