"""Many at the same moment: draws and casts that race, a database that fails, forks, emptying.

Threads of a process of its own with the writer that real servers have, on a file of SQLite or on
PostgreSQL.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from race_site import run

pytestmark = pytest.mark.own_site

SCRIPT = """
import json, os, secrets, sys, threading
from pathlib import Path
from unittest import mock
from cermin.web.start import prepare
prepare(Path(sys.argv[1]))
from django.db import OperationalError, connection, connections
from django.test import Client
from cermin.web import blind_signatures
from cermin.web.organisations.models import Role
from cermin.web.pages import clock
from cermin.web.survey.actions import emptying, writer
from cermin.web.survey.actions.ballots import Cast, Draw, mark_drawn, take_in
from cermin.web.survey.models import BoxedBallot, CastSerial, Invitee, StagedBallot, Survey
from site_factory import as_member, give_role, make_agency, make_structure, make_user
from survey_factory import OPEN_DAY, Phone, Refused, codes_of, opened, paper_for, posting
from survey_factory import some_answers

agency = make_agency()
make_structure(agency)
owner = make_user("pengelola@rawabening.example")
give_role(owner, agency, Role.OWNER)
survey = opened(agency, as_member(owner, agency), people=80)
codes, answers = codes_of(survey), some_answers(paper_for(survey))

def together(calls):
    barrier, outcomes = threading.Barrier(len(calls)), []
    def run(call):
        with clock.set_to(OPEN_DAY):
            barrier.wait()
            try:
                call()
                outcomes.append("done")
            except Refused as error:
                outcomes.append(f"{error.status} {error.reason}")
            except Exception as error:
                outcomes.append(type(error).__name__)
            finally:
                connections.close_all()
    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return {one: outcomes.count(one) for one in sorted(set(outcomes))}

def phone(n):
    return Phone(survey.public_id, codes[n], posting(Client()))

def counts():
    return [Invitee.objects.exclude(blinded_hash=None).count(), CastSerial.objects.count(),
            StagedBallot.objects.count()]

def draws():
    "Thirty-two phones with the same code and a serial of their own each."
    phones = [phone(0) for _ in range(32)]
    outcomes = together([one.draw for one in phones])
    return outcomes, sum(one.signature != b"" for one in phones), counts()

def casts():
    "One ballot, sent thirty-two times at once."
    mine = phone(1)
    mine.draw()
    outcomes = together([lambda: mine.cast(answers)] * 32)
    return outcomes, counts()

def circle():
    "Retries of the same draws and casts, in both orders, as two processes would store them."
    hashes = [bytes(one) for one in Invitee.objects.values_list("code_hash", flat=True)]
    every = [*survey.ballot_classes.values_list("number", flat=True)]
    draws = [Draw(survey.pk, one, secrets.token_bytes(32), every) for one in hashes]
    casts = [Cast(survey.pk, secrets.token_bytes(32), b"sealed") for _ in range(200)]
    calls = []
    for _ in range(6):
        calls += [lambda: mark_drawn(draws), lambda: mark_drawn(draws[::-1]),
                  lambda: take_in(casts), lambda: take_in(casts[::-1])]
    return together(calls), counts()

def failing():
    "The database is away for a while: everybody hears of it, and afterwards all goes on."
    phones = [phone(n) for n in range(8)]
    [one.draw() for one in phones]
    def away(*_):
        raise OperationalError("gone")
    with mock.patch.object(writer, "take_in", away):
        refused = together([lambda one=one: one.cast(answers) for one in phones])
    mid = counts()
    return refused, mid, together([lambda one=one: one.cast(answers) for one in phones]), counts()

def lost():
    "The database cuts the writer's own connection in the middle."
    mine = [phone(n) for n in range(2)]
    [one.draw() for one in mine]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                           "WHERE datname = current_database() AND pid <> pg_backend_pid()")
    first = together([lambda: mine[0].cast(answers)])
    return first, together([lambda: mine[0].cast(answers), lambda: mine[1].cast(answers)]), counts()

def fork():
    "A server that forks after its writer has begun: the child has a writer of its own."
    phone(0).draw()
    mine = phone(1)
    connections.close_all()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with clock.set_to(OPEN_DAY):
            os.write(writing, json.dumps(together([lambda: mine.submit(answers)])).encode())
        os._exit(0)
    os.waitpid(child, 0)
    outcome = json.loads(os.read(reading, 1000))
    return outcome, together([lambda: phone(2).submit(answers)]), counts()

def moving():
    "Forty people cast while staging is emptied all the time: nobody is refused, nothing lost."
    phones = [phone(n) for n in range(40)]
    done = threading.Event()
    moves, failures = [], []
    def move():
        with clock.set_to(OPEN_DAY):
            while not done.wait(0.02):
                try:
                    moves.append(emptying.empty_staging(now=OPEN_DAY))
                except Exception as error:
                    failures.append(repr(error))
            connections.close_all()
    mover = threading.Thread(target=move)
    with mock.patch.object(emptying, "LEAST", 3):
        mover.start()
        outcomes = together([lambda one=one: one.submit(answers) for one in phones])
        done.set()
        mover.join()
    kept = [bytes(one) for model in (StagedBallot, BoxedBallot)
            for one in model.objects.values_list("sealed", flat=True)]
    return outcomes, failures, len(kept), len(set(kept)), sum(n > 0 for n in moves)

with clock.set_to(OPEN_DAY):
    print(json.dumps(globals()[sys.argv[2]]()))
"""


@pytest.fixture
def race(raced_site: Path):
    # What the server logs of a failing database belongs to the race.
    return lambda name: json.loads(run(raced_site, SCRIPT, name, quiet=False))


def test_32_racing_draws_of_one_invitation_give_one_signature(race) -> None:
    outcomes, n_signatures, counts = race("draws")
    assert outcomes == {"409 taken": 31, "done": 1}
    assert n_signatures == 1
    assert counts == [1, 0, 0]


def test_32_racing_casts_of_one_ballot_store_one(race) -> None:
    outcomes, counts = race("casts")
    assert outcomes == {"done": 32}
    assert counts == [1, 1, 1]


def test_processes_that_store_the_same_in_another_order_never_wait_in_a_circle(race) -> None:
    outcomes, counts = race("circle")
    assert outcomes == {"done": 24}
    assert counts == [80, 200, 200]


def test_failure_of_the_database_reaches_everybody_and_then_all_goes_on(race) -> None:
    refused, meanwhile, sent, counts = race("failing")
    assert refused == {"503 not_sent": 8}
    assert meanwhile == [8, 0, 0]
    assert sent == {"done": 8}
    assert counts == [8, 8, 8]


def test_cut_connection_costs_at_most_one_try(race) -> None:
    first, again, counts = race("lost")
    assert set(first) <= {"done", "503 not_sent"}
    assert again == {"done": 2}
    assert counts == [2, 2, 2]


def test_forked_process_writes_on_its_own(race) -> None:
    child, parent, counts = race("fork")
    assert child == parent == {"done": 1}
    assert counts == [3, 2, 2]


def test_emptying_while_people_cast_loses_nothing(race) -> None:
    outcomes, failures, n, different, n_moves = race("moving")
    assert outcomes == {"done": 40}
    assert failures == []
    assert (n, different) == (40, 40)
    assert n_moves >= 1
