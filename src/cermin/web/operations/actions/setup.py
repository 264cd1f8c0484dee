"""Setting up an empty site: its first agency, whose first owner operates the site."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.accounts.actions import create_account
from cermin.web.accounts.models import User
from cermin.web.audit import actions as audit
from cermin.web.audit.actor import Actor
from cermin.web.operations.queries.setup import is_set_up
from cermin.web.organisations.actions.agency import AgencyFacts, create_agency
from cermin.web.organisations.models import Agency, Membership, Role


def set_up_site(
    *,
    facts: AgencyFacts,
    slug: str,
    owner_name: str,
    owner_email: str,
    password: str,
    page: str,
    now: datetime,
) -> tuple[Agency, User]:
    """Make the agency, its tree of this year and its owner; once and never again."""
    by = Actor(id="", name=owner_name[:150], page=page)
    with transaction.atomic():
        # Recorded first: writers of the trail queue for one row, so of two set-ups at the same
        # time the second goes on only when the first is done, and then finds an agency.
        audit.record(
            "site_set_up", by=by, now=now, agency=slug, object_type="site", owner=owner_email
        )
        if is_set_up():
            raise UserError(N_("Situs ini sudah disiapkan. Silakan masuk."))
        agency = create_agency(facts=facts, slug=slug, by=by, now=now)
        owner = create_account(
            email=owner_email, name=owner_name, password=password, language=facts.language,
            by=by, now=now,
        )  # fmt: skip
        owner.is_operator = True
        owner.save(update_fields=["is_operator"])
        Membership.objects.create(agency=agency, user=owner, role=Role.OWNER, since=now)
        audit.record(
            "role_given", by=by, now=now, agency=slug, object_type="member", object_id=owner.pk,
            person=owner.name, role=Role.OWNER.value, unit="",
        )  # fmt: skip
    return agency, owner
