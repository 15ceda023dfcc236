# %% [markdown]
# # 9. Your own scikit-learn model, judged
#
# Any classifier is learned anew in the same folds, calibrated the same way, and held against the
# same rivals as the families of `predict`. The table is **simulated**.

# %%
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import predict as pr
from predict.simulation.examples import shipped

table = pr.simulate("demo", people=600, seed=9).table
training = pr.assemble(table, "phq9_response", study=shipped("demo_study.toml"))
training

# %%
own = {
    "forest": RandomForestClassifier(50, min_samples_leaf=10, n_jobs=1),
    "logistic": make_pipeline(pr.Preprocessor(), LogisticRegression(C=0.05, max_iter=500)),
    "ours": pr.ResponseClassifier("linear", trials=4),
}
plan = pr.Plan(outer=4, repeats=1, families=("prior", "severity", "linear"), resamples=100)
judged = pr.evaluate(training, own, plan, beside=pr.Recipe(trials=4), progress=False)
judged

# %% [markdown]
# The verdict is about the first. It answers questions:

# %%
{rival: judged.verdict.better_than(rival) for rival in judged.verdict.rivals}

# %%
judged.plot("brier")

# %% [markdown]
# Reasons of a classifier of one's own come through shap: they add up, but are estimated, and slow.
# `training.numeric()` is the table in numbers, for whoever takes no text.

# %%
X = training.numeric().fillna(training.numeric().median())
forest = RandomForestClassifier(30, min_samples_leaf=10, random_state=1).fit(X, training.y)
reasons = pr.explain(forest, X, people=X.index[:5])
reasons.plot("drivers", most=8)

# %% [markdown]
# What this teaches: by another door the same procedure is worth the same, and nothing is "better"
# because it is larger.

# %%
metrics = judged.metrics.query("metric == 'auroc'").set_index("model")["estimate"]
assert abs(metrics["ours"] - metrics["linear"]) < 0.02
assert not judged.verdict.better_than("linear")
