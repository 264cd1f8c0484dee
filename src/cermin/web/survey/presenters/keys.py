"""The page of the box's key, as an owner or a holder sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cermin.web.cycles.models import Cycle
from cermin.web.organisations.rules import Member, permits
from cermin.web.survey.models import BoxKey, KeyHolder, KeyMode, SurveyState
from cermin.web.survey.queries import survey_of
from cermin.web.survey.queries.keys import box_key_of, holder_of, holders_of
from cermin.web.survey.rules.keys import (
    FEWEST_HOLDERS,
    check_can_choose_keys,
    check_can_copy,
    check_can_hand_over,
    n_tested,
)


@dataclass(frozen=True)
class KeysPage:
    """All that the page shows."""

    box_key: BoxKey | None
    witnessed: bool
    holders: list[KeyHolder]
    mine: KeyHolder | None
    n_tested: int
    needed: int
    closed: bool
    closing: bool
    may_choose: bool
    may_copy: bool
    may_hand_over: bool


def keys_page(cycle: Cycle, member: Member) -> KeysPage:
    """Return the page of ``cycle`` as ``member`` sees it."""
    box_key, survey = box_key_of(cycle), survey_of(cycle)
    mine = holder_of(box_key, member)
    holders = holders_of(box_key) if box_key is not None else []
    witnessed = box_key is not None and box_key.mode == KeyMode.WITNESSED
    closed_at = survey.closed_at if survey else None

    def may(check: Callable[..., None], *facts: object) -> bool:
        return witnessed and permits(check, member, cycle, *facts)

    return KeysPage(
        box_key=box_key,
        witnessed=witnessed,
        holders=holders,
        mine=mine,
        n_tested=n_tested(holders),
        needed=FEWEST_HOLDERS,
        closed=closed_at is not None,
        closing=survey is not None and survey.state == SurveyState.CLOSING,
        may_choose=permits(check_can_choose_keys, member, cycle),
        may_copy=may(check_can_copy, box_key, mine),
        may_hand_over=may(check_can_hand_over, box_key, holders),
    )
