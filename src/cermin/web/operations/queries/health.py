"""Whether the site is in order: one finding per part, each with its remedy."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.core import checks
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from cermin.core.errors import UserError
from cermin.core.rounding import format_number
from cermin.language import _, active, in_words
from cermin.web.audit.models import AuditEvent
from cermin.web.environment import SITE_FILE
from cermin.web.operations.queries.backup_archive import key_mark
from cermin.web.operations.queries.worker import living_workers
from cermin.web.sealing import KEY_FILE

_GIGABYTE = 1 << 30
_BUSY = timedelta(minutes=15)
_BACKUP_AGE = timedelta(hours=36)


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """What was found about one part of the site."""

    part: str
    level: Level
    words: str
    remedy: str = ""


def pending_migrations() -> list[str]:
    """Return the migrations that this version brings and the database does not have yet."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [str(migration) for migration, _backwards in plan]


def findings(now: datetime) -> list[Finding]:
    """Examine the whole site."""
    found = [*_keys(), *_folders(), *_settings(), *_disk(), _workers(now)]
    try:
        found.append(database := _database())
        if database.level is Level.OK:
            found.append(_backups(now))
    except Error as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        found.append(
            Finding(
                _("Basis data"), Level.FAIL, reason,
                _("Pastikan basis data berjalan dan CERMIN_DATABASE_URL di {file} benar.").format(
                    file=SITE_FILE
                ),
            )
        )  # fmt: skip
    return found


def _keys() -> Iterator[Finding]:
    part, path = _("Kunci"), settings.KEY_FOLDER / KEY_FILE
    try:
        key_mark()
    except UserError as error:
        yield Finding(part, Level.FAIL, in_words(error), _("Pulihkan kunci dari salinan Anda."))
        return
    if problem := _too_open(path, _("Jalankan: chmod 600 {path}").format(path=path), part):
        yield problem
    elif settings.KEY_FOLDER.is_relative_to(settings.SITE_FOLDER / "files"):
        yield Finding(
            part, Level.FAIL, _("Folder kunci berada di dalam folder berkas."),
            _("Pindahkan kunci dan isi CERMIN_KEYS."),
        )  # fmt: skip
    else:
        yield Finding(part, Level.OK, _("{path} ada dan tertutup.").format(path=path))


def _folders() -> Iterator[Finding]:
    part, folder = _("Folder situs"), settings.SITE_FOLDER
    problems = [
        _too_open(folder, _("Jalankan: chmod 700 {path}").format(path=folder), part),
        _too_open(
            folder / SITE_FILE,
            _("Jalankan: chmod 600 {path}").format(path=folder / SITE_FILE), part,
        ),
    ]  # fmt: skip
    found = [one for one in problems if one]
    if not (settings.STATIC_ROOT / "staticfiles.json").exists():
        found.append(
            Finding(
                part, Level.FAIL, _("Berkas tampilan belum dikumpulkan."),
                _("Jalankan: cermin site migrate {path}").format(path=folder),
            )
        )  # fmt: skip
    yield from found or [Finding(part, Level.OK, _("{path} tertutup.").format(path=folder))]


def _too_open(path: Path, remedy: str, part: str) -> Finding | None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if not mode & 0o077:
        return None
    words = _("{path} dapat dibaca pengguna lain (mode {mode}).")
    return Finding(part, Level.FAIL, words.format(path=path, mode=f"{mode:o}"), remedy)


def _settings() -> Iterator[Finding]:
    part = _("Pengaturan")
    raised = checks.run_checks(include_deployment_checks=settings.SECURE)
    for one in raised:
        level = Level.FAIL if one.level >= checks.ERROR else Level.WARN
        yield Finding(part, level, f"{one.id}: {one.msg}", one.hint or "")
    if not raised:
        yield Finding(part, Level.OK, _("Pemeriksaan kerangka kerja bersih."))
    yield _https()
    if settings.EMAIL_HOST:
        words = _("Surel dikirim lewat {host}.").format(host=settings.EMAIL_HOST)
        yield Finding(_("Surel"), Level.OK, words)
    else:
        yield Finding(
            _("Surel"), Level.WARN,
            _("Belum diatur: surel undangan hanya disimpan di {path}.").format(
                path=settings.EMAIL_FILE_PATH
            ),
            _("Isi CERMIN_EMAIL_HOST dan kawan-kawannya di {file}.").format(file=SITE_FILE),
        )  # fmt: skip


