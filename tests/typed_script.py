"""A user's script with eight mistakes. mypy reads it with the package and must find every one:
an ignore that is not needed is an error here, so a mistake that types let through fails the check.
"""

import predict as pr

cohort = pr.read_cohort("table.csv", "study.toml")
training = pr.assemble(cohort, "phq9_response", round="three")  # type: ignore[arg-type]
training = pr.assemble(cohort, "phq9_response", blocks=["item"])  # type: ignore[list-item]
recipe = pr.Recipe(family="boostd")  # type: ignore[arg-type]
recipe = pr.Recipe(calibration="plat")  # type: ignore[arg-type]
model = pr.train(training, "linear")  # type: ignore[arg-type]
verdict = pr.evaluate(training, recipe).verdct  # type: ignore[attr-defined]
answers = pr.label(cohort, "phq9_response", round=2)  # type: ignore[arg-type]
scores = pr.scoer(model, cohort)  # type: ignore[attr-defined]
