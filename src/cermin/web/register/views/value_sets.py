"""Local value sets: everybody reads, owners write, import and take out."""

from __future__ import annotations

from django.contrib import messages
from django.forms import BaseFormSet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cermin.core.errors import UserError
from cermin.core.scheme import ValueSet as Instrument
from cermin.instruments.locate import Problem
from cermin.web.organisations.access import AgencyRequest, agency_page, public_agency_page
from cermin.web.organisations.models import Role
from cermin.web.organisations.rules import permits
from cermin.web.pages.acting import attempt
from cermin.web.pages.export import download
from cermin.web.register.actions.value_sets import (
    add_value_set,
    edit_value_set,
    import_value_set,
    remove_value_set,
)
from cermin.web.register.forms.value_sets import (
    ImportForm,
    ValueForm,
    ValueRows,
    ValueSetForm,
    rows_of,
    typed_draft,
)
from cermin.web.register.models import Regulation, ValueSet
from cermin.web.register.presenters.value_sets import (
    other_language,
    reference_of,
    shown_draft,
    shown_values,
    words,
)
from cermin.web.register.queries import value_sets as queries
from cermin.web.register.queries.instrument_files import (
    LARGEST,
    draft_from,
    read_value_set,
    write_value_set,
)
from cermin.web.register.rules import check_can_edit_register

_MAY_POST = require_http_methods(["GET", "HEAD", "POST"])
YAML = "application/yaml; charset=utf-8"


@public_agency_page
@require_safe
def value_set_list(request: AgencyRequest) -> HttpResponse:
    """Show the agency's own sets, and examples of others."""
    shown = {
        "sets": queries.value_sets(request.agency),
        "examples": [(one, words(one.title)) for one in queries.shipped_sets()],
        "may_edit": _may_edit(request),
    }
    return render(request, "register/value_set_list.html", shown)


@public_agency_page
@require_safe
def value_set_detail(request: AgencyRequest, pk: int) -> HttpResponse:
    """Show a set of the agency, each value beside the national ones."""
    found = _value_set(request, pk)
    shown = {
        "value_set": found,
        "values": shown_draft(queries.draft_of(found), queries.national_set()),
        "other_language": other_language(),
        "may_edit": _may_edit(request),
    }
    return render(request, "register/value_set_detail.html", shown)


@public_agency_page
@require_safe
def value_set_example(request: AgencyRequest, set_id: str) -> HttpResponse:
    """Show a set that comes with Cermin."""
    found = _example(set_id)
    shown = {
        "example": found,
        "title": words(found.title),
        "values": shown_values(found, queries.national_set()),
        "reference": reference_of(found),
        "note": words(found.source.note) if found.source.note else None,
        "other_language": other_language(),
    }
    return render(request, "register/value_set_example.html", shown)


@public_agency_page
@require_safe
def value_set_yaml(request: AgencyRequest, pk: int) -> HttpResponse:
    """Send a set as an instrument file."""
    found = _value_set(request, pk)
    content = write_value_set(found.code, queries.draft_of(found), found.regulation.title)
    return download(content, f"{found.code}.yaml", YAML)


@agency_page(Role.OWNER)
@_MAY_POST
def value_set_add(request: AgencyRequest) -> HttpResponse:
    """Write a new set."""
    posted = request.POST or None
    head = ValueSetForm(posted, agency=request.agency)
    rows = ValueRows(posted, prefix="nilai")
    if request.method == "POST" and head.is_valid() and rows.is_valid():
        given = {"draft": typed_draft(head, rows), "regulation": head.cleaned_data["regulation"]}
        if attempt(head, add_value_set, agency=request.agency, by=request.member,
                   now=request.now, **given):  # fmt: skip
            messages.success(request, _("Set nilai disimpan."))
            return redirect("value_set_list", request.agency.slug)
    return _form_page(request, head, rows, None)


@agency_page(Role.OWNER)
@_MAY_POST
def value_set_edit(request: AgencyRequest, pk: int) -> HttpResponse:
    """Change a set."""
    found = _value_set(request, pk)
    before = queries.draft_of(found)
    posted = request.POST or None
    names = ("title", "title_en", "note", "note_en", "regulation")
    head = ValueSetForm(
        posted, agency=request.agency, initial={name: getattr(found, name) for name in names}
    )
    rows = ValueRows(posted, prefix="nilai", initial=rows_of(before))
    if request.method == "POST" and head.is_valid() and rows.is_valid():
        draft = typed_draft(head, rows, before)
        if attempt(head, edit_value_set, value_set=found, draft=draft, by=request.member,
                   regulation=head.cleaned_data["regulation"], now=request.now):  # fmt: skip
            messages.success(request, _("Perubahan disimpan."))
            target = "value_set_edit" if "more" in request.POST else "value_set_detail"
            return redirect(target, request.agency.slug, found.pk)
    return _form_page(request, head, rows, found)


@agency_page(Role.OWNER)
@_MAY_POST
def value_set_remove(request: AgencyRequest, pk: int) -> HttpResponse:
    """Ask, then take a set out."""
    found = _value_set(request, pk)
    if request.method == "POST":
        remove_value_set(value_set=found, by=request.member, now=request.now)
        messages.success(request, _("{name} dihapus.").format(name=found.title))
        return redirect("value_set_list", request.agency.slug)
    return render(request, "register/value_set_remove.html", {"value_set": found})


@agency_page(Role.OWNER)
@_MAY_POST
def value_set_import(request: AgencyRequest) -> HttpResponse:
    """Read a set from an instrument file, or show everything that is wrong with it."""
    form = ImportForm(request.POST or None, request.FILES or None, agency=request.agency)
    problems: list[Problem] = []
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        instrument, problems = read_value_set(file.read(LARGEST + 1))
        if instrument is not None and _import(request, form, instrument, file.name):
            messages.success(request, _("Set nilai diimpor."))
            return redirect("value_set_list", request.agency.slug)
    shown = {"form": form, "problems": problems, "no_basis": _lacks_regulations(request)}
    return render(request, "register/value_set_import.html", shown)


def _import(request: AgencyRequest, form: ImportForm, instrument: Instrument, name: str) -> bool:
    return attempt(
        form, import_value_set, agency=request.agency, draft=draft_from(instrument),
        code=instrument.id, file=name, regulation=form.cleaned_data["regulation"],
        by=request.member, now=request.now,
    )  # fmt: skip


def _form_page(
    request: AgencyRequest, head: ValueSetForm, rows: BaseFormSet[ValueForm], found: ValueSet | None
) -> HttpResponse:
    shown = {
        "form": head, "rows": rows, "value_set": found, "no_basis": _lacks_regulations(request),
    }  # fmt: skip
    return render(request, "register/value_set_form.html", shown)


def _lacks_regulations(request: AgencyRequest) -> bool:
    return not Regulation.objects.filter(agency=request.agency).exists()


def _value_set(request: AgencyRequest, pk: int) -> ValueSet:
    return get_object_or_404(queries.value_sets(request.agency), pk=pk)


def _example(set_id: str) -> Instrument:
    try:
        return queries.shipped_set(set_id)
    except UserError as error:
        raise Http404 from error


def _may_edit(request: AgencyRequest) -> bool:
    return permits(check_can_edit_register, request.member, request.agency)
