"""``cermin audit verify`` on a real folder of a site, in a process of its own."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from cermin.web.sealing import make_key

pytestmark = pytest.mark.own_site

FILL = """
import sys
from pathlib import Path
from cermin.web.start import prepare
prepare(Path(sys.argv[1]))
from django.core.management import call_command
from django.db import transaction
from cermin.web.audit.actions import record
from cermin.web.audit.actor import system
from cermin.web.pages.clock import now
call_command("migrate", "audit", verbosity=0)
for number in range(5):
    with transaction.atomic():
        record("x", by=system("tes"), now=now(), object_id=number)
"""
CALL = """
import sys
from cermin.cli import audit
from cermin.core.errors import UserError
try:
    audit.app(prog_name="cermin audit")
except UserError as error:
    sys.exit(str(error))
"""
NO_DJANGO = "import sys; sys.modules['django'] = None\n"


def python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    wanted = {key: value for key, value in os.environ.items()
              if not key.startswith(("CERMIN_", "DJANGO_"))}  # fmt: skip
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        env=wanted, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Path:
    make_key(tmp_path / "keys")
    (tmp_path / "site.env").write_text(f"CERMIN_SECRET_KEY={'x' * 50}\nCERMIN_HTTPS=0\n")
    filled = python(FILL, tmp_path)
    assert (filled.returncode, filled.stderr) == (0, "")
    return tmp_path


def verify(site: Path, *more: object) -> subprocess.CompletedProcess[str]:
    return python(CALL, "verify", "--site", site, *more)


def test_a_sound_trail_ends_with_code_0_and_its_anchor(site: Path) -> None:
    told = verify(site)
    assert told.returncode == 0, told.stderr
    assert "Jejak audit utuh: 5 baris." in told.stdout
    anchor = told.stdout.split("Jangkar: ")[1].split()[0]
    again = verify(site, "--anchor", anchor)
    assert again.returncode == 0
    assert "Jangkar yang dicatat di luar situs cocok." in again.stdout
    answer = json.loads(verify(site, "--json").stdout)
    assert answer == {"schema": "cermin.audit-verify/1", "sound": True, "rows": 5,
                      "anchor": anchor, "broken": None, "sequence": None,
                      "what": None}  # fmt: skip


def test_a_broken_trail_ends_with_code_1_and_says_where(site: Path) -> None:
    anchor = json.loads(verify(site, "--json").stdout)["anchor"]
    with sqlite3.connect(site / "site.sqlite3") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            database.execute(f"DROP TRIGGER {name}")
        database.execute("UPDATE audit_auditevent SET action = 'y' WHERE sequence = 3")
    told = verify(site)
    assert told.returncode == 1
    assert "Jejak audit TIDAK utuh. Baris 3 tidak cocok dengan kodenya" in told.stdout
    answer = json.loads(verify(site, "--json").stdout)
    assert (answer["broken"], answer["sequence"], answer["rows"]) == ("changed", 3, 2)
    with sqlite3.connect(site / "site.sqlite3") as database:
        database.execute("DELETE FROM audit_auditevent")
        database.execute("DELETE FROM audit_chainhead")
    assert json.loads(verify(site, "--json").stdout)["anchor"] is None
    assert verify(site).returncode == 0
    assert verify(site, "--anchor", anchor).returncode == 1
    database.close()


@pytest.mark.parametrize(
    ("code", "more", "words"),
    [
        (CALL, ["--anchor", "x"], "Jangkar “x” tidak terbaca"),
        (NO_DJANGO + CALL, [], "pip install 'cermin[web]'"),
    ],
)
def test_what_stops_the_check_is_told(site: Path, code: str, more: list[str], words: str) -> None:
    told = python(code, "verify", "--site", site, *more)
    assert told.returncode != 0
    assert words in told.stderr


def test_a_folder_that_is_no_site_is_told(tmp_path: Path) -> None:
    assert "bukan folder situs" in verify(tmp_path).stderr
