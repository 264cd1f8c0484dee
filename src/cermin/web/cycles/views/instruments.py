"""The shipped instruments, readable by every member before anything is asked of anybody."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render

from cermin.instruments.describe import describe
from cermin.instruments.load import list_instruments, load
from cermin.language import active
from cermin.web.cycles.queries.instruments import rows
from cermin.web.organisations.access import AgencyRequest, agency_page


@agency_page()
def instrument_list(request: AgencyRequest) -> HttpResponse:
    """Show all instruments."""
    return render(request, "cycles/instrument_list.html", {"rows": rows(active())})


@agency_page()
def instrument_detail(request: AgencyRequest, instrument: str) -> HttpResponse:
    """Show everything that one instrument says."""
    if instrument not in list_instruments():
        raise Http404
    loaded = load(instrument)
    context = {
        "instrument": loaded,
        "title": loaded.title.in_language(active()),
        "lines": describe(instrument, active())[1:],
    }
    return render(request, "cycles/instrument_detail.html", context)
