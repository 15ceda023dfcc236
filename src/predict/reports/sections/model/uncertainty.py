"""Uncertainty and abstention: how wide, how often silent, how steady under refitting."""

from __future__ import annotations

from typing import Any

from predict.models.reliance.estimates import SetShare
from predict.reports.content import Content, sentence
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import in_100
from predict.statistics.disclosure import SMALLEST_CELL, Mask, Told

# What interval.json holds of its own proof.
PROOF = ("level", "coverage", "coverage_fifths", "mean_width", "central_range", "refits")


def uncertainty(context: ReportContext, view: ModelView) -> dict[str, Any]:
    """Return the interval's measured coverage, abstentions by reason, and the instability plot."""
    content = context.content
    looks = (*_sets(content, view), *_instability(content, view))
    return blocks(*_interval(content, view), *_abstained(context, view), *looks)


def _interval(content: Content, view: ModelView) -> list[dict[str, Any]]:
    stored = view.model.interval
    if not stored:
        return [sentence("model.uncertainty.no_interval")]
    rows = [
        [content.say(f"model.uncertainty.{key}"), _proof(stored[key])]
        for key in PROOF
        if key in stored
    ]
    shown = content.table("model.uncertainty.stored", ["property", "value"], rows)
    return [sentence("model.uncertainty.interval"), *([shown] if rows else [])]


def _proof(value: Any) -> Any:
    """A stored figure: shares as such, the worst of several."""
    return float(min(value)) if isinstance(value, (list, tuple)) else value


def _abstained(context: ReportContext, view: ModelView) -> list[dict[str, Any]]:
    """How many rows of this table got no estimate, and why."""
    if not view.rows:
        return [sentence("model.uncertainty.no_table")]
    groups, content, say = context.counted, context.content, context.say
    silent = groups.named(p for p, row in view.rows.items() if row.get("status") == "no_estimate")
    everyone = groups.named(view.rows)
    facts = {"told": _silent(content, silent, everyone)}
    reason_rows = [
        [
            say(f"model.uncertainty.{result}"),
            say.name("reason_name", code),
            content.people(groups.named(ids)),
        ]
        for result, by_code in _reasons(view).items()
        for code, ids in sorted(by_code.items())
    ]
    parts = [sentence("model.uncertainty.abstained", **facts)]
    columns = ["result", "reason", "people"]
    shown = content.table("model.uncertainty.why", columns, reason_rows)
    return [*parts, shown] if reason_rows else parts


def _silent(content: Content, silent: Mask, everyone: Mask) -> Told:
    """How many of this table's people got no estimate: all, some or none."""
    say, n = content.say, content.say.number(int(everyone.sum()))
    if (silent == everyone).all():
        told = say("model.uncertainty.silent_all", n=n)
        return content.resting(told, everyone, instead="model.uncertainty.silent_all_few")
    share = in_100(silent.sum() / everyone.sum(), say) if silent.any() else say("cell.none")
    numbers = {"n": n, "silent": say.number(int(silent.sum()))}
    told = say("model.uncertainty.silent", **numbers, share=share)
    return content.resting(told, silent, everyone, instead="model.uncertainty.silent_few")


def _reasons(view: ModelView) -> dict[str, dict[str, set[str]]]:
    """Return who got no estimate, or one with a note, by code."""
    people_by_code: dict[str, dict[str, set[str]]] = {"no_estimate": {}, "note": {}}
    for person, row in view.rows.items():
        silent, noted = row.get("status") == "no_estimate", row.get("reliance") == "note"
        for result in (["no_estimate"] if silent else []) + (["note"] if noted else []):
            for reason in view.reasons.get(person, ()):
                people_by_code[result].setdefault(reason.code, set()).add(person)
    return people_by_code


def _sets(content: Content, view: ModelView) -> list[dict[str, Any]]:
    """How often each conformal set stood on people, and for how many of them it was wrong."""
    learned = view.model.reliance.estimates
    if learned is None or not learned.sets:
        return []
    everybody, say = sum(share.n for share in learned.sets), content.say
    rows = [
        [
            say.name("outcome_set", share.outcome_set),
            _about(content, share.n),
            in_100(share.n / everybody, say) if everybody else content.few,
            _wrong(content, share),
        ]
        for share in learned.sets
    ]
    columns = ["set", "people", "in_100_people", "other_outcome"]
    ends = {"wrong_yes": learned.wrong_yes, "wrong_no": learned.wrong_no}
    wrong = {key: in_100(share, say) for key, share in ends.items()}
    # Who had a wrong set of one outcome are those whom the table tells or hides.
    hidden = any(map(_is_few, learned.sets))
    told = [] if hidden else [sentence("model.uncertainty.sets_wrong", **wrong)]
    shown = content.table("model.uncertainty.conformal", columns, rows)
    note = content.say("model.uncertainty.in_tens")
    return [sentence("model.uncertainty.sets"), *told, {**shown, "note": note}]


def _about(content: Content, n: int) -> str:
    """A count that is kept in tens only, and says so."""
    told = content.counted(n)
    return content.say("model.uncertainty.about", n=told) if n >= SMALLEST_CELL else told


def _is_few(share: SetShare) -> bool:
    """Whether a set was wrong of too few people to tell of how many in 100."""
    return share.wrong is None or 0 < share.wrong * share.n < SMALLEST_CELL


def _wrong(content: Content, share: SetShare) -> str:
    if share.wrong is None or _is_few(share):
        return content.few
    return in_100(share.wrong, content.say) if share.wrong else content.say("cell.none")


def _instability(content: Content, view: ModelView) -> list[dict[str, Any]]:
    """How far refits' estimates lie from the shipped ones."""
    stored = (view.model.facts.get("drivers") or {}).get("instability")
    if not stored:
        return [sentence("model.uncertainty.no_instability")]
    bins = [[b["estimate"], b["low"], b["high"]] for b in stored["bins"]]
    few = any(0 < b["n"] < SMALLEST_CELL for b in stored["bins"])  # tenths: one tells the others
    say = content.say
    rows = [
        [
            say.fixed(100 * b["estimate"], 0),
            content.few if few else content.counted(b["n"]),
            content.span(100 * b["low"], 100 * b["high"], 0),
        ]
        for b in stored["bins"]
    ]
    columns = ["shipped", "people", "refits"]
    shown = content.table("model.uncertainty.tenths", columns, rows)
    facts = {"off": say.fixed(100 * stored["mape"], 1), "often": in_100(stored["above_10"], say)}
    reading = say("model.uncertainty.reading", **facts)
    title = "model.uncertainty.instability"
    return [content.figure("instability", title, reading, {"bins": bins}, shown)]
