"""Codes of invitations and answers on ballots: what is read, and what is refused."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from cermin.core.scheme import Item, ItemKind, Option, Text
from cermin.instruments.load import load_questionnaire
from cermin.web.survey.rules import codes
from cermin.web.survey.rules.answers import (
    COMMENT_BYTES,
    COMMENT_CHARACTERS,
    UNANSWERED,
    BallotError,
    Paper,
    checked,
    decoded,
    encoded,
)

SECRET = b"s" * 32
PERSON = uuid.UUID(int=7)


# ------------------------------------------------------------------ codes
def test_code_is_sixteen_letters_that_cannot_be_mistaken() -> None:
    code = codes.code_of(SECRET, PERSON, 1)
    assert len(code) == codes.LENGTH
    assert not set(code) & set("ILOU")
    assert codes.read(code) == code
    assert codes.written(0) == "0" * 16
    assert codes.written(2**80 - 1) == "Z" * 16
    assert codes.written(32) == "0" * 14 + "10"


def test_another_issue_person_or_survey_has_another_code() -> None:
    made = {
        codes.code_of(SECRET, PERSON, 1), codes.code_of(SECRET, PERSON, 2),
        codes.code_of(SECRET, uuid.UUID(int=8), 1), codes.code_of(b"t" * 32, PERSON, 1),
    }  # fmt: skip
    assert len(made) == 4


@pytest.mark.parametrize(
    "typed",
    ["K1MF2QXP9TRA0D5E", "k1mf-2qxp-9tra-0d5e", " KLMF 2QXP 9TRA OD5E\n", "kimf2qxp9traod5e\t"],
)
def test_code_as_people_type_it(typed: str) -> None:
    assert codes.read(typed) == "K1MF2QXP9TRA0D5E"
    assert codes.shown("K1MF2QXP9TRA0D5E") == "K1MF-2QXP-9TRA-0D5E"


@pytest.mark.parametrize(
    "typed",
    ["", "K1MF2QXP9TRA0D5", "K1MF2QXP9TRA0D5EE", "K1MF2QXP9TRA0D5U", "K1MF2QXP9TRA0D5\0",
     "K1MF2QXP9TRA0D5٣", "-" * 16, "K1MF2QXP9TRA0D5é"],
)  # fmt: skip
def test_what_cannot_be_a_code(typed: str) -> None:
    assert codes.read(typed) is None


# ------------------------------------------------------------------ answers
def options(*ids: str) -> tuple[Option, ...]:
    return tuple(Option(n, Text(i, i), id=i) for n, i in enumerate(ids, start=1))


WORDS = Text("?", "?")
ITEMS = (
    Item("likert", ItemKind.LIKERT, WORDS, options=options("a", "b", "c", "d")),
    Item("single", ItemKind.SINGLE_CHOICE, WORDS, options=options("x", "y")),
    Item("scale", ItemKind.SCALE_0_10, WORDS),
    Item("votes", ItemKind.CHOOSE_K, WORDS, options=options("a", "b", "c"), choose=2),
    Item("words", ItemKind.COMMENT, WORDS),
)
FIRST = replace(load_questionnaire("kuesioner-perilaku-2025"), items=ITEMS)
PAPER = Paper((FIRST, FIRST))
FULL = {
    "0.likert": 4, "0.single": 1, "0.scale": 0, "0.votes": ["c", "a"], "0.words": "Baik.",
    "1.likert": 1, "1.single": 2, "1.scale": 10, "1.votes": ("a", "b"), "1.words": "é\n😀",
}  # fmt: skip


def test_every_kind_of_question_comes_back_as_it_was_answered() -> None:
    ballot = decoded(PAPER, encoded(PAPER, 77, checked(PAPER, FULL)))
    assert ballot.class_number == 77
    assert list(ballot.columns) == [4, 1, 0, 1, 0, 1, 1, 2, 10, 1, 1, 0]
    assert ballot.comments == ("Baik.", "é\n😀")


@pytest.mark.parametrize("nothing", [None, "", []])
def test_questions_may_stay_unanswered(nothing: object) -> None:
    given = checked(PAPER, {**dict.fromkeys(FULL, nothing), "1.scale": 0})
    assert given == {"1.scale": 0}
    ballot = decoded(PAPER, encoded(PAPER, 0, given))
    assert list(ballot.columns) == [*[UNANSWERED] * 8, 0, *[UNANSWERED] * 3]
    assert ballot.comments == ("", "")


WRONG = (
    ("likert", (0, 5, -1, 2**70, "4", 4.0, True, False, [4], {"a": 1}, {}, b"4")),
    ("single", (3, "x", [1])),
    ("scale", (11, -1, 5.0, "5", True)),
    ("votes", (["a"], ["a", "b", "c"], ["a", "z"], "ab", ["a", 1], {"a": 1, "b": 2}, 3, ["a", "a"],
               [["a"], ["b"]], [None, "a"], True)),
    ("words", (1, ["a"], {"a": 1}, True, "x" * (COMMENT_CHARACTERS + 1), "😀" * 251)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("item", "answer"), [(item, answer) for item, answers in WRONG for answer in answers]
)
def test_wrong_answer_is_refused(item: str, answer: object) -> None:
    with pytest.raises(BallotError) as refused:
        checked(PAPER, {**FULL, f"1.{item}": answer})
    assert refused.value.status == 422


@pytest.mark.parametrize("name", ["2.likert", "likert", "0.unknown", "", "0.words ", "00.likert"])
def test_question_that_is_not_on_the_paper_is_refused(name: str) -> None:
    with pytest.raises(BallotError, match="tidak ada di kuesioner"):
        checked(PAPER, {**FULL, name: 1})


@pytest.mark.parametrize("blank", [{}, {"0.words": " \u200b\0\n"}, {"0.likert": None}])
def test_empty_ballot_is_refused(blank: dict[str, object]) -> None:
    with pytest.raises(BallotError, match="Belum ada"):
        checked(PAPER, blank)


def test_comment_keeps_words_and_loses_what_cannot_be_seen() -> None:
    given = checked(PAPER, {"0.words": " baris satu\r\nbaris\0 dua\u202e\ud800 "})
    assert given == {"0.words": "baris satu\nbaris dua"}


def test_longest_ballot_is_as_long_as_all_are_padded_to() -> None:
    longest = "é" * (COMMENT_BYTES // 2)
    assert len(longest) == COMMENT_CHARACTERS
    given = checked(PAPER, {"0.words": longest, "1.words": "😀" * (COMMENT_BYTES // 4)})
    assert len(encoded(PAPER, 2**32 - 1, given)) == PAPER.length
    with pytest.raises(BallotError, match=str(COMMENT_CHARACTERS)):
        checked(PAPER, {"0.words": "😀" * COMMENT_CHARACTERS})
