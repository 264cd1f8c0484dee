"""What a cycle needs before it may be scheduled and opened, in the words of what is missing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from cermin.core.errors import UserError
from cermin.core.exposure import THRESHOLD
from cermin.core.sampling import minimum_respondents
from cermin.core.scheme import Method, MinimumRule
from cermin.language import N_
from cermin.web.cycles.models import PhaseKind
from cermin.web.cycles.rules.dates import Plan, check_plan, missing_kinds


@dataclass(frozen=True)
class MinimumChoice:
    """How many respondents are asked for: a rule, its margin of error, or the number itself."""

    rule: MinimumRule
    margin: float
    entered: int | None


@dataclass(frozen=True)
class SetUp:
    """What an owner chooses for a cycle; ids of instruments name files that never change."""

    name: str
    method: str
    worksheet: str
    sections: tuple[str, ...]
    minimum: MinimumChoice
    unit_minimum: MinimumChoice
    threshold: int
    crossing: str
    plan: Plan


@dataclass(frozen=True)
class House:
    """What stands in the agency's house for the year of a cycle."""

    year: int
    has_structure: bool
    n_units: int
    n_people: int


def lowest_threshold(method: Method) -> int:
    """Return the threshold below which no cycle may go: the method's, never under the site's."""
    return max(THRESHOLD, method.threshold)


def check_set_up(
    chosen: SetUp, method: Method, year: int, worksheets: Collection[str], sections: Collection[str]
) -> None:
    """Choices that fit the method and each other; a draft may still lack dates and numbers."""
    if not chosen.name.strip():
        raise UserError(N_("Isi nama periode."))
    if chosen.worksheet and chosen.worksheet not in worksheets:
        raise UserError(N_("Lembar kerja itu tidak tersedia untuk metode ini."))
    if not set(chosen.sections) <= set(sections):
        raise UserError(N_("Bagian tambahan itu tidak tersedia."))
    if chosen.threshold < lowest_threshold(method):
        raise UserError(
            N_("Ambang penyajian boleh dinaikkan, tetapi tidak boleh di bawah {n} jawaban."),
            n=lowest_threshold(method),
        )
    if not 0 < chosen.minimum.margin < 1:
        raise UserError(N_("Batas kesalahan harus di antara 0 dan 100 persen."))
    check_plan(chosen.plan, year)


def lacking(
    house: House, chosen: SetUp, kinds: Collection[PhaseKind], method: Method
) -> list[UserError]:
    """Return everything that must still be done before the cycle can be scheduled."""
    found = [*_lacking_in_house(house)]
    found += [
        UserError(N_("Tanggal {phase} belum diisi."), phase=kind.label)
        for kind in missing_kinds(chosen.plan, kinds)
    ]
    if method.evidence_weight > 0 and not chosen.worksheet:
        found.append(UserError(N_("Metode ini menghitung bukti dukung; pilih lembar kerjanya.")))
    for choice in (chosen.minimum, chosen.unit_minimum):
        if choice.rule is MinimumRule.ENTERED and not choice.entered:
            found.append(UserError(N_("Jumlah minimum responden belum diisi.")))
    try:
        check_plan(chosen.plan, house.year)
    except UserError as error:
        found.append(error)
    return found


def _lacking_in_house(house: House) -> list[UserError]:
    year = str(house.year)
    if not house.has_structure:
        return [UserError(N_("Struktur unit tahun {year} belum dibuat."), year=year)]
    if house.n_units == 0:
        return [UserError(N_("Struktur unit tahun {year} belum berisi unit."), year=year)]
    if house.n_people == 0:
        return [
            UserError(N_("Daftar pegawai untuk struktur tahun {year} masih kosong."), year=year)
        ]
    return []


def minimum_of(method: Method, choice: MinimumChoice, population: int) -> int | None:
    """Return the minimum under ``choice``, or None where none is asked or still to be entered."""
    if choice.rule is MinimumRule.ENTERED and choice.entered is None:
        return None
    margin = None if choice.rule is MinimumRule.ENTERED else choice.margin
    asked = replace(method, minimum_rule=choice.rule, minimum_parameter=margin)
    return minimum_respondents(asked, population, entered=choice.entered)


def unit_minimum_of(method: Method, choice: MinimumChoice, population: int) -> int | None:
    """Return the minimum of one unit; a number for all asks a small unit for no more than all."""
    minimum = minimum_of(method, choice, population)
    return None if minimum is None else min(minimum, population)
