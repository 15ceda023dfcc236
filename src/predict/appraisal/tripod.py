"""TRIPOD+AI: all 52 sub-items, answered from artifacts where a machine can, else by name missing.

References
----------
Collins et al. 2024, BMJ 385:e078378.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from predict.appraisal.evidence import Evidence
from predict.appraisal.sample_size import candidate_parameters, enough
from predict.appraisal.study_groups import count_text, step_told
from predict.appraisal.tripod_words import Part, joined, named, number, part_words
from predict.definitions.wording import load_catalogue
from predict.evaluation.figure_data import clinical_range
from predict.evaluation.verdict_words import said_facts
from predict.features.follow_up import of_takers
from predict.features.training_set import START_SCORE
from predict.statistics.disclosure import large_quantile

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
# What an answer says: parts that are told one after another. A part that rests on a group of people
# is decided with all the others.
Answer = Callable[[Evidence], list[Part]]


def tripod(evidence: Evidence) -> list[dict[str, Any]]:
    """Return item, title, status (reported, partial, not_reported, not_applicable), said and text.

    ``said`` holds sentences of the catalogue with their facts, ``text`` says them in English. A
    statement of the experiment answers its item, or is added to what artifacts say; nothing is
    ever blank. The checklist leaves the clinic, so counts of people are told as
    `predict.statistics.disclosure` allows, together.
    """
    entries = [_entry(item, title, evidence) for item, title in ITEMS.items()]
    release, say = evidence.groups.released(), load_catalogue()
    told = [{**entry, "said": release.fill(entry["said"])} for entry in entries]
    return [{**entry, "text": part_words(entry["said"], say)} for entry in told]


def _entry(item: str, title: str, evidence: Evidence) -> dict[str, Any]:
    """A statement of the experiment is people's own words, in their language."""
    stated = evidence.statements.get(item, "")
    known = {"item": item, "title": title}
    if item in ANSWERS:
        parts = ANSWERS[item](evidence)
        status = "partial" if item in PARTIAL and not stated else "reported"
        return {**known, "status": status, "said": [*parts, f" {stated}"] if stated else parts}
    if item in NOT_HERE:
        said = {"say": f"tripod.{NOT_HERE[item]}"}
        return {**known, "status": "not_applicable", "said": [said]}
    if stated:
        return {**known, "status": "reported", "said": [stated]}
    return {**known, "status": "not_reported", "said": [said_of(f"not_reported_{item}")]}


NOT_HERE = {
    "12f": "not_updated",
    "16": "development_only",
    "20c": "development_only",
    "24": "not_updated",
}
PARTIAL = {"1", "4", "5b", "6c", "26"}


def said_of(key: str, **facts: Any) -> Part:
    """Return a sentence of the checklist with its facts."""
    return {"say": f"tripod.{key}", **facts}


def _title(e: Evidence) -> list[Part]:
    of = e.training
    treatment = named(of.study.treatment.name)
    return [
        said_of(
            "title", outcome=of.outcome.name, round=of.round, visit=of.as_of, treatment=treatment
        )
    ]


def _objective(e: Evidence) -> list[Part]:
    return [said_of("objective", outcome=e.training.outcome.name)]


def _dates(e: Evidence) -> list[Part]:
    study, extras = e.training.study, e.training.extras
    visits = said_of("visits", visits=", ".join(study.visits))
    if study.time and study.time in extras and pd.api.types.is_numeric_dtype(extras[study.time]):
        low, high = (large_quantile(extras[study.time].dropna(), q) for q in (0.01, 0.99))
        if low == low:
            ends = {"low": number(low, "g"), "high": number(high, "g")}
            return [visits, " ", said_of("time_runs", time=study.time, **ends)]
        return [visits, " ", said_of("time_few", time=study.time)]
    return [visits, " ", said_of("no_time")]


def _eligibility(e: Evidence) -> list[Part]:
    learned = said_of("eligible", visit=e.training.as_of, people=count_text(e.groups.learned))
    out = [[_why(why), ": ", count_text(group)] for why, group in e.groups.left_out.items()]
    return [learned, " ", said_of("left_out", who=joined(out)) if out else said_of("left_out_none")]


