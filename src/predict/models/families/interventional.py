"""Interventional Shapley values of trees. A door to the library shap, for this and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def interventional_values(
    booster: Any, background: pd.DataFrame, Z: pd.DataFrame
) -> tuple[np.ndarray, float]:
    """Return exact interventional Shapley values of the trees' own probability, and its mean.

    Parameters
    ----------
    booster : xgboost.Booster
        Any calibration folded into it already.
    background : DataFrame, shape (rows, columns)
        Whose answers stand in for a column left out.
    Z : DataFrame, shape (people, columns)

    References
    ----------
    Lundberg et al. 2020, Nature Machine Intelligence 2:56, interventional Tree SHAP.
    """
    import shap

    explainer = shap.TreeExplainer(
        booster,
        data=background.to_numpy("float32"),
        feature_perturbation="interventional",
        model_output="probability",
    )
    explained = explainer(Z.to_numpy("float32"))
    return np.asarray(explained.values), float(np.ravel(explained.base_values)[0])
