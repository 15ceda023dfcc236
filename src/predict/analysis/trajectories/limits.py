"""What courses may not be read as, and what a report on them must tell: the GRoLTS checklist."""

from __future__ import annotations

import numpy as np
import pandas as pd

from predict.analysis.trajectories.scores import CourseScores
from predict.analysis.trajectories.select import RELIABLE_ENTROPY, SMALLEST_SHARE, Selection
from predict.analysis.trajectories.stability import SAME_NUMBER, Stability
from predict.analysis.trajectories.tables import class_groups
from predict.analysis.wording import refuse_causal_words
from predict.statistics.disclosure import Table, Told

FLOOR_SHARE = 0.15
ENTRY_SHARE = 0.9
CLEARLY = 10.0
AGREEMENT = 0.6
NOT_RELIABLE = "Classes are not reliably found"
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


def doubts(
    selection: Selection, stability: Stability | None, alternatives: pd.DataFrame
) -> tuple[str, ...]:
    """Return what speaks against naming classes.

    The entropy of one fit flatters itself by chance, so both the number of classes and their
    entropy must last when people are resampled. A skewed or floored score is fitted by several
    normal classes as well as by real ones; the other structures show it, when one with a clearly
    better BIC tells people apart far worse or otherwise.
    """
    if selection.classes == 1:
        return ("BIC finds one course: no classes are told apart.",)
    sentences = [*_unsure(selection, stability), *_assumed(selection, alternatives)]
    return tuple(refuse_causal_words(sentence) for sentence in sentences)


def _unsure(selection: Selection, stability: Stability | None) -> list[str]:
    """Low entropy, here or in resamples of the people, or a number that resamples do not keep."""
    advice = "Do not name a person by a class; use the probabilities."
    if stability is None:
        return [f"{NOT_RELIABLE}: they were not tried on resamples of the people. {advice}"]
    sentences, n = [], stability.resamples
    if selection.classes == len(selection.models):
        sentences.append(
            f"{NOT_RELIABLE}: BIC chooses the largest number tried ({selection.classes}); classes "
            "may only follow the shape of the distribution, and the number is not settled."
        )
    if min(selection.entropy, stability.low_entropy) < RELIABLE_ENTROPY:
        sentences.append(
            f"{NOT_RELIABLE}: entropy is {selection.entropy:.2f}, and {stability.low_entropy:.2f} "
            f"or less in one of ten resamples of the people; {RELIABLE_ENTROPY} is asked. {advice}"
        )
    if stability.same_number < SAME_NUMBER:
        sentences.append(
            f"{NOT_RELIABLE}: BIC chooses {selection.classes} in {stability.same_number:.0%} of "
            f"{n} resamples of the people, {SAME_NUMBER:.0%} is asked: the number is not settled."
        )
    return sentences


def _assumed(selection: Selection, alternatives: pd.DataFrame) -> list[str]:
    """Another covariance with a clearly better BIC under which the classes do not come back."""
    better = alternatives[alternatives["bic"] < selection.best.bic - CLEARLY]
    apart = (better["entropy"] < RELIABLE_ENTROPY) | (better["agreement"] < AGREEMENT)
    better = better[apart]
    if not len(better):
        return []
    row = better.sort_values("bic").iloc[0]
    return [
        f"{NOT_RELIABLE}: with {row['model']}, BIC is better by "
        f"{selection.best.bic - row['bic']:.0f}, entropy is {row['entropy']:.2f} and the "
        f"classes agree by {row['agreement']:.2f} (adjusted Rand): they hang on the "
        "covariance that was assumed."
    ]


def statements(
    scores: CourseScores, selection: Selection, against: tuple[str, ...] = ()
) -> tuple[str | Told, ...]:
    """Return the sentences that belong beside every table and figure of these courses."""
    sentences = [
        *against,
        *_trust(scores, selection),
        *_floors(scores),
        *_entry(scores),
        "Visits that are missing are taken as missing at random given the scores that are there; "
        "people who left because they were worse would be shown as too well.",
        "Scores are measured with error: an early fall holds regression to the mean, most of all "
        "where people entered because they scored high.",
        "A class describes courses; it goes with later scores and does not tell what any "
        "treatment does.",
    ]
    return tuple(sentences)


def _trust(scores: CourseScores, selection: Selection) -> list[str | Told]:
    """Say how far the classes can be trusted, the most important sentence first."""
    sentences: list[str | Told] = []
    best = selection.best
    if selection.classes == 1:
        return []
    if float(best.shares.min()) < SMALLEST_SHARE:
        words = f"The smallest class holds {best.shares.min():.1%} of people, below 5 %."
        groups = (scores.everybody, *class_groups(scores, best))
        sentences.append(Told(words, groups, "The smallest class is small; how small is withheld."))
    if best.agreeing < 2:
        sentences.append(
            "The best log-likelihood was reached by one start only; ask for more starts."
        )
    return sentences


def _floors(scores: CourseScores) -> list[str]:
    sentences = []
    for place, (name, scale) in enumerate(zip(scores.instruments, scores.scales, strict=True)):
        best = scale.low if scale.better == "low" else scale.high
        values = scores.scores[:, place]
        there = np.isfinite(values)
        share = (there & (values == best)).sum(0) / np.maximum(there.sum(0), 1)
        visits = [v for v, part in zip(scores.visits, share, strict=True) if part > FLOOR_SHARE]
        if visits:
            sentences.append(
                f"Floor of {name} at {', '.join(visits)}: more than {FLOOR_SHARE:.0%} have the "
                "best possible score; normal classes then split for the shape of the floor."
            )
    return sentences


def _entry(scores: CourseScores) -> list[str | Told]:
    scale, first = scores.scales[0], scores.scores[:, 0, 0]
    present = np.isfinite(first)
    if scale.cut is None or not present.any():
        return []
    case = present & (first >= scale.cut if scale.better == "low" else first <= scale.cut)
    share = case.sum() / present.sum()
    if share < ENTRY_SHARE:
        return []
    words = (
        f"Restricted entry: {{}} scored {scale.cut:g} or more at {scores.visits[0]}; part of "
        "every fall is regression to the mean."
    )
    groups = (scores.group(case), scores.group(present))
    return [Told(words.format(f"{share:.0%}"), groups, words.format("nearly everybody"))]


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
