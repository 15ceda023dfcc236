"""Signs in the answers of a whole table: gone with nothing, in other columns, or somebody else's.

Like every sign they are judged from sums, by an interval, against what the model remembers of the
people it learned from. All are warnings: none says that an estimate is wrong, each that the table
was perhaps put together wrongly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from predict.definitions.study import Study
from predict.errors import Problem
from predict.models.reliance import Finding, RelianceProfile, weighed
from predict.models.reliance.together import Together, repeats
from predict.models.response_model import ResponseModel
from predict.scoring.drift import FEWEST, TABLES
from predict.statistics.disclosure import SMALLEST_CELL
from predict.statistics.intervals import normal_quantile, wilson

# What is told has to be shown, and large enough to matter: a share, and a part of what was.
MORE_MISSING, MORE_SILENT, MORE_REPEATED = 0.05, 0.10, 0.02
LOST = 0.5
# Means of items that stand in each other's columns seldom agree so far.
OF_ONE_ORDER = 0.75
# Fewer items than these are the same for many people.
FEWEST_ITEMS = 10
# A model that does not remember how many repeat another is told of a tenth of the table.
REPEATED_UNKNOWN = 0.10
# Whom the question is not about; and, unless it is asked at the first visit, who is not there yet.
FLOOR = "below_floor"
NOT_ASKED = frozenset({FLOOR, "round_not_begun"})
NOT_THERE = "as_of_visit_absent"
Signs = Mapping[str, float]


def repeat_signs(profile: RelianceProfile, X: pd.DataFrame) -> dict[str, float]:
    """Return how many rows of a part have all answers, how many repeat another's, and the pairs."""
    answers = profile.answers(X)
    if answers.shape[1] < FEWEST_ITEMS:
        return {}
    answered, repeated = repeats(answers)
    return {"answered": answered, "repeated": repeated, "pairs": answered**2 / 2}


def silence_signs(
    model: ResponseModel, X: pd.DataFrame, found: Sequence[Finding]
) -> dict[str, float]:
    """Return who could have an estimate, who has none and why first, and what they lack, of a part.

    Whom the question is not about yet, or never was, is left out. What only the estimate itself
    speaks against is not counted.
    """
    judged = weighed(found, X.index)
    first = np.array([reasons[0].code if reasons else "" for reasons in judged.sets])[judged.which]
    apart = NOT_ASKED if model.as_of == model.study.visits[0] else {*NOT_ASKED, NOT_THERE}
    stopped = (judged.reliance == "stop").to_numpy()
    asked = ~(stopped & np.isin(first, list(apart)))
    codes = pd.Series(first[asked & stopped]).value_counts()
    lacking = X[asked].isna().sum()
    return {
        "judged": int(asked.sum()),
        **{f"silent:{code}": int(n) for code, n in codes.items()},
        **{f"lacking:{name}": int(n) for name, n in lacking.items()},
    }


def judge_answers(model: ResponseModel, signs: Signs) -> Iterator[Problem]:
    """Yield what shares of missing and of repeated answers, and of silence, give to think about."""
    yield from _more_missing(model.reliance, signs)
    yield from _repeated(model.reliance, signs)
    if not model.withheld:
        yield from _silent(model.reliance, signs)


def _level(tests: int) -> float:
    """The two-sided level at which so many tests are wrong in one of `TABLES` tables together."""
    return 1 - 2 / (TABLES * max(tests, 1))


def _more_missing(profile: RelianceProfile, signs: Signs) -> Iterator[Problem]:
    """A column that clearly more people lack than lacked it in training."""
    rows, names = int(signs.get("judged", 0)), [*profile.numbers, *profile.levels]
    for name in names if rows >= FEWEST else ():
        lacking = int(signs.get(f"lacking:{name}", 0))
        # A column that holds nothing is told as that.
        if not 0 < lacking < rows:
            continue
        now = wilson(lacking, rows, level=_level(len(names)))
        usual = wilson(_lacked(profile, name), profile.n, level=_level(len(names)))
        if now.low > usual.high + MORE_MISSING:
            message = f"Of {rows} people looked at (evenly spaced, those whom the question is not "
            message = f"{message}about left out) {_percent(now.estimate)} lack column '{name}', in "
            message = f"{message}training {_percent(usual.estimate)}."
            yield warning("MISSING_MORE", message, name)


def _lacked(profile: RelianceProfile, name: str) -> int:
    """How many training people lacked a column, at most."""
    if name in profile.numbers:
        missing = profile.numbers[name].missing
        return SMALLEST_CELL - 1 if missing is None else missing
    counts = profile.levels[name].values()
    return max(profile.n - sum(count or 0 for count in counts), 0)


