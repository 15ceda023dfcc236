# %% [markdown]
# # 7. Networks and courses
#
# Which symptoms go with which, which come before which, and which courses people follow: the two
# analyses of the published studies, here on **simulated** people whose truth is known. Nothing
# below speaks of causes, and neither will the package.

# %%
import numpy as np
import pandas as pd

import predict as pr
from predict.analysis.trajectories import CourseSettings, MixtureSettings
from predict.analysis.trajectories.planted import planted_courses
from predict.analysis.networks import NetworkSettings
from predict.analysis.networks.planted import planted_panel

visits = ("baseline", "session_2", "round_one_end")


def study_of(instruments):
    """Return a study of one round with three visits."""
    return {
        "id": "person",
        "layout": "wide",
        "visits": list(visits),
        "rounds": {"one": {"start": "baseline", "end": "round_one_end"}},
        "instruments": instruments,
    }


# %% [markdown]
# ## A network with two symptoms that come first
#
# Nine items at three visits. Items 1 and 2 were planted to come before five others each; everyone
# also has a lasting level (40 % of the variance), which would look like edges if it were ignored.

# %%
panel = planted_panel(3000, 1, big=0.2, small=0.1, trait=0.4).answers
table = pd.DataFrame(
    {f"phq9_{i + 1}_{v}": panel[:, t, i] for t, v in enumerate(visits) for i in range(9)}
)
table.insert(0, "person", [f"P{i:04d}" for i in range(len(table))])
cohort = pr.read_cohort(table, study_of({"phq9": {"columns": "phq9_{item}_{visit}"}}))
network = pr.analysis.symptom_network(
    cohort, NetworkSettings(resamples=50, permutations=0, draws=2)
)
network

# %% [markdown]
# An edge is shown when it is large enough, keeps its sign in 95 % of resamples, and points the same
# way within persons. Fewer are claimed: with 3,000 people only large ones.

# %%
shown = network.lagged[network.lagged["status"] != ""]
shown[["earlier_label", "later_label", "estimate", "low", "high", "within_person", "status"]].head(
    12
)

# %% [markdown]
# Who leads? Out-strength adds up what comes after a symptom, without its own carry-over.

# %%
central = network.centrality
leaders = central[(central["measure"] == "out_strength") & (central["rank"] <= 2)]
leaders[["item", "label", "estimate", "low", "high"]]

# %% [markdown]
# What may not be read into it is part of the result:

# %%
print("\n".join(network.statements))

# %% [markdown]
# ## Courses
#
# Three classes were planted: 79.3 % improve, 11.4 % stay, 9.3 % improve late.

# %%
planted = planted_courses(900, 1, residual=1.0, processes=1)
table = pd.DataFrame({f"phq9_{v}": planted.scores[:, 0, t] for t, v in enumerate(visits)})
table.insert(0, "person", [f"P{i:04d}" for i in range(len(table))])
cohort = pr.read_cohort(table, study_of({"phq9": {"total": "phq9_{visit}"}}))
quick = CourseSettings(most=4, mixture=MixtureSettings(starts=10), alternatives=False, resamples=20)
courses = pr.analysis.trajectories(cohort, quick)
courses.selection[["classes", "bic", "entropy", "smallest_share", "chosen"]]

# %%
courses.classes[["name", "share", "visit", "mean", "sd"]]

# %% [markdown]
# Would other people give the same classes? The choice is made again on resamples of the people;
# unless the number and the entropy both last, nobody is named by a class.

# %%
courses.stability["classes"].value_counts(), courses.stability["entropy"].quantile(0.1)

# %% [markdown]
# When do people respond? A life table: those who left early still count while they were seen.

# %%
courses.response_times

# %% [markdown]
# The same people measured less sharply: the classes are still there, but nobody can be told apart,
# and the package says so before anything else. The entropy of one fit may flatter itself; that of
# its resamples does not.

# %%
blurred = planted_courses(900, 1, residual=2.5, between=2.5, processes=1)
table[[f"phq9_{v}" for v in visits]] = blurred.scores[:, 0]
cohort = pr.read_cohort(table, study_of({"phq9": {"total": "phq9_{visit}"}}))
unsure = pr.analysis.trajectories(cohort, quick)
unsure.statements[0], round(blurred.entropy, 2)

# %% [markdown]
# What this notebook teaches: the planted leaders come back, and so do the planted shares.

# %%
assert set(leaders["item"]) == {"1", "2"}
assert np.abs(courses.model.shares - [0.793, 0.114, 0.093]).max() < 0.03
assert courses.names == ("improving", "little change", "improving late")
assert len(unsure.names) != 3 or not unsure.reliable
