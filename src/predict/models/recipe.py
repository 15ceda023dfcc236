"""Everything that will be learned, said before anything is learned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from predict.drawing.card import card
from predict.errors import ExperimentError, Problem, unknown_name, whole_number_fault
from predict.models.calibration import CALIBRATIONS
from predict.models.families import FAMILIES, Family, FamilyName

CalibrationName = Literal["platt", "none"]
ReasonsName = Literal["path", "marginal"]
# Stands for the simplest family within one standard error of the best, once judged.
BEST = "best"
# What a column left out is taken to be: as the trees' training cover went, or everybody's in turn.
PATH: ReasonsName = "path"
MARGINAL: ReasonsName = "marginal"
REASONS = (PATH, MARGINAL)


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
        Settings of this family that are fixed; with any given the search is skipped.
    threads : int
        Threads used; the result does not depend on it.
    reasons : str
        ``path``, or ``marginal`` for reasons against everybody the model learned from beside them,
        where the family's columns act together.

    Raises
    ------
    ExperimentError
        With every fault at once: a name that is not known, a number out of its range, a setting
        that the family does not have.

    See Also
    --------
    predict.train : Learns by it.
    predict.evaluate : Judges it.

    Examples
    --------
    >>> Recipe(family="linear", trials=10).with_family("boosted").family
    'boosted'
    >>> Recipe(trials=-5, inner=0)
    Traceback (most recent call last):
    predict.errors.ExperimentError: RECIPE_INVALID: 2 faults in the recipe. Mend it and try again.
      TRIALS_WRONG: trials = -5; give a whole number, 0 or more.
      INNER_WRONG: inner = 0; give a whole number, 2 or more.
    """

    family: FamilyName | Literal["best"] = "boosted"
    trials: int = 20
    inner: int = 3
    calibration: CalibrationName = "platt"
    seed: int = 1
    params: Mapping[str, float] = field(default_factory=dict)
    threads: int = 1
    reasons: ReasonsName = PATH

    def __post_init__(self) -> None:
        problems = [*_name_problems(self), *_number_problems(self), *_setting_problems(self)]
        if problems:
            count = "A fault" if len(problems) == 1 else f"{len(problems)} faults"
            raise ExperimentError(
                f"{count} in the recipe. Mend it and try again.",
                code="RECIPE_INVALID",
                problems=problems,
            )

    @property
    def families(self) -> Mapping[str, Family]:
        """Every family that may be named."""
        return FAMILIES

    @property
    def judged(self) -> tuple[str, ...]:
        """The names that are judged whatever the plan holds: the family's own, once decided."""
        return () if self.family == BEST else (self.family,)

    @property
    def decided(self) -> Family | None:
        """The family, or None while `best` leaves the choice to judging."""
        return None if self.family == BEST else self.families[self.family]

    @property
    def may_be_flexible(self) -> bool:
        """Whether the family is a flexible one, or may become one."""
        return self.decided is None or self.decided.flexible

    def with_family(self, family: str) -> Recipe:
        """Return the same recipe for another family (fixed settings belong to one family only).

        Parameters
        ----------
        family : str
            Its name.
        """
        return self if family == self.family else self._named(family)

    def _named(self, family: str) -> Recipe:
        # A family from outside goes by its own name, which no checker of types can know.
        return replace(self, family=family, params={})  # type: ignore[arg-type]

    def _repr_html_(self) -> str:
        return card("Recipe", {key: value for key, value in self.to_dict().items() if value != {}})

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe without the number of threads, on which nothing depends."""
        return {key: value for key, value in asdict(self).items() if key != "threads"}


# Lowest and, where a library takes no more, highest.
_NUMBERS: dict[str, tuple[int, int | None]] = {
    "trials": (0, None),
    "inner": (2, None),
    "seed": (0, 2**31 - 1),
    "threads": (1, None),
}


def _name_problems(recipe: Recipe) -> Iterator[Problem]:
    choices = {
        "family": (*recipe.families, BEST),
        "calibration": tuple(CALIBRATIONS),
        "reasons": REASONS,
    }
    for kind, names in choices.items():
        name = getattr(recipe, kind)
        if name not in names:
            # A family from outside, and what leaves the choice to judging, are in no list.
            own = [other for other in names if kind == "family" and other not in FAMILIES]
            message = unknown_name(kind, str(name), {*names} - {*own}, besides=own)
            yield Problem("NAME_UNKNOWN", message, column=f"recipe.{kind}")


def _number_problems(recipe: Recipe) -> Iterator[Problem]:
    for name, (low, high) in _NUMBERS.items():
        if fault := whole_number_fault(name, getattr(recipe, name), low, high):
            yield Problem(f"{name.upper()}_WRONG", fault, column=f"recipe.{name}")


def _setting_problems(recipe: Recipe) -> list[Problem]:
    if not isinstance(recipe.params, Mapping):
        faults = [f"params = {recipe.params!r}; give settings by name, such as {{'eta': 0.1}}."]
    elif recipe.family == BEST and recipe.params:
        faults = [f"params belong to one family. Name it instead of `{BEST}`, or leave them out."]
    elif recipe.family in recipe.families:
        faults = recipe.families[recipe.family].setting_faults(recipe.params)
    else:
        faults = []
    return [Problem("PARAMS_WRONG", fault, column="recipe.params") for fault in faults]
