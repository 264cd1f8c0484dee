"""A real site with an open survey, its processes, and phones that answer over the wire.

What runs inside the site (``python -c`` after `site_processes.Site.python`) is at the end.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from ports import free_port
from site_processes import COMMAND, Site, environment

HOST = "cermin.test"
THRESHOLD = 10
Answer = tuple[int, int, bytes]


@dataclass(frozen=True)
class Person:
    """Somebody who is invited: what the attacker knows of them, and what they will answer."""

    id: str
    code: str
    class_number: int
    levels: bytes  # one answer to each question of the paper that has a scale


@dataclass(frozen=True)
class Invitation:
    """A survey that takes ballots, with everybody's code."""

    survey: str
    questions: tuple[str, ...]
    people: tuple[Person, ...]

    def answers_of(self, person: Person) -> dict[str, int]:
        """Return the body's answers of a person."""
        return dict(zip(self.questions, person.levels, strict=True))


def open_survey(site: Site, sizes: Sequence[int], seed: int = 1) -> Invitation:
    """Open a survey for units of these sizes; everybody will answer something distinctive."""
    told = site.python(f"import survey_site\nanswer = survey_site.open_here({list(sizes)})")
    dice = random.Random(seed)  # noqa: S311
    people = [
        Person(id_, code, number, bytes(dice.randint(1, top) for top in told["tops"]))
        for id_, code, number in told["people"]
    ]
    dice.shuffle(people)
    return Invitation(told["survey"], tuple(told["questions"]), tuple(people))


class Connection:
    """A line to the site that is kept open, like that of a browser."""

    def __init__(self, port: int, *, tls: bool = False) -> None:
        self.port = port
        self.tls = tls
        self._line: http.client.HTTPConnection | None = None

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Post JSON; raises OSError or HTTPException when the line breaks."""
        if self._line is None:
            self._line = self._opened()
        headers = {"Content-Type": "application/json", "Host": HOST}
        if not self.tls:
            headers["X-Forwarded-Proto"] = "https"
        try:
            self._line.request("POST", path, json.dumps(body), headers)
            answer = self._line.getresponse()
            status, content = answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        return status, json.loads(content) if content[:1] == b"{" else {}

    def get(self, path: str) -> int:
        """Ask for a page and return the status."""
        self.close()
        self._line = self._opened()
        self._line.request("GET", path, headers={"Host": HOST})
        answer = self._line.getresponse()
        answer.read()
        return answer.status

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _opened(self) -> http.client.HTTPConnection:
        kind = _TlsLine if self.tls else http.client.HTTPConnection
        return kind("127.0.0.1", self.port, timeout=60)


class _TlsLine(http.client.HTTPConnection):
    """A line to the proxy of the test, which answers for its own name only."""

    def connect(self) -> None:
        """Connect to this machine, asking for the site."""
        super().connect()
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.sock = context.wrap_socket(self.sock, server_hostname=HOST)


def answer_all(
    invitation: Invitation, people: Sequence[Person], port: int, *, at_once: int, tls: bool = False
) -> None:
    """Let people answer, in this order, some of them at the same time."""
    from survey_factory import Phone

    lines: SimpleQueue[Connection] = SimpleQueue()
    for _n in range(at_once):
        lines.put(Connection(port, tls=tls))

    def one(person: Person) -> None:
        line = lines.get()
        Phone(invitation.survey, person.code, line.post).submit(invitation.answers_of(person))
        lines.put(line)

    with ThreadPoolExecutor(max_workers=at_once) as phones:
        list(phones.map(one, people))
    while not lines.empty():
        lines.get().close()


@dataclass
class Processes:
    """The server of a site and the process that does the worker's duties, logs in files."""

    site: Site
    folder: Path
    port: int = field(default_factory=free_port)
    server: subprocess.Popen[bytes] | None = None
    duties: subprocess.Popen[str] | None = None

    def start_server(self, *arguments: object) -> None:
        """Start the server, in a group of its own so that it can be killed whole."""
        command = [
            *COMMAND, "site", "serve", str(self.site.folder), "--port", str(self.port),
            *map(str, arguments),
        ]  # fmt: skip
        with (self.folder / "server.log").open("ab") as log:
            self.server = subprocess.Popen(
                command, env=environment(), stdout=log, stderr=log, start_new_session=True
            )

    def wait_for_server(self, patience: float = 180) -> None:
        """Wait until it answers."""
        end = time.monotonic() + patience
        while True:
            line = Connection(self.port)
            with suppress(OSError, http.client.HTTPException):
                status, _answer = line.post("/survei/xxxxxxxxxx/kelas/", {})
                line.close()
                if status < 500:
                    return
            assert self.server is not None
            assert self.server.poll() is None, self.log()
            assert time.monotonic() < end, self.log()
            time.sleep(0.05)

    def start_duties(self) -> None:
        """Start a process that does the duties of the worker when asked."""
        self._start_python(f"import survey_site; survey_site.obey({str(self.site.folder)!r})")

    def start_worker_of_duties(self) -> None:
        """Start a process that does them without end, many times a second."""
        self._start_python(f"import survey_site; survey_site.toil({str(self.site.folder)!r})")

    def kill_duties(self) -> None:
        """Kill that process."""
        if self.duties is not None:
            self.duties.kill()
            self.duties.communicate()
            self.duties = None

    def _start_python(self, script: str) -> None:
        with (self.folder / "worker.log").open("ab") as log:
            self.duties = subprocess.Popen(
                [sys.executable, "-c", script], env=environment(),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip

    def ask(self, what: str) -> Any:
        """Ask that process for something that `obey` knows, and wait for its answer."""
        assert self.duties is not None
        assert self.duties.stdin is not None
        assert self.duties.stdout is not None
        self.duties.stdin.write(what + "\n")
        self.duties.stdin.flush()
        line = self.duties.stdout.readline()
        assert line, self.log()
        return json.loads(line)

    def kill_server(self) -> None:
        """Kill the server and all its processes at once."""
        if self.server is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.server.pid, 9)
            self.server.wait()

    def log(self) -> str:
        """Return what both have written."""
        paths = [self.folder / "server.log", self.folder / "worker.log"]
        return "".join(one.read_text(errors="replace") for one in paths if one.exists())

    def end(self) -> None:
        """End both."""
        self.kill_server()
        self.kill_duties()


