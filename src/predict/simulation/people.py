"""Who the simulated people are: age, sex, route, site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from predict.simulation.items import Floats


def draw_people(
    count: int, shape: Mapping[str, Any], rng: np.random.Generator
) -> tuple[pd.DataFrame, Floats]:
    """Return age (whole years), sex, route, site; and each person's site effect on the change."""
    sites = shape["sites"]
    sizes = rng.dirichlet(np.full(sites, 4.0))
    site = rng.choice(sites, size=count, p=sizes)
    effects = rng.normal(0.0, shape["site_sd"], sites)
    people = pd.DataFrame(
        {
            "age": _ages(count, shape["age"], rng),
            "sex": _sexes(count, shape, rng),
            "route": np.where(
                rng.random(count) < shape["subcutaneous"], "subcutaneous", "sublingual"
            ),
            "site": [f"S{number + 1:02d}" for number in site],
        }
    )
    return people, effects[site]


def _ages(count: int, age: Mapping[str, float], rng: np.random.Generator) -> Floats:
    """Draw whole years from a normal cut at both ends, by redrawing."""
    years = rng.normal(age["mean"], age["sd"], count)
    outside = (years < age["low"]) | (years > age["high"])
    while outside.any():
        years[outside] = rng.normal(age["mean"], age["sd"], int(outside.sum()))
        outside = (years < age["low"]) | (years > age["high"])
    return np.rint(years)


def _sexes(count: int, shape: Mapping[str, Any], rng: np.random.Generator) -> list[str]:
    female, other = shape["female"], shape["other"]
    shares = [female, 1.0 - female - other, other]
    return [str(word) for word in rng.choice(["female", "male", "other"], size=count, p=shares)]
