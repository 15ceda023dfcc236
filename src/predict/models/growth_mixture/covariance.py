"""Covariance structures of a course: between people of one class, and within a person.

Every structure is ``Z Psi Z' + E x I``: Psi is the covariance of a person's own levels (and
slopes), E the covariance of the scores of one visit around the person's own line. With PHQ-9 and
GAD-7 in parallel and a random intercept that is six numbers, not the twenty-one of a free 6 x 6
matrix, which would absorb small classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_FLOOR = 1e-4


@dataclass(frozen=True)
class Parts:
    """Psi (sets x classes x levels x levels) and E (sets x classes x processes x processes).

    For the structure ``diagonal`` (latent profiles) Psi is empty and E holds one variance a score.
    """

    between: Array
    within: Array


@dataclass(frozen=True)
class Structure:
    """One covariance structure for courses of so many processes and visits."""

    name: str
    processes: int
    visits: int

    @property
    def design(self) -> Array:
        """Z of one process, visits x levels: a column of ones, and of time for ``growth``."""
        ones = np.ones((self.visits, 1))
        if self.name != "growth":
            return ones
        return np.column_stack([ones, np.linspace(0.0, 1.0, self.visits)])

    @property
    def parameters(self) -> int:
        """Free numbers in one covariance matrix."""
        if self.name == "diagonal":
            return self.processes * self.visits
        levels = self.processes * int(self.design.shape[1])
        return levels * (levels + 1) // 2 + self.processes * (self.processes + 1) // 2

    def build(self, parts: Parts) -> Array:
        """Return covariance matrices, sets x classes x width x width."""
        if self.name == "diagonal":
            width = self.processes * self.visits
            full: Array = parts.within[..., :, None] * np.eye(width)
            return full
        z = np.kron(np.eye(self.processes), self.design)
        residual = np.einsum("...ab,tu->...atbu", parts.within, np.eye(self.visits))
        shape = (*parts.within.shape[:-2], z.shape[0], z.shape[0])
        built: Array = z @ parts.between @ z.T + residual.reshape(shape)
        return built

    def update(self, scatter: Array, parts: Parts) -> Parts:
        """Return the parts that fit an expected scatter matrix (sets x classes x width x width)."""
        if self.name == "diagonal":
            return Parts(parts.between, np.maximum(np.einsum("...ii->...i", scatter), _FLOOR))
        if self.name == "random_intercept":
            return self._closed_form(scatter)
        for _ in range(3):
            parts = self._expected_levels(scatter, parts)
        return parts

    def start(self, variances: Array) -> Parts:
        """Return parts that split each score's variance (sets x classes x width) evenly."""
        if self.name == "diagonal":
            return Parts(np.empty((*variances.shape[:-1], 0, 0)), variances.copy())
        own = variances.reshape(*variances.shape[:-1], self.processes, self.visits).mean(-1) / 2.0
        levels = self.design.shape[1]
        between = np.repeat(own, levels, axis=-1)[..., None] * np.eye(self.processes * levels)
        return Parts(between, own[..., None] * np.eye(self.processes))

    def _closed_form(self, scatter: Array) -> Parts:
        """Random intercept: the scatter along equal scores and the scatter around them."""
        q, visits = self.processes, self.visits
        blocks = scatter.reshape(*scatter.shape[:-2], q, visits, q, visits)
        along = blocks.sum((-3, -1)) / visits
        within = (np.einsum("...atbt->...ab", blocks) - along) / (visits - 1)
        within = _positive(within)
        return Parts(_positive(along - within, 0.0) / visits, within)

    def _expected_levels(self, scatter: Array, parts: Parts) -> Parts:
        """One EM step with the person's own level and slope as what is not seen."""
        q, visits = self.processes, self.visits
        z = np.kron(np.eye(q), self.design)
        covariance = self.build(parts)
        gain = np.linalg.solve(covariance, z @ parts.between)
        gain = np.swapaxes(gain, -1, -2)
        left = parts.between - gain @ z @ parts.between
        between = left + gain @ scatter @ np.swapaxes(gain, -1, -2)
        around = np.eye(q * visits) - z @ gain
        rest = around @ scatter @ np.swapaxes(around, -1, -2) + z @ left @ z.T
        blocks = rest.reshape(*rest.shape[:-2], q, visits, q, visits)
        return Parts(
            _positive(between, 0.0), _positive(np.einsum("...atbt->...ab", blocks) / visits)
        )


def _positive(matrices: Array, floor: float = _FLOOR) -> Array:
    """Return symmetric matrices whose eigenvalues are at least the floor."""
    matrices = (matrices + np.swapaxes(matrices, -1, -2)) / 2.0
    if matrices.shape[-1] == 1:
        return np.maximum(matrices, floor)
    values, vectors = np.linalg.eigh(matrices)
    if values.min() >= floor:
        return matrices
    lifted: Array = (vectors * np.maximum(values, floor)[..., None, :]) @ np.swapaxes(
        vectors, -1, -2
    )
    return lifted
