"""How far the drivers would differ had other people been in the training table.

Everything here comes from refits of the shipped settings on resamples of the training people
(`predict.models.bootstrap`). Nothing here says that a driver causes anything.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from predict.files import round10
from predict.models.bootstrap import SUM, RefitResults
from predict.models.calibration import probability
from predict.models.driver_groups import Groups, driver_groups
from predict.models.null_importance import strength_by_chance
from predict.models.response_model import ResponseModel

FLIPS_ALLOWED = 0.2  # refits that run the other way, or do without the column
LEVEL = 0.9
TOPS = (3, 5, 10)
BINS = 10


def driver_stability(shipped: pd.Series, refits: RefitResults) -> pd.DataFrame:
    """Return one row a driver, strongest first: its rank among refits and whether it is stable.

    Parameters
    ----------
    shipped : Series, shape (columns,)
        Mean absolute contribution of each column in the shipped model, log-odds.
    refits : RefitResults
        Of the same recipe, with reasons.

    Returns
    -------
    DataFrame
        Index is the column. ``strength`` and ``rank`` of the shipped model; ``rank_low`` and
        ``rank_high``: the middle 90 % of ranks among the refits; ``agreement`` and ``flips``: share
        of refits in which the column runs the same way, or the other way, across people;
        ``unused``: share of refits that never use it; ``above_chance``: whether it is stronger than
        shuffled outcomes make a column (`predict.models.null_importance`); ``stable``: above chance
        and the same way in at least four fifths of the refits.

    References
    ----------
    Riley and Collins 2023, Biometrical Journal 65:2200302 (instability over bootstrap models).
    """
    ranks = refits.strength.rank(axis=1, ascending=False, method="average")
    tail = (1 - LEVEL) / 2
    table = pd.DataFrame(
        {
            "strength": shipped,
            "rank": shipped.rank(ascending=False, method="first").astype("int64"),
            "rank_low": ranks.quantile(tail),
            "rank_high": ranks.quantile(1 - tail),
            "agreement": (refits.alike > 0).mean(),
            "flips": (refits.alike < 0).mean(),
            "unused": (refits.strength == 0).mean(),
            "above_chance": _above_chance(refits, list(shipped.index)),
        }
    )
    table["stable"] = table["above_chance"] & _agreed(table["agreement"])
    return table.sort_values("rank").rename_axis("column")


def _agreed(agreement: pd.Series) -> pd.Series:
    return agreement >= 1 - FLIPS_ALLOWED


def _above_chance(refits: RefitResults, names: list[str]) -> pd.Series:
    return refits.learned[names] > refits.scatter * strength_by_chance(refits.shuffled[names])


def carried(table: pd.DataFrame, refits: RefitResults, groups: Groups) -> dict[str, str]:
    """Return columns whose points count under another's name: members of a group, by column.

    Where a total and its items share credit, each alone may look like chance. A group is judged by
    the sum of its contributions, as a column is. Where that is stable, and the total is or no
    member of the group stands by itself, unstable members count under the total. Where single items
    stand by themselves and the total does not, the rest of the group is told apart from nothing.

    Parameters
    ----------
    table : DataFrame
        From `driver_stability`.
    groups : mapping
        From `predict.models.driver_groups.driver_groups`.
    """
    if not groups:
        return {}
    above = _above_chance(refits, [SUM + total for total in groups])
    agreed = _agreed((refits.together > 0).mean())
    under: dict[str, str] = {}
    for total, members in groups.items():
        stable = table.loc[list(members), "stable"]
        alone = stable[total] or not stable.any()
        if alone and above[SUM + total] and agreed[total]:
            under |= {name: total for name in members if name == total or not stable[name]}
    return under


def top_overlap(shipped: pd.Series, refits: RefitResults) -> dict[str, float]:
    """Return, for the strongest 3, 5 and 10 drivers, the mean share that refits agree on."""
    order = shipped.sort_values(ascending=False, kind="stable").index
    overlaps = {}
    for count in TOPS:
        if count > len(order):
            continue
        ranks = refits.strength.rank(axis=1, ascending=False, method="first")
        overlaps[str(count)] = float((ranks[order[:count]] <= count).sum(axis=1).mean() / count)
    return overlaps


def prediction_instability(log_odds: np.ndarray, refits: RefitResults) -> dict[str, Any]:
    """Return how far the refits' estimates lie from the shipped ones, for the same people.

    Parameters
    ----------
    log_odds : ndarray, shape (people,)
        Shipped estimates of the people that the refits were asked about.

    Returns
    -------
    dict
        ``mape``: mean absolute difference of the probabilities over people and refits;
        ``above_5``, ``above_10``: share of people whose own mean difference is above .05, .10;
        ``bins``: by tenths of the estimate, n, mean estimate and the middle 95 % of the refits'
        estimates, averaged over people.

    References
    ----------
    Riley and Collins 2023, Biometrical Journal 65:2200302, section 3 (instability plot, MAPE).
    """
    shipped = probability(log_odds)
    again = probability(refits.log_odds.to_numpy())
    own = np.abs(again - shipped).mean(axis=0)
    low, high = np.quantile(again, [0.025, 0.975], axis=0)
    order = np.argsort(shipped, kind="stable")
    bins = [
        {
            "n": len(some),
            "estimate": round10(float(shipped[some].mean())),
            "low": round10(float(low[some].mean())),
            "high": round10(float(high[some].mean())),
        }
        for some in np.array_split(order, min(BINS, max(1, len(order) // 11)))
    ]
    return {
        "mape": round10(float(own.mean())),
        "above_5": round10(float((own > 0.05).mean())),
        "above_10": round10(float((own > 0.10).mean())),
        "bins": bins,
    }


def drivers_facts(model: ResponseModel, X: pd.DataFrame, refits: RefitResults) -> dict[str, Any]:
    """Return what `drivers.json` holds: aggregates over the training people, nobody's own values.

    Parameters
    ----------
    model : ResponseModel
        The shipped model.
    X : DataFrame, shape (people, columns)
        Raw features of the people that the refits were asked about.
    refits : RefitResults
        Of the same recipe, with reasons.
    """
    contributions, start = model.contributions(X)
    shipped = contributions.abs().mean()
    table = driver_stability(shipped, refits)
    under = carried(table, refits, driver_groups(model.columns, model.study))
    labels = {column.name: column for column in model.columns}
    rows = [
        {
            "column": str(name),
            "label": labels[str(name)].label,
            "domain": labels[str(name)].domain,
            **{key: _plain(value) for key, value in row.items()},
        }
        for name, row in table.to_dict("index").items()
    ]
    log_odds = start + contributions.to_numpy().sum(axis=1)
    heads = set(under.values())
    return {
        "refits": refits.succeeded,
        "refits_lost": refits.lost,
        "seed": refits.seed,
        "people": len(X),
        "flips_allowed": FLIPS_ALLOWED,
        "drivers": rows,
        "unstable": [str(name) for name in table.index[~table["stable"]] if name not in heads],
        "shuffles": len(refits.shuffled),
        "carried": under,
        "top_overlap": {key: round10(share) for key, share in top_overlap(shipped, refits).items()},
        "instability": prediction_instability(log_odds, refits),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, bool | np.bool_):
        return bool(value)
    return int(value) if isinstance(value, int) else round10(float(value))
