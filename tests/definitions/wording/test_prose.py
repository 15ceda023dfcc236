"""No sentence stands outside the catalogue, and none in it that nothing says."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path

import pytest

from predict.definitions.wording import load_catalogue

HERE = Path(__file__).parent
_spec = importlib.util.spec_from_file_location("wording_prose", HERE / "prose.py")
assert _spec is not None
assert _spec.loader is not None
prose = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(prose)

SOURCE = Path(load_catalogue.__wrapped__.__code__.co_filename).parents[2]
REPORTS = sorted((SOURCE / "reports").rglob("*.py"))
TEMPLATES = sorted((SOURCE / "reports" / "templates").glob("*.j2"))
SAYING = [
    *REPORTS,
    SOURCE / "scoring" / "reason_words.py",
    SOURCE / "scoring" / "scoring_pass.py",
    SOURCE / "definitions" / "wording" / "catalogue.py",
    SOURCE / "explanation" / "dependence.py",
    *(
        SOURCE / "evaluation" / f"{n}.py"
        for n in ("verdict", "verdict_words", "validation", "differences", "strata")
    ),
    SOURCE / "evaluation" / "lost_to_follow_up.py",
    SOURCE / "features" / "follow_up.py",
    *(SOURCE / "appraisal" / f"{n}.py" for n in ("tripod", "tripod_words", "sample_size")),
]
REASONS = [
    SOURCE / "scoring" / "rows.py",
    *sorted((SOURCE / "models" / "reliance").glob("*rules.py")),
]
# Names of classes in a style sheet, of a verb form, of this program, and of steps as the cohort
# calls them; the words a page must never print; the style of a PDF.
ALLOWED = {
    "fig small", "whisker thick", "ts axt", "ts all", "Verb", "no model", "True",
    "other one", "other two", "lone one", "lone two", "dot hollow", "pt hollow",
    "answered at ", "scored at ", "took round ", "predict ",
}  # fmt: skip
APART = {"forbidden.py", "pdf.py"}


def places(key: str) -> set[str]:
    return {piece for kind, piece in load_catalogue().sentences[key] if kind == "fact"}


@pytest.mark.parametrize("path", [*REPORTS, *REASONS], ids=lambda p: str(p.relative_to(SOURCE)))
def test_no_module_of_the_pages_or_reasons_holds_prose(path: Path) -> None:
    if path.name not in APART:
        assert [text for text in prose.prose(path) if text not in ALLOWED] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_no_template_holds_words(path: Path) -> None:
    assert prose.template_prose(path) == []


@pytest.mark.parametrize(
    "planted",
    [
        'x = "Few people."', 'x = f"at the end of round {name}"', 'x = ["Estimate"]',
        'y = "about "', 'return_ = " to "',
    ],
)  # fmt: skip
def test_planted_prose_is_seen(tmp_path: Path, planted: str) -> None:
    path = tmp_path / "planted.py"
    path.write_text(planted)
    assert prose.prose(path)


def test_every_sentence_is_said_by_something() -> None:
    assert [key for key in load_catalogue().sentences if not _said(key)] == []


@cache
def _uses() -> tuple[set[str], set[str], set[str], set[str]]:
    """Texts and words of the code, whole keys, put-together keys, groups of names."""
    literals = {text for path in SAYING for text in prose.texts(path)}
    reasons = set(prose.texts(SOURCE / "models" / "reliance" / "finding.py"))
    keys = literals | {key for path in TEMPLATES for key in prose.template_keys(path)}
    joined = {e for path in SAYING for e in prose.patterns(path)}
    joined |= {e for path in TEMPLATES for e in prose.template_patterns(path)}
    groups = {group for path in SAYING for group in prose.groups(path)}
    return literals | reasons, keys, joined, groups


def _said(key: str) -> bool:
    _, keys, joined, groups = _uses()
    if key in keys or key.rpartition(".")[0] in groups:
        return True
    matches = [re.fullmatch(e, key) for e in joined if "\\." in e]
    return any(match and all(map(_is_word, match.groups())) for match in matches)


def _is_word(part: str) -> bool:
    """Whether the code holds a part of a key as a text, or puts it together from such."""
    words, keys, joined, _ = _uses()
    if part in words or part in keys or part.isdigit():
        return True
    matches = [re.fullmatch(e, part) for e in joined if "\\." not in e]
    return any(match and all(word in words for word in match.groups()) for match in matches)


def test_every_key_that_is_said_has_its_sentence() -> None:
    say = load_catalogue()
    tables = {key.split(".")[0] for key in say.sentences}
    looks = re.compile(rf"({'|'.join(tables)})(\.[A-Za-z0-9_]+)+")
    groups = {key.rpartition(".")[0] for key in say.sentences}
    whole = {key for key in _uses()[1] if looks.fullmatch(key) and not key.endswith(("_", ".j2"))}
    assert {key for key in whole - FACTS - groups if not say.has(key)} == set()


# Paths of facts in templates that begin like a key of the catalogue.
FACTS = {
    "estimate.low_text", "estimate.high_text", "estimate.base_text", "model.html", "tripod.json",
    "safety.entries.0",
    "estimate.define", "safety.entries", "safety.site", "drivers.others", "drivers.end",
    "drivers.start", "drivers.others.text", "header.id", "header.name", "header.when",
    "header.model", "course.others", "estimate.percent_text", "drivers.arm.text",
}  # fmt: skip


def test_a_sentence_that_is_said_with_named_facts_has_these_places() -> None:
    every = [(path.name, *call) for path in SAYING for call in prose.calls(path)]
    assert len(every) > 60
    wrong = [
        (name, key, sorted(facts))
        for name, key, facts, in_words in every
        if load_catalogue().has(key)
        and (places(key) != facts if in_words else not places(key) <= facts)
    ]
    assert wrong == []
