"""Handing invitations out: lists for message tools and sheets to cut, each noted in the trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from cermin.web.cycles.actions.states import record_cycle
from cermin.web.organisations.models import Role
from cermin.web.organisations.queries.roster import PlacedUnit
from cermin.web.organisations.rules import Member
from cermin.web.survey.models import SheetJob, Survey
from cermin.web.survey.presenters.invitations import list_rows
from cermin.web.survey.queries.invitations import (
    below,
    ids_by_unit,
    invited,
    people_of,
    state_of,
    units_of,
)
from cermin.web.survey.rules.invitations import check_can_export, check_can_fetch
from cermin.web.survey.tasks.sheets import forget_job, print_sheets

SHEETS = "pdf"


def export_list(
    *, survey: Survey, unit: str, form: str, base: str, by: Member, now: datetime
) -> list[tuple[str, ...]]:
    """Return the lines of a list with the codes of a unit and those below it; "" is all."""
    units = _wanted(survey, unit, by)
    with transaction.atomic():
        groups = ids_by_unit(survey, [one.code for one in units])
        ids = [pk for _code, people in groups for pk in people]
        rows = list_rows(survey, invited(survey, ids, with_contacts=True), units, base)
        _note(survey, unit, form, len(rows), by=by, now=now)
    return rows


def order_sheets(*, survey: Survey, unit: str, base: str, by: Member, now: datetime) -> SheetJob:
    """Have the strips of a unit and those below it printed in the background; "" is all."""
    codes = [one.code for one in _wanted(survey, unit, by)]
    with transaction.atomic():
        job = SheetJob.objects.create(
            survey=survey, unit_codes=codes, unit_code=unit, base=base, requested_by=by.id,
            n_people=people_of(survey, codes).count(), created_at=now,
        )  # fmt: skip
        _note(survey, unit, SHEETS, job.n_people, by=by, now=now)
        transaction.on_commit(lambda: print_sheets.enqueue(str(job.pk)))
    return job


def take_sheets_away(*, job: SheetJob, by: Member) -> None:
    """Remove sheets that were sent whole: they hold codes, and are made anew when asked for."""
    check_can_fetch(by, job.survey.cycle.agency, job)
    forget_job(job.pk)


def _wanted(survey: Survey, unit: str, by: Member) -> Sequence[PlacedUnit]:
    seen = units_of(survey.cycle, by)
    check_can_export(
        by, survey.cycle.agency, state_of(survey), wanted={unit} if unit else (),
        in_sight={one.code for one in seen},
    )  # fmt: skip
    return below(seen, unit)


def _note(
    survey: Survey, unit: str, form: str, n_people: int, *, by: Member, now: datetime
) -> None:
    mine = "" if by.has(Role.OWNER) else ", ".join(sorted(by.unit_codes))
    record_cycle(
        "invitations_exported", survey.cycle, by=by, now=now, unit=unit or mine, form=form,
        n_people=n_people,
    )  # fmt: skip
