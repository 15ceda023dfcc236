"""Three cohorts run as their experiments ship, with a shorter search: the demo and two trials."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from predict.files import read_json
from predict.pipeline import read_experiment, run
from predict.pipeline.run import Run
from predict.simulation.examples import demo, write_example

ROOT = Path(__file__).parents[2]
THP = ROOT.parent / "shared" / "data" / "thp" / "thp_slim_903.csv"


@dataclass(frozen=True)
class Seen:
    """A run with its pages as facts and as text, and the raw table.

    Parameters
    ----------
    raw : DataFrame
        By id: ``start`` and ``end``, the totals that the outcome compares.
    """

    name: str
    done: Run
    raw: pd.DataFrame

    @property
    def report(self) -> Path:
        """The folder of the pages."""
        return self.done.folder / "report"

    @cached_property
    def pages(self) -> Mapping[str, dict[str, Any]]:
        """The sections of every patient's page by id."""
        files = sorted((self.report / "patients").glob("*.json"))
        sections = [read_json(file)["sections"] for file in files]
        return {page["header"]["id"]: page for page in sections}

    @cached_property
    def html(self) -> Mapping[str, str]:
        """Every patient's page by id."""
        texts = [p.read_text("utf-8") for p in sorted((self.report / "patients").glob("*.html"))]
        return {_id(text): text for text in texts}

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """The facts of worklist and model report."""
        found: dict[str, Any] = read_json(self.report / "report.json")
        return found

    @cached_property
    def rows(self) -> Mapping[str, dict[str, Any]]:
        """The rows of the worklist by id."""
        return {row["id"]: row for row in self.facts["worklist"]["rows"]}

    @cached_property
    def scores(self) -> pd.DataFrame:
        """The scores by id."""
        return self.done.scores.set_index(self.done.scores["id"].astype(str))

    def sections(self) -> Mapping[str, Any]:
        """The sections of the model report."""
        found: Mapping[str, Any] = self.facts["model"]["models"][0]["sections"]
        return found


def _id(page: str) -> str:
    found = re.search(r'data-f="header.id">([^<]*)<', page)
    assert found is not None
    return found.group(1)


def words(html: str) -> str:
    """The text of a page, without its markup and its drawings."""
    plain = re.sub(r"<(style|script|svg).*?</\1>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", plain))


def shorter(experiment: Path, table: Path, folder: Path) -> Run:
    """Run an experiment with one setting, one division and twenty refits."""
    spec = read_experiment(experiment)
    spec = replace(
        spec,
        recipe=replace(spec.recipe, trials=1),
        plan=replace(spec.plan, repeats=1, resamples=100),
        refits=20,
    )
    return run(spec, table, folder, track=False)


def demo_seen(folder: Path) -> Seen:
    """The simulated programme; its raw totals are sums of answers."""
    made = demo(folder / "in", people=600, seed=3)
    done = shorter(made.experiments[0], made.table, folder / "run")
    raw = pd.read_csv(made.table, dtype={"person": str}).set_index("person")
    return Seen("demo", done, raw.assign(
        start=_sum(raw, "phq9_{}_baseline"), end=_sum(raw, "phq9_{}_round_one_end")
    ))  # fmt: skip


def _sum(raw: pd.DataFrame, name: str) -> pd.Series:
    """The total of nine answers, scaled up where one or two are missing."""
    items = raw[[name.format(number) for number in range(1, 10)]]
    given = items.where(items != 99)
    total = (9 * given.mean(axis=1) + 0.5) // 1
    return total.where(given.notna().sum(axis=1) >= 7)


def thp_seen(folder: Path) -> Seen:
    """The Thinking Healthy Programme: totals at three visits."""
    done = shorter(ROOT / "experiments" / "thp_round_one.toml", THP, folder / "run")
    raw = pd.read_csv(THP, dtype={"row_id": str}).set_index("row_id")
    return Seen("thp", done, raw.assign(start=raw["hamd_baseline"], end=raw["hamd_6m"]))


def help_seen(folder: Path) -> Seen:
    """HELP: twenty answers at five visits, a row a visit."""
    made = write_example("help", folder / "in")
    done = shorter(made.experiments[0], made.table, folder / "run")
    raw = pd.read_csv(made.table, dtype={"ID": str})
    items = raw[[f"F1{letter}" for letter in "ABCDEFGHIJKLMNOPQRST"]]
    turned = items.assign(**{f"F1{letter}": 3 - items[f"F1{letter}"] for letter in "DHLP"})
    whole = turned.sum(axis=1, min_count=20)
    long = pd.DataFrame({"ID": raw["ID"], "TIME": raw["TIME"], "total": whole})
    totals = long.pivot_table(index="ID", columns="TIME", values="total")
    return Seen("help", done, totals.rename(columns={0: "start", 6: "end"}))
