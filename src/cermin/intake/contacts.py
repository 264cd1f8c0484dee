"""Contacts in a roster file: optional, and never a reason to leave a person out.

Whatever is wrong with them is a warning: the contact stays empty, the person is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from cermin.core.contacts import is_nothing, read_email, read_phone
from cermin.intake.headings import EMAIL, OFFICE_EMAIL, PHONE, Field, fold
from cermin.intake.mapping import Guess, duplicated_headings
from cermin.intake.problems import Problems
from cermin.intake.tables import Table
from cermin.language import _

CONTACTS = ["surel", "telepon"]
_FIELDS = (OFFICE_EMAIL, EMAIL, PHONE)
_NAMES = [field.id for field in _FIELDS]


def contact_columns(table: Table, taken: Sequence[Guess], notes: list[str]) -> list[Guess]:
    """Return the columns with contacts: only headings that are known word for word."""
    by_heading = duplicated_headings(table.headings)
    used = {guess.position for guess in taken}
    found: list[Guess] = []
    for field in _FIELDS:
        known = dict.fromkeys(fold(heading) for heading in field.headings)
        places = [place for one in known for place in by_heading.get(one, []) if place not in used]
        if len(places) > 1:
            letters = ", ".join(table.letter(place) for place in places)
            notes.append(
                _("Dari kolom {columns} di lembar {sheet} hanya {first} dibaca sebagai {title}.")
                .format(columns=letters, sheet=table.sheet, first=table.letter(places[0]),
                        title=field.title)
            )  # fmt: skip
        if places:
            used.add(places[0])
            found.append(_guess(table, places[0], field))
    return found


def _guess(table: Table, position: int, field: Field) -> Guess:
    heading = table.headings[position] or ""
    return Guess(
        file=table.file, sheet=table.sheet, column=table.letter(position), heading=heading,
        field=field.id, reason=_("judul “{heading}” dikenal").format(heading=heading), sure=True,
        position=position,
    )  # fmt: skip


def with_contacts(
    table: Table, guesses: Sequence[Guess], people: pl.DataFrame, warnings: Problems
) -> pl.DataFrame:
    """Return ``people`` with the columns of CONTACTS, null where there is none."""
    if not guesses:
        return people.with_columns(pl.lit(None, pl.String).alias(name) for name in CONTACTS)
    headings = {guess.field: guess.heading for guess in guesses}
    absent = [name for name in _NAMES if name not in people.columns]
    people = people.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
    rows = people.select("row", *_NAMES).rows()
    emails: list[str | None] = []
    phones: list[str | None] = []
    for row, office, own, phone in rows:
        read = _RowContacts(table, row, headings, warnings)
        found = read.first(((OFFICE_EMAIL, office), (EMAIL, own)), read_email)
        emails.append(found)
        phones.append(read.first(((PHONE, phone),), read_phone))
    return people.drop(_NAMES).with_columns(
        pl.Series("surel", emails, dtype=pl.String), pl.Series("telepon", phones, dtype=pl.String)
    )


class _RowContacts:
    """The contact cells of one row."""

    def __init__(
        self, table: Table, row: int, headings: dict[str, str], warnings: Problems
    ) -> None:
        self._table = table
        self._row = row
        self._headings = headings
        self._warnings = warnings

    def first(
        self,
        cells: Sequence[tuple[Field, str | None]],
        read: Callable[[str], str | None],
    ) -> str | None:
        """Return the first cell that can be read; with none of them, warn of those filled in."""
        written = [(field, cell) for field, cell in cells if cell and not is_nothing(cell)]
        for _field, cell in written:
            found = read(cell)
            if found is not None:
                return found
        for field, _cell in written:
            _warn(self._warnings, self._table, self._row, self._headings[field.id], field)
        return None


def _warn(warnings: Problems, table: Table, row: int, heading: str, field: Field) -> None:
    if field is PHONE:
        what = _("Nomor telepon tidak terbaca; dikosongkan.")
        remedy = _("Tulis nomornya dengan angka saja, misalnya 081234567890.")
    else:
        what = _("Alamat surel tidak sah; dikosongkan.")
        remedy = _("Tulis satu alamat, misalnya nama@instansi.go.id.")
    warnings.add(
        _("kontak tidak terbaca"), what, remedy,
        file=table.file, sheet=table.sheet, row=row, column=heading,
    )  # fmt: skip


def without_shared(people: pl.DataFrame, warnings: Problems, file: str) -> pl.DataFrame:
    """Empty the contacts that several people have: their codes would come to one mailbox."""
    words = {
        "surel": (OFFICE_EMAIL.title, _("Alamat surel ini dipakai beberapa orang; dikosongkan.")),
        "telepon": (PHONE.title, _("Nomor telepon ini dipakai beberapa orang; dikosongkan.")),
    }  # fmt: skip
    for name, (title, what) in words.items():
        key = pl.col(name).str.to_lowercase()
        shared = key.is_not_null() & key.is_duplicated()
        warnings_of = people.filter(shared).select("sheet", "row").rows()
        for sheet, row in warnings_of:
            warnings.add(
                _("kontak dipakai bersama"), what,
                _("Isi dengan kontak milik pegawai itu sendiri: kodenya dikirim ke sana."),
                file=file, sheet=sheet, row=row, column=title,
            )  # fmt: skip
        people = people.with_columns(pl.when(~shared).then(pl.col(name)).alias(name))
    return people
