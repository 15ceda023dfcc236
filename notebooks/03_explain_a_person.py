# %% [markdown]
# # 3. Explain a person
#
# One definition of a reason everywhere: how far each answer moved the estimate from the model's
# starting estimate. Patterns in past data, not causes. The table is **simulated**.

# %%
from pathlib import Path
from tempfile import mkdtemp

import predict as pr
from predict.simulation.examples import demo

example = demo(Path(mkdtemp()), people=800, seed=1)
cohort = pr.read_cohort(example.table, example.study)
training = pr.assemble(cohort, "phq9_response", round="one", as_of="baseline")
model = pr.train(training, pr.Recipe(family="boosted", trials=4), refits=0)
reasons = pr.explain(model, cohort)
reasons

# %% [markdown]
# Over everybody: mean absolute points out of 100, and the direction.

# %%
reasons.overall().head(8)

# %% [markdown]
# One person. Whole points that add up to the printed estimate, start and end included.

# %%
person = training.X.index[0]
printed = reasons.printed().loc[person]
moved = printed.drop(["start", "end"])
moved = moved[moved != 0].sort_values()
print(f"start {printed['start']}, end {printed['end']}")
moved

# %% [markdown]
# By symptom domain, and as an object that every plot of the library shap understands.

# %%
reasons.by_domain().loc[person].sort_values()

# %%
shap_values = reasons.shap()
shap_values.shape

# %% [markdown]
# What this notebook teaches: the reasons are exact. They add up to the estimate for every person.

# %%
gap = (reasons.start + reasons.contributions.sum(axis=1) - reasons.log_odds).abs().max()
everyone = reasons.printed()
assert gap < 1e-4
assert (everyone.drop(columns="end").sum(axis=1) == everyone["end"]).all()
