"""How many courses: BIC, adjusted BIC, entropy, smallest class, a bootstrapped test on request."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predict.models.growth_mixture.course_model import CourseModel, course_model, entropy, fit_rows
from predict.models.growth_mixture.mixture import ENOUGH, MixtureSettings
from predict.models.growth_mixture.rows import course_rows

Array = NDArray[np.float64]
MOST_CLASSES = 5
RELIABLE_ENTROPY = 0.75
SMALLEST_SHARE = 0.05


@dataclass(frozen=True)
class Selection:
    """Models of one to several classes, their table of fit, and the number BIC chooses."""

    models: tuple[CourseModel, ...]
    table: pd.DataFrame
    classes: int

    @property
    def best(self) -> CourseModel:
        """The model BIC chooses."""
        return self.models[self.classes - 1]

    @property
    def entropy(self) -> float:
        """Entropy of the chosen model."""
        return float(self.table["entropy"].to_numpy()[self.classes - 1])


def select_classes(
    scores: Array, settings: MixtureSettings | None = None, most: int = MOST_CLASSES
) -> Selection:
    """Fit one to ``most`` classes and choose by BIC.

    Whether the classes may be named is another question: see
    :func:`predict.analysis.trajectories.stability.class_stability`.

    Examples
    --------
    >>> from predict.analysis.trajectories.planted import planted_courses
    >>> scores = planted_courses(900, 1, residual=1.0).scores
    >>> select_classes(scores, MixtureSettings(starts=20), most=4).classes
    3
    """
    settings = settings or MixtureSettings()
    rows = course_rows(scores)
    followed = scores[rows.where >= 0]
    asked = [replace(settings, classes=k) for k in range(1, most + 1) if rows.people >= 10 * k]
    models = tuple(fit_rows(rows, each) for each in asked)
    table = pd.DataFrame([_fit_row(model, model.posterior(followed)) for model in models])
    classes = int(table["bic"].to_numpy().argmin()) + 1
    table["chosen"] = table["classes"] == classes
    return Selection(models, table, classes)


def _fit_row(model: CourseModel, posterior: Array) -> dict[str, float | int]:
    modal = np.bincount(posterior.argmax(1), minlength=len(model.shares)) / len(posterior)
    return {
        "classes": model.settings.classes,
        "loglik": model.loglik,
        "parameters": model.parameters,
        "aic": model.aic,
        "bic": model.bic,
        "abic": model.abic,
        "entropy": entropy(posterior),
        "smallest_share": float(model.shares.min()),
        "smallest_modal_share": float(modal.min()),
        "starts": model.settings.starts,
        "starts_carried": model.carried,
        "starts_agreeing": model.agreeing,
    }


def bootstrap_likelihood_ratio(
    scores: Array, smaller: CourseModel, larger: CourseModel, draws: int, seed: int
) -> tuple[float, float]:
    """Return 2 (log-likelihood difference) and its bootstrapped p against one class fewer.

    Tables are drawn from the smaller model with the same visits missing; both models are fitted
    to each with 20 starts.

    References
    ----------
    McLachlan 1987, Applied Statistics 36:318; Nylund, Asparouhov, Muthen 2007, SEM 14:535.
    """
    rng = np.random.default_rng(seed)
    observed = 2.0 * (larger.loglik - smaller.loglik)
    few = [
        replace(m.settings, starts=min(20, m.settings.starts), tolerance=ENOUGH)
        for m in (smaller, larger)
    ]
    null = []
    for _ in range(draws):
        drawn = draw_courses(smaller, np.isfinite(scores), rng)
        pair = [course_model(drawn, settings).loglik for settings in few]
        null.append(2.0 * (pair[1] - pair[0]))
    return observed, float((1 + np.sum(np.array(null) >= observed)) / (1 + draws))


def draw_courses(model: CourseModel, there: NDArray[np.bool_], rng: np.random.Generator) -> Array:
    """Draw courses from a model, with the same scores missing as in ``there``."""
    n = len(there)
    member = rng.choice(len(model.shares), n, p=model.shares / model.shares.sum())
    roots = np.linalg.cholesky(model.covariance)
    noise = np.einsum("nij,nj->ni", roots[member], rng.normal(size=(n, roots.shape[-1])))
    drawn = model.means[member] + noise.reshape(there.shape)
    return np.where(there, drawn, np.nan)


def adjusted_rand(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Return the adjusted Rand index of two groupings: 1 alike, 0 as by chance.

    References
    ----------
    Hubert and Arabie 1985, Journal of Classification 2:193.

    Examples
    --------
    >>> import numpy as np
    >>> adjusted_rand(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]))
    1.0
    """
    return rand_of_table(pd.crosstab(first, second).to_numpy(dtype=float))


def rand_of_table(table: Array) -> float:
    """Return the adjusted Rand index of a two-way table of people."""
    together = (table * (table - 1) / 2).sum()
    rows, columns = ((m * (m - 1) / 2).sum() for m in (table.sum(1), table.sum(0)))
    n = table.sum()
    chance = rows * columns / (n * (n - 1) / 2)
    most = (rows + columns) / 2
    return float((together - chance) / (most - chance)) if most > chance else 1.0
