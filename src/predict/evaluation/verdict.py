"""One sentence of a fixed grammar, with its numbers: is the model better than a plain rule?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from predict.definitions.wording import load_catalogue
from predict.evaluation.comparators import as_held_against, totals_with
from predict.evaluation.cross_validation import OutOfFold
from predict.evaluation.differences import (
    DECIDING,
    deciding_loss,
    simplest,
    smallest_that_matters,
    state,
)
from predict.evaluation.drift import Drift, rate_drift
from predict.evaluation.plan import Plan
from predict.evaluation.strata import WITHIN
from predict.evaluation.verdict_words import verdict_words
from predict.features.training_set import TrainingSet
from predict.models.families import PRIOR, SEVERITY, TOTALS
from predict.models.recipe import BEST
from predict.statistics.intervals import FEWEST_CLUSTERS

# An AUROC that falls by more within groups tells groups apart rather than people.
FALLS = 0.05


def verdict(
    estimates: OutOfFold,
    training: TrainingSet,
    model: str,
    tables: Mapping[str, pd.DataFrame],
    plan: Plan,
) -> dict[str, Any]:
    """Return the verdict on one family as codes and numbers; `sentence` says them in English.

    "Better" means that the upper end of the 90 % interval of the deciding difference lies below 0,
    and that not all of it is too small to matter.

    Parameters
    ----------
    tables : mapping
        ``metrics``, ``differences``, ``strata``; ``places`` and ``later`` where there are any.
    """
    rate, loss = estimates.events / estimates.n, deciding_loss(estimates)
    smallest = smallest_that_matters(rate, loss, plan.smallest_difference)
    decided = Comparisons(tables["differences"], loss, smallest)
    alone = decided.against_prior(estimates)
    facts = {
        "model": model,
        "round": training.round,
        "as_of": training.as_of,
        "outcome": training.outcome.name,
        "n": estimates.n,
        "events": estimates.events,
        "rate": rate,
        "level": DECIDING,
        "decided_by": loss,
        "smallest_difference": smallest,
        "auroc": _of(tables["metrics"], model, "auroc"),
        "comparisons": decided.of(estimates, model),
        "not_better_than_prior": [name for name, better in alone.items() if not better],
        "simplest_within_one_standard_error": simplest(estimates),
        "within": _within(tables["strata"], model),
        "entered_twice": training.entered_twice,
        **({"totals_with": totals_with(training)} if TOTALS.name in estimates.models else {}),
        "drift": _drift(rate_drift(training)),
        "sampling": _sampling(estimates, training),
        "repeats": {"asked": plan.repeats, "made": len(estimates.folds)},
        **_elsewhere(tables),
    }
    facts["leads"] = _leads(facts)
    facts["admits"] = _admission(training, alone)
    return {"sentence": verdict_words(facts, load_catalogue()), **facts}


class Comparisons:
    """The stored differences, read either way round."""

    def __init__(self, differences: pd.DataFrame, loss: str, smallest: float) -> None:
        rows = differences[differences["level"] == DECIDING].to_dict("records")
        names = ("estimate", "low", "high")
        self._ends_of = {
            (row["model"], row["rival"], row["metric"]): tuple(float(row[n]) for n in names)
            for row in rows
        }
        self._loss, self._smallest = loss, smallest

    def of(self, estimates: OutOfFold, model: str) -> dict[str, dict[str, Any]]:
        """Return what is shown of a model against each of its rivals."""
        rivals = [name for name in as_held_against(estimates.models) if name != model]
        return {rival: self.between(model, rival) for rival in rivals}

    def against_prior(self, estimates: OutOfFold) -> dict[str, bool]:
        """Return for every rival whether it is shown to be better than the prior."""
        if PRIOR.name not in estimates.models:
            return {}
        return {
            name: self.between(name, PRIOR.name)["state"] == "better"
            for name in estimates.models
            if name != PRIOR.name
        }

    def between(self, model: str, rival: str) -> dict[str, Any]:
        """Return the deciding difference, model minus rival, its interval and what it shows."""
        gap, low, high = self._ends(model, rival, self._loss)
        return {
            "metric": self._loss,
            "difference": gap,
            "brier_difference": self._ends(model, rival, "brier")[0],
            "low": low,
            "high": high,
            "state": state(low, high, smallest=self._smallest),
        }

    def _ends(self, model: str, rival: str, metric: str) -> tuple[float, float, float]:
        if ends := self._ends_of.get((model, rival, metric)):
            gap, low, high = ends
            return gap, low, high
        if (rival, model, metric) not in self._ends_of:
            raise KeyError(f"{model} and {rival} were not compared")
        gap, low, high = self._ends_of[rival, model, metric]
        return -gap, -high, -low


def _of(metrics: pd.DataFrame, model: str, metric: str) -> dict[str, float]:
    row = metrics[(metrics["model"] == model) & (metrics["metric"] == metric)].iloc[0]
    return {name: float(row[name]) for name in ("estimate", "low", "high")}


def _admission(training: TrainingSet, alone: dict[str, bool]) -> str:
    """Return the code of what is admitted before all figures: who is not better than the prior."""
    if alone and not any(alone.values()):
        return "nothing_known"
    if alone.get(SEVERITY.name) is False:
        return "baseline" if training.as_of == training.study.visits[0] else "severity_so_far"
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


def falls_within(facts: Mapping[str, Any]) -> str:
    """Return the grouping within which the AUROC falls most, where it falls by more than .05.

    The arm goes before any other: it is what a treatment does, and no fact of the person. A model
    that ranks nobody over all (.55 or less) has nothing to lose.
    """
    whole = facts["auroc"]["estimate"]
    if not whole - 0.5 > FALLS:
        return ""
    falls = {name: whole - at["auroc"] for name, at in facts["within"].items()}
    fallen = {name: fall for name, fall in falls.items() if fall > FALLS}
    return "arm" if "arm" in fallen else max(fallen, key=lambda name: fallen[name], default="")


def _drift(drift: Drift | None) -> dict[str, Any]:
    return {} if drift is None else {"first": drift.first, "last": drift.last, "large": drift.large}


def _sampling(estimates: OutOfFold, training: TrainingSet) -> dict[str, Any]:
    """Return for whom the figures hold and by whom chance was reckoned."""
    cluster, sampling = training.study.cluster, estimates.sampling
    new = bool(cluster) and sampling.clusters is not None
    return {
        "holds_for": f"new values of '{cluster}'" if new else "new people",
        "cluster": cluster if new else None,
        "intervals_by": sampling.kind,
        "units": sampling.units,
    }


def _elsewhere(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Return how many events came for each one expected in new places, and in the last third."""
    facts = {}
    for scheme, place in (("places", "(summary)"), ("later", "last third")):
        table = tables.get(scheme, pd.DataFrame(columns=["place", "metric"]))
        rows = table[(table["place"] == place) & (table["metric"] == "o_e")]
        enough = scheme == "later" or table["place"].nunique() > FEWEST_CLUSTERS
        if len(rows) and enough:
            names = ("estimate", "low", "high", "new_low", "new_high")
            facts[scheme] = {
                **{name: float(rows.iloc[0][name]) for name in names},
                "places": int(table["place"].nunique() - (scheme == "places")),
            }
    return facts


def _leads(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what has to be known before any comparison is read: a code and its numbers each."""
    leads: list[dict[str, Any]] = []
    worst, drift = falls_within(facts), facts["drift"]
    if facts["entered_twice"]:
        leads.append({"code": "entered_twice", "people": facts["entered_twice"], "n": facts["n"]})
    if worst:
        inside, whole = facts["within"][worst]["auroc"], facts["auroc"]["estimate"]
        leads.append({"code": "within", "stratum": worst, "inside": inside, "whole": whole})
    if drift and drift["large"]:
        leads.append({"code": "drift", "first": drift["first"], "last": drift["last"]})
    return leads


def verdict_family(family: str, estimates: OutOfFold) -> str:
    """Return whom the verdict is about: the recipe's family, or the one `best` would ship."""
    return simplest(estimates) if family == BEST else family
