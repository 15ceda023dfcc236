# %% [markdown]
# # 6. Drivers
#
# Which answers move the estimates: over everybody, for one person, how much of it would stand had
# other people been in the table, and what changes between rounds. Patterns in past data, never
# causes. The table is **simulated**.

# %%
from pathlib import Path
from tempfile import mkdtemp

import predict as pr
from predict.simulation.examples import demo
from predict.explanation import drivers_facts, driver_stability, interactions, interventional_gap
from predict.explanation import permutation_importance, refit_many

example = demo(Path(mkdtemp()), people=800, seed=1)
cohort = pr.read_cohort(example.table, example.study)
training = pr.assemble(cohort, "phq9_response", round="one", as_of="baseline")
recipe = pr.Recipe(params={"max_depth": 2, "eta": 0.1, "rounds": 40})
model = pr.train(training, recipe, refits=0)
reasons = pr.explain(model, cohort)
reasons

# %% [markdown]
# ## Over everybody
#
# Mean absolute points out of 100, and the direction: above 0, higher values go along with higher
# estimates.

# %%
reasons.overall().head(6)

# %% [markdown]
# What each answer to the leading column went along with, and how many people gave it. Answers of
# fewer than eleven people are not shown.

# %%
leading = reasons.overall()["column"].iloc[0]
reasons.dependence(leading)

# %% [markdown]
# Pairs that move estimates together, on request.

# %%
X = training.X[[column.name for column in model.columns]]
interactions(model, X, most=3, sample=200)

# %% [markdown]
# ## One person
#
# Whole points that add up to the printed estimate: what lowered it, what raised it, and the rest.

# %%
ledger = reasons.person(training.X.index[0])
ledger

# %% [markdown]
# ## Would other people have given the same drivers?
#
# The shipped settings are learned again on resamples of the people. `rank_low` to `rank_high` holds
# nine ranks in ten; `flips` is the share of refits in which a column runs the other way. Above a
# fifth, patient pages count it among "other answers". (A run makes 200 refits in two processes;
# 30 in one are enough to see.)

# %%
refits = refit_many(training, model.fitted, 30, seed=1, workers=1)
strength = model.contributions(X)[0].abs().mean()
stability = driver_stability(strength, refits)
stability.head(8)

# %%
told = drivers_facts(model, X, refits)
print(f"estimates move by {100 * told['instability']['mape']:.1f} points between refits")
print(f"of the first five drivers, {5 * told['top_overlap']['5']:.1f} are shared on average")

# %% [markdown]
# ## Second opinions
#
# How much worse estimates get when a column's answers change hands; and how far the points lie from
# interventional values, which share credit in another way.

# %%
permutation_importance(model, X, training.y, seed=1).head(5)

# %%
gap = interventional_gap(model, X, sample=100)
print(f"{gap['mean_gap']:.2f} points apart on average; correlation {gap['correlation']:.3f}")

# %% [markdown]
# ## What changes between rounds
#
# As of the start of round two the course of round one is known, and takes the lead.

# %%
second = pr.assemble(
    cohort, "phq9_response", round="two", blocks=("items", "scales", "people", "course")
)
later = pr.explain(pr.train(second, recipe, refits=0), cohort.take(second.X.index))
rounds = {
    "one": reasons.by_domain().abs().mean().round(3),
    "two": later.by_domain().abs().mean().round(3),
}
print(rounds["one"].sort_values(ascending=False).to_string())
print(rounds["two"].sort_values(ascending=False).to_string())

# %%
printed = reasons.printed()
assert (printed.drop(columns="end").sum(axis=1) == printed["end"]).all()
assert ledger["points"].iloc[:-1].sum() == ledger["points"].iloc[-1]
assert stability["agreement"].iloc[0] > 0.9
assert rounds["two"].get("course", 0) == rounds["two"].max()
