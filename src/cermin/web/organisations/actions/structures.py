"""Beginning a new year's tree."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from cermin.web.audit.actions import record
from cermin.web.organisations.actions.units import create_units
from cermin.web.organisations.models import Agency, Employee, Structure, Unit
from cermin.web.organisations.queries import frame_units
from cermin.web.organisations.rules import Member
from cermin.web.organisations.rules.structures import check_can_start_year


def start_year(*, agency: Agency, year: int, by: Member, now: datetime) -> Structure:
    """Copy the newest tree to ``year`` and let the roster point there; the first year is empty.

    The tree of the year before stays as it is from here on.
    """
    with transaction.atomic():
        Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)
        # Whoever is changing the tree that is copied comes first.
        structures = list(Structure.objects.filter(agency=agency).select_for_update())
        check_can_start_year(
            by, agency, year=year, years=[s.year for s in structures],
            this_year=timezone.localtime(now).year,
        )  # fmt: skip
        structure = Structure.objects.create(agency=agency, year=year, created_at=now)
        n_units = _copy_units(structures[0], structure) if structures else 0
        record(
            "structure_started", by=by, now=now, agency=agency.slug,
            object_type="structure", object_id=year, n_units=n_units,
        )  # fmt: skip
    return structure


def _copy_units(before: Structure, now: Structure) -> int:
    old = Unit.objects.filter(structure=before).order_by()
    positions = dict(old.values_list("code", "position"))
    create_units(now, frame_units(before), positions=positions, known={})
    same_code = Unit.objects.filter(pk=OuterRef(OuterRef("unit_id"))).values("code")
    successor = Unit.objects.filter(structure=now, code=Subquery(same_code)).values("pk")
    Employee.objects.filter(agency=before.agency_id).update(unit=Subquery(successor))
    return len(positions)
