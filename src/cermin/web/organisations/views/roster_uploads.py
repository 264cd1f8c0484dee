"""Uploading a roster: the form, the progress, the preview, and what is decided on it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.actions.roster import accept_upload, discard_upload, store_upload
from cermin.web.organisations.forms.roster import (
    COMPLETE,
    RosterAcceptForm,
    RosterUploadForm,
)
from cermin.web.organisations.models import Role, RosterUpload, UploadState
from cermin.web.organisations.presenters.roster import SIASN_COLUMNS
from cermin.web.organisations.presenters.roster_bad_rows import bad_rows_workbook
from cermin.web.organisations.presenters.roster_preview import preview
from cermin.web.organisations.queries import latest_structure
from cermin.web.organisations.queries.roster import employees, unfinished_upload, uploads
from cermin.web.organisations.rules.roster import AT_WORK
from cermin.web.pages.acting import attempt
from cermin.web.pages.export import XLSX, download
from cermin.web.pages.progress import progress

_PER_PAGE = 20


@agency_page(Role.OWNER)
def roster_upload(request: AgencyRequest) -> HttpResponse:
    """Take a roster file; earlier uploads are listed below the form."""
    form = RosterUploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        is_complete = form.cleaned_data["kind"] == COMPLETE
        if attempt(
            form, store_upload, agency=request.agency, file=form.cleaned_data["file"],
            is_complete=is_complete, by=request.member, now=request.now,
        ):  # fmt: skip
            return redirect("roster_upload_newest", request.agency.slug)
    page = Paginator(uploads(request.agency), _PER_PAGE).get_page(request.GET.get("halaman"))
    shown = {
        "form": form,
        "page": page,
        "unfinished": unfinished_upload(request.agency),
        "siasn_columns": SIASN_COLUMNS,
    }
    return render(request, "organisations/roster_upload.html", shown)


@agency_page(Role.OWNER)
@require_safe
@never_cache
def roster_upload_newest(request: AgencyRequest) -> HttpResponse:
    """Lead to the upload that waits for a decision, if there is one."""
    upload = uploads(request.agency).first()
    if upload is None:
        return redirect("roster_upload", request.agency.slug)
    return redirect("roster_upload_detail", request.agency.slug, upload.pk)


@agency_page(Role.OWNER)
@require_safe
@never_cache
def roster_upload_detail(request: AgencyRequest, pk: uuid.UUID) -> HttpResponse:
    """Show how far the reading is, then the preview, then what came of it."""
    upload = _upload(request, pk)
    shown = {
        "upload": upload,
        "step": _(upload.step) if upload.step else "",
        "at_work": upload.state in AT_WORK,
        "failures": upload.failure.splitlines(),
    }
    if upload.state != UploadState.READY:
        return render(request, "organisations/roster_upload_detail.html", shown)
    structure = latest_structure(request.agency)
    shown |= {
        "preview": preview(
            upload, n_employees=employees(request.agency).count(),
            part=request.GET.get("bagian", ""), number=request.GET.get("halaman"),
        ),
        "form": RosterAcceptForm(),
        "is_frozen": structure is not None and structure.is_frozen,
        "n_changes": upload.n_added + upload.n_moved + upload.n_changed + upload.n_left,
    }  # fmt: skip
    return render(request, "organisations/roster_preview.html", shown)


@agency_page(Role.OWNER)
@require_safe
@never_cache
def roster_upload_progress(request: AgencyRequest, pk: uuid.UUID) -> HttpResponse:
    """Answer the page that asks every second; at the end it loads itself anew."""
    upload = _upload(request, pk)
    shown = {"upload": upload, "step": _(upload.step) if upload.step else ""}
    return progress(
        request, "organisations/roster_progress.html", shown, at_work=upload.state in AT_WORK
    )


@agency_page(Role.OWNER)
@require_safe
@never_cache
def roster_bad_rows(request: AgencyRequest, pk: uuid.UUID) -> HttpResponse:
    """Send the rows with a problem, to be mended and uploaded again."""
    upload = _upload(request, pk)
    if upload.state != UploadState.READY or not upload.n_bad:
        raise Http404
    return download(bad_rows_workbook(upload), "baris-bermasalah.xlsx", XLSX)


@agency_page(Role.OWNER)
@require_POST
def roster_upload_accept(request: AgencyRequest, pk: uuid.UUID) -> HttpResponse:
    """Let the preview be applied."""
    upload = _upload(request, pk)
    form = RosterAcceptForm(request.POST)
    if form.is_valid() and not attempt(
        form, accept_upload, upload=upload, confirmed=form.cleaned_data["confirmed"],
        by=request.member, now=request.now,
    ):  # fmt: skip
        for words in form.non_field_errors():
            messages.error(request, str(words))
    return redirect("roster_upload_detail", request.agency.slug, upload.pk)


@agency_page(Role.OWNER)
@require_POST
def roster_upload_discard(request: AgencyRequest, pk: uuid.UUID) -> HttpResponse:
    """Put an upload aside."""
    discard_upload(upload=_upload(request, pk), by=request.member, now=request.now)
    messages.success(request, _("Unggahan dibatalkan. Daftar pegawai tidak berubah."))
    return redirect("roster_upload", request.agency.slug)


def _upload(request: AgencyRequest, pk: uuid.UUID) -> RosterUpload:
    return get_object_or_404(RosterUpload, agency=request.agency, pk=pk)
