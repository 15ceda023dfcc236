"""Axes to draw on: the ones that were given, or new ones in the house's look."""

from __future__ import annotations

import sys
from typing import Any

# Told apart by lightness too: they read in grey print.
RAISED, LOWERED, PLAIN, FAINT = "#0a5c9e", "#a3480b", "#3a4653", "#9aa5b1"
TENS = [0, 20, 40, 60, 80, 100]


def axes_for(
    ax: Any, title: str, across: str, up: str = "", *, size: tuple[float, float] = (6.0, 4.6)
) -> Any:
    """Return axes with a title and units; new ones are a figure of their own.

    In a notebook they are pyplot's, which is shown at once; elsewhere no global state is touched,
    and `pyplot.show` shows axes that were made by pyplot and given here.

    Parameters
    ----------
    ax : Axes or None
        Axes to draw on.
    title : str
        The question that the figure answers.
    across, up : str
        What the axes measure, with units.
    size : pair of float
        Width and height of a new figure, inches.
    """
    if ax is None:
        ax = _new_figure(size).subplots()
    ax.set_title(title, loc="left", fontsize=11, wrap=True)
    ax.set_xlabel(across)
    ax.set_ylabel(up)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _new_figure(size: tuple[float, float]) -> Any:
    if "ipykernel" in sys.modules:
        from matplotlib import pyplot

        return pyplot.figure(figsize=size, layout="constrained")
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained")


def in_100(ax: Any, *, square: bool = True) -> None:
    """Let both axes run from 0 to 100 in 100."""
    ax.set_xlim(0, 100)
    ax.set_xticks(TENS)
    if square:
        ax.set_ylim(0, 100)
        ax.set_yticks(TENS)


def tall(rows: int) -> tuple[float, float]:
    """Return the size of a figure with one line a row."""
    return 7.0, 1.2 + 0.35 * rows
