"""Events of the trail as sentences, with what was there before and what came after."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cermin.core.rounding import format_number
from cermin.language import N_, active
from cermin.web.audit.models import AuditEvent
from cermin.web.organisations.presenters.audit_words import (
    FACTS,
    NEUTRAL,
    OBJECTS,
    SENTENCES,
    VALUES,
)

_BEFORE_AND_AFTER = (("before", "after"), ("old", "new"))
_SHOWN_ITEMS = 30  # of a list of codes; the rest is counted


@dataclass(frozen=True)
class Fact:
    """One thing that an event tells: what it was, and what it became."""

    label: str
    text: str
    before: str | None = None  # None where nothing was replaced


@dataclass(frozen=True)
class EventLine:
    """An event as the page shows it."""

    sequence: int
    at: datetime
    who: str
    sentence: str
    facts: tuple[Fact, ...]
    page: str


def event_line(event: AuditEvent) -> EventLine:
    """Return ``event`` in the reader's language."""
    return EventLine(
        sequence=event.sequence,
        at=event.at,
        who=event.actor_name or _("Tanpa nama"),
        sentence=sentence_of(event),
        facts=tuple(_facts(event.details)),
        page=event.page,
    )


def sentence_of(event: AuditEvent) -> str:
    """Return what was done; an action without words of its own gets a neutral sentence."""
    said = {key: _words(key, value) for key, value in event.details.items()}
    gaps = defaultdict(lambda: "…", said)
    gaps["object_id"] = event.object_id
    gaps["object"] = object_name(event.object_type)
    gaps["action"] = event.action.replace("_", " ")
    # Not format_map: details are what people typed, and format would read into them.
    text = _(SENTENCES.get(event.action, NEUTRAL))
    return re.sub(r"\{(\w+)\}", lambda gap: gaps[gap[1]], text)


def action_name(action: str) -> str:
    """Return the short name of an action, for the filter: its sentence without the gaps."""
    sentence = SENTENCES.get(action)
    if sentence is None:
        return action.replace("_", " ").capitalize()
    return re.sub(r"\{\w+\}", "…", _(sentence)).rstrip(".")


def object_name(object_type: str) -> str:
    """Return the name of a kind of thing."""
    return str(OBJECTS.get(object_type, object_type.replace("_", " ")))


HEADINGS = (
    N_("No."), N_("Waktu"), N_("Siapa"), N_("Tindakan"), N_("Rincian"), N_("Halaman"),
    N_("Tentang"), N_("Kode"),
)  # fmt: skip


def event_rows(events: list[AuditEvent]) -> Iterator[tuple[object, ...]]:
    """Return events as rows of a sheet, below HEADINGS."""
    for event in events:
        line = event_line(event)
        facts = "; ".join(_fact_text(fact) for fact in line.facts)
        about = object_name(event.object_type)
        yield (line.sequence, line.at, line.who, line.sentence, facts, line.page, about,
               event.object_id)  # fmt: skip


def _fact_text(fact: Fact) -> str:
    before = "" if fact.before is None else f"{fact.before} → "
    return f"{fact.label}: {before}{fact.text}"


def _facts(details: dict[str, Any]) -> Iterator[Fact]:
    rest = dict(details)
    for old, new in _BEFORE_AND_AFTER:
        if old in rest and new in rest:
            yield from _changes(rest.pop(old), rest.pop(new))
    for key, value in rest.items():
        if key == "changes" and isinstance(value, dict):
            yield from _facts(value)
        elif isinstance(value, dict) and set(value) == {"old", "new"}:
            yield Fact(_label(key), _words(key, value["new"]), _words(key, value["old"]))
        else:
            yield Fact(_label(key), _words(key, value))


def _changes(old: object, new: object) -> Iterator[Fact]:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        yield Fact(_("Isi"), _words("", new), _words("", old))
        return
    for key in {**old, **new}:
        yield Fact(_label(key), _words(key, new.get(key)), _words(key, old.get(key)))


def _label(key: str) -> str:
    return str(FACTS.get(key, key.replace("_", " ").capitalize()))


def _words(key: str, value: object) -> str:
    """Return a value as people write it."""
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return _("ya") if value else _("tidak")
    if isinstance(value, int):
        plain = key in ("year", "source_year", "position")
        return str(value) if plain else format_number(value, 0, active())
    if isinstance(value, list):
        more = _(" dan {n} lagi").format(n=len(value) - _SHOWN_ITEMS)
        listed = ", ".join(_words(key, one) for one in value[:_SHOWN_ITEMS])
        return listed + (more if len(value) > _SHOWN_ITEMS else "")
    if isinstance(value, dict):
        return ", ".join(f"{_label(str(k))} → {_words('', one)}" for k, one in value.items())
    known = VALUES.get(key, {}).get(str(value))
    return str(known) if known is not None else _moment(str(value))


def _moment(text: str) -> str:
    """Return a moment or a day in the active time zone; any other text as it is."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d(T[\d:.+]+)?", text):
        return text
    try:
        if len(text) == len("2026-01-31"):
            return date_format(date.fromisoformat(text), "j F Y")
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    local = timezone.localtime(at) if timezone.is_aware(at) else at
    return date_format(local, "j F Y H.i")
