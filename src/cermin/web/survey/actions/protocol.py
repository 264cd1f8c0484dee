"""Drawing and casting, as the pages and the tools of the survey ask for them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from cermin.language import N_
from cermin.web import blind_signatures
from cermin.web.ballot_sealing import seal_ballot
from cermin.web.survey.actions.ballots import Cast, Draw, Outcome
from cermin.web.survey.actions.writer import drawn, taken_in
from cermin.web.survey.queries.facts import Facts, signing_key
from cermin.web.survey.queries.ledger import class_number_of, hash_of_code
from cermin.web.survey.rules import codes
from cermin.web.survey.rules.answers import Answers, checked, encoded
from cermin.web.survey.rules.refusals import Refused

SERIAL_BYTES = 32


def _closed() -> Refused:
    return Refused("closed", 410, N_("Survei ini tidak sedang menerima jawaban."))


def _unknown() -> Refused:
    return Refused(
        "unknown", 404,
        N_("Kode undangan tidak dikenal. Periksa lagi, atau minta kode baru ke penghubung unit."),
    )  # fmt: skip


def _taken() -> Refused:
    return Refused(
        "taken", 409,
        N_("Surat suara undangan ini sudah diambil; jawaban hanya dapat dikirim satu kali."),
    )  # fmt: skip


def _unfit() -> Refused:
    return Refused("malformed", 400, N_("Permintaan surat suara rusak."))


_REFUSALS = {
    Outcome.CLOSED: _closed,
    Outcome.UNKNOWN: _unknown,
    Outcome.TAKEN: _taken,
    Outcome.UNFIT: _unfit,
}


@dataclass(frozen=True)
class Invited:
    """The class of an invitation, with the key that signs its ballots."""

    class_number: int
    modulus: bytes


def look_up(*, facts: Facts, typed: str, now: datetime) -> Invited:
    """Return the class of an invitation; nothing is marked for who only looks."""
    if not facts.takes_ballots(now):
        raise _closed()
    number = class_number_of(facts.id, _hash(facts, typed))
    if number is None or number not in facts.moduli:
        raise _unknown()
    return Invited(number, facts.moduli[number])


def draw(*, facts: Facts, typed: str, blinded: bytes, now: datetime) -> bytes:
    """Sign ``blinded`` for an invitation, once; the same message gets the same answer again."""
    if not facts.takes_ballots(now):
        raise _closed()
    signable = [
        n for n, one in facts.moduli.items() if blind_signatures.can_be_signed(one, blinded)
    ]
    found = drawn(Draw(facts.id, _hash(facts, typed), hashlib.sha256(blinded).digest(), signable))
    if found.outcome is not Outcome.DONE:
        raise _REFUSALS[found.outcome]()
    return blind_signatures.blind_sign(signing_key(facts.public_id, found.class_number), blinded)


def cast(
    *, facts: Facts, class_number: int, serial: bytes, signature: bytes, answers: Answers,
    now: datetime,
) -> None:  # fmt: skip
    """Take a ballot in: verified, checked, sealed, committed. Cast again, it is stored once.

    Parameters
    ----------
    serial
        The prepared message of RFC 9474: 32 random bytes and the 32 bytes of the serial.
    answers
        Answers by name of field, as `rules.answers` describes.
    """
    if not facts.takes_ballots(now):
        raise _closed()
    modulus = facts.moduli.get(class_number)
    well_formed = len(serial) == blind_signatures.PREFIX_BYTES + SERIAL_BYTES
    if (
        modulus is None
        or not well_formed
        or not blind_signatures.verify(modulus, serial, signature)
    ):
        raise Refused("forged", 403, N_("Surat suara ini tidak sah untuk survei ini."))
    ballot = encoded(facts.paper, class_number, checked(facts.paper, answers))
    sealed = seal_ballot(ballot, facts.box_public_key, length=facts.paper.length)
    outcome = taken_in(Cast(facts.id, hashlib.sha256(serial).digest(), sealed))
    if outcome is Outcome.CLOSED:
        raise _closed()


def _hash(facts: Facts, typed: str) -> bytes:
    code = codes.read(typed)
    if code is None:
        raise _unknown()
    return hash_of_code(facts.public_id, code, folder=settings.KEY_FOLDER)
