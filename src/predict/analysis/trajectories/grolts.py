"""The GRoLTS checklist: what a report on latent trajectories must tell, and where this one does."""

from __future__ import annotations

import pandas as pd

from predict.analysis.trajectories.select import Selection
from predict.statistics.disclosure import Table

REPORTED, AUTHOR, PARTLY = "reported", "for the author", "partly"

# Item, what is asked (our words), status, where; the fourth may hold {facts}.
_ITEMS = (
    ("1", "metric of time", REPORTED, "visits by name: {visits}"),
    (
        "2",
        "mean and variance of time within a wave",
        AUTHOR,
        "days of visits, if there are any",
    ),
    ("3a", "mechanism of missing data", REPORTED, "missing at random is assumed; see note"),
    ("3b", "what goes with missing visits", PARTLY, "`predict analyse attrition`"),
    ("3c", "how missing data were dealt with", REPORTED, "full-information likelihood"),
    ("4", "distribution of the observed scores", REPORTED, "observed.csv"),
    ("5", "software", REPORTED, "this package; version in run.json"),
    ("6a", "other forms of difference within a class", "{alternatives}", "alternatives.csv"),
    ("6b", "other covariances between classes", "{alternatives}", "alternatives.csv"),
    ("7", "other shapes of the course", "{alternatives}", "alternatives.csv"),
    ("8", "covariates, so that it can be repeated", REPORTED, "three-step; predictors.csv"),
    ("9", "number of random starts", REPORTED, "{starts} starts; {agreeing} of {carried} agree"),
    (
        "10",
        "tools that compared models",
        REPORTED,
        "BIC, aBIC, AIC, entropy, resamples; selection.csv, stability.csv",
    ),
    ("11", "number of models, the one-class model among them", REPORTED, "{models}; selection.csv"),
    ("12", "people in each class of each model", REPORTED, "class_sizes.csv"),
    ("13", "entropy", REPORTED, "{entropy}"),
    ("14a", "figure of the final mean courses", REPORTED, "courses.svg"),
    ("14b", "figures of the mean courses of each model", REPORTED, "courses_K_classes.svg"),
    ("14c", "mean and individual courses by class", REPORTED, "people.csv; courses_people.svg"),
    ("15", "numbers of the final classes", REPORTED, "classes.csv"),
    ("16", "syntax", REPORTED, "run.json holds every setting"),
)


def grolts(selection: Selection, visits: tuple[str, ...], alternatives: bool) -> Table:
    """Return one row an item: what it asks, whether it is reported, and where.

    References
    ----------
    Van de Schoot et al. 2017, Structural Equation Modeling 24:451.
    """
    best = selection.best
    facts = {
        "visits": ", ".join(visits),
        "alternatives": REPORTED if alternatives else "not done",
        "starts": best.settings.starts,
        "agreeing": best.agreeing,
        "carried": best.carried,
        "models": f"1 to {len(selection.models)} classes",
        "entropy": f"{selection.entropy:.3f}",
    }
    rows = [(item, asks, status.format(**facts), where.format(**facts))
            for item, asks, status, where in _ITEMS]  # fmt: skip
    columns = ("item", "asks", "status", "where")
    return Table("grolts", pd.DataFrame(rows, columns=list(columns)), labels=columns)
