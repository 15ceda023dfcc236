"""Only the families' room knows families: nobody else names one, and a new one needs no one else.

A family from outside goes the whole way: judged, trained, refitted, stored, loaded, explained.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from tests.models.scorecard import Scorecard

import predict as pr
from predict.appraisal.checks import Design, examine
from predict.errors import ModelError
from predict.evaluation import Plan
from predict.model_folder import save_model
from predict.model_folder.manifest import MANIFEST, manifest_bytes, read_manifest
from predict.models.bootstrap import refit_many
from predict.models.families import FAMILIES, FamilyName
from predict.models.families.base import Resample
from predict.models.recipe import Recipe

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "predict"
ROOM, DOOR = "models/families", ".models.families."
SHIPPED = tuple(FAMILIES)
# Words that mean something else where they stand.
OTHERWISE = {
    ("models/growth_mixture/mixture.py", "linear"): "the shape of a mean course",
    ("analysis/trajectories/trajectories.py", "linear"): "the shape of a mean course",
    ("cli/analyse_courses.py", "linear"): "the shape of a mean course",
    ("evaluation/subgroups.py", "severity"): "a subgroup",
    ("features/scales.py", "severity"): "a column's domain",
    ("pipeline/values.py", "severity"): "a subgroup",
    ("reports/sections/patient/answers.py", "totals"): "rows of a table",
    ("simulation/mood.py", "severity"): "a simulated quantity",
    ("definitions/study/building.py", "totals"): "a key of study.toml",
    ("definitions/study/instrument_faults.py", "totals"): "a key of study.toml",
    ("definitions/study/keys.py", "totals"): "a key of study.toml",
    ("definitions/study/shapes.py", "totals"): "a key of study.toml",
    ("definitions/study/person_totals.py", "totals"): "a key of study.toml",
}


def names_in(text: str) -> Iterator[str]:
    """Yield family names that stand as values in a program; defaults may name one."""
    tree = ast.parse(text)
    defaults = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.AnnAssign) and node.value
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.arguments):
            defaults |= {id(value) for value in (*node.defaults, *node.kw_defaults)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in defaults and node.value in SHIPPED:
            yield str(node.value)


def inner_imports(text: str) -> list[str]:
    """Return what a program takes from behind the families' own door."""
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
    return [node.module for node in nodes if node.module and DOOR in node.module]


def elsewhere() -> list[tuple[str, str]]:
    paths = [(p.relative_to(SOURCE).as_posix(), p) for p in sorted(SOURCE.rglob("*.py"))]
    return [(name, p.read_text("utf-8")) for name, p in paths if not name.startswith(f"{ROOM}/")]


def test_no_other_room_names_a_family():
    names = {(file, name) for file, text in elsewhere() for name in names_in(text)}
    assert names == set(OTHERWISE)


def test_no_other_room_looks_behind_the_families_door():
    assert {file: imports for file, text in elsewhere() if (imports := inner_imports(text))} == {}


@pytest.mark.parametrize(
    "line",
    [
        'if model.family == "boosted": pass',
        'rows = table[table["model"] != "prior"]',
        'if recipe.family in {"linear", "totals"}: pass',
        'gap = comparisons.get("severity")',
        'WORDS = {"boosted": "the boosted model"}',
    ],
)
def test_a_planted_name_is_found(line: str):
    assert list(names_in(line))


def test_a_planted_look_behind_the_door_is_found():
    assert inner_imports("from predict.models.families.boosted import BoostedTrees")
    assert not inner_imports("from predict.models.families import FAMILIES")


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return pr.simulate("demo", people=260, seed=4).table


@pytest.fixture(scope="module")
def cohort(people: pd.DataFrame):
    return pr.read_cohort(people, ROOT / "experiments" / "demo_study.toml")


@pytest.fixture(scope="module")
def training(cohort):
    return pr.assemble(cohort, "phq9_response", blocks=["scales", "people"])


@pytest.fixture(autouse=True)
def scorecard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAMILIES, "scorecard", Scorecard())


