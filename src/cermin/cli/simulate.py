"""``cermin simulate``: fictional files of any size, with a known truth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import typer
from rich.progress import Progress

from cermin.cli.files import written_whole
from cermin.cli.options import AsJson, Output, Seed, decimal
from cermin.cli.output import page, print_json, step, steps
from cermin.computation.index import Instruments, instruments_for
from cermin.core.errors import UserError
from cermin.core.fictional import fictional_frame, fictional_roster
from cermin.core.population import Frame, Unit
from cermin.core.scheme import Questionnaire, Worksheet
from cermin.core.simulation import (
    STRATUM_VARIABLES,
    SimulatedSurvey,
    SurveyModel,
    simulate_evidence,
    simulate_survey,
)
from cermin.core.worksheet import criteria_of
from cermin.intake.samples import (
    Answers,
    Person,
    write_answers_xlsx,
    write_evidence_xlsx,
    write_google_forms_csv,
    write_limesurvey_csv,
    write_siasn_roster,
    write_units_xlsx,
)
from cermin.language import _

HELP = _(
    "Buat berkas latihan yang masuk akal dan seluruhnya fiktif: daftar pegawai berbentuk SIASN, "
    "jawaban survei beberapa tahun, lembar kerja bukti dukung, dan kebenaran yang diketahui."
)
FILES_PER_YEAR = 3
# Years differ in where their answers come from, as agencies do.
WRITERS = {
    0: ("google-forms.csv", write_google_forms_csv),
    1: ("limesurvey.csv", write_limesurvey_csv),
    2: ("templat.xlsx", write_answers_xlsx),
}


class SimulateAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="cermin.simulate/1"):
    """Answer of ``cermin simulate --json``."""

    files: list[str]


def simulate(
    *,
    years: Annotated[
        str, typer.Option(help=_("Tahun atau rentang tahun, misalnya 2024-2026."))
    ] = "2024-2026",
    employees: Annotated[int, typer.Option(help=_("Jumlah pegawai."), min=50)] = 6000,
    seed: Seed = 2026,
    response_rate: Annotated[
        float,
        typer.Option(help=_("Peluang menjawab pegawai berpandangan rata-rata."), parser=decimal),
    ] = 0.62,
    careless: Annotated[float, typer.Option(help=_("Bagian jawaban asal."), parser=decimal)] = 0.03,
    missing: Annotated[
        float, typer.Option(help=_("Bagian butir yang dilewati."), parser=decimal)
    ] = 0.009,
    output: Output = Path("simulasi"),
    as_json: AsJson = False,
) -> None:
    model = SurveyModel(
        response_rate=_share(response_rate),
        careless_share=_share(careless),
        missing_share=_share(missing),
    )
    wanted = years_of(years)
    with steps(FILES_PER_YEAR * len(wanted)) as bar, written_whole(output) as scratch:
        write_simulation(scratch, wanted, employees=employees, seed=seed, model=model, bar=bar)
        names = sorted(path.name for path in scratch.iterdir())
    files = [str(output / name) for name in names]
    if as_json:
        print_json(SimulateAnswer(files))
        return
    for file in files:
        page.print(file)


def _share(x: float) -> float:
    if not 0 <= x < 1:
        raise UserError("Bagian {x} harus paling kecil 0 dan kurang dari 1.", x=x)
    return x


def years_of(text: str) -> range:
    """Return the years of "2024" or "2024-2026"."""
    first, _dash, last = text.partition("-")
    try:
        years = range(int(first), int(last or first) + 1)
    except ValueError as error:
        raise UserError("Tahun {text} tidak dikenal; contoh: 2024-2026.", text=text) from error
    if not 1 <= len(years) <= 20:
        raise UserError("Rentang tahun {text} harus memuat 1 sampai 20 tahun.", text=text)
    return years


def write_simulation(
    folder: Path,
    years: Sequence[int],
    *,
    employees: int,
    seed: int,
    model: SurveyModel,
    bar: Progress,
) -> None:
    """Write the files of every year and the truth behind them."""
    truth = {}
    for order, year in enumerate(years):
        frame = fictional_frame(year=year, seed=seed, people=employees)
        survey = simulate_survey(frame.headcount, seed=seed, year=order, model=model)
        instruments = instruments_for(year, None)
        step(bar, _("Daftar pegawai {year}").format(year=year))
        write_siasn_roster(folder / f"{year}-siasn.xlsx", people_of(frame, seed))
        write_units_xlsx(folder / f"{year}-unit.xlsx", frame.units)
        step(bar, _("Jawaban {year}").format(year=year))
        name, write = WRITERS[order % len(WRITERS)]
        answers = answers_of(frame, survey, instruments.questionnaire)
        write(folder / f"{year}-jawaban-{name}", instruments.questionnaire, answers)
        step(bar, _("Bukti dukung {year}").format(year=year))
        if instruments.worksheet is not None:
            rows = evidence_of(frame, survey, instruments.worksheet, seed + order)
            write_evidence_xlsx(folder / f"{year}-bukti-dukung.xlsx", rows)
        truth[str(year)] = _truth_of(survey, instruments)
    text = json.dumps({"seed": seed, "years": truth}, indent=2)
    (folder / "kebenaran.json").write_text(text + "\n", encoding="utf-8")


def _truth_of(survey: SimulatedSurvey, instruments: Instruments) -> dict[str, object]:
    names = [dimension.id for dimension in instruments.questionnaire.dimensions]
    return {
        "values": dict(zip(names, survey.true_index.tolist(), strict=True)),
        "total": float(survey.true_index.mean()),
        "respondents": int(survey.responded.sum()),
        "careless": int((survey.careless & survey.responded).sum()),
    }


def people_of(frame: Frame, seed: int) -> list[Person]:
    """Return the roster of a fictional agency."""
    units = {unit.id: unit for unit in frame.units}
    return [
        Person(
            nip=one.nip,
            name=one.name,
            sex=one.sex,
            employment=one.employment,
            unit=units[one.unit].name,
            parent_unit=_top(units, one.unit).name,
            agency=frame.agency_name,
        )
        for one in fictional_roster(frame, seed=seed)
    ]


def _top(units: dict[str, Unit], unit: str) -> Unit:
    parent = units[unit].parent
    return units[unit] if parent is None else _top(units, parent)


def answers_of(frame: Frame, survey: SimulatedSurvey, questionnaire: Questionnaire) -> Answers:
    """Return what the respondents answered, in an arrival order of its own."""
    if len(questionnaire.columns) != survey.answers.shape[1]:
        raise UserError(
            "Simulasi hanya mengenal kuesioner 21 perilaku; {id} bukan itu.", id=questionnaire.id
        )
    responded = np.flatnonzero(survey.responded)
    arrival = np.random.default_rng([survey.year, responded.size]).permutation(responded)
    strata = [frame.strata[position] for position in survey.stratum[arrival].tolist()]
    return Answers(
        unit=[frame.units[position].name for position in survey.unit[arrival].tolist()],
        strata={
            variable: [labels[place] for labels in strata]
            for place, variable in enumerate(STRATUM_VARIABLES)
        },
        codes=survey.answers[arrival],
    )


def evidence_of(
    frame: Frame, survey: SimulatedSurvey, worksheet: Worksheet, seed: int
) -> list[tuple[Unit, str, str]]:
    """Return unit, criterion and answer for every unit directly under the agency."""
    criteria = criteria_of(worksheet)
    answers = simulate_evidence(
        survey.unit_effect, [criterion.kind for criterion in criteria], seed=seed
    )
    return [
        (unit, criterion.id, answer)
        for unit, filled in zip(frame.units, answers, strict=True)
        if unit.parent is None
        for criterion, answer in zip(criteria, filled, strict=True)
    ]
