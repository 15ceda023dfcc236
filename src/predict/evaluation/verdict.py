"""One sentence of a fixed grammar, with its numbers: is the model better than a plain rule?"""

from __future__ import annotations

from typing import Any

import pandas as pd

from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.differences import DECIDING, simplest
from predict.evaluation.plan import SIMPLEST_FIRST
from predict.evaluation.strata import WITHIN
from predict.features.training_set import TrainingSet

WORDS = {
    "better": "is shown to be better than",
    "not_shown": "is not shown to be better than",
    "worse": "is shown to be worse than",
}
NAMES = {
    "prior": "the prior",
    "start": "the starting score alone",
    "state": "the state after round one alone",
    "severity": "baseline severity",
    "totals": "totals, age and sex",
    "linear": "the penalised logistic model",
    "boosted": "the boosted model",
}
# The order in which a model is held against its rivals: severity leads.
AGAINST = ("severity", "start", "prior", "state", "totals", "linear", "boosted")


def verdict(
    found: OutOfFold,
    training: TrainingSet,
    model: str,
    metrics: pd.DataFrame,
    differences: pd.DataFrame,
    strata: pd.DataFrame,
) -> dict[str, Any]:
    """Return the verdict on one family as plain values; `sentence` is for people.

    "Better" means that the upper end of the 90 % interval of the Brier difference lies below 0.
    """
    comparisons = {
        rival: _compare(differences, model, rival)
        for rival in AGAINST
        if rival in found.models and rival != model
    }
    area = _of(metrics, model, "auroc")
    alone = _alone(differences, found)
    facts = {
        "model": model,
        "round": training.round,
        "as_of": training.as_of,
        "outcome": training.outcome.name,
        "n": found.n,
        "events": found.events,
        "rate": found.events / found.n,
        "level": DECIDING,
        "auroc": area,
        "comparisons": comparisons,
        "not_better_than_prior": [name for name, better in alone.items() if not better],
        "simplest_within_one_standard_error": simplest(found),
        "within": _within(strata, model),
        "clusters_allowed_for": found.clusters is not None,
    }
    admits = _admission(training, alone)
    return {"sentence": _sentence(facts, admits), "admits": admits, **facts}


def state(low: float, high: float) -> str:
    """Return what an interval of a Brier difference shows.

    Examples
    --------
    >>> state(-0.02, -0.01), state(-0.02, 0.01), state(0.01, 0.02)
    ('better', 'not_shown', 'worse')
    """
    if high < 0:
        return "better"
    return "worse" if low > 0 else "not_shown"


def _compare(differences: pd.DataFrame, model: str, rival: str) -> dict[str, Any]:
    """Return the Brier difference model minus rival, whichever way round it was stored."""
    forward = _pair(differences, model, rival, "brier")
    if forward is not None:
        low, gap, high = forward["low"], forward["estimate"], forward["high"]
    else:
        back = _pair(differences, rival, model, "brier")
        if back is None:
            raise KeyError(f"{model} and {rival} were not compared")
        low, gap, high = -back["high"], -back["estimate"], -back["low"]
    return {"brier_difference": gap, "low": low, "high": high, "state": state(low, high)}


def _pair(
    differences: pd.DataFrame, model: str, rival: str, metric: str
) -> dict[str, float] | None:
    rows = differences[
        (differences["model"] == model)
        & (differences["rival"] == rival)
        & (differences["metric"] == metric)
    ]
    if rows.empty:
        return None
    return {name: float(rows.iloc[0][name]) for name in ("estimate", "low", "high")}


def _of(metrics: pd.DataFrame, model: str, metric: str) -> dict[str, float]:
    row = metrics[(metrics["model"] == model) & (metrics["metric"] == metric)].iloc[0]
    return {name: float(row[name]) for name in ("estimate", "low", "high")}


def _alone(differences: pd.DataFrame, found: OutOfFold) -> dict[str, bool]:
    """Return for every rival whether it is shown to be better than the prior."""
    if "prior" not in found.models:
        return {}
    return {
        name: _compare(differences, name, "prior")["state"] == "better"
        for name in found.models
        if name != "prior"
    }


def _admission(training: TrainingSet, alone: dict[str, bool]) -> str:
    if alone and not any(alone.values()):
        return f"nothing known at {training.as_of} is shown to predict better than the prior"
    if alone.get("severity") is False:
        name = "baseline alone" if training.as_of == training.study.visits[0] else "severity so far"
        return f"{name} (severity) is not shown to be better than the prior"
    return ""


def _within(strata: pd.DataFrame, model: str) -> dict[str, dict[str, float]]:
    rows = strata[(strata["model"] == model) & (strata["value"] == WITHIN)]
    return {
        str(row["stratum"]): {
            "auroc": float(row["estimate"]),
            "low": float(row["low"]),
            "high": float(row["high"]),
        }
        for row in rows.to_dict("records")
    }


def _names(facts: dict[str, Any]) -> dict[str, str]:
    """Return the rivals' names; after round one severity is both totals, so far."""
    so_far = {"severity": "severity so far"} if facts["round"] != "one" else {}
    return {facts["model"]: facts["model"], **NAMES, **so_far}


def _sentence(facts: dict[str, Any], admits: str) -> str:
    names = _names(facts)
    named = names[facts["model"]]
    subject = named[0].upper() + named[1:]
    clauses = [_clause(names.get(r, r), gap) for r, gap in facts["comparisons"].items()]
    area = facts["auroc"]
    ending = (
        f"AUROC {area['estimate']:.2f} ({area['low']:.2f} to {area['high']:.2f})"
        f", {facts['n']} people, {facts['events']} with the outcome"
    )
    head = f"{subject} as of {facts['as_of']} {_listed(clauses)}"
    return "; ".join(part for part in (head, admits, ending) if part) + "."


def _clause(rival: str, gap: dict[str, Any]) -> str:
    numbers = f"{gap['brier_difference']:+.3f}, {gap['low']:+.3f} to {gap['high']:+.3f}"
    words = WORDS[gap["state"]]
    return f"{words} {rival} (Brier {numbers})"


def _listed(clauses: list[str]) -> str:
    if len(clauses) < 2:
        return "".join(clauses) or "was compared with nothing"
    return f"{', '.join(clauses[:-1])} and {clauses[-1]}"


def verdict_family(family: str, found: OutOfFold) -> str:
    """Return whom the verdict is about: the recipe's family, or the one `best` would ship."""
    if family == "best":
        return simplest(found)
    return family if family in found.models else max(found.models, key=SIMPLEST_FIRST.index)
