"""Answers from Cermin's template, Google Forms, LimeSurvey or Kobo, as rows for a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa

from cermin.core.population import Unit
from cermin.core.scheme import Item, ItemKind, Questionnaire
from cermin.intake.categories import STRATUM_CATEGORIES
from cermin.intake.formats import Limits
from cermin.intake.headings import UNIT, UNIT_CODE
from cermin.intake.labels import chosen_of, code_of, shown_choices, tick_of
from cermin.intake.mapping import Columns, Guess, find_header, guess_columns
from cermin.intake.problems import Problems
from cermin.intake.questions import (
    FIELDS,
    Question,
    by_order,
    doubled_questions,
    guess_questions,
    heading_keys,
    known_headings,
    left_unread,
    order_guess,
)
from cermin.intake.tables import Table, open_tables, read_columns
from cermin.intake.units import index_of
from cermin.language import _

_NAMED_ROWS = 10


@dataclass(frozen=True)
class AnswerSheet:
    """Answers with the ids of units; no times, identities or comments.

    ``rows`` has unit, the strata found, and one Int8 column per column of the questionnaire.
    """

    rows: pl.DataFrame
    stratum_variables: tuple[str, ...]
    guesses: tuple[Guess, ...]
    notes: tuple[str, ...]
    rows_empty: int = 0  # rows without a single answer, left out

    def table(self, agency: str, strata: Sequence[str]) -> pa.Table:
        """Return the rows for a snapshot with the chosen strata."""
        items = [c for c in self.rows.columns if c not in ("unit", *self.stratum_variables)]
        rows = self.rows.select(pl.lit(agency).alias("agency"), "unit", *strata, *items)
        return rows.to_arrow()


def read_answers(
    path: Path,
    problems: Problems,
    *,
    questionnaire: Questionnaire,
    units: Sequence[Unit],
    mapping: Columns | None = None,
    limits: Limits | None = None,
) -> AnswerSheet | None:
    """Return the answers in ``path``, or None when they cannot be read; see ``problems``."""
    tables, notes = open_tables(path, problems, limits or Limits())
    known = known_headings(questionnaire, mapping)
    headed = [
        found
        for table in tables
        if (found := find_header(table, lambda h: any(k in known for k in heading_keys(h))))
    ]
    # A guide sheet may mention a word that is also a heading; answers have most headings.
    table = max(headed, key=lambda t: len(guess_questions(t, questionnaire, set(), mapping)),
                default=None)  # fmt: skip
    if table is None:
        if tables:
            _add_no_headings(problems, path)
        return None
    notes += _other_sheets(tables, table)
    guesses = guess_columns(table, FIELDS, problems, mapping=mapping)
    questions = _questions(table, questionnaire, guesses, mapping, problems)
    if not _has_needed(table, guesses, questions, questionnaire, problems):
        return None
    columns = {g.field: g.position for g in guesses}
    columns |= {q.guess.field: q.guess.position for q in questions}
    notes += _unread_notes(table, set(columns.values()))
    told = read_columns(table, columns, problems)
    frame = _answered(table, told, questions, notes)
    empty = told.height - frame.height
    frame = _with_units(table, frame, units, problems)
    frame = _with_strata(table, frame, problems)
    frame = _with_codes(table, frame, questions, problems)
    strata = tuple(name for name in STRATUM_CATEGORIES if name in frame.columns)
    wanted = [c.name for c in questionnaire.columns]
    return AnswerSheet(
        rows=frame.select("unit", *strata, *(w for w in wanted if w in frame.columns)),
        stratum_variables=strata,
        guesses=(*guesses, *(question.guess for question in questions)),
        notes=tuple(notes),
        rows_empty=empty,
    )


# ------------------------------------------------------------------ columns


def _questions(
    table: Table,
    questionnaire: Questionnaire,
    guesses: list[Guess],
    mapping: Columns | None,
    problems: Problems,
) -> list[Question]:
    taken = {guess.position for guess in guesses}
    questions = guess_questions(table, questionnaire, taken, mapping)
    for field, letters in doubled_questions(questions):
        problems.add(
            _("judul kolom ganda"),
            _("Kolom {columns} sama-sama berisi butir {item}.").format(
                columns=", ".join(letters), item=field
            ),
            _("Hapus kolom yang tidak dipakai atau sebutkan kolomnya di berkas pemetaan."),
            file=table.file, sheet=table.sheet, row=table.header_row, column=field,
        )  # fmt: skip
    return questions


def _has_needed(
    table: Table,
    guesses: list[Guess],
    questions: list[Question],
    questionnaire: Questionnaire,
    problems: Problems,
) -> bool:
    place = {"file": table.file, "sheet": table.sheet}
    remedy = _("Sebutkan kolom yang benar di berkas pemetaan (--mapping).")
    found = {guess.field for guess in guesses}
    complete = bool(found & {UNIT.id, UNIT_CODE.id})
    if not complete:
        problems.add(
            _("kolom tidak ditemukan"),
            _("Kolom {title} tidak ditemukan.").format(title=UNIT.title),
            remedy, row=table.header_row, column=UNIT.title, **place,
        )  # fmt: skip
    have = {question.item.id for question in questions}
    missing = [
        item for item in questionnaire.items
        if item.kind is not ItemKind.COMMENT and item.id not in have
    ]  # fmt: skip
    taken = {g.position for g in guesses} | {q.guess.position for q in questions}
    doubtful = by_order(table, questionnaire, taken) if missing and not questions else None
    for item, position in doubtful or []:
        guess = order_guess(table, item, position)
        problems.add(
            _("tebakan kolom meragukan"),
            _("Kolom “{heading}” mungkin butir {item} ({reason}).").format(
                heading=guess.heading, item=item.id, reason=guess.reason
            ),
            remedy, row=table.header_row, column=guess.heading, **place,
        )  # fmt: skip
    for item in [] if doubtful else missing:
        problems.add(
            _("butir tidak ditemukan"),
            _("Tidak ada kolom untuk butir {item}: “{text}”").format(
                item=item.id, text=item.text.id
            ),
            remedy, row=table.header_row, column=item.id, **place,
        )  # fmt: skip
    return complete and not missing


def _unread_notes(table: Table, read: set[int]) -> list[str]:
    texts = (
        _("{file}: kolom identitas tidak dibaca: {headings}."),
        _("{file}: kolom waktu tidak dibaca: {headings}."),
        _("{file}: kolom lain tidak dibaca: {headings}."),
    )
    return [
        text.format(file=table.file, headings=", ".join(headings))
        for text, headings in zip(texts, left_unread(table, read), strict=True)
        if headings
    ]


def _other_sheets(tables: Sequence[Table], chosen: Table) -> list[str]:
    return [
        _("{file}: lembar {sheet} tidak dibaca.").format(file=table.file, sheet=table.sheet)
        for table in tables
        if table.sheet != chosen.sheet
    ]


# ------------------------------------------------------------------ rows


def _answered(
    table: Table, frame: pl.DataFrame, questions: list[Question], notes: list[str]
) -> pl.DataFrame:
    """Leave out rows without a single answer (opened and never sent), and say which."""
    empty = frame.filter(
        pl.all_horizontal(pl.col([question.guess.field for question in questions]).is_null())
    )
    if not empty.is_empty():
        rows = ", ".join(map(str, empty["row"].head(_NAMED_ROWS)))
        more = ", …" if empty.height > _NAMED_ROWS else ""
        notes.append(
            _("{file}: {n} baris tanpa satu pun jawaban dilewati (baris {rows}).").format(
                file=table.file, n=empty.height, rows=rows + more
            )
        )
    return frame.join(empty.select("row"), on="row", how="anti", maintain_order="left")


def _with_units(
    table: Table, frame: pl.DataFrame, units: Sequence[Unit], problems: Problems
) -> pl.DataFrame:
    if not units:  # the roster could not be read: one cause, one problem
        return frame.with_columns(pl.lit(None, pl.String).alias("unit"))
    index = index_of(units)
    typed = pl.coalesce(pl.col([n for n in (UNIT_CODE.id, UNIT.id) if n in frame.columns]))
    frame = frame.with_columns(typed.alias("typed"))
    meaning = {text: index.lookup(text) for text in frame["typed"].unique() if text}
    trouble = {text: index.trouble(text) for text, unit in meaning.items() if unit is None}
    lost = frame.filter(pl.col("typed").is_null() | pl.col("typed").is_in(list(trouble)))
    for row, text in lost.select("row", "typed").rows():
        kind = _("unit tidak dikenal") if text else _("unit kosong")
        what, remedy = trouble.get(text, (_("Unit kerja kosong."), _("Isi unit kerja.")))
        problems.add(kind, what, remedy, file=table.file, sheet=table.sheet, row=row,
                     column=UNIT.title)  # fmt: skip
    return frame.with_columns(
        pl.col("typed").replace_strict(meaning, default=None, return_dtype=pl.String).alias("unit")
    )


def _with_strata(table: Table, frame: pl.DataFrame, problems: Problems) -> pl.DataFrame:
    for name, (category_of, labels) in STRATUM_CATEGORIES.items():
        if name not in frame.columns:
            continue
        meaning = {text: category_of(text) for text in frame[name].unique() if text}
        unknown = [text for text, label in meaning.items() if label is None]
        wrong = frame.filter(pl.col(name).is_null() | pl.col(name).is_in(unknown))
        problems.add_rows(
            _("kategori tidak dikenal"),
            (
                (row, _("Isi “{text}” tidak dikenal.").format(text=text or ""))
                for row, text in wrong.select("row", name).rows()
            ),
            _("Isi dengan salah satu dari: {labels}.").format(labels=", ".join(labels)),
            file=table.file, sheet=table.sheet, column=name,
        )  # fmt: skip
        frame = frame.with_columns(
            pl.col(name).replace_strict(meaning, default=None, return_dtype=pl.String)
        )
    return frame


def _with_codes(
    table: Table, frame: pl.DataFrame, questions: list[Question], problems: Problems
) -> pl.DataFrame:
    votes: dict[str, list[Question]] = {}
    for question in questions:
        if question.item.kind is ItemKind.CHOOSE_K:
            votes.setdefault(question.item.id, []).append(question)
        elif question.item.kind is not ItemKind.COMMENT:
            frame = _coded(table, frame, question, problems)
    for columns in votes.values():
        frame = _voted(table, frame, columns, problems)
    return frame


def _coded(
    table: Table, frame: pl.DataFrame, question: Question, problems: Problems
) -> pl.DataFrame:
    name, item = question.guess.field, question.item
    meaning = {text: code_of(item, text) for text in frame[name].unique() if text}
    unknown = [text for text, code in meaning.items() if code is None]
    wrong = frame.filter(pl.col(name).is_in(unknown)).select("row", name).rows()
    problems.add_rows(
        _("jawaban di luar skala"),
        ((row, _("Jawaban “{text}” tidak dikenal.").format(text=text)) for row, text in wrong),
        _("Isi dengan salah satu dari: {choices}.").format(choices=shown_choices(item)),
        file=table.file,
        sheet=table.sheet,
        column=question.guess.heading,
    )
    return frame.with_columns(
        pl.col(name).replace_strict(meaning, default=None, return_dtype=pl.Int8)
    )


def _voted(
    table: Table, frame: pl.DataFrame, questions: list[Question], problems: Problems
) -> pl.DataFrame:
    """Turn votes into one 0/1 column per option; a wrong number of choices is a problem."""
    item = questions[0].item
    named = [question.guess.field for question in questions]
    chosen: list[frozenset[str] | None] = []
    for row, *cells in frame.select("row", *named).rows():
        picked, unknown = _picked(item, questions, cells)
        if unknown or (picked and item.choose is not None and len(picked) != item.choose):
            what = (
                _("Pilihan “{text}” tidak dikenal.").format(text=unknown[0])
                if unknown
                else _("Ada {n} pilihan, seharusnya {k}.").format(n=len(picked), k=item.choose)
            )
            problems.add(
                _("jawaban di luar skala") if unknown else _("jumlah pilihan salah"),
                what,
                _("Pilih tepat {k} dari: {choices}.").format(
                    k=item.choose, choices=shown_choices(item)
                ),
                file=table.file, sheet=table.sheet, row=row, column=questions[0].guess.heading,
            )  # fmt: skip
        chosen.append(picked or None)
    columns = [
        pl.Series(
            column.name,
            [None if votes is None else int(_vote_id(column.option) in votes) for votes in chosen],
            dtype=pl.Int8,
        )
        for column in item.columns
    ]
    return frame.drop(named).with_columns(columns)


def _vote_id(option: object) -> str:
    return getattr(option, "id", None) or str(getattr(option, "code", ""))


def _picked(
    item: Item, questions: list[Question], cells: Sequence[str | None]
) -> tuple[frozenset[str], tuple[str, ...]]:
    if questions[0].option is None:
        return chosen_of(item, cells[0] or "")
    ticks = {q.option or "": tick_of(cell) for q, cell in zip(questions, cells, strict=True)}
    unknown = tuple(
        cell or "" for cell, tick in zip(cells, ticks.values(), strict=True) if tick is None
    )
    return frozenset(option for option, tick in ticks.items() if tick), unknown


def _add_no_headings(problems: Problems, path: Path) -> None:
    problems.add(
        _("kolom tidak ditemukan"),
        _("Tidak ada judul kolom yang cocok dengan kuesioner."),
        _("Periksa apakah kuesionernya benar, atau sebutkan kolomnya di berkas pemetaan."),
        file=path.name,
    )
