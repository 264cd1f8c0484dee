"""A mailing whose workers are killed: nobody is left out, one mail a kill may go out twice."""

from __future__ import annotations

import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mail_sink import Sink, mail_sink
from site_processes import Site, site_on, workers_of

pytestmark = [pytest.mark.own_site, pytest.mark.slow]

PATIENCE = 120.0
PEOPLE = 60
SEED = f"""
from datetime import timedelta
from cermin.web.cycles.models import Phase
from cermin.web.organisations.models import Employee, Role
from cermin.web.organisations.queries.contacts import email_index, sealed_contact
from cermin.web.pages import clock
from cermin.web.survey.actions.mailings import schedule_mailing
from cermin.web.survey.models import MailKind
from cycle_factory import employ, october, scheduled
from site_factory import as_member, give_role, make_agency, make_structure, make_user
from survey_factory import open_without_keys
agency = make_agency()
owner = make_user("pengelola@rawa.example")
give_role(owner, agency, Role.OWNER)
employ(make_structure(agency), {PEOPLE})
for n, person in enumerate(Employee.objects.all()):
    address = f"pegawai{{n}}@rawa.example"
    person.email_sealed = sealed_contact(address)
    person.email_index = email_index(agency.slug, address)
    person.save()
by = as_member(owner, agency)
survey = open_without_keys(scheduled(agency, by), by)
moved = clock.now() - october(5)
for phase in Phase.objects.all():
    phase.opens_at, phase.closes_at = phase.opens_at + moved, phase.closes_at + moved
    phase.save()
schedule_mailing(cycle=survey.cycle, kind=MailKind.INVITATION, at=clock.now(), subject="", lead="",
                 base_url="https://survei.example", by=by, now=clock.now())
"""
STATE = """
from cermin.web.survey.models import Mailing
one = Mailing.objects.get()
answer = [one.state, one.n_sent, one.n_reached]
"""


@pytest.fixture
def sink() -> Iterator[Sink]:
    with mail_sink() as one:
        one.delay = 0.05
        yield one


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path, sink: Sink) -> Iterator[Site]:
    with site_on(request.param, tmp_path / "site") as one:
        with (one.folder / "site.env").open("a") as file:
            file.write(f"CERMIN_EMAIL_HOST=127.0.0.1\nCERMIN_EMAIL_PORT={sink.port}\n"
                       "CERMIN_MAIL_PER_MINUTE=0\n")  # fmt: skip
        one.python(SEED)
        yield one


@pytest.fixture
def start(site: Site) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    with workers_of(site) as start_one:
        yield start_one


def test_nobody_is_left_out_and_a_kill_repeats_one_mail_at_most(
    site: Site, sink: Sink, start: Callable[[], subprocess.Popen[str]]
) -> None:
    taken = threading.Event()

    def on_mail(_address: str) -> None:
        # Taken in, and the worker is killed before it hears of it: the worst moment there is.
        if len(sink.mails) == 7:
            taken.set()
            time.sleep(1)

    sink.on_mail = on_mail
    first = start()
    assert taken.wait(PATIENCE)
    first.kill()
    first.wait()
    second = start()
    wait_for(lambda: len(sink.mails) >= 30)
    second.kill()  # at any moment
    second.wait()
    start()
    start()  # of two that go on only one may send
    wait_for(lambda: len(set(sink.addresses)) == PEOPLE)
    wait_for(lambda: site.value("SELECT state FROM survey_mailing") == "done")
    assert site.python(STATE) == ["done", PEOPLE, PEOPLE]
    came = Counter(sink.addresses)
    assert set(came) == {f"pegawai{n}@rawa.example" for n in range(PEOPLE)}
    assert 1 <= len(sink.mails) - PEOPLE <= 2  # kills


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.2)
