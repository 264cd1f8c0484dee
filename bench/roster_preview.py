"""The roster of 100,000 people on the site: uploaded, previewed in the background, applied.

Always on SQLite; on PostgreSQL too when ``CERMIN_BENCH_DATABASE`` names a database that may be
made and dropped.
"""

# ruff: noqa: PLC0415 - the site is set up before its models are loaded

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from bench.intake import roster_file
from bench.rows import Row, interleaved, peak_megabytes

SECTION = "Roster on the site: 100,000 people, XLSX of 24 columns on three sheets"
SERVER = "CERMIN_BENCH_DATABASE"
PARTS = {
    "store": "uploaded and sealed",
    "preview": "previewed: everybody is new, the tree of units is made",
    "accept": "applied: 100,000 people written in one transaction",
    "again": "the same file previewed again: everybody compared",
    "page": "one page of the roster, ten times",
}
ROUNDS = 2


def run() -> list[Row]:
    """Measure in fresh processes, one database each."""
    roster_file()
    servers = ["SQLite", *(["PostgreSQL"] if os.environ.get(SERVER) else [])]
    found = interleaved("bench.roster_preview", servers, rounds=ROUNDS)
    return [
        found[server][part].row(SECTION, f"{server}: {words}", floor=None)
        for server in servers
        for part, words in PARTS.items()
    ]


# ------------------------------------------------------------------ one process each


@contextmanager
def _site(server: str) -> Iterator[None]:
    from cermin.web.sealing import make_key

    url = os.environ[SERVER] if server == "PostgreSQL" else ""
    with tempfile.TemporaryDirectory() as folder, _database(url):
        make_key(Path(folder) / "keys")
        os.environ.update(
            CERMIN_SITE=folder, CERMIN_SECRET_KEY="b" * 60, CERMIN_HTTPS="0",
            CERMIN_DATABASE_URL=url, DJANGO_SETTINGS_MODULE="cermin.web.settings",
        )  # fmt: skip
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        yield
        connections.close_all()


@contextmanager
def _database(url: str) -> Iterator[None]:
    if not url:
        yield
        return
    import psycopg
    from psycopg.sql import SQL, Identifier

    name = Identifier(urlsplit(url).path.strip("/"))
    with psycopg.connect(url.rsplit("/", 1)[0] + "/postgres", autocommit=True) as server:
        server.execute(SQL("DROP DATABASE IF EXISTS {}").format(name))
        server.execute(SQL("CREATE DATABASE {}").format(name))
        yield
        server.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def _measure() -> dict[str, float]:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from cermin.web.organisations.actions.roster import accept_upload, store_upload
    from cermin.web.organisations.models import Agency, Employee, RosterUpload
    from cermin.web.organisations.queries.roster import employees, masked_nip
    from cermin.web.organisations.rules import system_member
    from cermin.web.organisations.tasks.roster import apply_upload, read_upload
    from cermin.web.pages import clock

    agency = Agency.objects.create(
        slug="uji", code="1", name="Uji", agency_class="kabupaten", created_at=clock.now()
    )
    by, seconds = system_member(agency, "bench"), {}
    content = roster_file().read_bytes()

    def timed(part: str, begin: float) -> None:
        seconds[part] = time.perf_counter() - begin

    def store() -> RosterUpload:
        file = SimpleUploadedFile("siasn.xlsx", content)
        return store_upload(agency=agency, file=file, is_complete=True, by=by, now=clock.now())

    begin = time.perf_counter()
    upload = store()
    timed("store", begin)
    begin = time.perf_counter()
    read_upload.call(str(upload.pk))
    timed("preview", begin)
    upload.refresh_from_db()
    accept_upload(upload=upload, confirmed=True, by=by, now=clock.now())
    begin = time.perf_counter()
    apply_upload.call(str(upload.pk))
    timed("accept", begin)
    assert Employee.objects.count() == 100_000
    again = store()
    begin = time.perf_counter()
    read_upload.call(str(again.pk))
    timed("again", begin)
    again.refresh_from_db()
    assert again.n_unchanged == 100_000
    begin = time.perf_counter()
    for _ in range(10):
        assert all(masked_nip(one) for one in employees(agency)[50_000:50_050])
    timed("page", begin)
    return seconds


if __name__ == "__main__":
    with _site(sys.argv[1]):
        measured = _measure()
    measured["peak_megabytes"] = peak_megabytes()
    print(json.dumps(measured))