def _why(why: str) -> Part:
    """Return why people were left out in words; the code of a fault as it stands."""
    key = f"model.why.{why.lower()}"
    return {"say": key} if load_catalogue().has(key) else why


TREATED = {
    "comparison": "treatment_compared",
    "no_comparison": "treatment",
    "undeclared": "treatment_undeclared",
}


def _treatments(e: Evidence) -> list[Part]:
    treatment = e.training.study.treatment
    said = TREATED[treatment.groups]
    parts: list[Part] = [said_of(said, treatment=named(treatment.name))]
    if treatment.arm:
        parts += [" ", said_of("arm", arm=treatment.arm)]
    return [*parts, " ", named(treatment.approval_note)] if treatment.approval_note else parts


def _preparation(e: Evidence) -> list[Part]:
    style = "raw" if e.model.fitted.preparation.style == "raw" else "filled"
    return [said_of(f"preparation_{style}")]


def _outcome(e: Evidence) -> list[Part]:
    round_ = e.training.study.rounds[e.training.round]
    start = e.training.study.rounds["one"].start
    title = named(e.training.outcome.title)
    return [said_of("outcome", title=title, start=start, end=round_.end)]


def _choice_of_predictors(e: Evidence) -> list[Part]:
    blocks = ", ".join(e.training.blocks)
    return [said_of("predictors", columns=len(e.training.chosen), blocks=blocks)]


def _definition_of_predictors(e: Evidence) -> list[Part]:
    visits = e.training.dictionary()["visit"].value_counts().to_dict()
    known = [[said_of("known_at", n=count, visit=visit)] for visit, count in visits.items()]
    return [said_of("definitions", parts=joined(known))]


def _size(e: Evidence) -> list[Part]:
    parameters = candidate_parameters(e.training.X[list(e.training.chosen)])
    flexible = e.model.fitted.recipe.may_be_flexible
    return [*enough(e.training.n, e.training.events, parameters, flexible=flexible).said]


def _missing(e: Evidence) -> list[Part]:
    X = e.training.X[list(e.training.chosen)]
    share = float(X.isna().to_numpy().mean())
    lost = count_text(e.groups.follow_up.lost)
    facts = {"share": number(share, ".1%"), "lost": lost}
    round = e.training.round
    if of_takers(e.training.study, round):
        return [said_of("missing_takers", **facts, round={"say": f"rounds.{round}"})]
    return [said_of("missing", **facts)]


def _partition(e: Evidence) -> list[Part]:
    p, inner = e.plan, e.model.fitted.recipe.inner
    return [said_of("partition", outer=p.outer, inner=inner, repeats=p.repeats)]


def _handling(e: Evidence) -> list[Part]:
    return [said_of("handling", columns=len(e.model.columns))]


def _type(e: Evidence) -> list[Part]:
    fitted = e.model.fitted
    pairs = [[f"{k} = ", number(v, "g")] for k, v in fitted.params.items()]
    return [
        said_of(
            "type",
            family=e.model.family,
            trials=fitted.recipe.trials,
            settings=joined(pairs) if pairs else {"say": "cell.none"},
            calibration=fitted.calibration.kind,
        )
    ]


def _clusters(e: Evidence) -> list[Part]:
    count = len(set(e.training.groups))
    return [said_of("no_clusters") if count == e.training.n else said_of("clusters", n=count)]


def _measures(e: Evidence) -> list[Part]:
    names = ", ".join(sorted(set(e.evaluation.metrics["metric"])))
    ends = clinical_range(e.evaluation.tables.get("usefulness"))
    low, high = (number(end, ".2f") for end in ends)
    return [said_of("measures", names=names, low=low, high=high)]


def _calculation(e: Evidence) -> list[Part]:
    return [said_of("calculation")]


def _imbalance(e: Evidence) -> list[Part]:
    rate = number(e.training.events / e.training.n, ".1%")
    state = "weighted" if e.state("CLASS_WEIGHTS") == "issue" else "not_weighted"
    return [said_of(state, rate=rate)]


