"""The index: computing it, its page, its reports and files, and the comments."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cermin.computation.index import result_name
from cermin.computation.report import RENDERERS, report_name
from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.cycles.models import WITH_DECREE, Cycle
from cermin.web.cycles.views.cycles import cycle_of_year
from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.models import Role
from cermin.web.organisations.rules import Member, permits
from cermin.web.pages.export import download
from cermin.web.pages.progress import progress
from cermin.web.results.actions.answers import take_answers
from cermin.web.results.actions.computing import ask_for_index
from cermin.web.results.models import AT_WORK
from cermin.web.results.presenters.computing import computing, step_words
from cermin.web.results.presenters.result import result_page
from cermin.web.results.queries.comments import comments_of
from cermin.web.results.queries.evidence import units_of
from cermin.web.results.queries.reports import CONTENT_TYPES, report_bytes
from cermin.web.results.queries.results import (
    FrozenResult,
    frozen_result,
    newest_run,
    result_bytes,
    results_before,
    standing_of,
)
from cermin.web.results.rules.permissions import (
    READERS,
    READERS_OF_COMMENTS,
    TAKERS_OF_ANSWERS,
    check_can_read_comments,
    check_can_see_result,
    check_can_take_answers,
)


@agency_page()
@require_safe
@never_cache
def cycle_result(request: AgencyRequest, year: int) -> HttpResponse:
    """Show the newest result, or what is still needed for one."""
    cycle = cycle_of_year(request, year)
    found = frozen_result(cycle) if permits(check_can_see_result, request.member, cycle) else None
    page = None
    if found is not None:
        before = results_before(request.agency, year)
        page = result_page(found.result, before, units_in_sight(cycle, request.member))
    member = request.member
    shown_computing = computing(cycle, member)
    standing = shown_computing.standing
    shown = {
        "cycle": cycle,
        "page": page,
        "run": found.run if found else None,
        "computing": shown_computing,
        "is_owner": member.has(Role.OWNER),
        "is_reader": member.has(*READERS),
        "is_decided": cycle.state in WITH_DECREE,
        "may_take_answers": permits(check_can_take_answers, member, cycle, standing),
        "may_read_comments": permits(check_can_read_comments, member, cycle, standing),
        "forms": tuple(RENDERERS),
    }
    return render(request, "results/result.html", shown)


def units_in_sight(cycle: Cycle, member: Member) -> frozenset[str] | None:
    """Return the units whose figures ``member`` sees: None for all, a contact's own and below."""
    if member.has(*READERS):
        return None
    seen = set(member.unit_codes)
    for unit in units_of(cycle):  # parents come before children
        if unit.parent in seen:
            seen.add(unit.id)
    return frozenset(seen)


@agency_page(Role.OWNER)
@require_POST
def cycle_result_compute(request: AgencyRequest, year: int) -> HttpResponse:
    """Queue the computation."""
    ask_for_index(
        cycle=cycle_of_year(request, year), by=request.member, now=request.now,
        without_evidence=request.POST.get("tanpa_bukti") == "ya",
    )  # fmt: skip
    return redirect("cycle_result", request.agency.slug, year)


@agency_page(*READERS)
@require_safe
@never_cache
def cycle_result_progress(request: AgencyRequest, year: int) -> HttpResponse:
    """Answer the page that asks every second; at the end it loads itself anew."""
    cycle = cycle_of_year(request, year)
    run = newest_run(cycle)
    shown = {"cycle": cycle, "run": run, "step": step_words(run)}
    at_work = run is not None and run.state in AT_WORK
    return progress(request, "results/progress.html", shown, at_work=at_work)


@agency_page(*READERS)
@require_safe
@never_cache
def cycle_result_report(request: AgencyRequest, year: int, form: str) -> HttpResponse:
    """Send the report, as the command makes it."""
    if form not in RENDERERS:
        raise Http404
    cycle = cycle_of_year(request, year)
    results = [*results_before(request.agency, year), _found(cycle).result]
    content = report_bytes(cycle, results, form)
    return download(content, f"{report_name(results)}.{form}", CONTENT_TYPES[form])


@agency_page(*READERS)
@require_safe
@never_cache
def cycle_result_file(request: AgencyRequest, year: int) -> HttpResponse:
    """Send the result as it was written: what programs read, and what the report is made from."""
    cycle = cycle_of_year(request, year)
    found = _found(cycle)
    content = result_bytes(cycle, found.run)
    return download(content, result_name(found.result), "application/json")


@agency_page(*TAKERS_OF_ANSWERS)
@require_POST
def cycle_result_answers(request: AgencyRequest, year: int) -> HttpResponseBase:
    """Send the snapshot of the answers; the trail tells who took it."""
    cycle = cycle_of_year(request, year)
    path = take_answers(cycle=cycle, by=request.member, now=request.now)
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=path.name,
        content_type="application/vnd.apache.parquet",
        headers={"X-Content-Type-Options": "nosniff"},
    )  # fmt: skip


@agency_page(*READERS_OF_COMMENTS)
@require_safe
@never_cache
def cycle_result_comments(request: AgencyRequest, year: int) -> HttpResponse:
    """Show the comments in groups of at least the threshold."""
    cycle = cycle_of_year(request, year)
    check_can_read_comments(request.member, cycle, standing_of(cycle))
    shown = {"cycle": cycle, "asked": comments_of(cycle)}
    return render(request, "results/comments.html", shown)


def _found(cycle: Cycle) -> FrozenResult:
    found = frozen_result(cycle)
    if found is None:
        raise UserError(N_("Indeks periode ini belum dihitung."))
    return found
