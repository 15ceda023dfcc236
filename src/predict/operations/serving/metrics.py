"""What a server counts: requests, rows and seconds, never who; in Prometheus' text format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# Upper bounds of a request's seconds.
BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
STATUSES = ("scored", "no_estimate", "rejected")


@dataclass
class Metrics:
    """Running counts of one server. They are written from its event loop alone, so need no lock.

    Parameters
    ----------
    model : str
        Digest of the model that is served.

    Examples
    --------
    >>> metrics = Metrics("96d99bfd6a73")
    >>> metrics.add("/invocations", 200, 0.02, rows=["scored"])
    >>> 'predict_serve_rows_total{status="scored"} 1' in metrics.text()
    True
    """

    model: str
    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    buckets: Counter[float] = field(default_factory=Counter)
    seconds: float = 0.0
    waiting: int = 0

    def add(
        self, path: str, status: int, seconds: float, *, code: str = "", rows: Iterable[str] = ()
    ) -> None:
        """Count one request that was answered."""
        self.requests[path, status] += 1
        self.rows.update(rows)
        if code:
            self.refused[code] += 1
        if path == "/invocations":
            self.seconds += seconds
            self.buckets.update(bound for bound in BOUNDS if seconds <= bound)

    def totals(self) -> Mapping[str, int]:
        """Return what the audit keeps of a server's life."""
        return {"requests": self.requests.total(), "rows": self.rows.total(), **self._statuses()}

    def _statuses(self) -> dict[str, int]:
        return {status: self.rows[status] for status in STATUSES}

    def text(self) -> str:
        """Return all counts as Prometheus reads them."""
        asked = sum(n for (path, _), n in self.requests.items() if path == "/invocations")
        return "\n".join(
            [
                *_series("predict_serve_model_info", "gauge", {_labels(sha256=self.model): 1}),
                *_series("predict_serve_waiting", "gauge", {"": self.waiting}),
                *_series(
                    "predict_serve_requests_total",
                    "counter",
                    {_labels(path=p, status=str(s)): n for (p, s), n in self.requests.items()},
                ),
                *_series(
                    "predict_serve_refused_total",
                    "counter",
                    {_labels(code=code): n for code, n in self.refused.items()},
                ),
                *_series(
                    "predict_serve_rows_total",
                    "counter",
                    {_labels(status=status): n for status, n in self._statuses().items()},
                ),
                "# TYPE predict_serve_seconds histogram",
                *(f'predict_serve_seconds_bucket{{le="{b:g}"}} {self.buckets[b]}' for b in BOUNDS),
                f'predict_serve_seconds_bucket{{le="+Inf"}} {asked}',
                f"predict_serve_seconds_sum {self.seconds:.6f}",
                f"predict_serve_seconds_count {asked}",
                "",
            ]
        )


def _series(name: str, kind: str, values: Mapping[str, int]) -> list[str]:
    return [f"# TYPE {name} {kind}", *(f"{name}{labels} {n}" for labels, n in values.items())]


def _labels(**values: str) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in values.items()) + "}"
