"""People of an agency: the list, one person, roles."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.actions.members import give_role, remove_role
from cermin.web.organisations.forms.members import MemberFilter, RoleForm
from cermin.web.organisations.models import Membership, Role
from cermin.web.organisations.presenters.members import (
    PEOPLE_HEADINGS,
    ROLE_WORDS,
    pending_lines,
    people_rows,
    role_held_line,
)
from cermin.web.organisations.queries import members as queries
from cermin.web.organisations.rules import Forbidden
from cermin.web.pages.acting import attempt
from cermin.web.pages.export import xlsx_response

_PER_PAGE = 50


@agency_page(Role.OWNER)
@require_safe
def member_list(request: AgencyRequest) -> HttpResponse:
    """Show who is in the agency, and who is invited."""
    wanted = _wanted(request)
    people = queries.people_of(request.agency, text=wanted["q"], role=wanted["role"])
    pending = queries.pending_invitations(request.agency, text=wanted["q"], role=wanted["role"])
    page = Paginator(people, _PER_PAGE).get_page(request.GET.get("halaman"))
    waiting = Paginator(pending, _PER_PAGE).get_page(request.GET.get("undangan"))
    names = queries.unit_names(request.agency)
    shown = {
        "filter": MemberFilter(initial=wanted),
        "wanted": wanted,
        "is_filtered": any(wanted.values()),
        "page": page,
        "people": [(person, [role_held_line(r) for r in person.roles]) for person in page],
        "waiting": waiting,
        "pending": pending_lines(waiting, names, now=request.now),
    }
    return render(request, "organisations/members.html", shown)


def _wanted(request: HttpRequest) -> dict[str, str]:
    role = request.GET.get("role", "")
    return {
        "q": request.GET.get("q", "").strip().replace("\0", ""),
        "role": role if role in Role else "",
    }


@agency_page(Role.OWNER)
@require_safe
def member_export(request: AgencyRequest) -> HttpResponse:
    """Send the list as an Excel file."""
    wanted = _wanted(request)
    people = queries.people_of(request.agency, text=wanted["q"], role=wanted["role"])
    return xlsx_response(
        f"orang-{request.agency.slug}",
        [str(heading) for heading in PEOPLE_HEADINGS],
        people_rows(people, request.agency),
        title=_("Orang dan peran"),
    )


@agency_page()
@require_safe
def member_roles(request: AgencyRequest) -> HttpResponse:
    """Say what each role may see and do."""
    shown = {"roles": ROLE_WORDS.values(), "own": request.member.roles}
    return render(request, "organisations/members_roles.html", shown)


@agency_page()
@require_safe
def member_detail(request: AgencyRequest, user_id: UUID) -> HttpResponse:
    """Show one person: owners see everybody, others themselves."""
    if not request.member.has(Role.OWNER) and request.member.id != str(user_id):
        raise Forbidden("Peran Anda tidak mengizinkan tindakan ini.")
    form = RoleForm(units=queries.unit_choices(request.agency))
    return _member_page(request, user_id, form)


@agency_page(Role.OWNER)
@require_POST
def member_give_role(request: AgencyRequest, user_id: UUID) -> HttpResponse:
    """Give somebody another role."""
    form = RoleForm(request.POST, units=queries.unit_choices(request.agency))
    if form.is_valid() and attempt(
        form, give_role, agency=request.agency, user_id=user_id,
        role=Role(form.cleaned_data["role"]), unit_code=form.cleaned_data["unit_code"],
        by=request.member, now=request.now,
    ):  # fmt: skip
        messages.success(request, _("Peran diberikan."))
        return redirect("member_detail", request.agency.slug, user_id)
    return _member_page(request, user_id, form)


def _member_page(request: AgencyRequest, user_id: UUID, form: RoleForm) -> HttpResponse:
    person = queries.person_of(request.agency, user_id)
    if person is None:
        raise Http404
    shown = {
        "person": person,
        "roles": [(r, role_held_line(r), ROLE_WORDS[r.role]) for r in person.roles],
        "is_self": request.member.id == str(user_id),
        "is_owner": request.member.has(Role.OWNER),
        "form": form,
    }
    return render(request, "organisations/members_person.html", shown)


@agency_page(Role.OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def member_remove_role(request: AgencyRequest, pk: int) -> HttpResponse:
    """Ask once more, then take the role away."""
    held = get_object_or_404(
        Membership.objects.select_related("user"), agency=request.agency, pk=pk
    )
    if request.method == "POST":
        remove_role(agency=request.agency, membership_id=pk, by=request.member, now=request.now)
        messages.success(request, _("Peran dicabut."))
        is_self = str(held.user_id) == request.member.id and held.role == Role.OWNER
        if is_self:  # the list may no longer be theirs to see
            return redirect("home")
        return redirect("member_list", request.agency.slug)
    person = queries.person_of(request.agency, held.user_id)
    assert person is not None  # noqa: S101 - who holds a role is in the agency
    line = next(role_held_line(r) for r in person.roles if r.id == pk)
    shown = {"person": person, "line": line, "is_last": len(person.roles) == 1}
    return render(request, "organisations/members_remove_role.html", shown)
