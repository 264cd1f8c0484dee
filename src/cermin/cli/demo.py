"""``cermin demo``: three years of a fictional kabupaten, from its files to the report."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from cermin.cli.files import written_whole
from cermin.cli.index import show_result
from cermin.cli.options import Output, Seed
from cermin.cli.output import page, step, steps
from cermin.cli.simulate import FILES_PER_YEAR, WRITERS, write_simulation
from cermin.computation.index import Choices, compute, instruments_for
from cermin.computation.report import RENDERERS, document_of, report_name
from cermin.core.fictional import AGENCY, AGENCY_CLASS, AGENCY_NAME, PEOPLE
from cermin.core.simulation import SurveyModel
from cermin.intake.inputs import Agency, InputFiles, read_inputs
from cermin.language import _, active
from cermin.reports.comparison import compare_results

HELP = _(
    "Contoh lengkap: buat berkas kabupaten fiktif untuk tiga tahun, hitung ketiganya, dan "
    "tinggalkan laporan PDF, XLSX, dan HTML."
)
YEARS = (2024, 2025, 2026)
# The method of 2024 leaves the minimum to be entered; this is what our kabupaten was told.
MINIMA = {2024: 375}


def demo(*, output: Output = Path("demo"), seed: Seed = 2026) -> None:
    results = []
    total = len(YEARS) * (FILES_PER_YEAR + 4) + len(RENDERERS)
    with steps(total) as bar, written_whole(output) as scratch:
        write_simulation(scratch, YEARS, employees=PEOPLE, seed=seed, model=SurveyModel(), bar=bar)
        for order, year in enumerate(YEARS):
            step(bar, _("Membaca berkas {year}").format(year=year))
            instruments = instruments_for(year, None)
            evidence = scratch / f"{year}-bukti-dukung.xlsx"
            inputs = read_inputs(
                InputFiles(
                    roster=scratch / f"{year}-siasn.xlsx",
                    answers=scratch / f"{year}-jawaban-{WRITERS[order][0]}",
                    evidence=evidence if evidence.exists() else None,
                    units=scratch / f"{year}-unit.xlsx",
                ),
                agency=Agency(AGENCY, AGENCY_NAME, AGENCY_CLASS, year),
                questionnaire=instruments.questionnaire,
                worksheet=instruments.worksheet,
            )
            choices = Choices(minimum=MINIMA.get(year), crossing="jenis_kelamin")
            results.append(
                compute(inputs, instruments, choices, folder=scratch, told=partial(step, bar))
            )
        document = document_of(results)
        for form, render in RENDERERS.items():
            step(bar, _("Menulis {form}").format(form=form.upper()))
            (scratch / f"{report_name(results)}.{form}").write_bytes(render(document))
    show_result(results[-1], instruments)
    for sentence in compare_results(results[-2], results[-1], language=active()).sentences:
        page.print(sentence)
    for form in RENDERERS:
        path = output / f"{report_name(results)}.{form}"
        page.print(_("Laporan: {path}").format(path=path))
