"""Tags and filters of every template."""

from __future__ import annotations

from django import template
from django.forms import BoundField
from django.http import HttpRequest

register = template.Library()


@register.simple_tag(takes_context=True)
def here(context: template.Context, name: str) -> str:
    """Return ``aria-current`` for a link to the part of the site that is shown."""
    request: HttpRequest | None = context.get("request")
    match = request.resolver_match if request else None
    return "page" if match and (match.view_name or "").startswith(name) else "false"


@register.filter
def indent(depth: int) -> str:
    """Return the class that moves a unit in by its depth in the tree."""
    return f"level-{min(depth, 5)}"


@register.filter
def at(mapping: dict[object, object], key: object) -> object:
    """Return ``mapping[key]``, or nothing."""
    return mapping.get(key, "")


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether a field is one box to tick, whose label stands beside it."""
    return field.widget_type == "checkbox"
