"""Serving the site: granian in WSGI mode, and on wish the background worker beside it."""

from __future__ import annotations

import logging
import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, connections
from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.operations.queries.health import pending_migrations

logger = logging.getLogger(__name__)

_PATIENCE = 30  # seconds for requests and tasks at hand when asked to stop
_PROCESSES = 2


def serve(
    *, host: str, port: int, workers: int, threads: int, worker_command: Sequence[str] = ()
) -> None:
    """Serve until SIGTERM or SIGINT; ``workers`` 0 chooses as many as the database likes.

    The access log stays off: the addresses of invitations are secrets.
    """
    check_servable(workers)
    server = Granian(
        "cermin.web.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers or _suitable_processes(),
        blocking_threads=threads,
        http1_settings=HTTP1Settings(header_read_timeout=15_000),
        log_level=LogLevels.error,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_PATIENCE,
        websockets=False,
    )
    connections.close_all()  # processes are forked: none may share this one's connection
    with _beside(worker_command):
        server.serve()


def check_servable(workers: int) -> None:
    """Refuse to serve a database of another version, or SQLite from several processes."""
    if pending := pending_migrations():
        raise UserError(
            N_("{n} migrasi belum diterapkan. Jalankan: cermin site migrate {folder}"),
            n=len(pending), folder=str(settings.SITE_FOLDER),
        )  # fmt: skip
    if workers > 1 and connection.vendor == "sqlite":
        raise UserError(
            N_("SQLite dilayani satu proses saja. Pakai --threads, atau pindah ke PostgreSQL.")
        )


def public_address(host: str, port: int) -> str:
    """Return the address that people open: that of the proxy where there is one."""
    named = [one for one in settings.ALLOWED_HOSTS if one[0] not in "*.["]
    return f"https://{named[0]}/" if settings.SECURE and named else f"http://{host}:{port}/"


def _suitable_processes() -> int:
    # SQLite has one writer: more processes only wait for each other's lock.
    return 1 if connection.vendor == "sqlite" else _PROCESSES


@contextmanager
def _beside(command: Sequence[str]) -> Iterator[None]:
    """Keep ``command`` running while the site is served."""
    if not command:
        yield
        return
    stopping = threading.Event()
    child = _Child(command)
    keeper = threading.Thread(target=child.keep, args=(stopping,), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        child.end()
        keeper.join(_PATIENCE)


class _Child:
    """A process that is started again when it ends before it should."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = [*command, "--parent", str(os.getpid())]
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C reaches the server, which ends its worker in order.
        return subprocess.Popen(self.command, start_new_session=True)  # noqa: S603 - our command

    def keep(self, stopping: threading.Event) -> None:
        """Start the process again, with a pause, until ``stopping``."""
        while True:
            code = self.process.wait()
            if stopping.wait(5):
                return
            logger.error("Background worker ended with code %d; starting it again", code)
            self.process = self._start()

    def end(self) -> None:
        """Ask the process to end, and end it when it does not."""
        self.process.terminate()
        try:
            self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
