"""Server time of every list page of a full national site: 640 agencies, 1,000,000 people.

One PostgreSQL database is filled by SQL, then each page is asked for by the owner of one agency
(operator pages by an operator) through the whole stack of middleware, in this process, on a warm
connection. Floor: the sign-in page, which shows no list.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.rows import Measured, Row, peak_megabytes

AGENCIES, UNITS, PEOPLE, EVENTS = 640, 50, 1_000_000, 1_000_000
ROUNDS = 25
SERVER = os.environ.get("CERMIN_BENCH_POSTGRES", "postgresql://root@127.0.0.1:5432")
DATABASE = "cermin_bench"
SECTION = (
    f"Site: list pages, {AGENCIES} agencies x {UNITS} units, {PEOPLE:,} people, {EVENTS:,} audit "
    "events on PostgreSQL; server time of one page"
)
TARGET_SECONDS = 0.150
OWNER = "owner@example.org"
SITE_PAGES = ("account_login", "agency_list")
AGENCY_LISTS = (
    "agency_home", "unit_list", "roster_list", "roster_upload", "member_list", "audit_list",
    "cycle_list", "instrument_list", "regulation_list", "value_set_list",
)  # fmt: skip

# What a national site holds; contents are made up, sizes are not.
_FILL = f"""
insert into accounts_user (id, password, email, name, language, is_active, is_operator, created_at)
select md5('user' || i)::uuid, '!', case i when 1 then '{OWNER}' else 'user' || i || '@example.org'
  end, 'Orang ' || i, 'id', true, i = 1, now() from generate_series(1, {AGENCIES * 5}) i;
insert into organisations_agency (slug, code, name, agency_class, language, time_zone, created_at)
select 'instansi-' || i, (7000 + i)::text, 'Kabupaten Contoh ' || i, 'kabupaten', 'id',
  'Asia/Jakarta', now() from generate_series(1, {AGENCIES}) i;
insert into organisations_membership (agency_id, user_id, role, unit_code, since)
select a.id, md5('user' || ((a.id - 1) * 5 + r.n))::uuid, r.role,
  case r.role when 'contact' then 'unit-1' else '' end, now()
from organisations_agency a, (values (1, 'owner'), (2, 'contact'), (3, 'evaluator'), (4, 'head'),
  (5, 'analyst')) r(n, role);
insert into organisations_structure (agency_id, year, created_at)
select id, 2026, now() from organisations_agency;
insert into organisations_unit (structure_id, code, name, position, parent_id)
select s.id, 'unit-' || i, 'Unit Kerja ' || i, i, null
from organisations_structure s, generate_series(1, {UNITS}) i;
update organisations_unit u set parent_id = p.id from organisations_unit p
where p.structure_id = u.structure_id and u.position > 10
  and p.position = 1 + u.position % 10;
insert into organisations_employee
  (agency_id, unit_id, person_index, nip_sealed, name, employment, sex, position_type, added_at)
select s.agency_id, u.id, sha256(i::text::bytea), null, 'Pegawai ' || md5(i::text),
  (array['PNS', 'PPPK', 'CPNS', 'PPPK Paruh Waktu', 'Non-ASN'])[1 + i % 5],
  (array['Laki-laki', 'Perempuan'])[1 + i % 2], 'Jabatan Pelaksana', now()
from generate_series(1, {PEOPLE}) i
join organisations_structure s
  on s.id = (select min(id) from organisations_structure) + i % {AGENCIES}
join organisations_unit u on u.structure_id = s.id and u.position = 1 + (i / {AGENCIES}) % {UNITS};
insert into audit_auditevent (sequence, at, agency, actor_id, actor_name, page, action, object_type,
  object_id, details, code)
select i, now() - make_interval(secs => {EVENTS} - i), 'instansi-' || 1 + i % {AGENCIES}, 'x',
  'Orang ' || i % 100, '/i/x/unit/', 'unit_renamed', 'unit', i::text,
  '{{"old": "Lama", "new": "Baru"}}', sha256(i::text::bytea)
from generate_series(1, {EVENTS}) i;
analyze;
"""


def run() -> list[Row]:
    """Fill a database, measure in a fresh process, drop the database."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "CERMIN_SITE": folder,
            "CERMIN_SECRET_KEY": "only-for-this-measurement-" + "x" * 50,
            "CERMIN_HTTPS": "0",
            "CERMIN_DEMO": "1",
            "CERMIN_HOSTS": "testserver",
            "CERMIN_DATABASE_URL": f"{SERVER}/{DATABASE}",
            "DJANGO_SETTINGS_MODULE": "cermin.web.settings",
        }
        _sql("postgres", f"drop database if exists {DATABASE}")
        _sql("postgres", f"create database {DATABASE}")
        try:
            found = _measured(environment)
        finally:
            _sql("postgres", f"drop database if exists {DATABASE} with (force)")
    peak = found.pop("peak_megabytes")
    pages = {name: Measured(tuple(seconds), peak) for name, seconds in found.items()}
    floor = pages.pop("account_login")
    rows = [floor.row(SECTION, "floor: the sign-in page", floor=floor)]
    for name, page in sorted(pages.items(), key=lambda p: -statistics.median(p[1].seconds)):
        slow = statistics.median(page.seconds) > TARGET_SECONDS
        rows.append(page.row(SECTION, name, floor=floor, note="over 150 ms" if slow else ""))
    return rows


def _sql(database: str, statement: str) -> None:
    import psycopg  # noqa: PLC0415 - only this bench needs it

    with psycopg.connect(f"{SERVER}/{database}", autocommit=True) as connection:
        connection.execute(statement)


def _measured(environment: dict[str, str]) -> dict[str, list[float]]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.site"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"bench.site: {done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def measure() -> dict[str, list[float]]:
    """Ask for every list page; seconds of each round by the name of the page."""
    import django  # noqa: PLC0415 - set up by the environment of this process

    django.setup()
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    from cermin.web.sealing import make_key  # noqa: PLC0415

    make_key(Path(settings.KEY_FOLDER))
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    _sql(DATABASE, _FILL)
    return {name: _seconds(name, address) for name, address in _addresses().items()}


def _addresses() -> dict[str, str]:
    from django.urls import reverse  # noqa: PLC0415

    found = {name: reverse(name) for name in SITE_PAGES}
    return found | {name: reverse(name, args=["instansi-320"]) for name in AGENCY_LISTS}


def _seconds(name: str, address: str) -> list[float]:
    from django.test import Client  # noqa: PLC0415

    from cermin.web.accounts.models import User  # noqa: PLC0415

    client = Client()
    if name != "account_login":
        people = User.objects.filter(memberships__role="owner")
        slug = "instansi-320" if "instansi-320" in address else "instansi-1"
        user = people.get(memberships__agency__slug=slug)
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    taken = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        response = client.get(address)
        taken.append(time.perf_counter() - begin)
        if response.status_code != 200:
            raise RuntimeError(f"{name} {address}: {response.status_code}")
    return taken


if __name__ == "__main__":
    found: dict[str, object] = dict(measure())
    found["peak_megabytes"] = peak_megabytes()
    print(json.dumps(found))
