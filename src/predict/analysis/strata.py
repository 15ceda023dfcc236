"""Outcomes by group, and whether the groups differ by more than chance."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from predict.analysis.measures import Measure, Span, measures, spans
from predict.analysis.rates import answers_of, definitions
from predict.analysis.result_table import Rows, share
from predict.cohort import Cohort
from predict.cohort.labelling import not_asked
from predict.statistics.disclosure import Table
from predict.statistics.intervals import mean_interval

Mask = npt.NDArray[np.bool_]
AGES = (0, 35, 50, 65, 200)
AGE_BANDS = ["under 35", "35-49", "50-64", "65 and over"]
MOST_LEVELS = 40


def strata(cohort: Cohort) -> Table:
    """Return response and mean gain by baseline band, arm, route, site, age band and other choices.

    Rates are among people with both ends; gains are positive when better.
    """
    columns = ("instrument", "scale", "round", "factor", "level", "yes", "n", "rate", "low", "high")
    more = ("gain", "gain_low", "gain_high")
    rows = Rows("strata", (*columns, *more), (*columns[7:], *more))
    for span, measure, yes, answered in _responses(cohort):
        gain = measure.gain(span.start, span.end)
        for name, levels in factors(cohort, measure, span.start).items():
            for level in sorted(levels.dropna().unique()):
                n = answered & (levels == level).to_numpy()
                mean_gain = mean_interval(gain[n].dropna().to_numpy())
                row = {**_about(measure, span), "factor": name, "level": str(level)}
                numbers = {**share(yes, n), **dict(zip(more, [*mean_gain], strict=True))}
                rows.add({**row, **numbers}, yes=yes & n, n=n)
    return rows.table()


def interactions(cohort: Cohort) -> Table:
    """Return tests of whether groups differ: in response, in gain, and in what the arm does.

    ``response``: Pearson's chi-square of response by level. ``gain``: F test of the factor in
    score at the end ~ score at the start + factor. ``arm``: F test of arm x factor in the same
    model, where the study has a comparison arm. Levels with fewer than two people are left out.
    """
    columns = (
        "instrument",
        "scale",
        "round",
        "factor",
        "test",
        "statistic",
        "df1",
        "df2",
        "p",
        "n",
    )
    rows = Rows("interactions", columns, columns[5:9])
    for span, measure, yes, answered in _responses(cohort):
        about = _about(measure, span)
        before, after = measure.at(span.start), measure.at(span.end)
        for name, levels in factors(cohort, measure, span.start).items():
            n = (
                answered
                & _common(levels[answered]).reindex(levels.index, fill_value=False).to_numpy()
            )
            if levels[n].nunique() < 2:
                continue
            arm = _arm(cohort, name)
            rests = _cells(levels, n, yes)
            for test, result in _tests(before[n], after[n], yes[n], levels[n], arm, n).items():
                rows.add({**about, "factor": name, "test": test, **result}, rests=rests, n=n)
    return rows.table()


def _cells(levels: pd.Series, n: Mask, yes: Mask) -> tuple[Mask, ...]:
    """Return the cells that a test of levels by response gives back to who knows the margins."""
    inside = [n & (levels == level).to_numpy() for level in sorted(levels[n].dropna().unique())]
    return (*inside, *(group & yes for group in inside))


def factors(cohort: Cohort, measure: Measure, start: str) -> dict[str, pd.Series]:
    """Return the groupings known at the start: band, choices, age bands, site and cluster."""
    study, groupings = cohort.study, {}
    bands = measure.instrument.band(measure.at(start), measure.scale.name)
    if bands.notna().any():
        groupings["baseline band"] = bands
    for name, fact in study.people.items():
        late = study.order(fact.known_at or study.visits[0]) > study.order(start)
        if fact.kind == "choice" and not late:
            groupings[name] = cohort.people[name]
        if name == "age" and fact.kind == "number" and not late:
            bands_of_age = pd.cut(cohort.people[name], [*AGES], right=False, labels=AGE_BANDS)
            groupings["age band"] = bands_of_age.astype("object")
    arm = study.treatment.arm
    if arm and arm in cohort.people:
        groupings[arm] = cohort.people[arm].astype("object")
    for place in (study.site, study.cluster):
        if place and place in cohort.people and cohort.people[place].nunique() <= MOST_LEVELS:
            groupings[place] = cohort.people[place].astype("object")
    return groupings


def chi_square(yes: npt.ArrayLike, levels: npt.ArrayLike) -> dict[str, float]:
    """Return Pearson's chi-square test of a yes by level, without continuity correction.

    Examples
    --------
    >>> test = chi_square([1, 1, 1, 0, 0, 0, 0, 1], list("aaaabbbb"))
    >>> round(test["statistic"], 3), round(test["p"], 4)
    (2.0, 0.1573)
    """
    from scipy.stats import chi2

    place = np.unique(np.asarray(levels).astype(str), return_inverse=True)[1]
    answer = np.asarray(yes, dtype=float)
    n = np.bincount(place)
    share_yes = answer.mean()
    gap = np.bincount(place, weights=answer) - n * share_yes
    spread = n * share_yes * (1.0 - share_yes)
    statistic = float((gap**2 / spread).sum()) if 0 < share_yes < 1 else float("nan")
    df = len(n) - 1
    return {"statistic": statistic, "df1": df, "df2": np.nan, "p": float(chi2.sf(statistic, df))}


def f_test(
    y: npt.ArrayLike, small: npt.NDArray[np.float64], large: npt.NDArray[np.float64]
) -> dict[str, float]:
    """Return the F test of a linear model against a larger one that contains it."""
    from scipy.stats import f

    answer = np.asarray(y, dtype=float)
    (rss0, rank0), (rss1, rank1) = (_residual(answer, design) for design in (small, large))
    df1, df2 = rank1 - rank0, len(answer) - rank1
    if df1 <= 0 or df2 <= 0 or rss1 <= 0:
        return {"statistic": np.nan, "df1": df1, "df2": df2, "p": np.nan}
    statistic = ((rss0 - rss1) / df1) / (rss1 / df2)
    return {"statistic": statistic, "df1": df1, "df2": df2, "p": float(f.sf(statistic, df1, df2))}


def _residual(y: npt.NDArray[np.float64], design: npt.NDArray[np.float64]) -> tuple[float, int]:
    beta, _, rank, _ = np.linalg.lstsq(design, y, rcond=None)
    return float(((y - design @ beta) ** 2).sum()), int(rank)


def _responses(cohort: Cohort) -> Iterator[tuple[Span, Measure, Mask, Mask]]:
    """Yield each round and scale with who responded and who is known, by the scale's response."""
    for span in spans(cohort):
        for measure in measures(cohort):
            asked = {outcome.name: outcome for outcome in definitions(measure)}
            if not_asked(cohort, asked["response_50"], round=span.name):
                continue
            answers = answers_of(cohort, asked["response_50"], span.name)
            if answers.answered.any():
                yield span, measure, answers.yes, answers.answered


