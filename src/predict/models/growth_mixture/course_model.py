"""A fitted growth mixture: shares, mean courses, covariance, and what they say of a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from predict.errors import DesignError
from predict.models.growth_mixture.covariance import Parts, Structure
from predict.models.growth_mixture.mixture import (
    MixtureSettings,
    State,
    density_terms,
    fit,
    mean_design,
)
from predict.models.growth_mixture.rows import CourseRows, course_rows, patterns_of

Array = NDArray[np.float64]
AGREE = 0.01


@dataclass(frozen=True)
class CourseModel:
    """A growth mixture with its classes ordered by share, largest first.

    Parameters
    ----------
    settings : MixtureSettings
        What was asked.
    shares : array, (classes,)
        Share of each class among the people.
    means : array, classes x processes x visits
        Mean course of each class, in points of the instrument.
    covariance : array, classes x width x width
        Covariance of a course around its class mean (width = processes * visits).
    between, within : array
        The parts the covariance is built from; see :mod:`predict.models.growth_mixture.covariance`.
    loglik : float
        Log-likelihood of the data that were fitted.
    people : int
        People behind the fit.
    agreeing : int
        Of the starts carried to the end, how many reached this log-likelihood within .01.
    carried : int
        Starts carried to the end.
    """

    settings: MixtureSettings
    shares: Array
    means: Array
    covariance: Array
    between: Array
    within: Array
    loglik: float
    people: int
    agreeing: int
    carried: int

    @property
    def processes(self) -> int:
        """Scores followed in parallel."""
        return int(self.means.shape[1])

    @property
    def visits(self) -> int:
        """Visits of a course."""
        return int(self.means.shape[2])

    @property
    def parameters(self) -> int:
        """Free numbers: shares, mean courses and covariances."""
        k = self.settings.classes
        design = mean_design(self.settings.means, self.processes, self.visits)
        course = self.processes * self.visits if design is None else design.shape[1]
        structure = Structure(self.settings.structure, self.processes, self.visits)
        return k - 1 + k * course + structure.parameters * (1 if self.settings.shared else k)

    @property
    def bic(self) -> float:
        """Bayesian information criterion; smaller is better."""
        return float(-2.0 * self.loglik + self.parameters * np.log(self.people))

    @property
    def abic(self) -> float:
        """Sample-size adjusted BIC (Sclove): n replaced by (n + 2) / 24."""
        return float(-2.0 * self.loglik + self.parameters * np.log((self.people + 2.0) / 24.0))

    @property
    def aic(self) -> float:
        """Akaike's criterion; smaller is better."""
        return -2.0 * self.loglik + 2.0 * self.parameters

    def posterior(self, scores: Array) -> Array:
        """Return class probabilities of people (people x processes x visits, NaN where missing).

        People without any score get the class shares.
        """
        log_joint = self._log_joint(scores)
        share = np.exp(log_joint - log_joint.max(1, keepdims=True))
        posterior: Array = share / share.sum(1, keepdims=True)
        return posterior

    def _log_joint(self, scores: Array) -> Array:
        flat = np.asarray(scores, dtype=float).reshape(len(scores), -1)
        center = self.means.reshape(len(self.means), -1).mean(0)
        means = self.means.reshape(len(self.means), -1) - center
        out = np.zeros((len(flat), self.settings.classes))
        for pattern in patterns_of(flat - center):
            if pattern.seen.size:
                block = self.covariance[:, pattern.seen[:, None], pattern.seen]
                _, terms = density_terms(means[:, pattern.seen], block)
                # Summed person by person, not as one product: the same bits however a table is cut.
                out[pattern.rows] = (pattern.products[:, None, :] * terms).sum(-1)
        joint: Array = out + np.log(np.maximum(self.shares, 1e-300))
        return joint

    def courses(self, scores: Array) -> tuple[Array, Array]:
        """Return each person's expected course and its standard error, people x processes x visits.

        The expectation is over the classes and over the person's own level, given what was
        answered; the error holds both, and no measurement of a single visit.
        """
        flat = np.asarray(scores, dtype=float).reshape(len(scores), -1)
        posterior = self.posterior(scores)
        structure = Structure(self.settings.structure, self.processes, self.visits)
        means, spread = _individual(self, structure, flat)
        expected = np.einsum("nk,nkd->nd", posterior, means)
        second = np.einsum("nk,nkd->nd", posterior, means**2 + spread)
        error = np.sqrt(np.maximum(second - expected**2, 0.0))
        shape = (len(flat), self.processes, self.visits)
        return expected.reshape(shape), error.reshape(shape)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values from which :meth:`from_dict` builds the same model."""
        settings = {name: getattr(self.settings, name) for name in _SETTINGS}
        arrays = {name: getattr(self, name).tolist() for name in _ARRAYS}
        return {"settings": settings, **arrays, **{name: getattr(self, name) for name in _NUMBERS}}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> CourseModel:
        """Build a model from :meth:`to_dict`."""
        values: dict[str, Any] = {name: np.array(facts[name], dtype=float) for name in _ARRAYS}
        values.update({name: facts[name] for name in _NUMBERS})
        return cls(settings=MixtureSettings(**facts["settings"]), **values)


_SETTINGS = ("classes", "structure", "means", "shared", "starts", "seed", "tolerance")
_ARRAYS = ("shares", "means", "covariance", "between", "within")
_NUMBERS = ("loglik", "people", "agreeing", "carried")


def _individual(model: CourseModel, structure: Structure, flat: Array) -> tuple[Array, Array]:
    """Expected own course and its variance in each class: people x classes x width."""
    k, width = len(model.shares), flat.shape[1]
    means = model.means.reshape(k, width)
    own = _own_covariance(model, structure)
    out, spread = np.empty((len(flat), k, width)), np.empty((len(flat), k, width))
    for pattern in patterns_of(flat):
        seen = pattern.seen
        block = model.covariance[:, seen[:, None], seen]
        gain = own[:, :, seen] @ np.linalg.inv(block)
        apart = flat[np.ix_(pattern.rows, seen)][:, None, :] - means[None, :, seen]
        out[pattern.rows] = means + np.einsum("kds,nks->nkd", gain, apart)
        left = own - gain @ own[:, seen, :]
        spread[pattern.rows] = np.einsum("kdd->kd", left)
    return out, spread


def _own_covariance(model: CourseModel, structure: Structure) -> Array:
    """Covariance of the person's own line; for latent profiles there is none."""
    if structure.name == "diagonal":
        return np.zeros_like(model.covariance)
    bare = Parts(model.between, np.zeros_like(model.within))
    width = model.covariance.shape[1:]
    return np.broadcast_to(structure.build(bare), (len(model.shares), *width)).copy()


