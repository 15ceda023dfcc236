"""The one refit machine: the shipped settings learned again on many resamples of the people.

The stability of the drivers, the instability of estimates and the width of an estimate's interval
all come from these refits. Settings stay as they were shipped; preparation, fit and calibration
are learned anew each time, so what varies is what another sample of people would have changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from predict.drawing.progress import Tick
from predict.engines import LocalEngine
from predict.errors import DesignError, PredictError
from predict.features.training_set import TrainingSet
from predict.models.calibration import CALIBRATIONS
from predict.models.driver_groups import driver_groups
from predict.models.families import FAMILIES, Resample
from predict.models.null_importance import beyond_shuffled, learned_from_shuffled
from predict.models.preprocessing import learn_again
from predict.models.raw_columns import RawColumns, raw_columns
from predict.models.response_model import FittedRecipe

FEWEST_TIMES = 2  # one refit has no spread
SHARES = 8  # of the refits, for each worker
SHUFFLES = 40  # models of shuffled outcomes, at most as many as refits
SUM = "sum of "  # before the name of a total: its group's summed contributions
LEAST_OF_EITHER = 5  # people with either outcome, in the resample and outside it


@dataclass(frozen=True)
class RefitResults:
    """What many refits say about the same people.

    Parameters
    ----------
    log_odds : DataFrame, shape (refits, people)
        Calibrated log-odds of each person, one row a refit.
    strength : DataFrame, shape (refits, columns)
        Mean absolute contribution of each raw column over the people, log-odds.
    alike : DataFrame, shape (refits, columns)
        Correlation, over people, of a column's contributions with those of the shipped model;
        below 0 the column runs the other way, NaN where either never uses it.
    raised : DataFrame, shape (people, columns)
        Share of refits in which the column raised this person's estimate.
    asked, lost : int
        Refits asked for, and those without enough people of both outcomes in or out of the bag.
    seed : int
        Seed of the resamples.
    together : DataFrame, shape (refits, groups)
        As `alike`, for the summed contributions of columns that share credit, by their total.
    learned : Series, shape (columns + groups,)
        Mean absolute contribution of each column and of each group's sum (named `SUM` and its
        total) in the shipped model, log-odds before calibration.
    shuffled : DataFrame, shape (shuffles, columns + groups)
        The same of models learned from everybody with outcomes shuffled among people: what a
        column without any effect gets.
    scatter : float
        How many times further the shipped model's weights scatter than those of shuffled outcomes.

    Notes
    -----
    All but `log_odds` are empty when reasons were not asked for. Rows are in the order of the
    resamples, whatever the number of workers.
    """

    log_odds: pd.DataFrame
    strength: pd.DataFrame
    alike: pd.DataFrame
    raised: pd.DataFrame
    asked: int
    lost: int
    seed: int
    together: pd.DataFrame = field(default_factory=pd.DataFrame)
    learned: pd.Series = field(default_factory=lambda: pd.Series(dtype="float64"))
    shuffled: pd.DataFrame = field(default_factory=pd.DataFrame)
    scatter: float = 1.0

    @property
    def succeeded(self) -> int:
        """Refits that succeeded."""
        return len(self.log_odds)

    @property
    def spread(self) -> pd.Series:
        """Standard deviation of each person's log-odds over the refits, shape (people,)."""
        return self.log_odds.std(axis=0, ddof=1)

    def __repr__(self) -> str:
        people = self.log_odds.shape[1]
        return f"RefitResults({self.succeeded} of {self.asked} refits, {people} people)"


@dataclass(frozen=True)
class _Share:
    """What one worker is handed: the people, the settings, and which refits to make."""

    X: RawColumns
    y: np.ndarray
    clusters: np.ndarray
    shipped: FittedRecipe
    on: RawColumns
    reference: np.ndarray
    seed: int
    numbers: range
    explain: bool
    groups: Mapping[str, np.ndarray] = field(default_factory=dict)
    shuffles: range = range(0)

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Return each group's summed contributions, shape (people, groups)."""
        parts = [values[:, members].sum(axis=1) for members in self.groups.values()]
        return np.column_stack([np.empty((len(values), 0)), *parts])


@dataclass(frozen=True)
class _Refit:
    number: int
    log_odds: np.ndarray
    strength: np.ndarray = field(default_factory=lambda: np.empty(0))
    alike: np.ndarray = field(default_factory=lambda: np.empty(0))
    together: np.ndarray = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True)
class _Made:
    refits: list[_Refit]
    raised: np.ndarray
    shuffled: Mapping[int, np.ndarray]


def times_fault(times: int) -> str:
    """Return what is wrong with a number of refits, or nothing.

    Examples
    --------
    >>> times_fault(200), times_fault(0)
    ('', '')
    >>> times_fault(-3)
    'refits = -3; give 2 or more (200 are usual), or 0 to leave interval and drivers out.'
    """
    if times == 0 or times >= FEWEST_TIMES:
        return ""
    return (
        f"refits = {times}; give {FEWEST_TIMES} or more (200 are usual), or 0 to leave interval "
        "and drivers out."
    )


