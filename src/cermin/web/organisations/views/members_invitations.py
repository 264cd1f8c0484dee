"""Inviting people, and what becomes of invitations: the owner's side."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.actions.members_invitations import (
    IssuedInvitation,
    invite_members,
    resend_invitation,
    revoke_invitation,
)
from cermin.web.organisations.actions.members_mail import mail_invitations
from cermin.web.organisations.forms.members import InviteForm
from cermin.web.organisations.models import Invitation, Role
from cermin.web.organisations.presenters.members import invitation_words
from cermin.web.organisations.queries.members import unit_choices
from cermin.web.pages.acting import attempt


@agency_page(Role.OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def member_invite(request: AgencyRequest) -> HttpResponse:
    """Invite several people to one role."""
    form = InviteForm(request.POST or None, units=unit_choices(request.agency))
    issued: list[IssuedInvitation] = []

    def invite() -> None:
        issued.extend(
            invite_members(
                agency=request.agency, role=Role(form.cleaned_data["role"]),
                unit_code=form.cleaned_data["unit_code"], people=form.cleaned_data["people"],
                by=request.member, now=request.now,
            )
        )  # fmt: skip

    if form.is_valid() and attempt(form, invite):
        return hand_over(request, issued, back=reverse("member_list", args=[request.agency.slug]))
    return render(request, "organisations/members_invite.html", {"form": form})


@agency_page(Role.OWNER)
@require_POST
@never_cache
def invitation_resend(request: AgencyRequest, pk: int) -> HttpResponse:
    """Send a new link in place of the old one."""
    invitation = get_object_or_404(Invitation, agency=request.agency, pk=pk)
    issued = resend_invitation(
        agency=request.agency, invitation=invitation, by=request.member, now=request.now
    )
    return hand_over(request, [issued], back=reverse("member_list", args=[request.agency.slug]))


@agency_page(Role.OWNER)
@require_POST
def invitation_revoke(request: AgencyRequest, pk: int) -> HttpResponse:
    """Make a link stop working."""
    invitation = get_object_or_404(Invitation, agency=request.agency, pk=pk)
    revoke_invitation(
        agency=request.agency, invitation=invitation, by=request.member, now=request.now
    )
    messages.success(request, _("Undangan dibatalkan."))
    return redirect("member_list", request.agency.slug)


def hand_over(
    request: HttpRequest, issued: Sequence[IssuedInvitation], *, back: str
) -> HttpResponse:
    """Mail the links; those that cannot be mailed are shown, this once, to be copied or printed."""

    def link_of(token: str) -> str:
        return request.build_absolute_uri(reverse("invitation", args=[token]))

    left = mail_invitations(issued, link_of=link_of)
    n_sent = len(issued) - len(left)
    if n_sent:
        messages.success(request, _("{n} undangan dikirim.").format(n=n_sent))
    if not left:
        return redirect(back)
    shown = {
        "links": [(invitation_words(one.invitation), link_of(one.token)) for one in left],
        "n_sent": n_sent,
        "back": back,
    }
    return render(request, "organisations/members_links.html", shown)
