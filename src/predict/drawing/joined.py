"""What a line may join: neighbours only; and what of it lies within the axes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

Point = tuple[float, float]


def runs(places: Sequence[float], step: float) -> list[range]:
    """Return which places follow one another without a gap, run by run.

    Parameters
    ----------
    places : sequence of float
        In their order.
    step : float
        Places further apart than this are no neighbours.

    Examples
    --------
    >>> runs([30, 35, 45, 50, 60], 5)
    [range(0, 2), range(2, 4), range(4, 5)]
    """
    after = enumerate(pairwise(places), 1)
    starts = [0, *(k for k, (a, b) in after if b - a > step * (1 + 1e-6)), len(places)]
    return [range(*ends) for ends in pairwise(starts) if ends[0] < ends[1]]


def lines_within(points: Sequence[Point], low: float, high: float) -> list[list[Point]]:
    """Return the pieces of a line that lie between two heights, cut where it crosses them.

    Examples
    --------
    >>> lines_within([(0, 2), (10, -2), (20, 2)], 0, 5)
    [[(0, 2), (5.0, 0.0)], [(15.0, 0.0), (20, 2)]]
    """
    pieces: list[list[Point]] = []
    for ends in pairwise(points):
        above = _cut(ends, low, 1)
        inside = _cut(above, high, -1) if above else ()
        if inside and pieces and pieces[-1][-1] == inside[0]:
            pieces[-1].append(inside[1])
        elif inside:
            pieces.append([*inside])
    return pieces


def area_within(points: Sequence[Point], low: float, high: float) -> list[Point]:
    """Return the corners of the part of an area between two heights, cut where it crosses them.

    References
    ----------
    Sutherland & Hodgman 1974, Commun ACM 17:32.

    Examples
    --------
    >>> area_within([(0, 2), (10, 2), (10, -2), (0, 0)], 0, 5)
    [(0, 2), (10, 2), (10.0, 0.0), (0.0, 0.0), (0, 0)]
    """
    corners = list(points)
    for bound, side in ((low, 1), (high, -1)):
        kept: list[Point] = []
        for ends in pairwise([*corners, *corners[:1]]):
            inside = _cut(ends, bound, side)
            # The end is where the next side begins.
            kept += inside[:-1] if inside and inside[-1] is ends[1] else inside
        corners = kept
    return corners


def _cut(ends: Sequence[Point], bound: float, side: int) -> tuple[Point, ...]:
    """Return a straight line's two ends within a bound; nothing where none of it is."""
    above = [side * (y - bound) >= 0 for _, y in ends]
    if all(above):
        return tuple(ends)
    if not any(above):
        return ()
    (x, y), (to_x, to_y) = ends
    crossing = (x + (to_x - x) * (bound - y) / (to_y - y), float(bound))
    return (ends[0], crossing) if above[0] else (crossing, ends[1])
