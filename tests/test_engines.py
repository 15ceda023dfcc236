"""Engines: every part once, an error ends its part alone, a process that dies is named."""

from __future__ import annotations

import math
import signal
from concurrent.futures import CancelledError
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from predict import engines
from predict.engines import DaskEngine, LocalEngine, make_engine, processors
from predict.errors import OutputError, UsageError

# Functions that a fresh process can import: a test module it could not.
CALM, DEADLY = signal.SIGCHLD, signal.SIGKILL


@pytest.mark.parametrize("workers", [1, 2])
def test_every_part_is_done_once(workers):
    done = list(LocalEngine(workers).run(math.factorial, list(range(9))))
    assert sorted(d.number for d in done) == list(range(9))
    assert all(d.result == math.factorial(d.number) for d in done)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_ends_its_part_and_the_others_finish(workers):
    done = {d.number: d for d in LocalEngine(workers).run(math.sqrt, [0.0, 1.0, -1.0, 4.0])}
    assert isinstance(done.pop(2).error, ValueError)
    assert [done[n].result for n in sorted(done)] == [0.0, 1.0, 2.0]


def test_a_part_that_kills_its_process_is_named_and_the_others_finish():
    parts = [CALM, CALM, DEADLY, CALM]
    done = {d.number: d for d in LocalEngine(2).run(signal.raise_signal, parts)}
    assert done.pop(2).error is not None
    assert {n: d.error for n, d in done.items()} == {0: None, 1: None, 3: None}


def test_dask_does_every_part_once_on_the_loopback_and_shows_no_dashboard():
    with DaskEngine(workers=1)._client() as client:
        assert client.scheduler.address.startswith("tcp://127.0.0.1:")
        assert client.dashboard_link.startswith("http://127.0.0.1:")
        with pytest.raises(HTTPError, match="404"):
            urlopen(client.dashboard_link)
    done = list(DaskEngine(workers=1).run(math.factorial, list(range(5))))
    assert sorted(d.result for d in done) == [1, 1, 2, 6, 24]


def test_a_dask_cluster_that_loses_its_only_worker_for_too_long_is_started_anew(monkeypatch):
    # A worker takes longer than this to start again: all parts that wait end for want of one.
    monkeypatch.setitem(engines.PATIENCE, "distributed.scheduler.no-workers-timeout", "50ms")
    parts = [CALM, DEADLY, *[CALM] * 8]
    done = {d.number: d for d in DaskEngine(workers=1).run(signal.raise_signal, parts)}
    assert done.pop(1).error is not None
    assert {n: d.error for n, d in done.items()} == dict.fromkeys([0, *range(2, 10)])


def test_names_and_addresses_that_do_not_go_together_are_refused():
    with pytest.raises(UsageError, match="No engine named 'spark'"):
        make_engine("spark")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="--engine dask"):
        make_engine("local", address="tcp://10.0.0.1:8786")
    assert make_engine("dask", address="tls://host:1") == DaskEngine("tls://host:1", 1)


def test_limits_of_the_control_group_are_respected(tmp_path, monkeypatch):
    monkeypatch.setattr("predict.engines._CGROUP", tmp_path)
    assert processors() >= 1
    (tmp_path / "cpu.max").write_text("100000 100000\n")
    assert processors() == 1


def test_a_scheduler_that_goes_away_ends_the_run_at_once(monkeypatch):
    ended = engines._ended

    def gone(number: int, future: object) -> engines.Done[object]:
        # What a client says of a part whose scheduler does not answer any more.
        return engines.Done(2, error=CancelledError()) if number == 2 else ended(number, future)

    monkeypatch.setattr(engines, "_ended", gone)
    with pytest.raises(OutputError, match=r"SCHEDULER_LOST.*--resume") as caught:
        list(DaskEngine(workers=1).run(abs, range(5)))
    assert caught.value.exit_code == 6


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("tcp://127.0.0.1:1", OutputError),
        ("nowhere", UsageError),
        ("tcp://host", UsageError),
        ("tcp://host:much", UsageError),
        ("http://127.0.0.1:8786", UsageError),
    ],
)
def test_an_address_at_which_no_scheduler_answers_is_said_to_be_one(address, error):
    with pytest.raises(error, match="scheduler"):
        list(DaskEngine(address).run(abs, [1]))
