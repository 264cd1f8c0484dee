"""Evidence scores: the template, the upload, its preview, what counts, what counted before."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cermin.core.errors import UserError
from cermin.intake.problems import BadInput
from cermin.intake.templates import write_template
from cermin.language import in_words
from cermin.web.cycles.models import Cycle
from cermin.web.cycles.views.cycles import cycle_of_year
from cermin.web.organisations.access import AgencyRequest, agency_page
from cermin.web.organisations.models import Role
from cermin.web.pages.export import XLSX, download, xlsx_response
from cermin.web.results.actions.evidence import (
    accept_evidence,
    discard_evidence,
    upload_evidence,
)
from cermin.web.results.forms import EvidenceForm
from cermin.web.results.presenters.evidence import (
    ProblemPage,
    evidence_page,
    problem_page,
    scores_page,
)
from cermin.web.results.queries.evidence import accepted_evidence, units_of, worksheet_of


@agency_page(Role.OWNER, Role.EVALUATOR)
@require_http_methods(["GET", "POST"])
@never_cache
def cycle_evidence(request: AgencyRequest, year: int) -> HttpResponse:
    """Take a filled worksheet and show what it would change; problems come all at once."""
    cycle = _cycle(request, year)
    form = EvidenceForm(request.POST or None, request.FILES or None)
    problems: ProblemPage | None = None
    if request.method == "POST" and form.is_valid():
        try:
            upload_evidence(
                cycle=cycle, file=form.cleaned_data["file"], by=request.member, now=request.now
            )
        except BadInput as bad:
            problems = problem_page(bad.report)
        except UserError as error:
            form.add_error(None, in_words(error))
        else:
            return redirect("cycle_evidence", request.agency.slug, year)
    page = evidence_page(cycle, request.member, request.now)
    shown = {"cycle": cycle, "form": form, "problems": problems, "page": page}
    return render(request, "results/evidence.html", shown)


@agency_page(Role.OWNER, Role.EVALUATOR)
@require_safe
def cycle_evidence_template(request: AgencyRequest, year: int) -> HttpResponse:
    """Send the worksheet with the units of the cycle, to be filled in."""
    cycle = _cycle(request, year)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "templat.xlsx"
        write_template("evidence", path, units=units_of(cycle), worksheet=worksheet_of(cycle))
        return download(path.read_bytes(), f"lembar-kerja-{year}.xlsx", XLSX)


@agency_page(Role.OWNER, Role.EVALUATOR)
@require_POST
def cycle_evidence_accept(request: AgencyRequest, year: int) -> HttpResponse:
    """Make the previewed scores those that count."""
    sent = request.POST.get("unggahan", "")
    accept_evidence(
        cycle=_cycle(request, year), upload_id=int(sent) if sent.isdecimal() else 0,
        by=request.member, now=request.now,
    )  # fmt: skip
    messages.success(request, _("Nilai bukti dukung disimpan."))
    return redirect("cycle_evidence", request.agency.slug, year)


@agency_page(Role.OWNER, Role.EVALUATOR)
@require_POST
def cycle_evidence_discard(request: AgencyRequest, year: int) -> HttpResponse:
    """Drop the preview."""
    discard_evidence(cycle=_cycle(request, year), by=request.member, now=request.now)
    messages.success(request, _("Pratinjau dibatalkan; nilai yang berlaku tidak berubah."))
    return redirect("cycle_evidence", request.agency.slug, year)


@agency_page(Role.OWNER, Role.HEAD, Role.EVALUATOR, Role.ANALYST)
@require_safe
def cycle_evidence_export(request: AgencyRequest, year: int) -> HttpResponse:
    """Give the scores that count as an Excel file."""
    cycle = _cycle(request, year)
    scores = scores_page(cycle, accepted_evidence(cycle))
    rows = scores.rows if scores else []
    return xlsx_response(
        f"nilai-bukti-dukung-{request.agency.slug}-{year}",
        [_("Kode unit"), _("Unit kerja"), _("Nilai bukti dukung")],
        [(row.code, row.name, "" if row.percent is None else row.percent) for row in rows],
        title=_("Nilai bukti dukung"),
    )


def _cycle(request: AgencyRequest, year: int) -> Cycle:
    """Return the cycle, or answer 404 where it has no worksheet."""
    cycle = cycle_of_year(request, year)
    if not cycle.worksheet:
        raise Http404
    return cycle
