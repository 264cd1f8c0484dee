"""Tokens of public forms: made and told apart with the site's key, so that none can be invented."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime

from django.conf import settings

from cermin.web.sealing import proof
from cermin.web.survey.rules.open_tokens import Token, read_token

_PURPOSE = "open-form"


def new_token(public_id: str, *, now: datetime) -> str:
    """Return the token of one more form."""
    signed = f"{int(now.timestamp()):08x}.{secrets.token_hex(16)}"
    return f"{signed}.{_code(public_id, signed).hex()}"


def genuine_token(public_id: str, text: str) -> Token | None:
    """Return the token when this site made it for this questionnaire."""
    token = read_token(text)
    if token is None or not hmac.compare_digest(_code(public_id, token.signed), token.code):
        return None
    return token


def _code(public_id: str, signed: str) -> bytes:
    return proof(f"{public_id}\0{signed}".encode(), folder=settings.KEY_FOLDER, purpose=_PURPOSE)
