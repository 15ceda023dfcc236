"""The code MLflow runs to serve a stored model: it loads the folder and scores tables with it.

MLflow copies this file beside the model and executes it when the model is loaded.
"""

from __future__ import annotations

from typing import Any

import mlflow
import pandas as pd
from mlflow.pyfunc import PythonModel


class ServedModel(PythonModel):
    """A model folder behind MLflow's `predict`: the same scores as `predict score`."""

    def load_context(self, context: Any) -> None:
        """Load the folder, with all its checks."""
        from predict.model_folder import load_model

        self.model = load_model(context.artifacts["model"])

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Return one row of scores for each row of the table."""
        from predict.scoring import score

        return score(self.model, model_input)


mlflow.models.set_model(ServedModel())
