"""How a recipe is judged: folds, repeats, rivals."""

from __future__ import annotations

from dataclasses import dataclass

from predict.errors import ExperimentError

# From the simplest to the most flexible: a tie goes to the earlier one.
SIMPLEST_FIRST = ("prior", "severity", "totals", "linear", "boosted")
# After round one: each state's own rate, for who had and who had not reached the mark by then.
STATE = "state"
# After the first visit: logistic on the starting score alone, to tell what came since.
START = "start"


@dataclass(frozen=True)
class Plan:
    """Nested, repeated, stratified, grouped cross-validation, and whom to compare with.

    Parameters
    ----------
    outer : int
        Folds of the judging loop; each person is judged once a repeat, by a model that never saw
        them.
    inner : int
        Folds of tuning and calibration inside each training part.
    repeats : int
        How often the people are dealt anew.
    families : tuple of str
        Rivals, judged on the same folds.
    resamples : int
        Bootstrap resamples of people behind each interval; nothing is refitted for them.
    level : float
        Coverage meant by the intervals of single measures (0-1).
    thresholds : tuple of float
        Estimates (0-1) at which pairs of shares are told.
    clinical_range : pair of float
        Thresholds that could matter to a clinic; decision curves are read within it.
    schemes : tuple of str
        Further schemes, each many refits: see `SCHEMES`.
    subgroups : tuple of str
        Columns to judge by, beside age band, sex, severity, route, arm and site.

    Examples
    --------
    >>> Plan(outer=5, repeats=1).families
    ('prior', 'severity', 'totals', 'linear', 'boosted')
    """

    outer: int = 5
    inner: int = 3
    repeats: int = 2
    families: tuple[str, ...] = SIMPLEST_FIRST
    resamples: int = 1000
    level: float = 0.95
    thresholds: tuple[float, ...] = (0.5,)
    clinical_range: tuple[float, float] = (0.3, 0.7)
    schemes: tuple[str, ...] = ()
    subgroups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        faults = [
            f"{name} = {value}; give {low} or more"
            for name, value, low in (
                ("outer", self.outer, 2),
                ("inner", self.inner, 2),
                ("repeats", self.repeats, 1),
                ("resamples", self.resamples, 1),
            )
            if value < low
        ]
        if not 0 < self.level < 1:
            faults.append(f"level = {self.level}; give a number between 0 and 1, such as 0.95")
        if faults:
            raise ExperimentError(f"[evaluation] cannot be run: {'; '.join(faults)}.")
