"""Analyses of a cohort that need no model: each returns tables and statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ANALYSES: dict[str, Callable[..., Any]] = {}
