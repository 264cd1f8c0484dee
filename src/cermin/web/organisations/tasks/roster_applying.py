"""Applying an accepted upload to the roster: everything in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import polars as pl
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django_tasks import task

from cermin.core.population import Unit as FrameUnit
from cermin.language import N_, _, speak
from cermin.web.audit.actions import record
from cermin.web.audit.actor import system
from cermin.web.organisations.models import (
    Agency,
    Employee,
    RosterUpload,
    Structure,
    Unit,
    UploadState,
)
from cermin.web.organisations.queries import frame_units, latest_structure, roster_files
from cermin.web.organisations.queries.contacts import email_index, sealed_contact
from cermin.web.organisations.queries.roster_changes import (
    ATTRIBUTES,
    CONTACTS,
    Changes,
    compare,
    read_changes,
    write_changes,
)
from cermin.web.organisations.tasks.roster_progress import log_fault, remove_files
from cermin.web.organisations.tasks.roster_reading import counts_of, read_upload
from cermin.web.pages import clock
from cermin.web.sealing import seal

APPLYING = N_("Menerapkan perubahan")
PAGE = "tugas: terapkan daftar pegawai"
_BATCH = 2_000
# One statement for each person, sent in bulk: bulk_create took more than twice as long on both
# servers. Known people keep their number, the day they came, and contacts that are not told.
_WRITE = """
    INSERT INTO organisations_employee (
        agency_id, person_index, nip_sealed, added_at,
        name, unit_id, employment, sex, position_type, email_sealed, email_index, phone_sealed
    ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (agency_id, person_index) DO UPDATE SET
        name = excluded.name, unit_id = excluded.unit_id, employment = excluded.employment,
        sex = excluded.sex, position_type = excluded.position_type,
        email_sealed = COALESCE(excluded.email_sealed, organisations_employee.email_sealed),
        email_index = COALESCE(excluded.email_index, organisations_employee.email_index),
        phone_sealed = COALESCE(excluded.phone_sealed, organisations_employee.phone_sealed)
"""


@task
def apply_upload(upload_id: str) -> None:
    """Apply an accepted upload once, whoever asks how often."""
    try:
        with transaction.atomic():
            _apply_locked(upload_id, clock.now())
    except OperationalError:
        raise  # the database is busy or away: tried again later
    except Exception as error:  # nothing was written; the person may try again
        log_fault(upload_id, error)
        RosterUpload.objects.filter(pk=upload_id, state=UploadState.ACCEPTING).update(
            state=UploadState.READY, step="", heartbeat_at=clock.now(),
            failure=_("Penerapan gagal karena gangguan pada situs; tidak ada yang berubah."),
        )  # fmt: skip
    remove_files(upload_id)


def _apply_locked(upload_id: str, now: datetime) -> None:
    found = RosterUpload.objects.filter(pk=upload_id).first()
    if found is None:
        return
    agency = Agency.objects.select_for_update(no_key=True).get(pk=found.agency_id)
    upload = RosterUpload.objects.select_for_update().get(pk=upload_id)
    if upload.state != UploadState.ACCEPTING:
        return
    speak(agency.language)
    upload.agency = agency
    # Nobody merges or closes a unit while people are being put into it.
    list(Structure.objects.select_for_update().filter(agency=agency))
    structure = latest_structure(agency) or upload.structure
    facts = roster_files.read_facts(upload)
    if _tree_differs(structure, facts):
        _read_again(upload, now)
        return
    changes = compare(
        agency.pk,
        roster_files.read_frame(upload, roster_files.ROWS),
        roster_files.read_frame(upload, roster_files.UNSURE),
        is_complete=upload.is_complete,
    )
    if not _is_as_shown(upload, changes):
        _show_again(upload, changes, facts, now)
        return
    if facts["made_tree"]:
        _make_tree(structure, [FrameUnit(*unit) for unit in facts["units"]])
    write_people(agency, structure, changes, now)
    _finish(upload, changes, now)


def _tree_differs(structure: Structure, facts: dict[str, Any]) -> bool:
    units = [[unit.id, unit.name, unit.parent] for unit in frame_units(structure)]
    return bool(units) if facts["made_tree"] else units != facts["units"]


def _is_as_shown(upload: RosterUpload, changes: Changes) -> bool:
    counts = counts_of(changes)
    shown = {name: getattr(upload, name) for name in counts}
    return counts == shown and changes.equals(read_changes(upload))


def _read_again(upload: RosterUpload, now: datetime) -> None:
    """The tree of units changed since the preview: the file is matched with it anew."""
    RosterUpload.objects.filter(pk=upload.pk).update(
        state=UploadState.QUEUED, percent=0, heartbeat_at=now,
        failure=_("Struktur unit berubah setelah pratinjau dibuat. Periksa pratinjau yang baru."),
    )  # fmt: skip
    transaction.on_commit(lambda: _enqueue_reading(str(upload.pk)))


def _enqueue_reading(upload_id: str) -> None:
    read_upload.enqueue(upload_id)


def _show_again(
    upload: RosterUpload, changes: Changes, facts: dict[str, Any], now: datetime
) -> None:
    """The roster changed since the preview: only what was seen is ever applied."""
    RosterUpload.objects.filter(pk=upload.pk).update(
        state=UploadState.READY, step="", heartbeat_at=now, **counts_of(changes),
        failure=_("Daftar pegawai berubah setelah pratinjau dibuat. Periksa pratinjau yang baru."),
    )  # fmt: skip

    def write() -> None:
        roster_files.write_facts(upload, facts | {"n_spared": changes.n_spared})
        write_changes(upload, changes)

    # Not before: with new lines and the old state they would be applied unseen after a crash.
    transaction.on_commit(write)


def _finish(upload: RosterUpload, changes: Changes, now: datetime) -> None:
    RosterUpload.objects.filter(pk=upload.pk).update(
        state=UploadState.ACCEPTED, percent=100, step="", failure="", heartbeat_at=now,
        finished_at=now,
    )  # fmt: skip
    record(
        "roster_upload_applied", by=system(PAGE), now=now, agency=upload.agency.slug,
        object_type="roster_upload", object_id=upload.pk, **counts_of(changes),
    )  # fmt: skip


def _make_tree(structure: Structure, units: list[FrameUnit]) -> None:
    """Make the tree that the preview showed; units stand by name."""
    Structure.objects.select_for_update().get(pk=structure.pk)
    place = {unit.id: n for n, unit in enumerate(sorted(units, key=lambda u: u.name.casefold()))}
    made: dict[str | None, Unit] = {}
    waiting = list(units)
    while waiting:  # level by level, so that parents have their keys
        level = [u for u in waiting if u.parent is None or u.parent in made]
        rows = [
            Unit(structure=structure, code=u.id, name=u.name, position=place[u.id],
                 parent=made.get(u.parent))
            for u in level
        ]  # fmt: skip
        Unit.objects.bulk_create(rows, batch_size=_BATCH)
        made.update((row.code, row) for row in rows)
        waiting = [u for u in waiting if u.id not in made]


# ------------------------------------------------------------------ people


def write_people(agency: Agency, structure: Structure, changes: Changes, now: datetime) -> None:
    """Write all lines; called inside the transaction that holds the agency."""
    units = dict(Unit.objects.filter(structure=structure).values_list("code", "id"))
    for some in changes.left.iter_slices(_BATCH):
        Employee.objects.filter(agency=agency, id__in=some["id"].to_list()).delete()
    lines = pl.concat([changes.added, changes.moved, changes.changed])
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        for some in lines.iter_slices(_BATCH):
            cursor.executemany(_WRITE, _people(agency, some, units, moment))


def _people(
    agency: Agency, lines: pl.DataFrame, units: dict[str, int], moment: Any
) -> list[tuple[Any, ...]]:
    rows: Iterator[tuple[Any, ...]] = lines.select(
        "index", "id", "nip", *ATTRIBUTES, *CONTACTS
    ).iter_rows()
    return [
        (
            agency.pk, index, sealed_nip(nip) if known is None and nip else None, moment,
            name, units[unit], employment, sex, position_type, sealed_contact(email or ""),
            email_index(agency.slug, email or ""), sealed_contact(phone or ""),
        )
        for index, known, nip, name, unit, employment, sex, position_type, email, phone in rows
    ]  # fmt: skip


def sealed_nip(nip: str) -> bytes:
    """Return an employee number as it is kept."""
    return seal(nip.encode(), folder=settings.KEY_FOLDER)
