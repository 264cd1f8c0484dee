"""What the environment says about this site, read once; nonsense is refused with a hint.

A site lives in one folder (``CERMIN_SITE``): ``site.env`` with its settings, ``keys/`` outside the
database and its backups, ``files/`` with uploads, ``static/``, and ``site.sqlite3`` unless
``CERMIN_DATABASE_URL`` names a PostgreSQL server. Variables of the process win over ``site.env``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from cermin.core.errors import UserError
from cermin.language import N_

SITE_FILE = "site.env"
_TRUE = frozenset({"1", "true", "yes", "ya", "on"})
_FALSE = frozenset({"0", "false", "no", "tidak", "off", ""})


class SettingError(UserError):
    """A setting that is missing or makes no sense."""


@dataclass(frozen=True)
class Environment:
    """Settings by name, with readers that explain what is wrong."""

    values: Mapping[str, str]

    def text(self, name: str, default: str = "") -> str:
        """Return the text of ``name``; ``NAME_FILE`` may name a file that holds it."""
        if path := self.values.get(f"{name}_FILE"):
            return Path(path).read_text(encoding="utf-8").strip()
        return self.values.get(name, default).strip()

    def required(self, name: str, hint: str) -> str:
        """Return the text of ``name``, or raise SettingError with ``hint``."""
        if value := self.text(name):
            return value
        raise SettingError(N_("Pengaturan {name} belum diisi. {hint}"), name=name, hint=hint)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return yes or no."""
        value = self.text(name, "1" if default else "0").casefold()
        if value not in _TRUE | _FALSE:
            raise SettingError(
                N_("Pengaturan {name} berisi “{value}”; isi dengan 1 atau 0."),
                name=name, value=value,
            )  # fmt: skip
        return value in _TRUE

    def number(self, name: str, default: int) -> int:
        """Return a whole number of at least zero."""
        value = self.text(name, str(default))
        if not value.isdecimal():
            raise SettingError(
                N_("Pengaturan {name} berisi “{value}”; isi dengan bilangan bulat."),
                name=name, value=value,
            )  # fmt: skip
        return int(value)

    def words(self, name: str, default: str = "") -> list[str]:
        """Return a list written with commas."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]


def site_folder(process: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of this site."""
    folder = process.get("CERMIN_SITE", "")
    if not folder:
        raise SettingError(
            N_("CERMIN_SITE belum diisi: sebutkan folder situs, atau jalankan cermin site.")
        )
    return Path(folder).resolve()


def read_environment(folder: Path, process: Mapping[str, str] = os.environ) -> Environment:
    """Return ``site.env`` of ``folder`` overlaid with the variables of the process."""
    file = folder / SITE_FILE
    written = _parse(file) if file.exists() else {}
    given = {name: value for name, value in process.items() if name.startswith("CERMIN_")}
    return Environment({**written, **given})


def _parse(file: Path) -> dict[str, str]:
    values = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals or not name.startswith("CERMIN_"):
            raise SettingError(
                N_("{file}, baris {line}: tulis NAMA=nilai dengan nama berawalan CERMIN_."),
                file=file.name, line=number,
            )  # fmt: skip
        values[name.strip()] = value.strip().strip("'\"")
    return values


def database_settings(url: str, folder: Path) -> dict[str, Any]:
    """Return the settings of the database: SQLite in the folder, or the PostgreSQL of a URL."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": folder / "site.sqlite3",
            "CONN_MAX_AGE": 600,
            "OPTIONS": {
                # One writer at a time: wait for it at the start, never fail in the middle.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                    "PRAGMA secure_delete=ON; PRAGMA cache_size=-32000;"
                ),
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise SettingError(
            N_(
                "CERMIN_DATABASE_URL harus berbentuk postgresql://pengguna:sandi@host:5432/basisdata."
            )
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }
