"""Real sites in folders, run by real processes; databases on PostgreSQL that are dropped again."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

import psycopg

from counted_lines import counted

ROOT = Path(__file__).resolve().parents[1]
SERVER = (
    os.environ.get("CERMIN_TEST_DATABASE")
    or os.environ.get("CERMIN_TEST_POSTGRES")
    or "postgresql://root@127.0.0.1:5432/test"
).rsplit("/", 1)[0]
COMMAND = (sys.executable, "-m", "cermin.cli")


def environment(**changed: str) -> dict[str, str]:
    """Return an environment in which nothing says anything about a site."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CERMIN_", "DJANGO_"))}
    return kept | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}", "CERMIN_LANG": "id"} | changed


def cermin(*arguments: object, code: int = 0, **changed: str) -> subprocess.CompletedProcess[str]:
    """Run ``cermin`` and check its exit code."""
    finished = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True, text=True, env=environment(**changed), check=False, timeout=240,
    )  # fmt: skip
    assert finished.returncode == code, finished.stdout + finished.stderr
    return finished


@dataclass(frozen=True)
class Site:
    """A site in a folder."""

    folder: Path
    database: str = ""

    def run(self, command: str, *arguments: object, code: int = 0) -> str:
        """Run ``cermin site COMMAND … FOLDER`` and return what it printed."""
        finished = cermin("site", command, *arguments, self.folder, code=code)
        return finished.stdout + finished.stderr

    def start(self, command: str, *arguments: object, count: bool = False) -> subprocess.Popen[str]:
        """Start ``cermin site COMMAND FOLDER …`` and return the process."""
        return subprocess.Popen(
            [*COMMAND, "site", command, str(self.folder), *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=counted(environment()) if count else environment(),
        )  # fmt: skip

    def python(self, script: str, *, timeout: int = 240) -> Any:
        """Run ``script`` inside the site; what it assigns to ``answer`` comes back."""
        prologue = (
            "import json, sys\nfrom pathlib import Path\nfrom cermin.web.start import prepare\n"
            f"prepare(Path({str(self.folder)!r}))\nanswer = None\n"
        )
        epilogue = "\nprint('\\n' + json.dumps(answer, default=str))\n"
        finished = subprocess.run(
            [sys.executable, "-c", prologue + script + epilogue],
            capture_output=True, text=True, env=environment(), check=False, timeout=timeout,
        )  # fmt: skip
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return json.loads(finished.stdout.splitlines()[-1])

    def value(self, query: str) -> Any:
        """Return the one value that an SQL query finds: in no time, unlike `python`."""
        if self.database:
            with psycopg.connect(self.database) as base:
                (found,) = base.execute(query.encode()).fetchone() or (None,)
        else:
            address = f"file:{self.folder / 'site.sqlite3'}?mode=ro"
            with closing(sqlite3.connect(address, uri=True)) as file:
                (found,) = file.execute(query).fetchone() or (None,)
        return found


def new_site(folder: Path, *arguments: object, database: str = "") -> Site:
    """Make an empty site that needs no HTTPS, or as ``arguments`` say."""
    options = arguments or ("--no-https",)
    if database:
        options = (*options, "--database", database)
    done = subprocess.run(
        [*COMMAND, "site", "init", str(folder), *options],
        capture_output=True, text=True, env=environment(), check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return Site(folder, database)


def copied(site: Site, folder: Path, database: str = "") -> Site:
    """Return a copy of an empty site with the same key; on PostgreSQL in ``database``."""
    shutil.copytree(site.folder, folder)
    settings = folder / "site.env"
    text = settings.read_text()
    settings.write_text(text.replace(site.database, database) if site.database else text)
    return Site(folder, database)


@contextmanager
def site_on(database: str, folder: Path, *arguments: object) -> Iterator[Site]:
    """Make a site in ``folder`` on "sqlite", or on "postgresql" in a database that is dropped."""
    if database == "sqlite":
        yield new_site(folder, *arguments)
        return
    with postgres() as address:
        yield new_site(folder, *arguments, database=address)


@contextmanager
def workers_of(site: Site, *, count: bool = False) -> Iterator[Callable[..., Popen[str]]]:
    """Give a function that starts a worker; those that are left at the end are killed."""
    started: list[Popen[str]] = []

    def start(*arguments: object) -> Popen[str]:
        started.append(site.start("worker", "--interval", "0.2", *arguments, count=count))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def await_worker(site: Site, process: Popen[str], patience: float = 150.0) -> None:
    """Wait until a started worker works: asked to stop any sooner, it ends as any command does."""
    end = time.monotonic() + patience
    while not any((site.folder / "workers").glob(f"*-{process.pid}-*.worker")):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < end, "the worker did not start"
        time.sleep(0.05)


@contextmanager
def postgres(template: str = "") -> Iterator[str]:
    """Yield the address of a database of its own, a copy of ``template`` if there is one."""
    name = f"cermin_{secrets.token_hex(6)}"
    like = f" TEMPLATE {template.rsplit('/', 1)[1]}" if template else ""
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}{like}".encode())
        try:
            yield f"{SERVER}/{name}"
        finally:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
