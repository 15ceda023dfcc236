"""What is told of awkward data is what people never seen show.

Kinds of cohorts (`_awkward.KINDS`): noise, a plain signal, the demo's second round, people entered
twice, sites that differ, an effect of the arm only, a rate that drifts, a rare outcome, loss by
outcome, an exclusive or, perfect separation, numbers that are names. Each is judged and learned
from, and then held against 12,000 people of the same truth, of new sites where sites differ:

- slope: the mean error of the calibration slope is at most .1, and the reported 95 % interval holds
  the new people's slope in at least 90 % (their own error allowed for); asked from 100 events on;
- O:E: the mean error is at most .03 and the interval holds it in 90 %; where people were lost, the
  bracket (all lost counted as not reaching the outcome) holds the value of all who started;
- verdict: noise is never better than the prior, and no verdict is the opposite of a difference in
  the new people beyond two standard errors;
- led by: the sentence begins with what has to be known first;
- later: the last third's O:E holds what a model of the first two thirds shows in new people of it;
- ranges: the 90 % intervals of estimates, read before anything is withheld, hold the true chance of
  at least .85 of the new people and of .75 in each fifth of it;
- reasons: of pages with six reasons, at most 5 % name a column without effect; planted ones lead.

Ranges and reasons need the whole model: they are asked of eight cohorts of each size, or twelve.
To add a check: write ``(kind, cases) -> statements`` and give it a line in CHECKS.

    python proofs/awkward_truth.py [--share 0.1] [--jobs 2] [--kinds noise ...] [--checks slope ...]

The last line is `proof: kept/asked`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from time import process_time

import numpy as np

from _awkward import KINDS, LEADS, Drawn, Kind, training_set
from _proof import Tally, leave, some
from predict.engines import LocalEngine
from predict.evaluation import Evaluation, Plan
from predict.evaluation.cross_validation import cross_fit
from predict.evaluation.result import summarise
from predict.evaluation.schemes import run_schemes
from predict.features.training_set import TrainingSet
from predict.models.calibration import secant
from predict.models.fitting import fit_recipe
from predict.models.interval import limits
from predict.models.recipe import Recipe
from predict.models.response_model import FittedRecipe, ResponseModel
from predict.models.training import train
from predict.statistics.intervals import normal_quantile
from predict.statistics.metrics import METRICS
from predict.statistics.metrics.agreement import has_spread

NEW = 12_000
REFITS = 50  # of a whole model: enough for a spread and for drivers that keep their way
ROWS, ASKED = 6, 2_000  # reasons on a page; pages read
# Nothing asked here hangs on a rival but the prior.
PLAN = Plan(outer=5, repeats=2, families=("prior",), resamples=300)
OF_MODELS = frozenset({"ranges", "reasons"})
OPPOSITE = {"better": 1, "worse": -1}


@dataclass(frozen=True)
class Case:
    """One cohort with people never seen; judged and learned from when that is asked for."""

    kind: Kind
    drawn: Drawn
    training: TrainingSet
    recipe: Recipe
    fresh: Drawn
    size: int
    number: int

    @cached_property
    def judged(self) -> Evaluation:
        """The judgement of the whole recipe."""
        plan = PLAN.at_rate(self.training.events / self.training.n)
        out_of_fold = cross_fit(self.training, self.recipe, PLAN)
        further = run_schemes(self.training, self.recipe, PLAN, out_of_fold)
        return summarise(out_of_fold, self.training, self.recipe, plan, further)

    @cached_property
    def shipped(self) -> FittedRecipe:
        """The recipe learned from everybody."""
        return fit_recipe(self.training, self.recipe)

    @cached_property
    def model(self) -> ResponseModel:
        """The shipped model with intervals and drivers."""
        return train(self.training, self.recipe, refits=REFITS)

    @property
    def whole(self) -> bool:
        """Whether the cohort is one of those that get intervals and drivers."""
        return self.number <= self.kind.whole

    @cached_property
    def estimate(self) -> np.ndarray:
        """The shipped recipe's estimates of the new people."""
        return self.shipped.probability(self.fresh.X)

    def reported(self, metric: str) -> tuple[float, float, float]:
        """A measure of the judged family with its interval."""
        rows = self.judged.metrics.set_index(["model", "metric"])
        row = rows.loc[(self.kind.family, metric)]
        return float(row["estimate"]), float(row["low"]), float(row["high"])


