"""A real site for the browser: its folder, its server and its worker, each a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

from ports import free_port

TESTS = Path(__file__).parents[2]
DEMO = ("-m", "cermin.cli", "site", "demo", "--no-serve")
DEMO_PEOPLE = {
    "owner": "pengelola@rawabening.example",
    "contact": "penghubung@rawabening.example",
    "province": "pengelola@rawaraya.example",
    "city": "pengelola@tanjungasri.example",
}
DEMO_PASSWORD = "jernih seperti cermin"
INIT = ("-m", "cermin.cli", "site", "init", "--no-https")


@dataclass(frozen=True)
class Site:
    """A site that answers at ``url``."""

    folder: Path
    url: str
    environment: dict[str, str] = field(repr=False)

    @property
    def log(self) -> str:
        """What the server has written so far."""
        return (self.folder / "server.log").read_text(encoding="utf-8")


def environment_of(folder: Path, *, demo: bool) -> dict[str, str]:
    """Return the variables of a site in ``folder``, free of those of the test process."""
    outer = {name: text for name, text in os.environ.items() if not name.startswith("CERMIN_")}
    return {
        **outer,
        "CERMIN_SITE": str(folder),
        "CERMIN_DEMO": "1" if demo else "0",
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
def served(folder: Path, environment: dict[str, str]) -> Iterator[Site]:
    """Serve the site with its worker until the block ends."""
    port = free_port()
    command = [
        sys.executable, "-m", "cermin.cli", "site", "serve", str(folder), "--port", str(port),
        "--workers", "1", "--threads", "4", "--with-worker",
    ]  # fmt: skip
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            wait_for(port, log)
            yield Site(folder, f"http://127.0.0.1:{port}", environment)
        finally:
            process.terminate()
            process.wait(timeout=90)


def wait_for(port: int, log: Path) -> None:
    """Wait until a server answers; fail with its log."""
    deadline = time.monotonic() + 90
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
