"""What the page of a cycle and the home page say of participation."""

from __future__ import annotations

from datetime import datetime

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from cermin.web.cycles.models import Cycle, PhaseKind
from cermin.web.cycles.queries.cycles import spans_of
from cermin.web.cycles.queries.home import HomeTask
from cermin.web.organisations.models import Role
from cermin.web.organisations.rules import Member, permits
from cermin.web.survey.presenters.board import BoardPage, board_page
from cermin.web.survey.queries import survey_of
from cermin.web.survey.queries.board import board_of
from cermin.web.survey.rules.board import board_sight, check_can_see_board

_OWNERS = ("survey_invitations", "survey_mailings", "survey_keys", "survey_close")


def board_panel(cycle: Cycle, member: Member, now: datetime) -> str:
    """Return the panel of participation on the page of a cycle; "" for who may not see it."""
    page = _page(cycle, member, now)
    if page is None:
        return ""
    names = ("survey_invitations",) if member.has(Role.CONTACT) else ()
    links = {name: _address(name, cycle) for name in (_OWNERS if member.has(Role.OWNER) else names)}
    context = {
        "page": page, "total": page.total, "board_url": _address("survey_board", cycle),
        "links": links,
    }  # fmt: skip
    return render_to_string("survey/board_panel.html", context)


def board_tasks(cycle: Cycle, member: Member, now: datetime) -> list[HomeTask]:
    """Return the participation tasks of owners and unit contacts while the survey runs."""
    if not member.has(Role.OWNER, Role.CONTACT):
        return []
    page = _page(cycle, member, now)
    if page is None or page.over or page.preparing:
        return []
    title = _owner_title(page) if member.has(Role.OWNER) else _contact_title(page)
    if not title:
        return []
    detail = _("{drawn} dari {invited} surat suara sudah diambil; sisa {n} hari kerja.").format(
        drawn=number_format(page.total.drawn, force_grouping=True),
        invited=number_format(page.total.invited, force_grouping=True), n=page.days_left,
    )  # fmt: skip
    due = spans_of(cycle)[PhaseKind.SURVEY].closes_at
    url = _address("survey_board", cycle)
    return [HomeTask(title, detail, url, due, late=False, weight=65 if page.n_risk else 52)]


def _owner_title(page: BoardPage) -> str:
    if page.n_risk:
        return _("{n} kelompok terancam tidak mencapai minimum").format(n=page.n_risk)
    if page.total.lacking:
        return _("Partisipasi survei belum mencapai minimum")
    return ""


def _contact_title(page: BoardPage) -> str:
    if page.total.drawn >= page.total.invited:
        return ""
    return _("Ajak pegawai unit Anda mengisi survei")


def _page(cycle: Cycle, member: Member, now: datetime) -> BoardPage | None:
    if not cycle.is_opened or not permits(check_can_see_board, member, cycle.agency):
        return None
    survey = survey_of(cycle)
    if survey is None:
        return None
    sight = board_sight(member)
    return board_page(board_of(survey, cycle, now, sight=sight), cycle, whole=sight is None)


def _address(name: str, cycle: Cycle) -> str:
    return reverse(name, args=[cycle.agency.slug, cycle.year])
