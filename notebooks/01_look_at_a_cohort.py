# %% [markdown]
# # 1. Look at a cohort
#
# Before anything is learned: who is in the table, what was asked when, who was lost, and what the
# outcome is. The table here is **simulated**; no real patient is in it.

# %%
from pathlib import Path
from tempfile import mkdtemp

import predict as pr
from predict.simulation.examples import demo

example = demo(Path(mkdtemp()), people=600, seed=1)
cohort = pr.read_cohort(example.table, example.study)
cohort

# %% [markdown]
# Every row is accounted for: read, refused with a code, and what was lost at each step.

# %%
cohort.flow

# %% [markdown]
# Symptoms at each visit. Missing stays missing: a mean is of those who answered, and says how many.

# %%
phq9 = {visit: cohort.total("phq9", visit) for visit in cohort.study.visits}
table = {visit: {"answered": int(s.notna().sum()), "mean": s.mean()} for visit, s in phq9.items()}
table

# %% [markdown]
# The outcome has four answers. Unknown is counted, never guessed.

# %%
labels = pr.label(cohort, "phq9_response", round="one")
answers = labels["answer"].value_counts()
answers

# %% [markdown]
# So a response rate needs its denominator. Among completers, and among all who started with those
# lost counted as not responded:

# %%
known = labels["answer"].isin(["yes", "no"])
started = labels["answer"] != "not_applicable"
completers = (labels.loc[known, "answer"] == "yes").mean()
everyone = (labels.loc[started, "answer"] == "yes").mean()
print(
    f"{completers:.0%} of {known.sum()} completers, {everyone:.0%} of {started.sum()} who started"
)

# %% [markdown]
# What this notebook teaches: the two rates differ by exactly the share that was lost.

# %%
lost = 1 - known.sum() / started.sum()
assert abs(completers * (1 - lost) - everyone) < 1e-12
assert lost > 0.1
