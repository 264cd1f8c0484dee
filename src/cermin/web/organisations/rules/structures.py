"""History of the tree: which years may begin, and what became of each unit. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from cermin.core.errors import UserError
from cermin.core.population import Unit
from cermin.language import N_
from cermin.web.organisations.models import Agency
from cermin.web.organisations.rules import Member, check_owner

Lineage = Mapping[str, str | None]  # code then -> code later; None for a closed unit
FIRST_YEAR = 2021  # the seven values were launched


def check_can_start_year(
    by: Member, agency: Agency, *, year: int, years: Collection[int], this_year: int
) -> None:
    """Owners, for a year after all others that is not far away."""
    check_owner(by, agency)
    if year in years:
        raise UserError(N_("Struktur unit tahun {year} sudah ada."), year=year)
    if years and year < max(years):
        raise UserError(
            N_("Struktur unit tahun {newest} sudah ada; tahun {year} tidak dapat disisipkan."),
            newest=max(years),
            year=year,
        )
    if not FIRST_YEAR <= year <= this_year + 1:
        raise UserError(
            N_("Isi tahun antara {first} dan {last}."), first=FIRST_YEAR, last=this_year + 1
        )


# ------------------------------------------------------------------ lineage


def step(before: Iterable[str], now: Collection[str], successors: Lineage) -> dict[str, str | None]:
    """Return what became of each code of one year in the next; never a code that is not there."""
    kept = frozenset(now)
    became: dict[str, str | None] = {}
    for code in before:
        successor = code if code in kept else successors.get(code)
        became[code] = successor if successor in kept else None
    return became


def compose(first: Lineage, second: Lineage) -> dict[str, str | None]:
    """Return what became of each unit after both steps."""
    return {code: None if middle is None else second.get(middle) for code, middle in first.items()}


def redirected(
    successors: Mapping[str, str], gone: Collection[str], target: str | None
) -> dict[str, str | None]:
    """Return the rows whose successor is ``gone``, now leading to ``target``: chains resolve."""
    return {code: target for code, successor in successors.items() if successor in gone}


# ------------------------------------------------------------------ changes


class Change(StrEnum):
    """What became of a unit between two years."""

    KEPT = "kept"
    RENAMED = "renamed"
    MOVED = "moved"
    RENAMED_AND_MOVED = "renamed_and_moved"
    MERGED = "merged"
    CLOSED = "closed"
    NEW = "new"


@dataclass(frozen=True)
class UnitChange:
    """One unit in two years; None where it was not there."""

    code: str
    change: Change
    before: Unit | None
    now: Unit | None
    successor: Unit | None = None  # of a merged unit


def changes_between(
    before: Iterable[Unit], now: Iterable[Unit], successors: Lineage
) -> list[UnitChange]:
    """Return a row for every unit of either year: those there now in order, then those gone."""
    old = {unit.id: unit for unit in before}
    new = {unit.id: unit for unit in now}
    rows = [
        UnitChange(code, _change(old.get(code), u), old.get(code), u) for code, u in new.items()
    ]
    for code, became in step(old, new, successors).items():
        if code not in new:
            change = Change.CLOSED if became is None else Change.MERGED
            successor = None if became is None else new[became]
            rows.append(UnitChange(code, change, old[code], None, successor))
    return rows


def _change(before: Unit | None, now: Unit) -> Change:
    if before is None:
        return Change.NEW
    renamed, moved = before.name != now.name, before.parent != now.parent
    if renamed and moved:
        return Change.RENAMED_AND_MOVED
    if renamed:
        return Change.RENAMED
    return Change.MOVED if moved else Change.KEPT
