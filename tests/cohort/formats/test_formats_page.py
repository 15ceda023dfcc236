"""The page about formats: its examples are valid studies, its codes are those that are told."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from predict.cohort.formats import FORMATS
from predict.definitions.study import read_study

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
SOURCES = "".join(p.read_text() for p in (ROOT / "src" / "predict" / "cohort").rglob("*.py"))


@pytest.mark.parametrize("example", [text for text in EXAMPLES if re.search(r"^id = ", text)])
def test_an_example_is_a_valid_study(example):
    assert read_study(tomllib.loads(example)).instruments


def test_every_code_on_the_page_is_told_somewhere():
    codes = set(re.findall(r"`([A-Z][A-Z_]{5,})`", PAGE)) - {"REDCAP_TOKEN", "REDCAP_TOKEN_FILE"}
    assert len(codes) > 30
    assert [code for code in sorted(codes) if f'"{code}"' not in SOURCES] == []


def test_every_word_that_a_format_tells_is_on_the_page():
    words = {code for form in FORMATS.values() for code in getattr(form, "words", {})}
    plain = {"RESOURCES_MERGED", "RESOURCES_UNREAD", "ITEMS_UNREAD", "LABELS_REPEATED", "ROW_TWICE",
             "OBSERVATIONS_UNREAD", "PATIENTS_UNKNOWN"}  # fmt: skip
    assert sorted(code for code in words - plain if f"`{code}`" not in PAGE) == []
