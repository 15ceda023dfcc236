"""People whose rows are alike beyond chance: one person entered twice, under two ids.

Equal rows alone prove nothing: nine yes/no answers have 512 patterns, and hundreds of strangers
share them. What counts is how seldom a pattern comes about, given the totals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

__all__ = ["AlikePeople", "ItemBlock", "alike_people"]

# Pairs of strangers expected to share a pattern, below which an equal pair says something.
RARE = 0.01
# Chance that strangers alone give as many rare pairs, below which they are told.
CHANCE = 0.001
# The test looks at the rarest patterns only, in which strangers are expected to give this many
# pairs in all: of more, a small misfit of the frequencies would look like people entered twice.
EXPECTED = 0.5
# Answers of one scale hang together by more than its total, which makes rare patterns less rare:
# 1.1 to 1.5 times on the simulated programmes and NLSY97.
MISFIT = 2.0
# Facts with more values than this say nothing of how often another fact's value comes.
MOST_VALUES = 20


@dataclass(frozen=True)
class ItemBlock:
    """Items of one questionnaire answered at one visit.

    Parameters
    ----------
    name : str
        The questionnaire; of its visits only the one that is least likely counts, since a person's
        way of answering lasts.
    columns : tuple of str
        Whole numbers, NaN where unanswered.
    reversed : tuple of str
        Columns that run against the others.
    """

    name: str
    columns: tuple[str, ...]
    reversed: tuple[str, ...] = ()


@dataclass(frozen=True)
class AlikePeople:
    """Who is alike, and whether that is more than chance.

    Parameters
    ----------
    group : Series of int
        On the people of the table: the same number for people alike in everything, -1 for all
        others, and for everybody where the pairs are no more than chance.
    pairs : int
        Pairs of people with the same rare pattern.
    expected : float
        How many of them strangers would give.
    chance : float
        Probability that strangers give as many.
    """

    group: pd.Series
    pairs: int
    expected: float
    chance: float

    @property
    def beyond_chance(self) -> bool:
        """Whether strangers alone seldom give as many pairs."""
        return self.chance < CHANCE

    def take(self, positions: np.ndarray) -> AlikePeople:
        """Return the same of the people at these positions."""
        return replace(self, group=self.group.iloc[positions])


def alike_people(
    table: pd.DataFrame, items: Sequence[ItemBlock], *, given: Sequence[str] = ()
) -> AlikePeople:
    """Return the people of a table who are alike beyond chance.

    Two people are alike when every column is the same, absent answers included; give it the
    follow-up too. The pairs that strangers would give come from the frequency of each item's
    answers, given the total (answers to one scale taken as independent but for it), and from that
    of each fact, given the fact that tells most about it.

    Parameters
    ----------
    table : DataFrame
        One row a person: items, totals, facts.
    items : sequence of ItemBlock
        A block that is the same answer throughout says nothing: people tick down a column.
    given : sequence of str
        Columns whose agreement is no evidence, such as totals without items. Columns that stand in
        neither are facts of the person.

    Returns
    -------
    AlikePeople

    Examples
    --------
    >>> draw = np.random.default_rng(1)
    >>> answers = pd.DataFrame(draw.integers(0, 4, (60, 9)).astype(float)).add_prefix("q")
    >>> block = ItemBlock("phq9", tuple(answers))
    >>> alike_people(answers, [block]).beyond_chance
    False
    >>> twice = pd.concat([answers, answers[:8]], ignore_index=True)
    >>> alike_people(twice, [block]).group[lambda group: group >= 0].index.tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 60, 61, 62, 63, 64, 65, 66, 67]
    """
    used_columns = {*given, *(column for block in items for column in block.columns)}
    facts = table[[column for column in table if column not in used_columns]]
    chance = np.exp(_item_chances(table, items) + _fact_chances(facts))
    peers = _sizes(_patterns([table.notna(), _totals(table, items), table[list(given)]]))
    pattern = _patterns([table])
    rare = peers * (peers - 1) / 2 * chance**2 < RARE
    pairs, expected = _rarest(np.where(rare, (peers - 1) / 2 * chance, np.inf), pattern)
    likely = _at_least(pairs, expected)
    shown = rare & (_sizes(pattern) > 1) & (likely < CHANCE)
    group = pd.Series(np.where(shown, pattern, -1), index=table.index, dtype="int64")
    return AlikePeople(group, pairs, expected, likely)


def _rarest(strangers: np.ndarray, pattern: np.ndarray) -> tuple[int, float]:
    """Pairs among the rarest patterns, and how many strangers would give there.

    ``strangers`` is each person's share of the expected pairs; infinite where the pattern is not
    rare.
    """
    order = np.lexsort((pattern, strangers))  # copies side by side, so that none is cut off
    last = int(np.searchsorted(np.cumsum(strangers[order]), EXPECTED, side="right"))
    chosen = order[:last]
    sizes = np.bincount(pattern[chosen], minlength=1)
    return int((sizes * (sizes - 1) // 2).sum()), float(MISFIT * strangers[chosen].sum())


def _at_least(pairs: int, expected: float) -> float:
    """The chance of so many pairs or more, Poisson."""
    from scipy.special import pdtrc

    return float(pdtrc(pairs - 1, expected)) if pairs else 1.0


def _patterns(parts: Sequence[pd.DataFrame]) -> np.ndarray:
    """A number for each distinct row of some tables side by side, NaN being a value of its own."""
    number = np.zeros(len(parts[0]), dtype=np.int64)
    for part in parts:
        for column in part:
            codes = pd.factorize(part[column])[0].astype(np.int64) + 1
            number = pd.factorize(number * (codes.max(initial=0) + 1) + codes)[0].astype(np.int64)
    return number


def _sizes(pattern: np.ndarray) -> np.ndarray:
    """How many rows share each row's pattern."""
    return np.asarray(np.bincount(pattern, minlength=1)[pattern])


