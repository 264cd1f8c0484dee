"""The ballot paper as pages show it: groups of numbered questions in one language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from cermin.core.scheme import Item, ItemKind, Questionnaire
from cermin.web.survey.rules.answers import COMMENT_CHARACTERS, Field, Paper

Kept = Mapping[str, Sequence[str]]  # what a form was sent with, by name of field


@dataclass(frozen=True)
class Choice:
    """One answer that can be chosen."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Question:
    """One question, with what was answered before and what is wrong with it."""

    name: str
    kind: str
    text: str
    control: str  # radio or checkbox; a comment has none
    choose: int | None
    choices: tuple[Choice, ...]
    written: str
    longest: int
    wrong: str


@dataclass(frozen=True)
class Numbered:
    """A question with its number on the page."""

    number: int
    field: Field


@dataclass(frozen=True)
class Group:
    """Questions that stand on one screen."""

    number: int
    title: str
    part: str  # title of the optional part that it belongs to
    introduction: str  # of the questionnaire, before its first group
    questions: tuple[Numbered, ...]


@dataclass(frozen=True)
class WrongQuestion:
    """A question that must be looked at again."""

    name: str
    number: int
    words: str


def wrong_questions(groups: Sequence[Group], wrong: Mapping[str, str]) -> tuple[WrongQuestion, ...]:
    """Return the questions with mistakes, in the order of the page."""
    return tuple(
        WrongQuestion(one.field.name, one.number, wrong[one.field.name])
        for group in groups
        for one in group.questions
        if one.field.name in wrong
    )


def groups_of(paper: Paper, language: str) -> tuple[Group, ...]:
    """Return the paper's groups: one per dimension, in the order of the questionnaires."""
    return tuple(_groups(paper, language))


def _groups(paper: Paper, language: str) -> Iterator[Group]:
    number = question = 0
    for position, questionnaire in enumerate(paper.questionnaires):
        introduction = questionnaire.introduction
        said = introduction.in_language(language) if introduction else ""
        part = questionnaire.title.in_language(language) if position else ""
        for title, fields in _by_title(paper, position, language):
            number += 1
            numbered = tuple(Numbered(question + n, field) for n, field in enumerate(fields, 1))
            question += len(fields)
            yield Group(number, title, part, said, numbered)
            said = ""


def _by_title(paper: Paper, position: int, language: str) -> Iterator[tuple[str, list[Field]]]:
    questionnaire = paper.questionnaires[position]
    together: dict[str, list[Field]] = {}
    for field in paper.fields:
        if field.questionnaire == position:
            together.setdefault(_title(field.item, questionnaire, language), []).append(field)
    yield from together.items()


def _title(item: Item, questionnaire: Questionnaire, language: str) -> str:
    for dimension in questionnaire.dimensions:
        if dimension.id == item.dimension:
            return dimension.name.in_language(language)
    if item.kind is ItemKind.COMMENT:
        return _("Pendapat Anda")
    occasions = {
        "personal": _("Diri Anda"),
        "current": _("Unit kerja Anda sekarang"),
        "desired": _("Unit kerja yang Anda inginkan"),
    }
    return occasions.get(item.occasion or "", _("Tentang Anda"))


def question_of(field: Field, language: str, *, kept: Kept, wrong: Mapping[str, str]) -> Question:
    """Return a question with what was sent before; ``kept`` and ``wrong`` may be empty."""
    item, before = field.item, kept.get(field.name, ())
    return Question(
        name=field.name,
        kind=item.kind.value,
        text=item.text.in_language(language),
        control="checkbox" if item.kind is ItemKind.CHOOSE_K else "radio",
        choose=item.choose,
        choices=tuple(
            Choice(value, label, value in before) for value, label in _options(item, language)
        ),
        written="".join(before) if item.kind is ItemKind.COMMENT else "",
        longest=COMMENT_CHARACTERS,
        wrong=wrong.get(field.name, ""),
    )


def _options(item: Item, language: str) -> Iterator[tuple[str, str]]:
    if item.kind is ItemKind.SCALE_0_10 and not item.options:
        yield from ((str(code), str(code)) for code in item.codes)
    for option in item.options:
        value = option.id if item.kind is ItemKind.CHOOSE_K and option.id else str(option.code)
        yield value, option.label.in_language(language)
