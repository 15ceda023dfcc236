"""What a model is held against: every family, and two plain rules that need no family."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from predict.features.training_set import TrainingSet
from predict.models.families import FAMILIES, PRIOR, SEVERITY, TOTALS

# After round one: each state's own rate, for who had and who had not reached the mark by then.
STATE = "state"
# After the first visit: logistic on the starting score alone, to tell what came since.
START = "start"
_LAST = 1_000


@dataclass(frozen=True)
class Rule:
    """A plain rule: its words in a sentence, and its place among the families by rank."""

    label: str
    rank: int


RULES = {
    START: Rule("the starting score alone", 1),
    STATE: Rule("the state after round one alone", 2),
}


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return comparators from the simplest on; names that nobody ranked come last, as given.

    Examples
    --------
    >>> in_order(["boosted", "recalibrated", "state", "prior"])
    ('prior', 'state', 'boosted', 'recalibrated')
    """
    ranks = {name: family.rank for name, family in FAMILIES.items()}
    ranks |= {name: rule.rank for name, rule in RULES.items()}
    return tuple(sorted(names, key=lambda name: ranks.get(name, _LAST)))


def as_held_against(names: Iterable[str]) -> tuple[str, ...]:
    """Return comparators in the order of the verdict: severity leads, then the plain rules.

    Examples
    --------
    >>> as_held_against(["prior", "severity", "linear", "start"])
    ('severity', 'start', 'prior', 'linear')
    """
    ordered = in_order(names)
    leading = [name for name in (SEVERITY.name, START, PRIOR.name, STATE) if name in ordered]
    return (*leading, *(name for name in ordered if name not in leading))


def acted_on(names: Iterable[str], model: str) -> tuple[str, ...]:
    """Return the two simplest families that know something of the person, the model left out.

    Examples
    --------
    >>> acted_on(["prior", "severity", "totals", "linear", "boosted"], "boosted")
    ('severity', 'totals')
    """
    known = [n for n in in_order(names) if n in FAMILIES and n not in (PRIOR.name, model)]
    return tuple(known[:2])


# What `totals` looks at beside totals, where the table has it, and what it is then called.
AGE_SEX = ("age", "sex")
TOTALS_LABELS = {
    ("age", "sex"): TOTALS.label,
    ("age",): "totals and age",
    ("sex",): "totals and sex",
    (): "totals alone",
}


def totals_with(training: TrainingSet) -> list[str]:
    """Return which of age and sex the family `totals` looks at in this training set."""
    seen = TOTALS.choose(training)
    return [name for name in AGE_SEX if name in seen]


def label_of(name: str, round: str, beside: Sequence[str] = AGE_SEX) -> str:
    """Return what a sentence about a model of this round calls a comparator.

    Parameters
    ----------
    beside : sequence of str
        From `totals_with`.

    Examples
    --------
    >>> label_of("totals", "one", ["age"]), label_of("severity", "two")
    ('totals and age', 'severity so far')
    """
    if name in RULES:
        return RULES[name].label
    if name == TOTALS.name:
        return TOTALS_LABELS[tuple(beside)]
    return FAMILIES[name].label_in(round) if name in FAMILIES else name
