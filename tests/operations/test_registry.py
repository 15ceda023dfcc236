"""Which version is in use follows from the history; whatever is worse or unfit is refused."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st

import predict as pr
from predict.cli import _register, app
from predict.errors import DesignError, ModelError, PredictError, UsageError
from predict.model_folder.signature import sign_model
from predict.operations.history import Entry, following
from predict.operations.registry import Registry, current_folder, open_registry

AT = "2026-11-28T20:00:00Z"
BY = {"who": "ops", "why": "a test", "at": AT}


@pytest.fixture
def registry(tmp_path: Path, models: dict[str, Path]) -> Registry:
    started = open_registry(tmp_path / "registry", create=True)
    return started.add(models["first"], **BY).add(models["second"], **BY)


def _states(registry: Registry) -> list[str]:
    return [version.state for version in registry.versions]


def test_add_promote_roll_back(registry: Registry, new_people: pd.DataFrame):
    assert _states(registry) == ["candidate", "candidate"]
    assert registry.current is None
    one = registry.promote(1, new_people, **BY)
    assert _states(one) == ["current", "candidate"]
    two = one.promote(2, new_people, **BY)
    assert _states(two) == ["approved", "current"]
    evidence = two.history[-1].facts["comparison"]
    assert evidence["state"] in {"not_shown", "no_different", "better"}
    back = two.rollback(**BY)
    assert _states(back) == ["current", "retired"]
    assert open_registry(back.folder) == back
    assert back.verify() == {"entries": 5, "versions": 2, "runs": 0}


def test_the_comparison_is_the_paired_difference_by_hand(
    registry: Registry, new_people: pd.DataFrame
):
    found = registry.promote(1, new_people, **BY).promote(2, new_people, **BY).history[-1].facts
    first, second = (
        pr.score(registry.model(n), new_people).set_index("id")["probability"] for n in (1, 2)
    )
    cohort = pr.read_cohort(new_people, registry.model(1).study)
    answers = pr.label(cohort, "phq9_response", round="one")["answer"]
    both = first.dropna().index.intersection(second.dropna().index)
    people = [i for i in both if answers[i] in ("yes", "no")]
    y = (answers[people] == "yes").astype(float)
    by_hand = ((second[people] - y) ** 2).mean() - ((first[people] - y) ** 2).mean()
    assert found["comparison"]["people"] == len(people)
    assert found["comparison"]["difference"] == pytest.approx(by_hand, abs=1e-9)


def test_a_worse_challenger_is_refused_and_nothing_changes(
    registry: Registry, models: dict[str, Path], new_people: pd.DataFrame, tmp_path: Path
):
    one = registry.promote(1, new_people, **BY)
    model = pr.load_model(models["second"])
    hopeful = replace(model.fitted.calibration, b=model.fitted.calibration.b + 2)
    bad = replace(model, fitted=replace(model.fitted, calibration=hopeful))
    two = one.add(pr.save_model(bad, tmp_path / "bad"), **BY)
    with pytest.raises(DesignError, match="CHALLENGER_WORSE"):
        two.promote(3, new_people, **BY)
    assert open_registry(two.folder).current == one.current


def test_what_is_unfit_is_refused(
    registry: Registry, models: dict[str, Path], new_people: pd.DataFrame, tmp_path: Path
):
    unjudged = registry.add(models["unjudged"], **BY)
    with pytest.raises(DesignError, match="MODEL_NOT_JUDGED"):
        unjudged.promote(3, new_people, **BY)
    model = pr.load_model(models["first"])
    old = replace(model, reliance=replace(model.reliance, calibrated_on="2024-10-01"))
    stale = unjudged.add(pr.save_model(old, tmp_path / "old"), **BY)
    with pytest.raises(DesignError, match="MODEL_EXPIRED"):
        stale.promote(4, new_people, **BY)
    with pytest.raises(UsageError, match="NO_TABLE"):
        stale.promote(1, **BY)
    with pytest.raises(UsageError, match="WHO_AND_WHY"):
        stale.promote(1, new_people, who=" ", why="x")
    with pytest.raises(DesignError, match="TOO_FEW_TO_COMPARE"):
        stale.promote(1, new_people, **BY).promote(2, new_people.head(30), **BY)


def test_a_leaking_model_is_refused(registry: Registry, new_people: pd.DataFrame):
    cohort = pr.read_cohort(new_people, registry.model(1).study)
    answers = pr.label(cohort, "phq9_response", round="one")["answer"]
    leaky = new_people.copy()
    # The first item at the start was filled in after the outcome was known.
    written = leaky["person"].map(answers).map({"yes": 0.0, "no": 3.0})
    leaky["phq9_1_baseline"] = written.fillna(leaky["phq9_1_baseline"].astype(float))
    with pytest.raises(DesignError, match="LEAK_LABEL_COPY"):
        registry.promote(1, leaky, **BY)


def test_with_a_key_an_unsigned_version_is_refused(
    registry: Registry, models: dict[str, Path], new_people: pd.DataFrame, tmp_path: Path
):
    key = bytes(range(32))
    with pytest.raises(ModelError, match="SIGNATURE_MISSING"):
        registry.promote(1, new_people, key=key, **BY)
    sign_model(registry.path(1), key)
    assert registry.promote(1, new_people, key=key, **BY).current.number == 1
    with pytest.raises(ModelError, match="SIGNATURE_WRONG"):
        registry.promote(1, new_people, key=bytes(32), **BY)


def test_a_version_that_was_exchanged_is_refused(
    registry: Registry, models: dict[str, Path], new_people: pd.DataFrame
):
    one = registry.promote(1, new_people, **BY)
    assert current_folder(one.folder) == one.path(1)
    shutil.rmtree(one.path(1))
    shutil.copytree(models["second"], one.path(1))
    with pytest.raises(ModelError, match="VERSION_CHANGED"):
        current_folder(one.folder)


def test_the_same_model_is_not_added_twice(registry: Registry, models: dict[str, Path]):
    with pytest.raises(UsageError, match="VERSION_KNOWN"):
        registry.add(models["first"], **BY)


def test_what_a_killed_add_left_behind_is_replaced(registry: Registry, models: dict[str, Path]):
    left = registry.folder / "versions" / "0003"
    shutil.copytree(models["first"], left)
    third = registry.add(models["unjudged"], **BY)
    assert third.model(3).name == "unjudged"


ACTIONS = st.lists(st.sampled_from(["add", "promote", "rollback", "retire", "run"]), max_size=12)


@given(ACTIONS, st.data())
@settings(max_examples=60)
def test_after_the_first_promotion_exactly_one_version_is_current(actions, data):
    history: tuple[Entry, ...] = ()
    for action in actions:
        registry = Registry(Path(), history)
        allowed = _allowed(registry, action)
        if allowed is None:
            continue
        number = data.draw(st.sampled_from(allowed)) if allowed else 0
        facts = {"version": number, "name": "m", "digest": str(number)} if allowed else {}
        entry = following(history, at=AT, who="a", why="b", action=action, facts=facts)
        history = (*history, entry)
        current = [v for v in Registry(Path(), history).versions if v.state == "current"]
        assert len(current) == any(e.action == "promote" for e in history)


def _allowed(registry: Registry, action: str) -> list[int] | None:
    """Versions an action may name; an empty list where it names none, None where it is refused."""
    versions = registry.versions
    if action == "add":
        return [len(versions) + 1]
    if action == "run":
        return []
    states = {
        "promote": {"candidate", "approved"},
        "rollback": {"approved"},
        "retire": {"candidate", "approved", "retired"},
    }[action]
    chosen = [v.number for v in versions if v.state in states]
    if action == "rollback" and registry.current is None:
        return None
    return chosen or None


def test_the_command_line(
    tmp_path: Path, models: dict[str, Path], new_people: pd.DataFrame, capsys
):
    table, folder = tmp_path / "new.csv", tmp_path / "registry"
    new_people.to_csv(table, index=False)
    by = ["--who", "ops", "--why", "a test"]
    calls = [
        ["registry", "add", str(folder), str(models["first"]), *by],
        ["registry", "promote", str(folder), "1", "--on", str(table), *by],
        ["score", f"registry:{folder}", str(table), "-o", str(tmp_path / "scores.csv"), "--quiet"],
        ["registry", "history", str(folder)],
        ["registry", "verify", str(folder)],
    ]
    for call in calls:
        _typed(call)
    said = capsys.readouterr().out
    assert "1 current since" in said
    assert "registry: whole (2 entries, 1 versions, 1 runs)" in said
    direct = pr.score(pr.load_model(models["first"]), new_people)
    stored = pd.read_csv(tmp_path / "scores.csv")
    assert stored["probability"].dropna().to_numpy() == pytest.approx(
        direct["probability"].dropna().to_numpy(), abs=1e-9
    )


def _typed(call: list[str]) -> None:
    _register(call[:1])
    group: Any = typer.main.get_command(app)
    assert group.main(call, prog_name="predict", standalone_mode=False) is None


def test_an_unknown_registry_says_how_to_begin_one(tmp_path: Path):
    with pytest.raises(PredictError, match="REGISTRY_MISSING"):
        open_registry(tmp_path / "nothing")
