"""The folder of a new site: its settings, its key, nothing that is there already."""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cermin.core.errors import UserError
from cermin.language import N_, _


class TimeZone(StrEnum):
    """The three time zones of Indonesia."""

    WIB = "Asia/Jakarta"
    WITA = "Asia/Makassar"
    WIT = "Asia/Jayapura"


@dataclass(frozen=True)
class Wishes:
    """What the operator says of the new site."""

    database: str
    hosts: str
    https: bool
    time_zone: TimeZone


def make_folder(folder: Path, wishes: Wishes, key: Path | None) -> None:
    """Write the folder; one that holds anything is refused."""
    from cermin.web.environment import SITE_FILE, database_settings
    from cermin.web.sealing import KEY_FILE, make_key

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(
            N_("{folder} sudah ada dan tidak kosong; pilih folder lain."), folder=str(folder)
        )
    if any(c in wishes.database + wishes.hosts for c in "\r\n"):
        raise UserError(N_("Nilai pengaturan harus satu baris."))
    database_settings(wishes.database, folder)  # refuses nonsense
    content = None if key is None else key.read_text(encoding="ascii")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    _write(folder / SITE_FILE, settings_text(wishes))
    if content is None:
        make_key(folder / "keys")
    else:
        (folder / "keys").mkdir(mode=0o700)
        _write(folder / "keys" / KEY_FILE, content)


def empty_again(folder: Path) -> None:
    """Take back what ``make_folder`` and a failed installation left."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def settings_text(wishes: Wishes) -> str:
    """Return the content of ``site.env``: every setting with a word on what it is for."""
    flag = "1" if wishes.https else "0"
    paragraphs = [
        ("", [_("Pengaturan situs Cermin. Sesudah mengubahnya, mulai ulang situs dan pekerjanya."),
              _("NAMA_FILE=/jalur membaca nilai NAMA dari berkas.")]),
        (f"CERMIN_SECRET_KEY={secrets.token_urlsafe(50)}",
         [_("Rahasia sesi masuk. Mengganti nilai ini mengeluarkan semua orang dari situs.")]),
        (f"CERMIN_HOSTS={wishes.hosts}",
         [_("Alamat situs, dipisah koma, misalnya cermin.contoh.go.id")]),
        (f"CERMIN_HTTPS={flag}\nCERMIN_BEHIND_PROXY={flag}",
         [_("1 bila situs dibuka lewat HTTPS di belakang proksi (nginx) seperti pada panduan."),
          _("Jangan isi CERMIN_BEHIND_PROXY=1 bila situs dapat dicapai tanpa melalui proksi.")]),
        (_setting("CERMIN_DATABASE_URL", wishes.database, "postgresql://cermin:sandi@127.0.0.1:5432/cermin"),
         [_("Basis data. Tanpa ini: SQLite di folder situs.")]),
        (f"CERMIN_TIME_ZONE={wishes.time_zone}", [_("Zona waktu situs.")]),
        ("#CERMIN_EMAIL_HOST=smtp.contoh.go.id\n#CERMIN_EMAIL_PORT=587\n"
         "#CERMIN_EMAIL_USER=cermin@contoh.go.id\n#CERMIN_EMAIL_PASSWORD=\n"
         "#CERMIN_EMAIL_FROM=Cermin <cermin@contoh.go.id>",
         [_("Server surel. Tanpa ini surel hanya disimpan di folder mail/.")]),
        ("#CERMIN_UPLOAD_LIMIT_MB=100", [_("Ukuran unggahan terbesar; samakan dengan proksi.")]),
        ("#CERMIN_KEYS=/etc/cermin/keys", [_("Folder kunci, bila bukan keys/ di folder ini.")]),
        ("#CERMIN_OIDC_FILE=/etc/cermin/sso.json", [_("Berkas SSO instansi (OpenID Connect).")]),
    ]  # fmt: skip
    return "\n".join(
        "".join(f"# {line}\n" for line in comment) + (f"{text}\n" if text else "")
        for text, comment in paragraphs
    )


def _setting(name: str, value: str, example: str) -> str:
    return f"{name}={value}" if value else f"#{name}={example}"
