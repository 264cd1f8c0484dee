"""The key of the box: choosing where it is, copies of holders, test openings, handing over."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from cermin.core.errors import UserError
from cermin.language import in_words
from cermin.web.cycles.models import Cycle
from cermin.web.cycles.views.cycles import cycle_of_year
from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.models import Role
from cermin.web.pages.acting import attempt
from cermin.web.pages.export import download
from cermin.web.survey.actions.keys import (
    hand_over,
    keep_key_on_site,
    make_copy,
    name_holders,
    try_copy,
)
from cermin.web.survey.forms.keys import CopyForm, KeyChoiceForm, OpenForm
from cermin.web.survey.models import KeyMode
from cermin.web.survey.presenters.keys import keys_page
from cermin.web.survey.queries.keys import box_key_of, holder_of, people_of
from cermin.web.survey.rules.keys import check_can_see_keys

_BYTES = "application/octet-stream"


@agency_page()
@require_safe
@never_cache
def survey_keys(request: AgencyRequest, year: int) -> HttpResponse:
    """Show how far the key is, and what this person can do about it."""
    return _page(request, _cycle(request, year))


@agency_page(Role.OWNER)
@require_POST
def survey_keys_choose(request: AgencyRequest, year: int) -> HttpResponse:
    """Choose where the key is, and who holds copies."""
    cycle = _cycle(request, year)
    form = KeyChoiceForm(request.POST, people=people_of(request.agency))
    if form.is_valid() and _chosen(request, cycle, form):
        messages.success(request, _("Pilihan kunci kotak suara disimpan."))
        return redirect("survey_keys", request.agency.slug, year)
    return _page(request, cycle, choice=form)


def _chosen(request: AgencyRequest, cycle: Cycle, form: KeyChoiceForm) -> bool:
    facts = {"cycle": cycle, "by": request.member, "now": request.now}
    if form.cleaned_data["mode"] == KeyMode.SIMPLE:
        return attempt(form, keep_key_on_site, **facts)
    return attempt(form, name_holders, users=form.cleaned_data["holders"], **facts)


@sensitive_post_parameters("passphrase", "again")
@agency_page()
@require_POST
@never_cache
def survey_key_copy(request: AgencyRequest, year: int) -> HttpResponse:
    """Send a holder the locked copy."""
    cycle = _cycle(request, year)
    form = CopyForm(request.POST)
    if form.is_valid():
        try:
            copy = make_copy(cycle=cycle, by=request.member, now=request.now, **form.cleaned_data)
        except UserError as error:
            form.add_error(None, in_words(error))
        else:
            return download(copy, f"kunci-kotak-suara-{request.agency.slug}-{year}.kunci", _BYTES)
    return _page(request, cycle, copy=form)


@sensitive_post_parameters("passphrase")
@agency_page()
@require_POST
@never_cache
def survey_key_test(request: AgencyRequest, year: int) -> HttpResponse:
    """Open a test ballot with a holder's copy."""
    cycle = _cycle(request, year)
    form = OpenForm(request.POST, request.FILES, auto_id="uji-%s")
    if form.is_valid() and attempt(
        form, try_copy, cycle=cycle, by=request.member, now=request.now, **form.cleaned_data
    ):
        messages.success(
            request, _("Uji buka berhasil: salinan Anda membuka surat suara uji periode ini.")
        )
        return redirect("survey_keys", request.agency.slug, year)
    return _page(request, cycle, test=form)


@agency_page(Role.OWNER)
@require_POST
def survey_keys_hand_over(request: AgencyRequest, year: int) -> HttpResponse:
    """Destroy the site's own copy."""
    cycle = _cycle(request, year)
    hand_over(cycle=cycle, by=request.member, now=request.now)
    messages.success(
        request, _("Kunci diserahkan. Situs sudah memusnahkan kuncinya; hanya para pemegang yang "
                   "dapat membuka kotak suara.")
    )  # fmt: skip
    return redirect("survey_keys", request.agency.slug, year)


def _cycle(request: AgencyRequest, year: int) -> Cycle:
    """Return the cycle; holders see its key, and owners."""
    cycle = cycle_of_year(request, year)
    check_can_see_keys(request.member, cycle, holder_of(box_key_of(cycle), request.member))
    return cycle


def _page(
    request: AgencyRequest, cycle: Cycle, *, choice: KeyChoiceForm | None = None,
    copy: CopyForm | None = None, test: OpenForm | None = None,
) -> HttpResponse:  # fmt: skip
    page = keys_page(cycle, request.member)
    chosen = {
        "mode": KeyMode.WITNESSED if page.witnessed else KeyMode.SIMPLE,
        "holders": [str(one.user_id) for one in page.holders],
    }
    shown = {
        "cycle": cycle,
        "page": page,
        "choice": choice or KeyChoiceForm(initial=chosen, people=people_of(request.agency)),
        "copy": copy or CopyForm(),
        "test": test or OpenForm(auto_id="uji-%s"),
    }
    return render(request, "survey/keys.html", shown)
