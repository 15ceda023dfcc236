"""What pages must not do, on the demo, the Thinking Healthy Programme and HELP alike.

Each page is held against the raw table, the scores and the other pages of its run. Where a cohort
has no such thing (HELP asks no item about death, the demo has no arm) the page must say or leave
out just that.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import reporting_cohorts as cohorts

from predict.definitions.wording import load_catalogue
from predict.errors import DesignError
from predict.reports.charts.plots import PLOTS

VISITS = {
    "baseline": "start of round one",
    "session_2": "session 2",
    "round_one_end": "end of round one",
    "round_two_start": "start of round two",
    "round_two_end": "end of round two",
}

CURVE = ("threshold", "model", "low", "high")


@pytest.fixture(
    params=[
        "demo",
        pytest.param("thp", marks=pytest.mark.realdata),
        pytest.param("help", marks=pytest.mark.realdata),
    ]
)
def seen(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(f"{request.param}_cohort")


def shown(seen: Any) -> dict[str, dict[str, Any]]:
    """The pages that show an estimate: none of HELP, whose model is not shown to be better."""
    pages = {i: page for i, page in seen.pages.items() if page["estimate"]["state"] == "shown"}
    assert (len(pages) > 20) == (seen.name != "help")
    return pages


def test_every_answer_about_death_in_the_raw_table_is_told(demo_cohort: Any) -> None:
    raw, told = demo_cohort.raw, 0
    for person, row in demo_cohort.rows.items():
        values = [(v, raw.loc[person, f"phq9_9_{v}"]) for v in VISITS]
        given = [(v, int(x)) for v, x in values if not np.isnan(x) and x != 99]
        if not given:
            continue
        highest = max(x for _, x in given)
        assert not highest or str(highest) in re.findall(r"\d+", row["safety"])
        if person in demo_cohort.pages:
            entry = demo_cohort.pages[person]["safety"]["entries"][0]
            assert entry.get("value", given[-1][1]) == given[-1][1]
            every = ", ".join(f"{x} ({VISITS[v]})" for v, x in given)
            assert entry.get("answers") == (every if len(given) > 1 else None)
            told += 1
    assert told > 20


@pytest.mark.realdata
def test_where_only_totals_came_rows_and_pages_name_the_item_that_asks(thp_cohort: Any) -> None:
    assert {row["safety"] for row in thp_cohort.rows.values()} == {"only a total"}
    for page in thp_cohort.html.values():
        assert "Only totals of the HAM-D-17 are in the table: its item 3" in cohorts.words(page)


@pytest.mark.realdata
def test_where_nobody_asks_about_death_rows_and_pages_say_so(help_cohort: Any) -> None:
    assert {row["safety"] for row in help_cohort.rows.values()} == {"not asked"}
    for page in help_cohort.html.values():
        told = "These questionnaires do not ask about thoughts of death or self-harm; ask."
        assert told in cohorts.words(page)


def test_people_alike_are_counted_anew_from_raw_table_and_estimates(seen: Any) -> None:
    """Alike in estimate and in start; the person apart; one count; far from it is a note."""
    judged = seen.done.evaluation
    rows = judged.predictions[judged.predictions["model"] == judged.verdict["model"]]
    past = rows.assign(id=rows["id"].astype(str)).groupby("id")[["probability", "y"]].mean()
    start = seen.raw["start"].reindex(past.index)
    counted = 0
    for person, page in shown(seen).items():
        others = page["course"]["others"]
        check = next(c for c in page["reliance"]["checks"] if c["say"].startswith("match"))
        if others is None or "n" not in check:
            continue
        percent = page["estimate"]["percent"]
        near = past["probability"].between((percent - 5) / 100, (percent + 5) / 100)
        near &= start.between(float(others["first"]), float(others["last"]))
        mine = near & (past.index != person)
        assert (check["n"], abs(int(mine.sum()) - others["n"]) <= 1) == (others["n"], True)
        assert check["observed"] == pytest.approx(100 * past.loc[mine, "y"].mean(), abs=1.01)
        assert check["state"] == "note" or abs(check["observed"] - percent) <= 10
        assert check["n"] < 100 or "among fewer than 100" not in cohorts.words(seen.html[person])
        counted += 1
    assert (counted > 5) == (seen.name != "help")


def test_nothing_of_others_is_drawn_where_no_estimate_is_shown(seen: Any) -> None:
    for page in seen.pages.values():
        if page["estimate"]["state"] != "shown":
            assert not page["course"].get("others")


def test_worklist_and_page_judge_a_person_alike(seen: Any) -> None:
    for person, page in seen.pages.items():
        row = seen.rows[person]
        if page["estimate"]["state"] == "shown":
            states = {check["state"] for check in page["reliance"]["checks"]}
            assert row["state"] == ("note" if "note" in states else "ok")
            assert row["estimates"][0][0] == page["estimate"]["percent"]
        else:
            assert row["state"] in ("none", "not_due", "unread")
            assert row["estimates"] == [None]


def test_numbers_of_rows_and_pages_are_those_of_scores_and_raw_table(seen: Any) -> None:
    for person, row in seen.rows.items():
        score = seen.scores.loc[person]
        if score["status"] == "scored":
            wanted = min(99, max(1, int(100 * float(score["probability"]) + 0.5)))
            assert row["estimates"][0][0] == wanted
        else:
            assert row["estimates"] == [None]
        start = seen.raw["start"].get(person, np.nan)
        if not np.isnan(start):
            assert row["start"] == start
            if person in seen.pages:
                visits = seen.pages[person]["course"]["visits"]
                assert visits[0]["value"] == start


def test_a_change_above_0_is_for_the_better_in_worklist_and_model_report(seen: Any) -> None:
    """Lower is better on all three: the start less the latest, as in every table of an analysis."""
    index = (seen.report / "index.html").read_text("utf-8")
    assert '"title":"Better by"' in index
    told = 0
    for row in seen.rows.values():
        if row["change"] is not None:
            assert row["change"] == row["start"] - row["scores"][0]
            told += row["change"] != 0
    assert told > 100
    by_visit = seen.sections()["outcomes"]["blocks"][1]
    better = [column["title"] for column in by_visit["columns"]].index("Better by (SD)")
    at_ends = [row for row in by_visit["rows"] if row[better][0] in "0123456789\u2212-"]
    ends = (seen.raw["start"] - seen.raw["end"]).dropna()
    assert ends.mean() > 0
    assert at_ends
    assert all(row[better][0] not in "\u2212-" for row in at_ends)


def test_courses_stand_as_the_raw_table_says_and_name_their_visit(seen: Any) -> None:
    fates = {"reached": True, "did_not": False}
    halved = seen.raw["end"] <= seen.raw["start"] / 2
    told = 0
    for person, row in seen.rows.items():
        known = seen.raw.loc[person, ["start", "end"]].notna().all() if (
            person in seen.raw.index
        ) else False  # fmt: skip
        if row["course"] in fates and known:
            assert fates[row["course"]] == bool(halved[person])
            told += 1
        if row["state"] == "not_due":
            assert row["course"] in ("not_due", "in_treatment")
        if row["course"] in ("lost", "no_end_score"):
            assert not seen.raw.loc[person, ["start", "end"]].notna().all()
        if person in seen.pages:
            assert seen.pages[person]["header"]["course"] == row["stands"]
            assert f"Course{row['stands']}" in cohorts.words(seen.html[person])
    assert told > 150
    listed = seen.facts["worklist"]
    heads = cohorts.words((seen.report / "index.html").read_text("utf-8"))
    assert listed["start"] == "start of round one"
    assert "before round one" in {row["when"] for row in listed["rows"]}
    assert "Worklist" in heads


def test_who_was_learned_from_is_marked_in_row_and_page(seen: Any) -> None:
    learned = set(seen.done.evaluation.predictions["id"].astype(str))
    flags = seen.scores["flags"].fillna("").str.contains("in_training")
    flags &= seen.scores["status"] == "scored"  # without an estimate there is nothing to mark
    marked = {person for person, row in seen.rows.items() if row["in_training"]}
    assert marked == set(flags.index[flags])
    assert marked <= learned
    assert (len(marked) > 100) == (seen.name != "help")
    for person, page in shown(seen).items():
        assert page["header"]["in_training"] == (person in marked)


def test_a_note_of_the_scores_is_one_of_page_and_list_and_few_are_added(seen: Any) -> None:
    """Pages add only that people alike in start too went another way, which scores cannot know."""
    for person, page in shown(seen).items():
        checks = page["reliance"]["checks"]
        noted = [check for check in checks if check["state"] == "note"]
        told = seen.scores.loc[person, "reliance"]
        assert (seen.rows[person]["state"] == "note") is bool(noted)
        assert bool(noted) >= (told == "note")
        if told == "ok":
            assert all(c["say"] in ("match_note", "match_off") and c["alike"] for c in noted)
    listed = pd.Series({person: row["state"] for person, row in seen.rows.items()})
    told = seen.scores["reliance"].reindex(listed.index)
    assert set(listed[told == "note"]) <= {"note"}
    assert ((listed == "note") & (told == "ok")).sum() <= 0.1 * len(listed)


def test_later_scores_and_who_was_learned_from_are_told_and_are_no_note(seen: Any) -> None:
    listed = seen.facts["worklist"]
    heads = cohorts.words((seen.report / "index.html").read_text("utf-8"))
    for key, words in (("learned", "Learned from"), ("later", "Later scores are not used")):
        count = sum(words in row["told"] for row in listed["rows"])
        assert listed["counts"][key] == count
        assert (f"{words}: {count} of {len(listed['rows'])}." in heads) is bool(count)
        assert not any(words in row["why"] for row in listed["rows"])
    for person, page in shown(seen).items():
        told = {check["say"]: check["state"] for check in page["reliance"]["checks"]}
        assert told.get("later", "fact") == "fact"
        assert seen.rows[person]["later"] >= ("later" in told)


def test_no_page_says_what_a_number_on_it_contradicts(seen: Any) -> None:
    texts = [cohorts.words(html) for html in seen.html.values()]
    texts.append(cohorts.words((seen.report / "model.html").read_text("utf-8")))
    for text in texts:
        assert "the the " not in text.lower()
        assert "decide without" not in text.lower()
        assert not re.search(r"\b(\d+)(, \1)+ or \1\b", text)
        if "next scores are due at" in text:
            assert "▾" in text
    for page in shown(seen).values():
        drivers = page["drivers"]
        check = next(c for c in page["reliance"]["checks"] if "asked" in c)
        if "others" in drivers:
            rows = [*drivers["lowered"]["rows"], *drivers["raised"]["rows"]]
            apart = 1 if "arm" in drivers else 0
            assert check["asked"] == len(rows) + drivers["others"]["count"] + apart


def test_the_checklist_and_the_front_page_tell_the_same_objections(seen: Any) -> None:
    sections = seen.sections()
    rows = [row for b in sections["tripod"]["blocks"] for row in b.get("rows", [])]
    told = [row[2] for row in rows if "Objections that stand" in row[2]]
    front = seen.facts["model"]["models"][0]["front"]
    says = [part for column in front["pictures"] for part in column if "say" in part]
    against = [p["sentence"] for p in says if p["say"] == "model.front.objections"]
    assert told
    assert set(told) == set(against)
    size = next(row[2] for row in rows if row[1] == "Sample size")
    if "fewer than needed" in size:
        assert "Riley's criteria ask for more people than there are." in told[0]
    noted = pd.read_csv(seen.done.folder / "evaluation" / "checks.csv")
    for title in noted.loc[noted["state"].isin(["issue", "note"]), "title"]:
        assert title in told[0]


def test_what_is_said_of_calibration_holds_for_every_point_drawn(seen: Any) -> None:
    """That estimates came within 5 points is so of all between; the gap told is the largest."""
    figures = [b for b in seen.sections()["calibration"]["blocks"] if b["block"] == "figure"]
    for figure in figures:
        curve = [(100 * e, 100 * o) for e, o, *_ in figure["data"]["curve"]]
        close = re.search(r"between (\d+) and (\d+) in 100 came within 5", figure["reading"])
        if close:
            low, high = map(int, close.groups())
            assert all(abs(o - e) <= 5.0 for e, o in curve if low + 0.5 < e < high - 0.5)
        apart = re.search(r"near (\d+): (\d+) points too (low|high)", figure["reading"])
        if curve:
            assert apart is not None
            gap, at, side = max((abs(o - e), e, "low" if o > e else "high") for e, o in curve)
            assert (int(apart[1]), int(apart[2]), apart[3]) == (round(at), round(gap), side)


def test_the_medians_said_are_those_of_the_estimates(seen: Any) -> None:
    """Of the model judged, to the point; nothing is said where too few stand on either side."""
    judged = seen.done.evaluation
    rows = judged.predictions[judged.predictions["model"] == judged.verdict["model"]]
    people = rows.groupby("id")[["probability", "y"]].mean()
    true = [100 * people.loc[people["y"] == y, "probability"].median() for y in (1, 0)]
    kept = pd.DataFrame(judged.to_dict()["tables"]["medians"])
    assert 100 * kept.to_numpy()[0] == pytest.approx(true, abs=0.51)
    blocks = seen.sections()["discrimination"]["blocks"]
    drawn = [block["reading"] for block in blocks if block.get("kind") == "distribution"]
    assert (len(drawn) == 1) == (seen.name != "help")
    for reading in drawn:
        said = [int(number) for number in re.findall(r"about (\d+)", reading)]
        assert said == pytest.approx(true, abs=0.51)


def test_no_line_of_the_decision_curve_spans_what_is_not_told(seen: Any) -> None:
    """Each stroke joins thresholds a part apart, no further, where one of them may not be told."""
    blocks = seen.sections()["usefulness"].get("blocks", ())
    figures = [block for block in blocks if block.get("kind") == "decisions"]
    assert (len(figures) == 1) == (seen.name != "help")
    for figure in figures:
        untold = {k: figure["data"][k][:2] + figure["data"][k][3:] for k in CURVE}
        drawn = PLOTS["decisions"](
            {**figure, "data": {**figure["data"], **untold}}, "f", load_catalogue()
        )
        # Acting on everybody is drawn point by point of 100; five make a part.
        first, then = re.findall(r'class="rival" points="([\d.]+),[\d.]+ ([\d.]+)', drawn)[0]
        strokes = re.findall(r'class="(?:curve|other \w+)" points="([^"]+)"', drawn)
        for points in strokes:
            across = np.array([float(place.split(",")[0]) for place in points.split()])
            assert np.diff(across) == pytest.approx(5 * (float(then) - float(first)), abs=0.6)
        assert len(strokes) > 1


def test_where_acting_does_more_good_is_told_in_the_figures_own_unit(seen: Any) -> None:
    for block in seen.sections()["usefulness"].get("blocks", ()):
        assert not re.search(r"threshold\S* between 0\.", block.get("reading", ""))


def test_an_arm_has_its_own_line_where_there_is_one(seen: Any) -> None:
    arm = seen.done.model.study.treatment.arm
    named = {page["header"].get("arm") for page in seen.pages.values()}
    expected = {
        "demo": {None},
        "thp": {"programme arm", "usual visits"},
        "help": {"linked to primary care", "usual care"},
    }
    assert named == expected[seen.name]
    for page in shown(seen).values():
        assert ("arm" in page["drivers"]) == (arm is not None)


def test_every_group_of_the_forest_is_drawn_or_counted_as_left_out(seen: Any) -> None:
    found = seen.done.evaluation.tables["subgroups"]
    named = found.drop_duplicates(["subgroup", "value"])
    blocks = seen.sections()["subgroups"]["blocks"]
    forest = next(b for b in blocks if b.get("kind") == "forest")
    left = sum(b["n"] for b in blocks if b.get("say") == "model.subgroups.not_drawn")
    hidden = int((named["note"] == "suppressed").sum())
    labels = [row[0] for row in forest["data"]["rows"]]
    assert len(labels) == len(set(labels))
    assert len(labels) + left + hidden == len(named)


def test_places_are_counted_without_their_summary_and_those_not_drawn_are_told(seen: Any) -> None:
    places = seen.done.evaluation.tables.get("places")
    assert (places is None) == (seen.name == "help")
    if places is None:
        return
    areas = places[places["metric"] == "auroc"].set_index("place")["estimate"]
    blocks = seen.sections()["sensitivity"]["blocks"]
    drawn = next(b for b in blocks if b.get("kind") == "forest")
    alone = [row[0] for row in drawn["data"]["rows"] if row[0] != "(summary)"]
    low, high = areas[alone].min(), areas[alone].max()
    everywhere = places["place"].nunique() - 1
    several = f"from {low:.2f} to {high:.2f} over {len(alone)} of {everywhere} places"
    one = f"enough to be drawn; its AUROC is {low:.2f}."
    assert (one if len(alone) == 1 else several) in str(drawn)


def test_readings_of_completers_rank_as_the_headline(seen: Any) -> None:
    judged = seen.done.evaluation
    readings = judged.tables["readings"].query("reading == 'completers' and metric == 'auroc'")
    headline = judged.value(judged.verdict["model"], "auroc")
    assert readings["estimate"].item() == pytest.approx(headline, abs=1e-6)


def test_the_decision_curve_has_its_rivals_or_says_why_there_is_none(seen: Any) -> None:
    section = seen.sections()["usefulness"]
    if seen.name == "help":
        assert section == {"not_applicable": "too_alike"}
        return
    decisions = next(b for b in section["blocks"] if b.get("kind") == "decisions")
    names = {rival["name"] for rival in decisions["data"]["rivals"]}
    # All of thp are mothers: its table has no column of sex.
    totals = "totals with age" if seen.name == "thp" else "totals with age and sex"
    assert names == {"severity alone", totals}
    assert any(b.get("kind") == "gains" for b in section["blocks"])


def test_table_one_is_there_with_those_lost_beside(seen: Any) -> None:
    blocks = seen.sections()["participants"]["blocks"]
    table = next(b for b in blocks if str(b.get("caption", "")).startswith("Table 1"))
    assert [column["title"] for column in table["columns"]][1:4] == [
        "With the outcome", "Without it", "Lost before it was known",
    ]  # fmt: skip
    counts = seen.done.evaluation.predictions
    own = counts[counts["model"] == seen.done.evaluation.verdict["model"]].drop_duplicates("id")
    people = next(row for row in table["rows"] if row[0] == "People")
    assert people[1:3] == [str(int(own["y"].sum())), str(int((1 - own["y"]).sum()))]


def test_the_calibration_of_a_judged_model_is_drawn_or_refused(seen: Any) -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    if seen.name == "help":
        with pytest.raises(DesignError, match="NOT_DRAWN"):
            seen.done.evaluation.plot("calibration")
        return
    figure = seen.done.evaluation.plot("calibration")
    axes = figure.axes if hasattr(figure, "axes") else [figure]
    drawn = axes if isinstance(axes, list) else [axes]
    assert sum(len(a.lines) + len(a.collections) + len(a.patches) for a in drawn) > 1
    plt.close("all")


def test_links_lead_from_row_to_page_to_report_and_back(seen: Any) -> None:
    linked = {row["id"]: row["href"] for row in seen.rows.values() if row["href"]}
    assert set(linked) == set(seen.pages)
    for person, href in linked.items():
        place = seen.report / href
        page = place.read_text("utf-8")
        assert f'data-f="header.id">{person}<' in page
        links = re.findall(r'href="(\.\./[^"#]+)', page)
        assert {Path(link).name for link in links} == {"index.html", "model.html"}
        assert all((place.parent / link).resolve().is_file() for link in links)
    assert pd.Series(linked).is_unique


def test_scores_beside_answers_add_up_to_the_total(seen: Any) -> None:
    """Of everybody who answered all: HELP asks four items that are counted the other way round."""
    whole = 0
    for page in seen.pages.values():
        for table in page["answers"].get("tables", ()):
            rows, totals = table["rows"], table["totals"]
            given = [float(row["score"]) for row in rows if "score" in row]
            if totals and rows and len(given) == len(rows):
                assert sum(given) == totals[0]["value"]
                whole += 1
    assert (whole > 50) is (seen.name != "thp")
