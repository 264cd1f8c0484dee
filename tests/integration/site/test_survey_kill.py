"""Server and worker are killed at any moment, again and again, while people answer.

What was acknowledged is counted once, what was not at most once, and who keeps trying succeeds.
"""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest

from site_processes import Site, site_on
from survey_factory import Phone, Refused
from survey_site import HOST, Connection, Invitation, Person, Processes, open_survey, running

pytestmark = [pytest.mark.own_site, pytest.mark.slow]

KILLS = 20
PHONES = 8
SIZES = (1200, 800)
_LINE_BROKEN = (OSError, http.client.HTTPException)


@dataclass
class Load:
    """Phones that answer one after the other until told to stop."""

    invitation: Invitation
    port: int
    left: SimpleQueue[Person] = field(default_factory=SimpleQueue)
    acknowledged: list[Person] = field(default_factory=list)
    given_up: list[Person] = field(default_factory=list)  # sent once, and never told
    stop: threading.Event = field(default_factory=threading.Event)
    failures: list[BaseException] = field(default_factory=list)

    def run(self) -> None:
        """Be one phone after the other."""
        line = Connection(self.port)
        try:
            while not self.stop.is_set():
                self._answer(self.left.get_nowait(), line)
        except Empty:
            pass
        except BaseException as problem:
            self.failures.append(problem)
        finally:
            line.close()

    def _answer(self, person: Person, line: Connection) -> None:
        phone = Phone(self.invitation.survey, person.code, line.post)
        steps = [phone.draw, lambda: phone.cast(self.invitation.answers_of(person))]
        impatient = person.code < "4"  # one in eight closes the page at the first error
        while steps:
            try:
                steps[0]()
            except (*_LINE_BROKEN, Refused) as problem:
                if isinstance(problem, Refused) and problem.status != 503:
                    raise
                if impatient and len(steps) == 1:
                    self.given_up.append(person)
                    return
                time.sleep(0.05)
                continue
            del steps[0]
        self.acknowledged.append(person)


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with site_on(request.param, tmp_path / "site", "--hosts", HOST) as site:
        yield site


def test_killed_at_any_moment_nothing_is_lost_or_doubled(site: Site, tmp_path: Path) -> None:
    invitation = open_survey(site, SIZES)
    with running(site, tmp_path / "run", duties=False) as processes:
        load = Load(invitation, processes.port)
        for person in invitation.people:
            load.left.put(person)
        phones = [threading.Thread(target=load.run) for _n in range(PHONES)]
        for phone in phones:
            phone.start()
        try:
            _kill_again_and_again(processes)
        finally:
            load.stop.set()
            for phone in phones:
                phone.join()
        processes.start_duties()
        assert processes.ask("duties") == []
        stored = [(number, bytes.fromhex(levels)) for number, levels in processes.ask("read")]
        assert processes.ask("close") is True
        kept = [(number, bytes.fromhex(levels)) for number, levels in processes.ask("kept")]
    assert load.failures == []
    assert len(load.acknowledged) > KILLS
    assert sorted(kept) == sorted(stored)
    _check_counted(kept, load)


def _kill_again_and_again(processes: Processes) -> None:
    """Kill the server or the worker, which begin anew as a supervisor would let them."""
    dice = random.Random()  # noqa: S311 - moments
    processes.start_worker_of_duties()
    for number in range(KILLS):
        time.sleep(dice.uniform(0.05, 0.6))
        if number % 2:
            processes.kill_duties()
            processes.start_worker_of_duties()
            continue
        processes.kill_server()
        processes.start_server()
        processes.wait_for_server()
    time.sleep(0.5)
    processes.kill_duties()


def _check_counted(kept: Sequence[tuple[int, bytes]], load: Load) -> None:
    counted = Counter(kept)
    for person in load.acknowledged:
        assert counted.pop((person.class_number, person.levels)) == 1
    maybe = {(person.class_number, person.levels) for person in load.given_up}
    assert set(counted) <= maybe
    assert set(counted.values()) <= {1}
    with suppress(KeyError):
        assert max(counted.values(), default=1) == 1
