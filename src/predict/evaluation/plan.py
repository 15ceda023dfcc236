"""How a recipe is judged: folds, repeats, rivals."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace

from predict.drawing.card import card
from predict.errors import ExperimentError, Problem, unknown_name, whole_number_fault
from predict.models.families import FAMILIES, simplest_first

# Below this rate, or above one less, log loss decides.
LOPSIDED = 0.1
USUAL_THRESHOLDS, USUAL_RANGE = (0.5,), (0.3, 0.7)


@dataclass(frozen=True)
class Plan:
    """Nested, repeated, stratified, grouped cross-validation, and whom to compare with.

    Parameters
    ----------
    outer : int
        Folds of the judging loop; each person is judged once a repeat, by a model that never saw
        them.
    repeats : int
        How often the people are dealt anew.
    families : tuple of str
        Rivals, judged on the same folds.
    resamples : int
        Bootstrap resamples of people behind each interval; nothing is refitted for them.
    level : float
        Coverage meant by the intervals of single measures (0-1).
    thresholds : tuple of float
        Estimates (0-1) at which pairs of shares are told; `at_rate` chooses where none are given.
    clinical_range : pair of float
        Thresholds that could matter to a clinic; decision curves are read within it. `at_rate`
        chooses where it is not given.
    smallest_difference : float
        Share of the prior's loss below which a difference does not matter: .004 is .001 of Brier
        score at a rate of one half.
    schemes : tuple of str
        Further schemes, many refits each, beside those that the study asks for: see `SCHEMES`.
    subgroups : tuple of str
        Columns to judge by, beside age band, sex, severity, route, arm and site.

    See Also
    --------
    predict.evaluate : Judges by it.

    Examples
    --------
    >>> Plan(outer=5, repeats=1).families
    ('prior', 'severity', 'totals', 'linear', 'boosted', 'averaged')
    """

    outer: int = 5
    repeats: int = 2
    families: tuple[str, ...] = field(default_factory=simplest_first)
    resamples: int = 1000
    level: float = 0.95
    thresholds: tuple[float, ...] = ()
    clinical_range: tuple[float, ...] = ()
    smallest_difference: float = 0.004
    schemes: tuple[str, ...] = ()
    subgroups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        problems = [
            Problem(f"{name.upper()}_WRONG", fault, column=f"evaluation.{name}")
            for name, low in (("outer", 2), ("repeats", 1), ("resamples", 1))
            if (fault := whole_number_fault(name, getattr(self, name), low))
        ]
        for name, right in (("level", self.level > 0), ("smallest_difference", True)):
            value = getattr(self, name)
            if not (right and 0 <= value < 1):
                fault = f"{name} = {value}; give a share of 1, such as {getattr(Plan, name)}."
                problems.append(Problem("SHARE_WRONG", fault, column=f"evaluation.{name}"))
        problems += [
            Problem(
                "NAME_UNKNOWN",
                unknown_name("family", str(name), FAMILIES),
                column="evaluation.families",
            )
            for name in self.families
            if name not in FAMILIES
        ]
        if problems:
            raise ExperimentError(
                "[evaluation] cannot be run.", code="PLAN_INVALID", problems=problems
            )

    def _repr_html_(self) -> str:
        listed = {
            k: ", ".join(map(str, v)) for k, v in asdict(self).items() if isinstance(v, tuple)
        }
        told = asdict(self) | listed
        return card("Plan", {name: value for name, value in told.items() if value != ""})

    def at_rate(self, rate: float) -> Plan:
        """Return the plan with thresholds and range for this rate, where none were given.

        From .5 and .3 to .7 they move to the rate itself, and to the same odds about it, where the
        outcome is rare or the rule: at 5 % nobody acts on an estimate of one half.

        Parameters
        ----------
        rate : float
            Share of people with the outcome, 0 to 1.

        Examples
        --------
        >>> Plan().at_rate(0.55).clinical_range, Plan().at_rate(0.05).clinical_range
        ((0.3, 0.7), (0.022, 0.109))
        """
        thresholds: tuple[float, ...] = USUAL_THRESHOLDS
        span: tuple[float, ...] = USUAL_RANGE
        if is_lopsided(rate):
            odds = [rate / (1 - rate) * end / (1 - end) for end in USUAL_RANGE]
            thresholds = (round(rate, 3),)
            span = tuple(round(value / (1 + value), 3) for value in odds)
        return replace(
            self,
            thresholds=self.thresholds or thresholds,
            clinical_range=self.clinical_range or span,
        )


def is_lopsided(rate: float) -> bool:
    """Return whether so few reach the outcome, or miss it, that squared errors hardly tell.

    At a rate of 5 % a perfect model with an AUROC of .65 gains .00075 of Brier score.
    """
    return not LOPSIDED <= rate <= 1 - LOPSIDED
