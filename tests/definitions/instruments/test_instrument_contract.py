"""What must hold for every instrument that is listed, the moment it is listed."""

from __future__ import annotations

import copy
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predict.definitions.instruments import (
    Instrument,
    instrument_ids,
    load_instrument,
    loinc_problem,
)
from predict.definitions.instruments.reading import instrument_from
from predict.errors import StudyError

ALL = [load_instrument(name) for name in instrument_ids()]
SCALES = [(i, s.name) for i in ALL for s in i.scales]
WORDED = {"phq9", "phq8", "phq2", "phq_ads", "gad7", "cesd", "pcl5", "mhi5", "mhi5_four", "cssrs"}


def names(pairs: list[tuple[Instrument, str]]) -> list[str]:
    return [f"{instrument.id}-{scale}" for instrument, scale in pairs]


def table(instrument: Instrument, rows: list[list[float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[instrument.column(i.key) for i in instrument.items])


def draw(instrument: Instrument, people: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.column_stack(
        [rng.integers(i.low, i.high + 1, people) for i in instrument.items]
    ).astype(float)


@pytest.mark.parametrize("instrument", ALL, ids=lambda i: i.id)
def test_it_comes_back_from_its_own_mapping(instrument: Instrument) -> None:
    assert instrument_from(instrument.to_dict()) == instrument
    assert load_instrument(instrument.id).item(instrument.items[0].key) == instrument.items[0]


@pytest.mark.parametrize(("instrument", "scale"), SCALES, ids=names(SCALES))
def test_scores_stay_in_range_and_reach_both_ends(instrument: Instrument, scale: str) -> None:
    stated = instrument.scale(scale)
    totals = instrument.score(table(instrument, draw(instrument, 400, 1).tolist()), scale)
    assert totals.between(stated.low, stated.high).all()
    item = {i.key: i for i in instrument.items}
    ends = [
        [
            (i.high if (i.key in stated.reversed) != worst else i.low) if i.key in item else 0
            for i in instrument.items
        ]
        for worst in (False, True)
    ]
    assert instrument.score(table(instrument, ends), scale).tolist() == [stated.low, stated.high]


@pytest.mark.parametrize(("instrument", "scale"), SCALES, ids=names(SCALES))
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_score_moves_one_way_with_each_item(
    instrument: Instrument, scale: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(instrument.items) - 1))
    item = instrument.items[place]
    row = draw(instrument, 1, data.draw(st.integers(0, 10_000)))[0]
    rows = [[*row[:place], v, *row[place + 1 :]] for v in range(item.low, item.high + 1)]
    steps = instrument.score(table(instrument, rows), scale).diff().dropna()
    down = item.key in instrument.scale(scale).reversed
    assert (steps <= 0).all() if down else (steps >= 0).all()


@pytest.mark.parametrize(("instrument", "scale"), SCALES, ids=names(SCALES))
def test_bands_partition_the_range(instrument: Instrument, scale: str) -> None:
    stated = instrument.scale(scale)
    if not stated.bands:
        assert instrument.band(pd.Series([stated.low]), scale).isna().all()
        return
    whole = pd.Series(np.arange(stated.low, stated.high + 1, stated.factor))
    labels = instrument.band(whole, scale)
    assert labels.notna().all()
    runs = [label for label, _ in itertools.groupby(labels)]
    assert runs == [band.label for band in stated.bands]
    outside = pd.Series([stated.low - 1, stated.high + 1])
    assert instrument.band(outside, scale).isna().all()


@pytest.mark.parametrize(("instrument", "scale"), SCALES, ids=names(SCALES))
def test_the_missing_item_rule_is_kept(instrument: Instrument, scale: str) -> None:
    stated = instrument.scale(scale)
    if stated.method in ("maxima", "levels"):  # worked out by hand in test_instrument_golden
        assert stated.allowed_missing == 0
        return
    for missing in range(len(stated.items) + 1):
        row = {instrument.column(i.key): float(i.low) for i in instrument.items}
        for key in stated.items[:missing]:
            row[instrument.column(key)] = np.nan
        score = instrument.score(pd.DataFrame([row]), scale)
        expected = missing <= stated.allowed_missing and missing < len(stated.items)
        assert score.notna().iloc[0] == expected


@pytest.mark.parametrize("instrument", ALL, ids=lambda i: i.id)
def test_rows_do_not_know_each_other(instrument: Instrument) -> None:
    answers = table(instrument, draw(instrument, 30, 2).tolist())
    answers = answers.mask(np.random.default_rng(3).random(answers.shape) < 0.05)
    for scale in instrument.scales:
        together = instrument.score(answers, scale.name)
        alone = pd.concat([instrument.score(answers.iloc[[i]], scale.name) for i in range(30)])
        pd.testing.assert_series_equal(together, alone)


@pytest.mark.parametrize("instrument", ALL, ids=lambda i: i.id)
def test_every_code_passes_its_check_digit(instrument: Instrument) -> None:
    codes = [i.loinc for i in instrument.items]
    assert not any(loinc_problem(code, instrument.id, "x") for code in codes)
    assert loinc_problem(instrument.loinc_total, instrument.id) == ""


@pytest.mark.parametrize("instrument", ALL, ids=lambda i: i.id)
def test_answer_wording_ships_only_where_the_licence_allows_it(instrument: Instrument) -> None:
    if any(i.answers for i in instrument.items):
        assert instrument.id in WORDED
    assert instrument.licence


def broken(name: str, **changes: object) -> dict[str, object]:
    spec = copy.deepcopy(load_instrument(name).to_dict())
    spec.update(changes)
    return spec


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        (broken("phq9", titel="x"), "INSTRUMENT_KEY_UNKNOWN"),
        (broken("phq9", safety_items=["10"]), "SAFETY_ITEM"),
        (broken("phq9", source={}), "FACT_UNSOURCED"),
        (broken("pcl5", loinc={"total": "70221-7"}), "LOINC"),
        (broken("phq8", loinc={"total": "44261-6"}), "LOINC"),
        (broken("phq9", low=3), "ITEM_RANGE"),
    ],
)
def test_a_faulty_file_is_refused_with_its_code(spec: dict[str, object], code: str) -> None:
    with pytest.raises(StudyError) as caught:
        instrument_from(spec)
    assert code in {p.code for p in caught.value.problems}
    assert all(p.message for p in caught.value.problems)


def test_bands_with_a_gap_or_an_overlap_are_refused() -> None:
    for bands in (
        [["a", 0, 9], ["b", 11, 27]],
        [["a", 0, 10], ["b", 10, 27]],
        [["a", 1, 27]],
    ):
        spec = broken("phq9")
        spec["scales"][0]["bands"] = bands  # type: ignore[index]
        with pytest.raises(StudyError) as caught:
            instrument_from(spec)
        assert {p.code for p in caught.value.problems} == {"BANDS"}
