# %% [markdown]
# # 8. Your own table, from nothing
#
# A file and no study. `predict init` proposes one, every guess marked; the table is checked under
# it; then the line runs. The file here is **simulated**, with column names as a clinic has them.

# %%
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

import predict as pr

folder = Path(mkdtemp())
table = pr.simulate("demo", people=500, seed=8).table
table = table[[c for c in table if "side_effect" not in c and c != "left_for"]]
table.to_csv(folder / "clinic.csv", index=False)
table.iloc[:3, :6]

# %% [markdown]
# The shell command `predict init clinic.csv`, from here:

# %%
told = subprocess.run(
    [sys.executable, "-m", "predict", "init", "clinic.csv", "-o", "study.toml"],
    cwd=folder,
    capture_output=True,
    text=True,
)
print(told.stderr[:600])

# %%
study = folder / "study.toml"
print("\n".join(line for line in study.read_text().splitlines() if "guess:" in line)[:900])

# %% [markdown]
# Look at each guess. Here they are right, so the table can be asked a question at once: a table,
# its study, and the outcome's name are enough.

# %%
training = pr.assemble(
    folder / "clinic.csv", "phq9_response", study=study, blocks=["scales", "people"]
)
training

# %%
plan = pr.Plan(outer=4, repeats=1, families=("prior", "severity"), resamples=100)
judged = pr.evaluate(training, pr.Recipe("linear", trials=4), plan, progress=False)
judged

# %%
judged.plot("calibration")

# %% [markdown]
# The model, with what the judging found of it, its folder, and pages.

# %%
model = pr.train(training, pr.Recipe("linear", trials=4), judged=judged, refits=0)
model.save(folder / "model")
scores = pr.score(model, folder / "clinic.csv")
pr.report(model, folder / "clinic.csv", folder / "report", pages=list(scores["id"][:2]))
scores["status"].value_counts()

# %% [markdown]
# What this teaches: from a bare file to a judged model in one proposal and four calls.

# %%
assert (folder / "report" / "index.html").is_file()
assert len(scores) == 500
