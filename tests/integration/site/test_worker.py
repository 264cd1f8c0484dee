"""The background worker as a process: killed, doubled, cut off from its database."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

import site_processes
from site_processes import SERVER, Site, await_worker, copied, postgres, site_on, workers_of

pytestmark = pytest.mark.own_site

PATIENCE = 150.0

# Tasks for the tests: one that says who ran it, one that never ends, one that fails.
TASKS = """
import os, time
from pathlib import Path
from django_tasks import task
FOLDER = Path(os.environ["CERMIN_SITE"])
@task
def note(word):
    with (FOLDER / "notes").open("a") as file: file.write(f"{word}\\n")
@task
def hang(word):
    note.func(word)
    if not (FOLDER / "go").exists(): time.sleep(600)
@task
def slow(word):
    note.func(f"{word} begins")
    while not (FOLDER / "enough").exists(): time.sleep(0.05)
    note.func(f"{word} ends")
@task
def fail():
    raise ValueError("18700101 199001 1 001 tidak boleh tampil")
@task
def kill_me():
    note.func("killing"); os.kill(os.getpid(), 9)
"""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def empty(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("empty") / "site"
    with site_on(request.param, folder) as site:
        yield site


@pytest.fixture
def site(empty: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An empty site whose processes know the tasks above."""
    real, library = site_processes.environment, tmp_path / "library"
    library.mkdir()
    (library / "worker_test_tasks.py").write_text(TASKS)

    def environment(**changed: str) -> dict[str, str]:
        known = real(**changed)
        return known | {"PYTHONPATH": f"{library}:{known['PYTHONPATH']}"}

    monkeypatch.setattr(site_processes, "environment", environment)
    if not empty.database:
        yield copied(empty, tmp_path / "site")
        return
    with postgres(empty.database) as database:
        yield copied(empty, tmp_path / "site", database)


@pytest.fixture
def start(site: Site) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start workers; those that are left are killed."""
    with workers_of(site, count=not site.database) as start_one:
        yield start_one


def enqueue(site: Site, *calls: str) -> None:
    site.python("import worker_test_tasks as t\n" + "\n".join(f"t.{call}" for call in calls))


def notes(site: Site) -> list[str]:
    path = site.folder / "notes"
    return path.read_text().splitlines() if path.exists() else []


def enough(site: Site) -> None:
    """Let the slow task end."""
    (site.folder / "enough").touch()


def statuses(site: Site) -> list[list[object]]:
    return site.python(
        "from django_tasks_db.models import DBTaskResult as R\n"
        "answer = [[r.status, len(r.worker_ids)] for r in R.objects.order_by('enqueued_at')]"
    )


def wait_for(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def stop(site: Site, process: subprocess.Popen[str]) -> str:
    await_worker(site, process)
    process.send_signal(signal.SIGTERM)
    output, _none = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, output
    return output


@pytest.mark.slow
def test_a_killed_worker_loses_no_task(site: Site, start) -> None:
    enqueue(site, "hang.enqueue('satu')", "note.enqueue('dua')")
    first = start()
    wait_for(lambda: notes(site) == ["satu"], "the task did not begin")
    first.kill()
    first.wait()
    assert statuses(site) == [["RUNNING", 1], ["READY", 0]]
    (site.folder / "go").touch()
    second = start()
    wait_for(lambda: sorted(notes(site)) == ["dua", "satu", "satu"], "not run again")
    output = stop(site, second)
    assert "Freed 1 tasks" in output
    assert statuses(site) == [["SUCCESSFUL", 2], ["SUCCESSFUL", 1]]
    assert list((site.folder / "workers").glob("*.worker")) == []


@pytest.mark.slow
def test_a_task_that_kills_its_worker_is_given_up(site: Site, start) -> None:
    enqueue(site, "kill_me.enqueue()", "note.enqueue('lain')")
    for attempt in range(1, 4):
        process = start()
        assert process.wait(PATIENCE) == -signal.SIGKILL
        assert notes(site).count("killing") == attempt
    last = start()
    wait_for(lambda: "lain" in notes(site), "the queue is stuck")
    stop(site, last)
    assert statuses(site) == [["FAILED", 3], ["SUCCESSFUL", 1]]


@pytest.mark.slow
def test_a_task_of_a_worker_that_lives_is_left_alone(site: Site, start) -> None:
    enqueue(site, "hang.enqueue('satu')", "note.enqueue('dua')")
    start()
    wait_for(lambda: "satu" in notes(site), "the task did not begin")
    site.run("worker", "--once")
    assert notes(site) == ["satu", "dua"]
    assert statuses(site) == [["RUNNING", 1], ["SUCCESSFUL", 1]]


@pytest.mark.slow
def test_two_workers_run_every_task_once(site: Site, start) -> None:
    workers = [start(), start()]
    for worker in workers:
        await_worker(site, worker)
    enqueue(site, *(f"note.enqueue('{n}')" for n in range(60)))
    wait_for(lambda: len(notes(site)) >= 60, "tasks were left")
    for worker in workers:
        output = stop(site, worker)
        assert "Traceback" not in output, output
    assert sorted(map(int, notes(site))) == list(range(60))


@pytest.mark.slow
def test_the_task_at_hand_is_finished_before_stopping(site: Site, start) -> None:
    enqueue(site, "slow.enqueue('a')", "note.enqueue('b')")
    worker = start()
    wait_for(lambda: notes(site) == ["a begins"], "the task did not begin")
    await_worker(site, worker)
    worker.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    enough(site)
    output, _none = worker.communicate(timeout=PATIENCE)
    assert worker.returncode == 0, output
    assert notes(site) == ["a begins", "a ends"]
    assert statuses(site) == [["SUCCESSFUL", 1], ["READY", 0]]


@pytest.mark.slow
def test_a_second_signal_stops_at_once(site: Site, start) -> None:
    enqueue(site, "hang.enqueue('a')")
    worker = start()
    wait_for(lambda: notes(site) == ["a"], "the task did not begin")
    worker.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert worker.poll() is None
    end = time.monotonic() + PATIENCE
    while worker.poll() is None and time.monotonic() < end:
        worker.send_signal(signal.SIGTERM)  # two at once count as one
        time.sleep(1)
    assert worker.returncode == 1
    assert statuses(site) == [["RUNNING", 1]]


@pytest.mark.slow
def test_a_failing_task_stops_nothing_and_its_numbers_are_not_logged(site: Site, start) -> None:
    enqueue(site, "fail.enqueue()", "note.enqueue('b')")
    worker = start()
    wait_for(lambda: notes(site) == ["b"], "the queue is stuck")
    assert "199001 1 001" not in stop(site, worker)
    assert statuses(site) == [["FAILED", 1], ["SUCCESSFUL", 1]]


@pytest.mark.slow
def test_a_worker_without_its_server_ends(site: Site, start) -> None:
    worker = start("--parent", 1)  # somebody else's child
    assert worker.wait(PATIENCE) == 0


@pytest.mark.slow
def test_phases_due_while_no_worker_ran_are_done(site: Site, start) -> None:
    state = "SELECT state FROM cycles_cycle"
    site.python("""
