"""Analyses of a cohort that need no model: each takes a cohort and returns tables and statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ANALYSES: dict[str, Callable[..., Any]] = {}
