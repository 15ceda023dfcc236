"""Does burnout move by itself? The gain in cynicism, adjusted for the fall of the PHQ-9."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from predict.analysis.measures import measure, spans
from predict.analysis.result_table import Rows, ends
from predict.cohort import Cohort
from predict.statistics.disclosure import Table
from predict.statistics.intervals import Interval


def adjusted_gain(cohort: Cohort) -> Table:
    """Return cynicism's mean gain, and the gain expected where the PHQ-9 did not change.

    Least squares of the gain in cynicism on the fall of the PHQ-9; the intercept is the adjusted
    gain, the slope what each PHQ-9 point brings. Empty where the study lacks one of the two.
    """
    columns = ("round", "statistic", "estimate", "low", "high", "n")
    rows = Rows("adjusted", columns, columns[2:5])
    cynicism, mood = measure(cohort, "mbi_gs", "cynicism"), measure(cohort, "phq9")
    if cynicism is None or mood is None:
        return rows.table()
    for span in spans(cohort):
        gain, fall = (m.gain(span.start, span.end) for m in (cynicism, mood))
        both = span.took & (gain.notna() & fall.notna()).to_numpy()
        if both.sum() < 3:
            continue
        line = straight_line(fall[both], gain[both])
        for name, estimate in zip(("adjusted gain", "per PHQ-9 point"), line, strict=True):
            rows.add({"round": span.name, "statistic": name, **ends(estimate)}, n=both)
    return rows.table()


def straight_line(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Interval, Interval]:
    """Return intercept and slope of least squares with 95 % t intervals.

    Examples
    --------
    >>> intercept, slope = straight_line([0, 1, 2, 3], [1.0, 2.9, 5.1, 7.0])
    >>> round(intercept.estimate, 2), round(slope.estimate, 2)
    (0.97, 2.02)
    """
    from scipy.stats import t

    design = np.column_stack([np.ones(len(np.asarray(x))), np.asarray(x, dtype=float)])
    answer = np.asarray(y, dtype=float)
    beta = np.linalg.lstsq(design, answer, rcond=None)[0]
    df = len(answer) - 2
    variance = ((answer - design @ beta) ** 2).sum() / df
    errors = np.sqrt(np.diag(variance * np.linalg.pinv(design.T @ design)))
    reach = float(t.ppf(0.975, df)) * errors
    first, second = (
        Interval(float(b), float(b - r), float(b + r)) for b, r in zip(beta, reach, strict=True)
    )
    return first, second
