"""What an evaluation is made of: values, questionnaires, worksheets, methods.

Frozen facts without behaviour beyond look-ups. ``instruments`` builds them from YAML.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ItemKind(StrEnum):
    """How an item is answered."""

    LIKERT = "likert"
    CHOOSE_K = "choose_k"
    SINGLE_CHOICE = "single_choice"
    SCALE_0_10 = "scale_0_10"
    COMMENT = "comment"


class Scoring(StrEnum):
    """How a mean answer becomes an index from 0 to 100."""

    PERCENT_OF_RANGE = "percent_of_range"  # 100 (mean - low) / (high - low)
    PERCENT_OF_MAXIMUM = "percent_of_maximum"  # 100 mean / high
    SHARE_OF_VOTES = "share_of_votes"  # 100 mean of 0/1 votes


class IndexType(StrEnum):
    """What a published number measures; numbers of different types are never compared."""

    IMPLEMENTATION = "implementation"
    TOTAL_CULTURE_HEALTH = "total_culture_health"
    COMPOSITE = "composite"
    SATISFACTION = "satisfaction"  # public satisfaction (SKM), not a culture index


class CriterionKind(StrEnum):
    """How a worksheet criterion is scored."""

    YES_NO = "yes_no"
    A_TO_C = "a_to_c"
    A_TO_D = "a_to_d"
    A_TO_E = "a_to_e"
    ZERO_TO_FIVE = "zero_to_five"
    PERCENT = "percent"


class MinimumRule(StrEnum):
    """How the minimum number of respondents is set."""

    ENTERED = "entered"
    SLOVIN = "slovin"
    KREJCIE_MORGAN = "krejcie_morgan"
    NONE = "none"


@dataclass(frozen=True)
class Text:
    """One sentence in both languages."""

    id: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the English text for "en", else the Indonesian one."""
        return self.en if language == "en" else self.id


@dataclass(frozen=True)
class Source:
    """Where an instrument comes from, and whether it is our own draft."""

    reference: str
    own_draft: bool
    note: Text | None = None


@dataclass(frozen=True)
class Behaviour:
    """One guided behaviour of a value."""

    id: str
    text: Text


@dataclass(frozen=True)
class Value:
    """One core value."""

    id: str
    name: Text
    meaning: Text
    behaviours: tuple[Behaviour, ...]
    maps_to: tuple[str, ...] = ()  # national values that a local value stands for


@dataclass(frozen=True)
class ValueSet:
    """A dated set of values: the national seven, or a local set mapped to them."""

    id: str
    title: Text
    source: Source
    values: tuple[Value, ...]
    national: str | None = None  # id of the set that a local one maps to
    sha256: str = ""

    def value(self, value_id: str) -> Value:
        """Return the value with this id; KeyError if absent."""
        return {v.id: v for v in self.values}[value_id]


@dataclass(frozen=True)
class Option:
    """One answer of an item: the integer stored and the label shown.

    The options of a choose-k list also have an ``id`` (for the column of votes), a ``tone``
    ("positive" or "limiting"), an area of awareness and, for behaviours of a value, that value.
    """

    code: int
    label: Text
    id: str | None = None
    tone: str | None = None
    value: str | None = None
    behaviour: str | None = None
    area: str | None = None


@dataclass(frozen=True)
class Column:
    """One integer column of a snapshot: an item, or one option of a choose-k item (0/1)."""

    name: str
    item: str
    kind: ItemKind
    text: Text
    dimension: str | None  # scored in this dimension; None: not part of the index
    behaviour: str | None
    low: int
    high: int
    option: Option | None = None  # set for votes only


