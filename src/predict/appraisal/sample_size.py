"""How many people a prediction model needs before its estimates can be trusted.

The formulas are for (penalised) regression; boosted trees need more, so the answer is a floor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, log

import numpy as np
import pandas as pd

from predict.appraisal.tripod_words import Part, number, part_words
from predict.definitions.wording import load_catalogue
from predict.errors import DesignError

SHRINKAGE = 0.9
MARGIN = 0.05
OPTIMISM = 0.05
# What honest baseline models reach; used where no better guess is declared.
USUAL_AUROC = 0.65


@dataclass(frozen=True)
class Need:
    """People needed, criterion by criterion.

    Parameters
    ----------
    parameters : int
        Candidate parameters: columns, counting the levels of a choice less one.
    prevalence, r2 : float
        Share with the outcome; expected Cox-Snell R squared.
    shrinkage, optimism, rate : int
        People so that predictors' effects shrink by at most a tenth; so that apparent and true
        Nagelkerke R squared differ by at most .05; so that the overall rate is known to .05.
    """

    parameters: int
    prevalence: float
    r2: float
    shrinkage: int
    optimism: int
    rate: int

    @property
    def people(self) -> int:
        """People that satisfy all three."""
        return max(self.shrinkage, self.optimism, self.rate)

    @property
    def events(self) -> int:
        """Events expected among them."""
        return ceil(self.people * self.prevalence)

    @property
    def events_per_parameter(self) -> float:
        """Events for each candidate parameter at that size."""
        return self.people * self.prevalence / self.parameters


def need(parameters: int, prevalence: float, r2: float) -> Need:
    """Return the people needed to develop a model of a yes-or-no outcome.

    Raises
    ------
    ValueError
        When `r2` is not between 0 and the largest that the prevalence allows (or at or above the
        shrinkage of .9).

    References
    ----------
    Riley et al. 2019, Stat Med 38:1276; Riley et al. 2020, BMJ 368:m441.

    Examples
    --------
    The worked example of the `pmsampsize` package:

    >>> sizes = need(24, prevalence=0.174, r2=0.288)
    >>> sizes.shrinkage, sizes.optimism, sizes.rate, sizes.people
    (623, 662, 221, 662)
    """
    if not 0 < prevalence < 1 or parameters < 1:
        raise ValueError("prevalence must lie between 0 and 1, and parameters be 1 or more")
    top = r2_max(prevalence)
    if not 0 < r2 < min(top, SHRINKAGE):
        raise ValueError(f"r2 must lie between 0 and {min(top, SHRINKAGE):.3f} at this prevalence")
    second = r2 / (r2 + OPTIMISM * top)
    return Need(
        parameters,
        prevalence,
        r2,
        shrinkage=ceil(_for_shrinkage(parameters, r2, SHRINKAGE)),
        optimism=ceil(_for_shrinkage(parameters, r2, second)),
        rate=ceil((1.96 / MARGIN) ** 2 * prevalence * (1 - prevalence)),
    )


def _for_shrinkage(parameters: int, r2: float, shrinkage: float) -> float:
    """Riley et al. 2019, equation 11."""
    return parameters / ((shrinkage - 1) * log(1 - r2 / shrinkage))


def r2_max(prevalence: float) -> float:
    """Return the largest Cox-Snell R squared a share with the outcome allows.

    Examples
    --------
    >>> round(r2_max(0.05), 2)
    0.33
    """
    null = prevalence * log(prevalence) + (1 - prevalence) * log(1 - prevalence)
    return 1 - exp(2 * null)


def r2_from_auroc(auroc: float, prevalence: float) -> float:
    """Return the Cox-Snell R squared of a model with this AUROC.

    The log-odds are taken as normal with equal spread in both groups; the mean log-likelihood is
    integrated instead of simulated.

    References
    ----------
    Riley, Van Calster, Collins 2021, Stat Med 40:859.

    Examples
    --------
    >>> round(r2_from_auroc(0.65, 0.56), 3)
    0.068
    """
    from statistics import NormalDist

    gap = 2**0.5 * NormalDist().inv_cdf(auroc)
    nodes, weights = np.polynomial.hermite_e.hermegauss(100)
    weights = weights / weights.sum()
    prior = log(prevalence / (1 - prevalence))

    def log_odds(x: np.ndarray) -> np.ndarray:
        return prior + gap * x - gap * gap / 2

    with_outcome = -np.logaddexp(0, -log_odds(nodes + gap)) @ weights
    without = -np.logaddexp(0, log_odds(nodes)) @ weights
    model = prevalence * with_outcome + (1 - prevalence) * without
    null = prevalence * log(prevalence) + (1 - prevalence) * log(1 - prevalence)
    return float(1 - exp(2 * (null - model)))


@dataclass(frozen=True)
class Enough:
    """Whether the people at hand are enough.

    Parameters
    ----------
    have, events : int
        People and events at hand.
    need : Need
        What is needed at the expected AUROC.
    said : sequence of parts
        The result as sentences of the catalogue with their facts.
    """

    have: int
    events: int
    need: Need
    said: Sequence[Part]

    @property
    def sentence(self) -> str:
        """The result in words."""
        return part_words(self.said, load_catalogue())

    @property
    def enough(self) -> bool:
        """Whether there are as many people as needed."""
        return self.have >= self.need.people

    @property
    def events_per_parameter(self) -> float:
        """Events at hand for each candidate parameter."""
        return self.events / self.need.parameters


def candidate_parameters(features: pd.DataFrame) -> int:
    """Return how many parameters columns stand for: a number one, a choice its levels less one.

    Examples
    --------
    >>> candidate_parameters(pd.DataFrame({"age": [30.0, 40.0], "route": ["oral", "nasal"]}))
    2
    """
    numbers = features.select_dtypes("number").columns
    choices = features.drop(columns=numbers)
    return len(numbers) + sum(max(int(choices[name].nunique()) - 1, 1) for name in choices)


def enough(
    n: int, events: int, parameters: int, *, flexible: bool, auroc: float = USUAL_AUROC
) -> Enough:
    """Compare the people at hand with what is needed at an expected AUROC.

    Parameters
    ----------
    flexible : bool
        Whether the family may be one, as boosted trees are, that needs more than a regression.

    Examples
    --------
    >>> enough(395, 221, 40, flexible=False).enough
    False
    """
    rate = min(max(events / n, 1e-3), 1 - 1e-3)
    wanted = need(max(parameters, 1), rate, r2_from_auroc(auroc, rate))
    state = "enough" if n >= wanted.people else "fewer"
    facts = {"n": n, "events": events, "parameters": parameters, "need": wanted.people}
    each = number(events / max(parameters, 1), ".1f")
    key = f"tripod.size_{state}"
    said = {"say": key, **facts, "auroc": number(auroc, ".2f"), "each": each}
    floor = [" ", {"say": "tripod.size_floor"}] if flexible else []
    return Enough(n, events, wanted, [said, *floor])


def refuse_too_few(
    n: int, events: int, parameters: int, *, flexible: bool, auroc: float = USUAL_AUROC
) -> None:
    """Stop when there are fewer people than needed: the strict gate of an experiment.

    Raises
    ------
    DesignError
        With code ``SAMPLE_TOO_SMALL``: use fewer columns, more people, or the gate that warns.
    """
    size = enough(n, events, parameters, flexible=flexible, auroc=auroc)
    if not size.enough:
        raise DesignError(
            f'{size.sentence} Use fewer columns, more people, or `gate = "warn"`.',
            code="SAMPLE_TOO_SMALL",
        )
