"""The model's page: a front page and every section, from what was stored and judged."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np

from predict.analysis.attrition import flow, sums
from predict.definitions.wording import load_catalogue
from predict.definitions.wording.catalogue import clean, keyed
from predict.errors import PredictError
from predict.reports.charts.legends import legend
from predict.reports.charts.plots import PLOTS
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import FORMAT, filled
from predict.reports.outcome_terms import outcome_words, short_title
from predict.reports.page import environment, style, template_words
from predict.reports.people import released
from predict.reports.sections import MODEL, ModelSection
from predict.reports.sections.model.front import front
from predict.reports.sections.model.table_one import table_one_families
from predict.reports.words import setting
from predict.statistics.disclosure import SMALLEST_CELL, Mask


def model_facts(context: ReportContext) -> dict[str, Any]:
    """Return the facts of the model report: every section of every model, or why it is absent."""
    settings, say = context.settings, context.say
    facts = {
        "format": FORMAT,
        "kind": "model",
        "language": settings.language,
        "made": say.day(clean(settings.made, longest=40)),
        "version": settings.version,
        "treatment": setting(context.study, say),
        "order": list(MODEL),
        "models": [_one(context, view) for view in context.views],
    }
    told = dict(released(context.counted, facts, _families(context)))
    return {**told, "models": [_with_hidden(one, say("cell.few")) for one in told["models"]]}


def _with_hidden(model: Mapping[str, Any], few: str) -> dict[str, Any]:
    """Return a model's facts with the number of cells that may not be told, to say why once."""
    blocks = [block for part in model["sections"].values() for block in part.get("blocks", ())]
    rows = [row for block in blocks for row in (block.get("table") or block).get("rows", ())]
    hidden = sum(cell == few for row in rows for cell in row)
    return {**model, "hidden": hidden, "most": SMALLEST_CELL - 1}


def _families(context: ReportContext) -> list[Mask]:
    """Return what a reader can add up: the flow, step by step, and each question's answers."""
    people = context.counted
    families = []
    if not context.cohort.people.empty:
        for step in flow(context.cohort):
            families += [np.array([people.of(part) for part in family]) for family in sums(step)]
    for learned in people.learned:
        families.append(np.array([learned.everyone, *learned.left_out.values()]))
    for view in context.views:
        families += table_one_families(context, view)
    return families


def _one(context: ReportContext, view: ModelView) -> dict[str, Any]:
    return {
        **outcome_words(view.model, context.say),
        "name": clean(view.model.name, longest=64),
        "title": short_title(view.model, context.say),
        "front": filled(_section("front", front, context, view)),
        "sections": {
            name: filled(_section(name, section, context, view)) for name, section in MODEL.items()
        },
    }


def _section(name: str, section: ModelSection, context: ReportContext, view: ModelView) -> Any:
    """A section's facts, or its own reason to have none; a fault of it is an error, and named."""
    try:
        return section(context, view)
    except PredictError:
        raise
    except Exception as error:
        raise PredictError(
            f"The section '{name}' of the model report could not be made "
            f"({type(error).__name__}). Please report it; patients' pages do not depend on it.",
            code="SECTION_FAILED",
        ) from error


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
                PLOTS[block["kind"]](block, name, say)
            ),
            legend=lambda block: Markup(legend(block, say)),  # noqa: S704 - escaped in legend()
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
