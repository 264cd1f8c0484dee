"""The gate of every page of an agency: who is not a member learns not even that it exists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone

from cermin.web.accounts.models import User
from cermin.web.audit.actor import Actor
from cermin.web.organisations.models import Agency, Role
from cermin.web.organisations.queries import member_of
from cermin.web.organisations.rules import Forbidden, Member, check_role
from cermin.web.pages import clock

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class AgencyRequest(HttpRequest):
    """A request that has passed the gate."""

    agency: Agency
    member: Member
    now: datetime


AgencyView = Callable[Concatenate[AgencyRequest, P], HttpResponseBase]


def agency_page(*roles: Role) -> Callable[[AgencyView[P]], Callable[..., HttpResponseBase]]:
    """Let only members of the agency in the address pass; with ``roles``, only those roles.

    The view gets ``request.agency`` and ``request.member`` in place of the address's ``agency``.
    Other people get 404, as for an agency that does not exist; members without the role get 403.
    """

    def decorate(view: AgencyView[P]) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def gated(
            request: HttpRequest, agency: str, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            found = Agency.objects.filter(slug=agency).first()
            if found is None:
                raise Http404
            member = member_of(cast(User, request.user), found, request.path)
            if member is None:
                raise Http404
            passed = cast(AgencyRequest, request)
            passed.agency, passed.member, passed.now = found, member, clock.now()
            timezone.activate(found.time_zone)
            check_role(member, found, *(roles or Role))
            return view(passed, *args, **kwargs)

        return gated

    return decorate


def public_agency_page(view: AgencyView[P]) -> Callable[..., HttpResponseBase]:
    """Let anybody pass: for what an agency shows to all its employees without an account."""

    @wraps(view)
    def gated(
        request: HttpRequest, agency: str, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        found = Agency.objects.filter(slug=agency).first()
        if found is None:
            raise Http404
        user = request.user
        member = member_of(user, found, request.path) if isinstance(user, User) else None
        passed = cast(AgencyRequest, request)
        passed.agency, passed.now = found, clock.now()
        passed.member = member or Member(id="", name="", page=request.path)
        timezone.activate(found.time_zone)
        return view(passed, *args, **kwargs)

    return gated


def operator_page(view: View[P]) -> Callable[..., HttpResponseBase]:
    """Let only operators of the site pass."""

    @login_required
    @wraps(view)
    def gated(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not cast(User, request.user).is_operator:
            raise Forbidden("Peran Anda tidak mengizinkan tindakan ini.")
        return view(request, *args, **kwargs)

    return gated


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts on a page that belongs to no agency."""
    user = cast(User, request.user)
    return Actor(id=str(user.pk), name=user.name or user.email, page=request.path)
