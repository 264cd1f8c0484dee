"""Adding agencies to the site, and changing what an agency says about itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.accounts.models import User
from cermin.web.audit import actions as audit
from cermin.web.audit.actor import Actor
from cermin.web.organisations.actions.members_invitations import (
    IssuedInvitation,
    issue_invitation,
)
from cermin.web.organisations.models import Agency, Role, Structure
from cermin.web.organisations.rules import Member
from cermin.web.organisations.rules.agency import check_can_add_agency, check_can_edit_agency


@dataclass(frozen=True)
class AgencyFacts:
    """What an agency says about itself and may change."""

    name: str
    agency_class: str
    code: str
    language: str
    time_zone: str


def add_agency(
    *,
    facts: AgencyFacts,
    slug: str,
    owner_email: str,
    owner_name: str,
    operator: User,
    by: Actor,
    now: datetime,
) -> IssuedInvitation:
    """Add an agency to the site and invite its first owner."""
    check_can_add_agency(operator)
    with transaction.atomic():
        agency = create_agency(facts=facts, slug=slug, by=by, now=now)
        return issue_invitation(
            agency=agency, email=owner_email, name=owner_name, role=Role.OWNER, unit_code="",
            by=by, now=now,
        )  # fmt: skip


def create_agency(*, facts: AgencyFacts, slug: str, by: Actor, now: datetime) -> Agency:
    """Write an agency with an empty tree of this year, within the transaction of its action."""
    _check_free(facts, slug=slug)
    agency = Agency.objects.create(slug=slug, created_at=now, **asdict(facts))
    year = now.astimezone(ZoneInfo(facts.time_zone)).year
    Structure.objects.create(agency=agency, year=year, created_at=now)
    audit.record(
        "agency_added",
        by=by,
        now=now,
        agency=slug,
        object_type="agency",
        object_id=slug,
        year=year,
        **asdict(facts),
    )
    return agency


def edit_agency(*, agency: Agency, facts: AgencyFacts, by: Member, now: datetime) -> bool:
    """Change what ``agency`` says about itself; return whether anything changed."""
    check_can_edit_agency(by, agency)
    with transaction.atomic():
        current = Agency.objects.select_for_update().get(pk=agency.pk)
        _check_free(facts, but=current)
        new = asdict(facts)
        old = {name: getattr(current, name) for name in new}
        changed = {name: value for name, value in new.items() if value != old[name]}
        if not changed:
            return False
        Agency.objects.filter(pk=agency.pk).update(**changed)
        audit.record(
            "agency_edited",
            by=by,
            now=now,
            agency=current.slug,
            object_type="agency",
            object_id=current.slug,
            old={name: old[name] for name in changed},
            new=changed,
        )
    return True


def _check_free(facts: AgencyFacts, *, slug: str = "", but: Agency | None = None) -> None:
    others = Agency.objects.exclude(pk=but.pk) if but else Agency.objects.all()
    clash = others.filter(
        Q(name__iexact=facts.name) | Q(code__iexact=facts.code) | Q(slug=slug)
    ).first()
    if clash is None:
        return
    if clash.slug == slug:
        raise UserError(N_("Alamat “{slug}” sudah dipakai instansi lain."), slug=slug)
    if clash.code.casefold() == facts.code.casefold():
        raise UserError(N_("Kode “{code}” sudah dipakai instansi lain."), code=facts.code)
    raise UserError(N_("Nama “{name}” sudah dipakai instansi lain."), name=facts.name)
