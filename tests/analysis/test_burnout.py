"""Burnout: entry rule, points by subscale, profiles with the user's boundaries, moves, coding."""

import pandas as pd
import pytest

from predict.analysis.adjusted import adjusted_gain
from predict.analysis.burnout import Boundaries, burnout, declared, profile, read_norms
from predict.analysis.description import scores_by_visit
from predict.cohort import read_cohort
from predict.definitions.programmes import load_programme
from predict.errors import StudyError

ENTRY = {"exhaustion": 4.8, "cynicism": 3.8, "efficacy": 4.3}
BOUNDARIES = {"exhaustion": 4.0, "cynicism": 3.0, "efficacy": 4.0}
STUDY = {
    "id": "person",
    "layout": "wide",
    "visits": ["baseline", "session_6"],
    "rounds": {"one": {"start": "baseline", "end": "session_6"}},
    "instruments": {
        "mbi_gs": {"totals": {scale: f"{scale}_{{visit}}" for scale in ENTRY}},
        "phq9": {"total": "phq9_{visit}"},
    },
}
# exhaustion, cynicism, efficacy at baseline and after session 6; PHQ-9 at both
PEOPLE = {
    "severe to engaged": (5.0, 4.0, 3.0, 2.0, 2.0, 5.0, 18, 6),
    "severe stays": (5.0, 4.0, 3.0, 4.8, 4.0, 3.0, 18, 18),
    "overextended": (5.0, 2.0, 4.2, 5.0, 2.0, 5.0, 12, 10),
    "lost": (5.0, 4.0, 5.0, None, None, None, 15, None),
}


@pytest.fixture
def cohort():
    names = [f"{scale}_{visit}" for visit in ("baseline", "session_6") for scale in ENTRY]
    table = pd.DataFrame(PEOPLE.values(), columns=[*names, "phq9_baseline", "phq9_session_6"])
    return read_cohort(table.assign(person=list(PEOPLE)), STUDY)


def rows(table, **where):
    return table.loc[(table[list(where)] == pd.Series(where)).all(axis=1)].iloc[0]


def test_rates_stand_among_completers_and_among_all_who_entered(cohort):
    responses, _, _ = burnout(cohort, Boundaries(ENTRY, BOUNDARIES))
    frame = responses.frame
    one = rows(frame, row="exhaustion: at least 1 point better", among="completers")
    entered = rows(frame, row="exhaustion: at least 1 point better", among="all who entered")
    assert (one["yes"], one["n"]) == (1, 3)
    assert (entered["yes"], entered["n"]) == (1, 4)


def test_below_the_entry_threshold_means_the_rule_no_longer_holds(cohort):
    frame = burnout(cohort, Boundaries(ENTRY, None))[0].frame
    below = rows(frame, row="below the entry threshold at the end", among="completers")
    assert below["yes"] == 2  # the overextended person's efficacy rose above 4.3


def test_profiles_and_moves(cohort):
    _, shares, moves = burnout(cohort, Boundaries(ENTRY, BOUNDARIES))
    assert rows(shares.frame, profile="burnout", visit="baseline")["yes"] == 2
    assert rows(shares.frame, profile="overextended", visit="baseline")["yes"] == 1
    moved = rows(moves.frame, **{"from": "burnout", "to": "engaged"})
    assert (moved["yes"], moved["n"]) == (1, 2)


@pytest.mark.parametrize(
    ("scores", "name"),
    [
        ((1, 1, 5), "engaged"),
        ((1, 1, 3), "ineffective"),
        ((5, 1, 5), "overextended"),
        ((1, 5, 5), "disengaged"),
        ((5, 5, 3), "burnout"),
        ((5, 5, 5), "unclassified"),
        ((5, 1, 3), "unclassified"),
        ((1, 5, 3), "unclassified"),
    ],
)
def test_five_profiles_and_the_rest(scores, name):
    one = {s: pd.Series([float(v)]) for s, v in zip(BOUNDARIES, scores, strict=True)}
    assert profile(one, BOUNDARIES).tolist() == [name]


def test_norms_become_critical_boundaries(tmp_path):
    lines = ['coding = "0-6"']
    lines += [f"[norms.{scale}]\nmean = 3.0\nsd = 1.0" for scale in BOUNDARIES]
    (tmp_path / "norms.toml").write_text("\n".join(lines))
    boundaries = read_norms(tmp_path / "norms.toml", coding_low=0)
    assert boundaries == {"exhaustion": 3.5, "cynicism": 4.25, "efficacy": 3.1}


def test_real_people_need_norms_of_their_own(cohort):
    """The boundaries of a simulation are no norms: they serve simulated people only."""
    programme = load_programme("burnout-2026")
    assert not cohort.study.simulated
    assert declared(cohort, programme).profiles is None
    assert declared(cohort, programme, BOUNDARIES).profiles == BOUNDARIES


def test_codings_are_never_mixed(tmp_path):
    (tmp_path / "norms.toml").write_text('coding = "0-6"\n')
    with pytest.raises(StudyError, match=r"CODING_MIXED.*'0-6'.*'1-7'"):
        read_norms(tmp_path / "norms.toml", coding_low=1)


def test_boundaries_in_the_tables_coding_are_shifted_with_it(tmp_path):
    lines = ['coding = "1-7"', "[boundaries]", "exhaustion = 5", "cynicism = 4", "efficacy = 5"]
    (tmp_path / "norms.toml").write_text("\n".join(lines))
    assert read_norms(tmp_path / "norms.toml", coding_low=1) == BOUNDARIES


def test_cynicism_adjusted_for_the_phq9(cohort):
    """Gains 2, 0, 0 against falls 12, 0, 2: a line by hand."""
    frame = adjusted_gain(cohort).frame.set_index("statistic")["estimate"]
    assert frame["per PHQ-9 point"] == pytest.approx(44 / 248)
    assert frame["adjusted gain"] == pytest.approx(2 / 3 - 44 / 248 * 14 / 3)


def test_a_change_above_0_is_for_the_better_whichever_end_is_good(cohort):
    """Exhaustion falls, efficacy rises: both above 0, in totals, published figures apart."""
    told = scores_by_visit(cohort).frame.query(
        "visit == 'session_6' and among == 'completers' and statistic == 'change'"
    )
    change = told.set_index("scale")["estimate"]
    assert change["exhaustion"] == pytest.approx((15.0 - 11.8) / 3)
    assert change["efficacy"] == pytest.approx((13.0 - 10.2) / 3)
    # The published percentages go with the mean itself, so their labels do not say "change".
    figures = load_programme("burnout-2026").figures
    percents = [f for f in figures if f.measure and f.measure["name"] == "percent_change"]
    assert [f.value for f in percents] == [-27, -22, 7]
    assert not [f.label for f in percents if "change" in f.label]
