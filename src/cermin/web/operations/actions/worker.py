"""The background worker: runs queued tasks as they come and the site's duties by the clock.

Several may run at once: a task is claimed by one of them in the database, and the duties are done
by whichever holds their turn. One that is killed loses nothing: the next one frees its tasks.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.db import Error, close_old_connections, connections
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from cermin.web.operations.actions.worker_duties import EVERY_DAY, recover, run_due
from cermin.web.operations.queries.worker import alone, file_of
from cermin.web.pages import clock

logger = logging.getLogger(__name__)

_LONGEST_WAIT = 30.0
_FORCED = 1


def _new_id() -> str:
    return f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(4)}"


@dataclass
class BackgroundWorker:
    """One worker process."""

    interval: float = 1.0
    parent: int = 0  # process without which this one has no reason to live
    id: str = field(default_factory=_new_id)
    stop: threading.Event = field(default_factory=threading.Event)
    next_minute: datetime | None = None
    next_day: datetime | None = None

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; the task at hand is finished first."""
        signal.signal(signal.SIGTERM, self._asked_to_stop)
        signal.signal(signal.SIGINT, self._asked_to_stop)
        failures = 0
        with _presence(self.id):
            logger.info("Worker %s started", self.id)
            while not self.stop.is_set() and not self._is_orphan():
                try:
                    worked = self.turn(clock.now())
                    failures = 0
                except Error as error:
                    failures += 1
                    _let_go(error, failures)
                    self.next_minute = None  # what was cut off is freed as soon as it can be
                    self.stop.wait(min(2.0**failures, _LONGEST_WAIT))
                    continue
                if not worked:
                    self.stop.wait(self.interval)
            logger.info("Worker %s stopped", self.id)

    def run_once(self) -> None:
        """Do what is due and every task that is ready, then return."""
        with _presence(self.id):
            while self.turn(clock.now()):
                pass

    def turn(self, now: datetime) -> bool:
        """Go once around: duties when their time has come, then one task; whether there was one."""
        os.utime(file_of(self.id))
        close_old_connections()  # as at the start of a request
        self._do_duties(now)
        return self._run_one_task()

    def _do_duties(self, now: datetime) -> None:
        if self.next_minute is not None and now < self.next_minute:
            return
        with alone() as my_turn:
            if my_turn:
                recover(self.id)
                run_due(now)
            if my_turn and (self.next_day is None or now >= self.next_day):
                run_due(now, EVERY_DAY)
                self.next_day = now + timedelta(days=1)
        self.next_minute = now + timedelta(minutes=1)

    def _run_one_task(self) -> bool:
        # Looking first: claiming takes the write lock of SQLite, once a second for nothing.
        if not DBTaskResult.objects.ready().exists():
            return False
        Worker(
            queue_names=["*"], excluded_queue_names=[], interval=0, batch=True,
            backend_name="default", startup_delay=False, max_tasks=1, worker_id=self.id,
        ).run()  # fmt: skip
        return True

    def _is_orphan(self) -> bool:
        return bool(self.parent) and os.getppid() != self.parent

    def _asked_to_stop(self, _signal: int, _frame: object) -> None:
        if self.stop.is_set():
            os._exit(_FORCED)  # asked twice: the task at hand is freed by the next worker
        self.stop.set()


def _let_go(error: Error, failures: int) -> None:
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    logger.warning("Database not usable (attempt %d): %s", failures, reason)
    connections.close_all()


@contextmanager
def _presence(worker_id: str) -> Iterator[None]:
    """Hold the lock that says that this worker lives."""
    path = file_of(worker_id)
    descriptor = _locked_file(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _locked_file(path: Path) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if path.exists():
            return descriptor
        os.close(descriptor)  # taken for a dead worker's between the two calls, and removed