from datetime import timedelta
from site_factory import make_agency, make_structure
from site_seed import open_cycle
from cermin.web.pages import clock
agency = make_agency()
open_cycle(agency, make_structure(agency), clock.now() - timedelta(days=30))
""")
    assert site.value(state) == "survey_open"
    workers = [start(), start()]
    wait_for(lambda: site.value(state) == "processing", "the phase was forgotten")
    for worker in workers:
        stop(site, worker)
    assert site.value("SELECT count(*) FROM audit_auditevent") == 1  # told by one of the two


@pytest.mark.slow
def test_what_is_old_is_removed(site: Site) -> None:
    counts = """
from django.contrib.sessions.models import Session
from django_tasks_db.models import DBTaskResult as R
answer = [R.objects.count(), Session.objects.count()]
"""
    enqueue(site, "note.enqueue('lama')", "note.enqueue('baru')")
    site.run("worker", "--once")
    site.python("""
from datetime import timedelta
from django.contrib.sessions.backends.db import SessionStore
from django_tasks_db.models import DBTaskResult as R
from cermin.web.pages import clock
R.objects.filter(args_kwargs__args=["lama"]).update(finished_at=clock.now() - timedelta(days=15))
for days in (-1, 1):
    session = SessionStore(); session["a"] = 1; session.set_expiry(days * 86400); session.save()
""")
    assert site.python(counts) == [2, 2]
    site.run("worker", "--once")
    assert site.python(counts) == [1, 1]


@pytest.mark.slow
def test_a_duty_that_fails_stops_no_other(site: Site) -> None:
    answer = site.python("""
from cermin.web.operations.actions.worker_duties import run_due
from cermin.web.pages import clock
done = []
def broken(now): raise ValueError("rusak")
answer = [run_due(clock.now(), {"a": done.append, "b": broken, "c": done.append}), len(done)]
""")
    assert answer == [["b"], 2]


@pytest.mark.slow
def test_a_database_that_goes_away_is_waited_for(site: Site, start) -> None:
    worker = start()
    enqueue(site, "note.enqueue('before')")
    wait_for(lambda: notes(site) == ["before"], "the worker does not work")
    with unusable_database(site):
        time.sleep(4)
        assert worker.poll() is None
    enqueue(site, "note.enqueue('after')")
    wait_for(lambda: notes(site) == ["before", "after"], "the worker did not come back")
    stop(site, worker)


@pytest.mark.slow
def test_a_task_cut_off_from_the_database_ends_well(site: Site, start) -> None:
    enqueue(site, "slow.enqueue('a')")
    worker = start()
    wait_for(lambda: notes(site) == ["a begins"], "the task did not begin")
    with unusable_database(site):
        enough(site)
        wait_for(lambda: "a ends" in notes(site), "the task did not end")
        time.sleep(2)
    wait_for(lambda: statuses(site)[0][0] == "SUCCESSFUL", "nobody took the task up again")
    assert worker.poll() is None
    stop(site, worker)


@contextmanager
def unusable_database(site: Site) -> Iterator[None]:
    """A server that restarts, or a file that somebody else has locked."""
    if not site.database:
        with closing(sqlite3.connect(site.folder / "site.sqlite3")) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
        return
    name = site.database.rsplit("/", 1)[1]
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        yield
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
