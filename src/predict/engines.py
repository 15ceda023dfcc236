"""Where parts of a table are worked on: in this process, in several, or on a Dask cluster.

An engine is handed one function and a list of part descriptions. The function is idempotent: it
reads its part, writes its result and returns counts. So work may be done twice without harm, no
patient row crosses a scheduler, and every engine leaves the same bytes behind.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, TypeVar
from urllib.parse import urlsplit

from predict.errors import OutputError, UsageError

Part = TypeVar("Part")
Result = TypeVar("Result")
RETRIES = 3
WATCH_SECONDS = 0.5
_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Done(Generic[Result]):
    """What became of one part: its number and either a result or the error that it ended with."""

    number: int
    result: Result | None = None
    error: BaseException | None = None


class Engine(Protocol):
    """Runs a function over parts and yields what became of each, in the order they finish."""

    def run(
        self, work: Callable[[Part], Result], parts: Sequence[Part]
    ) -> Iterator[Done[Result]]: ...


@dataclass(frozen=True)
class LocalEngine:
    """The processors of one machine.

    Parameters
    ----------
    workers : int
        Parts worked on at once; 1 works in this process.

    Examples
    --------
    >>> [done.result for done in LocalEngine().run(abs, [-1, 2])]
    [1, 2]
    """

    workers: int = 1

    def run(self, work: Callable[[Part], Result], parts: Sequence[Part]) -> Iterator[Done[Result]]:
        """Yield what became of each part; an error ends its part, not the others."""
        if self.workers == 1 or len(parts) < 2:
            yield from (_here(work, number, part) for number, part in enumerate(parts))
            return
        left = yield from self._together(work, parts, range(len(parts)))
        # A process died: each part it may have died of is tried again alone, so the one is known.
        for number in left:
            again = yield from self._together(work, parts, [number])
            if again:
                yield Done(number, error=RuntimeError("its process died twice"))

    def _together(
        self, work: Callable[[Part], Result], parts: Sequence[Part], numbers: Sequence[int]
    ) -> Generator[Done[Result], None, list[int]]:
        """Yield finished parts; return the numbers of those lost when a process died."""
        lost: list[int] = []
        with _pool(min(self.workers, len(numbers))) as pool:
            for number, future in _windowed(pool, work, parts, numbers, 2 * self.workers):
                error = future.exception()
                if isinstance(error, BrokenProcessPool):
                    lost.append(number)
                else:
                    yield Done(number, None if error else future.result(), error)
        return lost


def _here(work: Callable[[Part], Result], number: int, part: Part) -> Done[Result]:
    try:
        return Done(number, work(part))
    except Exception as error:
        return Done(number, error=error)


def _pool(workers: int) -> Executor:
    import multiprocessing

    # A forked copy of a process that holds threads may hang: start clean ones.
    clean = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, clean, initializer=_end_with, initargs=(os.getpid(),))


def _end_with(parent: int) -> None:
    """Have this process end when its parent is no more, however that one ended.

    A killed parent tells nobody; its workers would wait for the next part for ever.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _windowed(
    pool: Executor,
    work: Callable[[Part], Result],
    parts: Sequence[Part],
    numbers: Sequence[int],
    window: int,
) -> Iterator[tuple[int, Future[Result]]]:
    """Keep a few parts in flight, so that a million parts cost no more memory than ten."""
    waiting: dict[Future[Result], int] = {}
    queue = iter(numbers)
    while True:
        while len(waiting) < window and (number := next(queue, None)) is not None:
            waiting[_submit(pool, work, parts[number])] = number
        if not waiting:
            return
        for future in wait(waiting, return_when=FIRST_COMPLETED).done:
            yield waiting.pop(future), future


def _submit(pool: Executor, work: Callable[[Part], Result], part: Part) -> Future[Result]:
    try:
        return pool.submit(work, part)
    except BrokenProcessPool as error:
        broken: Future[Result] = Future()
        broken.set_exception(error)
        return broken


@dataclass(frozen=True)
class DaskEngine:
    """A Dask cluster: the user's own by its address, or one on this machine.

    Parameters
    ----------
    address : str, optional
        ``tcp://host:port`` or ``tls://host:port`` of a running scheduler, whose workers see the
        same files. For TLS the keys come from the user's own Dask configuration.
    workers : int
        Processes of the cluster started here when no address is given. It listens on the
        loopback address only and has no dashboard.
    """

    address: str | None = None
    workers: int = 2

    def run(self, work: Callable[[Part], Result], parts: Sequence[Part]) -> Iterator[Done[Result]]:
        """Yield what became of each part; a part that keeps killing its worker is named."""
        suspects = yield from self._together(work, parts)
        # Parts that only waited on a dying worker are blamed with it: each is tried alone.
        yield from self._alone(work, [(number, parts[number]) for number in suspects])

    def _together(
        self, work: Callable[[Part], Result], parts: Sequence[Part]
    ) -> Generator[Done[Result], None, list[int]]:
        """Yield finished parts; return the numbers of those whose workers died.

        A cluster that has lost all its workers is left for a new one, until one does nothing.
        """
        left, suspects, barren = list(enumerate(parts)), list[int](), 0
        while left and barren < 2:
            queue, finished = iter(left), 0
            with self._client() as client:
                for done in _on_cluster(client, work, queue, 4 * self.workers):
                    if _without_worker(done.error):
                        suspects.append(done.number)
                    else:
                        finished += 1
                        yield done
            left, barren = list(queue), 0 if finished else barren + 1
        yield from (Done(n, error=RuntimeError("no worker was left")) for n, _ in left)
        return suspects

    def _alone(
        self, work: Callable[[Part], Result], parts: Sequence[tuple[int, Part]]
    ) -> Iterator[Done[Result]]:
        """Yield what became of each part, worked on by itself; after a death on a new cluster."""
        left = list(parts)
        while left:
            with self._client() as client:
                yield from _until_death(client, work, left)

    def _client(self) -> Any:
        try:
            from distributed import Client, Security
        except ImportError as error:
            raise UsageError(
                "The engine 'dask' is not installed. Install the extra: predict-response[dask]."
            ) from error
        if self.address:
            secure = self.address.startswith("tls://")
            security = Security(require_encryption=True) if secure else None
            _knock(self.address)
            try:
                return Client(self.address, security=security, set_as_default=False)
            except (OSError, TimeoutError) as error:
                raise _lost("does not answer") from error
        return _local_client(self.workers)