@dataclass(frozen=True)
class Item:
    """One question."""

    id: str
    kind: ItemKind
    text: Text
    dimension: str | None = None  # value (or other dimension) that the item measures
    behaviour: str | None = None
    options: tuple[Option, ...] = ()
    choose: int | None = None  # exactly k options of a choose-k item
    weight: str | None = None  # free tag, e.g. "positive" / "limiting" of a vote option list
    occasion: str | None = None  # of a choose-k item: personal, current or desired

    @property
    def codes(self) -> tuple[int, ...]:
        """Answers in integers: those of its options, or of the scale from 0 to 10 without any."""
        return tuple(option.code for option in self.options) or tuple(range(11))

    @property
    def columns(self) -> tuple[Column, ...]:
        """Integer columns of this item in a snapshot; a comment has none.

        Votes on the current culture count towards the value of their option; the other two
        lists are kept but score no value.
        """
        if self.kind is ItemKind.COMMENT:
            return ()
        if self.kind is ItemKind.CHOOSE_K:
            return tuple(_vote_column(self, option) for option in self.options)
        return (
            Column(
                name=self.id,
                item=self.id,
                kind=self.kind,
                text=self.text,
                dimension=self.dimension,
                behaviour=self.behaviour,
                low=min(self.codes),
                high=max(self.codes),
            ),
        )


def _vote_column(item: Item, option: Option) -> Column:
    scored = item.occasion == "current"
    return Column(
        name=f"{item.id}_{option.id}",
        item=item.id,
        kind=item.kind,
        text=option.label,
        dimension=option.value if scored else None,
        behaviour=option.behaviour if scored else None,
        low=0,
        high=1,
        option=option,
    )


@dataclass(frozen=True)
class Dimension:
    """A group of items scored together."""

    id: str
    name: Text


@dataclass(frozen=True)
class Questionnaire:
    """A dated questionnaire."""

    id: str
    title: Text
    source: Source
    dimensions: tuple[Dimension, ...]
    items: tuple[Item, ...]
    minutes: int
    value_set: str | None = None
    sha256: str = ""
    introduction: Text | None = None
    areas: tuple[Dimension, ...] = ()  # areas of awareness that vote options belong to

    @property
    def columns(self) -> tuple[Column, ...]:
        """All integer columns of a snapshot, in the order of the questionnaire."""
        return tuple(column for item in self.items for column in item.columns)

    def items_of(self, dimension: str) -> tuple[Item, ...]:
        """Return the items that measure ``dimension``, in order."""
        return tuple(item for item in self.items if item.dimension == dimension)


@dataclass(frozen=True)
class Criterion:
    """One line of a worksheet."""

    id: str
    text: Text
    kind: CriterionKind
    evidence: Text
    may_be_not_applicable: bool = False
    rubric: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True)
class Aspect:
    """A weighted branch of a worksheet: either more aspects or criteria."""

    id: str
    name: Text
    weight: float
    aspects: tuple[Aspect, ...] = ()
    criteria: tuple[Criterion, ...] = ()


@dataclass(frozen=True)
class Worksheet:
    """A dated evidence worksheet (lembar kerja evaluasi)."""

    id: str
    title: Text
    source: Source
    aspects: tuple[Aspect, ...]
    sha256: str = ""


@dataclass(frozen=True)
class Band:
    """One category; an index belongs to the highest band whose lower bound it reaches."""

    id: str
    name: Text
    lower: float
    meaning: Text | None = None


@dataclass(frozen=True)
class Method:
    """A dated method: what is asked, how it is scored, rounded and classified."""

    id: str
    title: Text
    source: Source
    years: tuple[int, ...]
    index_type: IndexType  # of the headline number
    questionnaire: str
    worksheet: str | None
    value_set: str
    scoring: Scoring
    survey_weight: float
    evidence_weight: float
    decimals: int
    bands: tuple[Band, ...]  # highest first
    minimum_rule: MinimumRule
    minimum_parameter: float | None  # Slovin's margin of error, Krejcie-Morgan's d, ...
    threshold: int
    breaks_from: tuple[str, ...] = ()  # ids of methods whose numbers are not comparable
    sha256: str = ""