def _about(measure: Measure, span: Span) -> dict[str, str]:
    return {"instrument": measure.name, "scale": measure.scale.name, "round": span.name}


def _common(levels: pd.Series) -> pd.Series:
    return levels.notna() & (levels.groupby(levels).transform("size") >= 2)


def _arm(cohort: Cohort, factor: str) -> pd.Series | None:
    arm = cohort.study.treatment.arm
    compared = cohort.study.treatment.comparison and arm in cohort.people and arm != factor
    return cohort.people[arm] if compared else None


def _tests(
    before: pd.Series,
    after: pd.Series,
    yes: Mask,
    levels: pd.Series,
    arm: pd.Series | None,
    n: Mask,
) -> dict[str, dict[str, float]]:
    start = np.column_stack([np.ones(len(before)), before.to_numpy()])
    group = _dummies(levels)
    results = {"response": chi_square(yes, levels)}
    results["gain"] = f_test(after, start, np.column_stack([start, group]))
    if arm is not None and len(arm[n].dropna().unique()) > 1:
        arms = _dummies(arm[n].astype("object").fillna("missing"))
        both = np.column_stack([start, group, arms])
        product = np.column_stack([group * arms[:, [i]] for i in range(arms.shape[1])])
        results["arm"] = f_test(after, both, np.column_stack([both, product]))
    return results


def _dummies(levels: pd.Series) -> npt.NDArray[np.float64]:
    return np.asarray(pd.get_dummies(levels.astype("str"), drop_first=True), dtype=float)