def _knock(address: str) -> None:
    """Stop where nobody listens at an address: a client that waits for one hangs for a minute."""
    try:
        socket.create_connection(_host_of(address), timeout=30).close()
    except OSError as error:
        raise _lost("does not answer") from error


def _host_of(address: str) -> tuple[str, int]:
    """The host and port of a scheduler's address."""
    place = urlsplit(address)
    try:
        host, port = place.hostname, place.port
    except ValueError:
        host, port = None, None
    if place.scheme not in ("tcp", "tls") or not host or not port:
        raise UsageError(f"'{address}' is no address of a scheduler, such as tcp://host:8786.")
    return host, port


def _lost(what: str) -> OutputError:
    return OutputError(
        f"The scheduler {what}. Parts that are done stay; start it again, and use --resume.",
        code="SCHEDULER_LOST",
    )


# A busy machine starts a process slowly; a cluster without any worker left must say so, not wait.
PATIENCE = {
    "distributed.comm.timeouts.connect": "120s",
    "distributed.scheduler.no-workers-timeout": "120s",
}


def _until_death(
    client: Any, work: Callable[[Part], Result], left: list[tuple[int, Part]]
) -> Iterator[Done[Result]]:
    """Work on one part after another, each taken off the list, until a worker dies of one."""
    while left:
        (done,) = _on_cluster(client, work, iter([left.pop(0)]), 1)
        yield done
        if _without_worker(done.error):
            return


def _without_worker(error: BaseException | None) -> bool:
    """Whether a part's workers died, or there was none left to do it."""
    return type(error).__name__ in ("KilledWorker", "NoWorkerError")


def _local_client(workers: int) -> Any:
    from contextlib import contextmanager, suppress

    import dask
    from distributed import Client, LocalCluster

    @contextmanager
    def started() -> Iterator[Any]:
        with dask.config.set(PATIENCE):
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                host="127.0.0.1",
                # Some port of the loopback answers health questions; no page is served.
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
                silence_logs=50,
            )
            try:
                with Client(cluster, set_as_default=False) as client:
                    yield client
            finally:
                # All results are in: a worker caught while it starts again must not undo them.
                with suppress(AssertionError, OSError, TimeoutError):
                    cluster.close()

    return started()


def _on_cluster(
    client: Any, work: Callable[[Part], Result], queue: Iterator[tuple[int, Part]], window: int
) -> Iterator[Done[Result]]:
    """Yield what became of each part; take no more from the queue once no worker is left.

    Raises
    ------
    OutputError
        With code ``SCHEDULER_LOST``, at once: nothing that is handed in is ever done.
    """
    from distributed import as_completed

    alive = True
    numbers: dict[str, int] = {}
    running = as_completed([], loop=client.loop)

    def feed(count: int) -> None:
        for _, (number, part) in zip(range(count), queue, strict=False):
            future = client.submit(work, part, pure=False, retries=RETRIES)
            numbers[future.key] = number
            running.add(future)

    feed(window)
    for future in running:
        done = _ended(numbers.pop(future.key), future)
        if isinstance(done.error, CancelledError):
            raise _lost("went away")
        alive = alive and type(done.error).__name__ != "NoWorkerError"
        yield done
        future.release()
        if alive:
            feed(1)


def _ended(number: int, future: Any) -> Done[Any]:
    # Asked for once: between two questions the worker that holds the answer may die.
    try:
        return Done(number, future.result())
    except Exception as error:
        return Done(number, error=error)


def make_engine(
    name: Literal["local", "dask"], *, workers: int = 1, address: str | None = None
) -> Engine:
    """Return the engine of that name.

    Raises
    ------
    UsageError
        When there is none, or an address is given to an engine that has no scheduler.
    """
    check_engine(name, address or "")
    if name == "dask":
        return DaskEngine(address, max(workers, 1))
    return LocalEngine(max(workers, 1))


def check_engine(name: str, address: str) -> None:
    """Stop where there is no engine of that name, or an address is none or has no engine."""
    if name not in ("local", "dask"):
        raise UsageError(f"No engine named '{name}'. Use 'local' or 'dask'.")
    if address and name == "local":
        raise UsageError("--scheduler needs --engine dask; the local engine has no scheduler.")
    if address:
        _host_of(address)


def processors() -> int:
    """Return how many processors this process may use: its affinity and its control group."""
    allowed = len(os.sched_getaffinity(0))
    quota = _limit("cpu.max").split()
    if len(quota) == 2 and quota[0] != "max":
        allowed = min(allowed, max(1, int(quota[0]) // int(quota[1])))
    return allowed


def _limit(name: str) -> str:
    path = _CGROUP / name
    return path.read_text() if path.is_file() else ""
