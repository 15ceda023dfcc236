"""Disclosure control: what may leave the clinic, decided in one place by whom each count counts.

A count knows its group (a mask over the people of the cohort). `protect` decides over everything
that leaves together which counts may be told: none of 1 to 10 people, and none that would give such
a group away by subtraction or by bounds (`predict.statistics.suppression`). Whatever else follows
from counts (rates, intervals, means, shares in a sentence) names the groups it rests on and goes
when one of them goes. A frame that does not say so cannot be shared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from predict.errors import UsageError
from predict.statistics.suppression import (
    Flags,
    Groups,
    Places,
    System,
    are_disjoint,
    distinct,
    may_be_printed,
    without_totals,
)

SMALLEST_CELL = 11
"""Smallest number of people that is told of a group: 1 to 10 are not."""

Mask = npt.NDArray[np.bool_]
Cell = tuple[int, str]


@dataclass(frozen=True)
class Told:
    """A value that may be told when each group it rests on may be counted.

    Parameters
    ----------
    value : object
        A count, or what follows from counts.
    groups : tuple of boolean arrays
        Whom it counts, over all people of the cohort in their order.
    instead : object
        What stands in its place when it may not be told.
    """

    value: Any
    groups: tuple[Mask, ...]
    instead: Any = None


@dataclass(frozen=True)
class Table:
    """A disclosure table: each count knows whom it counts, each number where it comes from.

    Parameters
    ----------
    name : str
        File name without its ending.
    frame : DataFrame
        Index 0, 1, ...
    masks : mapping of (row, column) -> boolean array
        Whom the count in that cell counts, over all people of the cohort in their order.
    derived : tuple of str
        Columns that follow from the row's groups and go when one of them goes.
    labels : tuple of str
        Columns that name the row or a setting, and tell nothing of the people.
    estimates : tuple of str
        Columns estimated from many people at once, from which no count follows.
    rests : mapping of (row, column) -> boolean arrays
        Further groups on which the number in a cell rests.
    families : sequence of boolean arrays, each groups x people
        Groups without anybody in common whose sum a reader can form, beyond those of the labels.
    inside : tuple of str
        Columns about single people (a lowest score); they never leave.
    """

    name: str
    frame: pd.DataFrame
    masks: Mapping[Cell, Mask] = field(default_factory=dict)
    derived: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    estimates: tuple[str, ...] = ()
    rests: Mapping[Cell, tuple[Mask, ...]] = field(default_factory=dict)
    families: Sequence[Groups] = ()
    inside: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Table({self.name}: {len(self.frame)} rows)"

    def _repr_html_(self) -> str:
        return str(self.frame.to_html(index=False))


@dataclass(frozen=True)
class Release:
    """What leaves together: tables with hidden cells missing, and which groups may be counted.

    ``shown`` is None where nothing leaves and everything may be told.
    """

    tables: tuple[Table, ...]
    shown: Mapping[bytes, bool] | None = None
    groups: Groups | None = None

    def __getitem__(self, name: str) -> Table:
        return {table.name: table for table in self.tables}[name]

    def widened(self, people: int) -> Release:
        """Return the same decision over more people, none of whom is in its groups."""
        if self.groups is None or self.shown is None:
            return self
        more = np.zeros((len(self.groups), people - self.groups.shape[1]), dtype=bool)
        wide = np.concatenate([self.groups, more], axis=1)
        flags = [self.may_tell(group) for group in self.groups]
        return replace(self, groups=wide, shown=dict(zip(map(_key, wide), flags, strict=True)))

    def may_tell(self, *groups: Mask) -> bool:
        """Return whether all these groups may be counted; a group without people always may."""
        if self.shown is None:
            return True
        return all(self.shown.get(_key(group), False) for group in groups if group.any())

    def fill(self, tree: Any) -> Any:
        """Return nested lists and mappings with each `Told` replaced by its value or its stand-in.

        Examples
        --------
        >>> opened([]).fill({"people": Told(7, (np.ones(7, dtype=bool),), "few")})
        {'people': 7}
        """
        if isinstance(tree, Told):
            return self.fill(tree.value if self.may_tell(*tree.groups) else tree.instead)
        if isinstance(tree, Mapping):
            return {key: self.fill(value) for key, value in tree.items()}
        if isinstance(tree, (list, tuple)):
            return [self.fill(value) for value in tree]
        return tree


def count(group: Mask, instead: Any = None) -> Told:
    """Return the number of people in a group, to be told when it may be."""
    return Told(int(group.sum()), (group,), instead)


def opened(tables: Sequence[Table]) -> Release:
    """Return everything as it is, for the clinic's own eyes."""
    return Release(tuple(tables))


