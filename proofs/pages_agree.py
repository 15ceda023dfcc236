"""Pages and worklist hold no number that the raw table or the scores file contradicts.

2,000 simulated people get a page each from the stored example model. Every page and every row of
the worklist is read as text and computed again here, from the raw CSV and `scores.csv` alone: the
estimate and its range, the score at each visit, the mark that counts as response, each answer, the
ledger's sum, NOTE and STOP, and the timeline of item 9. Pages changed on purpose must be caught.
"""

from __future__ import annotations

import csv
import html
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import predict as pr
from _proof import Tally, leave, share_asked, some
from predict.files import write_csv
from predict.reports import report
from predict.simulation import simulate

MODEL = Path(__file__).parents[1] / "models" / "example"
PEOPLE, FEWEST = 2000, 60
FLOOR = 10  # a start from which response of the PHQ-9 is asked; below it a course only ends
DAY = "2026-11-23"
VISITS = {
    "baseline": "start of round one",
    "session_2": "session 2",
    "round_one_end": "end of round one",
    "round_two_start": "start of round two",
    "round_two_end": "end of round two",
}
Raw = Mapping[str, str]
Problems = list[str]


def keyed(page: str) -> dict[str, str]:
    """Return every printed fact of a page by its key; the first where one is printed twice."""
    found: dict[str, str] = {}
    for key, text in re.findall(r'data-f="([^"]+)">([^<]*)<', page):
        found.setdefault(key, html.unescape(text))
    return found


def percent(probability: str) -> str:
    """Return a probability of the scores file as a page prints it."""
    value = float(probability)
    if value < 0.005:
        return "fewer than 1"
    return "more than 99" if value >= 0.995 else str(int(100 * value + 0.5))


def total(row: Raw, visit: str) -> int | None:
    """Return the PHQ-9 of the raw answers; prorated where one or two are missing."""
    given = [
        int(float(v)) for i in range(1, 10) if (v := row[f"phq9_{i}_{visit}"]) not in ("", "99")
    ]
    if len(given) < 7:
        return None
    return sum(given) if len(given) == 9 else int(9 * sum(given) / len(given) + 0.5)


def missing(row: Raw) -> int:
    """Return how many of the answers before round one, and facts of the person, are blank."""
    items = [f"phq9_{i}_baseline" for i in range(1, 10)] + [
        f"gad7_{i}_baseline" for i in range(1, 8)
    ]
    return sum(row[name] in ("", "99") for name in (*items, "age", "sex", "route"))


def timeline(row: Raw) -> list[tuple[str, int]]:
    """Return the answers to item 9 in the order of the visits."""
    told = [(visit, row[f"phq9_9_{visit}"]) for visit in VISITS]
    return [(visit, int(float(value))) for visit, value in told if value not in ("", "99")]


def seen(row: Raw, visit: str) -> bool:
    """Return whether anything was answered at a visit."""
    names = [f"phq9_{i}_{visit}" for i in range(1, 10)] + [f"gad7_{i}_{visit}" for i in range(1, 8)]
    return any(row[name] not in ("", "99") for name in names)


