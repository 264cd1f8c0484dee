"""The tree as pages and files show it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from cermin.core.population import Unit as FrameUnit
from cermin.intake.templates import write_template
from cermin.web.organisations.models import Unit
from cermin.web.organisations.rules.units import Headcount

_INDENTED = 5  # deeper units are told by their number of levels as well
UNIT_HEADINGS = ("Kode", "Nama", "Kode Induk")  # as intake reads them, whatever the language


@dataclass(frozen=True)
class UnitRow:
    """One line of the tree."""

    id: int
    code: str
    name: str
    depth: int
    path: str  # names of the units above
    people: Headcount
    contact: str

    @property
    def level(self) -> int:
        """The level to tell in words, counted from 1; 0 where the indent tells it."""
        return self.depth + 1 if self.depth > _INDENTED else 0


def unit_rows(
    units: Sequence[Unit],
    paths: Mapping[int, str],
    counts: Mapping[int, Headcount],
    contacts: Mapping[str, str],
) -> list[UnitRow]:
    """Return the lines of ``units``, which carry their depth in the tree."""
    nobody = Headcount(0, 0)
    return [
        UnitRow(
            unit.pk, unit.code, unit.name, unit.tree_depth, paths[unit.pk],
            counts.get(unit.pk, nobody), contacts.get(unit.code, ""),
        )
        for unit in units
    ]  # fmt: skip


def matching(units: Sequence[Unit], text: str) -> list[Unit]:
    """Return the units whose name or code contains ``text``, or all without one."""
    wanted = text.casefold()
    return [u for u in units if wanted in u.name.casefold() or wanted in u.code.casefold()]


def unit_choices(units: Sequence[Unit]) -> list[tuple[str, str]]:
    """Return the units for a list to choose from, moved in by their depth."""
    return [
        (str(unit.pk), "\u2003" * unit.tree_depth + f"{unit.name} ({unit.code})") for unit in units
    ]


def file_rows(units: Sequence[FrameUnit]) -> list[tuple[str, str, str]]:
    """Return the tree as rows that can be imported again unchanged."""
    return [(unit.id, unit.name, unit.parent or "") for unit in units]


def unit_template() -> bytes:
    """Return the empty file to fill in."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "unit.xlsx"
        write_template("units", path)
        return path.read_bytes()


def ending_lines(*, n_people: int, n_children: int, n_contacts: int, target: str) -> list[str]:
    """Say what a merge into ``target`` moves."""
    return [
        _("{n} pegawai pindah ke “{target}”.").format(n=n_people, target=target),
        _("{n} unit di bawahnya pindah ke bawah “{target}”.").format(n=n_children, target=target),
        _("{n} penugasan penghubung unit pindah ke “{target}”.").format(
            n=n_contacts, target=target
        ),
    ]
