"""What the results add to a cycle; called by name through ``settings.CYCLE_PARTS``."""

from __future__ import annotations

from datetime import datetime

from django.template.loader import render_to_string

from cermin.core.errors import UserError
from cermin.web.cycles.models import WITH_DECREE, Cycle
from cermin.web.cycles.queries import HomeTask
from cermin.web.organisations.models import Role
from cermin.web.organisations.rules import Member, permits
from cermin.web.results.presenters.computing import computing
from cermin.web.results.presenters.home import tasks_of
from cermin.web.results.presenters.result import index_words
from cermin.web.results.queries.evidence import accepted_evidence
from cermin.web.results.queries.results import frozen_result, is_closed, standing_of
from cermin.web.results.rules.permissions import check_can_see_result, undecided


def lacking(_cycle: Cycle) -> list[UserError]:
    """Return what results need before a cycle can open: nothing."""
    return []


def entered(_cycle: Cycle, *, by: Member, now: datetime) -> None:
    """Do nothing: an index is asked for by a person."""
    del by, now


def before_deciding(cycle: Cycle) -> list[UserError]:
    """Return what must be done before the decree: the index of those who answered."""
    return undecided(standing_of(cycle))


def home_tasks(cycle: Cycle, member: Member, now: datetime) -> list[HomeTask]:
    """Return what results ask of a member today."""
    return list(tasks_of(cycle, member, now))


def panel(cycle: Cycle, member: Member, _now: datetime) -> str:
    """Return what the page of a cycle shows of its evidence and its result."""
    if not cycle.is_opened:
        return ""
    shown = {
        "cycle": cycle,
        "agency": cycle.agency,
        "handles_evidence": member.has(Role.OWNER, Role.EVALUATOR) and bool(cycle.worksheet),
        "evidence": accepted_evidence(cycle),
    }
    if is_closed(cycle):
        found = frozen_result(cycle) if permits(check_can_see_result, member, cycle) else None
        shown |= {
            "is_closed": True,
            "is_owner": member.has(Role.OWNER),
            "is_decided": cycle.state in WITH_DECREE,
            "words": index_words(found.result) if found else None,
            "computing": computing(cycle, member),
        }
    return render_to_string("results/panel.html", shown)