def refit_many(
    training: TrainingSet,
    fitted: FittedRecipe,
    times: int = 200,
    *,
    seed: int,
    workers: int = 2,
    on: pd.DataFrame | None = None,
    explain: bool = True,
    progress: Tick | None = None,
) -> RefitResults:
    """Learn the shipped settings again on resamples, and ask each refit about the same people.

    People are drawn with replacement, whole clusters at a time where there are clusters. Each
    refit is calibrated on the people its resample left out. One thread a fit, one process a
    worker; the same seed gives the same numbers for any number of workers.

    Parameters
    ----------
    training : TrainingSet
        The people the shipped recipe was learned from.
    fitted : FittedRecipe
        The shipped recipe: its settings stay fixed, its rounds included.
    times : int
        Resamples; 50 do for a standard deviation, 200 for ranks.
    seed : int
        Seed of the resamples.
    workers : int
        Processes. With more than one, a script must guard its own start by
        ``if __name__ == "__main__":``.
    on : DataFrame, optional
        Raw features of the people to ask about; the training people where none are given.
    explain : bool
        Whether to follow the contributions too, or the estimates only.
    progress : callable (done, all), optional
        Told after every few refits.

    Returns
    -------
    RefitResults

    Raises
    ------
    DesignError
        With code ``REFITS_LOST`` when fewer than half of the resamples could be learned from.

    References
    ----------
    Riley and Collins 2023, "Stability of clinical prediction models developed using statistical
    or machine learning methods", Biometrical Journal 65:2200302 (bootstrap instability).
    """
    names = [column.name for column in fitted.columns]
    X = raw_columns(training.X, fitted.columns)
    asked = X if on is None else raw_columns(on, fitted.columns)
    reference = fitted.explained(asked)[1] if explain else np.empty((len(asked), 0))
    groups = driver_groups(fitted.columns, training.study) if explain else {}
    places = {total: np.array([names.index(m) for m in group]) for total, group in groups.items()}
    whole = _Share(
        X, training.y.to_numpy(), _clusters(training), _bare(fitted), asked, reference, seed,
        range(times), explain, places, range(min(SHUFFLES, times) if explain else 0),
    )  # fmt: skip
    made = list(_work_all(whole, max(1, min(workers, times)), progress or (lambda *_: None)))
    refits = _gathered(made, whole, times)
    scatter = beyond_shuffled(fitted.margins, whole.y) if explain and len(fitted.margins) else 1.0
    return replace(refits, scatter=scatter)


def _clusters(training: TrainingSet) -> np.ndarray:
    """Number of each person's cluster, from 0; a person without a cluster is one alone."""
    codes, _ = pd.factorize(training.groups, sort=True)
    return np.asarray(codes)


def _bare(fitted: FittedRecipe) -> FittedRecipe:
    """The recipe without what it learned from people, to be sent to another process."""
    return replace(fitted, out_of_fold=np.empty(0), margins=np.empty(0), background=None)


def _work_all(whole: _Share, workers: int, progress: Tick) -> Iterator[_Made]:
    """Work in several shares a worker, so that progress can be told; no number depends on it."""
    times, count = len(whole.numbers), min(SHARES * workers, len(whole.numbers))
    shares = [
        replace(whole, numbers=whole.numbers[start::count], shuffles=whole.shuffles[start::count])
        for start in range(count)
    ]
    finished = 0
    for done in LocalEngine(workers).run(_work, shares):
        if isinstance(done.error, RuntimeError):
            raise PredictError(
                "A worker of the refits ended before its work. In a script, start the work under "
                "`if __name__ == '__main__':`, or use workers=1.",
                code="WORKER_LOST",
            ) from done.error
        if done.result is None:
            raise done.error or RuntimeError("a worker gave nothing back")
        finished += len(shares[done.number].numbers)
        progress(finished, times)
        yield done.result


def _work(share: _Share) -> _Made:
    raised = np.zeros(share.reference.shape)
    refits = []
    for number in share.numbers:
        learned = _refit(share, number)
        if learned is None:
            continue
        refit, prepared = learned
        if not share.explain:
            log_odds = refit.calibration.apply(refit.estimator.margin(prepared))
            refits.append(_Refit(number, log_odds))
            continue
        _, values, start = refit.explained_from(prepared)
        raised += values > 0
        log_odds = start + values.sum(axis=1)
        alike = _correlations(values, share.reference)
        together = _correlations(share.sums(values), share.sums(share.reference))
        refits.append(_Refit(number, log_odds, np.abs(values).mean(axis=0), alike, together))
    return _Made(refits, raised, dict(_shuffled(share)))


