"""Drawing and casting in one go, for phones without JavaScript: the server blinds, and forgets.

For the length of one request the server knows both the invitation and the answers; it writes
neither down together. The page says so before anybody answers.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from cermin.web import blind_signatures
from cermin.web.survey.actions.protocol import SERIAL_BYTES, cast, draw, look_up
from cermin.web.survey.queries.facts import Facts
from cermin.web.survey.rules import codes
from cermin.web.survey.rules.answers import Answers, checked

NONCE_BYTES = 32


def submit_whole(
    *, facts: Facts, typed: str, answers: Answers, nonce: bytes, now: datetime
) -> None:
    """Draw the ballot of an invitation and cast it; committed when this returns.

    ``nonce`` is random and came with the form: sending the same form again after a lost answer
    does the same once more, and is stored once. It is written down nowhere.
    """
    checked(facts.paper, answers)  # before anything is drawn
    invited = look_up(facts=facts, typed=typed, now=now)
    # The code as it is read, so that typing it with or without hyphens is the same.
    seed = hmac.digest(nonce, str(codes.read(typed)).encode(), hashlib.sha256)
    serial = hashlib.shake_256(b"serial\0" + seed).digest(
        blind_signatures.PREFIX_BYTES + SERIAL_BYTES
    )
    blinded = blind_signatures.blind(invited.modulus, serial, seed=seed)
    signed = draw(facts=facts, typed=typed, blinded=blinded.message, now=now)
    signature = blind_signatures.finalize(invited.modulus, serial, signed, blinded.inverse)
    cast(
        facts=facts, class_number=invited.class_number, serial=serial, signature=signature,
        answers=answers, now=now,
    )  # fmt: skip
