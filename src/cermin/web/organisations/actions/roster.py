"""Uploading a roster, and deciding on its preview."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from cermin.core.errors import UserError
from cermin.intake.formats import Limits, Refused, recognise
from cermin.language import N_, in_words
from cermin.web.audit.actions import record
from cermin.web.organisations.models import (
    Agency,
    Employee,
    RosterUpload,
    Structure,
    UploadState,
)
from cermin.web.organisations.queries import latest_structure, roster_files
from cermin.web.organisations.queries.roster import is_newest, uploads
from cermin.web.organisations.rules import Member
from cermin.web.organisations.rules.roster import (
    DISCARDABLE,
    check_can_accept,
    check_can_discard,
    check_can_upload,
)
from cermin.web.organisations.tasks.roster_applying import APPLYING, apply_upload
from cermin.web.organisations.tasks.roster_progress import remove_files
from cermin.web.organisations.tasks.roster_reading import read_upload

_LONGEST_FILE_NAME = 200


def store_upload(
    *, agency: Agency, file: UploadedFile[bytes], is_complete: bool, by: Member, now: datetime
) -> RosterUpload:
    """Seal a roster file and queue it for reading; earlier unfinished uploads are discarded."""
    check_can_upload(by, agency, is_applying=False)
    content = b"".join(file.chunks())
    name = (file.name or "roster")[-_LONGEST_FILE_NAME:]
    _check_readable(content, name)
    upload = RosterUpload(id=uuid.uuid4(), agency=agency)
    roster_files.write(upload, roster_files.SOURCE, content)
    try:
        with transaction.atomic():
            _lock(agency)
            applying = uploads(agency).filter(state=UploadState.ACCEPTING)
            check_can_upload(by, agency, is_applying=applying.exists())
            overtaken = list(uploads(agency).filter(state__in=DISCARDABLE))
            for earlier in overtaken:
                _discard(earlier, by=by, now=now)
            upload = RosterUpload.objects.create(
                id=upload.pk, agency=agency, structure=_structure(agency, by=by, now=now),
                file_name=name, file_sha256=hashlib.sha256(content).hexdigest(),
                is_complete=is_complete, sealed_file=f"roster/{upload.pk}",
                uploaded_by=by.name[:150], uploaded_at=now, heartbeat_at=now,
            )  # fmt: skip
            record(
                "roster_uploaded", by=by, now=now, agency=agency.slug,
                object_type="roster_upload", object_id=upload.pk, file=name,
                sha256=upload.file_sha256, is_complete=is_complete,
            )  # fmt: skip
            transaction.on_commit(lambda: _enqueue_reading(upload.pk))
    except BaseException:
        roster_files.remove(upload)  # nothing refers to it
        raise
    return upload


def accept_upload(
    *, upload: RosterUpload, confirmed: bool, by: Member, now: datetime
) -> RosterUpload:
    """Let the worker apply the newest preview; of two people who accept, one does."""
    with transaction.atomic():
        agency = _lock(upload.agency)
        upload = RosterUpload.objects.select_for_update().get(pk=upload.pk, agency=agency)
        upload.agency = agency
        check_can_accept(
            by, upload, is_newest=is_newest(upload), confirmed=confirmed,
            n_employees=Employee.objects.filter(agency=agency).count(),
        )  # fmt: skip
        upload.state, upload.percent, upload.step = UploadState.ACCEPTING, 0, APPLYING
        upload.failure, upload.heartbeat_at = "", now
        upload.save(update_fields=["state", "percent", "step", "failure", "heartbeat_at"])
        record(
            "roster_upload_accepted", by=by, now=now, agency=agency.slug,
            object_type="roster_upload", object_id=upload.pk, n_added=upload.n_added,
            n_moved=upload.n_moved, n_changed=upload.n_changed, n_left=upload.n_left,
            n_bad=upload.n_bad,
        )  # fmt: skip
        transaction.on_commit(lambda: _enqueue_applying(upload.pk))
    return upload


def discard_upload(*, upload: RosterUpload, by: Member, now: datetime) -> None:
    """Put an upload aside; its files are removed."""
    with transaction.atomic():
        agency = _lock(upload.agency)
        upload = RosterUpload.objects.select_for_update().get(pk=upload.pk, agency=agency)
        upload.agency = agency
        check_can_discard(by, upload)
        _discard(upload, by=by, now=now)


def _check_readable(content: bytes, name: str) -> None:
    """Refuse at once what no reader takes; the rest is looked at in the background."""
    with roster_files.lent(content, name) as path:
        try:
            recognise(path, Limits())
        except Refused as refused:
            raise UserError(
                N_("{what} {remedy}"), what=in_words(refused), remedy=refused.remedy
            ) from refused


def _lock(agency: Agency) -> Agency:
    """Everything that writes the roster queues here."""
    return Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)


def _structure(agency: Agency, *, by: Member, now: datetime) -> Structure:
    """Return the newest year; an agency without any begins with this one, still empty."""
    found = latest_structure(agency)
    if found is not None:
        return found
    year = timezone.localtime(now).year
    record(
        "structure_started", by=by, now=now, agency=agency.slug,
        object_type="structure", object_id=year, n_units=0,
    )  # fmt: skip
    return Structure.objects.create(agency=agency, year=year, created_at=now)


def _discard(upload: RosterUpload, *, by: Member, now: datetime) -> None:
    RosterUpload.objects.filter(pk=upload.pk).update(
        state=UploadState.DISCARDED, step="", finished_at=now
    )
    record(
        "roster_upload_discarded", by=by, now=now, agency=upload.agency.slug,
        object_type="roster_upload", object_id=upload.pk,
    )  # fmt: skip
    transaction.on_commit(lambda: remove_files(upload.pk))


def _enqueue_reading(upload_id: uuid.UUID) -> None:
    read_upload.enqueue(str(upload_id))


def _enqueue_applying(upload_id: uuid.UUID) -> None:
    apply_upload.enqueue(str(upload_id))
