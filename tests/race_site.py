"""Races in a process of their own, on a site whose database is the one under test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from django.db import connection

from counted_lines import counted

MIGRATE = """
import sys
from pathlib import Path
from cermin.web.start import prepare
prepare(Path(sys.argv[1]))
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""


def run(folder: Path, script: str, *arguments: str, quiet: bool = True) -> str:
    """Run ``script`` in the site of ``folder`` and return what it printed."""
    given = connection.settings_dict
    url = "postgresql://{USER}@{HOST}:{PORT}/{NAME}".format(**given)
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).resolve().parent),
        "DJANGO_SETTINGS_MODULE": "cermin.web.settings",
        "CERMIN_HOSTS": "testserver",
        "CERMIN_HTTPS": "0",
        "CERMIN_KEYS": str(folder / "keys"),
        "CERMIN_DATABASE_URL": url if connection.vendor == "postgresql" else "",
    }
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder), *arguments],
        env=counted(environment), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not quiet or not done.stderr, done.stderr
    return done.stdout
