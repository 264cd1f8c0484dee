"""Reads of the ledger."""

from __future__ import annotations

from pathlib import Path

from django.db import connection

from cermin.web.sealing import proof


def hash_of_code(public_id: str, code: str, *, folder: Path) -> bytes:
    """Return what the ledger keeps of a code: worthless without the site's key."""
    return proof(f"{public_id}\0{code}".encode(), folder=folder, purpose="survey-code")


def class_number_of(survey: int, code_hash: bytes) -> int | None:
    """Return the class of an invitation, None for one that does not exist; asked very often."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.number FROM survey_invitee i JOIN survey_ballotclass c "
            "ON c.id = i.ballot_class_id WHERE i.code_hash = %s AND i.survey_id = %s",
            [code_hash, survey],
        )
        row = cursor.fetchone()
    return None if row is None else int(row[0])
