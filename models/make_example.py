"""Make the small stored model of this folder again, and ten simulated people to score with it.

    python models/make_example.py

The people are simulated; no real patient is in the model or the table.
"""

from __future__ import annotations

from pathlib import Path

import predict as pr
from predict.files import to_json_value, write_csv

HERE = Path(__file__).parent
SETTINGS = {"max_depth": 2, "rounds": 40}


def main() -> None:
    """Train on 2,000 simulated people and write the folder and the table beside this script."""
    study = pr.read_study(HERE.parent / "experiments" / "demo_study.toml")
    cohort = pr.read_cohort(pr.simulate("demo", people=2000, seed=1).table, study)
    training = pr.assemble(cohort, "phq9_response", round="one", as_of="baseline")
    recipe = pr.Recipe(params=SETTINGS)
    judged = pr.evaluate(training, recipe, pr.Plan(repeats=1))
    facts = {"evaluation": to_json_value(judged.to_dict())}
    model = pr.train(training, recipe, name="example", facts=facts)
    pr.save_model(model, HERE / "example", made="2026-11-22T00:00:00Z")
    new = pr.simulate("demo", people=40, seed=2).table.head(10)
    write_csv(new, HERE / "ten_people.csv")


if __name__ == "__main__":
    main()
