"""Summary: what the model predicts, how well it did, and the verdict, in half a page."""

from __future__ import annotations

from typing import Any

import pandas as pd

from predict.definitions.wording import Catalogue
from predict.definitions.wording.catalogue import clean
from predict.evaluation.verdict_words import verdict_words
from predict.reports.content import Content, sentence
from predict.reports.content import section as blocks
from predict.reports.context import ModelView, ReportContext
from predict.reports.facts import in_100
from predict.reports.outcome_terms import outcome_words, short_title
from predict.reports.sections.model.judged import metrics
from predict.reports.sections.patient.limits import lost_share, who_of
from predict.reports.words import when
from predict.statistics.disclosure import Told


def summary(context: ReportContext, view: ModelView) -> dict[str, Any]:
    """Return what is predicted, for whom, from what, the verdict and the largest limits."""
    words = _told(context, view)
    parts = [sentence("model.summary.question", **words), sentence("model.summary.people", **words)]
    # A verdict that begins with what has to be known first goes before all else.
    parts.insert(0 if view.verdict.get("leads") else len(parts), _verdict(context.say, view))
    parts += _standing(view)
    parts += _performance(context.content, view)
    lost = lost_share(view)
    if lost:
        parts.append(sentence("model.summary.lost", lost=_share_lost(context, view, lost)))
    parts.append(sentence(f"model.summary.{context.study.treatment.groups}", **words))
    parts.append(sentence("model.summary.places"))
    parts.append(sentence("model.summary.status"))
    return blocks(*parts)


def _verdict(say: Catalogue, view: ModelView) -> dict[str, Any]:
    said = verdict_words(view.verdict, say)
    if not said:
        return sentence("model.summary.no_verdict")
    return sentence("model.summary.verdict", sentence=said)


def _share_lost(context: ReportContext, view: ModelView, lost: float) -> Any:
    learned = context.learned(view)
    say, who = context.say, who_of(view, context.say)
    told = say("model.summary.lost_share", lost=in_100(lost, say), who=who)
    sizes = {
        "n": say.number(int(learned.everyone.sum())),
        "lost": say.number(int(learned.lost.sum())),
    }
    beside = say("model.summary.lost_beside", **sizes, who=who)
    some = say("model.summary.lost_some", who=who)
    instead = Told(beside, (learned.everyone, learned.lost), some)
    return Told(told, (learned.started, learned.lost), instead)


def _standing(view: ModelView) -> list[dict[str, Any]]:
    """Whether pages hold estimates, where the model is not shown to be better than the rate."""
    if view.model.withheld:
        return [sentence("model.summary.withheld")]
    if view.model.standing == "not_better":
        why = clean(view.model.show_unproven.rstrip("."), longest=200)
        return [sentence("model.summary.shown", why=why)]
    return []


def _told(context: ReportContext, view: ModelView) -> dict[str, Any]:
    model, facts = view.model, view.model.facts
    learned, content, say = context.learned(view), context.content, context.say
    rate = in_100(float(facts.get("rate", 0)), say)
    return {
        **outcome_words(model, say),
        "title": short_title(model, say),
        "treatment": say.named(context.study.treatment.name),
        "when": when(model.study, model.as_of, say),
        "n": content.people(learned.everyone),
        "events": content.people(learned.events),
        "rate": content.resting(rate, learned.everyone, learned.events),
        "columns": len(model.columns),
    }


def _performance(content: Content, view: ModelView) -> list[dict[str, Any]]:
    """Four sentences: ranking, calibration, overall, and the rival it has to beat."""
    own, words = metrics(view), outcome_words(view.model, content.say)
    parts = []
    if "auroc" in own:
        area = own["auroc"]
        pairs = content.say.fixed(100 * area["estimate"], 0)
        span = content.span_in_100(area)
        parts.append(sentence("model.summary.ranking", **words, estimate=pairs, span=span))
    if "calibration_slope" in own and "o_e" in own:
        pair = {"slope": "calibration_slope", "ratio": "o_e"}
        facts = {place: content.ranged(own[name], 2) for place, name in pair.items()}
        untold = pd.isna(own["calibration_slope"]["estimate"])
        key = "calibration_untold" if untold else "calibration"
        parts.append(sentence(f"model.summary.{key}", **facts))
    if "brier_scaled" in own:
        parts.append(
            sentence("model.summary.overall", scaled=_in_100(content, own["brier_scaled"]))
        )
    return parts


def _in_100(content: Content, row: dict[str, Any]) -> str:
    shares = {key: 100 * float(row[key]) for key in ("estimate", "low", "high")}
    return content.ranged(shares, 1)