Statement = tuple[str, bool]
Check = Callable[[str, Sequence[Case]], Iterator[Statement]]


def case(name: str, n: int, number: int) -> Case:
    """Draw one cohort of a kind, and the new people."""
    kind = KINDS[name]
    draw = np.random.default_rng([list(KINDS).index(name), n, number])
    drawn = kind.draw(n, draw)
    recipe = Recipe(family=kind.family, trials=kind.trials, seed=number)
    fresh = (kind.fresh or kind.draw)(NEW, draw)
    return Case(kind, drawn, training_set(drawn, kind), recipe, fresh, n, number)


def slope(name: str, cases: Sequence[Case]) -> Iterator[Statement]:
    """State how far the reported calibration slope is from that of new people."""
    asked = [one for one in cases if _has_slope(one)]
    yield from _held(name, "slope", asked, "calibration_slope", 0.1)


def _has_slope(one: Case) -> bool:
    """Whether there are events enough, and estimates that are not the rate for everybody."""
    scarce = min(one.training.events, one.training.n - one.training.events)
    flat = not (has_spread(one.estimate) and np.isfinite(one.reported("calibration_slope")[0]))
    return scarce >= 100 and not flat


def o_e(name: str, cases: Sequence[Case]) -> Iterator[Statement]:
    """State how far the reported O:E is from that of new people with an end score."""
    yield from _held(name, "O:E", cases, "o_e", 0.03)
    if "lost" in cases[0].drawn.extras:
        inside = [_in_bracket(one) for one in cases]
        yield (
            f"{name}: the bracket holds the O:E of all who started in {sum(inside)} of "
            f"{len(inside)}",
            np.mean(inside) >= 0.9,
        )


def _in_bracket(one: Case) -> bool:
    """Whether all who started lie between the lost counted as no and those with an end score."""
    lost = one.drawn.extras["lost"].to_numpy()
    p = one.shipped.probability(one.drawn.X)
    as_no = one.drawn.y[~lost].sum() / p.sum()
    everybody = one.fresh.y.sum() / one.estimate.sum()
    return bool(as_no <= everybody <= one.reported("o_e")[2])


def _held(
    name: str, words: str, cases: Sequence[Case], metric: str, most: float
) -> Iterator[Statement]:
    pairs = [(one.reported(metric), *_of_new(one, metric)) for one in cases]
    errors = np.array([reported[0] - value for reported, value, _ in pairs])
    inside = np.array([_inside(*pair) for pair in pairs])
    scatter = errors.std(ddof=1) / np.sqrt(len(errors)) if len(errors) > 1 else np.inf
    yield (
        f"{name}: mean error of {words} {errors.mean():+.3f} (standard error {scatter:.3f})",
        abs(errors.mean()) <= most,
    )
    yield f"{name}: {words} held in {inside.sum()} of {len(inside)}", inside.mean() >= 0.9


def _of_new(one: Case, metric: str) -> tuple[float, float]:
    """Return a measure of the new people with an end score, and its standard error."""
    lost = one.fresh.extras.get("lost")
    kept = np.ones(NEW, dtype=bool) if lost is None else ~lost.to_numpy(dtype=bool)
    y, p = one.fresh.y[kept], one.estimate[kept]
    groups = None if one.fresh.groups is None else one.fresh.groups[kept]
    value = METRICS[metric](y, p)
    parts = np.array_split(_order(len(y), groups), 40)
    without = [METRICS[metric](np.delete(y, part), np.delete(p, part)) for part in parts]
    count = len(parts)
    return value, float(np.sqrt((count - 1) / count * np.var(without) * count))


