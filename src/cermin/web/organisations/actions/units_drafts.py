"""Reading a file of units: nothing of the tree is written before somebody confirms."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path, PurePath
from uuid import UUID, uuid4

import msgspec
from django.conf import settings
from django.utils.text import slugify

from cermin.core.population import Unit as FrameUnit
from cermin.intake.formats import Format, Limits, Refused, recognise
from cermin.intake.headings import CODE, UNIT_NAME, fold
from cermin.intake.problems import Problems
from cermin.intake.units import read_units
from cermin.language import N_, _, in_words
from cermin.web.organisations.models import Agency, Structure
from cermin.web.organisations.queries import latest_structure
from cermin.web.organisations.queries.units_drafts import PURPOSE, UnitDraft, drafts_folder
from cermin.web.organisations.rules import Member, check_owner
from cermin.web.organisations.rules.units import (
    LONGEST_CODE,
    LONGEST_NAME,
    check_can_edit_tree,
)
from cermin.web.organisations.rules.units_import import MOST_UNITS
from cermin.web.sealing import seal

_MIB = 1 << 20
_KEPT = timedelta(days=2)  # a draft that nobody confirms


def read_unit_file(
    *, structure: Structure, chunks: Iterable[bytes], file_name: str, by: Member, now: datetime
) -> UUID:
    """Read an uploaded file into a sealed draft and return its id; problems are kept in it."""
    newest = latest_structure(structure.agency) or structure
    check_can_edit_tree(by, structure, newest_year=newest.year)
    folder = drafts_folder(structure.agency)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _forget_old(folder, now)
    problems = Problems()
    with tempfile.TemporaryDirectory(dir=folder) as private:
        path = Path(private) / _plain_name(file_name)
        with path.open("wb") as file:
            file.writelines(chunks)
        units, notes = _units_of(path, problems)
    draft = UnitDraft(
        id=uuid4(), agency_id=structure.agency.pk, year=structure.year, file_name=path.name,
        read_at=now, read_by=by.name, units=units, notes=tuple(notes),
        problems=tuple(problems.listed), problem_counts=dict(problems.counts),
    )  # fmt: skip
    sealed = seal(msgspec.json.encode(draft), folder=settings.KEY_FOLDER, purpose=PURPOSE)
    descriptor = os.open(folder / str(draft.id), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(sealed)
    return draft.id


def discard_unit_draft(*, agency: Agency, draft_id: UUID, by: Member) -> None:
    """Throw a draft away; one that is gone already is no mistake."""
    check_owner(by, agency)
    (drafts_folder(agency) / str(draft_id)).unlink(missing_ok=True)


def _units_of(path: Path, problems: Problems) -> tuple[tuple[FrameUnit, ...], list[str]]:
    limits = Limits(
        file_bytes=settings.UPLOAD_LIMIT_MB * _MIB, unpacked_bytes=256 * _MIB, entries=1_000
    )
    try:
        if recognise(path, limits) is Format.PARQUET:
            raise Refused(
                _("bukan tabel"),
                N_("Berkas unit dibaca dari XLSX atau CSV."),
                _("Simpan ulang sebagai Excel Workbook (.xlsx)."),
            )
    except Refused as refusal:
        problems.add(refusal.kind, in_words(refusal), refusal.remedy, file=path.name)
        return (), []
    units, _guesses, notes = read_units(path, problems, limits=limits)
    _check_units(units, problems, path.name)
    return units, notes


def _check_units(units: Sequence[FrameUnit], problems: Problems, file: str) -> None:
    if not units and not problems:
        what = _("Berkas tidak berisi unit.")
        problems.add(_("berkas kosong"), what, _("Isi paling sedikit satu unit."), file=file)
    if len(units) > MOST_UNITS:
        what = _("Berkas berisi {n} unit; batasnya {limit}.").format(n=len(units), limit=MOST_UNITS)
        problems.add(_("terlalu banyak unit"), what, _("Hapus baris yang bukan unit."), file=file)
    for unit in units:
        if len(unit.name) > LONGEST_NAME:
            what = _("Nama “{name}…” lebih dari {n} huruf.").format(
                name=unit.name[:40], n=LONGEST_NAME
            )
            problems.add(_("teks terlalu panjang"), what, _("Singkat namanya."), file=file,
                         column=UNIT_NAME.title)  # fmt: skip
        if unit.id != unit.name and (len(unit.id) > LONGEST_CODE or not fold(unit.id)):
            what = _("Kode “{code}” tidak memuat huruf atau angka, atau lebih dari {n}.").format(
                code=unit.id[:40], n=LONGEST_CODE
            )
            problems.add(_("kode tidak sah"), what, _("Ganti kodenya."), file=file,
                         column=CODE.title)  # fmt: skip


def _plain_name(name: str) -> str:
    """Return a name that is safe in a path and still known to who uploaded it."""
    given = PurePath(name)
    return f"{slugify(given.stem)[:80] or 'unit'}.{slugify(given.suffix)[:8] or 'dat'}"


def _forget_old(folder: Path, now: datetime) -> None:
    oldest = (now - _KEPT).timestamp()
    for path in folder.iterdir():
        if path.is_file() and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
