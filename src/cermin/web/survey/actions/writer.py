"""One thread of each server process writes for all: what has queued is one commit.

Waiting for the disk costs far more than the writes. A request hands its write over and waits; the
thread takes everything that waits, stores it in one transaction per kind, and answers all. SQLite
has a single writer anyway, so this is also what keeps requests from waiting for its lock.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from django.db import close_old_connections, connection

from cermin.web.survey.actions.ballots import Cast, Draw, Drawn, Outcome, mark_drawn, take_in

MOST_AT_ONCE = 256
PATIENCE = 25.0  # seconds that a request waits for its commit

Job = tuple[Draw | Cast, "Future[Any]"]


class GroupWriter:
    """Collects writes of many threads and commits them together."""

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget queue and thread: a process that was forked has neither of its own."""
        self._queue: SimpleQueue[Job] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def write(self, job: Draw | Cast) -> Any:
        """Store ``job`` and return what became of it, once it is committed.

        Raises
        ------
        Exception
            Whatever the database raised; nothing of the job was stored then, or it is not known
            whether it was, and doing it again is safe.
        """
        self._start()
        promise: Future[Any] = Future()
        self._queue.put((job, promise))
        return promise.result(PATIENCE)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="ballots", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            jobs = [self._queue.get()]
            while len(jobs) < MOST_AT_ONCE:
                try:
                    jobs.append(self._queue.get_nowait())
                except Empty:
                    break
            _store([job for job in jobs if isinstance(job[0], Draw)], mark_drawn)
            _store([job for job in jobs if isinstance(job[0], Cast)], take_in)


def _store(jobs: Sequence[Job], store: Callable[[Sequence[Any]], Sequence[Any]]) -> None:
    if not jobs:
        return
    try:
        close_old_connections()
        outcomes = store([what for what, _promise in jobs])
    except BaseException as error:  # every waiting request must hear of it
        for _what, promise in jobs:
            promise.set_exception(error)
        with suppress(Exception):  # the next write begins with a connection of its own
            connection.close()
        return
    for (_what, promise), outcome in zip(jobs, outcomes, strict=True):
        promise.set_result(outcome)


_writer = GroupWriter()
os.register_at_fork(after_in_child=_writer.begin_anew)


def drawn(draw: Draw) -> Drawn:
    """Mark one ballot as drawn; committed when this returns."""
    found: Drawn = _written(draw)
    return found


def taken_in(cast: Cast) -> Outcome:
    """Store one ballot; committed when this returns."""
    outcome: Outcome = _written(cast)
    return outcome


def _written(job: Draw | Cast) -> Any:
    # Whoever calls inside a transaction of their own commits it themselves: the demo, and tests.
    if not connection.in_atomic_block:
        return _writer.write(job)
    return mark_drawn([job])[0] if isinstance(job, Draw) else take_in([job])[0]
