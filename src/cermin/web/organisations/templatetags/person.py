"""What this app adds to the account page, which belongs to an app below it."""

from __future__ import annotations

from django import template
from django.db.models import QuerySet

from cermin.web.accounts.models import User
from cermin.web.organisations.models import Membership

register = template.Library()


@register.simple_tag
def roles_of(user: User) -> QuerySet[Membership]:
    """Return the roles of ``user`` in all agencies, by agency."""
    held = Membership.objects.filter(user=user).select_related("agency")
    return held.order_by("agency__name", "role", "unit_code")
