"""Workers that are killed: nothing is half done, and the work goes on as if undisturbed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from roster_site import FEW, MANY, expected_digest, roster_csv
from site_processes import postgres

SCRIPT = Path(__file__).parents[2] / "roster_site.py"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # other processes may be at work


class Site:
    """A folder, a database, and processes that work on them."""

    def __init__(self, folder: Path, url: str) -> None:
        names = {"CERMIN_SITE": str(folder), "CERMIN_SECRET_KEY": "k" * 60, "CERMIN_DEMO": "1",
                 "CERMIN_DATABASE_URL": url}  # fmt: skip
        self.folder = folder
        self.output = ""  # whatever processes have written to their logs
        self.environment = {**os.environ, **names}

    def start(self, *step: object) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-W", "error::DeprecationWarning:cermin", SCRIPT, *map(str, step)],
            env=self.environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *step: object) -> dict[str, Any]:
        process = self.start(*step)
        out, error = process.communicate(timeout=240)
        assert process.returncode == 0, error[-3000:]
        self.output += error
        return json.loads(out)

    def kill_worker_in(self, state: str) -> None:
        """Start a worker and kill it as soon as it is in the middle of ``state``."""
        watch = self.start("kill_in", state)
        assert watch.stderr is not None
        while (line := watch.stderr.readline()) and "ready" not in line:
            pass  # whoever comes too late sees nothing
        worker = self.start("work")
        out, error = watch.communicate(f"{worker.pid}\n", timeout=240)
        assert json.loads(out or "{}").get("killed"), error[-3000:]
        worker.communicate()
        assert worker.returncode == -signal.SIGKILL


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    on_server = bool(os.environ.get("CERMIN_TEST_DATABASE"))
    with postgres() if on_server else nullcontext("") as url:
        yield Site(tmp_path / "site", url)


def test_reading_goes_on_after_a_killed_worker(site) -> None:
    site.run("prepare", MANY)
    site.kill_worker_in("reading")
    assert site.run("show")["state"] == "reading"
    assert site.run("resume") == {"early": 0, "late": 1}
    after = site.run("show")
    assert (after["state"], after["counts"]) == ("ready", [MANY, 0, 0])
    # What the killed worker left in the queue stays there and does no harm.
    assert after["tasks"] == ["RUNNING", "SUCCESSFUL"]
    assert after["events"] == ["roster_uploaded", "roster_upload_read"]


def test_applying_is_whole_or_nothing_when_the_worker_is_killed(site) -> None:
    site.run("prepare", MANY, "work", "accept")
    site.kill_worker_in("accepting")
    middle = site.run("show")
    assert (middle["state"], middle["n_people"]) == ("accepting", 0)
    assert site.run("resume") == {"early": 0, "late": 1}
    after = site.run("show")
    assert (after["state"], after["n_people"], after["sealed_file"]) == ("accepted", MANY, "")
    assert after["digest"] == expected_digest(MANY)
    assert after["tasks"] == ["RUNNING", "SUCCESSFUL", "SUCCESSFUL"]
    assert after["events"].count("roster_upload_applied") == 1
    assert site.run("resume") == {"early": 0, "late": 0}
    assert list((site.folder / "files" / "roster").iterdir()) == []


def test_of_several_who_accept_one_does(site) -> None:
    site.run("prepare", FEW, "work")
    racing = [site.start("accept") for _n in range(3)]
    refusals = [json.loads(process.communicate(timeout=240)[0])["refused"] for process in racing]
    assert sorted(map(bool, refusals)) == [False, True, True]
    workers = [site.start("resume"), site.start("work")]  # the same work queued twice
    for worker in workers:
        _out, error = worker.communicate(timeout=240)
        assert worker.returncode == 0, error[-3000:]
    after = site.run("show")
    assert (after["state"], after["digest"]) == ("accepted", expected_digest(FEW))
    assert after["events"].count("roster_upload_applied") == 1
    assert after["events"].count("roster_upload_accepted") == 1


def test_no_number_and_no_contact_stands_anywhere_in_clear(site) -> None:
    """Whoever has the database, its journals and all files, but not the key folder."""
    site.run("prepare", FEW)
    rows = [line.split(";") for line in roster_csv(FEW).decode().splitlines()]
    rows = [rows[1], rows[77], rows[-1]]
    numbers = [cell for row in rows for cell in (row[0], row[4], row[5], "62" + row[5][1:])]
    watched = [*numbers, "Pegawai 76"]

    def leaks() -> list[str]:
        found = site.run("places_with", *watched)
        return [place for number in numbers for place in found[number]]

    assert leaks() == []  # as uploaded
    site.run("work")
    assert leaks() == []  # previewed
    site.run("accept")
    site.run("resume")
    assert site.run("find", rows[1][0]) == {"names": ["Pegawai 76"], "echoed": False}
    found = site.run("places_with", *watched)
    # The search does find what stands in clear: names of people do.
    assert "organisations_employee" in found.pop("Pegawai 76")
    assert set(map(tuple, found.values())) == {()}
    assert all(number not in site.output for number in numbers)
