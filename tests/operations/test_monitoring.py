"""Stored scores are joined with later outcomes: by hand, simulated, and from the files."""

from __future__ import annotations

import json
from datetime import date, datetime
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer

import predict as pr
from predict.cli.monitor import monitor as monitor_verb
from predict.cli.score import score
from predict.errors import FitError, OutputError, TableError
from predict.files import write_csv
from predict.operations.monitoring import Reference, monitor
from predict.operations.monitoring.months import auroc_alarms, expected, months_of, o_e
from predict.operations.monitoring.sequential import (
    FALL,
    Look,
    log_ratio,
    moments,
    watch,
)
from predict.scoring.single import score_table

TODAY = date(2026, 11, 28)


def test_what_estimates_promise_is_the_mean_over_every_possible_outcome():
    p = np.array([0.2, 0.5, 0.5, 0.9])
    rate, area, loss = expected(p)
    assert rate == pytest.approx(p.mean())
    assert loss == pytest.approx((p * (1 - p)).mean())
    ahead = both = 0.0
    for i, j in product(range(4), range(4)):
        if i != j:
            weight = p[i] * (1 - p[j])
            both += weight
            ahead += weight * (1.0 if p[i] > p[j] else 0.5 if p[i] == p[j] else 0.0)
    assert area == pytest.approx(ahead / both)


def test_observed_over_expected_by_hand():
    y, p = np.array([1, 0, 1, 0], dtype=np.int8), np.full(4, 0.8)
    # Wilson's interval of 2 of 4 at 95 %: (.1500, .8500), each over .8.
    assert [round(v, 3) for v in o_e(y, p)] == [0.625, 0.188, 1.062]


def test_moments_are_those_of_the_ratio_over_its_outcomes():
    p, factor = np.array([0.3, 0.6]), 0.8
    sums = moments(p, 1.0, factor)
    ratios = {
        y: log_ratio(Look(np.array(y, dtype=np.int8), p), 1.0, factor)
        for y in product((0, 1), repeat=2)
    }
    chance = {y: np.prod([q if e else 1 - q for e, q in zip(y, p, strict=True)]) for y in ratios}
    mean = sum(chance[y] * ratios[y] for y in ratios)
    variance = sum(chance[y] * (ratios[y] - mean) ** 2 for y in ratios)
    assert sums.a + sums.b == pytest.approx(mean)
    assert sums.c - sums.d == pytest.approx(variance)


def _looks(months: int, factor: float, seed: int) -> list[Look]:
    rng = np.random.default_rng(seed)
    looks = []
    for _ in range(months):
        p = rng.uniform(0.4, 0.8, 50)
        looks.append(Look((rng.random(50) < factor * p).astype(np.int8), p))
    return looks


def test_a_fall_is_seen_and_calm_months_are_mostly_left_alone():
    held = Reference(1.0, 0.02)
    seen = sum(bool(watch(_looks(4, FALL, seed), held, FALL).alarms) for seed in range(20))
    false = sum(len(watch(_looks(12, 1.0, seed), held, FALL).alarms) for seed in range(20))
    assert seen >= 14
    assert false <= 4  # .5 in 60 looks: 2 expected in 20 x 12


def test_the_fewer_the_people_the_more_months_a_fall_takes():
    held = Reference(1.0, 0.02)
    wide = [Look(k.y[:10], k.p[:10]) for k in _looks(6, 1.0, 1)]
    small, large = (watch(looks, held, FALL) for looks in (wide, _looks(6, 1.0, 1)))
    assert small.people_needed / 10 > large.people_needed / 50 > 0


def test_the_auroc_is_watched_only_against_a_known_one():
    rng = np.random.default_rng(3)
    p = rng.uniform(0.1, 0.9, (4, 100))
    blind = [Look((rng.random(100) < 0.5).astype(np.int8), row) for row in p]
    assert auroc_alarms(blind, Reference()) == ()
    assert auroc_alarms(blind, Reference(auroc=0.8, auroc_error=0.02)) != ()