def course_model(scores: Array, settings: MixtureSettings | None = None) -> CourseModel:
    """Fit a growth mixture to scores (people x processes x visits, NaN where missing).

    Missing visits are taken as missing at random given the answers that are there.

    Raises
    ------
    DesignError
        With fewer than ten people a class.

    References
    ----------
    Muthen and Shedden 1999, Biometrics 55:463; Muthen and Muthen 2000, Alcoholism 24:882.

    Examples
    --------
    >>> from predict.analysis.trajectories.planted import planted_courses
    >>> scores = planted_courses(1000, 1, residual=1.0).scores
    >>> model = course_model(scores, MixtureSettings(starts=20))
    >>> model.shares.round(1)
    array([0.8, 0.1, 0.1])
    """
    settings = settings or MixtureSettings()
    return fit_rows(course_rows(scores), settings)


def fit_rows(rows: CourseRows, settings: MixtureSettings) -> CourseModel:
    """Fit a growth mixture to prepared rows."""
    if rows.people < 10 * settings.classes:
        raise DesignError(
            f"Expected at least {10 * settings.classes} people for {settings.classes} courses, "
            f"got {rows.people}. Ask for fewer classes.",
            code="COURSE_PEOPLE",
        )
    return _ordered(rows, settings, fit(rows, settings))


def restarted(rows: CourseRows, model: CourseModel, sets: int) -> State:
    """Return the model's own parameters as so many starts on these rows."""
    kinds = 1 if model.settings.shared else len(model.shares)
    means = model.means.reshape(len(model.shares), -1) - rows.center

    def times(values: Array) -> Array:
        return np.repeat(values[None], sets, axis=0)

    parts = Parts(times(model.between[:kinds]), times(model.within[:kinds]))
    return State(times(model.shares), times(means), parts, np.full(sets, -np.inf))


def _ordered(rows: CourseRows, settings: MixtureSettings, state: State) -> CourseModel:
    order = np.argsort(-state.shares[0], kind="stable")
    kinds = np.zeros(settings.classes, dtype=int) if settings.shared else order
    parts = Parts(state.parts.between[0][kinds], state.parts.within[0][kinds])
    structure = Structure(settings.structure, rows.processes, rows.visits)
    means = state.means[0][order] + rows.center
    agreeing = int((state.loglik >= state.loglik[0] - AGREE).sum())
    return CourseModel(
        settings,
        state.shares[0][order],
        means.reshape(settings.classes, rows.processes, rows.visits),
        structure.build(parts),
        parts.between,
        parts.within,
        float(state.loglik[0]),
        rows.people,
        agreeing,
        len(state.loglik),
    )


def entropy(posterior: Array) -> float:
    """Return relative entropy: 1 when every course tells its class, 0 when none does.

    Examples
    --------
    >>> import numpy as np
    >>> entropy(np.array([[1.0, 0.0], [0.0, 1.0]]))
    1.0
    """
    if posterior.shape[1] == 1:
        return 1.0
    p = np.clip(posterior, 1e-300, 1.0)
    return float(1.0 + (p * np.log(p)).sum() / (len(p) * np.log(p.shape[1])))
