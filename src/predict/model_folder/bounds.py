"""What no honest model says, whatever its checksums: a slope upside down, limits that cross.

Checksums find accidents. Who rewrites a file and its checksum as well can still not have a model
loaded that contradicts itself; only a signature finds the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from predict.errors import ModelError
from predict.features.columns import Column
from predict.models.calibration import Calibration
from predict.models.reliance import RelianceProfile
from predict.models.response_model import FittedRecipe, ResponseModel

# A line of log-odds steeper or further off than this was never learned from people.
STEEPEST, FURTHEST = 100.0, 50.0
_NOT_NEGATIVE = ("misfit", "between", "tau", "farthest")


def check_bounds(model: ResponseModel) -> None:
    """Stop where a file says what no model learned from people can say.

    Raises
    ------
    ModelError
        With code ``MODEL_OUT_OF_BOUNDS``, naming the file and what it says.
    """
    faults = [*_reliance(model.reliance), *_interval(model.interval), *_question(model)]
    _stop([*_learned(model.fitted), *faults])


def check_learned(fitted: FittedRecipe) -> None:
    """Stop where what was learned of a plain table contradicts itself, as `check_bounds` does."""
    _stop([*_learned(fitted)])


def _learned(fitted: FittedRecipe) -> Iterator[str]:
    yield from _calibration(fitted.calibration)
    yield from _columns(fitted.columns)


def _stop(faults: Sequence[str]) -> None:
    if faults:
        raise ModelError(
            f"The model contradicts itself: {'; '.join(faults[:3])}. It was changed after it was "
            "made; restore the folder or train again.",
            code="MODEL_OUT_OF_BOUNDS",
        )


def _calibration(calibration: Calibration) -> Iterator[str]:
    bound = calibration.bound
    if not 0 <= calibration.a <= STEEPEST:
        yield "calibration.json: the slope is below 0, or no slope"
    if not abs(calibration.b) <= FURTHEST:
        yield "calibration.json: the shift is no shift"
    if bound is not None and not 0 < bound <= FURTHEST:
        yield "calibration.json: the bound is none"


def _columns(columns: Sequence[Column]) -> Iterator[str]:
    for column in columns:
        if None not in (column.low, column.high) and not _rises((column.low, column.high)):
            yield f"features.json: '{column.name}' begins above its end"


def _reliance(profile: RelianceProfile) -> Iterator[str]:
    for name, number in profile.numbers.items():
        if not _rises((number.low, *number.quantiles, number.high)):
            yield f"reliance.json: the range or the quantiles of '{name}' do not rise"
        if number.missing is not None and not 0 <= number.missing <= profile.n:
            yield f"reliance.json: more lack '{name}' than there were people"
    for name, levels in profile.levels.items():
        if not all(count is None or 0 <= count <= profile.n for count in levels.values()):
            yield f"reliance.json: more have a level of '{name}' than there were people"
    learned = profile.estimates
    if learned is not None and not all(rate is None or 0 <= rate <= 1 for rate in learned.rates):
        yield "reliance.json: a rate is none"


def _interval(interval: Mapping[str, Any] | None) -> Iterator[str]:
    if interval is None:
        return
    stated = [interval[name] for name in _NOT_NEGATIVE if name in interval]
    if not all(0 <= value < math.inf for value in stated) or not 0 < interval["z"] < FURTHEST:
        yield "interval.json: a limit would lie on the wrong side of its estimate"


def _question(model: ResponseModel) -> Iterator[str]:
    asked, learned = (model.round, model.as_of), (model.reliance.round, model.reliance.as_of)
    if asked != learned:
        yield "model.toml and reliance.json name another round or visit"
    last = model.study.order(model.as_of)
    known = [c.visit for c in model.columns if c.visit in model.study.visits]
    if any(model.study.order(visit) > last for visit in known):
        yield "features.json: a column is known only after the visit of the question"


def _rises(values: Sequence[float | None]) -> bool:
    numbers = [math.nan if value is None else value for value in values]
    # Quantiles are interpolated, and the ends rounded: a hair is no contradiction.
    return all(low <= high + 1e-9 * max(1.0, abs(high)) for low, high in pairwise(numbers))
