"""Who may read the trail: it names people and what they did."""

from __future__ import annotations

from cermin.web.organisations.models import Agency, Role
from cermin.web.organisations.rules import Member, check_role

TRAIL_READERS = (Role.OWNER, Role.HEAD)


def check_can_read_trail(by: Member, agency: Agency) -> None:
    """Owners and the head of the agency."""
    check_role(by, agency, *TRAIL_READERS)