def of_the_estimate(told: Mapping[str, str], row: Raw, score: Raw) -> Iterator[str]:
    """The number, its range and the mark; nothing of them where the scores file has none."""
    if score["status"] != "scored":
        if any(key.startswith(("estimate.percent", "estimate.low", "drivers.")) for key in told):
            yield "a number where the scores file has none"
        return
    if told["estimate.percent_text"] != percent(score["probability"]):
        yield "the estimate"
    if (told.get("estimate.low_text"), told.get("estimate.high_text")) != printed_range(score):
        yield "the range"
    start = total(row, "baseline")
    if start is not None and told.get("estimate.define.cut") != str(start // 2):
        yield "the mark"


def printed_range(score: Raw) -> tuple[str | None, str | None]:
    """Return a range as a page prints it: at least a point either side; nothing where none is."""
    if not score["low"]:
        return None, None
    middle = min(99, max(1, int(100 * float(score["probability"]) + 0.5)))
    low = min(int(100 * float(score["low"]) + 0.5), middle - 1)
    high = max(int(100 * float(score["high"]) + 0.5), middle + 1)
    return "fewer than 1" if low < 1 else str(low), "more than 99" if high > 99 else str(high)


def of_the_course(told: Mapping[str, str], row: Raw, score: Raw) -> Iterator[str]:
    """Each score stands as the raw answers add up, and no other score is there."""
    wanted = {
        f"course.visits.{place}.text": f"{value}"
        for place, visit in enumerate(VISITS)
        if (value := total(row, visit)) is not None
    }
    shown = {
        k: v.rstrip("*") for k, v in told.items() if re.fullmatch(r"course\.visits\.\d+\.text", k)
    }
    if shown != wanted:
        yield "the course"


def of_the_answers(told: Mapping[str, str], row: Raw, score: Raw) -> Iterator[str]:
    """Each answer used is the raw table's."""
    for table, (name, count) in enumerate((("phq9", 9), ("gad7", 7))):
        for item in range(count):
            value = row[f"{name}_{item + 1}_baseline"]
            wanted = None if value in ("", "99") else str(int(float(value)))
            if told.get(f"answers.tables.{table}.rows.{item}.score") != wanted:
                yield f"{name} item {item + 1}"


def of_the_ledger(told: Mapping[str, str], row: Raw, score: Raw) -> Iterator[str]:
    """What is printed in the ledger adds up."""
    if "drivers.start" not in told:
        return
    steps = [
        int(text.replace("−", "-"))
        for key, text in told.items()
        if re.fullmatch(r"drivers\.(lowered|raised)\.rows\.\d+\.text|drivers\.others\.text", key)
    ]
    if int(told["drivers.start"]) + sum(steps) != int(told["drivers.end"]):
        yield "the ledger"


def of_item_nine(told: Mapping[str, str], row: Raw, score: Raw) -> Iterator[str]:
    """The latest answer, the highest where it was higher, and all of them in order."""
    answers = timeline(row)
    if not answers:
        return
    reported = [value for _, value in answers]
    told_all = ", ".join(f"{value} ({VISITS[visit]})" for visit, value in answers)
    if told.get("safety.entries.0.answers", told_all) != told_all:
        yield "the timeline"
    if (len(answers) > 1) != ("safety.entries.0.answers" in told):
        yield "a timeline too many or too few"
    shown = int(told.get("safety.entries.0.value", 0))
    highest = int(told.get("safety.entries.0.highest", shown))
    if max(reported) != highest:
        yield "the highest answer"
    if "safety.entries.0.value" in told and shown != reported[-1]:
        yield "the latest answer"


def of_the_person(told: Mapping[str, str], row: Raw, score: Raw) -> Iterator[str]:
    """Whose page it is."""
    if told["header.id"] != row["person"]:
        yield "the id"
    if row["age"] and told.get("header.about.0", "").split(" ")[0] != str(int(float(row["age"]))):
        yield "the age"


CHECKS: tuple[Callable[[Mapping[str, str], Raw, Raw], Iterator[str]], ...] = (
    of_the_estimate, of_the_course, of_the_answers, of_the_ledger, of_item_nine, of_the_person,
)  # fmt: skip


def page_problems(page: str, row: Raw, score: Raw) -> Problems:
    """Return what a page says and the table or the scores file does not."""
    told = keyed(page)
    wrong = [problem for check in CHECKS for problem in check(told, row, score)]
    noted = 'class="st note"' in page
    if score["status"] == "scored" and score["reliance"] == "note" and not noted:
        wrong.append("no NOTE where the scores file has one")
    if (score["status"] == "scored") != ('class="big"><span class="n' in page):
        wrong.append("an estimate shown or hidden otherwise")
    return wrong


def listed(index: str) -> dict[str, list[Any]]:
    """Return the worklist's rows by id, words put back in their places."""
    data = json.loads(re.search(r'id="data">(.*?)</script>', index, re.S)[1])  # type: ignore[index]
    keys = [column["key"] for column in data["columns"]]
    return {
        row[keys.index("id")]: {**dict(zip(keys, row, strict=False)), "words": data["words"],
                                "states": data["states"], "marks": row[data["marks"]]}
        for row in data["rows"]
    }  # type: ignore[return-value]  # fmt: skip


def row_problems(told: Mapping[str, Any], row: Raw, score: Raw) -> Problems:
    """Return what a row of the worklist says and the table or the scores file does not."""
    wrong = []
    totals = [value for visit in VISITS if (value := total(row, visit)) is not None]
    start, latest = total(row, "baseline"), totals[-1] if totals else None
    if told["start"] != start or (told["score0"] or [None])[0] != latest:
        wrong.append("the scores")
    changed = start is not None and len(totals) > 1
    if told["change"] != (start - latest if changed else None):  # type: ignore[operator]  # numbers where changed
        wrong.append("the change")
    if score["status"] == "scored" and told["missing"] != missing(row):
        wrong.append("how many answers are missing")
    shown = told["estimate0"]
    if score["status"] != "scored":
        wrong += ["a number"] if shown is not None else []
    elif shown[0] != min(99, max(1, int(100 * float(score["probability"]) + 0.5))):
        wrong.append("the estimate")
    if "NOTE" not in told["states"][told["state"][0]][0] and score["reliance"] == "note":
        wrong.append("no NOTE where the scores file has one")
    return wrong + list(_course_problems(told, row, start))


def _course_problems(told: Mapping[str, Any], row: Raw, start: int | None) -> Iterator[str]:
    """Item 9, and where the course stands."""
    answers = [value for _, value in timeline(row)]
    words = told["words"][told["safety"][1]]
    if answers and max(answers) and str(max(answers)) not in re.findall(r"\d+", words):
        yield "the highest answer to item 9"
    stands, end = told["words"][told["course"][1]], total(row, "round_one_end")
    if start is not None and end is not None and seen(row, "baseline"):
        fate = "responded" if end <= start / 2 else "did not respond"
        wanted = f"ended: {fate} after round one" if start >= FLOOR else "ended"
        if stands != wanted:
            yield "where the course stands"


FAULTS: dict[str, tuple[str, str]] = {
    "another estimate": (r'("n[^"]*"><span data-f="estimate.percent_text">)(\d+)', r"\g<1>1\2"),
    "another mark": (r'(data-f="estimate.define.cut">)(\d+)', r"\g<1>1\2"),
    "another score": (r'(data-f="course.visits.0.text">)(\d+)', r"\g<1>1\2"),
    "another answer": (r'(data-f="answers.tables.0.rows.2.score">)(\d)', r"\g<1>7"),
    "a step of the ledger": (r'(data-f="drivers.others.text">)([+−]?\d+)', r"\g<1>77"),
    "an earlier answer left out": (r'(data-f="safety.entries.0.answers">)[^,<]*, ', r"\1"),
    "somebody else's id": (r'(data-f="header.id">)', r"\1X"),
    "a note turned into OK": (r'class="st note"', 'class="st ok"'),
}  # fmt: skip


def caught(change: tuple[str, str], pages: Mapping[str, tuple[str, Raw, Raw]]) -> bool:
    """Return whether a fault planted in every page that can carry it is found in each."""
    made = 0
    for page, row, score in pages.values():
        broken = re.sub(*change, page)
        if broken == page or ("note" in change[0] and score["reliance"] != "note"):
            continue
        made += 1
        if not page_problems(broken, row, score):
            return False
    return made > 0


def written(folder: Path, people: int) -> tuple[dict[str, Raw], dict[str, Raw]]:
    """Write the table, its scores and its report; return the first two as rows by id."""
    table, scores = folder / "table.csv", folder / "scores.csv"
    write_csv(simulate("demo", people=people, seed=5).table, table)
    model = pr.load_model(MODEL)
    write_csv(pr.score(model, table), scores)
    report(model, table, folder / "report", made=DAY, today=DAY, key=b"a key of this proof only")
    rows = [list(csv.DictReader(path.open(encoding="utf-8"))) for path in (table, scores)]
    return {r["person"]: r for r in rows[0]}, {r["id"]: r for r in rows[1]}


def main(share: float) -> int:
    """Make the report, read it, and state what agrees."""
    people, tally = max(some(PEOPLE, share), FEWEST), Tally()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        raw, scores = written(folder, people)
        rows = listed((folder / "report" / "index.html").read_text("utf-8"))
        pages = {}
        for path in sorted((folder / "report" / "patients").rglob("*.html")):
            page = path.read_text("utf-8")
            pages[keyed(page)["header.id"]] = page
        tally.state(
            f"everybody has a page and a row: {len(pages)}", len(pages) == len(rows) == people
        )
        chosen = sorted(pages)
        for person in chosen:
            found = page_problems(pages[person], raw[person], scores[person])
            listed_ = row_problems(rows[person], raw[person], scores[person])
            tally.lines += [not found, not listed_]
            if found or listed_:
                print(f"BROKEN {person}: {', '.join([*found, *listed_])}")
        print(f"{len(chosen)} pages and {len(chosen)} rows were computed again")
        agree = [not list(of_item_nine(keyed(pages[p]), raw[p], scores[p])) for p in chosen]
        words = f"item 9 on the page is the raw table's: {sum(agree)} of {len(chosen)}"
        tally.state(words, all(agree))
        some_pages = {p: (pages[p], raw[p], scores[p]) for p in chosen[:400]}
    for words, change in FAULTS.items():
        tally.state(f"{words} is caught", caught(change, some_pages))
    return tally.end()


if __name__ == "__main__":
    leave(main(share_asked(__doc__)))
