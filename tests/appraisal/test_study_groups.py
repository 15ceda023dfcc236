"""What a question's checklist tells: the headline first, and no small group by subtraction."""

import numpy as np
import pytest

from predict.appraisal.study_groups import StudyGroups
from predict.cohort.follow_up import FollowUp


def groups_of(sizes):
    """Return a question's groups; `sizes` holds how many are alike, by what became of them.

    Some of those below the floor have an end score; all without answers at the visit do.
    """
    names = np.repeat(list(sizes), list(sizes.values()))
    yes, no, early, lost, floor, gone = (
        names == name for name in ("yes", "no", "early", "lost", "floor", "floor_gone")
    )
    everybody, below = np.ones(len(names), dtype=bool), floor | gone
    known, scored, learned = yes | no | early, ~(lost | gone), yes | no
    follow_up = FollowUp(known, yes, lost)
    left = {"below_floor": below, "no_answers_as_of": early, "no_end_score": lost}
    answers = {"yes": yes, "no": no | early, "unknown": lost, "not_applicable": below}
    return StudyGroups(
        valid=everybody, learned=learned, events=yes, answers=answers, left_out=left,
        follow_up=follow_up, here=follow_up, steps=(("valid people", everybody), ("end", scored)),
        sums=(
            np.array([learned, *left.values()]), np.array([*answers.values()]),
            np.array([known, lost]), np.array([~scored, scored]),
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def weeks():
    """A trial as of its second week: 5 below the floor, one lacks the visit, 41 were lost."""
    return groups_of({"yes": 49, "no": 76, "early": 1, "lost": 41, "floor": 3, "floor_gone": 2})


def test_two_small_groups_are_not_told_by_what_is_left_of_the_table(weeks):
    """172 less the 125 learned from and the 41 lost would leave 6 people for both."""
    release = weeks.released()
    told = [release.may_tell(group) for group in (weeks.valid, weeks.learned, weeks.follow_up.lost)]
    assert told == [False, True, True]
    assert not release.may_tell(weeks.left_out["below_floor"])
    assert not release.may_tell(weeks.follow_up.known)


def test_the_lost_are_told_before_the_visit_that_would_give_three_people_away():
    """903 less the 791 with a score at the end are 112: 3 more than the 109 who were lost."""
    study = groups_of({"yes": 418, "no": 347, "lost": 109, "floor": 26, "floor_gone": 3})
    release = study.released()
    assert release.may_tell(study.valid, study.learned, study.events, *study.left_out.values())
    assert not release.may_tell(dict(study.steps)["end"])


def test_what_was_only_added_up_is_left_to_whoever_tells_it(weeks):
    release = weeks.released()
    assert release.groups is not None
    keys = {group.tobytes() for group in release.groups}
    assert weeks.follow_up.started.tobytes() not in keys
