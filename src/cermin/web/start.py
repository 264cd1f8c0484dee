"""Making the site of a folder ready inside a process that is no web server: commands, worker."""

from __future__ import annotations

import os
from pathlib import Path

import django

from cermin.language import N_
from cermin.web.environment import SITE_FILE, SettingError


def prepare(folder: Path) -> None:
    """Load the site in ``folder``; raise SettingError when there is none or it cannot start.

    One process serves one site: the settings are read once.
    """
    site = folder.resolve()
    if not (site / SITE_FILE).is_file():
        raise SettingError(
            N_("{folder} bukan folder situs: {file} tidak ada. Jalankan “cermin site init”."),
            folder=str(folder), file=SITE_FILE,
        )  # fmt: skip
    os.environ["CERMIN_SITE"] = str(site)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cermin.web.settings")
    django.setup()
