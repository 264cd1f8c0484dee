"""Interface language: Indonesian in the source, English from the catalogue.

Message ids are the Indonesian sentences themselves, so Indonesian needs no catalogue.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from cermin.core.errors import UserError

LANGUAGES = ("id", "en")
CATALOGUE = Path(__file__).parent / "locale"

_INDONESIAN = gettext.NullTranslations()
_active: ContextVar[gettext.NullTranslations] = ContextVar("language", default=_INDONESIAN)


def use(language: str) -> None:
    """Make ``language`` ("id" or "en") the language of every later message of this command."""
    # The command-line library looks its own words up in the domain "messages".
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain("messages", str(CATALOGUE))
    speak(language)


def speak(language: str) -> None:
    """Make ``language`` the language of this thread of work (a command, a request, a task)."""
    found = (
        _INDONESIAN if language == "id" else gettext.translation("cermin", CATALOGUE, [language])
    )
    _active.set(found)


def active() -> str:
    """Return the language in use, "id" or "en"."""
    return "id" if _active.get() is _INDONESIAN else "en"


def from_environment() -> str:
    """Language that ``CERMIN_LANG`` asks for; Indonesian unless it says English."""
    return "en" if os.environ.get("CERMIN_LANG", "id").lower().startswith("en") else "id"


def _(message: str) -> str:
    """Return ``message`` in the active language."""
    return _active.get().gettext(message)


def N_(message: str) -> str:  # noqa: N802 - the name that gettext gives to a mark
    """Mark ``message`` for the catalogue; it is translated where it is shown."""
    return message


def in_words(error: UserError) -> str:
    """Return what ``error`` says, in the active language."""
    return _(error.template).format(**error.gaps)


def kept(error: UserError) -> dict[str, Any]:
    """Return ``error`` as JSON, to be told later in whatever language is read then."""
    gaps = {
        name: value if isinstance(value, int) else str(value) for name, value in error.gaps.items()
    }
    return {"template": error.template, "gaps": gaps}


def kept_words(stored: Mapping[str, Any] | None) -> str:
    """Return in the active language what ``kept`` has stored; "" for nothing."""
    if stored is None:
        return ""
    template, gaps = stored["template"], stored["gaps"]
    return in_words(UserError(template, **gaps))
