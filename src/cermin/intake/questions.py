"""Which column holds which question: Cermin, Google Forms, LimeSurvey and Kobo headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cermin.core.scheme import Item, ItemKind, Questionnaire
from cermin.intake.headings import EMPLOYMENT, SEX, UNIT, UNIT_CODE, fold
from cermin.intake.mapping import Columns, Guess, duplicated_headings, strip_number
from cermin.intake.tables import Table
from cermin.language import _

STRATA_FIELDS = (EMPLOYMENT, SEX)
FIELDS = (UNIT_CODE, UNIT, *STRATA_FIELDS)

# Who answered and when: recognised so that the report can say that it was left unread.
_IDENTITY = re.compile(
    r"e-?mail|surel|surat elektronik|^nama\b|^name$|nama lengkap|\bnip\b|\bnik\b|\bno\.? ?(hp|wa)\b"
    r"|telepon|whats ?app|^ip ?addr|ip address|ipaddr|token|username|_submitted_by|device",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"^timestamp$|stempel waktu|cap waktu|submitdate|startdate|datestamp|^start$|^end$|^today$"
    r"|_submission_time|date (submitted|started|last action)|tanggal (kirim|isi)|^waktu",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"^(.*?)\s*\[([^\[\]]+)\]\s*$", re.DOTALL)


@dataclass(frozen=True)
class Question:
    """One column of answers: an item, or one option of a choose-k item."""

    guess: Guess
    item: Item
    option: str | None = None


def known_headings(questionnaire: Questionnaire, columns: Columns | None) -> dict[str, str]:
    """Return every folded heading that can stand above answers."""
    known = {fold(heading): field.id for field in FIELDS for heading in field.headings}
    known |= {fold(heading): field for field, heading in (columns or {}).items() if heading}
    return known | {key: item.id for key, (item, _o) in _keys(questionnaire).items()}


def guess_questions(
    table: Table, questionnaire: Questionnaire, taken: set[int], columns: Columns | None
) -> list[Question]:
    """Return the columns that hold answers; a mapping file wins over the headings."""
    keys = _keys(questionnaire)
    mapped = _mapped_keys(questionnaire, columns)
    found = []
    for position, heading in enumerate(table.headings):
        if heading is None or position in taken:
            continue
        if fold(heading) in mapped:
            item, reason = mapped[fold(heading)], _("ditetapkan berkas pemetaan")
            found.append(Question(_guess(table, position, item.id, reason), item))
            continue
        match = next((keys[key] for key in heading_keys(heading) if key in keys), None)
        if match is not None and (columns is None or match[0].id not in columns):
            item, option = match
            name = f"{item.id}[{option}]" if option else item.id
            reason = _("judul menyebut butir {item}").format(item=item.id)
            found.append(Question(_guess(table, position, name, reason), item, option))
    return found


def heading_keys(heading: str) -> Iterator[str]:
    """Yield the folded texts by which a heading may name a question, surest first."""
    yield fold(heading)
    yield fold(strip_number(heading))
    if bracket := _BRACKET.match(heading):  # LimeSurvey and Google grids: question [row]
        head = bracket[1].split("/")[-1]
        yield fold(head + "[" + bracket[2])
        yield fold(bracket[2])
        yield fold(strip_number(bracket[2]))
    parts = heading.split("/")  # Kobo: group/question or question/option
    if len(parts) > 1:
        yield fold("".join(parts[-2:]))
        yield fold(parts[-1])
    coded = re.match(r"^\s*([A-Za-z]\w{0,15})\s*[.:)–-]\s+\S", heading)
    if coded:
        yield fold(coded[1])


def left_unread(table: Table, read: set[int]) -> tuple[list[str], list[str], list[str]]:
    """Return headings not read: identities, times, and the others."""
    identities, times, others = [], [], []
    for position, heading in enumerate(table.headings):
        if position in read or not heading:
            continue
        last = heading.split("/")[-1]
        if _TIME.search(last):
            times.append(heading)
        elif _IDENTITY.search(last):
            identities.append(heading)
        else:
            others.append(heading)
    return identities, times, others


def doubled_questions(questions: list[Question]) -> list[tuple[str, list[str]]]:
    """Return the questions that several columns claim, with the letters of the columns."""
    places: dict[str, list[str]] = {}
    for question in questions:
        places.setdefault(question.guess.field, []).append(question.guess.column)
    return [(field, letters) for field, letters in places.items() if len(letters) > 1]


def by_order(
    table: Table, questionnaire: Questionnaire, taken: set[int]
) -> list[tuple[Item, int]] | None:
    """Return items for columns with unknown codes, in order, when their numbers agree."""
    items = [i for i in questionnaire.items if i.kind not in (ItemKind.COMMENT, ItemKind.CHOOSE_K)]
    _identities, _times, others = left_unread(table, taken)
    positions = duplicated_headings(table.headings)
    if not items or len(others) != len(items):
        return None
    return [(item, positions[fold(h)][0]) for item, h in zip(items, others, strict=True)]


def order_guess(table: Table, item: Item, position: int) -> Guess:
    """Return the doubtful guess that a column is ``item`` because of its place."""
    reason = _("urutan kolom sama dengan urutan butir")
    return _guess(table, position, item.id, reason, sure=False)


def _keys(questionnaire: Questionnaire) -> dict[str, tuple[Item, str | None]]:
    keys: dict[str, tuple[Item, str | None]] = {}
    for item in questionnaire.items:
        for text in (item.id, item.text.id, item.text.en):
            keys.setdefault(fold(text), (item, None))
        if item.kind is not ItemKind.CHOOSE_K:
            continue
        for option in item.options:
            name = option.id or str(option.code)
            for text in (name, str(option.code), option.label.id, option.label.en):
                keys.setdefault(fold(item.id + text), (item, name))
                keys.setdefault(fold(item.text.id + text), (item, name))
    return keys


def _mapped_keys(questionnaire: Questionnaire, columns: Columns | None) -> dict[str, Item]:
    items = {item.id: item for item in questionnaire.items}
    return {
        fold(heading): items[field]
        for field, heading in (columns or {}).items()
        if heading and field in items
    }


def _guess(table: Table, position: int, field: str, reason: str, *, sure: bool = True) -> Guess:
    return Guess(
        file=table.file,
        sheet=table.sheet,
        column=table.letter(position),
        heading=table.headings[position] or "",
        field=field,
        reason=reason,
        sure=sure,
        position=position,
    )
