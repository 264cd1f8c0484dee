"""A real site for the browser: its folder, its server and its worker, each a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

TESTS = Path(__file__).parents[2]


@dataclass(frozen=True)
class Site:
    """A site that answers at ``url``."""

    folder: Path
    url: str
    environment: dict[str, str] = field(repr=False)

    def run(self, *arguments: str) -> str:
        """Run Python with ``arguments`` as this site and return what it printed."""
        return run(self.environment, *arguments)


def environment_of(folder: Path, *, demo: bool) -> dict[str, str]:
    """Return the variables of a site in ``folder``, free of those of the test process."""
    outer = {name: text for name, text in os.environ.items() if not name.startswith("CERMIN_")}
    return {
        **outer,
        "CERMIN_SITE": str(folder),
        "CERMIN_SECRET_KEY": "only-for-functional-tests-" + "x" * 40,
        "CERMIN_DEMO": "1" if demo else "0",
        "CERMIN_HTTPS": "0",
        "CERMIN_HOSTS": "127.0.0.1",
        "DJANGO_SETTINGS_MODULE": "cermin.web.settings",
        "PYTHONPATH": str(TESTS),
    }


def run(environment: dict[str, str], *arguments: str) -> str:
    """Run Python with ``arguments`` and return what it printed; its errors become ours."""
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{arguments}: {done.stdout[-2000:]}{done.stderr[-3000:]}"
    return done.stdout


@contextmanager
def served(folder: Path, environment: dict[str, str], *, worker: bool) -> Iterator[Site]:
    """Serve the site until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    commands = [
        ["-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
         "--blocking-threads", "4", "--no-ws", "cermin.web.wsgi:application"],
    ]  # fmt: skip
    if worker:
        commands.append(["-m", "django", "db_worker", "--interval", "0.2"])
    with (folder / "server.log").open("wb") as log:
        processes = [
            subprocess.Popen([sys.executable, *command], env=environment, stdout=log, stderr=log)
            for command in commands
        ]
        try:
            _wait(port, folder / "server.log")
            yield Site(folder, f"http://127.0.0.1:{port}", environment)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(timeout=20)


def _wait(port: int, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/bantuan/")
            connection.getresponse()
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    raise AssertionError(f"the server did not start: {log.read_text()[-3000:]}")
