"""Closed surveys whose answers the test knows, and the same people and answers as files."""

from __future__ import annotations

import csv
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from cermin.core.worksheet import criteria_of
from cermin.instruments.load import load_worksheet
from cermin.web.cycles.actions.clock import run_due_phases
from cermin.web.cycles.actions.running import open_survey
from cermin.web.cycles.models import Cycle
from cermin.web.organisations.models import Agency, Employee
from cermin.web.organisations.queries import frame_units
from cermin.web.organisations.rules import Member
from cermin.web.pages import clock
from cermin.web.results.actions.computing import ask_for_index
from cermin.web.results.actions.evidence import accept_evidence, upload_evidence
from cermin.web.results.models import ResultRun
from cermin.web.results.tasks.computing import compute_result
from cermin.web.survey.models import Invitee, Survey, SurveyState
from cermin.web.survey.queries.facts import paper_of
from closing_factory import close, drawn, put_in_box
from cycle_factory import employ, october, scheduled
from survey_factory import OPEN_DAY

PEOPLE = {"setda-organisasi": 34, "setda-umum": 36, "dinkes": 40, "pkm-timur": 38, "disdik": 52}
PROCESSING_DAY = october(27)
FILLED = {"yes_no": "Ya", "a_to_c": "B", "a_to_d": "A", "a_to_e": "C", "zero_to_five": "4",
          "percent": "72,5"}  # fmt: skip


@dataclass(frozen=True)
class Answered:
    """Somebody's answers, as only the test knows them."""

    unit: str
    sex: str
    answers: dict[str, int]


@dataclass(frozen=True)
class ClosedSurvey:
    """A cycle whose survey is closed, with what everybody had answered."""

    cycle: Cycle
    people: tuple[Answered, ...]


def closed(
    agency: Agency, by: Member, *, people: Mapping[str, int] = PEOPLE, share: float = 0.7,
    seed: int = 1, comments: Mapping[str, int] | None = None, **changes: Any,
) -> ClosedSurvey:  # fmt: skip
    """Return a cycle whose survey ``share`` of the people of every unit have answered."""
    structure = agency.structures.get(year=2026)
    for unit, n in people.items():
        employ(structure, n, unit)
    with clock.set_to(OPEN_DAY):
        cycle = scheduled(agency, by, **changes)
        open_survey(cycle=cycle, by=by, now=OPEN_DAY)
    Survey.objects.filter(cycle=cycle).update(state=SurveyState.OPEN)
    survey = Survey.objects.select_related("cycle__agency", "cycle__box_key").get(cycle=cycle)
    given = answer(survey, people, share, random.Random(seed), comments or {})  # noqa: S311
    with clock.set_to(october(16)):
        close(survey)
    with clock.set_to(PROCESSING_DAY):
        run_due_phases(now=PROCESSING_DAY)
    return ClosedSurvey(Cycle.objects.select_related("agency", "structure").get(pk=cycle.pk), given)


def answer(
    survey: Survey, people: Mapping[str, int], share: float, chance: random.Random,
    comments: Mapping[str, int],
) -> tuple[Answered, ...]:  # fmt: skip
    """Let people of every unit answer; some skip a question, some write a comment."""
    paper = paper_of(survey.cycle)
    item_of = {
        one.name: one.item.id for one in paper.fields if one.questionnaire == 0 and one.item.options
    }
    words = [one.name for one in paper.comments]
    given, ballots = [], []
    for place, (unit, n) in enumerate(people.items()):
        for number, (one, sex) in enumerate(_half_of_each_sex(survey, unit, round(n * share))):
            leaning = 2 + place % 3
            answers: dict[str, Any] = {
                name: min(5, max(1, leaning + chance.choice((-1, 0, 0, 1))))
                for name in item_of if chance.random() > 0.03
            }  # fmt: skip
            named = {item_of[name]: level for name, level in answers.items()}
            given.append(Answered(unit, sex, named))
            if number < comments.get(unit, 0):
                answers[words[0]] = f"Kata dari {unit} nomor {number}"
            ballots.append((one.ballot_class.number, answers))
    put_in_box(survey, ballots)
    return tuple(given)


def _half_of_each_sex(survey: Survey, unit: str, n: int) -> list[tuple[Invitee, str]]:
    """Return who answers, the same numbers in every run: else classes merge in some of them."""
    halves = {"Perempuan": n // 2, "Laki-laki": n - n // 2}
    return [
        (one, sex) for sex, half in halves.items()
        for one in drawn(survey, half, unit_code=unit, sex=sex)
    ]  # fmt: skip


def computed(cycle: Cycle, by: Member, *, without_evidence: bool = False) -> ResultRun:
    """Ask for the index and compute it, as the worker would."""
    with clock.set_to(PROCESSING_DAY):
        run = ask_for_index(
            cycle=cycle, without_evidence=without_evidence, by=by, now=PROCESSING_DAY
        )
        compute_result.call(run.pk)
    return ResultRun.objects.get(pk=run.pk)


def worksheet_rows(cycle: Cycle, units: Sequence[str], **changed: str) -> list[list[str]]:
    """Return the lines of a filled worksheet; ``changed`` are other answers by criterion."""
    criteria = criteria_of(load_worksheet(cycle.worksheet))
    lines = [["Kode Unit", "Kode Kriteria", "Jawaban"]]
    for unit in units:
        lines += [[unit, one.id, changed.get(one.id, FILLED[one.kind])] for one in criteria]
    return lines


def worksheet_file(lines: Sequence[Sequence[str]], name: str = "lke.csv") -> SimpleUploadedFile:
    """Return lines as an uploaded CSV file."""
    text = "\n".join(";".join(f'"{cell}"' for cell in line) for line in lines)
    return SimpleUploadedFile(name, text.encode(), content_type="text/csv")


def score(
    cycle: Cycle, by: Member, units: Sequence[str] = ("setda", "dinkes", "disdik"), **changed: str
) -> None:
    """Upload and accept a filled worksheet."""
    file = worksheet_file(worksheet_rows(cycle, units, **changed))
    upload = upload_evidence(cycle=cycle, file=file, by=by, now=PROCESSING_DAY)
    accept_evidence(cycle=cycle, upload_id=upload.pk, by=by, now=PROCESSING_DAY)


def write_inputs(made: ClosedSurvey, folder: Path) -> dict[str, Path]:
    """Write the roster, the tree and the answers of the same people as ``cermin index`` reads."""
    cycle, crossing = made.cycle, bool(made.cycle.crossing)
    assert cycle.structure is not None
    units = [[one.id, one.name, one.parent or ""] for one in frame_units(cycle.structure)]
    roster = [
        ["", one.name, one.unit.code, "Non-ASN", one.sex]
        for one in Employee.objects.filter(agency=cycle.agency).select_related("unit")
    ]
    names = sorted({name for one in made.people for name in one.answers})
    answers = [
        [one.unit, *([one.sex] if crossing else []), *(one.answers.get(n, "") for n in names)]
        for one in made.people
    ]
    random.Random(7).shuffle(answers)  # noqa: S311 - the order of the lines says nothing
    sex = ["Jenis Kelamin"] if crossing else []
    return {
        "units": _csv(folder / "unit.csv", [["Kode", "Nama", "Kode Induk"], *units]),
        "roster": _csv(
            folder / "pegawai.csv",
            [["NIP", "Nama", "Kode Unit", "Jenis Pegawai", "Jenis Kelamin"], *roster],
        ),
        "answers": _csv(folder / "jawaban.csv", [["Kode Unit", *sex, *names], *answers]),
    }


def _csv(path: Path, lines: Sequence[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    return path