@contextmanager
def running(site: Site, folder: Path, *, duties: bool = True) -> Iterator[Processes]:
    """Serve a site until the block ends."""
    folder.mkdir(exist_ok=True)
    processes = Processes(site, folder)
    try:
        processes.start_server()
        if duties:
            processes.start_duties()
        processes.wait_for_server()
        yield processes
    finally:
        processes.end()


# ------------------------------------------------------------------ inside the site


def open_here(sizes: Sequence[int]) -> dict[str, Any]:
    """Make an agency and open its survey now; return what its people get by mail."""
    from zoneinfo import ZoneInfo

    from cermin.web.organisations.models import Role
    from cermin.web.pages import clock
    from cycle_factory import employ
    from site_factory import as_member, give_role, make_agency, make_structure, make_user
    from survey_factory import code_for, open_now, paper_for

    agency, user, now = make_agency(), make_user("pengelola@rawa.example"), clock.now()
    give_role(user, agency, Role.OWNER)
    today = now.astimezone(ZoneInfo(agency.time_zone)).date()
    tree = [(f"u{n}", f"Unit {n}", None) for n in range(len(sizes))]
    structure = make_structure(agency, year=today.year, tree=tree)
    for (code, _name, _parent), size in zip(tree, sizes, strict=True):
        employ(structure, size, code)
    by = as_member(user, agency)
    survey = open_now(_scheduled(agency, by, now, today), by, now=now)
    asked = [one for one in paper_for(survey).fields if one.item.options and not one.item.choose]
    people = survey.invitees.select_related("survey", "ballot_class")
    return {
        "survey": survey.public_id,
        "questions": [one.name for one in asked],
        "tops": [len(one.item.options) for one in asked],
        "people": [[one.id.hex, code_for(one), one.ballot_class.number] for one in people],
    }


