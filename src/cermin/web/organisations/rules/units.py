"""The shape of the tree of units: what may be changed, and what a change does. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Set
from dataclasses import dataclass
from typing import TypeVar

from cermin.core.errors import UserError
from cermin.intake.headings import fold
from cermin.language import N_
from cermin.web.organisations.models import Structure
from cermin.web.organisations.rules import Member, check_can_edit_structure

DEEPEST = 60  # levels; no agency has so many, and a deeper file is a mistake or an attack
LONGEST_CODE = 60
LONGEST_NAME = 200

K = TypeVar("K", bound=Hashable)
Parents = Mapping[int, int | None]  # unit -> unit above it


@dataclass(frozen=True)
class Headcount:
    """People of one unit: its own, and with those of all units below it."""

    own: int
    total: int


def check_can_edit_tree(by: Member, structure: Structure, *, newest_year: int) -> None:
    """Owners, on the newest year's tree, while it is not frozen."""
    check_can_edit_structure(by, structure)
    if structure.year != newest_year:
        raise UserError(
            N_("Struktur tahun {year} sudah menjadi riwayat; ubahlah struktur tahun {newest}."),
            year=structure.year,
            newest=newest_year,
        )


def clean_name(name: str) -> str:
    """Return ``name`` on one line without needless spaces; refuse none and too long ones."""
    clean = " ".join(name.split())
    if not clean:
        raise UserError(N_("Nama unit tidak boleh kosong."))
    if len(clean) > LONGEST_NAME:
        raise UserError(N_("Nama unit paling panjang {n} huruf."), n=LONGEST_NAME)
    return clean


def check_code(code: str, taken: Iterable[str]) -> None:
    """Codes are told apart as intake does: without case, spaces and punctuation."""
    if not fold(code) or code != " ".join(code.split()) or len(code) > LONGEST_CODE:
        raise UserError(
            N_("Kode unit harus memuat huruf atau angka dan paling panjang {n} huruf."),
            n=LONGEST_CODE,
        )
    same = next((other for other in taken if fold(other) == fold(code)), None)
    if same is not None:
        raise UserError(
            N_("Kode “{code}” sama dengan kode “{same}” yang sudah dipakai; pilih kode lain."),
            code=code,
            same=same,
        )


def free_code(wanted: str, taken: Iterable[str]) -> str:
    """Return ``wanted``, or the first of ``wanted-2``, ``wanted-3``, … that is not taken."""
    used = {fold(code) for code in taken}
    code, number = wanted[:LONGEST_CODE], 1
    while fold(code) in used:
        number += 1
        tail = f"-{number}"
        code = wanted[: LONGEST_CODE - len(tail)] + tail
    return code


def check_shape(parents: Mapping[K, K | None], names: Mapping[K, str]) -> None:
    """No unit stands below itself, and none too deep."""
    depths: dict[K, int] = {}
    for unit in parents:
        way: list[K] = []
        above: K | None = unit
        while above is not None and above not in depths:
            if above in way:
                raise UserError(
                    N_("Unit “{name}” tidak dapat ditempatkan di bawah dirinya sendiri."),
                    name=names[above],
                )
            way.append(above)
            above = parents[above]
        for passed in reversed(way):
            above = parents[passed]
            depths[passed] = 1 + (depths[above] if above is not None else 0)
    if max(depths.values(), default=0) > DEEPEST:
        raise UserError(N_("Pohon unit paling dalam {n} tingkat."), n=DEEPEST)


def check_can_close(*, name: str, n_people: int, n_children: int) -> None:
    """A closed unit leaves nobody and nothing behind."""
    if n_people:
        raise UserError(
            N_(
                "“{name}” masih mempunyai {n} pegawai. Pindahkan pegawainya lewat daftar pegawai, "
                "atau gabungkan unit ini ke unit lain."
            ),
            name=name,
            n=n_people,
        )
    if n_children:
        raise UserError(
            N_(
                "“{name}” masih mempunyai {n} unit di bawahnya. Pindahkan atau tutup unit itu "
                "lebih dahulu."
            ),
            name=name,
            n=n_children,
        )


def check_can_merge(sources: Set[int], target: int) -> None:
    """At least one unit goes, and the one that they become stays."""
    if not sources:
        raise UserError(N_("Pilih paling sedikit satu unit yang digabungkan."))
    if target in sources:
        raise UserError(N_("Unit tidak dapat digabungkan ke dirinya sendiri."))


def below(parents: Parents, unit: int) -> frozenset[int]:
    """Return ``unit`` and everything below it."""
    children: dict[int | None, list[int]] = {}
    for child, parent in parents.items():
        children.setdefault(parent, []).append(child)
    found, waiting = {unit}, [unit]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return frozenset(found)


def merged_parents(parents: Parents, sources: Set[int], target: int) -> dict[int, int | None]:
    """Return the new parent of every unit that a merge moves.

    Children of the merged units go below the target. Where the target itself stands below one
    of them, it and the units between rise to the nearest unit that remains: else it would end
    below itself.
    """
    above_target = _way_up(parents, target)
    moved: dict[int, int | None] = {}
    for unit, parent in parents.items():
        if unit in sources or parent not in sources:
            continue
        rises = unit == target or unit in above_target
        remaining = next((u for u in _way_up(parents, unit) if u not in sources), None)
        moved[unit] = remaining if rises else target
    return moved


def _way_up(parents: Parents, unit: int) -> list[int]:
    way: list[int] = []
    above = parents[unit]
    while above is not None:
        way.append(above)
        above = parents[above]
    return way


def headcounts(parents: Parents, own: Mapping[int, int]) -> dict[int, Headcount]:
    """Return the people of every unit, its own and with those of all units below it."""
    totals = {unit: own.get(unit, 0) for unit in parents}
    for unit in _leaves_first(parents):
        above = parents[unit]
        if above is not None:
            totals[above] += totals[unit]
    return {unit: Headcount(own.get(unit, 0), total) for unit, total in totals.items()}


def _leaves_first(parents: Parents) -> list[int]:
    waiting = dict.fromkeys(parents, 0)
    for above in parents.values():
        if above is not None:
            waiting[above] += 1
    order = [unit for unit, children in waiting.items() if not children]
    for unit in order:  # grows while it is read
        above = parents[unit]
        if above is not None:
            waiting[above] -= 1
            if not waiting[above]:
                order.append(above)
    return order


def placed(siblings: list[int], unit: int, position: int | None) -> list[int]:
    """Return ``siblings`` with ``unit`` at ``position`` (from 1), or last without one."""
    others = [sibling for sibling in siblings if sibling != unit]
    index = len(others) if position is None else max(0, min(position - 1, len(others)))
    return [*others[:index], unit, *others[index:]]
