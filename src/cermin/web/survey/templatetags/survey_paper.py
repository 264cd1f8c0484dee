"""The questions of a ballot paper in templates."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from cermin.web.survey.presenters.paper import Question, question_of
from cermin.web.survey.rules.answers import Field

register = template.Library()


@register.simple_tag(takes_context=True)
def question(context: template.Context, field: Field) -> Question:
    """Return ``field`` in the language of the page, with its ``kept`` answer and what is wrong."""
    return question_of(
        field, get_language() or "id", kept=context.get("kept") or {},
        wrong=context.get("wrong") or {},
    )  # fmt: skip
