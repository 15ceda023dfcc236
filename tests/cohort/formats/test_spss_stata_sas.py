"""SPSS, Stata and SAS files, written by pyreadstat: the traps of these formats, each planted."""

from __future__ import annotations

import datetime
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from tests.cohort.formats.damage import damaged, survives

from predict.cohort import read_cohort
from predict.cohort.formats import FORMATS, format_of, open_table, scan
from predict.cohort.formats.readstat import column_of
from predict.cohort.proposal import propose
from predict.definitions.instruments import load_instrument
from predict.definitions.study import read_study
from predict.errors import TableError

WORDS = {0.0: "Not at all", 1.0: "Several days", 2.0: "More than half the days",
         3.0: "Nearly every day"}  # fmt: skip
STUDY = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline"],
    "rounds": {},
    "instruments": {"phq2": {"columns": "q{item}"}},
}
PEOPLE = pd.DataFrame(
    {
        "person": [1001.0, 1002.0, 1003.0, 1004.0],
        "q1": [2.0, 3.0, 0.0, 1.0],
        "q2": [0.0, 1.0, 9.0, np.nan],
        "site": ["a", "", "b", "b"],
        "day": [datetime.date(2024, 1, 31), None, datetime.date(2024, 2, 1), None],
    }
)
WRITE = {
    "spss": ("p.sav", pyreadstat.write_sav, {}),
    "zsav": ("p.zsav", pyreadstat.write_sav, {"compress": True}),
    "stata": ("p.dta", pyreadstat.write_dta, {}),
    "stata 10": ("p.dta", pyreadstat.write_dta, {"version": 10}),
    "xport 5": ("p.xpt", pyreadstat.write_xport, {"file_format_version": 5}),
    "xport 8": ("p.xpt", pyreadstat.write_xport, {"file_format_version": 8}),
}


def written(folder: Path, kind: str, table: pd.DataFrame = PEOPLE, **keys: object) -> Path:
    name, write, own = WRITE[kind]
    write(table, folder / name, **own, **keys)
    return folder / name


def answers(path: Path, **study: object) -> pd.DataFrame:
    return read_cohort(path, {**STUDY, "missing_codes": [9], **study}).at("baseline")


@pytest.mark.parametrize("kind", WRITE)
def test_numbers_ids_and_dates_come_as_they_stand(tmp_path, kind):
    path = written(tmp_path, kind)
    form = {"zsav": "spss"}.get(kind, kind.split()[0])
    assert format_of("no.name", path.read_bytes()) is FORMATS[form]
    read = answers(path)
    assert read.index.tolist() == ["1001", "1002", "1003", "1004"]
    assert read["phq2_1"].tolist() == [2, 3, 0, 1]
    assert read["phq2_2"].isna().tolist() == [False, False, True, True]
    day = open_table(path).read().table.column("day").to_pylist()
    assert day == ["2024-01-31", None, "2024-02-01", None]


@pytest.mark.parametrize("kind", WRITE)
def test_chunks_hold_what_the_whole_holds(tmp_path, kind):
    file = open_table(written(tmp_path, kind), id_column="person")
    whole = file.read().table
    for rows in (1, 2, 3, 4, 100):
        chunks = scan(file, rows, first_row=1, number=0, ids=lambda ids: None)
        assert chunks.rows == 4
        parts = [file.read(chunk).table.to_pylist() for chunk in chunks.chunks]
        assert [row for part in parts for row in part] == whole.to_pylist()


def test_labelled_items_are_read_by_their_codes_never_by_the_alphabet(tmp_path):
    labels = {"q1": WORDS, "q2": {0.0: "Not at all", 3.0: "Nearly every day"}}
    for kind in ("spss", "stata"):
        table = PEOPLE.assign(q1=[2, 3, 0, 1], q2=[0, 1, 3, 3])
        path = written(tmp_path, kind, table, variable_value_labels=labels)
        assert answers(path)["phq2_1"].tolist() == [2, 3, 0, 1]
        assert answers(path)["phq2_2"].tolist() == [0, 1, 3, 3]


