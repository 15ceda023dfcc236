"""An instrument told whole says what its file says: items, codes, words, scales, sources."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import predict as pr
from predict.definitions.instruments import instrument_ids, load_instrument
from predict.errors import StudyError
from predict.pipeline.instrument_page import instrument_lines, scale_words

OWN = {
    "id": "person",
    "layout": "wide",
    "visits": ["start", "end"],
    "rounds": {"one": {"start": "start", "end": "end"}},
    "instruments": {
        "calm": {
            "columns": "calm_{item}_{visit}",
            "define": {
                "title": "Calm scale",
                "low": 1,
                "high": 2,
                "answers": ["Never", "Often"],
                "items": [
                    {"key": "1", "label": "At ease", "domain": "mood"},
                    {"key": "2", "label": "Tense", "domain": "mood", "answers": ["No", "Yes"]},
                ],
                "scales": [
                    {"name": "total", "title": "Calm total", "low": 2, "high": 4,
                     "better": "high", "reversed": ["2"]},
                ],
            },
        }
    },
}  # fmt: skip


def listed(*words: str) -> str:
    command = [sys.executable, "-m", "predict", "list", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", instrument_ids())
def test_nothing_of_an_instrument_is_left_out(name: str) -> None:
    tool, lines = load_instrument(name), list(instrument_lines(load_instrument(name)))
    text = "\n".join(lines)
    for item in tool.items:
        (line,) = [one for one in lines if one.startswith(f"  {item.key} ")]
        assert f"{item.low} to {item.high}  {item.label}" in line
        assert ("safety item" in line) == (item.key in tool.safety_items)
        assert all(f"{item.low + n} {word}" in text for n, word in enumerate(item.answers))
    for scale in tool.scales:
        assert scale_words(scale) in lines
        assert all(f"{band.label} {band.low:g} to {band.high:g}" in text for band in scale.bands)
    places = [place for some in tool.spec.get("source", {}).values() for place in some]
    assert all(place in text for place in places)
    asked = pr.list_items(name)
    assert asked.index.tolist() == [item.key for item in tool.items]
    assert asked["high"].tolist() == [item.high for item in tool.items]


def test_the_verb_prints_codes_words_cuts_and_sources() -> None:
    lines = listed("instruments", "phq9").splitlines()
    assert lines[0] == "PHQ-9 (phq9)"
    assert any(line.startswith("  9  0 to 3  Thoughts of being better off dead") for line in lines)
    assert any(line.startswith("Answers: 0 Not at all, 1 Several days") for line in lines)
    (scale,) = [line for line in lines if line.startswith("Scale total")]
    assert "0 to 27 points, low is better; sum of 9 items" in scale
    assert "a case at 10 or above; remission at 4 or below; bands minimal 0 to 4" in scale
    assert any("Kroenke, Spitzer, Williams 2001" in line for line in lines)
    assert json.loads(listed("instruments", "phq9", "--json"))["title"] == "PHQ-9"


def test_an_instrument_of_ones_own_is_told_by_its_study() -> None:
    study = pr.read_study(OWN)
    asked = pr.list_items("calm", study)
    assert asked["answers"].tolist() == ["1 Never, 2 Often", "1 No, 2 Yes"]
    assert asked["better"].tolist() == ["high", "low"]
    lines = list(instrument_lines(study.own_instruments["calm"]))
    assert "  2  1 to 2  Tense [turned round] (1 No, 2 Yes)" in lines
    assert (
        "Scale total: Calm total, 2 to 4 points, high is better; sum of 2 items; no cut-off"
        in (lines[-1][:86])
    )
    with pytest.raises(StudyError, match="NO_INSTRUMENT"):
        pr.list_items("calm")


def test_a_name_goes_with_instruments_and_outcomes_only() -> None:
    command = [sys.executable, "-m", "predict", "list", "families", "linear"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "predict list instruments NAME" in done.stderr
