# %% [markdown]
# # 2. Train and judge
#
# A model is judged as a whole procedure (preparation, search, calibration) on people it has not
# seen, beside plain rivals on the same folds. The table is **simulated**: the truth is known.

# %%
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd

import predict as pr
from predict.simulation.examples import demo

example = demo(Path(mkdtemp()), people=800, seed=1)
cohort = pr.read_cohort(example.table, example.study)
training = pr.assemble(cohort, "phq9_response", round="one", as_of="baseline")
training

# %% [markdown]
# Each column says at which visit it is known. A column known later is refused, never dropped in
# silence.

# %%
try:
    pr.assemble(cohort, "phq9_response", as_of="baseline", blocks=["items", "course"])
except pr.PredictError as error:
    refusal = str(error)
print(refusal)

# %%
recipe = pr.Recipe(family="linear", trials=6)
judged = pr.evaluate(training, recipe, pr.Plan(outer=4, repeats=1, resamples=200))
judged.metrics.query("metric == 'auroc'")

# %%
print(judged.verdict["sentence"])

# %% [markdown]
# Train on everybody, and compare the estimates with the true probabilities that the simulation kept
# aside. The judgement goes with the model: every page shows an estimate only as far as it allows.

# %%
model = pr.train(training, recipe, judged=judged, refits=0)
truth = pd.read_csv(example.truth, dtype={"person": str}).set_index("person")
estimate = pd.Series(model.probability(training.X), index=training.X.index)
agreement = estimate.corr(truth["round_one"].reindex(estimate.index), method="spearman")
print(f"rank correlation of estimate and truth: {agreement:.2f}")

# %% [markdown]
# What this notebook teaches: a prior knows nothing, so its AUROC is one half to the last digit; and
# the estimates follow the truth without ever having seen it.

# %%
assert judged.value("prior", "auroc") == 0.5
assert "LEAK_FUTURE_VISIT" in refusal
assert agreement > 0.5
