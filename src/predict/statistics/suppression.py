"""Complementary suppression: which counts must go so that no small group is given away.

A group is a boolean mask over people. Printed counts give a group away when it is a linear
combination of printed groups (it is worked out exactly), or when every way to fill the hidden
counts, under all sums and inclusions of the tables, leaves it below the smallest cell (its
feasibility interval ends there).

References
----------
Fischetti & Salazar 2001, Management Science 47:1008 (the attacker's linear programme); Hundepool et
al. 2012, Statistical Disclosure Control, sections 4.3-4.4 (secondary suppression, audit).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy import sparse

Groups = npt.NDArray[np.bool_]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
_EXACT = 1e-6


def distinct(groups: Groups) -> tuple[Groups, Places]:
    """Return the distinct groups (rows) and where each given one stands among them."""
    _, first, place = np.unique(_packed(groups), return_index=True, return_inverse=True)
    return groups[first], place.ravel()


def are_disjoint(groups: Groups) -> bool:
    """Return whether nobody is in two of the groups."""
    return bool(groups.sum() == groups.any(axis=0).sum())


def without_totals(groups: Groups) -> Groups:
    """Return the groups that hold no other group: the parts beside their totals."""
    inside = _inside(groups, np.asarray(groups.sum(axis=1)))
    return groups[~(inside & ~inside.T).any(axis=0)]


@dataclass(frozen=True)
class System:
    """Groups, how they add up, and which differences of them are small.

    Parameters
    ----------
    groups : boolean array, groups x people
        Distinct groups.
    equal, within : sparse matrices, relations x groups
        +1 for disjoint parts, -1 for the whole they fill (equal) or lie in (within).
    small : array of int, targets x 2
        Small groups: those in the first group and not in the second one (-1: nobody is taken off).
    """

    groups: Groups
    equal: sparse.csr_matrix
    within: sparse.csr_matrix
    small: Places

    @classmethod
    def of(cls, groups: Groups, families: Sequence[Places], smallest: int) -> System:
        """Return the system of distinct groups, of which each family is disjoint."""
        counts = groups.sum(axis=1)
        inside = _inside(groups, counts)
        equal, within = _relations(groups, counts, inside, families)
        return cls(groups, equal, within, _small(counts, inside, smallest))

    @property
    def counts(self) -> Places:
        """People in each group."""
        return np.asarray(self.groups.sum(axis=1))

    def targets(self) -> Groups:
        """Return the small groups as masks."""
        taken = self.groups[self.small[:, 1]] & (self.small[:, 1] >= 0)[:, None]
        return self.groups[self.small[:, 0]] & ~taken


def _inside(groups: Groups, counts: Places) -> Flags:
    """Return which group (row) lies inside which other (column)."""
    ones = groups.astype(np.float32)
    inside = np.asarray(ones @ ones.T == counts[:, None]) & (counts[:, None] > 0)
    np.fill_diagonal(inside, val=False)
    return inside


def _small(counts: Places, inside: Flags, smallest: int) -> Places:
    """Return small groups, and nested pairs of groups that differ by a small group."""
    alone = np.flatnonzero((counts > 0) & (counts < smallest))
    gap = counts[None, :] - counts[:, None]
    narrow, wide = np.nonzero(inside & (gap > 0) & (gap < smallest))
    pairs = [np.stack([alone, np.full(len(alone), -1)], axis=1), np.stack([wide, narrow], axis=1)]
    return np.concatenate(pairs)


def _relations(
    groups: Groups, counts: Places, inside: Flags, families: Sequence[Places]
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Return every sum of a family's members that fills a group, or lies in it."""
    equal: list[tuple[int, Places]] = []
    within: list[tuple[int, Places]] = []
    single = [np.array([place]) for place in np.flatnonzero(counts > 0)]
    for family in [*single, *families]:
        for whole, parts in _packings(inside, family):
            full = counts[parts].sum() == counts[whole]
            (equal if full else within).append((whole, parts))
    return _matrix(equal, len(groups)), _matrix(within, len(groups))


def _packings(inside: Flags, family: Places) -> Iterator[tuple[int, Places]]:
    """Yield the closest groups around each set of members that some group holds."""
    held = inside[family]
    patterns, pattern = np.unique(held, axis=1, return_inverse=True)
    for number, members in enumerate(patterns.T):
        if members.sum() < min(len(family), 2):
            continue
        wholes = np.flatnonzero(pattern.ravel() == number)
        closest = ~inside[np.ix_(wholes, wholes)].any(axis=0)
        yield from ((int(whole), family[members]) for whole in wholes[closest])


