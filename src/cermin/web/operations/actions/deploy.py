"""Writing the files with which a site is run on a server, filled in with its values."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from django.conf import settings
from django.db import connection

from cermin.core.errors import UserError
from cermin.language import N_

_GAP = re.compile(r"@([A-Z_]+)@")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,30}")


def write_files(output: Path, *, user: str, port: int, program: Path) -> list[Path]:
    """Write nginx, systemd and PostgreSQL files for this site and return their paths."""
    if not _USER.fullmatch(user):
        raise UserError(N_("{user} bukan nama pengguna sistem yang sah."), user=user)
    values = _values(user, port, program)
    output.mkdir(parents=True, exist_ok=True)
    written = []
    for source in sorted(files("cermin.web").joinpath("deploy").iterdir(), key=lambda f: f.name):
        if source.name == "postgresql.conf" and connection.vendor == "sqlite":
            continue
        path = output / source.name
        text = source.read_text(encoding="utf-8")
        path.write_text(_GAP.sub(lambda gap: values[gap[1]], text), encoding="utf-8")
        written.append(path)
    return written


def _values(user: str, port: int, program: Path) -> dict[str, str]:
    hosts = [host for host in settings.ALLOWED_HOSTS if host[0] not in "*[" and not _local(host)]
    return {
        "USER": user,
        "PORT": str(port),
        "PROGRAM": str(program),
        "SITE": str(settings.SITE_FOLDER),
        "PROTECT_HOME": "read-only" if _at_home(program, settings.SITE_FOLDER) else "true",
        "KEYS": str(settings.KEY_FOLDER),
        "STATIC": str(settings.STATIC_ROOT),
        "HOSTS": " ".join(hosts) or "cermin.contoh.go.id",
        "HOST": hosts[0] if hosts else "cermin.contoh.go.id",
        "BODY_MB": str(settings.UPLOAD_LIMIT_MB + 1),
    }


def _local(host: str) -> bool:
    return host in {"127.0.0.1", "localhost"}


def _at_home(*paths: Path) -> bool:
    """Whether anything that runs lies where a hardened service sees nothing."""
    return any(path.is_relative_to(home) for path in paths for home in ("/home", "/root"))
