"""Adding, changing, importing and removing local value sets."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime

from django.db import transaction

from cermin.web.audit.actions import record
from cermin.web.organisations.models import Agency
from cermin.web.organisations.rules import Member
from cermin.web.register.models import LocalValue, Regulation, ValueSet
from cermin.web.register.queries.value_sets import draft_of, national_names, taken_codes
from cermin.web.register.rules import (
    ValueSetDraft,
    check_basis,
    check_can_edit_register,
    check_value_set,
    set_code,
    with_codes,
)


def add_value_set(
    *, agency: Agency, draft: ValueSetDraft, regulation: Regulation, by: Member, now: datetime
) -> ValueSet:
    """Put a value set into the register."""
    with transaction.atomic():
        made = _add(agency, draft, regulation, by=by, now=now)
        _record("value_set_added", made, by=by, now=now, n_values=len(draft.values))
    return made


def import_value_set(
    *, agency: Agency, draft: ValueSetDraft, code: str, file: str, regulation: Regulation,
    by: Member, now: datetime,
) -> ValueSet:  # fmt: skip
    """Put a value set that was read from an instrument file into the register."""
    with transaction.atomic():
        made = _add(agency, draft, regulation, by=by, now=now, code=code)
        _record("value_set_imported", made, by=by, now=now, file=file, n_values=len(draft.values))
    return made


def edit_value_set(
    *, value_set: ValueSet, draft: ValueSetDraft, regulation: Regulation, by: Member, now: datetime
) -> None:
    """Change a set; values and behaviours whose code is kept stay the same ones."""
    check_can_edit_register(by, value_set.agency)
    check_basis(regulation, value_set.agency)
    check_value_set(draft, national_names())
    with transaction.atomic():
        current = ValueSet.objects.select_for_update(of=("self",)).get(pk=value_set.pk)
        before, old_basis = draft_of(current), current.regulation
        after = with_codes(draft)
        if before == after and old_basis == regulation:
            return
        _take(current, after, regulation, now=now)
        current.save()
        current.values.all().delete()
        _write_values(current, after)
        old, new = _told(before, old_basis), _told(after, regulation)
        _record(
            "value_set_edited", current, by=by, now=now,
            old={key: value for key, value in old.items() if new.get(key) != value},
            new={key: value for key, value in new.items() if old.get(key) != value},
        )  # fmt: skip


def remove_value_set(*, value_set: ValueSet, by: Member, now: datetime) -> None:
    """Take a set out of the register."""
    check_can_edit_register(by, value_set.agency)
    with transaction.atomic():
        current = ValueSet.objects.select_for_update(of=("self",)).get(pk=value_set.pk)
        names = [value.name for value in current.values.all()]
        _record("value_set_removed", current, by=by, now=now, values=names)
        current.delete()


def _add(
    agency: Agency, draft: ValueSetDraft, regulation: Regulation, *,
    by: Member, now: datetime, code: str = "",
) -> ValueSet:  # fmt: skip
    check_can_edit_register(by, agency)
    check_basis(regulation, agency)
    check_value_set(draft, national_names())
    Agency.objects.select_for_update().get(pk=agency.pk)  # one id is given at a time
    taken = taken_codes(agency)
    free = code if code and code not in taken else set_code(code or draft.title, taken)
    made = ValueSet(agency=agency, code=free, added_at=now)
    coded = with_codes(draft)
    _take(made, coded, regulation, now=now)
    made.save()
    _write_values(made, coded)
    return made


def _take(
    value_set: ValueSet, draft: ValueSetDraft, regulation: Regulation, *, now: datetime
) -> None:
    value_set.title, value_set.title_en = draft.title, draft.title_en
    value_set.note, value_set.note_en = draft.note, draft.note_en
    value_set.own_draft = draft.own_draft
    value_set.regulation = regulation
    value_set.changed_at = now


def _write_values(value_set: ValueSet, draft: ValueSetDraft) -> None:
    LocalValue.objects.bulk_create(
        LocalValue(
            value_set=value_set, position=position, code=value.code,
            name=value.name, name_en=value.name_en,
            meaning=value.meaning, meaning_en=value.meaning_en,
            maps_to=list(value.maps_to), behaviours=[asdict(one) for one in value.behaviours],
        )
        for position, value in enumerate(draft.values)
    )  # fmt: skip


def _told(draft: ValueSetDraft, basis: Regulation) -> dict[str, object]:
    """Return a set as the trail tells it: the head, and each value under its name."""
    head = replace(draft, values=())
    told: dict[str, object] = {key: value for key, value in asdict(head).items() if key != "values"}
    told["regulation"] = basis.title
    for value in draft.values:
        told[value.name] = [
            value.meaning, value.name_en, value.meaning_en, *value.maps_to,
            *(one.text for one in value.behaviours),
        ]  # fmt: skip
    return told


def _record(
    action: str, value_set: ValueSet, *, by: Member, now: datetime, **details: object
) -> None:
    record(
        action, by=by, now=now, agency=value_set.agency.slug, object_type="value_set",
        object_id=value_set.code, name=value_set.title, **details,
    )  # fmt: skip
