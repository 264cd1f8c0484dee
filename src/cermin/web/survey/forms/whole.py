"""What a phone without JavaScript sends: the whole ballot as a form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict

from cermin.core.errors import UserError
from cermin.core.scheme import ItemKind
from cermin.language import N_, in_words
from cermin.web.survey.actions.whole import NONCE_BYTES
from cermin.web.survey.rules import codes
from cermin.web.survey.rules.answers import Answers, BallotError, Field, Paper, checked_answer

_NONCE = re.compile(rf"[0-9a-f]{{{2 * NONCE_BYTES}}}")
_SMALL_NUMBER = re.compile(r"[0-9]{1,2}")


class BrokenForm(UserError):  # noqa: N818 - what the form is
    """The random number of the form is lost, without which sending twice would count as two."""

    status = 400


@dataclass(frozen=True)
class WholeForm:
    """The form as it was sent; nothing of it is ever written down."""

    code: str
    nonce: str
    kept: Mapping[str, Sequence[str]]  # as typed and ticked, to be shown again
    answers: Answers
    wrong: Mapping[str, str]  # what is wrong, by name of question

    @property
    def nonce_bytes(self) -> bytes:
        """The random number that came with the form."""
        if not _NONCE.fullmatch(self.nonce):
            raise BrokenForm(N_("Formulir ini rusak. Periksa isian Anda, lalu kirim sekali lagi."))
        return bytes.fromhex(self.nonce)


def typed_code(text: str) -> str:
    """Return the code that was meant, or the text itself when it is none."""
    return codes.read(text) or text


def read_whole(paper: Paper, sent: QueryDict) -> WholeForm:
    """Read the form; every question is looked at by itself, so that all mistakes are told."""
    kept = {field.name: sent.getlist(field.name) for field in paper.fields if field.name in sent}
    answers = {name: _answer(paper.by_name[name], values) for name, values in kept.items()}
    return WholeForm(
        code=typed_code(sent.get("code", "")),
        nonce=sent.get("nonce", ""),
        kept=kept,
        answers=answers,
        wrong=dict(_mistakes(paper, answers)),
    )


def _answer(field: Field, values: Sequence[str]) -> object:
    if field.item.kind is ItemKind.CHOOSE_K:
        return list(values)
    value = values[-1]
    if field.item.kind is not ItemKind.COMMENT and _SMALL_NUMBER.fullmatch(value):
        return int(value)
    return value


def _mistakes(paper: Paper, answers: Answers) -> Iterator[tuple[str, str]]:
    for name, answer in answers.items():
        try:
            checked_answer(paper.by_name[name], answer)
        except BallotError as error:
            yield name, in_words(error)