def protect(
    tables: Sequence[Table],
    *,
    values: Any = (),
    families: Sequence[Groups] = (),
    given: Release | None = None,
    last: Sequence[Mask] = (),
) -> Release:
    """Return what may leave: no small group is told, worked out, or bounded below the smallest.

    Hidden numbers become missing and the column ``suppressed`` says yes in their rows. Guarded are
    groups of 1 to 10 people and nested groups that differ by 1 to 10, in whatever tables.

    Parameters
    ----------
    tables : sequence of Table
        All tables that leave together: what one hides another must not tell.
    values : nested lists and mappings
        What else leaves with them; the `Told` inside are decided together with the tables.
    families : sequence of boolean arrays, groups x people
        Groups without anybody in common whose sum a reader can form.
    given : Release, optional
        What has left before: it stands, and what it hides stays hidden.
    last : sequence of boolean arrays
        Groups whose count is hidden only where hiding no other count would do: the headline.

    Raises
    ------
    UsageError
        When something is no disclosure table, or has a column that is not accounted for.

    References
    ----------
    Hundepool et al. 2012, Statistical Disclosure Control, chapter 4 (frequency tables).

    Examples
    --------
    >>> everyone, few = np.ones(40, dtype=bool), np.arange(40) < 4
    >>> frame = pd.DataFrame({"n": [40], "yes": [4], "rate": [0.1]})
    >>> table = Table("rates", frame, {(0, "n"): everyone, (0, "yes"): few}, ("rate",))
    >>> protect([table])["rates"].frame.to_dict("records")
    [{'n': 40, 'yes': nan, 'rate': nan, 'suppressed': 'yes'}]
    """
    for table in tables:
        _refuse_raw(table)
    uses = [*_groups_of(tables), *(group for leaf in _leaves(values) for group in leaf.groups)]
    sums = [*families, *(family for table in tables for family in _families(table))]
    shown, groups = _decide(uses, sums, given, {_key(group) for group in last})
    release = Release((), shown, groups)
    return replace(release, tables=tuple(_hide(table, release) for table in tables))


def large_quantile(values: npt.ArrayLike, share: float) -> float:
    """Return a quantile where at least the smallest cell of people lies on either side, else NaN.

    Examples
    --------
    >>> large_quantile(range(120), 0.1), large_quantile(range(100), 0.1)
    (11.9, nan)
    """
    numbers = np.asarray(values, dtype=float)
    beyond = len(numbers) * min(share, 1.0 - share)
    return float(np.quantile(numbers, share)) if beyond >= SMALLEST_CELL else float("nan")


def coarse_parts(counts: npt.ArrayLike) -> list[int]:
    """Return where to cut an ordered row of cells so that every part is large or empty.

    Parameters
    ----------
    counts : array of int, cells x kinds
        People in each cell, in order; each kind (with, without the outcome) is counted apart.

    Returns
    -------
    list of int
        First cell of each part; of each kind a part holds nobody or at least the smallest cell,
        where there are enough people of that kind at all.

    Examples
    --------
    >>> coarse_parts([[8, 20], [8, 20], [8, 20], [8, 20], [8, 20]])
    [0, 2]
    """
    table = np.asarray(counts)
    starts: list[int] = []
    held, left = np.zeros(table.shape[1]), table.sum(axis=0)
    for place, row in enumerate(table):
        if not starts or (_is_told(held).all() and _is_told(left).all() and held.any()):
            starts, held = [*starts, place], np.zeros(table.shape[1])
        held, left = held + row, left - row
    return starts


def _is_told(counts: npt.NDArray[Any]) -> Flags:
    return np.asarray((counts == 0) | (counts >= SMALLEST_CELL))


def _key(group: Mask) -> bytes:
    return np.packbits(group).tobytes()


def _leaves(tree: Any) -> Iterator[Told]:
    if isinstance(tree, Told):
        yield tree
        yield from _leaves(tree.instead)
    elif isinstance(tree, Mapping):
        yield from _leaves(list(tree.values()))
    elif isinstance(tree, (list, tuple)):
        for value in tree:
            yield from _leaves(value)


def _refuse_raw(table: object) -> None:
    """Refuse what does not say whom its numbers count: rows of people must not leave."""
    if not isinstance(table, Table):
        raise UsageError(
            f"Expected disclosure tables to share, got {type(table).__name__}. Rows of people "
            "never leave; give counts with their groups (`predict.statistics.disclosure.Table`).",
            code="SHARE_RAW",
        )
    counted = {column for _, column in table.masks}
    accounted = counted | {*table.derived, *table.labels, *table.estimates, *table.inside}
    accounted |= {column for _, column in table.rests}
    loose = [str(column) for column in table.frame.columns if column not in accounted]
    if loose or _uncounted(table, counted):
        raise UsageError(
            f"Table '{table.name}' has numbers without their group: "
            f"{', '.join(loose or sorted(counted))}. Name the columns as labels, counts with "
            "masks, derived from them, estimates, or inside the clinic only.",
            code="SHARE_RAW",
        )


