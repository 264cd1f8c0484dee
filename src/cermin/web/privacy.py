"""How private each stored field is; every field of every model says so, or a test fails."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Privacy(StrEnum):
    """Who may ever see a field."""

    PUBLIC = "public"  # anybody
    INTERNAL = "internal"  # people with a role in the agency
    PERSONAL = "personal"  # about one person: only who needs it for the work
    SECRET_ANSWER = "secret answer"  # nobody  # noqa: S105 - a class of privacy, not a password


def classes(
    *, public: str = "", internal: str = "", personal: str = "", secret_answer: str = ""
) -> Mapping[str, Privacy]:
    """Return the class of each field; names are written with spaces between."""
    named = {
        Privacy.PUBLIC: public,
        Privacy.INTERNAL: internal,
        Privacy.PERSONAL: personal,
        Privacy.SECRET_ANSWER: secret_answer,
    }
    return {field: kind for kind, fields in named.items() for field in fields.split()}
