"""The model report and TRIPOD+AI of a run leave the clinic: no small group is given away."""

import json
import re
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from tests.subtraction import Attack

import predict.pipeline.pages as pages
from predict.definitions.wording import languages, load_catalogue
from predict.pipeline import run
from predict.reports import model_page
from predict.simulation import simulate
from predict.simulation.examples import shipped
from predict.statistics.disclosure import opened

EXPERIMENT = """
study = "demo_study.toml"
outcome = "phq9_response"
round = "one"
as_of = "baseline"
blocks = ["items", "scales", "people"]
seed = 1
[recipe]
family = "linear"
trials = 1
calibration = "none"
[evaluation]
outer = 3
inner = 2
repeats = 1
group = "site"
"""
WITHHELD = ("not shown", "n not shown", "Small groups are not told.")


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Facts of the model report as they leave, and with every count told; TRIPOD+AI beside."""
    top = tmp_path_factory.mktemp("run")
    shutil.copy(shipped("demo_study.toml"), top / "demo_study.toml")
    (top / "question.toml").write_text(EXPERIMENT)
    simulate("demo", people=320, seed=4).table.to_csv(top / "table.csv", index=False)
    kept = {}
    made = pages.report
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "report", lambda *a, **k: kept.setdefault("report", made(*a, **k)))
        run(top / "question.toml", top / "table.csv", top / "out", track=False)
    told = json.loads((top / "out" / "report" / "report.json").read_text())["model"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model_page, "released", lambda people, tree, families: opened([]).fill(tree))
        true = kept["report"].model()
    tripod = json.loads((top / "out" / "tripod.json").read_text())
    return SimpleNamespace(told=told, true=true, tripod=tripod)


def sections(facts):
    return facts["models"][0]["sections"]


def tables(facts):
    """Yield every table of the report, those behind figures too, by caption."""
    for section in sections(facts).values():
        for block in section.get("blocks", ()):
            if block["block"] == "table":
                yield block["caption"], block["rows"]
            elif block["block"] == "figure" and block.get("table"):
                yield block["table"]["caption"], block["table"]["rows"]


def number(text):
    """A count, or the count before its share."""
    text = re.sub(r" \(\d+\)$", "", text.removeprefix("n = "))
    return float(text) if re.fullmatch(r"\d+", text) else np.nan


def attack_of(both):
    """Every count of the report as an unknown, with the sums that hold by definition."""
    attack, told = Attack(), dict(tables(both.told))
    for caption, true in tables(both.true):
        for shown, row in zip(told[caption], true, strict=True):
            take(attack, caption, shown, row)
    people = ("This table, step by step", "valid people")
    for caption, rows in tables(both.true):
        relate(attack, caption, rows, people)
    return attack


def take(attack, caption, shown, true):
    if caption == TABLE_ONE and true[0] != "People" and ":" not in true[0]:
        return  # means and spreads are no counts
    key = [caption, *[cell for cell in true if not number_like(cell)][: HEADS.get(caption, 1)]]
    for place, (cell, own) in enumerate(zip(shown, true, strict=True)):
        if place in COLUMNS.get(caption, ()):
            attack.count((*key, place), number(cell), number(own))


def number_like(cell):
    return bool(re.match(r"[\d−+<]", cell)) or cell in ("not shown", "–")


TABLE_ONE = "Table 1: who they were, by what became of them"
BY_RULE = "Outcomes by rule: completers, and all who started or took the round"
COLUMNS = {
    TABLE_ONE: (1, 2, 3),
    "This table, step by step": (1,), "The model's people, and who was left out": (1,),
    BY_RULE: (2, 4), "Not answered, by column": (2,),
    "Scores by visit; change since the first visit, of those with both": (2,),
    "Item by item, over round one": (2,), "Mean points by answer, strongest columns": (2,),
    "By group, with 95% intervals": (1, 2), "Each place left out in turn": (5, 6),
    "Why, in this table": (2,), "Estimates by outcome": (1, 2),
    "Response under neighbouring definitions, in this table": (1,),
}  # fmt: skip
HEADS = {
    TABLE_ONE: 1,
    BY_RULE: 2, "Why, in this table": 2,
    "Scores by visit; change since the first visit, of those with both": 2,
    "Each place left out in turn": 2,
}  # fmt: skip


def relate(attack, caption, rows, people):
    whole = (people[0], people[1], 1)
    names = [name for name in attack.truth if name[0] == caption]
    for name in names:
        attack.parts(whole, [name])
    learned = ("The model's people, and who was left out", "learned from", 1)
    if caption == "By group, with 95% intervals":
        for factor in {name[1].split(":")[0] for name in names}:
            parts = [n for n in names if n[1].split(":")[0] == factor and n[2] == 1]
            attack.parts(learned, parts)
        for name in names:
            attack.parts((*name[:2], 1), [(*name[:2], 2)])
    if caption == TABLE_ONE:
        for place in (1, 2, 3):
            for fact in {name[1].split(":")[0] for name in names} - {"People"}:
                levels = [n for n in names if n[1].startswith(f"{fact}:") and n[2] == place]
                attack.parts((caption, "People", place), levels)
        attack.parts(learned, [(caption, "People", 1), (caption, "People", 2)])
    if caption.startswith("The model's people"):
        attack.parts(whole, names)
    if caption.startswith("Each place"):
        area = [n for n in names if n[2] == "auroc" and n[3] == 5]
        total = (caption, "(summary)", "auroc", 5)
        attack.parts(total, [n for n in area if n[1] != "(summary)"])


def test_no_small_group_is_determined_or_bounded(both):
    attack = attack_of(both)
    assert len(attack.targets()) > 20
    assert len(attack.printed) > 40
    assert attack.disclosed() == []


def test_the_attack_finds_what_hiding_small_cells_alone_leaves(both):
    attack = attack_of(SimpleNamespace(told=both.true, true=both.true))
    large = {name: n for name, n in attack.printed.items() if n not in range(1, 11)}
    assert Attack(large, attack.truth, attack.sums).disclosed()


def test_the_curves_hold_no_small_step(both):
    """ROC points, parts of the spread and net benefits are of parts of 11 of each outcome."""
    figures = [
        block for section in sections(both.told).values() for block in section.get("blocks", ())
        if block["block"] == "figure"
    ]  # fmt: skip
    spread = next(f["data"] for f in figures if f["kind"] == "distribution")
    lows, _, yes, no = zip(*spread["spread"], strict=True)
    assert min(n for n in (*yes, *no) if n) >= 11
    roc = np.array(next(f["data"]["points"] for f in figures if f["kind"] == "roc"))
    steps = np.diff(roc, axis=0) * [sum(no), sum(yes)]
    assert all(step == pytest.approx(0, abs=1e-6) or step > 10.9 for step in steps.ravel())
    curve = next(f["data"] for f in figures if f["kind"] == "decisions")
    assert set(np.round(curve["threshold"], 6)) <= set(np.round(lows, 6))
    assert [row["name"] for row in curve["rivals"]] == ["severity alone", "totals with age and sex"]
    beneath = next(f["data"]["spread"] for f in figures if f["kind"] == "calibration")
    assert beneath == spread["spread"]


def test_tripod_tells_no_count_of_1_to_10_and_agrees_with_the_report(both):
    """Its counts are those of the report's flow: nothing is told twice in two ways."""
    texts = {entry["item"]: entry["text"] for entry in both.tripod}
    flow = {row[0]: row[1] for row in dict(tables(both.told))["This table, step by step"]}
    for step, shown in flow.items():
        assert f"{step}: {shown}" in texts["20a"]
    counts = [int(n) for n in re.findall(r"(?<=: )\d+|(?<=[a-z] )\d+", texts["20a"])]
    assert all(n == 0 or n > 10 for n in counts)


def test_why_cells_say_not_shown_is_said_once_with_their_number(both):
    hidden = sum(
        cell == "not shown" for _, rows in tables(both.told) for row in rows for cell in row
    )
    assert both.told["models"][0]["hidden"] == hidden > 0
    page = re.sub("<[^>]+>", "", model_page.model_html(both.told))
    said = f"Cells that say “not shown”: {hidden}. Each counts 1 to 10 people, or would let such"
    assert page.count(said) == 1
    assert both.true["models"][0]["hidden"] < hidden
    whole = {**both.told, "models": [{**both.told["models"][0], "hidden": 0}]}
    assert "Cells that say" not in model_page.model_html(whole)


@pytest.mark.parametrize("language", languages())
def test_the_sentence_about_hidden_cells_quotes_what_they_say(language):
    say = load_catalogue(language)
    assert say("cell.few") in say("model.hidden", hidden=3, most=10)
