"""The studies of the field as data: published figures, their definitions, shapes to simulate.

A programme is one TOML in ``data/programmes``. Each figure says what was printed, for whom, by
which definition, where it was read and how well it was checked (the grade).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from predict.errors import UsageError, unknown_name

GRADES = {
    "S": "a page that reports the study, read whole",
    "A": "the paper's abstract, read",
    "P": "a secondary page or summary, read",
    "D": "derived by arithmetic from figures read",
}


@dataclass(frozen=True)
class Figure:
    """One published number and how to compute it from a table.

    Parameters
    ----------
    value : float
        As printed, in ``unit`` (a rate in per cent, a mean in points).
    decimals : int
        Decimals printed; half a unit of the last one is the rounding allowed.
    sign : str
        ``"="``, or ``"<"`` where only a bound was printed.
    measure : mapping
        Name and arguments of the computation in `predict.analysis`; empty when none can be made.
    tolerance : float
        Added to the agreement rule, in ``unit``, for the stated ``reason``.
    not_computable : str
        Why no table can give it; empty otherwise.
    """

    id: str
    label: str
    value: float
    unit: str
    decimals: int
    definition: str
    denominator: str
    source: str
    grade: str
    sign: str = "="
    measure: Mapping[str, Any] = field(default_factory=dict)
    tolerance: float = 0.0
    reason: str = ""
    not_computable: str = ""

    @property
    def printed(self) -> str:
        """The figure as text, with its unit."""
        bound = "" if self.sign == "=" else self.sign
        unit = "%" if self.unit == "%" else f" {self.unit}"
        return f"{bound}{self.value:.{self.decimals}f}{unit}".strip()


@dataclass(frozen=True)
class Programme:
    """A published study, or the built-in demo, as figures and as a shape to simulate.

    Parameters
    ----------
    counts : str
        Whom ``people`` counts: ``"analysed"`` (drop-outs come on top) or ``"entered"``.
    readings : tuple of str
        Where the source contradicts itself or stays silent, and the reading taken here.
    simulation : mapping
        Parameters of the generator; empty when the programme is a prior of shape only.
    analysis : mapping
        What the analysis needs to know, such as burnout boundaries.
    """

    id: str
    title: str
    reference: str
    counts: str
    people: int
    readings: tuple[str, ...]
    figures: tuple[Figure, ...]
    simulation: Mapping[str, Any]
    analysis: Mapping[str, Any]

    def figure(self, figure_id: str) -> Figure:
        """Return one figure by its id."""
        by_id = {figure.id: figure for figure in self.figures}
        if figure_id not in by_id:
            raise UsageError(unknown_name("figure", figure_id, by_id))
        return by_id[figure_id]


def programme_ids() -> tuple[str, ...]:
    """Return the names of all programmes that ship, sorted.

    Examples
    --------
    >>> "demo" in programme_ids()
    True
    """
    folder = files("predict") / "data" / "programmes"
    return tuple(sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".toml")))


def load_programme(name: str) -> Programme:
    """Read one programme that ships.

    Raises
    ------
    UsageError
        When no programme has that name; the message suggests the nearest.

    Examples
    --------
    >>> load_programme("demo").counts
    'entered'
    """
    if name not in programme_ids():
        raise UsageError(unknown_name("programme", name, programme_ids()))
    text = (files("predict") / "data" / "programmes" / f"{name}.toml").read_text(encoding="utf-8")
    return _programme(tomllib.loads(text))


def item_parameters() -> Mapping[str, Any]:
    """Return discriminations and thresholds of the simulated instruments, by instrument id."""
    path = files("predict") / "data" / "item_parameters.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _programme(data: Mapping[str, Any]) -> Programme:
    read = {
        "readings": tuple(data.get("readings", ())),
        "figures": tuple(Figure(**entry) for entry in data.get("figures", ())),
        "simulation": data.get("simulation", {}),
        "analysis": data.get("analysis", {}),
    }
    return Programme(**{**data, **read})
