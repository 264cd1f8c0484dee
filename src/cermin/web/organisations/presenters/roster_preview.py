"""The preview of an upload: counts, warnings, and the lines of one kind, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.core.paginator import Page, Paginator
from django.utils.translation import gettext as _

from cermin.core.contacts import mask_email, mask_phone
from cermin.core.nip import mask
from cermin.web.organisations.models import Employee, RosterUpload
from cermin.web.organisations.queries import roster_files
from cermin.web.organisations.queries.roster import masked_nip
from cermin.web.organisations.queries.roster_changes import (
    ADDED,
    ATTRIBUTES,
    CHANGED,
    LEFT,
    MOVED,
)
from cermin.web.organisations.rules.roster import Unusual, warnings_of

BAD = "bad"
CONTACTS_LEFT_EMPTY = "contacts"
PER_PAGE = 50


@dataclass(frozen=True)
class Tab:
    """One kind of line: its word in addresses, its label, how many there are."""

    word: str
    label: str
    n: int


@dataclass(frozen=True)
class Preview:
    """Everything that the page of a read upload shows."""

    tabs: tuple[Tab, ...]
    shown: Tab
    headings: tuple[str, ...]
    rows: list[tuple[object, ...]]
    page: Page[int]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    excluded: Mapping[str, int]
    n_spared: int
    n_warnings: int
    new_units: list[tuple[str, str]]  # name, name of the unit above; of a tree to be made


def preview(upload: RosterUpload, *, n_employees: int, part: str, number: str | None) -> Preview:
    """Return the preview with the lines of ``part`` that stand on page ``number``."""
    facts = roster_files.read_facts(upload)
    tabs = _tabs(upload, facts)
    shown = next((tab for tab in tabs if tab.word == part), _first(tabs))
    names = {code: name for code, name, _parent in facts["units"]}
    files = {BAD: roster_files.PROBLEMS, CONTACTS_LEFT_EMPTY: roster_files.WARNINGS}
    name = files.get(shown.word, shown.word)
    lines = roster_files.read_frame(upload, name)
    page = Paginator(range(lines.height), PER_PAGE).get_page(number)
    part_of_lines = lines.slice(page.start_index() - 1 if lines.height else 0, PER_PAGE)
    headings, rows = _table(shown.word, part_of_lines, names)
    return Preview(
        tabs=tabs, shown=shown, headings=headings, rows=rows, page=page,
        warnings=tuple(_warning(w, upload, n_employees) for w in warnings_of(upload, n_employees)),
        notes=tuple(facts["notes"]), excluded=facts["excluded"], n_spared=facts["n_spared"],
        n_warnings=facts.get("n_warnings", 0),
        new_units=_new_units(facts, names),
    )  # fmt: skip


def _tabs(upload: RosterUpload, facts: dict[str, Any]) -> tuple[Tab, ...]:
    n_warnings = facts.get("n_warnings", 0)
    warned = (Tab(CONTACTS_LEFT_EMPTY, _("Kontak dikosongkan"), n_warnings),) if n_warnings else ()
    return (
        Tab(ADDED, _("Ditambahkan"), upload.n_added),
        Tab(MOVED, _("Pindah unit"), upload.n_moved),
        Tab(CHANGED, _("Berubah"), upload.n_changed),
        Tab(LEFT, _("Keluar"), upload.n_left),
        Tab(BAD, _("Bermasalah"), upload.n_bad),
        *warned,
    )


def _first(tabs: tuple[Tab, ...]) -> Tab:
    """What must be mended is shown first, then whatever there is."""
    order = sorted(tabs, key=lambda tab: tab.word != BAD)
    return next((tab for tab in order if tab.n), tabs[0])


def _warning(warning: Unusual, upload: RosterUpload, n_employees: int) -> str:
    words = {
        Unusual.MANY_LEAVE: _("{n} dari {total} pegawai akan keluar dari daftar."),
        Unusual.MANY_MOVE: _("{n} dari {total} pegawai akan pindah unit."),
    }
    n = upload.n_left if warning is Unusual.MANY_LEAVE else upload.n_moved
    return words[warning].format(n=n, total=n_employees)


def _new_units(facts: dict[str, Any], names: dict[str, str]) -> list[tuple[str, str]]:
    if not facts["made_tree"]:
        return []
    return [(name, names.get(parent, "")) for _code, name, parent in facts["units"]]


# ------------------------------------------------------------------ lines


def _table(
    word: str, lines: pl.DataFrame, units: Mapping[str, str]
) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    makers = {
        ADDED: _added, MOVED: _touched, CHANGED: _touched, LEFT: _left, BAD: _bad,
        CONTACTS_LEFT_EMPTY: _bad,
    }  # fmt: skip
    headings, rows = makers[word](lines.rows(named=True), units)
    return tuple(headings), rows


def _added(
    lines: list[dict[str, Any]], units: Mapping[str, str]
) -> tuple[list[str], list[tuple[object, ...]]]:
    headings = [_("Nama"), _("NIP"), _("Unit"), _("Jenis pegawai"), _("Lembar"), _("Baris")]
    rows: list[tuple[object, ...]] = [
        (line["name"], mask(line["nip"] or ""), units[line["unit"]], line["employment"],
         line["sheet"], line["row"])
        for line in lines
    ]  # fmt: skip
    return headings, rows


def _touched(
    lines: list[dict[str, Any]], units: Mapping[str, str]
) -> tuple[list[str], list[tuple[object, ...]]]:
    headings = [_("Nama"), _("NIP"), _("Perubahan"), _("Lembar"), _("Baris")]
    rows: list[tuple[object, ...]] = [
        (line["name"], mask(line["nip"] or ""), _differences(line, units), line["sheet"],
         line["row"])
        for line in lines
    ]  # fmt: skip
    return headings, rows


def _differences(line: dict[str, Any], units: Mapping[str, str]) -> str:
    labels = {
        "name": _("Nama"), "unit": _("Unit"), "employment": _("Jenis pegawai"),
        "sex": _("Jenis kelamin"), "position_type": _("Jenis jabatan"),
    }  # fmt: skip
    told = [
        f"{labels[a]}: {_said(a, line[f'old_{a}'], units)} → {_said(a, line[a], units)}"
        for a in ATTRIBUTES
        if line[a] != line[f"old_{a}"]
    ]
    if line["new_email"]:
        told.append(_("Surel: kini {address}").format(address=mask_email(line["email"])))
    if line["new_phone"]:
        told.append(_("Nomor HP: kini {number}").format(number=mask_phone(line["phone"])))
    return "; ".join(told)


def _said(attribute: str, value: str, units: Mapping[str, str]) -> str:
    return (units.get(value, value) if attribute == "unit" else value) or "–"


def _left(
    lines: list[dict[str, Any]], units: Mapping[str, str]
) -> tuple[list[str], list[tuple[object, ...]]]:
    known = Employee.objects.in_bulk([line["id"] for line in lines])
    headings = [_("Nama"), _("NIP"), _("Unit"), _("Jenis pegawai")]
    rows: list[tuple[object, ...]] = [
        (
            line["old_name"], masked_nip(known[line["id"]]) if line["id"] in known else "",
            units.get(line["old_unit"], line["old_unit"]), line["old_employment"],
        )
        for line in lines
    ]  # fmt: skip
    return headings, rows


def _bad(
    lines: list[dict[str, Any]], _units: Mapping[str, str]
) -> tuple[list[str], list[tuple[object, ...]]]:
    headings = [_("Lembar"), _("Baris"), _("Kolom"), _("Masalah"), _("Cara memperbaiki")]
    keys = ("sheet", "row", "column", "what", "remedy")
    return headings, [tuple(line[key] for key in keys) for line in lines]
