"""A tree from a file against the tree there is: what would change, and what would become of whom.

Pure. Units are those of the core: their ids are the codes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from enum import StrEnum

from cermin.core.errors import UserError
from cermin.core.population import Unit
from cermin.intake.headings import fold
from cermin.intake.roster_units import slug
from cermin.intake.units import index_of
from cermin.language import N_
from cermin.web.organisations.rules.units import check_can_close, check_shape, free_code

MOST_UNITS = 10_000
MOST_MISSING = 500  # a choice for each must fit one page


class Fate(StrEnum):
    """What becomes of a unit that the file lacks."""

    KEEP = "keep"
    CLOSE = "close"
    MERGE = "merge"


@dataclass(frozen=True)
class Choice:
    """What the person chose for one missing unit; ``into`` is the code it is merged into."""

    fate: Fate
    into: str = ""


Choices = Mapping[str, Choice]


@dataclass(frozen=True)
class TreeDifference:
    """What the file changes; pairs are (before, after)."""

    added: tuple[Unit, ...]
    renamed: tuple[tuple[Unit, Unit], ...]
    moved: tuple[tuple[Unit, Unit], ...]
    missing: tuple[Unit, ...]
    n_same: int

    @property
    def is_empty(self) -> bool:
        """Whether units, names and parents are all the same."""
        return not (self.added or self.renamed or self.moved or self.missing)


def aligned(
    wanted: Iterable[Unit], current: Sequence[Unit], taken: Collection[str]
) -> tuple[Unit, ...]:
    """Return the file's units under the codes that the tree already uses for them.

    Codes that differ in case or punctuation only are the same. A unit without a code in the file
    (its id is its name) is found by its name; a new one gets a code made from its name.
    """
    units = tuple(wanted)
    known = {fold(unit.id): unit.id for unit in current}
    names = index_of(current)
    codes = {u.id: known.get(fold(u.id), u.id) for u in units if u.id != u.name}
    for unit in units:
        if unit.id in codes:
            continue
        code = known.get(fold(unit.id)) or names.lookup(unit.name)
        used = {*codes.values()}
        if code is None or code in used:
            code = free_code(slug(unit.name), {*taken, *used})
        codes[unit.id] = code
    return tuple(
        Unit(codes[u.id], " ".join(u.name.split()), codes[u.parent] if u.parent else None)
        for u in units
    )


def difference(current: Sequence[Unit], wanted: Sequence[Unit]) -> TreeDifference:
    """Return what ``wanted`` changes in ``current``."""
    now = {unit.id: unit for unit in current}
    later = {unit.id for unit in wanted}
    pairs = [(now[unit.id], unit) for unit in wanted if unit.id in now]
    return TreeDifference(
        added=tuple(unit for unit in wanted if unit.id not in now),
        renamed=tuple((old, new) for old, new in pairs if old.name != new.name),
        moved=tuple((old, new) for old, new in pairs if old.parent != new.parent),
        missing=tuple(unit for unit in current if unit.id not in later),
        n_same=sum(old == new for old, new in pairs),
    )


def planned_tree(
    current: Sequence[Unit],
    wanted: Sequence[Unit],
    choices: Choices,
    people: Mapping[str, int],
) -> list[Unit]:
    """Return the tree after the import, kept units last; refuse choices that leave loose ends."""
    missing = difference(current, wanted).missing
    if {unit.id for unit in missing} != set(choices):
        raise UserError(N_("Pilih apa yang terjadi dengan setiap unit yang tidak ada di berkas."))
    kept = [unit for unit in missing if choices[unit.id].fate is Fate.KEEP]
    remaining = {unit.id for unit in [*wanted, *kept]}
    for unit in missing:
        _check_choice(unit, choices[unit.id], remaining, people)
    names = {unit.id: unit.name for unit in current}
    tree = [
        *wanted,
        *(Unit(u.id, u.name, _parent_of_kept(u, choices, names)) for u in kept),
    ]
    check_shape({u.id: u.parent for u in tree}, {u.id: u.name for u in tree})
    return tree


def _check_choice(
    unit: Unit, choice: Choice, remaining: Collection[str], people: Mapping[str, int]
) -> None:
    if choice.fate is Fate.CLOSE:
        check_can_close(name=unit.name, n_people=people.get(unit.id, 0), n_children=0)
    if choice.fate is Fate.MERGE and choice.into not in remaining:
        raise UserError(
            N_("“{name}” harus digabung ke unit yang tetap ada setelah impor."), name=unit.name
        )


def _parent_of_kept(unit: Unit, choices: Choices, names: Mapping[str, str]) -> str | None:
    if unit.parent is None or unit.parent not in choices:
        return unit.parent
    choice = choices[unit.parent]
    if choice.fate is Fate.CLOSE:
        raise UserError(
            N_("“{name}” dipertahankan, tetapi induknya “{parent}” ditutup. Gabungkan induknya."),
            name=unit.name,
            parent=names[unit.parent],
        )
    return choice.into if choice.fate is Fate.MERGE else unit.parent


def fingerprint(units: Sequence[Unit]) -> str:
    """Return a text that changes with every change of the tree."""
    content = json.dumps([astuple(unit) for unit in units], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()
