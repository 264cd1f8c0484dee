"""Uploading the filled worksheet: read whole, looked at, then accepted; or nothing is kept."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from cermin.core.errors import UserError
from cermin.core.worksheet import score_worksheet
from cermin.intake.evidence import read_evidence
from cermin.intake.formats import Limits
from cermin.intake.problems import Problems
from cermin.language import N_
from cermin.web.cycles.actions.states import locked, record_cycle
from cermin.web.cycles.models import Cycle
from cermin.web.organisations.rules import Member
from cermin.web.results.models import EvidenceScore, EvidenceUpload
from cermin.web.results.queries.evidence import (
    Answers,
    accepted_evidence,
    digest,
    is_evaluating,
    previewed_evidence,
    units_of,
    uploads_of,
    worksheet_of,
)
from cermin.web.results.rules.permissions import check_can_upload_evidence

_LONGEST_FILE_NAME = 200


def upload_evidence(
    *, cycle: Cycle, file: UploadedFile[bytes], by: Member, now: datetime
) -> EvidenceUpload:
    """Keep the answers of a filled worksheet as a preview; an earlier preview is dropped.

    Raises
    ------
    BadInput
        With every problem of the file; nothing is kept then.
    UserError
        When the file holds no answer at all, or nobody may upload now.
    """
    check_can_upload_evidence(by, cycle, evaluating=is_evaluating(cycle, now))
    content = b"".join(file.chunks())
    name = Path(file.name or "lembar-kerja").name[-_LONGEST_FILE_NAME:]
    answers = _read(cycle, content, name)
    worksheet = worksheet_of(cycle)
    with transaction.atomic():
        row = locked(cycle)
        check_can_upload_evidence(by, row, evaluating=is_evaluating(row, now))
        uploads_of(row).filter(accepted_at=None).delete()
        upload = EvidenceUpload.objects.create(
            cycle=row, file_name=name, answers_sha256=digest(answers), n_units=len(answers),
            uploaded_by=by.name[:150], uploaded_at=now,
        )  # fmt: skip
        EvidenceScore.objects.bulk_create(
            EvidenceScore(
                upload=upload, unit_code=unit, answers=filled,
                percent=score_worksheet(worksheet, filled).percent,
            )
            for unit, filled in answers.items()
        )  # fmt: skip
        record_cycle(
            "evidence_scores_uploaded", row, by=by, now=now, file=name,
            sha256=hashlib.sha256(content).hexdigest(), n_units=len(answers),
        )  # fmt: skip
    return upload


def accept_evidence(*, cycle: Cycle, upload_id: int, by: Member, now: datetime) -> None:
    """Make the previewed scores those that count; earlier ones stay in the history."""
    with transaction.atomic():
        row = locked(cycle)
        check_can_upload_evidence(by, row, evaluating=is_evaluating(row, now))
        upload = previewed_evidence(row)
        if upload is None or upload.pk != upload_id:
            raise UserError(N_("Pratinjau ini sudah diganti atau dibatalkan; unggah lagi."))
        before = accepted_evidence(row)
        upload.accepted_at = now
        upload.save(update_fields=["accepted_at"])
        record_cycle(
            "evidence_scores_replaced" if before else "evidence_scores_accepted", row,
            by=by, now=now, file=upload.file_name, sha256=upload.answers_sha256,
            n_units=upload.n_units,
        )  # fmt: skip


def discard_evidence(*, cycle: Cycle, by: Member, now: datetime) -> None:
    """Drop the preview; what counted before still counts."""
    with transaction.atomic():
        row = locked(cycle)
        check_can_upload_evidence(by, row, evaluating=is_evaluating(row, now))
        preview = previewed_evidence(row)
        if preview is None:
            return
        preview.delete()
        record_cycle("evidence_scores_discarded", row, by=by, now=now, file=preview.file_name)


def _read(cycle: Cycle, content: bytes, name: str) -> Answers:
    problems = Problems()
    worksheet = worksheet_of(cycle)
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        sheet = read_evidence(
            path, problems, worksheet=worksheet, units=units_of(cycle),
            limits=Limits(file_bytes=settings.UPLOAD_LIMIT_MB << 20),
        )  # fmt: skip
    problems.stop_if_any()
    if sheet is None or not sheet.answers:
        raise UserError(N_("Lembar kerja belum berisi satu jawaban pun. Isi kolom Jawaban."))
    return sheet.answers
