"""What `--share` writes gives no group of 1 to 10 people away, read as an attacker would."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from tests.subtraction import Attack, attack_folders

from predict.analysis import (
    CourseSettings,
    NetworkSettings,
    attrition_tables,
    outcome_tables,
    shared,
    symptom_network,
    trajectories,
    write_results,
)
from predict.analysis.sharing import common_release
from predict.analysis.write_results import Result
from predict.cohort import read_cohort
from predict.errors import UsageError
from predict.models.growth_mixture.mixture import MixtureSettings
from predict.simulation import simulate
from predict.simulation.examples import shipped
from predict.statistics.disclosure import Release, Table

QUICK = CourseSettings(most=3, resamples=3, alternatives=False, mixture=MixtureSettings(starts=4))
FEW = NetworkSettings(resamples=50, permutations=0, draws=2)
STUDY = """
id = "person"
layout = "wide"
visits = ["baseline", "session_2", "round_one_end"]
[rounds.one]
start = "baseline"
end = "round_one_end"
[instruments.phq9]
total = "phq9_{visit}"
[people.route]
kind = "choice"
values = ["at home", "clinic", "ward"]
known_at = "baseline"
"""


def planted_course_of_seven(folder):
    """150 people: 95 improve, 48 stay as they are, 7 fall ill later; three have no first score."""
    rng = np.random.default_rng(5)
    means = np.repeat([[17, 9, 4], [17, 16, 16], [6, 7, 24]], [95, 48, 7], axis=0)
    scores = np.clip(np.round(means + rng.normal(0, 1, means.shape)), 0, 27)
    scores[[3, 50, 100], 0] = np.nan
    visits = ("baseline", "session_2", "round_one_end")
    frame = pd.DataFrame(scores, columns=[f"phq9_{v}" for v in visits])
    frame.insert(0, "person", [f"person-{i}" for i in range(150)])
    frame["route"] = np.repeat(["at home", "clinic", "ward"], [80, 64, 6])
    (folder / "study.toml").write_text(STUDY)
    return read_cohort(frame, folder / "study.toml")


def simulated(name, people, seed):
    return read_cohort(
        simulate(name, people=people, seed=seed).table, shipped(f"{name}_study.toml")
    )


COHORTS = {
    "course of seven": planted_course_of_seven,
    "hull": lambda _: simulated("hull-2022", 90, 2),
    "burnout": lambda _: simulated("burnout-2026", 200, 2),
}


def results(cohort):
    result = {"outcomes": outcome_tables(cohort), "attrition": attrition_tables(cohort)}
    if "phq9" in cohort.study.instruments:
        result["courses"] = trajectories(cohort, QUICK).result
        if cohort.study.measure("phq9").items:
            result["network"] = symptom_network(cohort, FEW).result
    return result


@pytest.fixture(scope="module", params=COHORTS)
def folders(request, tmp_path_factory):
    top = tmp_path_factory.mktemp("shared")
    cohort = COHORTS[request.param](top)
    given = common_release(cohort)
    outputs = results(cohort)
    for name, result in outputs.items():
        write_results(result, top / "own" / name)
        write_results(result, top / "shared" / name, shared(result, cohort, given=given))
    return SimpleNamespace(
        name=request.param, cohort=cohort,
        shared={name: top / "shared" / name for name in outputs},
        own={name: top / "own" / name for name in outputs},
    )  # fmt: skip


def test_no_small_group_is_determined_or_bounded_by_all_files_together(folders):
    attack = attack_folders(folders.shared, folders.own)
    assert len(attack.targets()) > 10, "nothing to attack: the test could not fail"
    assert len(attack.printed) > 30, "everything is hidden: the files would be useless"
    assert attack.disclosed() == []


def test_the_attack_finds_what_hiding_small_cells_alone_leaves(folders):
    """Against the same files with only the cells of 1 to 10 blank, the attack succeeds."""
    attack = attack_folders(folders.own, folders.own)
    weak = Attack(
        {name: n for name, n in attack.printed.items() if n not in range(1, 11)},
        attack.truth, attack.sums,
    )  # fmt: skip
    assert weak.disclosed()


def test_nothing_of_a_person_and_no_figure_withheld_is_written(folders):
    for name, folder in folders.shared.items():
        for path in folder.iterdir():
            text = path.read_text()
            assert "people" not in path.stem
            assert "lowest" not in text.splitlines()[0]
            assert not any(f">{one}<" in text or f",{one}," in text for one in folders.cohort.ids)
        if (folder / "run.json").exists():
            facts = json.loads((folder / "run.json").read_text())
            own = json.loads((folders.own[name] / "run.json").read_text())
            if facts["people"] is None:
                for path in folder.glob("*.svg"):
                    assert f"n = {own['people']:,}" not in path.read_text()


def test_a_course_of_seven_has_no_size_no_share_no_curve_and_no_other_alone_blank(folders):
    if folders.name != "course of seven":
        pytest.skip("another cohort")
    own = pd.read_csv(folders.own["courses"] / "class_sizes.csv")
    assert 7 in own.loc[own["classes"] == 3, "n_assigned"].tolist(), "the planted class was missed"
    table = pd.read_csv(folders.shared["courses"] / "class_sizes.csv")
    three = table[table["classes"] == 3]
    assert three["n_assigned"].isna().sum() >= 2 or table["n_assigned"].isna().all()
    fit = pd.read_csv(folders.shared["courses"] / "selection.csv")
    assert pd.isna(fit.loc[fit["classes"] == 3, "smallest_share"]).all()
    note = (folders.shared["courses"] / "note.md").read_text()
    assert "of people, below 5" not in note
    drawn = (folders.shared["courses"] / "courses_phq9.svg").read_text()
    assert drawn.count("<polyline") == 2


def test_a_raw_frame_is_refused(folders):
    raw = folders.cohort.people.reset_index()
    nothing = Release((), {}, np.zeros((0, len(raw)), dtype=bool))
    for tables in ((raw,), (Table("people", raw),), (Table("people", raw.assign(score=3.0)),)):
        with pytest.raises(UsageError, match="SHARE_RAW"):
            shared(Result(tables), folders.cohort, given=nothing)


def test_a_count_without_its_group_is_refused():
    everyone = np.ones(40, dtype=bool)
    frame = pd.DataFrame({"level": ["a", "b"], "n": [40, 3]})
    table = Table("t", frame, {(0, "n"): everyone}, labels=("level",))
    with pytest.raises(UsageError, match="SHARE_RAW"):
        shared(Result((table,)), None, given=Release((), {}, np.zeros((0, 40), dtype=bool)))
    whole = replace(table, masks={**table.masks, (1, "n"): np.arange(40) < 3})
    release = shared(Result((whole,)), None, given=Release((), {}, np.zeros((0, 40), dtype=bool)))
    assert release["t"].frame["n"].isna().tolist() == [False, True]
