# %% [markdown]
# # 4. Outcome tables
#
# What the field's own studies publish, computed from a table: scores, rates with their
# denominators, what a second course did, and each published figure beside ours. The people here are
# **simulated** after the shape of a published series; no real patient is in them.

# %%
import predict as pr
from predict.analysis import attrition_tables, outcome_tables
from predict.simulation.examples import shipped

drawn = pr.simulate("mathai-2024", people=1500, seed=4)
cohort = pr.read_cohort(drawn.table, shipped("mathai-2024_study.toml"))
tables = outcome_tables(cohort)
tables.names()

# %% [markdown]
# Scores by visit. A positive change is an improvement; four effect sizes are all called d, so each
# says which it is.

# %%
scores = tables["scores"].frame
end = scores[(scores["visit"] == "round_one_end") & (scores["among"] == "completers")]
end[end["instrument"] == "phq9"][["statistic", "estimate", "low", "high", "n"]]

# %% [markdown]
# One question, several definitions. The share that "improved" depends on what improved means:

# %%
rates = tables["rates"].frame
asked = (rates["instrument"] == "phq9") & (rates["round"] == "one")
completers = rates[asked & (rates["reading"] == "completers")].set_index("outcome")
completers[["definition", "yes", "n", "rate", "low", "high"]]

# %% [markdown]
# One definition, three readings of the people who were lost: left out, counted as not responded, or
# stood for by people like them.

# %%
response = rates[asked & (rates["outcome"] == "phq9_response")].set_index("reading")
response[["yes", "n", "rate", "low", "high"]]

# %% [markdown]
# A second course: who kept, recovered or newly reached an improvement.

# %%
tables["round_two"].frame.query("instrument == 'phq9'")[["row", "among", "yes", "n", "rate"]]

# %% [markdown]
# Where people were lost; the counts add up.

# %%
attrition_tables(cohort)["flow"].frame

# %% [markdown]
# Published and computed, side by side. A figure that agrees shows that the definition was read
# rightly; it does not show that a treatment works, for nobody was compared with anybody.

# %%
published = tables["published"].frame
published[["figure", "published", "here", "low", "high", "n", "agrees"]]

# %% [markdown]
# Before tables leave the clinic, cells of 1 to 10 people go, with whatever would give them away.

# %%
shared = pr.analysis.shared(tables, cohort)
{table.name: int((table.frame["suppressed"] == "yes").sum()) for table in shared.tables}

# %% [markdown]
# What this notebook teaches: with the lost counted as no, a rate falls by exactly the share lost.

# %%
stayed = response.loc["completers", "n"] / response.loc["all_started", "n"]
fallen = response.loc["completers", "rate"] * stayed
assert abs(fallen - response.loc["all_started", "rate"]) < 1e-12
assert round(stayed, 2) == 0.75
