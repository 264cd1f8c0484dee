"""The demo lives through three years by the actions people use, on any day of the year."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from cermin.web.accounts.models import User
from cermin.web.audit.models import AuditEvent
from cermin.web.audit.queries import verify_chain
from cermin.web.cycles.models import Cycle, State
from cermin.web.operations.actions.demo import make_demo
from cermin.web.operations.queries.demo import ACCOUNTS, CLOSED, MERGED, PASSWORD
from cermin.web.organisations.models import Agency, Employee, Structure
from cermin.web.organisations.queries.structures import lineage
from cermin.web.pages import clock

JANUARY = datetime(2026, 1, 3, 5, tzinfo=UTC)
NEW_YEARS_EVE = datetime(2026, 12, 31, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "share"),
    [
        pytest.param(JANUARY, 0.05, id="January"),
        pytest.param(NEW_YEARS_EVE, 0.0, id="New Year's Eve", marks=pytest.mark.own_site),
    ],
)
def test_three_years(db, client, now: datetime, share: float) -> None:
    make_demo(now=now, share=share)
    agency = Agency.objects.get(slug="rawa-bening")
    states = dict(Cycle.objects.filter(agency=agency).values_list("year", "state"))
    assert states == {2024: State.ARCHIVED, 2025: State.PUBLISHED, 2026: State.SURVEY_OPEN}
    assert Employee.objects.filter(agency=agency).count() == 6_000
    units = {s.year: s.units.count() for s in Structure.objects.filter(agency=agency)}
    assert units == {2024: 58, 2025: 57, 2026: 56}
    mapping = lineage(agency, 2024, 2026)
    assert (mapping[MERGED[0]], mapping[CLOSED[0]]) == (MERGED[3], None)
    assert Cycle.objects.get(agency__slug="tanjung-asri").calendar.agency.slug == "rawa-raya"
    assert verify_chain().broken is None
    moments = list(AuditEvent.objects.filter(agency=agency.slug).values_list("at", flat=True))
    assert moments == sorted(moments)
    for one in ACCOUNTS:
        assert User.objects.get(email=one.email).check_password(PASSWORD)
        client.logout()
        assert client.login(email=one.email, password=PASSWORD)
        page = client.get(reverse("agency_home", args=[agency.slug]))
        assert page.status_code in (200, 302)


def test_the_clock_stands_still_only_inside(db) -> None:
    with clock.set_to(JANUARY):
        assert clock.now() == JANUARY
    assert clock.now() != JANUARY