def _scheduled(agency: Any, by: Any, now: datetime, today: date) -> Any:
    from cermin.web.cycles.actions.running import schedule_cycle
    from cermin.web.cycles.actions.set_up import change_set_up, create_cycle
    from cermin.web.cycles.models import Cycle, PhaseKind
    from cermin.web.cycles.queries.cycles import set_up_of
    from cermin.web.cycles.rules.dates import Days

    cycle = create_cycle(agency=agency, year=today.year, name="Evaluasi", by=by, now=now)
    plan = {
        PhaseKind.SURVEY: Days(today, today + timedelta(10)),
        PhaseKind.EVIDENCE: Days(today, today + timedelta(12)),
        PhaseKind.VERIFICATION: Days(today + timedelta(13), today + timedelta(15)),
        PhaseKind.PROCESSING: Days(today + timedelta(16), today + timedelta(20)),
    }
    chosen = replace(set_up_of(cycle), plan=plan, threshold=THRESHOLD)
    change_set_up(cycle=cycle, chosen=chosen, by=by, now=now)
    schedule_cycle(cycle=cycle, by=by, now=now)
    return Cycle.objects.get(pk=cycle.pk)


def read_ballots() -> list[Answer]:
    """Open every ballot that the site holds: class and answers, where it lies."""
    from cermin.web import survey_keys
    from cermin.web.ballot_sealing import BoxOpener, opened_from_staging
    from cermin.web.survey.models import BoxedBallot, StagedBallot, Survey
    from cermin.web.survey.queries.facts import key_folder, paper_of
    from cermin.web.survey.rules.answers import decoded

    survey = Survey.objects.select_related("cycle").get()
    opener = BoxOpener(survey_keys.box_key(key_folder(survey)))
    paper = paper_of(survey.cycle)
    found = []
    staging = survey_keys.staging_key(key_folder(survey), bytes(survey.staging_key or b""))
    for model in (BoxedBallot, StagedBallot):
        for sealed in model.objects.values_list("sealed", flat=True):
            ballot = decoded(paper, opener.open(opened_from_staging(bytes(sealed), staging)))
            found.append((ballot.class_number, ballot.columns.hex()))
    return found  # type: ignore[return-value]


def _move() -> Any:
    from cermin.web.pages import clock
    from cermin.web.survey.actions.emptying import empty_staging

    return empty_staging(now=clock.now())


def _close() -> Any:
    from cermin.web.accounts.models import User
    from cermin.web.organisations.models import Agency
    from cermin.web.pages import clock
    from cermin.web.survey.actions.closing import close_by_hand
    from cermin.web.survey.models import Survey
    from cermin.web.survey.tasks.closing import finish_closing
    from site_factory import as_member

    survey = Survey.objects.select_related("cycle").get()
    by = as_member(User.objects.get(), Agency.objects.get())
    now = clock.now()
    close_by_hand(cycle=survey.cycle, reason="Tes penutupan", confirmation="TUTUP", by=by, now=now)
    return finish_closing(survey_id=survey.pk, now=now)


def _kept() -> Any:
    """Return the rows of the snapshot in their order: unit and answers."""
    import pyarrow.parquet as pq

    from cermin.web.survey.models import BallotClass, Survey
    from cermin.web.survey.queries.facts import paper_of
    from cermin.web.survey.queries.frame import closed_folder, kept_of

    survey = Survey.objects.select_related("cycle__agency").get()
    numbers = dict(BallotClass.objects.values_list("unit_code", "number"))
    table = pq.read_table(closed_folder(survey.cycle) / kept_of(survey.cycle)[0].snapshot)
    names = [column.name for _position, column in paper_of(survey.cycle).columns]
    answers = zip(*(table[name].to_pylist() for name in names), strict=True)
    units = table["unit"].to_pylist()
    return [[numbers[u], bytes(a).hex()] for u, a in zip(units, answers, strict=True)]


def _duties() -> Any:
    from cermin.web.operations.actions.worker_duties import run_due
    from cermin.web.pages import clock

    return run_due(clock.now())


_ASKED: dict[str, Callable[[], Any]] = {
    "move": _move, "close": _close, "duties": _duties, "read": read_ballots,
    "kept": _kept,
}  # fmt: skip


def obey(folder: str) -> None:
    """Do what the lines of the standard input say, one answer in JSON a line; or duties alone."""
    from cermin.web.start import prepare

    prepare(Path(folder))
    from django.db import close_old_connections

    for line in sys.stdin:
        close_old_connections()
        print(json.dumps(_ASKED[line.strip()](), default=str), flush=True)  # noqa: T201


def toil(folder: str) -> None:
    """Do the worker's duties without end."""
    from cermin.web.start import prepare

    prepare(Path(folder))
    while True:
        _duties()
        time.sleep(0.03)