def test_labels_that_contradict_the_study_stop_the_table(tmp_path):
    raised = {"q1": {code + 1: word for code, word in WORDS.items()}}
    path = written(tmp_path, "spss", variable_value_labels=raised)
    with pytest.raises(TableError, match="LABELS_CONTRADICT"):
        answers(path)


def test_codes_declared_missing_are_blank_and_counted(tmp_path):
    ranges = {"q1": [{"lo": 2, "hi": 3}], "q2": [9]}
    path = written(tmp_path, "spss", missing_ranges=ranges)
    cohort = read_cohort(path, STUDY)
    assert cohort.at("baseline")["phq2_1"].isna().tolist() == [True, True, False, False]
    message = cohort.problems.set_index("code")["message"]["DECLARED_MISSING"]
    assert message.startswith("3 cells")
    taken = answers(path, declared_missing="answers")
    assert taken["phq2_1"].tolist() == [2, 3, 0, 1]


def test_single_precision_of_stata_counts_as_the_decimal_and_is_told(tmp_path):
    wait = {"people": {"wait": {"kind": "number", "range": [0, 3.8]}}}
    path = written(tmp_path, "stata", PEOPLE.assign(wait=np.float32(3.8), q2=1.0))
    cohort = read_cohort(path, {**STUDY, **wait})
    assert cohort.people["wait"].tolist() == [3.8] * 4
    assert cohort.problems.set_index("code")["message"]["FLOAT_NOISE"].startswith("4 numbers")


def test_zero_of_a_transport_file_is_zero_with_either_sign(tmp_path):
    path = written(tmp_path, "xport 5", PEOPLE.assign(q1=[0.0, 3.0, 0.0, 1.0], q2=1.0))
    data = bytearray(path.read_bytes())
    start = data.index(b"HEADER RECORD*******OBS") + 80
    # The first person's q1 stands behind the id.
    data[start + 8 : start + 16] = b"\x80" + bytes(7)
    path.write_bytes(bytes(data))
    cohort = read_cohort(path, STUDY)
    assert cohort.at("baseline")["phq2_1"].tolist() == [0, 3, 0, 1]
    assert "NEGATIVE_ZERO" in set(cohort.problems["code"])


def test_a_transport_file_of_text_alone_says_that_its_end_is_unsure(tmp_path):
    table = pd.DataFrame({"person": ["a", "b", "c"], "q1": ["1", "2", ""], "q2": ["0", "1", ""]})
    path = written(tmp_path, "xport 5", table.assign(person=["a", "b", ""]))
    cohort = read_cohort(path, STUDY)
    assert "ROWS_UNSURE" in set(cohort.problems["code"])
    with pytest.raises(TableError, match="ROWS_EXPECTED"):
        read_cohort(f"xport:{path}?expect_rows=3", STUDY)
    numbers = read_cohort(written(tmp_path, "xport 5"), {**STUDY, "missing_codes": [9]})
    assert "ROWS_UNSURE" not in set(numbers.problems["code"])


def test_a_second_data_set_in_a_transport_file_is_not_passed_over(tmp_path):
    path = written(tmp_path, "xport 5")
    data = path.read_bytes()
    path.write_bytes(data + data[data.index(b"HEADER RECORD*******MEMBER") :])
    with pytest.raises(TableError, match=r"TABLES_SEVERAL.*2 data sets"):
        read_cohort(path, STUDY)