def _order(n: int, groups: np.ndarray | None) -> np.ndarray:
    """Return people in an order that keeps each site together, so that blocks are of sites."""
    return np.arange(n) if groups is None else np.argsort(groups, kind="stable")


def _inside(reported: tuple[float, float, float], value: float, error: float) -> bool:
    estimate, low, high = reported
    z = normal_quantile(0.95)
    below, above = (np.hypot(side, z * error) for side in (estimate - low, high - estimate))
    return bool(estimate - below <= value <= estimate + above)


def verdict(name: str, cases: Sequence[Case]) -> Iterator[Statement]:
    """State that no verdict is the opposite of what new people show, and noise is not praised."""
    against = [_opposite(one) for one in cases]
    yield f"{name}: verdict the opposite of new people in {sum(against)}", sum(against) == 0
    if cases[0].kind.noise:
        praised = [_state(one) == "better" for one in cases]
        yield f"{name}: praised in {sum(praised)} of {len(praised)}", sum(praised) == 0


def _state(one: Case) -> str:
    return str(one.judged.verdict["comparisons"]["prior"]["state"])


def _opposite(one: Case) -> bool:
    """Whether new people surely say the other way round than the verdict against the prior."""
    rate = float(one.training.y.mean())
    gaps = (one.estimate - one.fresh.y) ** 2 - (rate - one.fresh.y) ** 2
    blocks = [gaps[part].mean() for part in np.array_split(_order(NEW, one.fresh.groups), 40)]
    error = float(np.std(blocks, ddof=1) / np.sqrt(len(blocks)))
    return bool(OPPOSITE.get(_state(one), 0) * gaps.mean() > 2 * error)


def led_by(name: str, cases: Sequence[Case]) -> Iterator[Statement]:
    """State how often the sentence begins with what has to be known first."""
    large = [one for one in cases if one.training.n >= 1_000]
    first = [_begins(one, LEADS[name]) for one in large]
    yield f"{name}: led by '{LEADS[name]}' in {sum(first)} of {len(first)}", all(first)


def _begins(one: Case, words: str) -> bool:
    counts = {"twice": one.training.entered_twice, "n": one.training.n}
    return str(one.judged.verdict["sentence"]).startswith(words.format(**counts))


def later(name: str, cases: Sequence[Case]) -> Iterator[Statement]:
    """State whether the last third's O:E is what its model shows in new people of that third."""
    inside = [_last_third(one) for one in cases]
    yield f"{name}: the last third held in {sum(inside)} of {len(inside)}", np.mean(inside) >= 0.9


def _last_third(one: Case) -> bool:
    row, months = one.judged.verdict["later"], one.training.extras["month"]
    early = one.training.take(np.flatnonzero(months <= months.quantile(2 / 3)))
    late = (one.fresh.extras["month"] > 2 / 3).to_numpy()
    y, p = one.fresh.y[late], fit_recipe(early, one.recipe).probability(one.fresh.X[late])
    error = METRICS["o_e"](y, p) * np.sqrt((1 - y.mean()) / y.sum())
    return _inside((row["estimate"], row["low"], row["high"]), METRICS["o_e"](y, p), error)


def ranges(name: str, cases: Sequence[Case]) -> Iterator[Statement]:
    """State how many of the new people's true chances the intervals of estimates hold."""
    shares = np.array([_covered(one) for one in cases if one.whole])
    if len(shares):
        overall, *fifths = shares.mean(axis=0)
        words = f"{name}: ranges hold {overall:.3f} of true chances, {min(fifths):.2f} in the worst"
        yield f"{words} fifth ({len(shares)} cohorts)", overall >= 0.85 and min(fifths) >= 0.75


def _covered(one: Case) -> list[float]:
    """Return the share of new people whose chance is held: of all, and in each fifth of chances."""
    X, truth = one.fresh.X, one.fresh.truth
    low, high = limits(one.model.interval, one.model.log_odds(X), X)
    held = (low <= truth) & (truth <= high)
    by = truth if np.ptp(truth) > 1e-9 else one.model.log_odds(X)
    fifths = np.array_split(np.argsort(by, kind="stable"), 5)
    return [float(held.mean()), *(float(held[part].mean()) for part in fifths)]


