"""Which column is what: guessed from the headings, shown with its reason, never silent."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import yaml

from cermin.core.errors import UserError
from cermin.intake.headings import ALL_HEADINGS, Field, fold
from cermin.intake.problems import Problems
from cermin.intake.tables import Cells, Table
from cermin.language import _

_NEAR = 0.82  # similarity from which a heading is worth proposing; proposals need a mapping file
_LONGEST_MAPPING = 1 << 20
KINDS = ("roster", "answers", "evidence", "units")


@dataclass(frozen=True)
class Guess:
    """What a column was taken for, and why; ``sure`` is False when a person must confirm."""

    file: str
    sheet: str
    column: str  # letter
    heading: str
    field: str
    reason: str
    sure: bool
    position: int


Columns = Mapping[str, str | None]  # field -> heading; None: the file has no such column


def find_header(table: Table, known: Callable[[str], bool]) -> Table | None:
    """Return the table with the first row that has most known headings; None without any."""
    scores = [sum(1 for cell in row if cell and known(cell)) for row in table.top]
    best = max(scores, default=0)
    return table.with_header(scores.index(best)) if best else None


def guess_columns(
    table: Table,
    fields: Sequence[Field],
    problems: Problems,
    *,
    mapping: Columns | None = None,
) -> list[Guess]:
    """Return one guess per field found; conflicts, gaps and doubts become problems.

    A field that ``mapping`` names is taken from there; None there means the file has no such
    column.
    """
    guesses: list[Guess] = []
    for field in fields:
        if mapping is not None and field.id in mapping:
            guess = _mapped(table, field, mapping[field.id], problems)
        else:
            guess = _guessed(table, field, {g.position for g in guesses}, problems)
        if guess is not None:
            guesses.append(guess)
        elif field.required:
            _report_missing(table, field, problems)
    _report_doubts(table, guesses, problems)
    return guesses


def duplicated_headings(headings: Cells) -> dict[str, list[int]]:
    """Return positions of each folded heading that stands more than once."""
    seen: dict[str, list[int]] = {}
    for position, heading in enumerate(headings):
        if heading and fold(heading):
            seen.setdefault(fold(heading), []).append(position)
    return seen


def _mapped(table: Table, field: Field, heading: str | None, problems: Problems) -> Guess | None:
    if heading is None:
        return None
    positions = duplicated_headings(table.headings).get(fold(heading), [])
    if len(positions) == 1:
        return _guess(table, positions[0], field, _("ditetapkan berkas pemetaan"), sure=True)
    if positions:
        _report_conflict(table, field, positions, problems)
        return _guess(table, positions[0], field, _("ditetapkan berkas pemetaan"), sure=True)
    problems.add(
        _("pemetaan tidak cocok"),
        _("Berkas pemetaan menyebut kolom “{heading}”, tetapi kolom itu tidak ada.").format(
            heading=heading
        ),
        _("Samakan judul di berkas pemetaan dengan judul di tabel, atau hapus barisnya."),
        file=table.file,
        sheet=table.sheet,
        row=table.header_row,
        column=heading,
    )
    return _guess(table, 0, field, _("ditetapkan berkas pemetaan"), sure=True)


def _guessed(table: Table, field: Field, taken: set[int], problems: Problems) -> Guess | None:
    by_heading = duplicated_headings(table.headings)
    for known in field.headings:
        positions = [p for p in by_heading.get(fold(known), []) if p not in taken]
        if len(positions) > 1:
            _report_conflict(table, field, positions, problems)
        if positions:
            reason = _("judul “{heading}” dikenal").format(heading=table.headings[positions[0]])
            return _guess(table, positions[0], field, reason, sure=True)
    best = max(
        (
            (SequenceMatcher(None, fold(known), folded).ratio(), positions[0])
            for folded, positions in by_heading.items()
            for known in field.headings
            if positions[0] not in taken
        ),
        default=(0.0, 0),
    )
    if best[0] < _NEAR or _is_known_elsewhere(table, best[1], field):
        return None
    reason = _("judul mirip “{known}”").format(known=field.headings[0])
    return _guess(table, best[1], field, reason, sure=False)


def _is_known_elsewhere(table: Table, position: int, field: Field) -> bool:
    """Whether the column says plainly that it is something else (NAMA is not NAMA UNIT)."""
    folded = fold(table.headings[position] or "")
    known = {fold(heading) for heading in ALL_HEADINGS} - {fold(h) for h in field.headings}
    return folded in known


def _guess(table: Table, position: int, field: Field, reason: str, *, sure: bool) -> Guess:
    return Guess(
        file=table.file,
        sheet=table.sheet,
        column=table.letter(position),
        heading=table.headings[position] or "",
        field=field.id,
        reason=reason,
        sure=sure,
        position=position,
    )


# ------------------------------------------------------------------ problems


def _remedy() -> str:
    return _("Sebutkan kolom yang benar di berkas pemetaan (--mapping).")


def _report_conflict(
    table: Table, field: Field, positions: Sequence[int], problems: Problems
) -> None:
    columns = ", ".join(table.letter(p) for p in positions)
    problems.add(
        _("judul kolom ganda"),
        _("Kolom {columns} sama-sama berjudul {title}.").format(columns=columns, title=field.title),
        _("Hapus atau ganti judul kolom yang tidak dipakai."),
        file=table.file,
        sheet=table.sheet,
        row=table.header_row,
        column=table.headings[positions[0]] or "",
    )


def _report_missing(table: Table, field: Field, problems: Problems) -> None:
    problems.add(
        _("kolom tidak ditemukan"),
        _("Kolom {title} tidak ditemukan.").format(title=field.title),
        _remedy(),
        file=table.file,
        sheet=table.sheet,
        row=table.header_row,
        column=field.title,
    )


def _report_doubts(table: Table, guesses: Sequence[Guess], problems: Problems) -> None:
    for guess in guesses:
        if not guess.sure:
            problems.add(
                _("tebakan kolom meragukan"),
                _("Kolom “{heading}” mungkin {field} ({reason}).").format(
                    heading=guess.heading, field=guess.field, reason=guess.reason
                ),
                _remedy(),
                file=table.file,
                sheet=table.sheet,
                row=table.header_row,
                column=guess.heading,
            )


# ------------------------------------------------------------------ mapping files


def write_mapping(guesses: Sequence[Guess], kind: str, path: Path) -> None:
    """Write guesses of one kind of file as a mapping file to check and give back."""
    known = read_mapping(path) if path.exists() else {}
    lines: dict[str, str | None] = {guess.field: guess.heading for guess in guesses}
    content = {**{k: dict(v) for k, v in known.items()}, kind: lines}
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1_000)
    path.write_text(_("# Pemetaan kolom: nama isian: judul kolom di berkas") + "\n" + text, "utf-8")


def read_mapping(path: Path) -> dict[str, Columns]:
    """Return the mapping of each kind of file; raise UserError when it is not one."""
    if not path.is_file() or path.stat().st_size > _LONGEST_MAPPING:
        raise UserError("Berkas pemetaan {path} tidak ada atau terlalu besar.", path=path.name)
    try:
        content = yaml.safe_load(path.read_text("utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError("Berkas pemetaan {path} bukan YAML yang sah.", path=path.name) from error
    if not isinstance(content, dict) or not all(_is_mapping(*pair) for pair in content.items()):
        raise UserError(
            "Berkas pemetaan {path} harus berisi bagian {kinds}, masing-masing berbentuk "
            "“isian: judul kolom”.",
            path=path.name,
            kinds=", ".join(KINDS),
        )
    return content


def _is_mapping(kind: object, lines: object) -> bool:
    return (
        kind in KINDS
        and isinstance(lines, dict)
        and all(isinstance(k, str) and (v is None or isinstance(v, str)) for k, v in lines.items())
    )


def strip_number(heading: str) -> str:
    """Return a question without a leading "12." or "12)"."""
    return re.sub(r"^\s*\d{1,3}\s*[.)]\s*", "", heading)