def test_who_is_labelled_early_waits_and_the_lost_are_counted():
    scores = pd.DataFrame({
        "id": list("abcd"),
        "day": pd.to_datetime(["2026-08-01", "2026-08-02", "2026-08-03", "2026-11-20"]),
        "probability": [0.5, 0.5, 0.5, 0.5],
    })  # fmt: skip
    outcomes = pd.Series([1, 0, 1], index=["a", "b", "d"], dtype="int8")
    months, looks = months_of(scores, outcomes, today=TODAY, delay=90, reference=Reference())
    assert [(m.month, m.scored, m.due, m.labelled) for m in months] == [
        ("2026-08", 3, 3, 2),
        ("2026-11", 1, 0, 0),
    ]
    assert [look.y.tolist() for look in looks] == [[1, 0]]


@pytest.fixture(scope="module")
def nights(
    tmp_path_factory: pytest.TempPathFactory, models: dict[str, Path], new_people: pd.DataFrame
) -> dict[str, Path]:
    """Two nights' outputs of one model, one person in both, and the labels of everybody."""
    folder = tmp_path_factory.mktemp("nights")
    parts = {"one": new_people.head(300), "two": new_people.iloc[299:]}
    for name, table in parts.items():
        table.to_csv(folder / f"{name}.csv", index=False)
        score(models["first"], str(folder / f"{name}.csv"), str(folder / name), quiet=True)
    cohort = pr.read_cohort(new_people, pr.load_model(models["first"]).study)
    labels = pr.label(cohort, "phq9_response", round="one")
    write_csv(labels.reset_index(), folder / "labels.csv")
    return {name: folder / name for name in ("one", "two")} | {"labels": folder / "labels.csv"}


def test_nights_are_joined_as_they_were_stored(nights: dict[str, Path], new_people: pd.DataFrame):
    outputs = [nights["one"], nights["two"]]
    watched = monitor(outputs, nights["labels"], delay=0, today=date(2030, 1, 1))
    labels = pd.read_csv(nights["labels"]).set_index("id")["answer"]
    stored = pd.concat([pd.read_parquet(next(out.glob("part-*"))) for out in outputs])
    stored = stored[stored["status"] == "scored"].drop_duplicates("id").set_index("id")
    known = stored[labels.reindex(stored.index).isin(["yes", "no"])]
    y = (labels.reindex(known.index) == "yes").astype(float)
    (month,) = watched.months
    assert (month.scored, month.labelled) == (len(stored), len(known))
    assert month.o_e.estimate == pytest.approx(y.sum() / known["probability"].sum())
    assert month.brier.estimate == pytest.approx(((known["probability"] - y) ** 2).mean())
    assert watched.repeated == 1


def test_a_single_file_is_read_as_a_folder_is(
    nights: dict[str, Path], models: dict[str, Path], new_people: pd.DataFrame, tmp_path: Path
):
    table = new_people.head(60).copy()
    table.loc[[0, 1], "person"] = ["NA", "=1+1"]  # an id is text, whatever a reader makes of it
    table.loc[2, "phq9_1_baseline"] = 7
    table.to_csv(tmp_path / "people.csv", index=False)
    outputs = ["folder", "packed.csv.gz", "plain.csv", "columns.PQ"]
    for out in outputs:
        score_table(models["first"], str(tmp_path / "people.csv"), tmp_path / out)
    labels = pd.DataFrame({"id": table["person"], "answer": ["yes", "no"] * 30})
    write_csv(labels, tmp_path / "labels.csv")
    read = [
        monitor([tmp_path / out], tmp_path / "labels.csv", delay=0, today=date(2030, 1, 1))
        for out in outputs
    ]
    folder, *files = (pd.DataFrame([month.to_dict() for month in each.months]) for each in read)
    for file in files:  # a CSV holds ten digits
        pd.testing.assert_frame_equal(file, folder, rtol=1e-8)
    assert read[0].months[0].labelled == read[0].months[0].scored > 40
    pattern = sorted(path for path in tmp_path.glob("plain*"))
    assert [path.name for path in pattern][1:] == ["plain.rejected.csv", "plain.run.json"]
    assert monitor(pattern, today=TODAY).months[0].scored == read[0].months[0].scored


