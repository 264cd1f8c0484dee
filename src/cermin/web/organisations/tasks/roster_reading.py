"""Reading an uploaded roster in the background, up to the preview."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django_tasks import task

from cermin.intake.formats import Limits
from cermin.intake.people import People, read_people
from cermin.intake.problems import Problems
from cermin.language import N_, _, speak
from cermin.web.audit.actions import record
from cermin.web.audit.actor import system
from cermin.web.organisations.models import RosterUpload, UploadState
from cermin.web.organisations.queries import frame_units, latest_structure, roster_files
from cermin.web.organisations.queries.roster_changes import Changes, compare, write_changes
from cermin.web.organisations.rules.roster import BEING_READ
from cermin.web.organisations.tasks.roster_progress import (
    Stopped,
    log_fault,
    reading_progress,
    remove_files,
)
from cermin.web.pages import clock

OPENING = N_("Memeriksa berkas")
READING = N_("Membaca lembar pegawai")
COMPARING = N_("Membandingkan dengan daftar sekarang")
PAGE = "tugas: baca daftar pegawai"
_READ_BY, _COMPARED_BY = 70, 90  # percent


@task
def read_upload(upload_id: str) -> None:
    """Read an upload that waits; whatever goes wrong, the person sees words and no cells."""
    upload = RosterUpload.objects.select_related("agency").filter(pk=upload_id).first()
    if upload is None or upload.state not in BEING_READ:
        return
    speak(upload.agency.language)
    tell = reading_progress(upload)
    try:
        tell(OPENING, 1)
        _read(upload, tell)
    except Stopped:
        remove_files(upload_id)
    except Exception as error:  # a file can be broken in ways that no reader foresees
        log_fault(upload_id, error)
        _fail(upload, _("Berkas tidak terbaca karena gangguan pada situs. Unggah lagi."))


def _read(upload: RosterUpload, tell: Callable[[str, float], None]) -> None:
    people, problems = _people(upload, tell)
    if people is None:
        _fail(upload, "\n".join(f"{p.what} {p.remedy}" for p in problems.listed))
        return
    tell(COMPARING, _READ_BY)
    changes = compare(upload.agency_id, people.rows, people.unsure, is_complete=upload.is_complete)
    tell(COMPARING, _COMPARED_BY)
    _keep(upload, people, changes)
    finish_reading(upload, changes, n_rows=people.rows.height, n_bad=people.unsure.height)


def _people(
    upload: RosterUpload, tell: Callable[[str, float], None]
) -> tuple[People | None, Problems]:
    problems = Problems()
    structure = latest_structure(upload.agency) or upload.structure
    limits = Limits(file_bytes=settings.UPLOAD_LIMIT_MB << 20)
    content = roster_files.read(upload, roster_files.SOURCE)
    with roster_files.lent(content, upload.file_name) as path:
        people = read_people(
            path, problems, units=frame_units(structure), limits=limits,
            progress=lambda share: tell(READING, share * _READ_BY),
        )  # fmt: skip
    return people, problems


def _keep(upload: RosterUpload, people: People, changes: Changes) -> None:
    roster_files.write_frame(upload, roster_files.ROWS, people.rows)
    roster_files.write_frame(upload, roster_files.UNSURE, people.unsure)
    roster_files.write_frame(upload, roster_files.PROBLEMS, people.problems)
    roster_files.write_frame(upload, roster_files.CELLS, people.cells)
    roster_files.write_frame(upload, roster_files.WARNINGS, people.warnings)
    roster_files.write_facts(
        upload,
        {
            "units": [[unit.id, unit.name, unit.parent] for unit in people.units],
            "made_tree": people.made_tree,
            "headings": dict(people.headings),
            "excluded": dict(people.excluded),
            "notes": people.notes,
            "n_spared": changes.n_spared,
            "n_warnings": people.warnings.height,
        },
    )
    write_changes(upload, changes)


def finish_reading(upload: RosterUpload, changes: Changes, *, n_rows: int, n_bad: int) -> None:
    """Show the preview, unless the upload was discarded meanwhile."""
    now = clock.now()
    with transaction.atomic():
        done = RosterUpload.objects.filter(pk=upload.pk, state__in=BEING_READ).update(
            state=UploadState.READY, percent=100, step="", heartbeat_at=now, n_bad=n_bad,
            n_rows=n_rows + n_bad, **counts_of(changes),
        )  # fmt: skip
        if done:
            record(
                "roster_upload_read", by=system(PAGE), now=now, agency=upload.agency.slug,
                object_type="roster_upload", object_id=upload.pk, n_bad=n_bad,
                **counts_of(changes),
            )  # fmt: skip
    if not done:
        raise Stopped


def counts_of(changes: Changes) -> dict[str, int]:
    """Return how many people each kind of line has, as the upload keeps them."""
    return {
        "n_added": changes.added.height,
        "n_moved": changes.moved.height,
        "n_changed": changes.changed.height,
        "n_left": changes.left.height,
        "n_unchanged": changes.n_unchanged,
    }


def _fail(upload: RosterUpload, words: str) -> None:
    now = clock.now()
    with transaction.atomic():
        failed = RosterUpload.objects.filter(pk=upload.pk, state__in=BEING_READ).update(
            state=UploadState.FAILED, failure=words, step="", heartbeat_at=now, finished_at=now
        )
        if failed:
            record(
                "roster_upload_failed", by=system(PAGE), now=now, agency=upload.agency.slug,
                object_type="roster_upload", object_id=upload.pk,
            )  # fmt: skip
    remove_files(upload.pk)
