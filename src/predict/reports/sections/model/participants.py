"""Participants: who came in, who was left out and why, and what that does to the rate."""

from __future__ import annotations

from typing import Any

import numpy as np

from predict.analysis.attrition import Step, comparisons, flow
from predict.appraisal.study_groups import table_steps
from predict.appraisal.tripod_words import step_words
from predict.definitions.wording import Catalogue
from predict.evaluation.figure_data import records
from predict.features.follow_up import later_visit, who_counts
from predict.reports.content import DASH, Content, sentence
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import in_100
from predict.reports.lost import lost_of
from predict.reports.people import Learned
from predict.reports.sections.model.judged import evaluation_table
from predict.reports.sections.model.table_one import table_one
from predict.reports.words import fact_words, level_words, round_words, upper_first, when
from predict.statistics.disclosure import Mask, Table, Told

MEASURES = ("auroc", "brier", "o_e")
# What is said where a sentence's counts may not be told.
FEW = {
    "readings_told": "readings_few",
    "readings_later": "readings_later_few",
    "readings_started": "readings_started_few",
}


def participants(context: ReportContext, view: ModelView) -> dict[str, Any]:
    """Return the flow, who was left out, completers against the lost, and three readings."""
    parts: list[dict[str, Any]] = []
    if not context.cohort.people.empty:
        parts += [_flow(context), *table_one(context, view), _compared(context, view)]
    left = view.model.facts.get("left_out")
    if left is not None:
        parts.append(_left_out(context.content, context.learned(view)))
    parts += _lost(context, view)
    readings = evaluation_table(view, "readings")
    if readings is not None:
        parts.append(_readings(context.content, readings, _of_rates(context.learned(view))))
    return blocks(*parts)


def _of_rates(learned: Learned) -> tuple[Mask, ...]:
    """Return the groups that a rate among the model's people tells of, the lost with them."""
    return (learned.everyone, learned.events, learned.lost_here)


def _lost(context: ReportContext, view: ModelView) -> list[dict[str, Any]]:
    """The rate with the lost as no: of the model's people, then of all who started."""
    told, learned = lost_of(view.model), context.learned(view)
    if told is None or not told.lost:
        return []
    later = later_visit(view.model.study, view.model.as_of)
    at = {"who": who_counts(view.model.study, view.model.round, context.say)}
    parts = []
    if told.share_here is not None:
        rate = float(view.model.facts.get("rate", 0))
        facts = {"rate": rate, "worst": rate * (1 - told.share_here), "lost": told.share_here}
        key = "readings_later" if later else "readings_told"
        at |= {"when": when(view.model.study, later, context.say)} if later else {}
        parts.append(_reading(context, key, facts, _of_rates(learned), at))
    seen = learned.known
    if later and seen is not None:
        facts = {"lost": seen.share, "worst": seen.as_no}
        groups = (seen.known, seen.reached, seen.lost)
        parts.append(_reading(context, "readings_started", facts, groups, at))
    return parts


def _reading(
    context: ReportContext,
    key: str,
    facts: dict[str, float],
    groups: tuple[Mask, ...],
    words: dict[str, str],
) -> dict[str, Any]:
    content = context.content
    shares = {name: in_100(share, content.say) for name, share in facts.items()}
    said = content.say(f"model.participants.{key}", **shares, **words)
    instead = content.say(f"model.participants.{FEW[key]}", **words)
    return sentence("model.participants.readings", told=Told(said, groups, instead))


def _flow(context: ReportContext) -> dict[str, Any]:
    """The way through the study as boxes; small losses are not named."""
    groups, study, content = context.counted, flow(context.cohort), context.content
    say = content.say
    left = [groups.of(step.left) for step in study]
    boxes = [content.resting(_size(say, g), g, instead="model.participants.n_few") for g in left]
    lost = [
        [[say.name("why", why), content.people(groups.of(m))] for why, m in _ways(s).items()]
        for s in study
    ]
    steps = [
        [step_words(step.name, say), box, reasons]
        for step, box, reasons in zip(study, boxes, lost, strict=True)
    ]
    ends = say("model.participants.ends", first=boxes[0].value, last=boxes[-1].value)
    reading = content.resting(ends, left[0], left[-1], instead="model.participants.small")
    columns = ["step", "people", "why"]
    shown = content.table("model.participants.steps", columns, _table_steps(context))
    return content.figure("flow", "model.participants.flow", reading, {"steps": steps}, shown)


def _ways(step: Step) -> dict[str, Mask]:
    """Who is no longer there, by reason, and who came back."""
    return {**step.lost, **({"came_back": step.returned} if step.returned.any() else {})}


