"""Who may hand out invitations and have lost codes made anew, and when."""

from __future__ import annotations

from collections.abc import Collection

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.organisations.models import Agency, Role
from cermin.web.organisations.rules import Forbidden, Member, check_role
from cermin.web.survey.models import SheetJob, SurveyState
from cermin.web.survey.rules.states import RUNNING

MOST_ISSUES = 20  # codes that one person can get


def check_can_hand_out(by: Member, agency: Agency, state: SurveyState | None) -> None:
    """Owners, and unit contacts since they hand the strips out; until the survey closes."""
    check_role(by, agency, Role.OWNER, Role.CONTACT)
    if state not in RUNNING:
        raise UserError(N_("Undangan hanya tersedia sejak survei dibuka sampai ditutup."))


def check_can_export(
    by: Member, agency: Agency, state: SurveyState | None, *, wanted: Collection[str],
    in_sight: Collection[str],
) -> None:  # fmt: skip
    """The same, for units in sight only."""
    check_can_hand_out(by, agency, state)
    if not set(wanted) <= set(in_sight):
        raise Forbidden(N_("Peran Anda tidak mengizinkan tindakan ini."))


def check_can_fetch(by: Member, agency: Agency, job: SheetJob) -> None:
    """Only whoever asked for the sheets, as long as the role is still held."""
    check_role(by, agency, Role.OWNER, Role.CONTACT)
    if job.requested_by != by.id:
        raise Forbidden(N_("Lembar ini dibuat orang lain. Buat lembar Anda sendiri."))


def check_can_reissue(
    by: Member, agency: Agency, state: SurveyState | None, *, unit: str, issue: int,
    in_sight: Collection[str],
) -> None:  # fmt: skip
    """Owners, and contacts for their units. Whether the ballot is drawn must play no part."""
    check_can_export(by, agency, state, wanted={unit}, in_sight=in_sight)
    if issue >= MOST_ISSUES:
        raise UserError(N_("Kode orang ini sudah terlalu sering diganti. Hubungi pengelola."))
