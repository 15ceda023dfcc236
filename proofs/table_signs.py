"""Signs of a whole table: honest batches are let through, tables put together wrongly are told.

Honest batches are drawn at random from 12,000 people of the programme, others than the model
learned from, in sizes from 20 to 5,000; and from the people it learned from. No batch may be
stopped in any size, and at most one in 50 may be warned of anything. Then the same batches with a
fault in each: how many are told, by size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

import predict as pr
from _proof import Tally, leave, share_asked, some
from predict.cohort import read_cohort
from predict.cohort.directions import direction_sums
from predict.scoring.scoring_pass import ScoringPass
from predict.scoring.table_profile import judge_signs, sign_names, signs_of
from predict.simulation import simulate

HONEST = {20: 1_000, 49: 1_000, 50: 1_000, 199: 1_000, 200: 1_000, 1_000: 400, 5_000: 100}
FAULTY = {50: 40, 200: 40, 1_000: 20}
LEARNED, OTHERS = 2_000, 12_000
FEW = 1 / 50
STUDY = "experiments/demo_study.toml"
PHQ9 = [f"phq9_{n}_baseline" for n in range(1, 10)]
GAD7 = [f"gad7_{n}_baseline" for n in range(1, 8)]


@dataclass(frozen=True)
class People:
    """Everybody from whom batches are drawn."""

    model: pr.ResponseModel
    X: pd.DataFrame
    cohort: pr.Cohort

    def problems(self, X: pd.DataFrame) -> list[str]:
        """The codes that a batch of features is told, those that stop it in capitals behind !."""
        visit = self.model.as_of
        answers = {
            name.removesuffix(f"_{visit}"): X[name].to_numpy("float64") for name in (*PHQ9, *GAD7)
        }
        signs = signs_of(self.model, X, self.model.findings(X, self.cohort))
        signs |= sign_names(direction_sums(self.model.study, {visit: answers}))
        problems = judge_signs(self.model, signs)
        return ["!" * (p.level == "file") + p.code for p in problems]


def people(model: pr.ResponseModel, table: pd.DataFrame) -> People:
    """Return the people of a table of baseline columns."""
    keep = [c for c in table if c in ("person", "age", "sex", "route") or "_baseline" in c]
    cohort = read_cohort(table[keep], STUDY, as_of=model.as_of)
    return People(model, ScoringPass(model).rows(cohort).X, cohort)


Fault = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]


def shifted(X: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """The GAD-7 of each person stands in the next person's row."""
    return with_total(X.assign(**{name: np.roll(X[name], 1) for name in GAD7}))


def permuted(X: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """The items of the PHQ-9 stand in each other's columns."""
    order = random.permutation(PHQ9)
    return X.assign(**{to: X[name] for to, name in zip(PHQ9, order, strict=True)})


def shuffled(X: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Each item of the PHQ-9 in an order of people of its own."""
    return with_total(X.assign(**{n: random.permutation(X[n].to_numpy()) for n in PHQ9}))


def doubled(X: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """One person in five has the answers of another."""
    fifth = len(X) // 5
    changed = X.copy()
    changed.iloc[:fifth] = X.iloc[fifth : 2 * fifth].to_numpy()
    return changed


def lacking(X: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """One person in four has no first item of the PHQ-9."""
    return X.assign(**{PHQ9[0]: X[PHQ9[0]].where(random.random(len(X)) > 0.25)})


def recoded(X: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Three women in four are men."""
    changed = (X["sex"] == "female") & (random.random(len(X)) < 0.75)
    return X.assign(sex=X["sex"].mask(changed, "male"))


def older(X: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Everybody is 25 years older."""
    return X.assign(age=(X["age"] + 25).clip(18, 90))


FAULTS: dict[str, tuple[Fault, str]] = {
    "GAD-7 of the next person": (shifted, "CORRELATION_LOST"),
    "items in each other's columns": (permuted, "ITEMS_OTHER"),
    "items of other people": (shuffled, "CORRELATION_LOST"),
    "a fifth of the answers doubled": (doubled, "ANSWERS_REPEATED"),
    "an item missing in a quarter": (lacking, "MISSING_MORE"),
    "three women in four are men": (recoded, "DISTRIBUTION_DRIFT"),
    "25 years older": (older, "!DISTRIBUTION_OTHER"),
}


def with_total(X: pd.DataFrame) -> pd.DataFrame:
    """Return the features with totals that fit the items, where all are answered."""
    totals = {
        "phq9_total_baseline": X[PHQ9].sum(axis=1, skipna=False),
        "gad7_total_baseline": X[GAD7].sum(axis=1, skipna=False),
    }
    return X.assign(**{name: new.fillna(X[name]) for name, new in totals.items()})


def main(share: float = 1.0) -> int:
    """Draw a share of the batches and return the exit status."""
    tally, random = Tally(), np.random.default_rng(23)
    table = simulate("demo", people=LEARNED, seed=2).table
    training = pr.assemble(read_cohort(table, STUDY), "phq9_response")
    recipe = pr.Recipe(family="linear", params={"strength": 0.05})
    model = pr.train(training, recipe, refits=0)
    others = simulate("demo", people=max(8_000, round(OTHERS * share)), seed=501).table
    for name, drawn in (("others", others), ("learned from", table)):
        honest(tally, name, people(model, drawn), random, share)
    faulty(tally, people(model, others), random, share)
    return tally.end()


def honest(
    tally: Tally, name: str, crowd: People, random: np.random.Generator, share: float
) -> None:
    """Count what honest batches are told."""
    for size, times in HONEST.items():
        if size > len(crowd.X):
            continue
        told = []
        for _ in range(some(times, share)):
            place = random.choice(len(crowd.X), size, replace=False)
            told.append(crowd.problems(crowd.X.iloc[place]))
        codes = Counter(code for each in told for code in set(each))
        warned, stopped = sum(map(bool, told)), sum("!" in "".join(each) for each in told)
        words = f"{name}, {len(told)} batches of {size}: {stopped} stopped, {warned} warned of"
        right = stopped == 0 and warned <= max(1, FEW * len(told))
        tally.state(f"{words} {dict(codes)}", right)


def faulty(tally: Tally, crowd: People, random: np.random.Generator, share: float) -> None:
    """Count how often a fault is told, by size; of 1,000 people nine in ten have to be."""
    for name, (fault, code) in FAULTS.items():
        seen = {}
        for size, times in FAULTY.items():
            batches = [
                crowd.X.iloc[random.choice(len(crowd.X), size, replace=False)]
                for _ in range(some(times, share))
            ]
            hits = sum(code in crowd.problems(fault(batch, random)) for batch in batches)
            seen[size] = hits / len(batches)
        tally.state(f"{name}: {code} told in {seen}", seen[max(FAULTY)] >= 0.9)


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
