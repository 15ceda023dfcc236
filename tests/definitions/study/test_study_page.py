"""The page about study files names every key, rule and layout there is."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from predict.definitions.outcomes import RULES
from predict.definitions.study import keys, read_study

PAGE = (Path(__file__).parents[3] / "docs" / "study.md").read_text(encoding="utf-8")
KEYS = {
    *keys.KEYS,
    *keys.ROUND_KEYS,
    *keys.INSTRUMENT_KEYS,
    *keys.PERSON_KEYS,
    *keys.TREATMENT_KEYS,
    *keys.DATE_KEYS,
    *RULES,
}


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_key_is_on_the_page(key: str) -> None:
    assert f"`{key}" in PAGE or f"\n{key} = " in PAGE or f", {key} = " in PAGE or f"[{key}" in PAGE


def test_the_example_is_a_valid_study() -> None:
    example = PAGE.split("```toml\n")[1].split("```")[0]
    assert read_study(tomllib.loads(example)).visits[0] == "baseline"
