"""Workers that are killed while they compute: nothing is half written, and the work is done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from site_processes import Site, environment, site_on

pytestmark = [pytest.mark.own_site, pytest.mark.slow]
PATIENCE = 150.0
CLOSED = """
from site_factory import as_member, give_role, make_agency, make_structure, make_user
from cermin.web.organisations.models import Role
from cermin.web.pages import clock
from cermin.web.results.actions.computing import ask_for_index
from result_site_factory import closed
agency = make_agency()
make_structure(agency)
owner = make_user("pengelola@rawabening.example")
give_role(owner, agency, Role.OWNER)
by = as_member(owner, agency)
made = closed(agency, by, people={"dinkes": 40})
ask_for_index(cycle=made.cycle, without_evidence=True, by=by, now=clock.now())
"""
# A worker that hangs in the middle: before it counts, or with half of the result written.
STUCK = """
import sys, time
from pathlib import Path
from cermin.web.start import prepare
folder = Path(sys.argv[1])
prepare(folder)
from cermin.web.operations.actions.worker import BackgroundWorker
from cermin.web.results.tasks import computing
def hang(*args, **kwargs):
    if sys.argv[2] == "write_atomically":
        path, content = args
        path.with_name(f".{path.name}.part").write_bytes(content[: len(content) // 2])
    (folder / "stuck").touch()
    time.sleep(600)
setattr(computing, sys.argv[2], hang)
BackgroundWorker(interval=0.1).run()
"""
SHOW = """
from cermin.web.results.models import ResultRun
from cermin.web.results.queries.results import result_bytes
from cermin.web.audit.models import AuditEvent
run = ResultRun.objects.select_related("cycle__agency").get()
whole = run.state == "done" and len(result_bytes(run.cycle, run)) > 1000
answer = [run.state, run.attempts, whole,
          AuditEvent.objects.filter(action="index_computed").count()]
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with site_on(request.param, tmp_path / "site") as site:
        yield site


def killed_in(site: Site, place: str) -> None:
    """Start a worker and kill it where it hangs."""
    process = subprocess.Popen(
        [sys.executable, "-c", STUCK, str(site.folder), place], env=environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    mark, end = site.folder / "stuck", time.monotonic() + PATIENCE
    while not mark.exists():
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    mark.unlink()


def test_a_computation_outlives_killed_workers(site: Site) -> None:
    site.python(CLOSED)
    for attempts, place in enumerate(("result_of", "write_atomically"), start=1):
        killed_in(site, place)
        assert site.python(SHOW) == ["running", attempts, False, 0]
    assert not list((site.folder / "files" / "periode").rglob("hasil-*.json"))
    worker = site.start("worker", "--interval", "0.2")
    try:
        end = time.monotonic() + PATIENCE
        while site.value("SELECT state FROM results_resultrun") == "running":
            assert time.monotonic() < end
            time.sleep(0.2)
    finally:
        worker.terminate()
        worker.communicate(timeout=60)
    assert site.python(SHOW) == ["done", 3, True, 1]
    [file] = (site.folder / "files" / "periode").rglob("hasil-*.json")
    assert file.parent.name == "2026"
