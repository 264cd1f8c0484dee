"""Rows in every model of a site, with values that are hard to carry; run inside a site."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, models, transaction

from cermin.web.audit.actions import record
from cermin.web.audit.actor import system
from cermin.web.cycles.models import Cycle, Extension, Phase, PhaseKind, State
from cermin.web.operations.queries.backup import kept_fields, kept_models
from cermin.web.organisations.models import Agency, Employee, Role, Structure
from site_factory import give_role, make_agency, make_structure, make_user

ODD = datetime(2026, 9, 1, 2, 3, 4, 123457, tzinfo=UTC)  # microseconds that no millisecond has
TEXT = "Ñandú “petik” \\ \t=1+1 🌿 baris\nbaru"


def seed() -> None:
    """Fill the site."""
    agency, other = make_agency("rawa-bening"), make_agency("tanjung-asri")
    structure = make_structure(agency)
    make_structure(other)
    owner = make_user("pengelola@rawa.example", name=TEXT)
    give_role(owner, agency, Role.OWNER)
    unit = structure.units.get(code="dinkes")
    for number in range(50):
        Employee.objects.create(
            agency=agency, unit=unit, person_index=bytes([number]) * 32,
            nip_sealed=None if number % 3 else bytes(range(60)), name=TEXT, employment="PNS",
            added_at=ODD + timedelta(microseconds=number),
        )  # fmt: skip
    for number in range(40):
        with transaction.atomic():
            record(
                "unit_renamed", by=system(TEXT[:20]), now=ODD + timedelta(seconds=number),
                agency=agency.slug, object_type="unit", object_id=number,
                before=TEXT, after=None, number=number, share=0.1, listed=[1, {"b": 2, "a": 1}],
            )  # fmt: skip
    open_cycle(agency, structure, ODD)
    fill_the_rest()
    for name in ("unggahan/satu.bin", "unggahan/dalam/dua.bin", "kosong.bin"):
        default_storage.save(name, ContentFile(b"" if "kosong" in name else name.encode() * 9_999))


def open_cycle(agency: Agency, structure: Structure, opened: datetime) -> Cycle:
    """Return a cycle whose survey opened at ``opened`` for a week, extended once by a day."""
    cycle = Cycle.objects.create(
        agency=agency, year=structure.year, name=TEXT, state=State.SURVEY_OPEN,
        structure=structure, method="metode", minimum_rule="slovin",
        minimum_margin=Decimal("0.050"), threshold=10, created_at=opened, opened_at=opened,
        frozen={"b": [1, TEXT], "a": 0.1},
    )  # fmt: skip
    closed = opened + timedelta(days=8)
    phase = Phase.objects.create(
        cycle=cycle, kind=PhaseKind.SURVEY, opens_at=opened, closes_at=closed
    )
    Extension.objects.create(
        phase=phase, old_closes_at=closed - timedelta(days=1), new_closes_at=closed,
        reason=TEXT, by_name=TEXT, at=opened,
    )  # fmt: skip
    return cycle


def fill_the_rest() -> None:
    """Give each model that has no row yet one with a value in every field, where it may stand."""
    for model in kept_models():
        if model._base_manager.exists():
            continue
        try:
            with transaction.atomic():
                model._base_manager.create(**{f.name: value_for(f) for f in fields_of(model)})
        except (IntegrityError, LookupError):
            continue  # bound to what only its own actions can make


def fields_of(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [f for f in kept_fields(model) if not isinstance(f, models.AutoField)]


def value_for(field: models.Field[Any, Any]) -> Any:
    if isinstance(field, models.ForeignKey):
        found = field.related_model._base_manager.order_by("pk").first()
        if found is None and not field.null:
            raise LookupError(field)
        return found
    if field.choices:
        return field.flatchoices[0][0]
    simple = {
        models.UUIDField: uuid.UUID(int=7), models.DateTimeField: ODD,
        models.DateField: date(2026, 9, 1),
        models.BooleanField: True, models.JSONField: {"b": [1, None, TEXT], "a": 0.25},
        models.BinaryField: bytes(range(32)), models.EmailField: "x@y.example",
        models.DecimalField: Decimal("1.5"), models.FloatField: 0.1, models.IntegerField: 7,
    }  # fmt: skip
    for kind, value in simple.items():
        if isinstance(field, kind):
            return value
    return TEXT[: field.max_length or 200]


def everything() -> dict[str, list[list[str]]]:
    """Return every row of every model as texts that differ when a value or its type does."""
    return {
        model._meta.label: [
            [_text(value) for value in row]
            for row in model._base_manager.order_by("pk").values_list(
                *(f.attname for f in kept_fields(model))
            )
        ]
        for model in kept_models()
    }


def _text(value: object) -> str:
    if isinstance(value, memoryview):
        value = bytes(value)
    if isinstance(value, dict | list):  # PostgreSQL keeps the keys of JSON in an order of its own
        return json.dumps(value, sort_keys=True)
    return repr(value)
