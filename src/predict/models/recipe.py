"""Everything that will be learned, said before anything is learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from predict.errors import ExperimentError, unknown_name
from predict.models.calibration import CALIBRATIONS
from predict.models.families import FAMILIES

# Stands for the simplest family within one standard error of the best, once judged.
BEST = "best"


@dataclass(frozen=True)
class Recipe:
    """How a model is learned: the whole procedure, repeated inside every resample.

    Parameters
    ----------
    family : str
        Name in `FAMILIES`: boosted, linear, totals, severity, prior; or ``best``, which judging
        resolves to the simplest family within one standard error of the best.
    trials : int
        Hyper-parameter settings tried by the search; 0 keeps the family's defaults.
    inner : int
        Folds inside the training people, for search and calibration.
    calibration : str
        ``platt`` (the default: reasons stay exact) or ``none``.
    seed : int
        The same seed and table give the same bytes.
    params : mapping of str to float
        Settings that are fixed; with any given the search is skipped.
    threads : int
        Threads used; the result does not depend on it.

    Examples
    --------
    >>> Recipe(family="linear", trials=10).with_family("boosted").family
    'boosted'
    """

    family: str = "boosted"
    trials: int = 20
    inner: int = 3
    calibration: str = "platt"
    seed: int = 1
    params: Mapping[str, float] = field(default_factory=dict)
    threads: int = 1

    def __post_init__(self) -> None:
        for kind, name, known in (
            ("family", self.family, {**FAMILIES, BEST: None}),
            ("calibration", self.calibration, CALIBRATIONS),
        ):
            if name not in known:
                raise ExperimentError(unknown_name(kind, name, known), code="NAME_UNKNOWN")

    def with_family(self, family: str) -> Recipe:
        """Return the same recipe for another family (fixed settings belong to one family only)."""
        return self if family == self.family else replace(self, family=family, params={})

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe without the number of threads, on which nothing depends."""
        return {key: value for key, value in asdict(self).items() if key != "threads"}
