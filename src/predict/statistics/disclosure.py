"""Tables that may leave the clinic: no cell of 1-10 people, and none that the others give away.

Every printed count knows whom it counts (a mask over the people). A hidden count can be worked out
from the printed ones exactly when its mask is a linear combination of theirs, in whatever tables
they stand. So hiding goes on until no small cell's mask lies in the span of what is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

SMALLEST = 11
_EXACT = 1e-7

Mask = npt.NDArray[np.bool_]
Cell = tuple[int, str]


@dataclass(frozen=True)
class Table:
    """A table of results whose counts know whom they count.

    Parameters
    ----------
    name : str
        File name without its ending.
    frame : DataFrame
        Index 0, 1, ...
    masks : mapping of (row, column) -> boolean array
        Whom the count in that cell counts, over all people of the cohort in their order.
    derived : tuple of str
        Columns that follow from the row's counts and go when one of them goes.
    """

    name: str
    frame: pd.DataFrame
    masks: Mapping[Cell, Mask] = field(default_factory=dict)
    derived: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Table({self.name}: {len(self.frame)} rows)"

    def _repr_html_(self) -> str:
        return str(self.frame.to_html(index=False))


def protect(tables: Sequence[Table], *, seed: int = 0) -> tuple[Table, ...]:
    """Return the tables with small cells, their complements and what would give them away hidden.

    Hidden numbers become missing and the column ``suppressed`` says yes in their rows. Besides the
    printed counts, differences of two counts in one row (those who did not respond) are guarded.

    Parameters
    ----------
    tables : sequence of Table
        All tables that leave together: what one hides another must not tell.
    seed : int
        For the random projection in which spans are compared; any value gives the same answer
        except with probability zero.

    Examples
    --------
    >>> everyone, few = np.ones(40, dtype=bool), np.arange(40) < 4
    >>> frame = pd.DataFrame({"n": [40], "yes": [4], "rate": [0.1]})
    >>> table = Table("rates", frame, {(0, "n"): everyone, (0, "yes"): few}, ("rate",))
    >>> protect([table])[0].frame.to_dict("records")
    [{'n': 40, 'yes': nan, 'rate': nan, 'suppressed': 'yes'}]
    """
    cells = [(t, cell) for t, table in enumerate(tables) for cell in table.masks]
    if not cells:
        return tuple(tables)
    masks = np.array([tables[t].masks[cell] for t, cell in cells])
    guarded = np.concatenate([masks, _differences(tables)])
    small = guarded[_is_small(guarded.sum(axis=1))]
    shown = _shown(masks, small, seed)
    hidden: dict[int, set[Cell]] = {t: set() for t in range(len(tables))}
    for (t, cell), keep in zip(cells, shown, strict=True):
        if not keep:
            hidden[t].add(cell)
    return tuple(_hide(table, hidden[t]) for t, table in enumerate(tables))


def recoverable(printed: npt.NDArray[np.bool_], hidden: npt.NDArray[np.bool_]) -> Mask:
    """Return which hidden masks (rows) are linear combinations of the printed ones: the audit.

    Examples
    --------
    >>> everyone, women = np.array([1, 1, 1, 1], bool), np.array([1, 1, 0, 0], bool)
    >>> recoverable(np.array([everyone, women]), np.array([~women, [1, 0, 0, 0]]))
    array([ True, False])
    """
    if len(printed) == 0:
        return np.zeros(len(hidden), dtype=bool)
    atoms = np.unique(np.concatenate([printed, hidden]).astype(float), axis=1)
    printed_atoms, asked = atoms[: len(printed)], atoms[len(printed) :]
    fitted = np.linalg.lstsq(printed_atoms.T, asked.T, rcond=None)[0]
    return np.asarray(np.abs(printed_atoms.T @ fitted - asked.T).max(axis=0) < _EXACT)


def _is_small(counts: npt.NDArray[np.int64]) -> Mask:
    return np.asarray((counts > 0) & (counts < SMALLEST))


def _differences(tables: Iterable[Table]) -> npt.NDArray[np.bool_]:
    """Return whom a row's wider count counts and its narrower one does not, for nested pairs."""
    differences: list[Mask] = []
    width = 0
    for table in tables:
        rows: dict[int, list[Mask]] = {}
        for (row, _), mask in table.masks.items():
            rows.setdefault(row, []).append(mask)
            width = len(mask)
        differences += [
            a & ~b for masks in rows.values() for a in masks for b in masks if _inside(b, a)
        ]
    return np.array(differences) if differences else np.zeros((0, width), dtype=bool)


def _inside(narrow: Mask, wide: Mask) -> bool:
    return narrow is not wide and not bool((narrow & ~wide).any())


def _shown(masks: Mask, small: Mask, seed: int) -> Mask:
    """Return which masks may be printed; of what gives something away the least used goes first."""
    kinds, kind = np.unique(masks, axis=0, return_inverse=True)
    small = np.unique(small, axis=0)
    counts = kinds.sum(axis=1)
    shown = ~_is_small(counts) & (counts > 0)  # an empty group gives nothing away
    if len(small):
        points = _project(np.concatenate([kinds, small]), seed)
        printed, targets = points[: len(kinds)], points[len(kinds) :]
        # Groups that few cells use go first, then small ones: the rest of the tables stays.
        cost = np.bincount(kind.ravel()) * (counts.max() + 1) + counts
        while len(worst := _giving_away(printed, targets, shown, cost)):
            shown[worst] = False
    return np.asarray((shown | (counts == 0))[kind])


def _giving_away(
    printed: npt.NDArray[np.float64],
    targets: npt.NDArray[np.float64],
    shown: Mask,
    cost: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Return the cheapest printed group in each combination that gives a target away."""
    places = np.flatnonzero(shown)
    if not len(places):
        return places
    fitted = np.linalg.lstsq(printed[places].T, targets.T, rcond=None)[0]
    scale = np.maximum(np.abs(targets).max(axis=1), 1.0)
    away = np.abs(printed[places].T @ fitted - targets.T).max(axis=0)
    worst = set()
    for target in np.flatnonzero(away < _EXACT * scale):
        used = places[np.abs(fitted[:, target]) > 1e-6]
        worst.add(used[np.argmin(cost[used])])
    return np.array(sorted(worst), dtype=np.int64)


def _project(masks: Mask, seed: int) -> npt.NDArray[np.float64]:
    """Map masks to few dimensions so that spans stay as they are (random Gaussian projection)."""
    atoms = np.unique(masks, axis=1)
    width = min(atoms.shape[1], len(masks) + 16)
    if width == atoms.shape[1]:
        return atoms.astype(float)
    random = np.random.default_rng(seed).normal(size=(atoms.shape[1], width))
    return np.asarray(atoms.astype(float) @ random / np.sqrt(width))


def _hide(table: Table, cells: set[Cell]) -> Table:
    frame = table.frame.copy()
    rows = sorted({row for row, _ in cells})
    for column in {column for _, column in cells}:
        gone = [row for row, name in cells if name == column]
        frame[column] = frame[column].astype("float64").mask(frame.index.isin(gone))
    for column in table.derived:
        frame[column] = frame[column].mask(frame.index.isin(rows))
    frame["suppressed"] = np.where(frame.index.isin(rows), "yes", "no")
    return replace(table, frame=frame)
