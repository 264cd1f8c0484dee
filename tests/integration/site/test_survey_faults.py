"""Full disks, databases that restart, and what the logs say of it all."""

from __future__ import annotations

import base64
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

import proxies
from clusters import Cluster, cluster, limit_files
from site_processes import Site, new_site
from survey_factory import Phone, Refused
from survey_site import HOST, Connection, Invitation, Person, Processes, open_survey, running

pytestmark = [pytest.mark.own_site, pytest.mark.slow]

SIZES = (60, 60)
_MIB = 1 << 20
COUNT = """
from cermin.web.survey.models import BoxedBallot, CastSerial, StagedBallot
answer = [CastSerial.objects.count(), BoxedBallot.objects.count() + StagedBallot.objects.count()]
"""
FILLER = """
INSERT INTO survey_stagedballot (survey_id, sealed)
SELECT survey_survey.id, convert_to(repeat(md5(n::text), 4), 'UTF8')
FROM survey_survey, generate_series(1, 8000) n
"""


@dataclass
class Office:
    """A site that runs, and the people who answer."""

    site: Site
    invitation: Invitation
    processes: Processes
    line: Connection
    queue: list[Person]
    told: list[Person] = field(default_factory=list)  # "terkirim"

    def cast_until_refused(self, most: int = 60) -> tuple[Phone, Person, Refused]:
        """Let people answer until one cannot send; return that one."""
        for _n in range(most):
            person = self.queue.pop()
            phone = Phone(self.invitation.survey, person.code, self.line.post)
            try:
                phone.draw()
                phone.cast(self.invitation.answers_of(person))
            except Refused as problem:
                return phone, person, problem
            self.told.append(person)
        pytest.fail("nobody was refused")

    def cast(self, phone: Phone, person: Person) -> None:
        """Send the same ballot again, drawing it first where that had failed."""
        if not phone.signature:
            phone.draw()
        phone.cast(self.invitation.answers_of(person))
        self.told.append(person)

    def check_all_there(self) -> None:
        """Exactly what was acknowledged is stored, each once, each serial with its ballot."""
        assert self.site.python(COUNT) == [len(self.told)] * 2
        stored = sorted(map(tuple, self.processes.ask("read")))
        assert stored == sorted((one.class_number, one.levels.hex()) for one in self.told)


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as one:
        yield one


@pytest.fixture
def office(server: Cluster, tmp_path: Path) -> Iterator[Callable[[str], Office]]:
    with ExitStack() as until_end:

        def begin(kind: str) -> Office:
            address = server.create(f"office_{os.getpid()}_{time.time_ns()}") if kind else ""
            site = new_site(tmp_path / "site", "--hosts", HOST, database=address)
            invitation = open_survey(site, SIZES)
            processes = until_end.enter_context(running(site, tmp_path / "run"))
            line = Connection(processes.port)
            until_end.callback(line.close)
            return Office(site, invitation, processes, line, list(invitation.people))

        yield begin


def check_said_plainly(problem: Refused) -> None:
    assert (problem.status, problem.reason) == (503, "not_sent")
    assert "Belum terkirim" in str(problem)


def test_full_disk_of_postgresql(office: Callable[[str], Office], server: Cluster) -> None:
    ours = office("postgresql")
    with psycopg.connect(ours.site.database, autocommit=True) as base:
        filled = base.execute(FILLER.encode()).rowcount  # so that the table's file ends in the wall
    server.limit_files(_MIB)
    phone, person, problem = ours.cast_until_refused()
    check_said_plainly(problem)
    assert phone.signature  # the ballot is drawn and stays with the phone
    with pytest.raises(Refused, match="not_sent"):
        ours.cast(phone, person)
    assert ours.site.python(COUNT) == [len(ours.told), len(ours.told) + filled]
    server.limit_files(-1)
    ours.line.close()  # idle since
    ours.cast(phone, person)
    with psycopg.connect(ours.site.database, autocommit=True) as base:
        base.execute("DELETE FROM survey_stagedballot WHERE length(sealed) = 128")
    ours.check_all_there()


