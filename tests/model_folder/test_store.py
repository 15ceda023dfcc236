"""Model folders: what is written is what is read, and nothing else is."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from predict.cohort import read_cohort
from predict.errors import ModelError, OutputError, UsageError
from predict.features.training_set import assemble
from predict.model_folder import load_model, save_model
from predict.model_folder.canary import ROWS, synthetic_rows
from predict.model_folder.doctor import diagnose
from predict.model_folder.forms import parse_toml, toml_bytes
from predict.model_folder.manifest import MANIFEST, manifest_bytes, read_manifest
from predict.model_folder.signature import check_signature, read_key, sign_model
from predict.models.recipe import Recipe
from predict.models.training import train
from predict.scoring import score
from predict.simulation import simulate

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "models"


@pytest.fixture(scope="module")
def people():
    return simulate("demo", people=300, seed=2).table


@pytest.fixture(scope="module", params=["boosted", "linear", "totals", "severity", "prior"])
def model(request, people):
    cohort = read_cohort(people, ROOT / "experiments" / "demo_study.toml")
    params = {"boosted": {"rounds": 8, "max_depth": 2}}.get(request.param, {})
    recipe = Recipe(family=request.param, params=params, trials=0)
    return train(assemble(cohort, "phq9_response"), recipe, refits=0, name="tried")


@pytest.fixture
def folder(tmp_path) -> Path:
    return Path(shutil.copytree(ROOT / "models" / "example", tmp_path / "example"))


def test_a_loaded_model_scores_as_the_one_that_was_saved(model, people, tmp_path):
    loaded = load_model(save_model(model, tmp_path / "kept"))
    mine, again = score(model, people, explain="all"), score(loaded, people, explain="all")
    pd.testing.assert_frame_equal(mine, again, check_exact=True)


def test_saving_a_loaded_model_writes_the_same_bytes(model, tmp_path):
    first = save_model(model, tmp_path / "first", made="2026-11-22")
    second = save_model(load_model(first), tmp_path / "second", made="2026-11-22")
    files = {path.name for path in first.iterdir()}
    assert files == {path.name for path in second.iterdir()}
    assert all((first / n).read_bytes() == (second / n).read_bytes() for n in files)


def test_a_folder_is_readable_without_this_package_and_holds_no_code(folder):
    suffixes = {path.suffix for path in folder.iterdir()}
    assert suffixes <= {".json", ".toml", ".md"}
    assert not re.search(
        rb"\x80\x04\x95|__reduce__|builtins",
        b"".join(path.read_bytes() for path in folder.iterdir()),
    )


@pytest.mark.parametrize("stored", sorted(GOLDEN.glob("format_*")), ids=lambda path: path.name)
def test_every_format_version_still_loads(stored):
    assert load_model(stored).name == "example"


def test_the_canary_rows_are_synthetic_and_within_the_declared_ranges(model):
    rows = synthetic_rows(model.columns)
    assert len(rows) == ROWS
    for column in model.columns:
        if column.kind == "number" and column.high is not None:
            assert rows[column.name].dropna().between(column.low, column.high).all()


def resigned(folder: Path, name: str, data: bytes) -> None:
    """Change a file and write checksums that match."""
    (folder / name).write_bytes(data)
    manifest = read_manifest((folder / MANIFEST).read_bytes())
    files = {n: (folder / n).read_bytes() for n in manifest.pop("files")}
    (folder / MANIFEST).write_bytes(manifest_bytes(manifest, files))


def test_estimates_that_no_longer_come_out_are_refused(folder):
    canary = json.loads((folder / "canary.json").read_bytes())
    canary["log_odds"][4] += 1e-5
    resigned(folder, "canary.json", json.dumps(canary).encode())
    with pytest.raises(ModelError, match=r"CANARY_DIFFERS.*predict doctor"):
        load_model(folder)


@pytest.mark.parametrize("name", ["features.json", "preparation.json", "reliance.json"])
@pytest.mark.parametrize("data", [b"{}", b"[1]", b'{"a": NaN}', b'{"a":1,"a":2}', b"[" * 9_000])
def test_files_that_say_something_else_with_matching_checksums_are_refused(folder, name, data):
    resigned(folder, name, data)
    with pytest.raises(ModelError, match=name):
        load_model(folder)


def test_an_instrument_that_is_scored_otherwise_now_is_refused(folder):
    text = (folder / "instruments.toml").read_bytes().replace(b"high = 3", b"high = 4", 1)
    resigned(folder, "instruments.toml", text)
    with pytest.raises(ModelError, match="INSTRUMENT_CHANGED"):
        load_model(folder)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda f: (f / "booster.json").unlink(), "MODEL_FILE_MISSING"),
        (lambda f: (f / "more.json").write_text("{}"), "MODEL_FILE_UNLISTED"),
        (lambda f: (f / "folder").mkdir(), "MODEL_IRREGULAR"),
        (lambda f: (f / "link.json").symlink_to("card.md"), "MODEL_IRREGULAR"),
        (lambda f: os.mkfifo(f / "pipe.json"), "MODEL_IRREGULAR"),
        (lambda f: (f / MANIFEST).unlink(), "MODEL_MISSING"),
        (lambda f: shutil.rmtree(f), "MODEL_MISSING"),
    ],
)
def test_a_folder_with_files_missing_or_too_many_is_refused(folder, harm, code):
    harm(folder)
    with pytest.raises(ModelError, match=code) as caught:
        load_model(folder)
    assert caught.value.exit_code == 5


def test_a_manifest_of_a_later_format_is_refused_with_the_way_out(folder):
    manifest = read_manifest((folder / MANIFEST).read_bytes())
    text = manifest_bytes({**manifest, "files": {}}, {}).replace(b'"format":1', b'"format":9')
    head = text.rpartition(b',"self":')[0]
    from predict.files import sha256_bytes

    digest = sha256_bytes(head + b"}").encode()
    (folder / MANIFEST).write_bytes(head + b',"self":"' + digest + b'"}\n')
    with pytest.raises(ModelError, match=r"MODEL_FORMAT.*train again"):
        load_model(folder)


def test_saving_never_replaces_what_is_not_a_model(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="OUTPUT_EXISTS"):
        save_model(load_model(ROOT / "models" / "example"), tmp_path / "notes")
    assert (tmp_path / "notes" / "mine.txt").exists()


def test_a_model_that_holds_a_number_that_is_not_finite_is_not_saved(tmp_path):
    loaded = load_model(ROOT / "models" / "example")
    broken = replace(loaded, facts={"rate": float("nan")})
    with pytest.raises(ModelError, match="NOT_FINITE"):
        save_model(broken, tmp_path / "broken")
    assert not (tmp_path / "broken").exists()


def test_a_signature_fits_its_key_and_its_manifest_only(folder, tmp_path):
    (tmp_path / "key").write_bytes(b"k" * 32)
    key = read_key(tmp_path / "key")
    with pytest.raises(ModelError, match="SIGNATURE_MISSING"):
        check_signature(folder, key)
    sign_model(folder, key)
    check_signature(folder, key)
    assert load_model(folder).name == "example"
    with pytest.raises(ModelError, match="SIGNATURE_WRONG"):
        check_signature(folder, b"l" * 32)
    resigned(folder, "card.md", b"# another\n")
    load_model(folder)
    with pytest.raises(ModelError, match="SIGNATURE_WRONG"):
        check_signature(folder, key)


def test_a_short_key_is_refused(tmp_path):
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(UsageError, match="32"):
        read_key(tmp_path / "key")


def test_the_doctor_tells_versions_that_differ(folder):
    manifest = read_manifest((folder / MANIFEST).read_bytes())
    files = {name: (folder / name).read_bytes() for name in manifest.pop("files")}
    manifest["libraries"]["numpy"] = "1.0"
    (folder / MANIFEST).write_bytes(manifest_bytes(manifest, files))
    diagnosis = diagnose(folder)
    assert diagnosis.changed["numpy"][0] == "1.0"
    assert diagnosis.canary <= 1e-6
    assert "another version" in diagnosis.lines()[-1]


@pytest.mark.parametrize(
    "value",
    [
        {"a": 'say "x" \\ \n\t', "b": [1, 2.5, True], "c": {"d e": {"f": []}, "g": "ü"}},
        {"list": [{"a": 1, "b": {"c": [1]}}, {"a": 2}], "empty": {}, "x": 1e-300},
    ],
)
def test_toml_comes_back_as_it_was(value):
    assert parse_toml("x.toml", toml_bytes(value)) == value


def test_a_canary_of_another_shape_is_refused(folder):
    canary = json.loads((folder / "canary.json").read_bytes())
    canary["rows"] = canary["rows"][:3]
    resigned(folder, "canary.json", json.dumps(canary).encode())
    with pytest.raises(ModelError, match="CANARY_DIFFERS"):
        load_model(folder)
    assert np.isfinite(diagnose(GOLDEN / "format_1").canary)
