"""Setting up an empty site, one page per step; what was typed waits in the session.

Nothing secret waits there: the password is asked for last, and goes straight to the action.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core.internal import ratelimit
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cermin.web.accounts.models import User
from cermin.web.operations.actions.setup import set_up_site
from cermin.web.operations.forms.setup import CodeForm, IdentityStep, OwnerStep, PlaceStep
from cermin.web.operations.queries.setup import code_fits, is_set_up
from cermin.web.organisations.forms.agency import facts_of, suggested_slug
from cermin.web.organisations.models import Agency
from cermin.web.organisations.views.members_acceptance import sign_in
from cermin.web.pages import clock
from cermin.web.pages.acting import attempt

_SESSION_KEY = "setup"
_WRONG_CODES = {"code": "10/10m/ip"}
View = Callable[..., HttpResponse]


def _setup_page(view: View) -> View:
    """Only until the site is set up; afterwards the address does not exist."""

    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: str) -> HttpResponse:
        if is_set_up():
            raise Http404
        return view(request, **kwargs)

    return guarded


def _with_code(view: View) -> View:
    """Only with the code of this site in the address."""

    @_setup_page
    @wraps(view)
    def guarded(request: HttpRequest, code: str) -> HttpResponse:
        if refusal := _refusal(request, code):
            return refusal
        return view(request, code=code)

    return guarded


def _refusal(request: HttpRequest, code: str) -> HttpResponse | None:
    """Return the page that a wrong code gets, and any code after too many wrong ones."""
    if not _few_wrong_codes(request, dry_run=True):
        return _start_page(request, CodeForm(), "too_many", status=429)
    if code_fits(code):
        return None
    _few_wrong_codes(request, dry_run=False)
    return _start_page(request, CodeForm(), "wrong", status=403)


def _few_wrong_codes(request: HttpRequest, *, dry_run: bool) -> bool:
    used = ratelimit.consume(
        request, app="cermin.setup", action="code", config=_WRONG_CODES, limit_get=True,
        dry_run=dry_run,
    )  # fmt: skip
    return used is not None


@_setup_page
def setup_start(request: HttpRequest) -> HttpResponse:
    """Say where the code is found, and take it."""
    form = CodeForm(request.POST or None)
    if form.is_valid():
        code = form.cleaned_data["code"]
        return _refusal(request, code) or redirect("setup", code=code)
    return _start_page(request, form, "")


def _start_page(
    request: HttpRequest, form: CodeForm, problem: str, *, status: int = 200
) -> HttpResponse:
    shown = {"form": form, "problem": problem, "steps": _steps(0)}
    return render(request, "operations/setup_start.html", shown, status=status)


@_with_code
def setup(request: HttpRequest, code: str) -> HttpResponse:
    """Step one: which agency."""
    form = IdentityStep(request.POST or None, initial=_typed(request))
    if form.is_valid():
        _keep(request, form)
        return redirect("setup_place", code=code)
    return _step_page(request, form, code, step=1)


@_with_code
def setup_place(request: HttpRequest, code: str) -> HttpResponse:
    """Step two: address, language, time zone, where to begin."""
    typed = _typed(request)
    if "name" not in typed:
        return redirect("setup", code=code)
    initial = {"slug": suggested_slug(typed["name"])} | typed
    form = PlaceStep(request.POST or None, initial=initial)
    if form.is_valid():
        _keep(request, form)
        return redirect("setup_owner", code=code)
    return _step_page(request, form, code, step=2)


@_with_code
def setup_owner(request: HttpRequest, code: str) -> HttpResponse:
    """Step three: the first owner; then the site is made and the owner signed in."""
    typed = _typed(request)
    if "slug" not in typed:
        return redirect("setup_place", code=code)
    form = OwnerStep(request.POST or None)
    made: list[tuple[Agency, User]] = []

    def set_up() -> None:
        made.append(
            set_up_site(
                facts=facts_of(typed), slug=typed["slug"], page=request.path, now=clock.now(),
                owner_name=form.cleaned_data["name"], owner_email=form.cleaned_data["email"],
                password=form.cleaned_data["password"],
            )
        )  # fmt: skip

    if form.is_valid() and attempt(form, set_up):
        return _welcome(request, *made[0], starts_with_units=typed["units"] == "now")
    return _step_page(request, form, code, step=3)


def _welcome(
    request: HttpRequest, agency: Agency, owner: User, *, starts_with_units: bool
) -> HttpResponse:
    del request.session[_SESSION_KEY]
    sign_in(request, owner)
    words = _("Situs sudah siap.")
    if starts_with_units:
        words += " " + _("Langkah berikutnya di beranda: susun unit kerja.")
    messages.success(request, words)
    if settings.DEMO:  # without second factor
        return redirect("agency_home", agency.slug)
    return redirect("mfa_activate_totp")


def _typed(request: HttpRequest) -> dict[str, Any]:
    kept: dict[str, Any] = request.session.get(_SESSION_KEY, {})
    return kept


def _keep(request: HttpRequest, form: forms.Form) -> None:
    request.session[_SESSION_KEY] = _typed(request) | form.cleaned_data


def _step_page(request: HttpRequest, form: forms.Form, code: str, *, step: int) -> HttpResponse:
    back = {2: "setup", 3: "setup_place"}.get(step, "")
    shown = {"form": form, "code": code, "steps": _steps(step), "back": back, "step": step}
    return render(request, "operations/setup_step.html", shown)


def _steps(now: int) -> list[tuple[str, str]]:
    """Return the steps of the progress list with their state; ``now`` is the one shown."""
    names = [
        _("Kode penyiapan"),
        _("Instansi"),
        _("Alamat, bahasa, dan waktu"),
        _("Pengelola pertama"),
        _("Kode autentikator"),
    ]
    states = ["done" if at < now else "now" if at == now else "todo" for at in range(len(names))]
    return list(zip(names, states, strict=True))