def _matrix(sums: Sequence[tuple[int, Places]], width: int) -> sparse.csr_matrix:
    from scipy import sparse

    rows = [row for row, (_, parts) in enumerate(sums) for _ in range(len(parts) + 1)]
    columns = [place for whole, parts in sums for place in (whole, *parts)]
    signs = [sign for _, parts in sums for sign in (-1.0, *[1.0] * len(parts))]
    return sparse.csr_matrix((signs, (rows, columns)), shape=(len(sums), width))


def may_be_printed(
    system: System,
    cost: Places,
    smallest: int,
    *,
    printed: Flags | None = None,
    withheld: Flags | None = None,
    last: Flags | None = None,
) -> Flags:
    """Return which groups' counts may be printed so that no small group is given away.

    Parameters
    ----------
    system : System
    cost : array of int
        What is lost when a group's count is hidden; of what gives a group away, the cheapest goes.
    smallest : int
        People that a group must be able to hold.
    printed, withheld : boolean arrays over the groups, optional
        What is decided already: counts that stand, counts that are not told.
    last : boolean array over the groups, optional
        Counts that go only where nothing else of what gives a group away can.
    """
    counts, nothing = system.counts, np.zeros(len(system.counts), dtype=bool)
    stays, last, withheld = (
        nothing if part is None else part for part in (printed, last, withheld)
    )
    shown = ((counts >= smallest) | (counts == 0) | stays) & ~withheld
    if not len(system.small):
        return np.asarray(shown, dtype=bool)
    system = _still_safe(system, stays & (counts > 0), smallest) if stays.any() else system
    span = _Span.of(system)
    shown = _without_proofs(system, span, shown, stays, last, cost, smallest)
    more = (shown | (span.follows(shown) & (counts >= smallest))) & ~withheld
    return _without_proofs(system, span, more, shown, last, cost, smallest)


def _still_safe(system: System, told: Flags, smallest: int) -> System:
    """Return the system without the small groups that what is told already gives away.

    Nothing can be hidden for them; what is hidden in vain would be a loss.
    """
    span, own = _Span.of(system), distinct(system.targets())[1]
    safe = ~span.given(told)[own]
    reached = replace(system, small=system.small[safe])
    bounded = [target for target, _ in _bounded(reached, told | (system.counts == 0), smallest)]
    return replace(system, small=np.delete(reached.small, bounded, axis=0))


def _without_proofs(
    system: System,
    span: _Span,
    shown: Flags,
    stays: Flags,
    last: Flags,
    cost: Places,
    smallest: int,
) -> Flags:
    """Return what is left when of each proof that what is shown gives away a count is hidden."""
    shown = shown.copy()
    while True:
        worst = _cheapest(_free(span.proofs(shown), stays, last), cost)
        bounds = (proof for _, proof in _bounded(system, shown, smallest)) if not worst else ()
        worst = worst or _cheapest(_free(bounds, stays, last), cost)
        if not worst:
            return shown
        shown[worst] = False


def _free(proofs: Iterable[Places], stays: Flags, last: Flags) -> list[Places]:
    """Return what may go of each proof; what goes last only where there is nothing else."""
    free = (proof[~stays[proof]] for proof in proofs)
    return [proof if last[proof].all() else proof[~last[proof]] for proof in free]


def _cheapest(proofs: Sequence[Places], cost: Places) -> list[int]:
    """Return groups of which each proof holds one, cheap ones that many proofs hold first.

    The greedy cover of Chvatal 1979, Mathematics of Operations Research 4:233.
    """
    held = np.zeros((len(proofs), len(cost)), dtype=bool)
    for row, proof in enumerate(proofs):
        held[row, proof] = True
    chosen: list[int] = []
    while (hits := held.sum(axis=0)).any():
        chosen.append(int(np.argmin(np.where(hits > 0, cost / np.maximum(hits, 1), np.inf))))
        held = held[~held[:, chosen[-1]]]
    return chosen


