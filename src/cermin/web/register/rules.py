"""What the register accepts, and who may change it. Everybody may read it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.text import slugify

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.organisations.models import Agency
from cermin.web.organisations.rules import Member, check_owner
from cermin.web.register.models import FIRST_YEAR, Regulation, RegulationKind

LARGEST_FILE = 20 * 1024 * 1024
PDF = b"%PDF-"
MOST_VALUES = 20
MOST_BEHAVIOURS = 20  # of one value
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z ./()-]*")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,59}")


def check_can_edit_register(by: Member, agency: Agency) -> None:
    """Owners of the agency."""
    check_owner(by, agency)


def one_line(text: str) -> str:
    """Return ``text`` without control characters, with single spaces."""
    kept = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    return " ".join(kept.split())


# ------------------------------------------------------------------ regulations


@dataclass(frozen=True)
class RegulationFacts:
    """What identifies a regulation and says what it is about."""

    kind: str
    issuer: str
    number: str
    year: int
    subject: str
    link: str = ""
    note: str = ""

    def cleaned(self) -> RegulationFacts:
        """Return the facts as they are kept: single spaces, no zeros before a number."""
        number = one_line(self.number)
        return replace(
            self,
            issuer=one_line(self.issuer),
            number=(number.lstrip("0") or "0") if number.isdecimal() else number,
            subject=one_line(self.subject),
            link=self.link.strip(),
            note=one_line(self.note),
        )


class TwinRegulation(UserError):  # noqa: N818 - a name people read
    """The regulation stands in the register already; ``twin`` is where."""

    def __init__(self, template: str, twin: Regulation) -> None:
        super().__init__(template, name=twin.title)
        self.twin = twin


def check_regulation(facts: RegulationFacts, *, this_year: int) -> None:
    """Number, year, subject and link make sense."""
    if facts.kind not in RegulationKind:
        raise UserError(N_("Pilih jenis peraturan."))
    if not _NUMBER.fullmatch(facts.number) or len(facts.number) > 40:
        raise UserError(
            N_("Nomor “{number}” tidak benar. Tulis nomornya saja, misalnya 20 atau 800/1234."),
            number=facts.number,
        )
    if not FIRST_YEAR <= facts.year <= this_year + 1:
        raise UserError(
            N_("Tahun {year} tidak mungkin; isi antara {first} dan {last}."),
            year=facts.year, first=FIRST_YEAR, last=this_year + 1,
        )  # fmt: skip
    if not facts.subject:
        raise UserError(N_("Isi tentang apa peraturan ini."))
    if facts.link:
        check_link(facts.link)


def check_link(link: str) -> None:
    """An address that begins with https, without a password in it."""
    try:
        URLValidator(schemes=["https"])(link)
    except ValidationError as error:
        raise UserError(
            N_("Tautan “{link}” tidak benar. Tulis alamat lengkap yang berawalan https://."),
            link=link[:80],
        ) from error
    if "@" in link.split("/")[2] or len(link) > 500:
        raise UserError(N_("Tautan terlalu panjang, atau memuat nama pengguna dan sandi."))


def check_not_twin(facts: RegulationFacts, twin: Regulation | None, *, other_issuer: bool) -> None:
    """The same kind, number and year only with another issuer, and if the person says so."""
    if twin is None:
        return
    if twin.issuer.casefold() == facts.issuer.casefold():
        raise TwinRegulation(N_("{name} sudah ada dalam daftar."), twin)
    if not other_issuer:
        raise TwinRegulation(
            N_(
                "Nomor dan tahun ini sudah dipakai oleh {name}. Bila penerbitnya memang berbeda, "
                "centang “Penerbitnya berbeda”, lalu simpan lagi."
            ),
            twin,
        )


def check_can_remove(regulation: Regulation, set_names: Collection[str]) -> None:
    """Not while a value set rests on it."""
    if set_names:
        raise UserError(
            N_("{name} masih menjadi dasar set nilai: {sets}. Ubah set nilai itu lebih dahulu."),
            name=regulation.title, sets=", ".join(set_names),
        )  # fmt: skip


def check_pdf(beginning: bytes, size: int) -> None:
    """A PDF by its first bytes, whatever its name says, of at most 20 MB."""
    if size > LARGEST_FILE:
        raise UserError(N_("Berkas lebih besar dari 20 MB. Perkecil, atau pakai tautan saja."))
    if not beginning.startswith(PDF):
        raise UserError(N_("Berkas ini bukan PDF. Simpan naskahnya sebagai PDF, lalu unggah."))


# ------------------------------------------------------------------ value sets


def check_basis(regulation: Regulation, agency: Agency) -> None:
    """The legal basis of a set stands in the register of the same agency."""
    if regulation.agency_id != agency.pk:
        raise UserError(N_("Pilih dasar hukum dari daftar peraturan instansi ini."))


@dataclass(frozen=True)
class BehaviourDraft:
    """A behaviour that a local value asks for."""

    text: str
    text_en: str = ""
    code: str = ""


@dataclass(frozen=True)
class ValueDraft:
    """A local value as it was typed or read from a file."""

    name: str
    meaning: str
    maps_to: tuple[str, ...]
    name_en: str = ""
    meaning_en: str = ""
    code: str = ""
    behaviours: tuple[BehaviourDraft, ...] = ()


@dataclass(frozen=True)
class ValueSetDraft:
    """A value set as it was typed or read from a file."""

    title: str
    values: tuple[ValueDraft, ...]
    title_en: str = ""
    note: str = ""
    note_en: str = ""
    own_draft: bool = False


def check_value_set(draft: ValueSetDraft, national: Mapping[str, str]) -> None:
    """A title, and values with name and meaning that together stand for all of the seven.

    ``national`` has the names of the seven by their ids.
    """
    if not draft.title:
        raise UserError(N_("Isi nama set nilai."))
    if draft.own_draft and not draft.note:
        raise UserError(N_("Set nilai ini ditandai sebagai rancangan; isi catatannya."))
    if not 1 <= len(draft.values) <= MOST_VALUES:
        raise UserError(N_("Isi satu sampai {most} nilai."), most=MOST_VALUES)
    names = [value.name.casefold() for value in draft.values]
    for value in draft.values:
        _check_value(value, national)
        if names.count(value.name.casefold()) > 1:
            raise UserError(N_("Nilai “{name}” ditulis lebih dari sekali."), name=value.name)
    meant = {one for value in draft.values for one in value.maps_to}
    if missing := [name for key, name in national.items() if key not in meant]:
        raise UserError(
            N_("Belum ada nilai yang sejalan dengan: {names}. Ketujuhnya harus terwakili."),
            names=", ".join(missing),
        )


def _check_value(value: ValueDraft, national: Collection[str]) -> None:
    if not value.name:
        raise UserError(N_("Ada nilai tanpa nama."))
    if not value.meaning:
        raise UserError(N_("Isi makna nilai “{name}”."), name=value.name)
    if not value.maps_to or not set(value.maps_to) <= set(national):
        raise UserError(
            N_("Petakan nilai “{name}” ke satu atau beberapa dari tujuh nilai BerAKHLAK."),
            name=value.name,
        )
    if len(value.behaviours) > MOST_BEHAVIOURS:
        raise UserError(
            N_("Nilai “{name}” memuat lebih dari {most} perilaku."),
            name=value.name, most=MOST_BEHAVIOURS,
        )  # fmt: skip


def with_codes(draft: ValueSetDraft) -> ValueSetDraft:
    """Give every value and behaviour that has no good code of its own a new one."""
    taken: set[str] = set()
    values = [replace(v, code=_free(v.code, v.name, "nilai", taken)) for v in draft.values]
    acts: set[str] = set()
    return replace(
        draft,
        values=tuple(
            replace(
                value,
                behaviours=tuple(
                    replace(b, code=_free(b.code, b.text, "perilaku", acts))
                    for b in value.behaviours
                ),
            )
            for value in values
        ),
    )


def set_code(title: str, taken: Collection[str]) -> str:
    """Return a free id for the instrument file of a set called ``title``."""
    words = slugify(title)[:40].strip("-")
    wanted = base = f"nilai-{words}" if words and not words.startswith("nilai") else words
    base = wanted = re.sub(r"[^a-z0-9]+", "-", base or "nilai").strip("-")
    number = 2
    while wanted in taken:
        wanted, number = f"{base}-{number}", number + 1
    return wanted


def _free(code: str, text: str, word: str, taken: set[str]) -> str:
    base = slugify(text).replace("-", "_")[:40].strip("_")
    if not base or not base[0].isalpha():
        base = f"{word}_{base}".strip("_")
    wanted = first = code if _CODE.fullmatch(code) else base
    number = 2
    while wanted in taken:
        wanted, number = f"{first[:55]}_{number}", number + 1
    taken.add(wanted)
    return wanted
