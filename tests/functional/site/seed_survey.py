"""Add agencies whose surveys are open today; run as a process of the site, never imported.

Prints, by the id of the method, the public address of the survey and codes of its people.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import django

django.setup()

from cermin.web.cycles.actions.running import schedule_cycle  # noqa: E402
from cermin.web.cycles.actions.set_up import change_set_up, create_cycle  # noqa: E402
from cermin.web.cycles.models import Cycle, PhaseKind  # noqa: E402
from cermin.web.cycles.queries.cycles import set_up_of  # noqa: E402
from cermin.web.operations.queries.demo import plan_from  # noqa: E402
from cermin.web.organisations.models import Role  # noqa: E402
from cycle_factory import employ  # noqa: E402
from site_factory import as_member, give_role, make_agency, make_structure, make_user  # noqa: E402
from survey_factory import codes_of, open_now  # noqa: E402

SECTIONS = ("kuesioner-keterikatan-2025", "kuesioner-sosio-emosional-2025")


def survey_with(method: str, slug: str) -> dict[str, object]:
    """Return the address and the codes of a new agency's survey by ``method``."""
    now = datetime.now(UTC)
    agency = make_agency(slug, name=f"Kabupaten {slug.replace('-', ' ').title()}")
    user = make_user(f"pengelola@{slug}.example")
    give_role(user, agency, Role.OWNER)
    by = as_member(user, agency)
    employ(make_structure(agency, now.year), 40)
    cycle = create_cycle(
        agency=agency, year=now.year, name=f"Evaluasi BerAKHLAK {now.year}", by=by, now=now
    )
    first = max((now - timedelta(days=1)).date(), date(now.year, 1, 1))
    usual, plan = set_up_of(cycle), plan_from(first)
    worksheet = usual.worksheet if method == usual.method else ""
    if not worksheet:
        plan = {kind: plan[kind] for kind in (PhaseKind.SURVEY, PhaseKind.PROCESSING)}
    chosen = replace(usual, plan=plan, method=method, worksheet=worksheet, sections=SECTIONS)
    change_set_up(cycle=cycle, chosen=chosen, by=by, now=now)
    schedule_cycle(cycle=Cycle.objects.get(pk=cycle.pk), by=by, now=now)
    survey = open_now(Cycle.objects.get(pk=cycle.pk), by, now=now)
    return {"survey": survey.public_id, "codes": codes_of(survey)}


found = {
    "metode-2025": survey_with("metode-2025", "lebak-jati"),
    "metode-2022": survey_with("metode-2022", "muara-pinang"),
}
sys.stdout.write(json.dumps(found) + "\n")
