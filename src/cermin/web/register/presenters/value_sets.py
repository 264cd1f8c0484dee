"""Values as pages show them: in the reader's language, with the other one beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cermin.core.scheme import Text, ValueSet
from cermin.language import active
from cermin.web.register.rules import ValueSetDraft

_ADDRESS = re.compile(r"https?://[^\s;,)]+")


@dataclass(frozen=True)
class Words:
    """A text in the reader's language, and in the other one."""

    text: str
    other: str


@dataclass(frozen=True)
class ShownValue:
    """A value with its meaning, its behaviours, and the national values it stands for."""

    name: Words
    meaning: Words
    behaviours: tuple[Words, ...]
    maps_to: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    """A legal reference in words, and the addresses in it."""

    words: str
    links: tuple[str, ...]


def other_language() -> str:
    """Return the language that stands beside the reader's."""
    return "id" if active() == "en" else "en"


def words(text: Text) -> Words:
    """Return both texts, the reader's first."""
    return Words(text.in_language(active()), text.in_language(other_language()))


def shown_values(instrument: ValueSet, national: ValueSet) -> list[ShownValue]:
    """Return the values of a set that comes with Cermin."""
    return [
        ShownValue(
            words(value.name),
            words(value.meaning),
            tuple(words(one.text) for one in value.behaviours),
            national_names(value.maps_to, national),
        )
        for value in instrument.values
    ]


def shown_draft(draft: ValueSetDraft, national: ValueSet) -> list[ShownValue]:
    """Return the values of an agency's own set; without English text the Indonesian one stands."""
    return [
        ShownValue(
            _both(value.name, value.name_en),
            _both(value.meaning, value.meaning_en),
            tuple(_both(one.text, one.text_en) for one in value.behaviours),
            national_names(value.maps_to, national),
        )
        for value in draft.values
    ]


def national_names(ids: tuple[str, ...], national: ValueSet) -> tuple[str, ...]:
    """Return the names of national values in their own order."""
    return tuple(v.name.in_language(active()) for v in national.values if v.id in ids)


def reference_of(instrument: ValueSet) -> Reference:
    """Return where a shipped set comes from, its addresses apart from the words."""
    text = instrument.source.reference
    links = tuple(_ADDRESS.findall(text))
    plain = re.sub(r"\s*\(\s*\)", "", _ADDRESS.sub("", text))
    return Reference(re.sub(r"[\s:;]+$", "", " ".join(plain.split())), links)


def _both(text: str, english: str) -> Words:
    return words(Text(text, english or text))
