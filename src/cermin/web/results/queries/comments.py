"""Reads of the comments of a closed survey, in groups that may be read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.utils.translation import gettext as _

from cermin.instruments.load import load_questionnaire
from cermin.language import active
from cermin.web.cycles.models import Cycle
from cermin.web.results.queries.evidence import units_of
from cermin.web.results.rules.comments import readable
from cermin.web.survey.models import Comment
from cermin.web.survey.rules.classes import SMALL_UNITS, SMALL_UNITS_NAME


@dataclass(frozen=True)
class Heard:
    """The comments of one group of units."""

    unit: str  # "" for all units that are not shown alone
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """A question with the groups of comments that may be read; none when they are too few."""

    question: str
    groups: list[Heard]


def comments_of(cycle: Cycle) -> list[Asked]:
    """Return every question that asked for words."""
    found: defaultdict[tuple[str, str], defaultdict[str, list[str]]]
    found = defaultdict(lambda: defaultdict(list))
    rows = Comment.objects.filter(survey__cycle=cycle).order_by("questionnaire", "item")
    for questionnaire, item, unit, text in rows.values_list(
        "questionnaire", "item", "unit_code", "text"
    ):
        found[questionnaire, item][unit].append(text)
    names = {unit.id: unit.name for unit in units_of(cycle)} | {SMALL_UNITS: _(SMALL_UNITS_NAME)}
    asked = []
    for (questionnaire, item), texts in found.items():
        groups = readable(texts, threshold=cycle.threshold)
        heard = [Heard(names.get(one.unit, ""), one.texts) for one in groups]
        asked.append(Asked(_question(questionnaire, item), heard))
    return asked


def _question(questionnaire: str, item: str) -> str:
    items = {one.id: one for one in load_questionnaire(questionnaire).items}
    return items[item].text.in_language(active()) if item in items else item
