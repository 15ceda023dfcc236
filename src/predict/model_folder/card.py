"""The model card, in the headings of the CHAI Applied Model Card: aggregates only.

References
----------
Coalition for Health AI, Applied Model Card schema 0.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from predict.models.response_model import ResponseModel

UNSAID = "Not stated: for the clinic to say."
SHOWN = ("auroc", "brier", "calibration_intercept", "calibration_slope", "ici")


def limits(model: ResponseModel) -> list[str]:
    """Return the sentences that go wherever the model goes."""
    return [
        "An estimate of the outcome under the treatment as it was given to the people it learned "
        "from; it does not say what would happen without that treatment.",
        "It must not decide alone who is treated, and it says nothing about safety.",
        f"It predicts as of '{model.as_of}' and reads nothing known later.",
        "It was judged on people like those it learned from; elsewhere it must be judged again.",
    ]


def card(model: ResponseModel) -> str:
    """Return the card as Markdown: aggregates only, no person's value."""
    parts = [f"# {model.name}"]
    for heading, lines in _sections(model).items():
        parts += ["", f"## {heading}", "", *lines]
    return "\n".join(parts) + "\n"


def _sections(model: ResponseModel) -> dict[str, list[str]]:
    return {
        "Basic information": _basics(model),
        "Release information": ["Stage: research. Regulatory approval: none."],
        "Model summary": _summary(model),
        "Uses and directions": _uses(model),
        "Warnings": [f"- {sentence}" for sentence in limits(model)],
        "Trust ingredients": _trust(model),
        "Key metrics": _metrics(model),
        "Resources": [UNSAID],
        "Bibliography": ["TRIPOD+AI 2024, BMJ 385:e078378; PROBAST+AI 2025, BMJ 388:e082505."],
        "Columns": _columns(model),
    }


def _basics(model: ResponseModel) -> list[str]:
    return [f"Model: {model.name}. Developer and contact: {UNSAID[:1].lower()}{UNSAID[1:]}"]


def _summary(model: ResponseModel) -> list[str]:
    return [
        f"Outcome `{model.outcome.name}`, round {model.round}, as of `{model.as_of}`; "
        f"family `{model.family}` on {len(model.columns)} columns, calibrated by "
        f"{model.fitted.calibration.kind}.",
    ]


def _uses(model: ResponseModel) -> list[str]:
    return [
        f"Intended use: a second look at who may need earlier review under "
        f"{model.study.treatment.name}, once answers of `{model.as_of}` are known; the estimate "
        "opens a conversation and closes none.",
        "",
        "Users: clinicians who know the person. Directions: `predict score MODEL TABLE -o OUT`.",
        "",
        "Out of scope: choosing or refusing treatment, judging safety, people unlike those below.",
    ]


def _trust(model: ResponseModel) -> list[str]:
    facts = model.facts
    return [
        f"Learned from {facts.get('n', 'unknown')} people with a known outcome; "
        f"{facts.get('events', 'unknown')} of them reached it.",
        "",
        "Output: a probability (0-1), a 90 % interval, reasons that add up to the estimate, and "
        "how far to rely on it. Input: a table read under the study kept in this folder.",
        "",
        *_interval(model.interval),
        *_marginal(facts.get("marginal")),
        "Maintenance: validate on new people (`predict validate`) before and during use.",
    ]


def _interval(interval: Mapping[str, Any] | None) -> list[str]:
    if not interval or "coverage" not in interval:
        return ["No interval was learned.", ""]
    return [
        f"The interval held {interval['coverage']:.0%} of simulated truths at a mean width of "
        f"{interval['mean_width']:.2f} (construction {interval['construction']}, "
        f"{interval['refits']} refits).",
        "",
    ]


def _marginal(facts: Mapping[str, Any] | None) -> list[str]:
    if not facts:
        return []
    return [
        f"Marginal reasons are held against all {facts['people']} people it learned from, made "
        f"alike in groups of {facts['group']} or more, which moves them by "
        f"{facts['mean_change']:.2f} points out of 100 on average and "
        f"{facts['largest_change']:.1f} at most.",
        "",
    ]


def _metrics(model: ResponseModel) -> list[str]:
    evaluation = model.facts.get("evaluation")
    if not evaluation:
        return ["This model was not judged: run `predict run`, or `predict evaluate`."]
    rows = [
        f"| {row['metric']} | {_number(row['estimate'])} | {_number(row['low'])} to "
        f"{_number(row['high'])} |"
        for row in _own(evaluation["metrics"], model.family)
    ]
    return [
        str(evaluation["verdict"]["sentence"]),
        "",
        *_standing(model),
        "Nested cross-validation of the whole recipe; nobody was judged by a model that knew them.",
        "",
        "| measure | estimate | 95 % interval |",
        "|---|---|---|",
        *rows,
    ]


def _standing(model: ResponseModel) -> list[str]:
    """Return what follows for estimates from how the model stood against the prior."""
    if model.standing == "better":
        return []
    if model.standing == "not_judged":
        return ["Not judged against giving everybody the rate.", ""]
    sentence = "Not shown to tell patients apart better than giving everybody the rate"
    if model.withheld:
        return [f"{sentence}: scores and pages hold no estimate and no reasons.", ""]
    return [f"{sentence}; estimates are shown all the same: {model.show_unproven}", ""]


def _own(metrics: Sequence[Mapping[str, Any]], family: str) -> list[Mapping[str, Any]]:
    return [row for row in metrics if row["model"] == family and row["metric"] in SHOWN]


def _number(value: Any) -> str:
    return "not defined" if value is None else f"{value:.3f}"


def _columns(model: ResponseModel) -> list[str]:
    return [
        "| column | meaning | known at |",
        "|---|---|---|",
        *[f"| {c.name} | {c.label} | {c.visit} |" for c in model.columns],
    ]
