"""Closing a survey with 1,000,000 ballots: time of each step and the most memory it takes.

The database is filled by SQL and with ballots sealed in bulk by one process per core; the closing
then runs in a process of its own, as the worker runs it. Floor: opening the same sealed ballots
one after another with libsodium, without a database, extrapolated from 20,000 of them.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from bench.rows import Measured, Row, peak_megabytes

BALLOTS = int(os.environ.get("CERMIN_BENCH_BALLOTS", "1000000"))
UNITS = 200
SEALED = 40_000  # different ballots
SAMPLE = 20_000
SERVER = os.environ.get("CERMIN_BENCH_POSTGRES", "postgresql://root@127.0.0.1:5432")
DATABASE = "cermin_bench_closing"
SECTION = (
    f"Closing a survey: {BALLOTS:,} ballots of {UNITS} units x 2 strata, one in five with a comment"
)
_BATCH = 10_000
_WORDS = "Jadwal pelatihan sebaiknya diumumkan lebih awal agar semua unit dapat ikut serta. "


def run() -> list[Row]:
    """Fill and close once on PostgreSQL, and once on SQLite."""
    rows = []
    for name, url in (("PostgreSQL", f"{SERVER}/{DATABASE}"), ("SQLite", "")):
        found = _closed(url)
        peak, floor = found.pop("peak_megabytes"), found.pop("floor")
        bare = Measured((floor,))
        rows.append(bare.row(SECTION, f"{name}: floor, opening alone on one core", floor=bare))
        for step, seconds in found.items():
            rows.append(Measured((seconds,), peak).row(SECTION, f"{name}: {step}", floor=bare))
    return rows


def _closed(url: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "CERMIN_SITE": folder,
            "CERMIN_SECRET_KEY": "only-for-this-measurement-" + "x" * 50,
            "CERMIN_HTTPS": "0",
            "CERMIN_HOSTS": "testserver",
            "CERMIN_DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "cermin.web.settings",
        }
        try:
            if url:
                _sql(f"drop database if exists {DATABASE} with (force)")
                _sql(f"create database {DATABASE}")
            _step("fill", environment)
            return _step("close", environment)
        finally:
            if url:
                _sql(f"drop database if exists {DATABASE} with (force)")


def _sql(statement: str) -> None:
    import psycopg  # noqa: PLC0415 - only this bench needs it

    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
        connection.execute(statement)


def _step(name: str, environment: dict[str, str]) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.closing", name],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"bench.closing {name}: {done.stderr[-3000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


# ------------------------------------------------------------------ filling


def fill() -> dict[str, float]:
    """Make an agency whose survey everybody has answered, and is over."""
    import django  # noqa: PLC0415 - set up by the environment of this process

    django.setup()
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    from cermin.web.sealing import make_key  # noqa: PLC0415

    make_key(Path(settings.KEY_FOLDER))
    call_command("migrate", verbosity=0)
    survey = _survey()
    begin = time.perf_counter()
    _fill_ledger(survey)
    _fill_box(survey)
    return {"fill": time.perf_counter() - begin}


def _survey() -> Any:
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415

    from cermin.web.cycles.models import Cycle, Phase, PhaseKind, State  # noqa: PLC0415
    from cermin.web.organisations.models import Agency, Structure, Unit  # noqa: PLC0415
    from cermin.web.survey.actions.opening import make_key_pair  # noqa: PLC0415
    from cermin.web.survey.models import (  # noqa: PLC0415
        BallotClass,
        KeyMode,
        Survey,
        SurveyState,
    )

    now = datetime.now(UTC)
    agency = Agency.objects.create(
        slug="besar", code="7001", name="Kementerian Besar", agency_class="kementerian",
        language="id", time_zone="Asia/Jakarta", created_at=now,
    )  # fmt: skip
    tree = Structure.objects.create(agency=agency, year=2026, created_at=now, frozen_at=now)
    for i in range(UNITS):
        Unit.objects.create(structure=tree, code=f"unit-{i}", name=f"Unit {i}", position=i)
    cycle = Cycle.objects.create(
        agency=agency, year=2026, name="2026", state=State.SURVEY_OPEN, structure=tree,
        method="metode-2025", sections=["kuesioner-keterikatan-2025"], minimum_rule="none",
        minimum_margin="0.05", threshold=10, crossing="jenis_kelamin", created_at=now,
        opened_at=now, frozen={},
    )  # fmt: skip
    week = timedelta(days=7)
    Phase.objects.create(
        cycle=cycle, kind=PhaseKind.SURVEY, opens_at=now - week, closes_at=now - week / 7
    )
    key = make_key_pair(cycle=cycle, mode=KeyMode.SIMPLE, now=now)
    survey = Survey.objects.create(
        cycle=cycle, public_id=key.folder, state=SurveyState.OPEN, strata=["jenis_kelamin"],
        n_invited=BALLOTS, created_at=now - week,
    )  # fmt: skip
    BallotClass.objects.bulk_create(
        BallotClass(
            survey=survey, number=1 + 2 * i + j, unit_code=f"unit-{i}", strata=[sex],
            n=BALLOTS // UNITS // 2,
        )
        for i in range(UNITS) for j, sex in enumerate(("Laki-laki", "Perempuan"))
    )  # fmt: skip
    return survey


def _number(i: int) -> int:
    return 1 + i % (2 * UNITS)


# A row like the first one for every ballot but one; the hashes differ, as they must.
_SERIES = {
    "postgresql": "generate_series(1, {n}) AS series(i)",
    "sqlite": "(WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {n}) "
    "SELECT i FROM s) AS series",
}
_HASH = {"postgresql": "sha256((random()::text || i)::bytea)", "sqlite": "randomblob(32)"}
_ID = {
    "postgresql": "gen_random_uuid()",
    "sqlite": "lower(hex(randomblob(16)))",
}


def _fill_ledger(survey: Any) -> None:
    from django.db import connection  # noqa: PLC0415

    from cermin.web.survey.models import CastSerial, Invitee  # noqa: PLC0415

    classes = list(survey.ballot_classes.order_by("number"))
    for one in classes:  # the first of each class; the others are copied from it
        Invitee.objects.create(
            survey=survey, ballot_class=one, name="Pegawai", unit_code=one.unit_code,
            code_hash=secrets.token_bytes(32),
            blinded_hash=secrets.token_bytes(32),
        )  # fmt: skip
    CastSerial.objects.create(survey=survey, hash=secrets.token_bytes(32))
    kind = connection.vendor
    fresh = {"id": _ID[kind], "code_hash": _HASH[kind], "blinded_hash": _HASH[kind],
             "hash": _HASH[kind]}  # fmt: skip
    for model, n in ((Invitee, BALLOTS // len(classes) - 1), (CastSerial, BALLOTS - 1)):
        columns = [field.column for field in model._meta.concrete_fields]
        taken = ", ".join(fresh.get(name, f"t.{name}") for name in columns)
        _execute(
            f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {taken} "
            f"FROM {model._meta.db_table} t CROSS JOIN {_SERIES[kind].format(n=n)}"
        )


def _execute(statement: str) -> None:
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(statement)


def _fill_box(survey: Any) -> None:
    """Seal some ballots, and put each of them in many times: opening them takes as long."""
    from django.db import connection  # noqa: PLC0415

    from cermin.web.survey.models import BoxedBallot  # noqa: PLC0415
    from cermin.web.survey.queries.facts import paper_of  # noqa: PLC0415

    paper = paper_of(survey.cycle)
    public_key = bytes(survey.cycle.box_key.public_key)
    jobs = [(paper, public_key, begin) for begin in range(0, SEALED, _BATCH)]
    with ProcessPoolExecutor() as sealers:
        for some in sealers.map(_sealed, jobs):
            BoxedBallot.objects.bulk_create(BoxedBallot(survey=survey, sealed=one) for one in some)
    series = _SERIES[connection.vendor].format(n=BALLOTS // SEALED - 1)
    _execute(
        "INSERT INTO survey_boxedballot (survey_id, sealed) "
        f"SELECT t.survey_id, t.sealed FROM survey_boxedballot t CROSS JOIN {series}"
    )


def _sealed(job: tuple[Any, bytes, int]) -> list[bytes]:
    from cermin.web.ballot_sealing import seal_ballot  # noqa: PLC0415

    paper, public_key, begin = job
    content = _ballots(paper, begin)
    return [seal_ballot(one, public_key, length=paper.length) for one in content]


def _ballots(paper: Any, begin: int) -> Iterator[bytes]:
    from cermin.web.survey.rules.answers import encoded  # noqa: PLC0415

    chance = random.Random(begin)  # noqa: S311 - answers of nobody
    offered = {
        field.name: [option.code for option in field.item.options] or list(range(11))
        for field in paper.fields if field.item.kind != "comment"
    }  # fmt: skip
    for i in range(begin, begin + _BATCH):
        answers: dict[str, object] = {name: chance.choice(c) for name, c in offered.items()}
        if paper.comments and i % 5 == 0:
            answers[paper.comments[0].name] = f"{_WORDS}{i}"
        yield encoded(paper, _number(i), answers)


# ------------------------------------------------------------------ closing


def close() -> dict[str, float]:
    """Close it as the worker does; seconds of the whole and of what is measured inside."""
    import django  # noqa: PLC0415 - set up by the environment of this process

    django.setup()
    from datetime import UTC, datetime  # noqa: PLC0415

    from cermin.web.survey.actions.closing import close_what_has_ended  # noqa: PLC0415
    from cermin.web.survey.models import Survey  # noqa: PLC0415
    from cermin.web.survey.tasks import closing  # noqa: PLC0415

    now = datetime.now(UTC)
    survey = Survey.objects.get()
    floor = _floor(survey)
    begin = time.perf_counter()
    close_what_has_ended(now)
    found: dict[str, float] = {}
    for step in ("opened_box", "write_files", "_store_comments", "_empty_everything"):
        setattr(closing, step, _timed(found, step, getattr(closing, step)))
    if not closing.finish_closing(survey_id=survey.pk, now=now):
        raise RuntimeError("the closing did not finish")
    names = {
        "opened_box": "opening the box", "write_files": "writing snapshots",
        "_store_comments": "storing comments", "_empty_everything": "emptying ledger and box",
    }  # fmt: skip
    return {
        "whole closing": time.perf_counter() - begin,
        **{names[step]: seconds for step, seconds in found.items()},
        "floor": floor,
        "peak_megabytes": peak_megabytes(),
    }


def _timed(found: dict[str, float], name: str, real: Any) -> Any:
    def timed(*args: Any, **kwargs: Any) -> Any:
        begin = time.perf_counter()
        answer = real(*args, **kwargs)
        found[name] = time.perf_counter() - begin
        return answer

    return timed


def _floor(survey: Any) -> float:
    from cermin.web import survey_keys  # noqa: PLC0415
    from cermin.web.ballot_sealing import BoxOpener  # noqa: PLC0415
    from cermin.web.survey.models import BoxedBallot  # noqa: PLC0415
    from cermin.web.survey.queries.facts import key_folder  # noqa: PLC0415

    opener = BoxOpener(survey_keys.box_key(key_folder(survey)))
    some = [bytes(one) for one in BoxedBallot.objects.values_list("sealed", flat=True)[:SAMPLE]]
    begin = time.perf_counter()
    for one in some:
        opener.open(one)
    return (time.perf_counter() - begin) * BALLOTS / len(some)


if __name__ == "__main__":
    print(json.dumps({"fill": fill, "close": close}[sys.argv[1]]()))
