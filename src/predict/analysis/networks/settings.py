"""How a symptom network is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from predict.analysis.networks.correlations import METHODS
from predict.definitions.outcomes import Outcome
from predict.errors import UsageError, unknown_name

WITHIN = ("random_intercept", "pooled")
MANY_ITEMS = 12
# Stands for the usual count.
AUTO = -1


@dataclass(frozen=True)
class NetworkSettings:
    """How a symptom network is estimated.

    Parameters
    ----------
    instrument : str or None
        By default the one asked item by item most often.
    method : {"spearman", "polychoric"}
        Correlation behind the networks of single visits.
    within : {"random_intercept", "pooled"}
        Whether lagged edges must also hold within persons (needs three visits).
    resamples, permutations, draws : int
        Bootstrap resamples, permutations of a comparison, and draws at each dropped share; by
        default 1,000, 500 and 50, and a fifth of them with more than 12 items, of which one
        network of 20 costs nine times one of 9.
    outcome : str, mapping or Outcome, optional
        Compares those who responded in round one with those who did not.
    seed : int
        Of every draw.

    See Also
    --------
    predict.analysis.symptom_network : Takes them.

    Examples
    --------
    >>> NetworkSettings(resamples=50).method
    'spearman'
    """

    instrument: str | None = None
    method: str = "spearman"
    within: str = "random_intercept"
    resamples: int = AUTO
    permutations: int = AUTO
    draws: int = AUTO
    outcome: str | Mapping[str, object] | Outcome | None = None
    seed: int = 1


def sized(settings: NetworkSettings, items: int) -> NetworkSettings:
    """Return the settings with every count filled in for so many items.

    Examples
    --------
    >>> [sized(NetworkSettings(), items).resamples for items in (9, 20)]
    [1000, 200]
    """
    part = 1 if items <= MANY_ITEMS else 5
    usual = {"resamples": 1000, "permutations": 500, "draws": 50}
    missing = {k: n // part for k, n in usual.items() if getattr(settings, k) == AUTO}
    return replace(settings, **missing)  # type: ignore[arg-type]  # all three are counts


def check_settings(settings: NetworkSettings) -> None:
    """Raise UsageError for words that name no method."""
    if settings.method not in METHODS:
        raise UsageError(unknown_name("method", settings.method, METHODS), code="NETWORK_METHOD")
    if settings.within not in (*WITHIN, "person_mean"):
        raise UsageError(unknown_name("within", settings.within, WITHIN), code="NETWORK_WITHIN")