def reasons(name: str, cases: Sequence[Case]) -> Iterator[Statement]:
    """State for how many a column without effect is named, and that planted columns lead."""
    whole = [one for one in cases if one.whole]
    if not whole:
        return
    shown = [one for one in whole if not one.judged.verdict or _state(one) == "better"]
    named = [_named(one) for one in shown]
    without = sum(share for share, _ in named) / len(whole)
    words = f"{name}: a column without effect is named for {without:.3f} of people"
    yield f"{words} ({len(shown)} of {len(whole)} cohorts have reasons)", without <= 0.05
    if shown and cases[0].drawn.planted:
        pages, led = np.sum([lead for _, lead in named], axis=0)
        words = f"{name}: planted columns lead on {led / pages:.3f} of pages with a reason"
        yield f"{words} ({pages / len(shown):.2f} of all)", led >= 0.95 * pages > 0


def _named(one: Case) -> tuple[float, tuple[float, float]]:
    """Return shares of pages: a column without effect named; with reasons, with a planted first."""
    X, model = one.fresh.X.iloc[:ASKED], one.model
    line, shares, start = model.explained(X)
    columns, sums = model.naming
    if not columns:
        return 0.0, (0.0, 0.0)
    points = (shares * (100 * secant(line, start))[:, None]) @ sums
    planted = np.array([column.name in one.drawn.planted for column in columns], dtype=bool)
    order = np.argsort(-np.abs(points), axis=1, kind="stable")[:, :ROWS]
    printed = np.abs(np.take_along_axis(points, order, axis=1)) >= 0.5
    null = printed & ~planted[order]
    first = printed[:, :1] & planted[order[:, :1]]
    return float(null.any(axis=1).mean()), (float(printed[:, :1].mean()), float(first.mean()))


CHECKS: dict[str, Check] = {
    "slope": slope,
    "o_e": o_e,
    "verdict": verdict,
    "led by": led_by,
    "later": later,
    "ranges": ranges,
    "reasons": reasons,
}


def said_of(name: str, share: float, checks: Collection[str]) -> tuple[list[Statement], float]:
    """Return the statements of these checks of one kind, and the processor seconds they took."""
    kind, began = KINDS[name], process_time()
    asked = [word for word in CHECKS if word in kind.asks and word in checks]
    # Ranges and reasons read whole models only.
    most = kind.seeds if {*asked} - OF_MODELS else kind.whole
    sizes = kind.sizes if share >= 0.25 else kind.sizes[:1]
    cases = [case(name, n, number) for n in sizes for number in range(1, some(most, share) + 1)]
    said = [statement for word in asked for statement in CHECKS[word](name, cases)]
    return said, process_time() - began


def main(
    share: float = 1.0,
    kinds: Sequence[str] = tuple(KINDS),
    jobs: int = 1,
    checks: Collection[str] = tuple(CHECKS),
) -> int:
    """Run all kinds, or a share of their cohorts, several kinds at once in processes."""
    tally = Tally()
    if share < 0.05:
        name = kinds[0]
        runs = list(CHECKS["verdict"](name, [case(name, 500, 1)]))
        tally.state("a small share runs through", all(kept for _, kept in runs))
        return tally.end()
    for done in LocalEngine(jobs).run(partial(said_of, share=share, checks=checks), kinds):
        if done.result is None:
            tally.state(f"{kinds[done.number]}: ended with {done.error!r}", kept=False)
            continue
        statements, seconds = done.result
        for words, kept in statements:
            tally.state(words, kept)
        print(f"       {kinds[done.number]}: {seconds:.0f} processor seconds", flush=True)
    return tally.end()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--share", type=float, default=1.0, help="share of the proof to run")
    parser.add_argument("--jobs", type=int, default=1, help="kinds of cohorts at once")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--checks", nargs="+", choices=CHECKS, default=list(CHECKS))
    given = parser.parse_args()
    leave(main(given.share, given.kinds, given.jobs, given.checks))
