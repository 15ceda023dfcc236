"""How a symptom network is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from predict.analysis.networks.correlations import METHODS
from predict.errors import UsageError, unknown_name
from predict.outcomes import Outcome

WITHIN = ("random_intercept", "pooled")


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
        Bootstrap resamples, permutations of a comparison, and draws at each dropped share.
    outcome : str, mapping or Outcome, optional
        Compares those who responded in round one with those who did not.
    """

    instrument: str | None = None
    method: str = "spearman"
    within: str = "random_intercept"
    resamples: int = 1000
    permutations: int = 500
    draws: int = 50
    outcome: str | Mapping[str, object] | Outcome | None = None
    seed: int = 1


def check_settings(settings: NetworkSettings) -> None:
    """Raise UsageError for words that name no method."""
    if settings.method not in METHODS:
        raise UsageError(unknown_name("method", settings.method, METHODS), code="NETWORK_METHOD")
    if settings.within not in (*WITHIN, "person_mean"):
        raise UsageError(unknown_name("within", settings.within, WITHIN), code="NETWORK_WITHIN")
