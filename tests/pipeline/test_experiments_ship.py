"""Every experiment that ships is valid, and asks of a study that ships beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from predict.pipeline import read_experiment

FOLDER = Path(__file__).parents[2] / "experiments"
SHIPPED = sorted(p for p in FOLDER.glob("*.toml") if not p.stem.endswith("_study"))
WANTED = {
    *(f"{name}_round_{n}" for name in ("demo", "thp", "help", "pospsy", "hamd17", "nlsy97")
      for n in ("one", "two")),
    "demo_gad7_round_one",
    "demo_early_change",
    "demo_burnout",
}  # fmt: skip


def test_every_promised_experiment_is_there() -> None:
    assert {path.stem for path in SHIPPED} >= WANTED
    studies = {p.stem.removesuffix("_study") for p in FOLDER.glob("*_study.toml")}
    assert studies >= {"demo", "thp", "help", "pospsy", "hamd17", "nlsy97"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_it_is_valid_and_its_outcome_is_in_its_study(path: Path) -> None:
    spec = read_experiment(path)
    study = spec.study
    assert set(spec.outcome.instruments) <= set(study.instruments)
    assert spec.round in study.rounds
    # A baseline model must not opt into what is known later only.
    if spec.as_of == study.visits[0]:
        assert not {"course", "course_full", "early_change"} & set(spec.blocks)
