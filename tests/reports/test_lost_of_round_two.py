"""Of a round two that is not scheduled, every place says its lost are of those who took it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest
from reporting_cohorts import words

from predict.cohort import read_cohort
from predict.files import read_json
from predict.pipeline import read_experiment, run
from predict.pipeline.run import Run
from predict.simulation.examples import demo

ROOT = Path(__file__).parents[2]
THP = ROOT.parent / "shared" / "data" / "thp" / "thp_slim_903.csv"
REAL = [
    pytest.mark.realdata,
    pytest.mark.skipif(not THP.exists(), reason="the real table is not beside the project"),
]


@dataclass(frozen=True)
class Asked:
    """A finished run of round two, with who started, took it and has an end score, by hand."""

    done: Run
    chosen: bool
    began: pd.Series
    took: pd.Series
    ended: pd.Series

    @property
    def people(self) -> pd.Series:
        return self.began & self.took if self.chosen else self.began

    @property
    def lost(self) -> int:
        return int((self.people & ~self.ended).sum())

    @property
    def in_100(self) -> int:
        return int(100 * self.lost / self.people.sum() + 0.5)

    @property
    def who(self) -> str:
        return "who took round two" if self.chosen else "who started"


def judged(study: Path, table: Path, outcome: str, as_of: str, language: str = "en") -> Run:
    folder = study.parent
    (folder / "asked.toml").write_text(
        f'study = "{study.name}"\noutcome = "{outcome}"\nround = "two"\nas_of = "{as_of}"\n'
        'blocks = ["scales", "people"]\n[recipe]\nfamily = "severity"\n'
        '[reliance]\nshow_unproven = "a test"\n',
        "utf-8",
    )
    spec = read_experiment(folder / "asked.toml")
    plan = replace(spec.plan, outer=3, repeats=1, resamples=100, families=("prior", "severity"))
    spec = replace(spec, recipe=replace(spec.recipe, trials=0), plan=plan, refits=0)
    return run(spec, table, folder / "run", track=False, language=language)


def in_demo(folder: Path, chosen: bool, language: str = "en") -> Asked:
    made = demo(folder, people=400, seed=3)
    if not chosen:
        text = made.study.read_text("utf-8")
        made.study.write_text(text.replace('"chosen"', '"scheduled"'), "utf-8")
    cohort = read_cohort(made.table, made.study)
    raw = pd.read_csv(made.table, dtype=str).set_index("person").reindex(cohort.ids)
    answers = [name for name in raw if "round_two" in name]
    start, end = (cohort.total("phq9", visit) for visit in ("baseline", "round_two_end"))
    done = judged(made.study, made.table, "phq9_response", "round_two_start", language)
    # 99 is the table's code of a missing answer.
    there = raw[answers].notna() & (raw[answers] != "99")
    return Asked(done, chosen, start >= 10, there.any(axis=1), end.notna())


def in_thp(folder: Path, chosen: bool, language: str = "en") -> Asked:
    text = (ROOT / "experiments" / "thp_study.toml").read_text("utf-8")
    if chosen:
        text = text.replace('round_two = "scheduled"\n', "")
        text = text.replace("[rounds.two]\n", '[rounds.two]\nstart = "month_6"\n')
    (folder / "thp_study.toml").write_text(text, "utf-8")
    raw = pd.read_csv(THP)
    took = raw[["hamd_6m", "hamd_1y"]].notna().any(axis=1)
    done = judged(folder / "thp_study.toml", THP, "hamd_response", "month_6", language)
    return Asked(done, chosen, raw["hamd_baseline"] >= 8, took, raw["hamd_1y"].notna())


PLACES = [pytest.param(in_demo, id="demo"), pytest.param(in_thp, id="thp", marks=REAL)]


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest) -> Callable[..., Asked]:
    found: Callable[..., Asked] = request.param
    return found


@pytest.fixture(scope="module", params=[True, False], ids=["chosen", "scheduled"])
def asked(
    place: Callable[..., Asked],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Asked:
    return place(tmp_path_factory.mktemp("asked"), request.param)


def test_page_report_check_and_checklist_count_whom_they_name(asked: Asked) -> None:
    folder, n = asked.done.folder, int(asked.people.sum())
    assert asked.lost > 10
    assert n < asked.began.sum() or not asked.chosen

    checks = pd.read_csv(folder / "evaluation" / "checks.csv").set_index("code")
    if asked.lost / n > 0.05:
        told = str(checks.loc["ATTRITION", "text"])
        assert told.startswith(f"{asked.lost} of {n} people {asked.who} have no known outcome")

    report = words((folder / "report" / "model.html").read_text("utf-8"))
    # Of thp one person with a known outcome lacks the visit: the share would tell so.
    share = f"{asked.in_100} of every 100 people {asked.who} have no end score"
    count = f"{asked.lost} people {asked.who}, beside the {asked.done.training.n} it learned from,"
    assert (share in report) != (count in report)
    started = f"Of all {asked.who}, with answers at that visit or without,"
    assert f"{started} {asked.in_100} in 100 were lost" in report or (
        f"What share of all {asked.who}" in report
    )
    assert (share in report) == (f"{started} {asked.in_100} in 100 were lost" in report)
    subject = "People who took round two" if asked.chosen else "People who started"
    assert f"{subject} and have no known outcome: {asked.lost}." in report
    assert not asked.chosen or "who started" not in report.replace("who started or took", "")

    pages = sorted((folder / "report" / "patients").glob("*.json"))
    assert pages
    for page in pages:
        limits = read_json(page)["sections"]["limits"]
        assert (limits["lost"], limits["who"]) == (asked.in_100, asked.who)
    html = words(pages[0].with_suffix(".html").read_text("utf-8"))
    assert f"{asked.in_100} of every 100 patients {asked.who} gave no follow-up score" in html


@pytest.mark.parametrize(("chosen", "who"), [
    (True, "que tomaron la ronda dos"), (False, "que empezaron"),
])  # fmt: skip
def test_the_same_in_spanish(tmp_path: Path, chosen: bool, who: str) -> None:
    asked = in_demo(tmp_path, chosen, "es")
    report = words((asked.done.folder / "report" / "model.html").read_text("utf-8"))
    assert f"{asked.in_100} de cada 100 personas {who} no tienen puntuación final" in report
    assert f"Personas {who} y no tienen desenlace conocido: {asked.lost}." in report
    page = min((asked.done.folder / "report" / "patients").glob("*.html"))
    told = f"{asked.in_100} de cada 100 pacientes {who} no dieron"
    assert told in words(page.read_text("utf-8"))


@pytest.mark.realdata
@pytest.mark.skipif(not THP.exists(), reason="the real table is not beside the project")
def test_the_mothers_are_as_counted_by_hand(tmp_path: Path) -> None:
    asked = in_thp(tmp_path, chosen=False)
    missing = asked.began & ~asked.ended
    assert (asked.began.sum(), missing.sum()) == (874, 109)
    took = asked.began & asked.took
    assert (took.sum(), (took & ~asked.ended).sum()) == (793, 28)
