"""A stored model over HTTP: a gate before the scoring server, and the process that holds both.

`gate` admits, bounds, times, counts and logs requests; `request_body` proves a body before anything
reads it; `metrics` counts; `server` opens the port and ends in order. The scoring server itself is
MLflow's and comes from `predict.pipeline.tracking`: this room gets it as any ASGI application.
"""

from __future__ import annotations

from predict.operations.serving.gate import Gate, Limits
from predict.operations.serving.metrics import Metrics
from predict.operations.serving.request_body import Columns
from predict.operations.serving.secrets import read_token
from predict.operations.serving.server import Address, rehearse, serve

__all__ = ["Address", "Columns", "Gate", "Limits", "Metrics", "read_token", "rehearse", "serve"]
