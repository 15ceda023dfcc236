"""MLflow's own scoring server over a stored model: its protocol and schema, our pass behind it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from predict.errors import PredictError
from predict.models.response_model import ResponseModel
from predict.pipeline.tracking.models import signature_of
from predict.pipeline.tracking.store import default_store, open_mlflow


class Scores:
    """The pass as MLflow calls it.

    Parameters
    ----------
    model : ResponseModel
    """

    def __init__(self, model: ResponseModel) -> None:
        self.model = model

    def predict(self, model_input: pd.DataFrame, params: Any = None) -> Any:
        """Return a row of scores for each row, null for what is missing.

        Where the table as a whole is refused, its code and sentence: raised, MLflow would answer
        with a stack trace and the table's rows.
        """
        from predict.scoring import score

        try:
            scores = score(self.model, model_input)
        except PredictError as error:
            return {"code": error.code or type(error).__name__, "message": str(error)}
        return scores.astype(object).where(scores.notna(), None).to_dict("records")


def scoring_app(model: ResponseModel) -> Any:
    """Return MLflow's scoring server, an ASGI application, for a loaded model.

    It is given the model in memory: what `log_model` writes would be copied, executed and loaded
    again, for the same schema and the same pass.
    """
    mlflow = open_mlflow(default_store())
    from mlflow.pyfunc import PyFuncModel, scoring_server

    about = mlflow.models.Model(signature=signature_of(model))
    about.add_flavor("python_function", loader_module=__name__)
    return scoring_server.init(PyFuncModel(about, Scores(model)))
