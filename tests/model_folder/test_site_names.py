"""Names of sites stay out of a model's folder unless somebody asked for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

import predict as pr
from predict.definitions.study import read_study
from predict.model_folder import save_model
from predict.pipeline.experiment import read_experiment
from predict.pipeline.run import _named_sites

NAMES = ["Marsh Lane", "Quay House"]


@pytest.fixture(scope="module")
def model(request):
    """The example model as a run leaves it in memory: judged by site, sites named."""
    loaded = pr.load_model(request.config.rootpath / "models" / "example")
    tables = {
        "places": {"place": ["Quay House", "Marsh Lane", "(summary)"], "n": [20, 30, 50]},
        "subgroups": {
            "subgroup": ["sex", "site", "site", "route"],
            "value": ["female", "Marsh Lane", "Quay House", "Marsh Lane"],
        },
    }
    evaluation = {"metrics": [], "verdict": {"sentence": "It is."}, "tables": tables}
    return replace(loaded, facts={**loaded.facts, "evaluation": evaluation})


def held(folder) -> str:
    return "".join(path.read_text() for path in sorted(folder.iterdir()))


def test_sites_are_numbered_alike_in_every_table(model, tmp_path):
    folder = save_model(model, tmp_path / "model")
    tables = pr.load_model(folder).facts["evaluation"]["tables"]
    assert tables["places"]["place"] == ["place 1", "place 2", "(summary)"]
    # A route of that name is no site.
    assert tables["subgroups"]["value"] == ["female", "place 2", "place 1", "Marsh Lane"]
    assert tables["places"]["n"] == [20, 30, 50]
    assert "Quay House" not in held(folder)
    assert model.facts["evaluation"]["tables"]["places"]["place"][0] == "Quay House"


def test_they_are_kept_where_the_experiment_asks_for_them(model, tmp_path):
    asked = replace(model, facts={**model.facts, "site_names": True})
    assert all(name in held(save_model(asked, tmp_path / "model")) for name in NAMES)


ASKED = {"": {}, "site_names = false": {}, "site_names = true": {"site_names": True}}


@pytest.mark.parametrize(("line", "named"), ASKED.items())
def test_an_experiment_asks_by_a_key(request, tmp_path, line, named):
    shipped = request.config.rootpath / "experiments"
    question = (shipped / "demo_round_one.toml").read_text().partition("[recipe]")[0]
    study = f'study = "{shipped / "demo_study.toml"}"'
    question = question.replace('study = "demo_study.toml"', study)
    (tmp_path / "one.toml").write_text(f"{question}[evaluation]\n{line}\n")
    assert _named_sites(read_experiment(tmp_path / "one.toml")) == named
    assert read_study(shipped / "demo_study.toml").site == "site"
