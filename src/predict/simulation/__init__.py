"""Cohorts with known truth, drawn from a programme's shape."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from predict.definitions.programmes import Programme, load_programme, programme_ids
from predict.drawing.card import card
from predict.errors import UsageError
from predict.simulation import burnout, mood
from predict.simulation.levels import separable_shape

MODELS = {"mood": mood.draw, "burnout": burnout.draw}


@dataclass(frozen=True)
class Simulated:
    """A simulated table and what is true of each of its people.

    Parameters
    ----------
    table : DataFrame
        Wide, one row a person: ``person``, people columns, ``phq9_1_baseline`` ...; NaN = no
        answer.
    truth : DataFrame
        Index ``person``; true probabilities of response, 0-1. For the mood programmes
        ``round_one`` (given everything observed at baseline) and ``round_two`` (given everything
        observed up to the start of round two; NaN for who did not take it), both exact, and
        ``course``, the planted class. For burnout ``round_one_exhaustion``, ``_cynicism``,
        ``_efficacy`` and ``_any``, exact; ``round_one`` is the first. All are what would happen
        if nobody left.
    """

    table: pd.DataFrame
    truth: pd.DataFrame

    def __repr__(self) -> str:
        return f"Simulated({len(self.table)} people, {self.table.shape[1]} columns)"

    def _repr_html_(self) -> str:
        facts = {"people": len(self.table), "columns": self.table.shape[1], "real patients": 0}
        return card("Simulated table, with its truth", facts)


def simulate(
    programme: str, *, people: int | None = None, seed: int, separable: bool = False
) -> Simulated:
    """Draw a cohort from a programme.

    Parameters
    ----------
    programme : str
        A name of `predict list programmes` that has a shape to simulate.
    people : int, optional
        How many; the programme's own number otherwise. Where the programme counts people analysed,
        drop-outs come on top, so the table has more rows.
    seed : int
        Same seed, same table.
    separable : bool
        Draw the variant whose latent courses can be told apart: baselines within a narrower range,
        falls in points instead of shares of the baseline, and no other predictors. Its figures are
        not the published ones; it shows whether `predict analyse courses` gives the classes back.

    Returns
    -------
    Simulated
        The table, and what was drawn beneath it.

    Raises
    ------
    UsageError
        When the programme is unknown, holds published figures only, has no separable variant, or
        ``people`` is below 1.

    See Also
    --------
    predict.read_cohort : Reads the table under a study.

    Examples
    --------
    >>> simulate("demo", people=200, seed=1)
    Simulated(200 people, 90 columns)
    """
    facts = load_programme(programme)
    if not facts.simulation:
        able = [name for name in programme_ids() if load_programme(name).simulation]
        raise UsageError(f"'{programme}' holds published figures only; simulate one of {able}.")
    count = facts.people if people is None else people
    if count < 1:
        raise UsageError(f"people must be at least 1, got {count}. Use for example --people 2000.")
    facts = _separable(facts) if separable else facts
    draw = MODELS[facts.simulation["model"]]
    table, truth = draw(facts, count, np.random.default_rng(seed))
    return Simulated(table=table, truth=truth)


def _separable(facts: Programme) -> Programme:
    if "separable" not in facts.simulation:
        able = [n for n in programme_ids() if "separable" in load_programme(n).simulation]
        raise UsageError(f"'{facts.id}' has no separable variant; use one of {able}.")
    return replace(facts, simulation=separable_shape(facts.simulation))
