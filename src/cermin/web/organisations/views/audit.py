"""The trail: who did what, when, from which page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.actions.audit import export_trail
from cermin.web.organisations.forms.audit import TrailFilterForm
from cermin.web.organisations.models import Agency
from cermin.web.organisations.presenters.audit import (
    HEADINGS,
    action_name,
    event_line,
    event_rows,
    object_name,
)
from cermin.web.organisations.queries import audit as queries
from cermin.web.organisations.rules.audit import TRAIL_READERS
from cermin.web.pages.export import xlsx_response

_LARGEST = 2**62


@agency_page(*TRAIL_READERS)
@require_safe
def audit_list(request: AgencyRequest) -> HttpResponse:
    """Show events, newest first."""
    form = _filter(request, request.agency)
    page = queries.trail_page(request.agency, form.wanted(), _number(request, "sebelum"))
    shown = {
        "form": form,
        "lines": [event_line(event) for event in page.events],
        "before": page.before,
        "is_later_page": "sebelum" in request.GET,
        "is_filtered": form.wanted() != queries.TrailFilter(),
        "anchor": queries.last_anchor(request.agency),
        "export_rows": queries.EXPORT_ROWS,
    }
    return render(request, "organisations/audit_list.html", shown)


@agency_page(*TRAIL_READERS)
@require_POST
def audit_export(request: AgencyRequest) -> HttpResponse:
    """Send the events that the filter shows as a sheet; that is recorded, too."""
    wanted = _filter(request, request.agency).wanted()
    events = export_trail(agency=request.agency, wanted=wanted, by=request.member, now=request.now)
    name = f"jejak-{request.agency.slug}-{request.now:%Y-%m-%d}"
    headings = [_(heading) for heading in HEADINGS]
    return xlsx_response(name, headings, event_rows(events), title=_("Jejak audit"))


def _filter(request: HttpRequest, agency: Agency) -> TrailFilterForm:
    actions = [(action, action_name(action)) for action in queries.actions_in(agency)]
    kinds = [(kind, object_name(kind)) for kind in queries.object_types_in(agency)]
    return TrailFilterForm(
        request.GET or request.POST or None,
        choices={
            "orang": [*queries.people_in(agency), (queries.SYSTEM, _("Situs sendiri"))],
            "tindakan": sorted(actions, key=lambda row: row[1].casefold()),
            "jenis": sorted(kinds, key=lambda row: row[1].casefold()),
        },
    )


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return min(int(text), _LARGEST) if text.isascii() and text.isdecimal() else None