def _repeated(profile: RelianceProfile, signs: Signs) -> Iterator[Problem]:
    """More people than chance explains have the very answers of somebody else."""
    answered, repeated = int(signs.get("answered", 0)), int(signs.get("repeated", 0))
    if answered < FEWEST:
        return
    chance = REPEATED_UNKNOWN - MORE_REPEATED
    if profile.usual is not None:
        chance = 2 * profile.usual.pairs * signs.get("pairs", 0.0) / answered
    if wilson(repeated, answered, level=_level(1)).low > MORE_REPEATED + chance:
        message = f"{repeated} of {answered} people have the very answers of somebody else: are "
        yield warning("ANSWERS_REPEATED", f"{message}rows doubled, or joined to others?", "")


def _silent(profile: RelianceProfile, signs: Signs) -> Iterator[Problem]:
    """Clearly more people have no estimate than would have had none in training."""
    codes = {key.partition(":")[2]: n for key, n in signs.items() if key.startswith("silent:")}
    judged, silent = int(signs.get("judged", 0)), int(sum(codes.values()))
    if judged < FEWEST or not silent:
        return
    before = profile.usual.most_silent if profile.usual else 0
    usual, now = wilson(before, profile.n, level=_level(1)), wilson(silent, judged, level=_level(1))
    if now.low > usual.high + MORE_SILENT:
        most = max(codes, key=lambda code: codes[code])
        message = f"{silent} of {judged} people looked at (evenly spaced, those whom the question "
        message = f"{message}is not about left out) have no estimate, most for '{most}'; of the "
        message = f"{message}people learned from {_percent(usual.estimate)} would have had none."
        yield warning("NO_ESTIMATE_MANY", message, "")


def judge_together(
    study: Study, learned: Mapping[str, Together], sums: Mapping[str, np.ndarray]
) -> Iterator[Problem]:
    """Yield where answers no longer go together as they did, or items are asked of others.

    Parameters
    ----------
    learned : mapping of key to Together
    sums : mapping of the same keys to array
        Of `predict.cohort.directions.direction_sums`, for the whole table.
    """
    from predict.models.reliance.together import together

    tests = sum(len(each.correlations) + 1 for each in learned.values())
    reach = normal_quantile(_level(tests))
    for key, before in learned.items():
        if key in sums and sums[key][0] >= FEWEST:
            now, names = together(key, sums[key]), _named(study, key)
            if _lost(before, now, reach):
                message = f"{names}: answers no longer go together as in training; see whether"
                yield warning("CORRELATION_LOST", f"{message} rows were joined to others.", "")
            if before.means and _other_items(before, now, _spread(sums[key]), reach):
                message = f"{names}: the questions answered highest in training are not those"
                message = f"{message} answered highest here; see whether each stands in its column."
                yield warning("ITEMS_OTHER", message, "")


def _named(study: Study, key: str) -> str:
    scales, visit = key.rsplit("@", 1)
    titles = [study.instruments[n.split(".")[0]].instrument.title for n in scales.split("/")]
    return f"{' and '.join(titles)} at '{visit}'"


def _lost(before: Together, now: Together, reach: float) -> bool:
    """Whether a correlation is clearly below, and less than half of, what it was (Fisher's z)."""
    error = np.sqrt(1 / max(now.n - 3, 1) + 1 / max(before.n - 3, 1))
    pairs = zip(before.correlations, now.correlations, strict=True)
    return any(
        r < LOST * was and np.arctanh(was) - np.arctanh(max(r, -0.99)) > reach * error
        for was, r in pairs
        if was is not None and r is not None and 0 < was < 1
    )


def _spread(sums: np.ndarray) -> np.ndarray:
    """The variance of each item's answers."""
    item, squares, _ = sums[3:].reshape(3, -1)
    return np.asarray(squares / sums[0] - (item / sums[0]) ** 2)


def _other_items(before: Together, now: Together, spread: np.ndarray, reach: float) -> bool:
    """Whether items' means follow training's by clearly less than they should, and in other order.

    The slope of the items' means, each less their common mean, on training's is 1 for the same
    people, and near 0 where items stand in each other's columns or are shuffled within people.
    Milder people have a smaller slope too, but their means still correlate with training's.
    """
    was, means = np.array(before.means), np.array(now.means)
    was, means = was - was.mean(), means - means.mean()
    size = float(was @ was)
    if size == 0:
        return False
    slope = float(was @ means) / size
    error = float(np.sqrt(was**2 @ spread / max(now.n, 1))) / size
    agreement = slope * np.sqrt(size / max(float(means @ means), 1e-12))
    return bool(agreement < OF_ONE_ORDER and 1 - slope > reach * error)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} in 100"


def warning(code: str, message: str, column: str) -> Problem:
    """Return a problem that is told and stops nothing."""
    return Problem(code, message, column=column, level="warning")
