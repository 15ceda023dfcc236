"""The list of bad inputs, numbers 1 to 149: each has a test that bears its number."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "scoring.md"
LISTED = range(1, 150)
# Helpers that assert for a test: the status, the code and the message of a refusal.
ASSERTING = {"refused", "rejects", "same_scores", "raises", "assert_frame_equal"}


def numbers(name: str) -> list[int]:
    """Return the numbers in a test's name.

    >>> numbers("test_045_a_row"), numbers("test_005_006_x"), numbers("test_070_to_072_x")
    ([45], [5, 6], [70, 71, 72])
    """
    ends = re.match(r"test_(\d{3})_to_(\d{3})_", name)
    if ends:
        return list(range(int(ends[1]), int(ends[2]) + 1))
    found = re.match(r"test((?:_\d{3})+)_", name)
    return [int(number) for number in found[1].split("_")[1:]] if found else []


def numbered_tests() -> list[tuple[str, ast.FunctionDef]]:
    trees = [ast.parse(path.read_text()) for path in sorted(TESTS.rglob("test_bad_*.py"))]
    functions = [n for tree in trees for n in tree.body if isinstance(n, ast.FunctionDef)]
    return [(function.name, function) for function in functions if numbers(function.name)]


def asserts(function: ast.FunctionDef) -> bool:
    """Return whether anything in the function can fail the test."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in ASSERTING:
                return True
    return False


def test_each_of_the_bad_inputs_has_a_test():
    tested = {number for name, _ in numbered_tests() for number in numbers(name)}
    assert sorted(set(LISTED) - tested) == []
    assert sorted(tested - set(LISTED)) == []


@pytest.mark.parametrize("number", LISTED)
def test_each_of_them_asserts_what_becomes_of_it(number):
    mine = [function for name, function in numbered_tests() if number in numbers(name)]
    assert mine
    assert all(asserts(function) for function in mine)


def test_the_page_lists_what_nights_meet_each_with_its_counter_case():
    text = PAGE.read_text()
    rows = re.findall(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \|$", text, flags=re.MULTILINE)
    listed = {int(number): cells for number, *cells in rows if int(number) > 100}
    assert list(listed) == list(range(113, LISTED.stop))
    assert f"{len(LISTED)} bad inputs, each with a number" in text
    assert {n for n, cells in listed.items() if not all(map(str.strip, cells))} == set()