def _uncounted(table: Table, counted: Iterable[str]) -> bool:
    """Return whether a count stands in a cell that has no group."""
    return any(
        table.frame[column].notna().sum() > sum(name == column for _, name in table.masks)
        for column in counted
    )


def _groups_of(tables: Sequence[Table]) -> Iterator[Mask]:
    for table in tables:
        yield from table.masks.values()
        for groups in table.rests.values():
            yield from groups


def _families(table: Table) -> Iterator[Groups]:
    """Yield groups of one column that differ in a label or two and have nobody in common."""
    yield from table.families
    named = {name: [str(value) for value in table.frame[name]] for name in table.labels}
    labels = sorted(name for name, values in named.items() if len(set(values)) > 1)
    wanted = {(name,) for name in labels} | set(combinations(labels, 2)) | {tuple(labels)}
    for varied in sorted(wanted):
        fixed = [named[name] for name in labels if name not in varied]
        rows: dict[tuple[str, ...], list[int]] = {}
        for row in range(len(table.frame)):
            rows.setdefault(tuple(values[row] for values in fixed), []).append(row)
        for same in rows.values():
            yield from _disjoint(table, same)


def _disjoint(table: Table, rows: Sequence[int]) -> Iterator[Groups]:
    for column in dict.fromkeys(name for _, name in table.masks):
        held = [table.masks[row, column] for row in rows if (row, column) in table.masks]
        groups = np.array([group for group in held if group.any()])
        if len(groups) < 2:
            continue
        parts = groups if are_disjoint(groups) else without_totals(groups)
        if len(parts) > 1 and are_disjoint(parts):
            yield parts


def _decide(
    uses: Sequence[Mask], sums: Sequence[Groups], given: Release | None, last: Set[bytes]
) -> tuple[dict[bytes, bool], Groups]:
    """Return whether each group may be told, over all that leaves and what has left."""
    old = _no_groups(uses) if given is None or given.groups is None else given.groups
    parts = [group for family in sums for group in family]
    unions = [family.any(axis=0) for family in sums]
    every = np.array([*uses, *old, *parts, *unions])
    if not len(every):
        return {}, _no_groups(uses)
    groups, place = distinct(every)
    printed, withheld = _earlier(groups, place[len(uses) : len(uses) + len(old)], given)
    withheld |= ~np.isin(np.arange(len(groups)), place[: len(uses) + len(old)])
    families = _members(place[len(uses) + len(old) :], [len(family) for family in sums])
    system = System.of(groups, families, SMALLEST_CELL)
    shown = may_be_printed(
        system, _cost(system.counts, np.bincount(place[: len(uses)], minlength=len(groups))),
        SMALLEST_CELL, printed=printed, withheld=withheld,
        last=np.array([_key(group) in last for group in groups]),
    )  # fmt: skip
    # What is only added up was not asked for: it stays to be decided by who tells it.
    asked = np.unique(place[: len(uses) + len(old)])
    return {_key(groups[at]): bool(shown[at]) for at in asked}, groups[asked]


def _cost(counts: Places, uses: Places) -> Places:
    """Return what is lost with each group: cells, then people; the largest group goes last."""
    cost = uses * (counts.max() + 1) + counts
    return np.asarray(np.where(counts == counts.max(), cost * (len(cost) + 1), cost))


def _no_groups(uses: Sequence[Mask]) -> Groups:
    return np.zeros((0, len(uses[0]) if len(uses) else 0), dtype=bool)


def _earlier(groups: Groups, places: Places, given: Release | None) -> tuple[Flags, Flags]:
    """Return which groups were told before, and which were hidden."""
    before = np.zeros((2, len(groups)), dtype=bool)
    for place in places if given is not None else ():
        before[0 if given.may_tell(groups[place]) else 1, place] = True  # type: ignore[union-attr]
    return before[0], before[1]


def _members(places: Places, lengths: Sequence[int]) -> list[Places]:
    ends = np.cumsum(lengths)
    return [np.unique(places[end - n : end]) for end, n in zip(ends, lengths, strict=True)]


def _hide(table: Table, release: Release) -> Table:
    frame = table.frame.drop(columns=list(table.inside)).copy()
    gone = {cell for cell, group in table.masks.items() if not release.may_tell(group)}
    rows = {row for row, _ in gone}
    gone |= {cell for cell, groups in table.rests.items() if not release.may_tell(*groups)}
    gone |= {(row, column) for row in rows for column in table.derived}
    for column in {column for _, column in gone}:
        if pd.api.types.is_integer_dtype(frame[column]):
            frame[column] = frame[column].astype("float64")
        hidden = [row for row, name in gone if name == column]
        frame[column] = frame[column].mask(frame.index.isin(hidden))
    frame["suppressed"] = np.where(frame.index.isin([row for row, _ in gone]), "yes", "no")
    return replace(table, frame=frame)
