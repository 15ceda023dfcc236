"""TRIPOD+AI: all 52 sub-items, answered from artifacts where a machine can, else by name missing.

References
----------
Collins et al. 2024, BMJ 385:e078378.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from predict.appraisal.evidence import Evidence
from predict.appraisal.sample_size import enough
from predict.appraisal.study_groups import count_text, step_told
from predict.features.training_set import START_SCORE
from predict.statistics.disclosure import Told, large_quantile

ITEMS: dict[str, str] = {
    "1": "Title", "2": "Abstract", "3a": "Healthcare context", "3b": "Target population and users",
    "3c": "Known health inequalities", "4": "Objectives",
    "5a": "Sources of data and representativeness",
    "5b": "Dates of the data", "6a": "Setting", "6b": "Eligibility", "6c": "Treatments received",
    "7": "Data preparation", "8a": "Outcome and time horizon", "8b": "Outcome assessors",
    "8c": "Blinding of outcome assessment", "9a": "Choice of initial predictors",
    "9b": "Definition and timing of predictors", "9c": "Predictor assessors", "10": "Sample size",
    "11": "Missing data", "12a": "Use and partitioning of the data",
    "12b": "Handling of predictors",
    "12c": "Model type, tuning and internal validation", "12d": "Heterogeneity and clusters",
    "12e": "Performance measures", "12f": "Model updating",
    "12g": "How predictions were calculated", "13": "Class imbalance", "14": "Fairness",
    "15": "Model output and thresholds", "16": "Differences between development and evaluation",
    "17": "Ethical approval", "18a": "Funding", "18b": "Conflicts of interest", "18c": "Protocol",
    "18d": "Registration", "18e": "Data sharing", "18f": "Code sharing",
    "19": "Patient and public involvement", "20a": "Flow of participants and events",
    "20b": "Characteristics of participants", "20c": "Comparison with development data",
    "21": "People and events in each analysis", "22": "The full model",
    "23a": "Performance with intervals", "23b": "Heterogeneity of performance",
    "24": "Results of updating", "25": "Interpretation and fairness", "26": "Limitations",
    "27a": "Poor or missing input at use", "27b": "User interaction", "27c": "Next steps",
}  # fmt: skip
AUTOMATABLE = (
    "5b", "6b", "7", "8a", "9a", "9b", "10", "11", "12a", "12b", "12c", "12d", "12e", "13", "14",
    "15", "20a", "20b", "21", "22", "23a", "23b", "27a",
)  # fmt: skip
# Why an item cannot be answered from a run.
HUMAN: dict[str, str] = {
    "2": "an abstract is written with the paper",
    "3a": "the clinic's context is not in the data",
    "3b": "who will use the estimates is decided by the clinic",
    "3c": "inequalities are known to the clinic, not to the table",
    "5a": "how people came into the table is not recorded in it",
    "6a": "the setting is not recorded in the table",
    "8b": "who assessed the outcome is not recorded; self-report scales have no assessor",
    "8c": "blinding is not recorded in the table",
    "9c": "who assessed the predictors is not recorded; self-report scales have no assessor",
    "17": "approval is a document of the clinic",
    "18a": "funding is not known to the program",
    "18b": "conflicts are not known to the program",
    "18c": "no protocol was named in the experiment",
    "18d": "no registration was named in the experiment",
    "18e": "data sharing is the clinic's decision",
    "19": "involvement is not known to the program",
    "25": "interpretation is for people; the verdict is a beginning",
    "27b": "how users meet the estimates is not yet studied",
    "27c": "next steps are for the clinic to say",
}

# A text, or its parts; a part that rests on a group of people is decided with all the others.
Answer = Callable[[Evidence], str | list[str | Told]]


def tripod(evidence: Evidence) -> list[dict[str, str]]:
    """Return item, title, status (reported, partial, not_reported, not_applicable) and text.

    A statement of the experiment answers its item, or is added to what artifacts say; nothing is
    ever blank. The checklist leaves the clinic, so counts of people are told as
    `predict.statistics.disclosure` allows, together.
    """
    entries = [_entry(item, title, evidence) for item, title in ITEMS.items()]
    release = evidence.groups.released()
    return [{**entry, "text": _joined(release.fill(entry["text"]))} for entry in entries]


def _joined(text: Any) -> str:
    return text if isinstance(text, str) else "".join(str(part) for part in text)


def _entry(item: str, title: str, evidence: Evidence) -> dict[str, Any]:
    said = evidence.statements.get(item, "")
    if item in ANSWERS:
        answer = ANSWERS[item](evidence)
        parts = [answer] if isinstance(answer, str) else answer
        pieces = [*parts, f" {said}"] if said else parts
        status = "partial" if item in PARTIAL and not said else "reported"
        return {"item": item, "title": title, "status": status, "text": pieces}
    if item in NOT_HERE:
        return {"item": item, "title": title, "status": "not_applicable", "text": NOT_HERE[item]}
    if said:
        return {"item": item, "title": title, "status": "reported", "text": said}
    text = f"Not reported: {HUMAN[item]}."
    return {"item": item, "title": title, "status": "not_reported", "text": text}


NOT_HERE = {
    "12f": "The model was developed, not updated.",
    "16": "Development only; `predict validate` answers this for other data.",
    "20c": "Development only; `predict validate` answers this for other data.",
    "24": "The model was developed, not updated.",
}
PARTIAL = {"1", "4", "5b", "6c", "26"}


def _title(e: Evidence) -> str:
    return (
        f"Development of a model that predicts {e.training.outcome.name} in round "
        f"{e.training.round}, as of {e.training.as_of}, under {e.training.study.treatment.name}."
    )


def _objective(e: Evidence) -> str:
    return f"To develop and internally validate a prediction of {e.training.outcome.name}."


def _dates(e: Evidence) -> str:
    study, extras = e.training.study, e.training.extras
    visits = f"Visits in order: {', '.join(study.visits)}."
    if study.time and study.time in extras and pd.api.types.is_numeric_dtype(extras[study.time]):
        low, high = (large_quantile(extras[study.time].dropna(), q) for q in (0.01, 0.99))
        if low == low:
            return (
                f"{visits} '{study.time}' runs from {low:g} to {high:g} (1st to 99th percentile)."
            )
        return f"{visits} '{study.time}' holds dates; too few people to tell from when to when."
    return f"{visits} The study names no time column, so calendar dates are not known."


def _eligibility(e: Evidence) -> list[str | Told]:
    text: list[str | Told] = [
        f"People with a known outcome and answers at {e.training.as_of}: ",
        count_text(e.groups.learned), ". Left out: ",
    ]  # fmt: skip
    for why, group in e.groups.left_out.items():
        text += [f"{why}: ", count_text(group), ", "]
    return [*text[:-1], "."] if e.groups.left_out else [*text, "nobody."]


def _treatments(e: Evidence) -> str:
    treatment = e.training.study.treatment
    arm = f" The arm is recorded in '{treatment.arm}'." if treatment.arm else ""
    return f"All under {treatment.name}.{arm} {treatment.approval_note}".strip()


def _preparation(e: Evidence) -> str:
    style = e.model.fitted.preparation.style
    words = "missing values kept as such" if style == "raw" else "median filled in, missing flagged"
    return (
        f"Learned inside each training part, the same for every group of people: {words}; choices "
        "as 0/1 columns of the levels seen. Ranges and codes are checked by the study file."
    )


def _outcome(e: Evidence) -> str:
    round_ = e.training.study.rounds[e.training.round]
    start = e.training.study.rounds["one"].start
    return f"{e.training.outcome.title}: from {start} to {round_.end}."


def _choice_of_predictors(e: Evidence) -> str:
    return (
        f"{len(e.training.chosen)} columns, opted into by block ({', '.join(e.training.blocks)}); "
        "no selection by their relation to the outcome before modelling."
    )


def _definition_of_predictors(e: Evidence) -> str:
    visits = e.training.dictionary()["visit"].value_counts().to_dict()
    parts = ", ".join(f"{count} known at {visit}" for visit, count in visits.items())
    return f"Each column's meaning, unit and visit stands in features.json: {parts}."


def _size(e: Evidence) -> str:
    return enough(e.training.n, e.training.events, len(e.training.chosen)).sentence


def _missing(e: Evidence) -> list[str | Told]:
    X = e.training.X[list(e.training.chosen)]
    share = float(X.isna().to_numpy().mean())
    none = np.zeros_like(e.groups.learned)
    return [
        f"{share:.1%} of predictor values are missing; see data preparation. ",
        count_text(e.groups.answers.get("unknown", none)), " people have an unknown outcome: never "
        "guessed; three readings show what they may change.",
    ]  # fmt: skip


def _partition(e: Evidence) -> str:
    p, inner = e.plan, e.model.fitted.recipe.inner
    return (
        f"Nested cross-validation: {p.outer} outer folds, {inner} inner, {p.repeats} repeats; "
        "stratified by outcome, whole clusters in one fold. All people train the shipped model."
    )


def _handling(e: Evidence) -> str:
    return (
        "Numbers enter as they are; no cut points are chosen from the data; "
        f"{len(e.model.columns)} columns enter the shipped model."
    )


def _type(e: Evidence) -> str:
    fitted = e.model.fitted
    settings = ", ".join(f"{k} = {v:g}" for k, v in fitted.params.items()) or "none"
    return (
        f"Family {e.model.family}; {fitted.recipe.trials} trials of seeded search inside the inner "
        f"folds; settings: {settings}; calibration {fitted.calibration.kind}, learned out of fold."
    )


def _clusters(e: Evidence) -> str:
    count = len(set(e.training.groups))
    if count == e.training.n:
        return "The study names no cluster; people are independent units of every split."
    return f"{count} clusters, each wholly inside one fold; performance within strata is reported."


def _measures(e: Evidence) -> str:
    names = ", ".join(sorted(set(e.evaluation.metrics["metric"])))
    return f"{names}; net benefit over {e.plan.clinical_range}; each with an interval."


def _calculation(e: Evidence) -> str:
    return (
        "Out-of-fold estimates of each person, averaged over repeats; never of the shipped model."
    )


def _imbalance(e: Evidence) -> str:
    rate = e.training.events / e.training.n
    state = "were" if e.state("CLASS_WEIGHTS") == "issue" else "were not"
    return f"Outcome rate {rate:.1%}. Classes {state} weighted or resampled."


def _fairness(e: Evidence) -> str:
    table = e.evaluation.tables.get("subgroups", pd.DataFrame())
    if table.empty:
        return "No grouping of people is declared, so no subgroup was judged."
    groups = ", ".join(sorted(set(table["subgroup"])))
    return f"Performance by {groups}, with gaps; too few are not judged, under 11 suppressed."


def _output(e: Evidence) -> str:
    marks = ", ".join(f"{t:g}" for t in e.plan.thresholds)
    useful = e.evaluation.tables.get("usefulness", pd.DataFrame())
    words = f" {useful['sentence'].iloc[0]}" if len(useful) else ""
    return f"A probability (0-1) with a 90 % interval and reasons; pairs told at {marks}.{words}"


def _code(e: Evidence) -> str:
    return "Every step is this program under its version and the experiment file of the run."


def _flow(e: Evidence) -> list[str | Told]:
    text: list[str | Told] = []
    for step, group in e.groups.steps:
        text += [f"{step}: ", step_told(group), "; "]
    text[-1] = ". Outcomes: "
    for name, group in e.groups.answers.items():
        text += [f"{name} ", count_text(group), ", "]
    return [*text[:-1], "."]


def _characteristics(e: Evidence) -> str:
    start = e.training.extras[START_SCORE]
    words = f"Starting score mean {start.mean():.1f} (SD {start.std():.1f})"
    age = e.training.extras.get("age")
    if age is not None and pd.api.types.is_numeric_dtype(age):
        words += f"; age mean {age.mean():.1f} (SD {age.std():.1f})"
    return f"{words}. Missing by column stands in reliance.json."


def _analysed(e: Evidence) -> str:
    return (
        f"{e.training.n} people with {e.training.events} events in every analysis of performance."
    )


def _full_model(e: Evidence) -> str:
    return "The model folder: every number that makes an estimate, as JSON, with checksums."


def _performance(e: Evidence) -> str:
    names = ("auroc", "brier", "calibration_intercept", "calibration_slope", "ici")
    return f"{'; '.join(e.metric(name) for name in names)}. {e.evaluation.verdict['sentence']}"


def _heterogeneity(e: Evidence) -> str:
    within = e.evaluation.verdict.get("within", {})
    if not within:
        return "The study has no arm, site or earlier state within which to look."
    parts = (f"{name} {v['auroc']:.2f}" for name, v in within.items())
    return f"AUROC within strata: {', '.join(parts)}."


def _limits(e: Evidence) -> str:
    issues = e.checks.loc[e.checks["state"] == "issue", "title"].tolist()
    return "Objections that stand: " + (" ".join(issues) if issues else "none.")


def _poor_input(e: Evidence) -> str:
    limits = e.model.reliance.thresholds
    return (
        f"More than {limits.missing_stop} missing items (or an instrument's stricter rule), unseen "
        "categories, values outside training and an absent visit give no estimate, with the reason."
    )


ANSWERS: dict[str, Answer] = {
    "1": _title, "4": _objective, "5b": _dates, "6b": _eligibility, "6c": _treatments,
    "7": _preparation, "8a": _outcome, "9a": _choice_of_predictors,
    "9b": _definition_of_predictors, "10": _size, "11": _missing, "12a": _partition,
    "12b": _handling, "12c": _type, "12d": _clusters, "12e": _measures, "12g": _calculation,
    "13": _imbalance, "14": _fairness, "15": _output, "18f": _code, "20a": _flow,
    "20b": _characteristics, "21": _analysed, "22": _full_model, "23a": _performance,
    "23b": _heterogeneity, "26": _limits, "27a": _poor_input,
}  # fmt: skip