def _turned(table: pd.DataFrame, block: ItemBlock) -> np.ndarray:
    """Answers from 0 at the lowest, items that run against the others turned."""
    answers = table[list(block.columns)].to_numpy(dtype=np.float64)
    low, high = np.nanmin(answers, initial=np.inf), np.nanmax(answers, initial=-np.inf)
    turned = np.isin(block.columns, block.reversed)
    return np.asarray(np.where(turned, high - answers, answers - low))


def _totals(table: pd.DataFrame, items: Sequence[ItemBlock]) -> pd.DataFrame:
    sums = {i: np.nansum(_turned(table, block), axis=1) for i, block in enumerate(items)}
    return pd.DataFrame(sums, index=table.index)


def _item_chances(table: pd.DataFrame, items: Sequence[ItemBlock]) -> np.ndarray:
    """Log of the chance of each person's answers, given the totals."""
    least: dict[str, np.ndarray] = {}
    for block in items:
        chances = _block_chances(table, block)
        least[block.name] = np.minimum(chances, least.get(block.name, np.zeros(len(table))))
    return np.asarray(sum(least.values(), start=np.zeros(len(table))))


def _block_chances(table: pd.DataFrame, block: ItemBlock) -> np.ndarray:
    """Log of the chance of one block's answers; people who left out the same items together."""
    turned = _turned(table, block)
    there = ~np.isnan(turned)
    answers = np.where(there, turned, 0).astype(np.int64)
    width = int(answers.max(initial=0)) + 1
    shares = [_shares(answers[here, k], width) for k, here in enumerate(there.T)]
    chances = np.zeros(len(table))
    alike = _patterns([pd.DataFrame(there)])
    for rows in (np.flatnonzero(alike == number) for number in np.unique(alike)):
        asked = np.flatnonzero(there[rows[0]])
        if len(asked) > 1:
            chances[rows] = _given_total(answers[np.ix_(rows, asked)], [shares[k] for k in asked])
    return np.where(_straight(table, block) | (np.ptp(answers, axis=1) == 0), 0.0, chances)


def _straight(table: pd.DataFrame, block: ItemBlock) -> np.ndarray:
    """Whether every item as it was asked has the same answer."""
    asked = table[list(block.columns)]
    return np.asarray(asked.max(axis=1) == asked.min(axis=1))


def _shares(codes: np.ndarray, width: int) -> np.ndarray:
    return np.bincount(codes, minlength=width) / max(len(codes), 1)


def _given_total(answers: np.ndarray, shares: Sequence[np.ndarray]) -> np.ndarray:
    """Log of the chance of each row of answers among all that add up to the same."""
    totals = np.ones(1)
    for share in shares:
        totals = np.convolve(totals, share)
    alone = sum(np.log(share[answers[:, k]]) for k, share in enumerate(shares))
    return np.asarray(np.minimum(alone - np.log(totals[answers.sum(axis=1)]), 0.0))


def _fact_chances(facts: pd.DataFrame) -> np.ndarray:
    """Log of the chance of each person's facts, each given the earlier one that tells it best."""
    chances, earlier = np.zeros(len(facts)), list[np.ndarray]()
    for column in facts:
        codes = pd.factorize(facts[column])[0].astype(np.int64) + 1
        few = int(codes.max(initial=0)) <= MOST_VALUES
        best = _best_told(codes, earlier if few else [])
        chances += np.where(codes > 0, np.log(best), 0.0)
        if few:
            earlier.append(codes)
    return chances


def _best_told(codes: np.ndarray, earlier: Sequence[np.ndarray]) -> np.ndarray:
    """How often each person's value comes, given the earlier fact that tells it best, if any does.

    Schwarz' criterion: a fact tells something where it gains more than half a log of the people
    for each number it takes to say so (Ann Stat 1978, 6:461).
    """
    counts = np.bincount(codes, minlength=1)
    # Less the person: a value that one copy alone repeats is as rare as one that nobody shares.
    share = np.maximum(counts - 1, 1) / max(len(codes), 1)
    best, gain = share[codes], 0.0
    for other in earlier:
        chances = _given_fact(codes, share, other)
        numbers = (len(share) - 1) * int(other.max(initial=0))
        price = numbers * np.log(max(len(codes), 1)) / 2
        more = float(np.log(chances / share[codes]).sum()) - price
        if more > gain:
            best, gain = chances, more
    return np.asarray(best)


def _given_fact(codes: np.ndarray, share: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How often each value comes with the other fact's, drawn a little to how often it comes."""
    width = len(share)
    counts = np.bincount(other * width + codes, minlength=(int(other.max()) + 1) * width)
    table = counts.reshape(-1, width)
    return np.asarray(((table + share) / (table.sum(axis=1, keepdims=True) + 1))[other, codes])
