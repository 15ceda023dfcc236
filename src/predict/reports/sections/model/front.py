"""Front page: on one screen, whether to rely on the model, and what stands against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from predict.definitions.wording import digits_that_show
from predict.evaluation.differences import DECIDING
from predict.evaluation.figure_data import (
    calibration_bins,
    inner_curve,
    records,
    told_decisions,
)
from predict.evaluation.verdict_words import (
    rival_words,
    usefulness_words,
    verdict_words,
    what_matters_first,
)
from predict.models.families import PRIOR
from predict.reports.content import Block, Content, sentence
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import NO_EVALUATION, NotApplicable, in_100
from predict.reports.issued import issued_by_quarter
from predict.reports.sections.model.calibration import calibration_figure
from predict.reports.sections.model.judged import coarse_spread, evaluation_table, named_rivals
from predict.reports.sections.model.tripod import answer_words
from predict.reports.sections.model.usefulness import FEWEST_MARKS, decision_figure
from predict.reports.sections.patient.limits import TOLD_LOSS, lost_share, who_of
from predict.statistics.disclosure import Told
from predict.statistics.intervals import wilson

# Of the checklist: what still speaks against the design.
OBJECTIONS = "26"


def front(context: ReportContext, view: ModelView) -> dict[str, Any] | NotApplicable:
    """Return the verdict, the difference to each rival, two pictures, objections and quarters."""
    if view.evaluation is None:
        return NotApplicable(NO_EVALUATION)
    content = context.content
    return {
        "verdict": [*_headline(content, view), _sentence(content, view)],
        "pictures": [
            [_differences(content, view), *_objections(context, view)],
            [_calibration(content, view)],
            [_decisions(content, view), *_quarters(context, view), *_limits(context, view)],
        ],
    }


def _headline(content: Content, view: ModelView) -> list[Block]:
    """Whom the model is shown to beat, and whom not, in a line."""
    states: dict[str, list[str]] = {}
    compared = what_matters_first(view.verdict.get("comparisons", {}))
    for rival, gap in compared.items():
        states.setdefault(str(gap["state"]), []).append(
            rival_words(rival, view.verdict, content.say)
        )
    usual = ("better", "no_different", "not_shown", "worse")
    # Where the prior goes before the rest, what is said of it does.
    first = next(iter(states), "") if next(iter(compared), "") == PRIOR.name else ""
    order = dict.fromkeys(state for state in (first, *usual) if state)
    return [
        sentence(f"model.front.{state}", rivals=content.say.listed(states[state]))
        for state in order
        if state in states
    ]


def _sentence(content: Content, view: ModelView) -> Block:
    said = verdict_words(view.verdict, content.say)
    return sentence("model.front.sentence", sentence=said) if said else {}


def _differences(content: Content, view: ModelView) -> Block:
    """The deciding difference to every rival, with its interval."""
    gaps: Mapping[str, Mapping[str, Any]] = view.verdict.get("comparisons", {})
    judged = {rival: gap for rival, gap in gaps.items() if "difference" in gap}
    if not judged:
        return {}
    say = content.say
    ends = {
        rival: [_known(gap[key]) for key in ("difference", "low", "high")]
        for rival, gap in judged.items()
    }
    metric = say(f"column.{next(iter(judged.values()))['metric']}")
    data = {
        "rows": [[rival_words(rival, view.verdict, say), *own] for rival, own in ends.items()],
        "reference": 0.0,
        "digits": digits_that_show(*(end for own in ends.values() for end in own)),
        "level": round(100 * float(view.verdict.get("level", DECIDING))),
        "axis": say("model.front.axis", metric=metric),
        "means": say("legend.no_gain"),
    }
    reading = say("model.front.differences_reading")
    return content.figure("forest", "model.front.differences", reading, data)


def _known(value: float) -> float | None:
    return float(value) if value == value else None


def _calibration(content: Content, view: ModelView) -> Block:
    spread, curve = coarse_spread(view), evaluation_table(view, "calibration_curve")
    bins = calibration_bins(spread)
    if curve is not None:
        curve = inner_curve(curve, spread)
    if len(bins) < FEWEST_MARKS:
        return sentence("model.front.no_calibration")
    return {**calibration_figure(content, view, spread, bins, curve), "table": None}


def _decisions(content: Content, view: ModelView) -> Block:
    tables = view.evaluation.tables if view.evaluation else {}
    inside = told_decisions(tables)
    if len(inside) < FEWEST_MARKS:
        return sentence("model.front.no_decisions")
    told = evaluation_table(view, "usefulness")
    words = "" if told is None else usefulness_words(records(told)[0], content.say)
    return {**decision_figure(content, inside, named_rivals(content, view), words), "table": None}


def _quarters(context: ReportContext, view: ModelView) -> list[Block]:
    """What was estimated and what happened, by the quarter in which the answers were given."""
    quarters = issued_by_quarter(context, view)
    if not quarters:
        return [sentence("model.front.no_quarters")]
    content, rows = context.content, []
    for quarter in quarters:
        share = wilson(int(quarter.events.sum()), int(quarter.everyone.sum()))
        ends = {key: getattr(share, key) for key in ("low", "high")}
        happened = content.say.fixed(100 * share.estimate, 0) + content.span_in_100(ends)
        estimated = content.say.fixed(100 * quarter.estimate, 0)
        rows.append([
            quarter.name,
            content.people(quarter.everyone),
            content.resting(estimated, quarter.everyone),
            content.resting(happened, quarter.everyone, quarter.events),
        ])  # fmt: skip
    columns = ["quarter", "people", "estimated", "happened"]
    return [content.table("model.front.quarters", columns, rows)]


def _objections(context: ReportContext, view: ModelView) -> list[Any]:
    """What speaks against it, by the checks."""
    checklist = view.tripod or view.model.facts.get("tripod") or ()
    stand = [answer_words(row, context.say) for row in checklist if str(row["item"]) == OBJECTIONS]
    told = [sentence("model.front.objections", sentence=text) for text in stand]
    return told or [sentence("model.front.no_checks")]


def _limits(context: ReportContext, view: ModelView) -> list[Any]:
    """Who was lost, which groups are too few to judge, and where the figures come from."""
    parts: list[Any] = []
    lost = lost_share(view)
    if lost is not None and lost > TOLD_LOSS:
        learned = context.learned(view)
        who = who_of(view, context.say)
        told = sentence("model.front.lost", lost=in_100(lost, context.say), who=who)
        numbers = {"n": context.content.people(learned.everyone), "who": who}
        counted = context.content.people(learned.lost)
        beside = sentence("model.front.lost_beside", lost=counted, **numbers)
        not_told = sentence("model.front.lost_not_told", who=who)
        instead = Told(beside, (learned.everyone, learned.lost), not_told)
        parts.append(Told(told, (learned.started, learned.lost), instead))
    groups = evaluation_table(view, "subgroups")
    if groups is not None:
        named = groups.drop_duplicates(["subgroup", "value"])
        at_sites = named["subgroup"].isin([context.study.site, context.study.cluster])
        parts += _too_few("groups", named[~at_sites]) + _too_few("places", named[at_sites])
    return [*parts, sentence("model.summary.places")]


def _too_few(kind: str, named: pd.DataFrame) -> list[Block]:
    """How many of the groups, or of the places, have too few people to judge."""
    few = int((named["note"] != "").sum())
    how = {0: f"{kind}_none", 1: f"{kind}_one"}.get(few, kind)
    return [sentence(f"model.front.{how}", few=few, all=len(named))] if len(named) else []
