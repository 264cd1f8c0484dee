"""Which methods, worksheets and further questionnaires a cycle can choose from."""

from __future__ import annotations

from dataclasses import dataclass

from cermin.core.errors import UserError
from cermin.core.scheme import Method, Questionnaire, Worksheet
from cermin.instruments.describe import kind_name
from cermin.instruments.load import (
    BERAKHLAK,
    Instrument,
    list_instruments,
    load,
    load_method,
    method_for_year,
)

# Questionnaires that employees may be asked to fill beside that of the method.
SECTIONS = ("kuesioner-keterikatan-2025", "kuesioner-sosio-emosional-2025")


@dataclass(frozen=True)
class InstrumentRow:
    """One shipped instrument as the pages list it."""

    id: str
    kind: str
    title: str
    years: str
    own_draft: bool


def methods() -> list[Method]:
    """Return the methods over the seven values, newest first."""
    loaded = [load(one) for one in list_instruments()]
    suited = [one for one in loaded if isinstance(one, Method) and one.value_set == BERAKHLAK]
    return sorted(suited, key=lambda method: method.years, reverse=True)


def suggested_method(year: int) -> Method:
    """Return the method in force in ``year``; the oldest for years before there was any."""
    try:
        return method_for_year(year)
    except UserError:
        return methods()[-1]


def worksheets_of(method: Method) -> list[Worksheet]:
    """Return the worksheets that fit ``method``, its own first; none if it counts no evidence."""
    if method.worksheet is None:
        return []
    loaded = [load(one) for one in list_instruments()]
    fitting = [one for one in loaded if isinstance(one, Worksheet)]
    return sorted(fitting, key=lambda one: one.id != method.worksheet)


def sections() -> list[Questionnaire]:
    """Return the questionnaires that can be added."""
    loaded = [load(one) for one in SECTIONS]
    return [one for one in loaded if isinstance(one, Questionnaire)]


def method_called(method_id: str) -> Method:
    """Return one of `methods`.

    Raises
    ------
    UserError
        When there is no such method over the seven values.
    """
    if method_id not in {method.id for method in methods()}:
        raise UserError("Metode {id} tidak tersedia.", id=method_id)
    return load_method(method_id)


def rows(language: str) -> list[InstrumentRow]:
    """Return all shipped instruments, by kind and title."""
    listed = [_row(load(one), language) for one in list_instruments()]
    return sorted(listed, key=lambda row: (row.kind, row.title))


def reference(instrument_id: str) -> dict[str, str]:
    """Return what a result must cite of an instrument."""
    return {"id": instrument_id, "sha256": load(instrument_id).sha256}


def _row(loaded: Instrument, language: str) -> InstrumentRow:
    years = ", ".join(str(year) for year in loaded.years) if isinstance(loaded, Method) else ""
    return InstrumentRow(
        id=loaded.id,
        kind=kind_name(loaded),
        title=loaded.title.in_language(language),
        years=years,
        own_draft=loaded.source.own_draft,
    )
