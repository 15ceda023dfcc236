"""One reason to rely less on some people's estimates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Finding:
    """One reason to rely less on some people's estimates.

    Parameters
    ----------
    level : str
        ``note`` or ``stop``.
    code : str
        Stable word.
    text : str
        Plain words, the same for everybody concerned: no one's answer is in it.
    whom : array (people,) of bool
    """

    level: str
    code: str
    text: str
    whom: NDArray[np.bool_]
