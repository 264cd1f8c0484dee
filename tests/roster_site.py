"""A site of its own, worked on by real processes: ``python tests/roster_site.py STEP …`` as JSON.

Used by the tests that kill a worker in the middle, which no test inside one process can do.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

FEW = 2_000
MANY = 20_000  # enough to be caught in the middle
UNITS = 40


def roster_csv(people: int) -> bytes:
    """Return a roster of so many people."""
    lines = ["NIP;Nama;Kode Unit;Jenis Pegawai;Email;No. HP"]
    for n in range(people):
        birth = f"{1965 + n // 10_000:04d}{1 + n // 900 % 12:02d}15"
        number = f"{birth}{2000 + n // 900 % 20:04d}01{1 + n % 2}{1 + n % 900:03d}"
        lines.append(
            f"{number};Pegawai {n};u{n % UNITS};PNS;orang{n}@rawabening.example;0840{n:08d}"
        )
    return "\n".join(lines).encode()


def digest(people: Iterable[tuple[str, ...]]) -> str:
    return hashlib.sha256(repr(sorted(people)).encode()).hexdigest()


def expected_digest(people: int) -> str:
    """Return the digest of the roster when everybody of the file is on it."""
    rows = [line.split(";") for line in roster_csv(people).decode().splitlines()[1:]]
    sexes = {"1": "Laki-laki", "2": "Perempuan"}
    return digest((name, unit, nip, kind, sexes[nip[14]]) for nip, name, unit, kind, *_ in rows)


def prepare(people: str, *steps: str) -> dict[str, object]:
    """Make the site with one uploaded roster of ``people``, then go on with ``steps``."""
    from django.core.management import call_command

    from cermin.web.sealing import make_key
    from site_factory import make_agency, make_structure

    make_key(Path(os.environ["CERMIN_SITE"]) / "keys")
    call_command("migrate", verbosity=0)
    agency = make_agency("rawa-bening")
    make_structure(agency, tree=[(f"u{n}", f"Unit Kerja {n}", None) for n in range(UNITS)])
    store(int(people))
    for step in steps:
        globals()[step]()
    return {}


def store(people: int) -> dict[str, object]:
    """Upload the roster."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from cermin.web.organisations.actions.roster import store_upload
    from cermin.web.organisations.models import Agency
    from cermin.web.organisations.rules import system_member
    from cermin.web.pages import clock

    agency = Agency.objects.get()
    file = SimpleUploadedFile("pegawai.csv", roster_csv(people))
    upload = store_upload(
        agency=agency, file=file, is_complete=True, by=system_member(agency, "tes"),
        now=clock.now(),
    )  # fmt: skip
    return {"upload": str(upload.pk)}


def accept() -> dict[str, object]:
    from cermin.core.errors import UserError
    from cermin.web.organisations.actions.roster import accept_upload
    from cermin.web.organisations.models import RosterUpload
    from cermin.web.organisations.rules import system_member
    from cermin.web.pages import clock

    upload = RosterUpload.objects.get()
    by = system_member(upload.agency, "tes")
    try:
        accept_upload(upload=upload, confirmed=True, by=by, now=clock.now())
    except UserError as error:
        return {"refused": str(error)}
    return {"refused": ""}


def resume() -> dict[str, object]:
    from cermin.web.organisations.tasks.roster import resume_interrupted
    from cermin.web.pages import clock

    now = clock.now()
    early, late = resume_interrupted(now), resume_interrupted(now + timedelta(minutes=2))
    work()
    return {"early": early, "late": late}


def work() -> dict[str, object]:
    from django.core.management import call_command

    call_command("db_worker", batch=True, startup_delay=False, interval=0, verbosity=0)
    return {}


def kill_in(state: str) -> dict[str, object]:
    """Kill the process named on standard input once the upload is in the middle of ``state``."""
    from cermin.web.organisations.models import RosterUpload

    RosterUpload.objects.get()
    sys.stderr.write("ready\n")
    sys.stderr.flush()
    worker = int(sys.stdin.readline())
    deadline = time.monotonic() + 150
    while time.monotonic() < deadline:
        if RosterUpload.objects.get().state == state and (state == "reading" or _is_locked()):
            time.sleep(0.4 if state == "accepting" else 0)
            os.kill(worker, signal.SIGKILL)
            return {"killed": True}
        time.sleep(0.01)
    return {"killed": False}


def _is_locked() -> bool:
    from django.db import OperationalError, connection, transaction

    from cermin.web.organisations.models import Agency

    if connection.vendor == "sqlite":
        connection.ensure_connection()
        connection.connection.execute("PRAGMA busy_timeout = 0")
    try:
        with transaction.atomic():
            Agency.objects.select_for_update(nowait=connection.vendor != "sqlite").get()
    except OperationalError:
        return True
    return False


def find(number: str) -> dict[str, object]:
    """Look a person up on the page, signed in, as an owner does."""
    from django.conf import settings
    from django.test import Client, override_settings

    from cermin.web.organisations.models import Agency, Role
    from site_factory import give_role, make_user

    agency, user = Agency.objects.get(), make_user("pengelola@rawabening.example")
    give_role(user, agency, Role.OWNER)
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}):
        client = Client(headers={"host": "localhost"})
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        answer = client.post("/i/rawa-bening/pegawai/cari/", {"text": number})
    text = answer.content.decode()
    return {"names": re.findall(r"Pegawai \d+", text), "echoed": number in text}


def places_with(*texts: str) -> dict[str, object]:
    """Return where each text stands in clear: in any cell of any table, or any file but keys."""
    found: dict[str, set[str]] = {text: set() for text in texts}
    for place, content in [*_cells(), *_files()]:
        for text in texts:
            if text.encode() in content:
                found[text].add(place)
    return {text: sorted(places) for text, places in found.items()}


def _cells() -> Iterator[tuple[str, bytes]]:
    from django.db import connection

    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names from the catalogue
            for row in cursor.fetchall():
                binary = [bytes(c) for c in row if isinstance(c, bytes | memoryview)]
                yield table, b"\0".join([str(row).encode(), *binary])


def _files() -> Iterator[tuple[str, bytes]]:
    for path in Path(os.environ["CERMIN_SITE"]).rglob("*"):
        if path.is_file() and "keys" not in path.parts:
            yield path.name, path.read_bytes()


def show() -> dict[str, object]:
    from django.conf import settings
    from django_tasks_db.models import DBTaskResult

    from cermin.web.audit.models import AuditEvent
    from cermin.web.organisations.models import Employee, RosterUpload
    from cermin.web.sealing import unseal

    people = [
        (name, unit, unseal(bytes(nip), folder=settings.KEY_FOLDER).decode(), employment, sex)
        for name, unit, nip, employment, sex in Employee.objects.values_list(
            "name", "unit__code", "nip_sealed", "employment", "sex"
        )
    ]
    upload = RosterUpload.objects.get()
    return {
        "state": upload.state,
        "counts": [upload.n_added, upload.n_left, upload.n_bad],
        "sealed_file": upload.sealed_file,
        "n_people": len(people),
        "digest": digest(people),
        "tasks": sorted(DBTaskResult.objects.values_list("status", flat=True)),
        "events": list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True)),
    }


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "cermin.web.settings"
    import django

    django.setup()
    step, *rest = sys.argv[1:]
    print(json.dumps(globals()[step](*rest)))  # noqa: T201 - read by the test
