"""Who may invite people, give them roles and take roles away."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.organisations.models import Agency, Invitation, Role
from cermin.web.organisations.rules import Member, check_owner

INVITATION_LIFE = timedelta(days=14)
MOST_INVITATIONS_AT_ONCE = 200


class InvitationGone(UserError):  # noqa: N818 - a name people read
    """Used, expired, revoked or unknown: the page does not say which."""

    status = 404


def check_can_invite(
    by: Member, agency: Agency, role: Role, unit_code: str, unit_codes: Collection[str]
) -> None:
    """Owners; a contact's unit must stand in the newest structure."""
    check_owner(by, agency)
    check_unit_fits(role, unit_code, unit_codes)


def check_unit_fits(role: Role, unit_code: str, unit_codes: Collection[str]) -> None:
    """Contacts, and only contacts, have a unit, and it exists."""
    if role != Role.CONTACT and unit_code:
        raise UserError(N_("Hanya penghubung unit yang dikaitkan dengan unit kerja."))
    if role == Role.CONTACT and unit_code not in unit_codes:
        raise UserError(N_("Pilih unit kerja yang ada dalam struktur terbaru."))


def check_can_give_role(
    by: Member,
    agency: Agency,
    role: Role,
    unit_code: str,
    *,
    unit_codes: Collection[str],
    is_member: bool,
) -> None:
    """Owners, to people who are already in the agency; everybody else is invited."""
    check_can_invite(by, agency, role, unit_code, unit_codes)
    if not is_member:
        raise UserError(N_("Orang ini belum menjadi anggota instansi. Kirimkan undangan dahulu."))


def check_can_remove_role(by: Member, agency: Agency, *, owners_left: int) -> None:
    """Owners, as long as an owner who can sign in remains, also when they remove themselves."""
    check_owner(by, agency)
    if owners_left < 1:
        raise UserError(
            N_(
                "Instansi harus selalu memiliki pengelola. Beri peran pengelola kepada orang lain "
                "dahulu."
            )
        )


def check_can_change_invitation(by: Member, agency: Agency, invitation: Invitation) -> None:
    """Owners, while the invitation waits for an answer."""
    check_owner(by, agency)
    if invitation.agency_id != agency.pk or not is_pending(invitation):
        raise UserError(N_("Undangan ini sudah dijawab atau sudah dibatalkan."))


def check_can_accept(invitation: Invitation | None, email: str, *, now: datetime) -> None:
    """Who holds a living link, with the very address it was sent to."""
    if invitation is None or not is_open(invitation, now):
        raise InvitationGone(N_("Undangan ini tidak berlaku atau sudah tidak berlaku lagi."))
    if invitation.email.casefold() != email.casefold():
        raise UserError(N_("Undangan ini dikirim ke alamat surel lain."))


def is_pending(invitation: Invitation) -> bool:
    """Whether nobody has accepted or revoked it; it may have expired."""
    return invitation.accepted_at is None and invitation.revoked_at is None


def is_open(invitation: Invitation, now: datetime) -> bool:
    """Whether its link still works."""
    return is_pending(invitation) and now < invitation.expires_at