def _shuffled(share: _Share) -> Iterator[tuple[int, np.ndarray]]:
    """How strong columns and groups are where outcomes are shuffled, by the shuffle's number."""
    shipped = share.shipped
    prepared = shipped.prepared(share.X)
    asked = prepared if share.on is share.X else shipped.prepared(share.on)
    for number in share.shuffles:
        seed = [share.seed, number, SHUFFLES]
        values = learned_from_shuffled(shipped, prepared, share.y, asked, seed=seed)
        yield number, _strength(share, values)


def _strength(share: _Share, values: np.ndarray) -> np.ndarray:
    """Mean absolute contribution of each column and of each group's sum."""
    strengths: np.ndarray = np.abs(np.hstack([values, share.sums(values)])).mean(axis=0)
    return strengths


def _refit(share: _Share, number: int) -> tuple[FittedRecipe, pd.DataFrame] | None:
    """Learn the settings on one resample, and prepare the people asked about.

    Nothing where an outcome is too rare in it.
    """
    drawn = _resample(share, number)
    inside, outside, y = np.flatnonzero(drawn), np.flatnonzero(drawn == 0), share.y
    rows = np.repeat(inside, drawn[inside])
    if min(_scarce(y[rows]), _scarce(y[outside])) < LEAST_OF_EITHER:
        return None
    shipped = share.shipped
    family = FAMILIES[shipped.recipe.family]
    preparation = learn_again(shipped.preparation, share.X.take(rows), shipped.columns)
    everybody = preparation.apply(share.X)
    learned = family.refit(
        Resample(everybody.iloc[inside], y[inside], drawn[inside]),
        shipped.params,
        shipped=shipped.estimator,
        seed=shipped.recipe.seed,
    )
    margin = learned.margin(everybody.iloc[outside])
    calibration = CALIBRATIONS[shipped.recipe.calibration](margin, y[outside])
    refit = replace(shipped, preparation=preparation, estimator=learned, calibration=calibration)
    return refit, everybody if share.on is share.X else preparation.apply(share.on)


def _resample(share: _Share, number: int) -> np.ndarray:
    """Return how often each person is drawn, with the cluster."""
    rng = np.random.default_rng([share.seed, number])
    count = int(share.clusters.max()) + 1
    drawn = np.bincount(rng.integers(0, count, count), minlength=count)
    return np.asarray(drawn[share.clusters])


def _scarce(y: np.ndarray) -> int:
    return int(min(y.sum(), len(y) - y.sum()))


def _correlations(values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Correlation of each column with its reference; NaN where either stands still."""
    a, b = values - values.mean(axis=0), reference - reference.mean(axis=0)
    scale = np.sqrt((a * a).sum(axis=0) * (b * b).sum(axis=0))
    still = scale <= 1e-12
    correlations: np.ndarray = np.where(
        still, np.nan, (a * b).sum(axis=0) / np.where(still, 1.0, scale)
    )
    return correlations


def _gathered(made: Sequence[_Made], whole: _Share, times: int) -> RefitResults:
    refits = sorted((refit for one in made for refit in one.refits), key=lambda refit: refit.number)
    if 2 * len(refits) < times:
        raise DesignError(
            f"Only {len(refits)} of {times} resamples held {LEAST_OF_EITHER} people of both "
            "outcomes, in and out of the bag: stability cannot be told from so few people. Use "
            "`refits = 0` to leave interval and drivers out, or wait for more outcomes.",
            code="REFITS_LOST",
        )
    index = pd.Index([refit.number for refit in refits], name="refit")
    names = [column.name for column in whole.shipped.columns] if whole.explain else []
    columns = pd.Index(names)

    def table(name: str, labels: pd.Index) -> pd.DataFrame:
        rows = [getattr(refit, name) for refit in refits]
        return pd.DataFrame(np.array(rows), index=index, columns=labels)

    raised = np.sum([one.raised for one in made], axis=0) / len(refits)
    return RefitResults(
        log_odds=table("log_odds", whole.on.index),
        strength=table("strength", columns),
        alike=table("alike", columns),
        raised=pd.DataFrame(raised, index=whole.on.index, columns=columns),
        asked=times,
        lost=times - len(refits),
        seed=whole.seed,
        together=table("together", pd.Index(list(whole.groups))),
        **_by_chance(made, whole),
    )


def _by_chance(made: Sequence[_Made], whole: _Share) -> dict[str, Any]:
    """The shipped model's strengths, and those of models of shuffled outcomes."""
    if not whole.explain:
        return {}
    shuffled = dict(sorted({k: v for one in made for k, v in one.shuffled.items()}.items()))
    shipped = whole.shipped.margin_shares(whole.shipped.prepared(whole.on))[1]
    names = pd.Index([*(c.name for c in whole.shipped.columns), *(SUM + g for g in whole.groups)])
    return {
        "learned": pd.Series(_strength(whole, shipped), index=names),
        "shuffled": pd.DataFrame(list(shuffled.values()), columns=names),
    }