def test_full_disk_of_sqlite(office: Callable[[str], Office]) -> None:
    ours = office("")
    assert ours.processes.server is not None
    group = [
        int(path.name)
        for path in Path("/proc").glob("[0-9]*")
        if _group_of(int(path.name)) == ours.processes.server.pid
    ]
    assert group
    for pid in group:
        limit_files(pid, _MIB // 16)
    phone, person, problem = ours.cast_until_refused()
    check_said_plainly(problem)
    with pytest.raises(Refused, match="not_sent"):
        ours.cast(phone, person)
    for pid in group:
        limit_files(pid, -1)
    ours.line.close()
    ours.cast(phone, person)
    ours.check_all_there()


def _group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return -1


def test_database_restarts_in_the_middle(office: Callable[[str], Office], server: Cluster) -> None:
    ours = office("postgresql")
    refused: list[Refused] = []
    problems: list[BaseException] = []

    def answer(people: list[Person]) -> None:
        try:
            _keep_trying(ours, people, refused)
        except BaseException as problem:
            problems.append(problem)

    phones = [threading.Thread(target=answer, args=(ours.queue[i::6],)) for i in range(6)]
    for phone in phones:
        phone.start()
    for mode in ("immediate", "fast"):  # a power cut, an update
        time.sleep(0.5)
        server.stop(mode)
        time.sleep(0.5)
        server.start()
    for phone in phones:
        phone.join()
    assert problems == []
    assert len(ours.told) == sum(SIZES)
    assert refused
    for problem in refused:
        check_said_plainly(problem)
    ours.check_all_there()


def _keep_trying(ours: Office, people: list[Person], refused: list[Refused]) -> None:
    """Answer like the page does: the same ballot again until it is acknowledged."""
    line = Connection(ours.processes.port)
    for person in people:
        phone = Phone(ours.invitation.survey, person.code, line.post)
        while person not in ours.told:
            try:
                ours.cast(phone, person)
            except Refused as problem:
                refused.append(problem)
                time.sleep(0.1)
        time.sleep(0.05)
    line.close()


def test_no_log_names_anybody(
    office: Callable[[str], Office], server: Cluster, tmp_path: Path
) -> None:
    if proxies.NGINX is None:
        pytest.fail("nginx is needed: apt-get install nginx-light")
    ours = office("postgresql")
    with proxies.nginx(ours.site, HOST, ours.processes.port, tmp_path / "nginx") as proxy:
        line = Connection(proxy.port, tls=True)
        sent = [_answer(ours, line, person) for person in ours.queue[:10]]
        sent += _mistakes(ours, line, ours.queue[10])
        server.stop("immediate")
        with pytest.raises(Refused, match="not_sent"):
            _answer(ours, line, ours.queue[11])
        server.start()
        ours.processes.kill_server()
        status, _gone = line.post(f"/survei/{ours.invitation.survey}/kelas/", {"code": "X" * 16})
        assert status == 502
        assert line.get("/") == 502  # control: other addresses are logged, with who asked
        line.close()
    written = proxy.written  # an address is logged after its answer: read when nginx has ended
    assert "127.0.0.1" in written["cermin.log"]
    assert '"GET / ' not in "".join(written.values()) or "GET /" in written["cermin.log"]
    logs = "".join(written.values()) + ours.processes.log() + server.log
    _check_silent(ours, logs, sent)
    assert "/survei/" not in logs


def _answer(ours: Office, line: Connection, person: Person) -> dict[str, Any]:
    phone = Phone(ours.invitation.survey, person.code, line.post)
    phone.submit(ours.invitation.answers_of(person))
    return phone.ballot({})


def _mistakes(ours: Office, line: Connection, person: Person) -> list[dict[str, Any]]:
    """Ask for everything that is refused: each time something would like to be logged."""
    survey = ours.invitation.survey
    forged = {
        "class_number": person.class_number, "serial": base64.b64encode(b"s" * 64).decode(),
        "signature": base64.b64encode(b"f" * 256).decode(),
        "answers": ours.invitation.answers_of(person),
    }  # fmt: skip
    expected = {
        "kelas": [({"code": person.code[::-1]}, 404), ({"kode": person.code}, 400)],
        "ambil": [({"code": person.code, "blinded": "bukan"}, 400)],
        "kirim": [
            (forged, 403),
            (forged | {"answers": {"rahasia": "X" * 60_000}}, 403),
            (forged | {"answers": {"rahasia": "X" * 90_000}}, 413),
        ],
    }  # fmt: skip
    for what, bodies in expected.items():
        for body, status in bodies:
            assert line.post(f"/survei/{survey}/{what}/", body)[0] == status, (what, status)
            line.close()
    return [forged]


def _check_silent(ours: Office, logs: str, ballots: list[dict[str, Any]]) -> None:
    assert ours.invitation.survey not in logs
    for person in ours.invitation.people:
        assert person.code not in logs
    for ballot in ballots:
        assert ballot["serial"][:20] not in logs
        assert ballot["signature"][:20] not in logs
    for word in ("class_number", "rahasia", "INSERT", "UPDATE", "blinded", "Unit 0"):
        assert word not in logs, word
    assert re.findall(r"[0-9a-f]{40,}", logs) == []