@pytest.mark.parametrize("name", [*SHIPPED, "scorecard"])
def test_every_family_is_saved_loaded_scored_and_explained(
    name: str, training, cohort, people, tmp_path, monkeypatch
):
    monkeypatch.setattr(type(FAMILIES[name]), "fewest", 0)
    model = pr.train(training, Recipe(family=name, trials=0), refits=0)
    loaded = pr.load_model(save_model(model, tmp_path / name))
    first, second = (pr.score(m, people, explain="all") for m in (model, loaded))
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    reasons = pr.explain(loaded, cohort)
    total = reasons.start + reasons.contributions.sum(axis=1)
    assert np.abs(total - reasons.log_odds).max() < 1e-6
    assert loaded.family == name


def test_a_family_from_outside_is_judged_under_its_own_label(training):
    judged = pr.evaluate(
        training,
        Recipe(family="scorecard"),
        Plan(outer=3, repeats=1, families=("prior", "severity", "linear"), resamples=20),
    )
    assert judged.verdict["sentence"].startswith("The scorecard as of baseline")
    order = list(dict.fromkeys(judged.metrics["model"]))
    assert order == ["prior", "severity", "scorecard", "linear"]


def test_a_family_from_outside_can_be_refitted_and_checked(training):
    recipe = Recipe(family="scorecard")
    refits = refit_many(training, pr.train(training, recipe, refits=0).fitted, 3, seed=1, workers=1)
    assert refits.succeeded == 3
    states = examine(Design(training, recipe, Plan())).set_index("code")["state"]
    assert (states[["CALIBRATION_ABSENT", "TRIALS_MANY"]] == "not_applicable").all()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("linear", {"weights": [0.5]}),
        ("linear", {"weights": "none"}),
        ("severity", {"intercept": None}),
        ("scorecard", {"steps": [1]}),
    ],
)
def test_a_family_checks_its_own_file(name: str, change: dict, training, tmp_path):
    model = pr.train(training, Recipe(family=name, trials=0), refits=0)
    folder = save_model(model, tmp_path / name)
    file = FAMILIES[name].file
    stored = json.loads((folder / file).read_bytes())
    (folder / file).write_bytes(json.dumps({**stored, **change}).encode())
    manifest = read_manifest((folder / MANIFEST).read_bytes())
    files = {n: (folder / n).read_bytes() for n in manifest.pop("files")}
    (folder / MANIFEST).write_bytes(manifest_bytes(manifest, files))
    with pytest.raises(ModelError, match=rf"MODEL_INCONSISTENT.*{file}"):
        pr.load_model(folder)


def test_a_model_learned_with_weighted_classes_can_be_loaded(training, tmp_path):
    recipe = Recipe(params={"scale_pos_weight": 2.0, "rounds": 3})
    model = pr.train(training, recipe, refits=0)
    loaded = pr.load_model(save_model(model, tmp_path / "weighted"))
    assert np.array_equal(loaded.log_odds(training.X), model.log_odds(training.X))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_refit_that_starts_from_the_shipped_model_ends_where_a_fit_ends(name: str, training):
    family, draw = FAMILIES[name], np.random.default_rng(3)
    Z = pd.DataFrame(draw.normal(size=(200, 3)), columns=list("abc"))
    Z = Z[[]] if not family.choose(training) else Z
    y = (draw.random(200) < 0.4).astype("int8")
    shipped = family.fit(Z, y, family.defaults, seed=1, threads=1)
    drawn = np.bincount(draw.integers(0, 200, 200), minlength=200)
    # Rows left out by chance would be other rows where one stands for several.
    params = {name: 1.0 if "subsample" in name else v for name, v in family.defaults.items()}
    sample = Resample(Z[drawn > 0], y[drawn > 0], drawn[drawn > 0])
    cold = family.fit(*sample.rows(), params, seed=1, threads=1).margin(Z)
    warm = family.refit(sample, params, shipped=shipped, seed=1).margin(Z)
    assert np.abs(cold - warm).max() < 1e-4


def test_types_know_the_families_that_ship():
    shipped = {n for n, f in FAMILIES.items() if type(f).__module__.startswith("predict.")}
    assert set(get_args(FamilyName)) == shipped