def _fairness(e: Evidence) -> list[Part]:
    table = e.evaluation.tables.get("subgroups", pd.DataFrame())
    if table.empty:
        return [said_of("no_groups")]
    groups = [[named(name)] for name in sorted(set(table["subgroup"]))]
    return [said_of("groups", groups=joined(groups))]


def _output(e: Evidence) -> list[Part]:
    marks = joined([[number(t, "g")] for t in e.plan.thresholds])
    useful = e.evaluation.tables.get("usefulness", pd.DataFrame())
    words: list[Part] = [" ", {"useful": _row(useful)}] if len(useful) else []
    return [said_of(_output_key(e), marks=marks), *words]


def _output_key(e: Evidence) -> str:
    """Return what the model gives for a person: no number where withheld, or one with no span."""
    if e.model.withheld:
        return "output_withheld"
    return "output" if e.model.interval else "output_no_interval"


def _row(table: pd.DataFrame) -> dict[str, Any]:
    return {str(key): None if value != value else value for key, value in table.iloc[0].items()}


def _code(e: Evidence) -> list[Part]:
    return [said_of("code")]


def _flow(e: Evidence) -> list[Part]:
    steps = [[{"step": step}, ": ", step_told(group)] for step, group in e.groups.steps]
    answers = [[{"answer": name}, " ", count_text(g)] for name, g in e.groups.answers.items()]
    return [said_of("flow", steps=joined(steps, "; "), answers=joined(answers))]


def _characteristics(e: Evidence) -> list[Part]:
    start = e.training.extras[START_SCORE]
    facts = {"mean": number(start.mean(), ".1f"), "sd": number(start.std(), ".1f")}
    age = e.training.extras.get("age")
    if age is None or not pd.api.types.is_numeric_dtype(age):
        return [said_of("start_scores", **facts)]
    ages = {"age": number(age.mean(), ".1f"), "age_sd": number(age.std(), ".1f")}
    return [said_of("start_scores_and_ages", **facts, **ages)]


def _analysed(e: Evidence) -> list[Part]:
    return [said_of("analysed", n=e.training.n, events=e.training.events)]


def _full_model(e: Evidence) -> list[Part]:
    return [said_of("full_model")]


def _performance(e: Evidence) -> list[Part]:
    names = ("auroc", "brier", "calibration_intercept", "calibration_slope", "ici")
    metrics = joined([e.metric(name) for name in names], "; ")
    return [metrics, ". ", {"verdict": said_facts(e.evaluation.verdict)}]


def _heterogeneity(e: Evidence) -> list[Part]:
    within = e.evaluation.verdict.get("within", {})
    if not within:
        return [said_of("no_strata")]
    parts = [[named(name), " ", number(v["auroc"], ".2f")] for name, v in within.items()]
    return [said_of("within", strata=joined(parts))]


def _limits(e: Evidence) -> list[Part]:
    """What stands against the model: no "none" beside notes that say, say, that people are few."""
    issues, notes = (
        [[named(title)] for title in e.checks.loc[e.checks["state"] == state, "title"]]
        for state in ("issue", "note")
    )
    parts: list[Part] = [
        said_of("objections", stand=joined(issues, " ")) if issues else said_of("no_objections")
    ]
    return [*parts, " ", said_of("noted", notes=joined(notes, " "))] if notes else parts


def _poor_input(e: Evidence) -> list[Part]:
    return [said_of("poor_input", most=e.model.reliance.thresholds.missing_stop)]


ANSWERS: dict[str, Answer] = {
    "1": _title, "4": _objective, "5b": _dates, "6b": _eligibility, "6c": _treatments,
    "7": _preparation, "8a": _outcome, "9a": _choice_of_predictors,
    "9b": _definition_of_predictors, "10": _size, "11": _missing, "12a": _partition,
    "12b": _handling, "12c": _type, "12d": _clusters, "12e": _measures, "12g": _calculation,
    "13": _imbalance, "14": _fairness, "15": _output, "18f": _code, "20a": _flow,
    "20b": _characteristics, "21": _analysed, "22": _full_model, "23a": _performance,
    "23b": _heterogeneity, "26": _limits, "27a": _poor_input,
}  # fmt: skip
