"""Tags and filters of every template."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.forms import BaseForm, BoundField
from django.http import HttpRequest
from django.templatetags.l10n import unlocalize

from cermin.web.pages.navigation import Link, links

register = template.Library()
register.filter("unlocalize", unlocalize)  # ids and years in attributes, without thousands points


@register.simple_tag(takes_context=True)
def here(context: template.Context, name: str) -> str:
    """Return ``aria-current`` for a link to the part of the site that is shown."""
    return "page" if _view_name(context).startswith(name) else "false"


@register.simple_tag(takes_context=True)
def agency_links(context: template.Context) -> list[Link]:
    """Return the links to the parts of the agency's site that the member is led to."""
    return links(context["agency"].slug, context["member"].roles, _view_name(context))


@register.filter
def indent(depth: int) -> str:
    """Return the class that moves a unit in by its depth in the tree."""
    return f"level-{min(depth, 5)}"


@register.filter
def at(mapping: dict[object, object], key: object) -> object:
    """Return ``mapping[key]``, or nothing."""
    return mapping.get(key, "")


@register.filter
def last_day(end: datetime) -> datetime:
    """Return a moment of the last day before ``end``: what ends at midnight ends the day before."""
    return end - timedelta(microseconds=1)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether a field is one box to tick, whose label stands beside it."""
    return field.widget_type == "checkbox"


@register.filter
def wrong_fields(form: BaseForm) -> list[BoundField]:
    """Return the visible fields with errors, for the list above the form."""
    return [field for field in form.visible_fields() if field.errors]


def _view_name(context: template.Context) -> str:
    request: HttpRequest | None = context.get("request")
    match = request.resolver_match if request else None
    return (match.view_name or "") if match else ""
