"""Invitations in words: the page's numbers, the lists for message tools, the printed strips."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from cermin.reports.strips import Strip, StripWords
from cermin.web.cycles.presenters.words import deadline_words
from cermin.web.organisations.queries.roster import PlacedUnit
from cermin.web.survey.models import Survey
from cermin.web.survey.queries.closing import end_of
from cermin.web.survey.queries.invitations import Invited, Reached
from cermin.web.survey.rules.codes import shown


@dataclass(frozen=True)
class UnitRow:
    """One unit of the page; ``total`` counts the units below it too."""

    code: str
    name: str
    depth: int
    own: Reached
    total: Reached


def unit_rows(units: Sequence[PlacedUnit], reached: dict[str, Reached]) -> list[UnitRow]:
    """Return the units that have people, themselves or below."""
    totals = dict.fromkeys((unit.code for unit in units), Reached())
    for unit in units:
        for above in unit.above & totals.keys():
            totals[above] += reached.get(unit.code, Reached())
    least = min((unit.depth for unit in units), default=0)
    return [
        UnitRow(
            unit.code, unit.name, unit.depth - least, reached.get(unit.code, Reached()),
            totals[unit.code],
        )
        for unit in units
        if totals[unit.code].invited
    ]  # fmt: skip


def total_of(units: Sequence[PlacedUnit], reached: dict[str, Reached]) -> Reached:
    """Return the counts of all these units together."""
    return sum((reached.get(unit.code, Reached()) for unit in units), Reached())


def unit_choices(units: Sequence[PlacedUnit]) -> list[tuple[str, str]]:
    """Return the units as choices of a form, indented."""
    return [(unit.code, "– " * unit.depth + unit.name) for unit in units]


def file_name(survey: Survey, units: Sequence[PlacedUnit], chosen: str) -> str:
    """Return the name of a download without its ending."""
    name = next((unit.name for unit in units if unit.code == chosen), survey.cycle.agency.slug)
    return f"undangan-{survey.cycle.year}-{slugify(name)[:60]}"


# ------------------------------------------------------------------ lists


def list_headings() -> tuple[str, ...]:
    """Return the headings of the lists for message tools."""
    return (
        _("Nama"), _("Unit"), _("Surel"), _("Nomor HP"), _("Kode"), _("Tautan"), _("Pesan"),
    )  # fmt: skip


def list_rows(
    survey: Survey, people: Iterable[Invited], units: Sequence[PlacedUnit], base: str
) -> list[tuple[str, ...]]:
    """Return one line for each person, the message in the language of the agency."""
    names = {unit.code: unit.name for unit in units}
    with translation.override(survey.cycle.agency.language):
        message = _(
            "Yth. {name}, Anda diundang mengisi survei budaya kerja {agency} {year}. Survei ini "
            "anonim: tidak seorang pun dapat mengetahui siapa menjawab apa. Tautan pribadi Anda, "
            "berlaku sampai {day}: {link} Jangan teruskan tautan ini; siapa yang memegangnya dapat "
            "mengisi atas nama Anda."
        )
        same = {
            "agency": survey.cycle.agency.name, "year": survey.cycle.year, "day": last_day(survey),
        }  # fmt: skip
    return [
        (
            one.name, names[one.unit_code], one.email, one.phone, shown(one.code),
            f"{base}#{one.code}", message.format(name=one.name, link=f"{base}#{one.code}", **same),
        )
        for one in people
    ]  # fmt: skip


def last_day(survey: Survey) -> str:
    """Return the last day of the survey in words."""
    return deadline_words(end_of(survey), survey.cycle.agency.time_zone)


# ------------------------------------------------------------------ strips


def strips_of(people: Iterable[Invited], unit: str, base: str) -> list[Strip]:
    """Return the strips of people of one unit."""
    return [
        Strip(one.name, unit, (shown(one.code)[:9], shown(one.code)[10:]), f"{base}#{one.code}")
        for one in people
    ]


def strip_words(survey: Survey, base: str) -> StripWords:
    """Return what all strips say; the caller speaks the language of the agency."""
    address = urlsplit(base)
    return StripWords(
        title=_("Undangan survei budaya kerja {year}").format(year=survey.cycle.year),
        handling=_(
            "Simpan seperti surat suara: siapa yang memegang kode dapat mengisi atas nama orang "
            "lain. Gunting di garis putus-putus."
        ),
        page=_("Halaman"),
        qr=_("Kode QR ke survei dengan kode undangan ini"),
        code=_("Kode undangan Anda"),
        explained=_(
            "Survei ini anonim: tidak seorang pun dapat mengetahui siapa menjawab apa. Pindai kode "
            "QR, atau buka alamat di bawah dan ketik kodenya, paling lambat {day}. Lipat bagian "
            "ini ke kiri menutupi kode, lalu rekatkan."
        ).format(day=last_day(survey)),
        address=f"{address.netloc}{address.path.rstrip('/')}",
    )


def sheet_names(parts: Sequence[str], units: Sequence[PlacedUnit]) -> list[str]:
    """Return the names of the PDFs in an archive; ``parts`` has the unit of each."""
    names = {unit.code: slugify(unit.name)[:60] or "unit" for unit in units}
    return [f"{number:03d}-{names[code]}.pdf" for number, code in enumerate(parts, start=1)]
