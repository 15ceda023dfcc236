"""How central each symptom is: strength and expected influence, in and out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def undirected(edges: Array) -> dict[str, Array]:
    """Return strength (sum of absolute edges) and expected influence (signed sum) of each item.

    Examples
    --------
    >>> import numpy as np
    >>> undirected(np.array([[0, 0.3], [0.3, 0]]))["strength"]
    array([0.3, 0.3])
    """
    edges = _without_own(edges)
    return {"strength": np.abs(edges).sum(-1), "expected_influence": edges.sum(-1)}


def directed(effects: Array) -> dict[str, Array]:
    """Return strength and expected influence going out of and coming into each item.

    ``effects[..., i, j]`` goes from item i at one visit to item j at the next; the item's own
    carry-over (the diagonal) is left out and told separately.
    """
    other = _without_own(effects)
    return {
        "out_strength": np.abs(other).sum(-1),
        "in_strength": np.abs(other).sum(-2),
        "out_expected_influence": other.sum(-1),
        "in_expected_influence": other.sum(-2),
        "own": np.einsum("...ii->...i", np.asarray(effects, dtype=float)).copy(),
    }


def _without_own(edges: Array) -> Array:
    edges = np.array(edges, dtype=float)
    index = np.arange(edges.shape[-1])
    edges[..., index, index] = 0.0
    return edges
