"""Growth mixture model by expectation-maximisation, many random starts at once.

Each class has its own mean course; missing visits are handled by full-information likelihood. All
starts are fitted together as batched arrays: every E-step is one matrix product over the distinct
rows of each pattern of missing visits, and everything else works on matrices of a course's width.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from predict.models.growth_mixture.covariance import Parts, Structure
from predict.models.growth_mixture.rows import CourseRows, Pattern

Array = NDArray[np.float64]
Index = NDArray[np.int64]
STARTS = 50
_STAGES = ((15, 50), (80, 10), (3000, 4))
# A share of the log-likelihood: exact estimates, or enough to compare models by BIC.
PRECISE, ENOUGH = 1e-9, 1e-7
_MEANS = {"linear": 1, "quadratic": 2}


@dataclass(frozen=True)
class MixtureSettings:
    """What is asked of a mixture.

    Parameters
    ----------
    classes : int
        Number of courses.
    structure : {"random_intercept", "growth", "diagonal"}
        How people of one class differ; ``diagonal`` is a latent-profile model of the visits.
    means : {"free", "linear", "quadratic"}
        Shape of a class's mean course. ``free`` gives each visit its own mean: with three visits
        an intercept, a slope and a free basis of the middle visit.
    shared : bool
        One covariance for all classes (True) or one for each.
    starts, seed : int
    tolerance : float
        Starts are carried until the log-likelihood moves by less than this share of itself.
    """

    classes: int = 3
    structure: str = "random_intercept"
    means: str = "free"
    shared: bool = True
    starts: int = STARTS
    seed: int = 1
    tolerance: float = PRECISE


@dataclass(frozen=True)
class State:
    """Parameters of many fits at once: the first axis counts starts."""

    shares: Array
    means: Array
    parts: Parts
    loglik: Array

    def take(self, which: NDArray[np.int64]) -> State:
        """Keep some starts."""
        parts = Parts(self.parts.between[which], self.parts.within[which])
        return State(self.shares[which], self.means[which], parts, self.loglik[which])


@dataclass(frozen=True)
class _Sums:
    """Expected complete-data sums of one E-step: weights, first moments, scatter, likelihood."""

    n: Array
    first: Array
    scatter: Array
    loglik: Array


def fit(rows: CourseRows, settings: MixtureSettings) -> State:
    """Return the starts that were carried to the end, best first.

    A third of the starts that look best after 15 rounds go on, and four are carried until the
    log-likelihood no longer moves. That several of them agree is the sign that the best is found.
    """
    structure = Structure(settings.structure, rows.processes, rows.visits)
    state = _random_starts(rows, settings, structure)
    for rounds, keep in _STAGES:
        state = (
            _best(state, min(keep, settings.starts)) if np.isfinite(state.loglik).any() else state
        )
        state = _climb(rows, settings, structure, state, rounds)
    return _best(state, len(state.loglik))


def climb_from(rows: CourseRows, settings: MixtureSettings, state: State, rounds: int) -> State:
    """Carry given parameters to the likelihood's nearest top, as from one more start."""
    structure = Structure(settings.structure, rows.processes, rows.visits)
    return _climb(rows, settings, structure, state, rounds)


def _best(state: State, keep: int) -> State:
    return state.take(np.argsort(-state.loglik, kind="stable")[:keep])


def _random_starts(rows: CourseRows, settings: MixtureSettings, structure: Structure) -> State:
    """Start each class at one person's course (missing visits at the mean), drawn at random."""
    rng = np.random.default_rng(settings.seed)
    k, starts = settings.classes, settings.starts if settings.classes > 1 else 1
    filled = np.nan_to_num(rows.scores)
    chance = rows.counts / rows.counts.sum()
    picks = np.stack([rng.choice(len(filled), k, replace=len(filled) < k, p=chance)
                      for _ in range(starts)])  # fmt: skip
    means = 0.8 * filled[picks]
    spread = np.nansum(rows.scores**2 * rows.counts[:, None], axis=0)
    spread = spread / (np.isfinite(rows.scores) * rows.counts[:, None]).sum(0)
    kinds = 1 if settings.shared else k
    parts = structure.start(np.broadcast_to(0.6 * spread, (starts, kinds, rows.width)).copy())
    shares = np.full((starts, k), 1.0 / k)
    return State(shares, _shaped(means, structure.build(parts), rows, settings), parts,
                 np.full(starts, -np.inf))  # fmt: skip


def _climb(
    rows: CourseRows, settings: MixtureSettings, structure: Structure, state: State, rounds: int
) -> State:
    """Run EM rounds until no start's log-likelihood moves."""
    sums = _expect(rows, structure, state)
    for _ in range(rounds):
        state = _maximise(rows, settings, structure, state, sums)
        before, sums = sums.loglik, _expect(rows, structure, state)
        if (np.abs(sums.loglik - before) < settings.tolerance * np.abs(before)).all():
            break
    return replace(state, loglik=sums.loglik)


def _expect(rows: CourseRows, structure: Structure, state: State) -> _Sums:
    starts, k = state.shares.shape
    covariance = np.broadcast_to(structure.build(state.parts), (starts, k, rows.width, rows.width))
    n, loglik = np.zeros((starts, k)), np.zeros(starts)
    first, scatter = np.zeros(state.means.shape), np.zeros(covariance.shape)
    for pattern in rows.patterns:
        part = _expect_pattern(rows, pattern, state, covariance)
        n, loglik = n + part.n, loglik + part.loglik
        first, scatter = first + part.first, scatter + part.scatter
    return _Sums(n, first, scatter, loglik)