def _size(say: Catalogue, group: Mask) -> str:
    return say("model.participants.n", n=say.number(int(group.sum())))


def _table_steps(context: ReportContext) -> list[list[Any]]:
    """How many there are, how many each fault refuses, how many answered at each visit."""
    rows = context.cohort.flow.to_dict("records")
    steps = table_steps(context.cohort)
    size, content = context.counted.size, context.content
    return [
        [
            step_words(row["step"], content.say),
            _step(content, group, size),
            _cause(str(row["why"] or ""), content.say),
        ]
        for row, (_, group) in zip(rows, steps, strict=True)
    ]


def _cause(why: str, say: Catalogue) -> str:
    """Return why a step is smaller: in words, or the code of a fault as it stands."""
    return say.name("steps", why) if say.has(f"steps.{why}") else why


def _step(content: Content, group: Mask | int, size: int) -> Any:
    if isinstance(group, int):
        return content.counted(group)
    return content.people(np.concatenate([group, np.zeros(size - len(group), dtype=bool)]))


def _compared(context: ReportContext, view: ModelView) -> dict[str, Any]:
    """The model's people against the lost of table 1; of another table, everybody by end score."""
    learned, content, people = context.learned(view), context.content, context.counted
    say, own = content.say, None
    if learned.here:
        own = {str(view.model.round): (people.among(learned.everyone), people.among(learned.lost))}
    compared = comparisons(context.cohort, own)
    wide: dict[tuple[str, str, str], dict[str, Any]] = {}
    for place, row in enumerate(records(compared.frame)):
        key = (str(row["round"]), str(row["variable"]), str(row["level"] or ""))
        groups = _groups(context, compared, place)
        cells = wide.setdefault(key, {"gap": _gap(content, row, groups)})
        cells[str(row["group"])] = _mean(content, row, groups)
    rows = [
        [
            _named(context, variable, level),
            round_words(turn, say),
            cells.get("completers"),
            cells.get("lost"),
            cells["gap"],
        ]
        for (turn, variable, level), cells in wide.items()
    ]
    columns = ["fact", "round", "completers", "lost", "standardised_difference"]
    who = "" if own is None else who_counts(view.model.study, view.model.round, say)
    note = say(f"model.participants.compared_{'own' if who else 'all'}", who=who)
    return {**content.table("model.participants.compared", columns, rows), "note": note}


def _named(context: ReportContext, variable: str, level: str) -> str:
    study, say = context.study, context.say
    label = upper_first(fact_words(study, variable, say))
    return f"{label}: {level_words(study, variable, level, say)}" if level else label


def _groups(context: ReportContext, compared: Table, row: int) -> tuple[Mask, ...]:
    """Return every group that a row of the comparison tells of."""
    own = [mask for (place, _), mask in compared.masks.items() if place == row]
    return tuple(context.counted.of(mask) for mask in (*own, *compared.rests[row, "difference"]))


def _mean(content: Content, row: dict[str, Any], groups: tuple[Mask, ...]) -> Any:
    if row["mean"] is None:
        return content.few
    say = content.say
    return content.resting(f"{say.fixed(row['mean'], 2)} ({say.number(row['n'])})", *groups)


def _gap(content: Content, row: dict[str, Any], groups: tuple[Mask, ...]) -> Any:
    gap = row["difference"]
    return content.resting(DASH if gap is None else content.say.fixed(gap, 2), *groups)


def _left_out(content: Content, learned: Learned) -> dict[str, Any]:
    say = content.say
    first = [say("model.participants.learned_from"), content.people(learned.everyone)]
    rows: list[list[Any]] = [first]
    for why, group in learned.left_out.items():
        key = str(why).lower() if say.has(f"model.why.{str(why).lower()}") else str(why)
        rows.append([say.name("model.why", key), content.people(group)])
    return content.table("model.participants.left_out", ["group", "people"], rows)


def _readings(content: Content, readings: Any, groups: tuple[Mask, ...]) -> dict[str, Any]:
    wide: dict[str, dict[str, Any]] = {}
    for row in records(readings):
        wide.setdefault(str(row["reading"]), {})[str(row["metric"])] = row
    rows = [
        [
            content.say.name("model.reading", name),
            _rate(content, own, groups[:2] if name == "completers" else groups),
            *[content.ranged(own[m], 3) if m in own else DASH for m in MEASURES],
        ]
        for name, own in wide.items()
    ]
    return content.table("model.participants.three", ["reading", "rate", *MEASURES], rows)


def _rate(content: Content, own: dict[str, Any], groups: tuple[Mask, ...]) -> Any:
    """A reading's rate: of those who completed it rests on nobody who was lost."""
    return content.resting(content.ranged(own["rate"], 3), *groups) if "rate" in own else DASH
