# %% [markdown]
# # 10. Two models compared in MLflow
#
# A run is opened before the work and told afterwards: settings, verdict, pictures, and the headline
# measures under one name for every family. The table is **simulated**; so is every person in the
# logged example.

# %%
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd
from mlflow import MlflowClient

import predict as pr
from predict.simulation.examples import shipped

store = f"sqlite:///{Path(mkdtemp()) / 'mlflow.db'}"
table = pr.simulate("demo", people=500, seed=10).table
training = pr.assemble(
    table, "phq9_response", study=shipped("demo_study.toml"), blocks=["scales", "people"]
)

# %%
plan = pr.Plan(outer=4, repeats=1, families=("prior", "severity"), resamples=50)
for family in ("linear", "boosted"):
    pr.evaluate(training, pr.Recipe(family, trials=3), plan, progress=False, track=True, uri=store)

# %% [markdown]
# `mlflow ui --backend-store-uri sqlite:///mlflow.db` shows the two runs beside each other; here is
# the table behind it.

# %%
client = MlflowClient(tracking_uri=store)
experiment = client.get_experiment_by_name("phq9_response_round_one")
runs = client.search_runs([experiment.experiment_id], max_results=200)
top = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
compared = pd.DataFrame({run.info.run_name: run.data.metrics for run in top}).T
compared.round(3)

# %% [markdown]
# Beneath each: a run a family, and the folds of its own. A model is logged by `train`, with its
# signature, and registered on request.

# %%
model = pr.train(
    training, pr.Recipe("linear", trials=3), refits=0, track=True, uri=store, register="phq9"
)
version = client.get_model_version_by_alias("phq9", "candidate")
version.version

# %%
from predict.pipeline.tracking import load_tracked

served = load_tracked("models:/phq9@candidate", store=store)
served.predict(table.head(3))[["id", "status", "probability"]]

# %% [markdown]
# What this teaches: two runs, four columns that compare, one model that scores as it did.

# %%
assert set(compared) == {"auroc", "brier", "calibration_slope", "net_benefit"}
assert len(compared) == 2