def _expect_pattern(rows: CourseRows, pattern: Pattern, state: State, covariance: Array) -> _Sums:
    """Posterior classes and expected moments (around the current means) of one pattern."""
    seen = pattern.seen
    precision, terms = density_terms(state.means[..., seen], covariance[..., seen[:, None], seen])
    share, loglik = _posterior(pattern, state.shares, terms)
    counts = rows.weights[pattern.rows]
    share *= counts[:, :, None]
    sums = (share.reshape(len(share), -1).T @ pattern.products).reshape(*state.shares.shape, -1)
    return _moments(sums, state.means, covariance, precision, seen, (loglik * counts).sum(0))


def _posterior(pattern: Pattern, shares: Array, terms: Array) -> tuple[Array, Array]:
    """Class probabilities (rows x sets x classes) and log-likelihood of each row and set."""
    starts, k = shares.shape
    joint = (pattern.products @ terms.reshape(starts * k, -1).T).reshape(-1, starts, k)
    joint = joint + np.log(np.maximum(shares, 1e-300))
    top = joint.max(2, keepdims=True)
    share = np.exp(joint - top)
    total = share.sum(2, keepdims=True)
    loglik: Array = (np.log(total) + top)[:, :, 0]
    share /= total
    return share, loglik


def posteriors(rows: CourseRows, settings: MixtureSettings, state: State) -> Array:
    """Return class probabilities of every distinct row under every fit, rows x sets x classes."""
    structure = Structure(settings.structure, rows.processes, rows.visits)
    starts, k = state.shares.shape
    covariance = np.broadcast_to(structure.build(state.parts), (starts, k, rows.width, rows.width))
    out = np.empty((len(rows.scores), starts, k))
    for pattern in rows.patterns:
        seen = pattern.seen
        block = covariance[..., seen[:, None], seen]
        _, terms = density_terms(state.means[..., seen], block)
        out[pattern.rows], _ = _posterior(pattern, state.shares, terms)
    return out


def density_terms(means: Array, covariance: Array) -> tuple[Array, Array]:
    """Return the precision, and the log-density as weights of 1, y and the products of y."""
    d = means.shape[-1]
    precision: Array = np.asarray(np.linalg.inv(covariance), dtype=float)
    logdet = np.linalg.slogdet(covariance)[1]
    pull = (precision @ means[..., None])[..., 0]
    constant = -0.5 * (d * np.log(2 * np.pi) + logdet + (pull * means).sum(-1))
    i, j = np.triu_indices(d)
    products = -0.5 * precision[..., i, j] * np.where(i == j, 1.0, 2.0)
    return precision, np.concatenate([constant[..., None], pull, products], axis=-1)


def _moments(
    sums: Array, means: Array, covariance: Array, precision: Array, seen: Index, loglik: Array
) -> _Sums:
    """Turn sums over a pattern into expected sums over whole courses."""
    d = seen.size
    i, j = np.triu_indices(d)
    n, first = sums[..., 0], sums[..., 1 : d + 1]
    second = np.empty((*n.shape, d, d))
    second[..., i, j] = sums[..., d + 1 :]
    second[..., j, i] = sums[..., d + 1 :]
    m = means[..., seen]
    shift = first - n[..., None] * m
    spread = second - first[..., :, None] * m[..., None, :] - m[..., :, None] * shift[..., None, :]
    fill = covariance[..., :, seen] @ precision
    moved = (fill @ shift[..., None])[..., 0]
    unseen = covariance - fill @ covariance[..., seen, :]
    scatter = fill @ spread @ np.swapaxes(fill, -1, -2) + n[..., None, None] * unseen
    return _Sums(n, moved, scatter, loglik)


def _maximise(
    rows: CourseRows, settings: MixtureSettings, structure: Structure, state: State, sums: _Sums
) -> State:
    n = np.maximum(sums.n, 1e-8)
    shares = n / n.sum(1, keepdims=True)
    target = state.means + sums.first / n[..., None]
    means = _shaped(target, structure.build(state.parts), rows, settings)
    step, rest = target - state.means, target - means
    scatter = sums.scatter / n[..., None, None]
    scatter = (
        scatter - step[..., :, None] * step[..., None, :] + rest[..., :, None] * rest[..., None, :]
    )
    if settings.shared:
        scatter = (scatter * shares[..., None, None]).sum(1, keepdims=True)
    return State(shares, means, structure.update(scatter, state.parts), state.loglik)


def mean_design(settings_means: str, processes: int, visits: int) -> Array | None:
    """Return the design of a class's mean course, width x coefficients; None when it is free."""
    if settings_means == "free":
        return None
    time = np.linspace(0.0, 1.0, visits)
    powers = np.stack([time**power for power in range(_MEANS[settings_means] + 1)], axis=1)
    return np.asarray(np.kron(np.eye(processes), powers), dtype=float)


def _shaped(target: Array, covariance: Array, rows: CourseRows, settings: MixtureSettings) -> Array:
    """Project class means on the shape asked for, by generalised least squares.

    Means are kept centred; the centre is part of the course, so it is added before projecting.
    """
    design = mean_design(settings.means, rows.processes, rows.visits)
    if design is None:
        return target
    weight = np.linalg.solve(
        covariance, np.broadcast_to(design, (*covariance.shape[:-1], design.shape[1]))
    )
    gram = design.T @ weight
    whole = (target + rows.center)[..., None]
    coefficients = np.linalg.solve(gram, np.swapaxes(weight, -1, -2) @ whole)
    shaped: Array = (design @ coefficients)[..., 0] - rows.center
    return shaped
