"""Public questionnaires: which there are, who opens and closes them, when they take answers."""

from __future__ import annotations

from datetime import date, timedelta

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.organisations.rules import Member, check_owner
from cermin.web.survey.models import OpenSurvey

QUESTIONNAIRES = ("kuesioner-employer-branding-2025", "kuesioner-skm-2017")
LONGEST_DAYS = 366


def check_can_open(
    by: Member, survey: OpenSurvey, *, unit_codes: frozenset[str], today: date
) -> None:
    """Owners, with a title, a questionnaire for the public, and days that are still to come."""
    check_owner(by, survey.agency)
    if not survey.title.strip():
        raise UserError(N_("Isi judul kuesioner publik."))
    if survey.questionnaire not in QUESTIONNAIRES:
        raise UserError(N_("Kuesioner ini tidak untuk masyarakat umum."))
    if survey.unit_code and survey.unit_code not in unit_codes:
        raise UserError(N_("Unit {code} tidak ada pada struktur unit terbaru."),
                        code=survey.unit_code)  # fmt: skip
    if survey.opens_on > survey.closes_on:
        raise UserError(N_("Hari terakhir tidak boleh sebelum hari pertama."))
    if survey.closes_on < today:
        raise UserError(N_("Hari terakhir sudah lewat."))
    if survey.closes_on - survey.opens_on > timedelta(days=LONGEST_DAYS):
        raise UserError(
            N_("Kuesioner publik dibuka paling lama {n} hari; sesudah itu buat yang baru."),
            n=LONGEST_DAYS,
        )


def check_can_close(by: Member, survey: OpenSurvey) -> None:
    """Owners, once; there is no way back, since answers are counted and removed."""
    check_owner(by, survey.agency)
    if survey.closed_at is not None:
        raise UserError(N_("Kuesioner publik ini sudah ditutup."))


def takes_answers(survey: OpenSurvey, today: date) -> bool:
    """Whether answers are taken on this day of the agency."""
    return survey.closed_at is None and survey.opens_on <= today <= survey.closes_on