def _https() -> Finding:
    part = "HTTPS"
    if not settings.SECURE:
        level = Level.WARN if settings.DEMO else Level.FAIL
        return Finding(
            part, level, _("Tidak aktif: kata sandi dapat disadap."),
            _("Pasang proksi dengan HTTPS, lalu isi CERMIN_HTTPS=1 dan CERMIN_BEHIND_PROXY=1."),
        )  # fmt: skip
    if not settings.BEHIND_PROXY:
        return Finding(
            part, Level.FAIL, _("Aktif, tetapi proksi belum dipercaya: halaman akan berputar."),
            _("Isi CERMIN_BEHIND_PROXY=1 bila situs berada di belakang proksi."),
        )  # fmt: skip
    return Finding(part, Level.OK, _("Aktif, di belakang proksi."))


def _disk() -> Iterator[Finding]:
    usage = shutil.disk_usage(settings.SITE_FOLDER)
    words = _("{free} GB dari {total} GB masih kosong.").format(
        free=format_number(usage.free / _GIGABYTE, 1, active()),
        total=format_number(usage.total / _GIGABYTE, 1, active()),
    )
    level = Level.OK
    if usage.free < _GIGABYTE // 4:
        level = Level.FAIL
    elif usage.free < 2 * _GIGABYTE or usage.free < usage.total // 20:
        level = Level.WARN
    remedy = "" if level is Level.OK else _("Hapus cadangan lama atau perbesar penyimpanan.")
    yield Finding(_("Penyimpanan"), level, words, remedy)


def _database() -> Finding:
    part = _("Basis data")
    if pending := pending_migrations():
        return Finding(
            part, Level.FAIL, _("{n} migrasi belum diterapkan.").format(n=len(pending)),
            _("Jalankan: cermin site migrate {path}").format(path=settings.SITE_FOLDER),
        )  # fmt: skip
    return Finding(part, Level.OK, _("{kind}, mutakhir.").format(kind=connection.display_name))


def _workers(now: datetime) -> Finding:
    part, living = _("Pekerja latar"), living_workers()
    if not living:
        return Finding(
            part, Level.FAIL,
            _("Tidak berjalan: unggahan tidak dibaca, surel dan jadwal tidak jalan."),
            _("Jalankan: cermin site worker {path}").format(path=settings.SITE_FOLDER),
        )  # fmt: skip
    quiet = now.timestamp() - max(one.turned_at for one in living)
    if quiet > _BUSY.total_seconds():
        minutes = int(quiet // 60)
        return Finding(
            part, Level.WARN,
            _("Satu tugas sudah berjalan {n} menit.").format(n=minutes),
            _("Lihat catatannya; bila macet, mulai ulang pekerja. Tugas akan dilanjutkan."),
        )  # fmt: skip
    return Finding(part, Level.OK, _("{n} berjalan.").format(n=len(living)))


def _backups(now: datetime) -> Finding:
    part = _("Cadangan")
    last = AuditEvent.objects.filter(action="site_backed_up").order_by("-sequence").first()
    remedy = _("Jadwalkan tiap malam: cermin site backup {path} --output FOLDER").format(
        path=settings.SITE_FOLDER
    )
    if last is None:
        return Finding(part, Level.WARN, _("Belum pernah dibuat."), remedy)
    hours = int((now - last.at) / timedelta(hours=1))
    level = Level.OK if now - last.at <= _BACKUP_AGE else Level.WARN
    words = _("Terakhir {n} jam yang lalu.").format(n=hours)
    return Finding(part, level, words, "" if level is Level.OK else remedy)