@dataclass(frozen=True)
class _Span:
    """Groups and small groups over people alike in all of them.

    ``people`` says how many are alike; ``gram`` and ``cross`` hold how many people two groups, or a
    group and a small one, have in common.
    """

    groups: Floats
    targets: Floats
    people: Floats
    gram: Floats
    cross: Floats

    @classmethod
    def of(cls, system: System) -> _Span:
        targets = distinct(system.targets())[0]
        every = np.concatenate([system.groups, targets])
        _, first, people = np.unique(_packed(every.T), return_index=True, return_counts=True)
        own, asked = (part[:, first].astype(float) for part in (system.groups, targets))
        weighted = own * people
        return cls(own, asked, people.astype(float), weighted @ own.T, weighted @ asked.T)

    def proofs(self, shown: Flags) -> Iterable[Places]:
        """Yield the printed groups of each combination that gives a small group away."""
        places = np.flatnonzero(shown)
        given, weights = self._given(places, self.targets, self.cross)
        return [places[np.abs(weights[:, target]) > _EXACT] for target in np.flatnonzero(given)]

    def given(self, shown: Flags) -> Flags:
        """Return which small groups are a combination of printed groups."""
        return self._given(np.flatnonzero(shown), self.targets, self.cross)[0]

    def follows(self, shown: Flags) -> Flags:
        """Return which groups are a combination of printed ones: telling them tells nothing."""
        return self._given(np.flatnonzero(shown), self.groups, self.gram)[0]

    def _given(self, places: Places, asked: Floats, cross: Floats) -> tuple[Flags, Floats]:
        weights = np.linalg.pinv(self.gram[np.ix_(places, places)], hermitian=True)
        weights = weights @ cross[places]
        away = asked - weights.T @ self.groups[places]
        return (away * away) @ self.people < _EXACT, weights


def _packed(rows: Groups) -> npt.NDArray[np.void]:
    """Return each row as one value that can be compared."""
    packed = np.ascontiguousarray(np.packbits(rows, axis=1))
    return packed.view(np.dtype((np.void, packed.shape[1]))).ravel()


@dataclass(frozen=True)
class _Programme:
    """The attacker's linear programme over hidden counts, each at least 1 (empty groups are told).

    ``sums`` holds every relation with a hidden count in it (rows, all groups); the first ``equal``
    of them are equalities, the others say that parts lie within a whole.
    """

    hidden: Places
    sums: sparse.csr_matrix
    equal: int
    counts: Floats
    most: float

    @classmethod
    def of(cls, system: System, shown: Flags) -> _Programme:
        from scipy import sparse

        hidden, counts = np.flatnonzero(~shown), np.where(shown, system.counts, 0.0)
        parts = [m[np.diff(m[:, hidden].indptr) > 0] for m in (system.equal, system.within)]
        most = 2.0 * system.groups.shape[1] + 1.0
        return cls(hidden, sparse.vstack(parts).tocsr(), parts[0].shape[0], counts, most)

    def largest(self, signs: Floats) -> tuple[Floats, Places]:
        """Return hidden counts that make a sum largest, and the printed groups that bound it."""
        from scipy.optimize import linprog

        left, right = self.sums[:, self.hidden], -(self.sums @ self.counts)
        optimum = linprog(  # type: ignore[call-overload]  # the stubs know no sparse matrices
            -signs, A_eq=left[: self.equal], b_eq=right[: self.equal], A_ub=left[self.equal :],
            b_ub=right[self.equal :], bounds=(1, self.most), method="highs",
        )  # fmt: skip
        tight = (
            np.abs(np.concatenate([optimum.eqlin.marginals, optimum.ineqlin.marginals])) > _EXACT
        )
        inside = np.unique(self.sums[np.flatnonzero(tight)].indices).astype(np.int64)
        return np.asarray(optimum.x), inside[self.counts[inside] > 0]


def _bounded(system: System, shown: Flags, smallest: int) -> Iterator[tuple[int, Places]]:
    """Yield each small group that is bounded below the smallest cell, and what bounds it so."""
    programme = _Programme.of(system, shown)
    every = _signs(system)
    printed, signs = every @ programme.counts, every[:, programme.hidden]
    waiting = np.asarray(signs.any(axis=1))
    for target in range(len(signs)):
        if waiting[target]:
            counts, proof = programme.largest(signs[target])
            reached = np.asarray(signs @ counts + printed >= smallest - _EXACT)
            if not reached[target]:
                own = np.flatnonzero((every[target] != 0) & (programme.counts > 0))
                yield target, np.union1d(proof, own)
            waiting &= ~reached


def _signs(system: System) -> Floats:
    """Return each small group as a signed sum of groups."""
    signs, rows = np.zeros((len(system.small), len(system.groups))), np.arange(len(system.small))
    signs[rows, system.small[:, 0]] = 1.0
    taken = system.small[:, 1] >= 0
    signs[rows[taken], system.small[taken, 1]] = -1.0
    return signs
