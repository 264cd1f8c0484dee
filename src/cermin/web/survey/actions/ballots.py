"""The two writes of the protocol: marking that a ballot is drawn, and taking a ballot in.

They touch different tables in different transactions. Both take many at once, so that one commit
serves all who wait; each of them says what became of every one.
"""

from __future__ import annotations

import random
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from django.db import connection, transaction

from cermin.web.ballot_sealing import seal_for_staging
from cermin.web.survey.models import SurveyState

T = TypeVar("T")
Place = tuple[int, bytes]  # survey and hash of the code: a line of the ledger
_shuffler = random.SystemRandom()


class Outcome(StrEnum):
    """What became of a draw or a cast."""

    DONE = "done"
    UNKNOWN = "unknown"  # no such invitation
    TAKEN = "taken"  # this invitation has drawn another ballot
    UNFIT = "unfit"  # no key of the invitation's class can sign this message
    CLOSED = "closed"


@dataclass(frozen=True)
class Draw:
    """An invitation that asks for the signature of one blinded message."""

    survey: int
    code_hash: bytes
    blinded_hash: bytes
    signable: Container[int]  # classes whose key can sign the message

    @property
    def place(self) -> Place:
        """The line of the ledger that is marked."""
        return self.survey, self.code_hash


@dataclass(frozen=True)
class Drawn:
    """What became of a draw; when it was done, the class whose key signs it."""

    outcome: Outcome
    class_number: int = 0


@dataclass(frozen=True)
class Cast:
    """A ballot that was verified and sealed."""

    survey: int
    serial_hash: bytes
    sealed: bytes


@dataclass(frozen=True)
class _Line:
    """A line of the ledger, locked: the class, and what is signed already."""

    id: Any  # as the database gives it
    class_number: int
    blinded_hash: bytes


def mark_drawn(draws: Sequence[Draw]) -> list[Drawn]:
    """Mark in the ledger that these ballots are drawn; committed when this returns.

    The same message for the same invitation is done again without a trace, so a retry is safe;
    of several messages that race for one invitation, exactly one is done. What cannot be signed
    does not use the invitation up.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        open_ones = _open_surveys(cursor, {draw.survey for draw in draws})
        asked = [draw for draw in draws if draw.survey in open_ones]
        lines = _locked_lines(cursor, asked)
        signed = {place: line.blinded_hash for place, line in lines.items() if line.blinded_hash}
        new: dict[Place, bytes] = {}
        for draw in asked:
            line = lines.get(draw.place)
            if line and draw.place not in signed and line.class_number in draw.signable:
                new.setdefault(draw.place, draw.blinded_hash)
        cursor.executemany(
            "UPDATE survey_invitee SET blinded_hash = %s WHERE id = %s",
            [(new[place], lines[place].id) for place in lines if place in new],
        )
    return [_drawn(draw, open_ones, lines.get(draw.place), signed | new) for draw in draws]


def _drawn(
    draw: Draw, open_ones: Container[int], line: _Line | None, signed: Mapping[Place, bytes]
) -> Drawn:
    if draw.survey not in open_ones:
        return Drawn(Outcome.CLOSED)
    if line is None:
        return Drawn(Outcome.UNKNOWN)
    if signed.get(draw.place) == draw.blinded_hash:
        return Drawn(Outcome.DONE, line.class_number)
    return Drawn(Outcome.UNFIT if line.class_number not in draw.signable else Outcome.TAKEN)


def take_in(casts: Sequence[Cast]) -> list[Outcome]:
    """Store these ballots in staging, each serial once; committed when this returns."""
    with transaction.atomic(), connection.cursor() as cursor:
        open_ones = _open_surveys(cursor, {cast.survey for cast in casts})
        welcome = {one.serial_hash: one for one in casts if one.survey in open_ones}
        new = _new_serials(cursor, [welcome[serial] for serial in sorted(welcome)])
        rows = [(welcome[serial].survey, _wrapped(welcome[serial], open_ones)) for serial in new]
        _insert(cursor, "INSERT INTO survey_stagedballot (survey_id, sealed)", _shuffled(rows))
    return [Outcome.DONE if one.survey in open_ones else Outcome.CLOSED for one in casts]


def _new_serials(cursor: Any, casts: Sequence[Cast]) -> list[bytes]:
    """Store the serials of ``casts`` and return those that were not there."""
    _insert(
        cursor, "INSERT INTO survey_castserial (hash, survey_id)",
        [(one.serial_hash, one.survey) for one in casts],
        "ON CONFLICT DO NOTHING RETURNING hash",
    )  # fmt: skip
    return [bytes(row[0]) for row in cursor.fetchall()] if casts else []


def _insert(cursor: Any, into: str, rows: Sequence[tuple[Any, Any]], then: str = "") -> None:
    """Insert rows of two columns in one statement, in their order."""
    if rows:
        gaps = ", ".join(["(%s, %s)"] * len(rows))
        cursor.execute(f"{into} VALUES {gaps} {then}", [value for row in rows for value in row])


def _wrapped(cast: Cast, staging_keys: Mapping[int, bytes]) -> bytes:
    """Return what is stored in staging; once the key is gone, no journal tells what it was."""
    key = staging_keys[cast.survey]
    return seal_for_staging(cast.sealed, key) if key else cast.sealed


def _open_surveys(cursor: Any, surveys: set[int]) -> dict[int, bytes]:
    """Return those that are open with their staging keys; they stay so until the commit."""
    lock = " FOR SHARE" if connection.features.has_select_for_update else ""
    gaps = ", ".join(["%s"] * len(surveys))
    cursor.execute(
        "SELECT id, staging_key FROM survey_survey "  # noqa: S608
        f"WHERE state = %s AND id IN ({gaps}) ORDER BY id{lock}",
        [SurveyState.OPEN.value, *surveys],
    )
    return {row[0]: bytes(row[1] or b"") for row in cursor.fetchall()}


def _locked_lines(cursor: Any, draws: Sequence[Draw]) -> dict[Place, _Line]:
    """Return the lines of the ledger of ``draws``; nobody else marks them before the commit.

    They are locked, and marked, in the order of a keyed hash: it tells nothing, and as it is the
    same in every process, two of them never wait for each other in a circle.
    """
    if not draws:
        return {}
    lock = " FOR NO KEY UPDATE OF i" if connection.features.has_select_for_update else ""
    gaps = ", ".join(["%s"] * len(draws))
    cursor.execute(
        "SELECT i.survey_id, i.code_hash, i.id, c.number, i.blinded_hash "  # noqa: S608
        "FROM survey_invitee i JOIN survey_ballotclass c ON c.id = i.ballot_class_id "
        f"WHERE i.code_hash IN ({gaps}) ORDER BY i.code_hash{lock}",
        [draw.code_hash for draw in draws],
    )
    return {
        (survey, bytes(code_hash)): _Line(id, number, bytes(blinded or b""))
        for survey, code_hash, id, number, blinded in cursor.fetchall()
    }


def _shuffled(rows: Sequence[T]) -> list[T]:
    mixed = list(rows)
    _shuffler.shuffle(mixed)
    return mixed
