"""A site with an open survey of many invitees, served by granian, for the survey's benchmark."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

INVITEES, UNITS = 20_000, 40
SERVER = os.environ.get("CERMIN_BENCH_POSTGRES", "postgresql://root@127.0.0.1:5432")
POSTGRES = f"{SERVER}/cermin_bench_survey"
_COMMAND = (sys.executable, "-m", "cermin.cli", "site")

_FILL = """
import secrets
from datetime import UTC, datetime, timedelta
from cermin.web.cycles.models import Cycle, Minimum, Phase, PhaseKind, State
from cermin.web.organisations.models import Agency, Employee, Structure, Unit
from cermin.web.organisations.rules import system_member
from cermin.web.cycles.actions.opening import freeze
from cermin.web.cycles.actions.states import enter
from cermin.web.pages import clock
from cermin.web.survey.models import Survey
from cermin.web.survey.queries.facts import key_folder
from cermin.web.survey.rules.codes import code_of
from cermin.web.survey.tasks.preparing import prepare_survey
from cermin.web import survey_keys
from django.db import transaction

now = clock.now()
agency = Agency.objects.create(slug="besar", code="1", name="Kabupaten Besar",
    agency_class="kabupaten", created_at=now)
structure = Structure.objects.create(agency=agency, year=now.year, created_at=now)
units = [Unit.objects.create(structure=structure, code=f"u{i}", name=f"Unit {i}")
    for i in range(UNITS)]
Employee.objects.bulk_create((Employee(agency=agency, unit=units[i % UNITS],
    person_index=secrets.token_bytes(32), name=f"Pegawai {i}", employment="PNS", sex="Perempuan",
    added_at=now) for i in range(INVITEES)), batch_size=2000)
with transaction.atomic():
    cycle = Cycle.objects.create(agency=agency, year=now.year, name="Evaluasi",
        method="metode-2025", state=State.SCHEDULED, minimum_rule=Minimum.SLOVIN,
        minimum_margin="0.05", threshold=10,
        created_at=now)
    Phase.objects.create(cycle=cycle, kind=PhaseKind.SURVEY, opens_at=now - timedelta(days=1),
        closes_at=now + timedelta(days=9))
    freeze(cycle, now)
    enter(cycle, State.SURVEY_OPEN, by=system_member(agency, "bench"), now=now)
survey = Survey.objects.get(cycle=cycle)
prepare_survey.call(survey.pk)
secret = survey_keys.invitation_secret(key_folder(survey))
answer = {"survey": survey.public_id, "classes": {
    row.number: bytes(row.modulus).hex() for row in survey.ballot_classes.all()},
    "invitations": [[code_of(secret, one.pk, one.issue), one.ballot_class.number]
        for one in survey.invitees.select_related("ballot_class")]}
"""


@dataclass(frozen=True)
class Invitation:
    """A code, and the class of its ballot."""

    code: str
    class_number: int
    modulus: bytes


@dataclass(frozen=True)
class SiteUnderTest:
    """A served site and what its phones know."""

    folder: Path
    database: str
    port: int
    survey: str
    invitations: list[Invitation]
    server: int  # process id

    def log_bytes(self) -> int:
        """Return how much the database has written to its log so far; 0 for SQLite."""
        if not self.database:
            return 0
        ((written,),) = _sql("select pg_current_wal_lsn() - '0/0'::pg_lsn")
        return int(written)

    def processes(self) -> list[int]:
        """Return the processes of the server and of its database."""
        return [*tree(self.server), *(postgres() if self.database else [])]


@contextmanager
def served(folder: Path, database: str) -> Iterator[SiteUnderTest]:
    """Make the site, fill it, serve it, and drop its database afterwards."""
    site = folder / "situs"
    if database:
        _sql(f"drop database if exists {database.rsplit('/', 1)[1]} with (force)")
        _sql(f"create database {database.rsplit('/', 1)[1]}")
    try:
        _run("init", site, "--no-https", *(("--database", database) if database else ()))
        filled = _filled(site)
        port = free_port()
        with subprocess.Popen(
            [*_COMMAND, "serve", str(site), "--port", str(port), "--threads", "48"],
            stdout=subprocess.DEVNULL,
        ) as server:
            try:
                wait(port)
                yield SiteUnderTest(
                    site, database, port, filled["survey"], _invitations(filled), server.pid
                )
            finally:
                server.terminate()
                server.wait(30)
    finally:
        if database:
            _sql(f"drop database if exists {database.rsplit('/', 1)[1]} with (force)")


def _invitations(filled: dict) -> list[Invitation]:
    moduli = {int(number): bytes.fromhex(one) for number, one in filled["classes"].items()}
    return [Invitation(code, number, moduli[number]) for code, number in filled["invitations"]]


def _filled(site: Path) -> dict:
    script = (
        "import json\nfrom pathlib import Path\nfrom cermin.web.start import prepare\n"
        f"prepare(Path({str(site)!r}))\nINVITEES, UNITS = {INVITEES}, {UNITS}\n"
        f"{_FILL}\nprint(json.dumps(answer))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return json.loads(done.stdout.splitlines()[-1])


def _run(command: str, *arguments: object) -> None:
    done = subprocess.run(
        [*_COMMAND, command, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)


def _sql(statement: str) -> list[tuple]:
    import psycopg  # noqa: PLC0415 - only this bench needs it

    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")


def tree(root: int) -> list[int]:
    """Return a process and all that it has started."""
    found = [root]
    for pid in found:
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def postgres() -> list[int]:
    """Return the processes of the database server."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name = (folder / "comm").read_text().strip()
        except OSError:
            continue
        if name == "postgres":
            found.append(int(folder.name))
    return found
