"""Making the site of a folder ready inside a process that is no web server: commands, worker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.exceptions import ImproperlyConfigured
from django.db import Error
from django.utils import translation

from cermin.language import N_, active
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


@contextmanager
def site(folder: Path) -> Iterator[None]:
    """Work on the site in ``folder``, speaking the language of the command.

    A database that is not there, or not migrated, is a mistake people can mend.
    """
    prepare(folder)
    try:
        with translation.override(active()):
            yield
    except (Error, ImproperlyConfigured) as error:
        raise SettingError(
            N_("Basis data situs tidak dapat dipakai: {reason}"),
            reason=(str(error).splitlines() or [type(error).__name__])[0],
        ) from error