def test_what_was_changed_or_is_for_another_system_is_refused(
    models: dict[str, Path], new_people: pd.DataFrame, tmp_path: Path
):
    new_people.head(30).to_csv(tmp_path / "people.csv", index=False)
    table = str(tmp_path / "people.csv")
    score_table(models["first"], table, tmp_path / "out.csv")
    score_table(models["first"], table, tmp_path / "out.ndjson", form="fhir")
    with pytest.raises(FitError, match="OUTPUT_FORM"):
        monitor([tmp_path / "out.ndjson"], today=TODAY)
    with (tmp_path / "out.csv").open("a") as file:
        file.write("X,99,scored,0.5\n")
    with pytest.raises(OutputError, match="OUTPUT_CHANGED"):
        monitor([tmp_path / "out.csv"], today=TODAY)


def test_the_files_hold_no_person(
    nights: dict[str, Path], tmp_path: Path, new_people: pd.DataFrame
):
    watched = monitor([nights["one"]], nights["labels"], delay=0, today=date(2030, 1, 1))
    written = watched.write(tmp_path)
    assert {path.name for path in written} == {
        "monitoring.html", "monitoring.json", "months.csv", "nights.csv", "predict.prom",
    }  # fmt: skip
    text = "".join(path.read_text("utf-8") for path in written)
    assert not [person for person in new_people["person"] if person in text]
    assert "http" not in text.replace("http://www.w3.org", "")
    assert json.loads((tmp_path / "monitoring.json").read_text("utf-8"))["months"]
    assert "predict_o_e " in (tmp_path / "predict.prom").read_text("utf-8")


def test_without_labels_only_promises_are_told(nights: dict[str, Path]):
    watched = monitor([nights["one"]], today=TODAY)
    assert watched.fewer is None
    assert "promises" in watched.sentence
    assert 0.4 < watched.months[0].expected_rate < 0.9


def test_the_verb_ends_with_8_where_events_fell(nights: dict[str, Path], tmp_path: Path):
    labels = pd.read_csv(nights["labels"])
    fallen = labels.assign(answer=labels["answer"].replace("yes", "no"))
    # One in three still responds, where two in three did.
    fallen.loc[::3, "answer"] = labels.loc[::3, "answer"]
    write_csv(fallen, tmp_path / "fallen.csv")
    with pytest.raises(typer.Exit) as left:
        monitor_verb(
            [nights["one"], nights["two"]], tmp_path / "out", tmp_path / "fallen.csv",
            delay=0, today=datetime(2030, 1, 1), quiet=True,
        )  # fmt: skip
    assert left.value.exit_code == 8
    assert "fewer people" in (tmp_path / "out" / "monitoring.html").read_text("utf-8")


def test_what_cannot_be_joined_says_what_to_do(nights: dict[str, Path], tmp_path: Path):
    with pytest.raises(FitError, match="NO_OUTPUTS"):
        monitor([], today=TODAY)
    with pytest.raises(TableError, match="predict label"):
        monitor([nights["one"]], pd.DataFrame({"id": ["a"]}), today=TODAY)
    twice = pd.DataFrame({"id": ["a", "a"], "answer": ["yes", "no"]})
    with pytest.raises(TableError, match="ID_REPEATED"):
        monitor([nights["one"]], twice, today=TODAY)
    with pytest.raises(FitError, match="REFERENCE_MISSING"):
        monitor([nights["one"]], reference=tmp_path, today=TODAY)
    with pytest.raises(OutputError):
        monitor([tmp_path], today=TODAY)
