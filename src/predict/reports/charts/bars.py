"""One bar of the ledger: left lowers, right raises, on the ledger's common scale."""

from __future__ import annotations

from predict.drawing.svg import line, picture, rect

WIDTH, MIDDLE, REACH, HEIGHT = 190.0, 95.0, 90.0, 20.0


def bar(points: int, widest: int) -> str:
    """Return a bar proportional to its points; the row says the number, so it is decoration."""
    length = REACH * abs(points) / widest
    left = MIDDLE - length if points < 0 else MIDDLE
    marks = [line(MIDDLE, 0, MIDDLE, HEIGHT, "zero")]
    if points:
        marks.append(rect(left, 4, length, 12, "dn" if points < 0 else "up", 2))
    return picture("bar", WIDTH, HEIGHT, "", "", "", marks)
