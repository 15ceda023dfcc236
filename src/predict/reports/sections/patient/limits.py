"""What the page cannot tell: fixed texts, chosen by the study's treatment facts."""

from __future__ import annotations

from typing import Any

from predict.definitions.wording import Catalogue
from predict.features.follow_up import later_visit, who_counts
from predict.reports.context import ModelView, PatientView
from predict.reports.facts import whole
from predict.reports.lost import lost_of
from predict.reports.outcome_terms import outcome_words
from predict.reports.words import when

# A treatment named by one of these words has its own sentences in the catalogue.
TREATMENTS = ("ketamine",)
TOLD_LOSS = 0.05


def limits(patient: PatientView) -> dict[str, Any]:
    """Return the keys of the four limits with their facts."""
    treatment, view = patient.context.study.treatment, patient.view
    say = patient.context.say
    noun = outcome_words(view.model, say)["noun"] if view else say("verbs.response.noun")
    lost = lost_share(view) if view else None
    facts: dict[str, Any] = {
        "treatment": say.named(treatment.name),
        "noun": noun,
    }
    if view and lost is not None:
        facts |= {"lost": whole(lost), "who": who_of(view, say)}
    group: str = treatment.groups if treatment.named else "unnamed"
    group = own(treatment.name, group) if group == "no_comparison" else group
    stop = "lost_unknown" if lost is None else "lost"
    # With several models the table of all estimates says it.
    if len(patient.context.views) < 2 and view and patient.shown(view):
        facts |= whom_left_out(patient)
    return {**facts, "says": [group, "change", stop, own(treatment.name, "safety")]}


def own(treatment: str, key: str) -> str:
    """Return the key of a treatment's own sentence, or the general one.

    Examples
    --------
    >>> own("at-home ketamine programme", "safety"), own("talking therapy", "safety")
    ('safety_ketamine', 'safety')
    """
    named = [word for word in TREATMENTS if word in treatment.lower()]
    return f"{key}_{named[0]}" if named else key


def bracket(view: ModelView, say: Catalogue) -> dict[str, Any]:
    """Return the share lost, and the rate if none of them reached the outcome, in 100.

    Of the people behind the rate it stands beside: where the model stands after the start, those
    with answers at that visit, and ``when`` says so; else ``who`` says whom. Nothing where at most
    5 in 100 were lost.
    """
    told = lost_of(view.model)
    share = told.share_here if told else None
    if share is None or share <= TOLD_LOSS:
        return {}
    later = later_visit(view.model.study, view.model.as_of)
    named = {"when": when(view.model.study, later, say)} if later else {"who": who_of(view, say)}
    worst = whole(float(view.model.facts["rate"]) * (1 - share))
    return {"lost": whole(share), "worst": worst, **named}


def lost_share(view: ModelView) -> float | None:
    """Return the share lost of those `who_of` names; None if nobody was or it is not recorded."""
    told = lost_of(view.model)
    return told.share if told and told.lost else None


def who_of(view: ModelView, say: Catalogue) -> str:
    """Return whom `lost_share` counts: who started, or who took the model's round."""
    return who_counts(view.model.study, view.model.round, say)


def whom_left_out(patient: PatientView) -> dict[str, str]:
    """Return the key of what the figures of a later round leave out, with its facts."""
    view = next((view for view in patient.context.views if view.model.round != "one"), None)
    if view is None:
        return {}
    declared = patient.context.study.treatment.round_two
    if declared == "scheduled":
        return {"selection": "scheduled"}
    key = declared or "had"  # that they chose it is told only where the study says so
    left = view.model.facts.get("left_out") or {}
    counts = {str(key): float(value) for key, value in left.items()}
    stayed = next((v for k, v in counts.items() if k.lower().endswith("not_in_round")), None)
    if stayed is None:
        return {"selection": f"{key}_some"}
    everyone = sum(counts.values()) + float(view.model.facts["n"])
    tenth = round(10 * (1 - stayed / everyone))
    return {"selection": key, "n": str(min(9, max(1, tenth)))}
