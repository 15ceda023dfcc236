"""A model that is not shown to be better than giving everybody the rate has no estimate to show.

Its numbers differ from person to person by what chance put into the training people: a page that
prints them says something about this patient that nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from predict.models.families import PRIOR
from predict.models.reliance.finding import Finding, Reason

NO_BETTER = "no_better_than_rate"

Standing = Literal["better", "not_better", "not_judged"]


def standing(family: str, facts: Mapping[str, Any]) -> Standing:
    """Return how a family stood against the prior when it was judged.

    Parameters
    ----------
    family : str
        The family that is shipped.
    facts : mapping
        The model's facts; its ``evaluation`` holds the verdict.

    Examples
    --------
    >>> verdict = {"model": "linear", "comparisons": {"prior": {"state": "better"}}}
    >>> standing("linear", {"evaluation": {"verdict": verdict}})
    'better'
    >>> standing("linear", {"n": 200})
    'not_judged'
    """
    verdict = (facts.get("evaluation") or {}).get("verdict")
    if not verdict:
        return "not_judged"
    if family == PRIOR.name:
        return "not_better"
    comparisons = verdict.get("comparisons") or {}
    if verdict.get("model") == family and PRIOR.name in comparisons:
        return "better" if comparisons[PRIOR.name]["state"] == "better" else "not_better"
    if family in verdict.get("not_better_than_prior", ()):
        return "not_better"
    judged = family in comparisons and PRIOR.name in (verdict.get("model"), *comparisons)
    return "better" if judged else "not_judged"


def unproven(people: int) -> Finding:
    """Return the finding that withholds everybody's estimate."""
    return Finding("stop", Reason(NO_BETTER), np.ones(people, dtype=bool))