@pytest.mark.parametrize("kind", ["spss", "zsav", "stata", "xport 5", "xport 8"])
def test_a_file_cut_off_loses_nobody_in_silence(tmp_path, kind):
    table = pd.concat([PEOPLE.assign(q2=1.0)] * 30, ignore_index=True)
    table["person"] = np.arange(len(table)) + 1.0
    path = written(tmp_path, kind, table)
    data = path.read_bytes()
    for cut in (len(data) - 1, len(data) - 83, len(data) - 79, len(data) // 2 + 1):
        path.write_bytes(data[:cut])
        try:
            rows = len(read_cohort(path, STUDY).rows)
        except TableError as error:
            assert "TABLE_DAMAGED" in str(error)  # noqa: PT017 - either is right
            continue
        # What stands behind the rows may go.
        assert rows == len(table)


def test_an_encoding_is_stated_where_the_file_says_none(tmp_path):
    path = written(tmp_path, "xport 5", PEOPLE.assign(site=["x", "y", "Munster", "b"]))
    path.write_bytes(path.read_bytes().replace(b"Munster", b"M\xfcnster"))
    site = {"people": {"site": {"kind": "choice", "values": ["x", "y", "Münster", "b"]}}}
    with pytest.raises(TableError, match="NOT_ENCODED"):
        read_cohort(path, {**STUDY, **site, "missing_codes": [9]})
    cohort = read_cohort(path, {**STUDY, **site, "encoding": "cp1252", "missing_codes": [9]})
    assert cohort.people["site"].tolist() == ["x", "y", "Münster", "b"]


def test_dates_beside_blanks_and_whole_ids_are_text():
    assert column_of([None, datetime.datetime(2024, 1, 31, 8, 5)]).to_pylist() == [
        None, "2024-01-31T08:05:00",
    ]  # fmt: skip
    assert column_of([1e15, 2.0, None], as_text=True).to_pylist() == ["1000000000000000", "2", None]


def survey(folder: Path, visits: tuple[str, ...]) -> Path:
    """An SPSS file of twenty people whose columns say nothing and whose labels say everything."""
    items = load_instrument("phq9").items
    names = {f"v{n}{visit}": item.label for visit in visits for n, item in enumerate(items, 11)}
    draw = np.random.default_rng(3)
    table = pd.DataFrame({name: draw.integers(1, 5, 20).astype(float) for name in names})
    table.insert(0, "person", np.arange(20) + 1.0)
    table["gender"] = [1.0, 2.0] * 10
    table["age"] = draw.integers(18, 99, 20).astype(float)
    words = {code + 1: word for code, word in WORDS.items()}
    labels = {**dict.fromkeys(names, words), "gender": {1.0: "female", 2.0: "male"}}
    labels["age"] = {98.0: "98 or older", 99.0: "refused"}
    pyreadstat.write_sav(table, folder / "s.sav", column_labels=names, variable_value_labels=labels)
    return folder / "s.sav"


def test_init_learns_questions_codes_and_choices_from_labels(tmp_path):
    path = survey(tmp_path, ("",))
    spec = propose(path).spec
    assert spec["instruments"]["phq9"]["items"]["9"] == "v19"
    assert spec["instruments"]["phq9"]["coding_low"] == 1
    assert spec["people"]["gender"]["codes"] == {"1": "female", "2": "male"}
    assert spec["people"]["age"]["kind"] == "number"
    assert len(read_cohort(path, spec).ids) == 20


def test_names_of_several_visits_tell_more_than_labels_of_one(tmp_path):
    path = survey(tmp_path, ("_pre", "_post"))
    table, about = pyreadstat.read_sav(path)
    table.columns = [f"phq9_{int(n[1:3]) - 10}{n[3:]}" if n[0] == "v" else n for n in table]
    labels = dict(zip(table.columns, about.column_labels, strict=True))
    pyreadstat.write_sav(table, path, column_labels={n: w for n, w in labels.items() if w})
    assert propose(path).spec["instruments"]["phq9"]["columns"] == "phq9_{item}_{visit}"


@pytest.mark.parametrize("kind", ["spss", "zsav", "stata", "stata 10", "xport 5", "xport 8"])
def test_damaged_files_are_read_or_refused_and_end_nothing(tmp_path, kind):
    path = written(tmp_path, kind)
    for data in damaged(path.read_bytes(), seed=11, count=8):
        survives(path, data, read_study({**STUDY, "missing_codes": [9]}))


@pytest.mark.parametrize("kind", ["spss", "zsav"])
def test_damaged_headers_of_spss_are_read_or_refused(tmp_path, kind):
    labels = {"q1": WORDS, "q2": WORDS}
    path = written(tmp_path, kind, variable_value_labels=labels, missing_ranges={"q1": [9]})
    whole = path.read_bytes()
    for head in damaged(whole[:1500], seed=5, count=60):
        path.write_bytes(head + whole[1500:])
        with suppress(TableError):
            open_table(f"spss:{path}").read()


def test_long_names_texts_and_labels_of_spss_come_whole(tmp_path):
    text = "".join(chr(97 + n % 26) for n in range(700))
    table = PEOPLE.assign(a_name_of_more_than_eight=["x", text, "täglich", ""])
    labels = {"a_name_of_more_than_eight": {"täglich": "every day"}}
    questions = ["", "", "", "", "", "Wie oft? " * 12]
    for kind in ("spss", "zsav"):
        path = written(tmp_path, kind, table, column_labels=questions, variable_value_labels=labels)
        read = open_table(path).read()
        assert read.table["a_name_of_more_than_eight"].to_pylist() == ["x", text, "täglich", ""]
        note = read.notes["a_name_of_more_than_eight"]
        assert note.label == ("Wie oft? " * 12).rstrip()
        assert note.values == {"täglich": "every day"}


def test_moments_and_times_of_spss_are_iso_text(tmp_path):
    moments = [datetime.datetime(2024, 1, 31, 9, 41, 12), datetime.datetime(2024, 2, 1), None, None]
    times = [datetime.time(9, 5), datetime.time(23, 59, 59), None, None]
    path = written(tmp_path, "spss", PEOPLE.assign(sent=moments, clock=times))
    read = open_table(path).read().table
    assert read["sent"].to_pylist() == ["2024-01-31T09:41:12", "2024-02-01", None, None]
    assert read["clock"].to_pylist() == ["09:05:00", "23:59:59", None, None]


@pytest.mark.parametrize("stated", [2, 5])
def test_another_number_of_rows_than_spss_states_stops_the_table(tmp_path, stated):
    path = written(tmp_path, "spss")
    data = bytearray(path.read_bytes())
    assert int.from_bytes(data[80:84], "little") == 4
    data[80:84] = stated.to_bytes(4, "little")
    path.write_bytes(bytes(data))
    with pytest.raises(TableError, match="TABLE_DAMAGED"):
        read_cohort(path, STUDY)


def test_more_rows_than_bytes_are_refused(tmp_path):
    path = written(tmp_path, "stata")
    data = path.read_bytes()
    place = data.index(b"<N>") + 3
    # 65,536 rows too many: more than the file has bytes, and few enough for any reader.
    path.write_bytes(data[: place + 2] + b"\x01" + data[place + 3 :])
    with pytest.raises(TableError, match="TABLE_DAMAGED"):
        read_cohort(path, STUDY)


def test_a_number_of_rows_that_version_8_states_is_held_against_its_rows(tmp_path):
    path = written(tmp_path, "xport 8", PEOPLE.assign(q2=1.0))
    data = path.read_bytes()
    place = data.index(b"HEADER RECORD*******OBSV8") + 48
    for stated, rows in ((b"4", 4), (b"5", None), (b"3", None)):
        path.write_bytes(data[:place] + stated.rjust(15) + data[place + 15 :])
        if rows:
            assert len(read_cohort(path, STUDY).rows) == rows
            continue
        with pytest.raises(TableError, match="TABLE_DAMAGED"):
            read_cohort(path, STUDY)


def test_columns_lie_in_their_order_whatever_position_they_state(tmp_path):
    path = written(tmp_path, "xport 5", PEOPLE.assign(q2=1.0))
    data = bytearray(path.read_bytes())
    first = data.index(b"HEADER RECORD*******NAMESTR") + 80
    data[first + 84 : first + 88] = (24).to_bytes(4)
    path.write_bytes(bytes(data))
    assert read_cohort(path, STUDY).ids.tolist() == ["1001", "1002", "1003", "1004"]


@pytest.mark.parametrize("kind", WRITE)
def test_a_stretch_that_ends_with_the_file_and_a_file_of_nobody_are_read(tmp_path, kind):
    file = open_table(written(tmp_path, kind, PEOPLE.assign(q2=1.0)), id_column="person")
    stretches = list(file.form.stretches(file, 2))
    assert [stretch.source.table.num_rows for stretch in stretches] == [2, 2]
    assert stretches[1].source.table["site"].to_pylist() == ["b", "b"]
    if kind in ("spss", "zsav"):
        none = open_table(written(tmp_path, kind, PEOPLE.iloc[:0].astype({"day": "str"})))
        assert none.read().table.num_rows == 0
