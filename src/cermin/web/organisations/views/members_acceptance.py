"""Answering an invitation: the invited person's side.

The link is exchanged at once for an entry in the session that holds the token's hash, so that the
token stands in no later address, and so in no log line, error report or Referer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cermin.web.accounts import entrance
from cermin.web.accounts.models import User
from cermin.web.organisations.actions.members_invitations import (
    accept_invitation,
    accept_with_new_account,
)
from cermin.web.organisations.forms.members import NewAccountForm
from cermin.web.organisations.models import Invitation
from cermin.web.organisations.presenters.members import invitation_words
from cermin.web.organisations.queries.members import has_account, hash_of, invitation_by_hash
from cermin.web.organisations.rules.members import InvitationGone, is_open
from cermin.web.pages import clock
from cermin.web.pages.acting import attempt

SESSION_KEY = "invitation"  # holds the hash
View = Callable[..., HttpResponse]


def _confidential(view: View) -> View:
    """Keep no copy; what is gone, for whatever reason, is one polite page."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: str) -> HttpResponse:
        try:
            return view(request, **kwargs)
        except InvitationGone:
            request.session.pop(SESSION_KEY, None)
            return render(request, "organisations/members_gone.html", status=404)

    return guarded


@_confidential
@require_safe
def invitation_open(request: HttpRequest, token: str) -> HttpResponse:
    """Exchange the link for an entry in the session; looking at it uses nothing up."""
    kept = hash_of(token)
    invitation = invitation_by_hash(kept)
    if invitation is not None and is_open(invitation, clock.now()):
        request.session[SESSION_KEY] = kept
    else:
        request.session.pop(SESSION_KEY, None)
    response = redirect("invitation_answer")
    # Only here, where the token stands in the address: browsers that must not say where a form
    # comes from send it with Origin: null, and it would be taken for a forgery.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@_confidential
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_answer(request: HttpRequest) -> HttpResponse:
    """Let the invited person in: with the account there is, or with a new one."""
    invitation = _of_session(request)
    user = request.user
    if isinstance(user, User):
        if user.email.casefold() != invitation.email.casefold():
            return _page(request, invitation, "other_account")
        if request.method == "POST":
            return _accept_as(request, invitation, user)
        return _page(request, invitation, "accept")
    if has_account(invitation.email):
        return _page(request, invitation, "sign_in")
    return _answer_newcomer(request, invitation)


@_confidential
@require_POST
def invitation_switch(request: HttpRequest) -> HttpResponse:
    """Sign out of another account and come back to the invitation."""
    kept = _of_session(request).token_hash
    logout(request)
    request.session[SESSION_KEY] = kept
    return redirect("invitation_answer")


def _of_session(request: HttpRequest) -> Invitation:
    invitation = invitation_by_hash(request.session.get(SESSION_KEY, ""))
    if invitation is None or not is_open(invitation, clock.now()):
        raise InvitationGone("Undangan ini tidak berlaku atau sudah tidak berlaku lagi.")
    return invitation


def _accept_as(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    agency = accept_invitation(
        token_hash=invitation.token_hash, user=user, page=request.path, now=clock.now()
    )
    del request.session[SESSION_KEY]
    messages.success(request, _("Selamat datang di {agency}.").format(agency=agency.name))
    return redirect("agency_home", agency.slug)


def _answer_newcomer(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = NewAccountForm(
        request.POST or None, address=invitation.email, initial={"name": invitation.name}
    )
    made: list[User] = []

    def accept() -> None:
        made.append(
            accept_with_new_account(
                token_hash=invitation.token_hash, email=invitation.email,
                name=form.cleaned_data["name"], password=form.cleaned_data["password"],
                page=request.path, now=clock.now(),
            )
        )  # fmt: skip

    if form.is_valid() and attempt(form, accept):
        sign_in(request, made[0])
        messages.success(request, _("Akun Anda sudah dibuat. Selamat datang."))
        return redirect("agency_home", invitation.agency.slug)
    return _page(request, invitation, "new_account", form)


def _page(
    request: HttpRequest, invitation: Invitation, state: str, form: NewAccountForm | None = None
) -> HttpResponse:
    shown = {"words": invitation_words(invitation), "state": state, "form": form}
    return render(request, "organisations/members_answer.html", shown)


def sign_in(request: HttpRequest, user: User) -> None:
    """Sign in somebody who has just chosen a password, and remember that it was just now."""
    request.session.pop(SESSION_KEY, None)
    entrance.sign_in(request, user)
