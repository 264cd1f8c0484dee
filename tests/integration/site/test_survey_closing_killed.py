"""Workers that are killed while they close: whatever the moment, the result is the same."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from site_processes import SERVER, Site, environment, site_on

pytestmark = pytest.mark.own_site

PREPARE = """
from datetime import UTC, datetime, timedelta
from closing_factory import cast_by, drawn
from cermin.web.cycles.models import Phase
from cermin.web.organisations.models import Role
from cermin.web.survey.models import Survey
from site_factory import as_member, give_role, make_agency, make_structure, make_user
from survey_factory import opened
agency = make_agency()
make_structure(agency)
owner = make_user("pengelola@rawabening.example")
give_role(owner, agency, Role.OWNER)
survey = opened(agency, as_member(owner, agency), people=30)
cast_by(survey, drawn(survey, 12), level=2)
cast_by(survey, drawn(survey, 9), level=5, staged=True)
from django_tasks_db.models import DBTaskResult
DBTaskResult.objects.all().delete()  # nothing else is to be done
now = datetime.now(UTC)
Phase.objects.update(opens_at=now - timedelta(days=9), closes_at=now + timedelta(days=9))
Phase.objects.filter(kind="survey").update(closes_at=now - timedelta(minutes=1))
answer = survey.public_id
"""
# Starts the site once and forks: workers that kill themselves as the kernel would, before or after
# a step of the closing, and children that look at what is left. Each moment has a copy of the site.
CONDUCTOR = """
import hashlib, importlib, json, os, shutil, signal, sys
from pathlib import Path
from cermin.web.start import prepare
site, moments = Path(sys.argv[1]), json.loads(sys.argv[2])
prepare(site)
import psycopg
from django.conf import settings
from django.db import connection
from cermin.web.audit.models import AuditEvent
from cermin.web.operations.actions.worker import BackgroundWorker
from cermin.web.survey import models
from cermin.web.survey.queries.frame import closed_folder
template = str(connection.settings_dict["NAME"])
made = []

def new_copy(name):
    folder = site.with_name(f"{site.name}-{name}")
    shutil.copytree(site, folder)
    database = str(folder / Path(template).relative_to(site)) if on_sqlite else f"{template}_{name}"
    if not on_sqlite:
        server(f"CREATE DATABASE {database} TEMPLATE {template}")
        made.append(database)
    return folder, database

def server(statement):
    url = os.environ["SERVER"] + "/postgres"
    with psycopg.connect(url, autocommit=True) as link: link.execute(statement)

def child(copy, work, *args):
    result = copy[0] / "answer.json"
    result.unlink(missing_ok=True)
    pid = os.fork()
    if pid == 0:
        settings.SITE_FOLDER, settings.KEY_FOLDER = copy[0], copy[0] / "keys"
        connection.settings_dict["NAME"] = copy[1]
        status = 1
        try:
            result.write_text(json.dumps(work(*args), default=str))
            status = 0
        finally:
            os._exit(status)
    killed = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert killed in (0, -signal.SIGKILL), killed
    return json.loads(result.read_text()) if killed == 0 else "killed"

def worker(when="", module="", step=""):
    if step:
        home = importlib.import_module(module)
        real = getattr(home, step)
        def deadly(*args, **kwargs):
            if when == "after": real(*args, **kwargs)
            os.kill(os.getpid(), signal.SIGKILL)
        setattr(home, step, deadly)
    BackgroundWorker().run_once()
    return "done"

def show():
    survey = models.Survey.objects.select_related("cycle__agency").get()
    folder, keys = closed_folder(survey.cycle), settings.KEY_FOLDER / "survei"
    left = [models.BoxedBallot, models.StagedBallot, models.CastSerial, models.Invitee]
    files = sorted(folder.iterdir()) if folder.exists() else []
    return {
        "state": survey.state, "counted": survey.n_counted, "drawn": survey.n_drawn,
        "snapshot": survey.snapshot_sha256, "problem": survey.problem,
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
        "left": {model.__name__: model._base_manager.count() for model in left},
        "turnout": list(models.Turnout.objects.values_list("unit_code", "n_invited", "n_drawn")),
        "keys": sorted(path.name for path in keys.iterdir()),
        "closings": AuditEvent.objects.filter(action="survey_closed").count(),
    }

on_sqlite = "postgresql" not in connection.settings_dict["ENGINE"]
try:
    calm = new_copy("calm")
    told = {"first": child(calm, worker), "expected": child(calm, show), "moments": []}
    for number, moment in enumerate(moments):
        copy = new_copy(f"k{number}")
        told["moments"].append([
            child(copy, worker, *moment), child(copy, show), child(copy, worker), child(copy, show),
        ])
    tried = new_copy("tried")
    told["in a row"] = [child(tried, worker, *moment) for moment in moments]
    told["in the end"] = [child(tried, worker), child(tried, show)]
finally:
    for database in made:
        server(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
print(json.dumps(told))
"""
ACTION, TASK = "cermin.web.survey.actions.closing", "cermin.web.survey.tasks.closing"
FILES, FRAME = "cermin.web.survey.tasks.closing_files", "cermin.web.survey.queries.frame"
MOMENTS = [
    ("after", ACTION, "begin_closing"),
    ("after", ACTION, "empty_staging"),
    ("before", TASK, "opened_box"),
    ("after", TASK, "opened_box"),
    ("after", FILES, "write_snapshot"),
    ("after", TASK, "write_files"),
    ("before", TASK, "_empty_everything"),
    ("after", TASK, "_empty_everything"),
    ("after", TASK, "_mark_closed"),
    ("before", TASK, "destroy_all_keys"),
    ("before", "cermin.web.survey_keys", "_destroy"),
    ("after", "cermin.web.survey_keys", "_destroy"),
]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def prepared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A site whose survey has just ended; ballots lie in the box and in staging."""
    folder = tmp_path_factory.mktemp("closing") / "site"
    with site_on(request.param, folder) as site:
        site.python(PREPARE)
        yield site


def test_killed_at_any_step_it_ends_as_if_undisturbed(prepared: Site) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", CONDUCTOR, str(prepared.folder), json.dumps(MOMENTS)],
        capture_output=True, text=True, env=environment(SERVER=SERVER), check=False, timeout=500,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr[-3000:]
    told = json.loads(finished.stdout.splitlines()[-1])
    expected = told["expected"]
    assert told["first"] == "done"
    assert (expected["state"], expected["counted"], expected["drawn"]) == ("closed", 21, 21)
    assert (set(expected["left"].values()), expected["keys"]) == ({0}, [])
    for moment, (died, middle, again, after) in zip(MOMENTS, told["moments"], strict=True):
        assert (died, again) == ("killed", "done"), moment
        if middle["state"] != "closed":  # until then nothing of the answers may be gone
            assert middle["left"]["BoxedBallot"] + middle["left"]["StagedBallot"] == 21, moment
            assert middle["keys"], moment
        assert after == expected, moment
    assert "killed" in told["in a row"]
    assert told["in the end"] == ["done", expected]
