"""Bad inputs 138 to 143: processes that die, runs at the same time, and models tampered with."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tests.scoring.conftest import as_bytes

import predict as pr
from predict.errors import ModelError, OutputLocked
from predict.evaluation import Plan
from predict.model_folder import load_model
from predict.model_folder.manifest import MANIFEST, manifest_bytes, read_manifest
from predict.models.families.booster_file import DEEPEST, check_booster
from predict.scoring import output, single
from predict.scoring.output import OutputFolder
from predict.scoring.single import score_table
from predict.simulation import simulate

SLEEPERS = """
import os, sys, time
from predict.engines import LocalEngine
def sleep(part):
    open(f"{sys.argv[1]}/{os.getpid()}", "w").close()
    time.sleep(600)
if __name__ == "__main__":
    list(LocalEngine(2).run(sleep, [1, 2]))
"""


def lives(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_138_workers_end_with_a_parent_that_was_killed(tmp_path):
    (tmp_path / "sleepers.py").write_text(SLEEPERS)
    (tmp_path / "here").mkdir()
    parent = subprocess.Popen([sys.executable, tmp_path / "sleepers.py", tmp_path / "here"])
    while len(workers := [int(path.name) for path in (tmp_path / "here").iterdir()]) < 2:
        assert parent.poll() is None
        time.sleep(0.02)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    for _ in range(1_000):
        if not any(map(lives, workers)):
            break
        time.sleep(0.02)
    assert not any(map(lives, workers))


def test_139_a_folder_taken_away_between_opening_and_locking_is_opened_anew(tmp_path, monkeypatch):
    opened, place = output._open, tmp_path / "out"

    def slow(path: Path) -> int:
        handle = opened(path)
        if not hasattr(slow, "done"):
            slow.done = True
            path.rmdir()  # as the run does that made it and had nothing to write
        return handle

    monkeypatch.setattr(output, "_open", slow)
    with OutputFolder(place).locked():
        assert place.is_dir()
        with pytest.raises(OutputLocked), OutputFolder(place).locked():
            pass


def test_139_a_single_file_is_one_runs_until_it_has_its_name(stored, clean, tmp_path, monkeypatch):
    table, out = tmp_path / "people.csv", tmp_path / "out.csv"
    table.write_bytes(as_bytes(clean.head(5)))
    put_together = single._put_together

    def meanwhile(*words: object) -> None:
        with pytest.raises(OutputLocked):
            score_table(stored, str(table), out)
        put_together(*words)

    monkeypatch.setattr(single, "_put_together", meanwhile)
    assert score_table(stored, str(table), out).rows == 5
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.csv", "out.run.json", "people.csv"]


def test_140_scoring_checks_the_signature_it_was_asked_to(stored, clean, tmp_path):
    from predict.model_folder.signature import sign_model

    (tmp_path / "people.csv").write_bytes(as_bytes(clean.head(5)))
    model = shutil.copytree(stored, tmp_path / "model")
    for name, byte in (("right", b"r"), ("wrong", b"w")):
        (tmp_path / name).write_bytes(byte * 32)
    score = [sys.executable, "-m", "predict", "score", "model", "people.csv", "-o"]
    unsigned = subprocess.run(
        [*score, "a.csv", "--key", "right"], cwd=tmp_path, capture_output=True
    )
    sign_model(model, b"r" * 32)
    wrong = subprocess.run([*score, "b.csv", "--key", "wrong"], cwd=tmp_path, capture_output=True)
    right = subprocess.run([*score, "c.csv", "--key", "right"], cwd=tmp_path, capture_output=True)
    assert [done.returncode for done in (unsigned, wrong, right)] == [5, 5, 0]
    assert b"SIGNATURE_MISSING" in unsigned.stderr
    assert b"SIGNATURE_WRONG" in wrong.stderr
    assert sorted(path.name for path in tmp_path.glob("*.csv")) == ["c.csv", "people.csv"]


def changed(folder: Path, name: str, change) -> None:
    """Change a file of a model, and write checksums that fit."""
    if name.endswith(".json"):
        content = json.loads((folder / name).read_bytes())
        change(content)
        (folder / name).write_text(json.dumps(content))
    else:
        (folder / name).write_text(change((folder / name).read_text()))
    manifest = read_manifest((folder / MANIFEST).read_bytes())
    files = {listed: (folder / listed).read_bytes() for listed in manifest.pop("files")}
    (folder / MANIFEST).write_bytes(manifest_bytes(manifest, files))


def with_age(**facts: object):
    return lambda c: c["numbers"]["age"].update(facts)


TAMPERED = {
    "a slope upside down": ("calibration.json", lambda c: c.update(a=-c["a"])),
    "a shift beyond reason": ("calibration.json", lambda c: c.update(b=900.0)),
    "no bound": ("calibration.json", lambda c: c.update(bound=-1.0)),
    "a range that falls": ("reliance.json", with_age(low=90.0, high=18.0)),
    "quantiles that fall": ("reliance.json", with_age(quantiles=[60, 50, 40, 30, 25, 20, 18])),
    "more missing than people": ("reliance.json", with_age(missing=10_000)),
    "a column that falls": ("features.json", lambda c: c["columns"][0].update(low=9, high=1)),
    "another visit": ("reliance.json", lambda c: c.update(as_of="session_2")),
    "a later visit": ("model.toml", lambda t: t.replace('"baseline"', '"session_2"')),
    "a negative reach": ("interval.json", lambda c: c.update(tau=-0.5)),
    "limits exchanged": ("interval.json", lambda c: c.update(z=-1.64)),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_141_a_model_that_contradicts_itself_is_refused_whatever_its_checksums(
    trained, tmp_path, what
):
    folder = shutil.copytree(trained, tmp_path / "model")
    changed(folder, *TAMPERED[what])
    with pytest.raises(ModelError, match="MODEL_OUT_OF_BOUNDS"):
        load_model(folder)


def test_141_nor_one_whose_visit_was_moved_before_what_it_reads(trained, tmp_path):
    folder = shutil.copytree(trained, tmp_path / "model")
    later = lambda c: [column.update(visit="session_2") for column in c["columns"]]  # noqa: E731
    changed(folder, "features.json", later)
    with pytest.raises(ModelError, match="known only after the visit"):
        load_model(folder)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("interval.json", lambda c: c.update(tau=0.4)),
        ("reliance.json", lambda c: c["thresholds"].update(missing_stop=0)),
    ],
)
def test_141_the_synthetic_people_show_that_limits_and_reliance_are_others(
    trained, tmp_path, name, change
):
    folder = shutil.copytree(trained, tmp_path / "model")
    load_model(folder)
    changed(folder, name, change)
    with pytest.raises(ModelError, match="CANARY_DIFFERS"):
        load_model(folder)


def chain(document: dict, depth: int) -> dict:
    """The booster with its first tree a chain of so many splits."""
    size, tree = 2 * depth + 1, document["learner"]["gradient_booster"]["model"]["trees"][0]
    inner = np.arange(size) % 2 == 0
    inner[-1] = False
    children = np.arange(size)
    tree["left_children"] = np.where(inner, children + 1, -1).tolist()
    tree["right_children"] = np.where(inner, children + 2, -1).tolist()
    parents = np.where(children % 2 == 1, children - 1, children - 2)
    tree["parents"] = [2**31 - 1, *parents[1:].tolist()]
    for name in ("split_indices", "split_type", "default_left"):
        tree[name] = [0] * size
    for name in ("base_weights", "loss_changes", "split_conditions", "sum_hessian"):
        tree[name] = [0.5] * size
    tree["tree_param"]["num_nodes"] = str(size)
    return document


def test_142_a_tree_deeper_than_any_recipe_makes_is_refused(stored):
    text = (stored / "booster.json").read_bytes()
    names = read_manifest((stored / MANIFEST).read_bytes())["prepared"]
    assert check_booster(chain(json.loads(text), DEEPEST), features=names) > 0
    for depth in (DEEPEST + 1, 5_000):
        with pytest.raises(ModelError, match="tree 0: deeper than"):
            check_booster(chain(json.loads(text), depth), features=names)


def test_143_validating_on_the_people_learned_from_says_so(trained):
    table = simulate("demo", people=300, seed=2).table
    model = load_model(trained)
    learned = pr.validate(model, table, Plan(resamples=2)).verdict["sentence"]
    assert learned.startswith("TRAINING_PEOPLE: These are the very people")
    assert " of its own training people model has an AUROC" in learned
    assert "other people model" not in learned
    others = simulate("demo", people=300, seed=3).table
    for table_of_others in (others, table.iloc[20:]):
        sentence = pr.validate(model, table_of_others, Plan(resamples=2)).verdict["sentence"]
        assert "TRAINING_PEOPLE" not in sentence
        assert " other people model has an AUROC" in sentence


def test_143_who_is_not_asked_is_no_unknown_outcome(trained):
    table = simulate("demo", people=300, seed=3).table
    items = [f"phq9_{item}_" for item in range(1, 10)]
    table.loc[:4, [f"{item}baseline" for item in items]] = 0.0  # the floor is 10
    table.loc[5:8, [f"{item}round_one_end" for item in items]] = np.nan
    model = load_model(trained)
    counts = pr.validate(model, table, Plan(resamples=2)).verdict["counts"]
    told = pr.label(table, model.outcome, study=model.study)["answer"].value_counts()
    assert (counts["not_applicable"], counts["outcome_unknown"]) == (
        told["not_applicable"],
        told["unknown"],
    )
    parts = ("not_applicable", "outcome_unknown", "no_estimate", "judged")
    assert sum(counts[part] for part in parts) == counts["people"] == len(table)


def test_138_a_worker_whose_parent_lives_lives_on():
    from predict.engines import LocalEngine

    assert sorted(d.result for d in LocalEngine(2).run(os.path.basename, ["a/b", "c"])) == [
        "b",
        "c",
    ]
