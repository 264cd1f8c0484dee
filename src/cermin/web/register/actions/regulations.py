"""Adding, changing and removing regulations, with the file of their text."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.audit.actions import record
from cermin.web.organisations.models import Agency
from cermin.web.organisations.rules import Member
from cermin.web.register.models import Regulation
from cermin.web.register.queries.regulations import missing_national, sets_resting_on, twin_of
from cermin.web.register.rules import (
    PDF,
    RegulationFacts,
    check_can_edit_register,
    check_can_remove,
    check_not_twin,
    check_pdf,
    check_regulation,
    one_line,
)

_FACTS = ("kind", "issuer", "number", "year", "subject", "link", "note")


def add_regulation(
    *, agency: Agency, facts: RegulationFacts, pdf: File[bytes] | None = None,
    other_issuer: bool = False, by: Member, now: datetime,
) -> Regulation:  # fmt: skip
    """Put a regulation into the register."""
    check_can_edit_register(by, agency)
    regulation = Regulation(agency=agency, added_at=now)
    _take_facts(regulation, facts, other_issuer=other_issuer, now=now)
    with transaction.atomic():
        if pdf is not None:
            _take_file(regulation, pdf)
        _save(regulation, facts)
        _record("regulation_added", regulation, by=by, now=now, subject=regulation.subject)
    return regulation


def edit_regulation(
    *, regulation: Regulation, facts: RegulationFacts, pdf: File[bytes] | None = None,
    drop_file: bool = False, other_issuer: bool = False, by: Member, now: datetime,
) -> None:  # fmt: skip
    """Correct a regulation, or replace its file; ``drop_file`` only takes the file away."""
    check_can_edit_register(by, regulation.agency)
    with transaction.atomic():
        current = Regulation.objects.select_for_update().get(pk=regulation.pk)
        old = {name: getattr(current, name) for name in (*_FACTS, "file_name", "file_sha256")}
        old_file = current.file
        _take_facts(current, facts, other_issuer=other_issuer, now=now)
        if pdf is not None:
            _take_file(current, pdf)
        elif drop_file:
            current.file = current.file_name = current.file_sha256 = ""
            current.file_bytes = 0
        changed = {name: value for name, value in old.items() if getattr(current, name) != value}
        if not changed:
            return
        _save(current, facts)
        new = {name: getattr(current, name) for name in changed}
        _record("regulation_edited", current, by=by, now=now, old=changed, new=new)
        if old_file != current.file:
            transaction.on_commit(lambda: _remove_unused(old_file))


def remove_regulation(*, regulation: Regulation, by: Member, now: datetime) -> None:
    """Take a regulation, with its file, out of the register."""
    check_can_edit_register(by, regulation.agency)
    with transaction.atomic():
        current = Regulation.objects.select_for_update().get(pk=regulation.pk)
        check_can_remove(current, sets_resting_on(current))
        _record("regulation_removed", current, by=by, now=now, subject=current.subject)
        current.delete()
        transaction.on_commit(lambda: _remove_unused(current.file))


def add_national_regulations(*, agency: Agency, by: Member, now: datetime) -> int:
    """Add every shipped national regulation that is not there yet; return how many."""
    check_can_edit_register(by, agency)
    with transaction.atomic():
        Agency.objects.select_for_update().get(pk=agency.pk)
        missing = missing_national(agency)
        Regulation.objects.bulk_create(
            Regulation(
                agency=agency, added_at=now, changed_at=now,
                **{name: getattr(facts, name) for name in _FACTS},
            )
            for facts in missing
        )  # fmt: skip
        if missing:
            record(
                "national_regulations_added", by=by, now=now, agency=agency.slug,
                object_type="regulation", n_added=len(missing),
                names=[f"{one.kind} {one.number}/{one.year}" for one in missing],
            )  # fmt: skip
    return len(missing)


def _take_facts(
    regulation: Regulation, facts: RegulationFacts, *, other_issuer: bool, now: datetime
) -> None:
    clean = facts.cleaned()
    check_regulation(clean, this_year=now.year)
    twin = twin_of(regulation.agency, clean, but=regulation.pk)
    check_not_twin(clean, twin, other_issuer=other_issuer)
    for name in _FACTS:
        setattr(regulation, name, getattr(clean, name))
    regulation.changed_at = now


def _take_file(regulation: Regulation, pdf: File[bytes]) -> None:
    """Keep the file under its hash; the name that people gave it is only shown."""
    pdf.seek(0)
    check_pdf(pdf.read(len(PDF)), pdf.size)
    digest = hashlib.sha256()
    for chunk in pdf.chunks():
        digest.update(chunk)
    regulation.file_sha256 = digest.hexdigest()
    regulation.file_bytes = pdf.size
    name = one_line(str(pdf.name or "")).replace("/", "-")[-146:]
    regulation.file_name = name if name.lower().endswith(".pdf") else f"{name}.pdf"
    regulation.file = f"register/{regulation.agency_id}/{regulation.file_sha256}.pdf"
    if not default_storage.exists(regulation.file):
        regulation.file = default_storage.save(regulation.file, pdf)


def _save(regulation: Regulation, facts: RegulationFacts) -> None:
    try:
        with transaction.atomic():
            regulation.save()
    except IntegrityError as error:  # somebody else added the same one at the same moment
        check_not_twin(
            facts.cleaned(), twin_of(regulation.agency, facts.cleaned(), but=regulation.pk),
            other_issuer=False,
        )  # fmt: skip
        raise UserError(N_("Belum tersimpan. Coba sekali lagi.")) from error


def _remove_unused(file: str) -> None:
    if file and not Regulation.objects.filter(file=file).exists():
        default_storage.delete(file)


def _record(
    action: str, regulation: Regulation, *, by: Member, now: datetime, **details: object
) -> None:
    record(
        action, by=by, now=now, agency=regulation.agency.slug, object_type="regulation",
        object_id=regulation.pk, name=regulation.title, **details,
    )  # fmt: skip
