"""Value sets: the national one, examples shipped with it, and an agency's own."""

from __future__ import annotations

from functools import cache

from django.db.models import QuerySet

from cermin.core.errors import UserError
from cermin.core.scheme import ValueSet as Instrument
from cermin.instruments.load import BERAKHLAK, list_instruments, load, load_value_set
from cermin.language import active
from cermin.web.organisations.models import Agency
from cermin.web.register.models import ValueSet
from cermin.web.register.rules import BehaviourDraft, ValueDraft, ValueSetDraft


def national_set() -> Instrument:
    """Return the seven values with their behaviours."""
    return load_value_set(BERAKHLAK)


def national_names() -> dict[str, str]:
    """Return the names of the seven values by their ids, in the reader's language."""
    return {value.id: value.name.in_language(active()) for value in national_set().values}


@cache
def shipped_sets() -> tuple[Instrument, ...]:
    """Return the local sets that come with Cermin as examples."""
    loaded = (load(one) for one in list_instruments())
    return tuple(one for one in loaded if isinstance(one, Instrument) and one.national == BERAKHLAK)


def shipped_set(set_id: str) -> Instrument:
    """Return one of them."""
    for one in shipped_sets():
        if one.id == set_id:
            return one
    raise UserError("Instrumen {id} tidak ditemukan.", id=set_id)


def value_sets(agency: Agency) -> QuerySet[ValueSet]:
    """Return the sets of ``agency`` with their values and regulation, in three queries at most."""
    rows = ValueSet.objects.filter(agency=agency)
    return rows.select_related("regulation").prefetch_related("values")


def taken_codes(agency: Agency) -> set[str]:
    """Return the ids that a new set may not have: the agency's own and the shipped ones."""
    own = ValueSet.objects.filter(agency=agency).values_list("code", flat=True)
    return {*own, *list_instruments()}


def draft_of(value_set: ValueSet) -> ValueSetDraft:
    """Return a stored set as a draft, to be edited, compared or written to a file."""
    return ValueSetDraft(
        title=value_set.title,
        title_en=value_set.title_en,
        note=value_set.note,
        note_en=value_set.note_en,
        own_draft=value_set.own_draft,
        values=tuple(
            ValueDraft(
                name=value.name,
                name_en=value.name_en,
                meaning=value.meaning,
                meaning_en=value.meaning_en,
                code=value.code,
                maps_to=tuple(value.maps_to),
                behaviours=tuple(BehaviourDraft(**row) for row in value.behaviours),
            )
            for value in value_set.values.all()
        ),
    )
