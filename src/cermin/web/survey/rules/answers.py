"""What may stand on a ballot, and how it is written in bytes.

A ballot paper is the questionnaire of the method and the optional sections after it. Fields of
the form and of the JSON are named ``<position of questionnaire>.<item id>``. In bytes a ballot is
its class number, one byte per column of every questionnaire (255: not answered) and the comments,
each with its length.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from cermin.core.errors import UserError
from cermin.core.scheme import Column, Item, ItemKind, Questionnaire
from cermin.language import N_

UNANSWERED = 255
COMMENT_CHARACTERS = 500
COMMENT_BYTES = 1000
_CLASS_BYTES = 4
_SIZE_BYTES = 2

Answers = Mapping[str, object]


class BallotError(UserError):
    """Answers that this ballot paper does not allow; nothing was stored."""

    status = 422
    field = ""  # name of the question, where it is one


@dataclass(frozen=True)
class Field:
    """One question of the ballot paper under its name in forms and JSON."""

    name: str
    questionnaire: int
    item: Item


@dataclass(frozen=True)
class Paper:
    """The questionnaires of one ballot, in order."""

    questionnaires: tuple[Questionnaire, ...]

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """All questions."""
        return tuple(
            Field(f"{position}.{item.id}", position, item)
            for position, questionnaire in enumerate(self.questionnaires)
            for item in questionnaire.items
        )

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Questions by their names."""
        return {field.name: field for field in self.fields}

    @cached_property
    def comments(self) -> tuple[Field, ...]:
        """Questions that are answered in words."""
        return tuple(field for field in self.fields if field.item.kind is ItemKind.COMMENT)

    @cached_property
    def columns(self) -> tuple[tuple[int, Column], ...]:
        """Every integer column with the position of its questionnaire."""
        return tuple(
            (position, column)
            for position, questionnaire in enumerate(self.questionnaires)
            for column in questionnaire.columns
        )

    @cached_property
    def length(self) -> int:
        """Bytes of the longest possible ballot; all are padded to it."""
        longest_comment = _SIZE_BYTES + COMMENT_BYTES
        return _CLASS_BYTES + len(self.columns) + longest_comment * len(self.comments)


@dataclass(frozen=True)
class Ballot:
    """A ballot that was read back."""

    class_number: int
    columns: bytes  # one per column of the paper
    comments: tuple[str, ...]  # one per comment question, often empty


def checked(paper: Paper, answers: Answers) -> dict[str, object]:
    """Return the answers that are given, by name.

    Raises
    ------
    BallotError
        When a question is not on the paper, an answer is not among its options, the number of
        choices is wrong, a comment is too long, or nothing at all was answered.
    """
    given: dict[str, object] = {}
    for name, answer in answers.items():
        field = paper.by_name.get(name)
        if field is None:
            raise BallotError(N_("Ada jawaban untuk pertanyaan yang tidak ada di kuesioner ini."))
        kept = checked_answer(field, answer)
        if kept is not None:
            given[name] = kept
    if not given:
        raise BallotError(N_("Belum ada pertanyaan yang dijawab."))
    return given


def encoded(paper: Paper, class_number: int, given: Answers) -> bytes:
    """Return checked answers in bytes."""
    numbers = bytearray()
    for field in paper.fields:
        if field.item.kind is not ItemKind.COMMENT:
            numbers += bytes(_column_codes(field.item, given.get(field.name)))
    words = bytearray()
    for field in paper.comments:
        text = str(given.get(field.name, "")).encode()
        words += len(text).to_bytes(_SIZE_BYTES, "big") + text
    return class_number.to_bytes(_CLASS_BYTES, "big") + bytes(numbers) + bytes(words)


def decoded(paper: Paper, content: bytes) -> Ballot:
    """Return what ``encoded`` has written."""
    end = _CLASS_BYTES + len(paper.columns)
    return Ballot(
        class_number=int.from_bytes(content[:_CLASS_BYTES], "big"),
        columns=content[_CLASS_BYTES:end],
        comments=tuple(_texts(content[end:], len(paper.comments))),
    )


def _texts(content: bytes, n: int) -> Iterator[str]:
    at = 0
    for _number in range(n):
        size = int.from_bytes(content[at : at + _SIZE_BYTES], "big")
        at += _SIZE_BYTES
        yield content[at : at + size].decode()
        at += size


def _column_codes(item: Item, answer: object) -> list[int]:
    if item.kind is ItemKind.CHOOSE_K:
        if not isinstance(answer, frozenset):
            return [UNANSWERED] * len(item.options)
        return [int(option.id in answer) for option in item.options]
    return [answer if isinstance(answer, int) else UNANSWERED]


def checked_answer(field: Field, answer: object) -> object:
    """Return one answer as it is kept, None for none; BallotError names the question."""
    try:
        return _checked_one(field.item, answer)
    except BallotError as error:
        error.field = field.name
        raise


def _checked_one(item: Item, answer: object) -> object:
    """Return the answer as it is kept, None for none."""
    if answer is None or answer in ("", []):
        return None
    if item.kind is ItemKind.COMMENT:
        return _checked_comment(answer)
    if item.kind is ItemKind.CHOOSE_K:
        return _checked_choices(item, answer)
    if isinstance(answer, bool) or not isinstance(answer, int) or answer not in item.codes:
        raise BallotError(N_("Ada jawaban di luar pilihan yang tersedia."))
    return answer


def _checked_choices(item: Item, answer: object) -> frozenset[str]:
    known = {option.id for option in item.options}
    if not isinstance(answer, list | tuple) or not all(isinstance(one, str) for one in answer):
        raise BallotError(N_("Ada jawaban di luar pilihan yang tersedia."))
    chosen = frozenset(answer)
    if not chosen <= known:
        raise BallotError(N_("Ada jawaban di luar pilihan yang tersedia."))
    if len(chosen) != item.choose:
        raise BallotError(
            N_("Pilih tepat {k} pada setiap daftar pilihan, atau kosongkan daftar itu; "
               "yang Anda pilih {n}."),
            k=item.choose, n=len(chosen),
        )  # fmt: skip
    return chosen


def _checked_comment(answer: object) -> str | None:
    if not isinstance(answer, str):
        raise BallotError(N_("Komentar harus berupa teks."))
    kept = "".join(
        one for one in answer if one == "\n" or not unicodedata.category(one).startswith("C")
    ).strip()
    if len(kept) > COMMENT_CHARACTERS or len(kept.encode()) > COMMENT_BYTES:
        raise BallotError(
            N_("Komentar terlalu panjang: paling banyak {n} karakter, atau {half} bila memakai "
               "emoji atau aksara selain Latin."),
            n=COMMENT_CHARACTERS, half=COMMENT_CHARACTERS // 2,
        )  # fmt: skip
    return kept or None
