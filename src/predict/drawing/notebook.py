"""Figures for notebooks, drawn from tidy tables. The one door to matplotlib.

Each figure asks a question in its title, names units on its axes and reads in grey print; the table
behind it is what it was given. Pages of reports draw their own, without matplotlib.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

RAISED, LOWERED, PLAIN = "#0a5c9e", "#a3480b", "#3a4653"


def interval_dots(
    table: pd.DataFrame, *, label: str, title: str, unit: str, reference: float | None = None
) -> Any:
    """Draw one dot with its interval a row, and return matplotlib's axes.

    Parameters
    ----------
    table : DataFrame
        Columns `label`, ``estimate``, ``low``, ``high``.
    label : str
        Column that names the rows.
    title, unit : str
        The question, and what the horizontal axis measures.
    reference : float, optional
        Value of a dashed line, such as .5 for an AUROC.
    """
    axes = _axes(len(table), title, unit)
    places = range(len(table))
    low, high = table["estimate"] - table["low"], table["high"] - table["estimate"]
    axes.errorbar(
        table["estimate"], places, xerr=[low, high], fmt="o", color=PLAIN, ecolor=PLAIN, capsize=3
    )
    axes.set_yticks(list(places), list(table[label]))
    axes.invert_yaxis()
    if reference is not None:
        axes.axvline(reference, linestyle="--", linewidth=1, color=PLAIN)
    return axes


def bars(values: pd.Series, *, title: str, unit: str) -> Any:
    """Draw one bar a value, above 0 to the right, below to the left, and return the axes.

    Parameters
    ----------
    values : Series
        Its index names the bars; the first is drawn on top.
    title, unit : str
        The question, and what the horizontal axis measures.
    """
    axes = _axes(len(values), title, unit)
    colours = [RAISED if value >= 0 else LOWERED for value in values]
    drawn = axes.barh(range(len(values)), values, color=colours)
    axes.bar_label(drawn, fmt="%+.1f" if (values < 0).any() else "%.1f", padding=3)
    axes.set_yticks(range(len(values)), list(values.index))
    axes.invert_yaxis()
    axes.axvline(0, linewidth=1, color=PLAIN)
    axes.margins(x=0.15)
    return axes


def _axes(rows: int, title: str, unit: str) -> Any:
    from matplotlib.figure import Figure

    # A figure of its own: no global plotting state is touched.
    figure = Figure(figsize=(7, 1.2 + 0.35 * rows), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, loc="left")
    axes.set_xlabel(unit)
    axes.spines[["top", "right"]].set_visible(False)
    return axes
