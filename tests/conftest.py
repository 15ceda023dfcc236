"""Settings of every test: properties are tried on the same cases each time, and never timed."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "house",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")

# Read by mypy, never run: every line of it is a mistake.
collect_ignore = ["typed_script.py"]
