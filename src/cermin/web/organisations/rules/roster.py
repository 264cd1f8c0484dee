"""Who may see and change the roster, and when an upload may go on."""

from __future__ import annotations

from enum import StrEnum

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.organisations.models import Agency, Role, RosterUpload, UploadState
from cermin.web.organisations.rules import Member, check_owner

TRANSITIONS: dict[UploadState, frozenset[UploadState]] = {
    UploadState.QUEUED: frozenset(
        {UploadState.READING, UploadState.FAILED, UploadState.DISCARDED, UploadState.READY}
    ),
    UploadState.READING: frozenset(
        {UploadState.READY, UploadState.FAILED, UploadState.DISCARDED, UploadState.QUEUED}
    ),
    UploadState.READY: frozenset({UploadState.ACCEPTING, UploadState.DISCARDED}),
    UploadState.ACCEPTING: frozenset({UploadState.ACCEPTED, UploadState.READY, UploadState.QUEUED}),
    UploadState.ACCEPTED: frozenset(),
    UploadState.FAILED: frozenset(),
    UploadState.DISCARDED: frozenset(),
}
BEING_READ = frozenset({UploadState.QUEUED, UploadState.READING})
AT_WORK = BEING_READ | {UploadState.ACCEPTING}
FINISHED = frozenset(state for state, after in TRANSITIONS.items() if not after)
DISCARDABLE = frozenset(
    state for state, after in TRANSITIONS.items() if UploadState.DISCARDED in after
)
MANY_LEAVE = 0.20
MANY_MOVE = 0.50


class Unusual(StrEnum):
    """What a person must have seen before a preview is accepted."""

    MANY_LEAVE = "many_leave"
    MANY_MOVE = "many_move"


def roster_sight(by: Member) -> frozenset[str] | None:
    """Return the units whose people, with those below, the member sees; None is everybody."""
    return None if by.has(Role.OWNER) else by.unit_codes


def check_can_upload(by: Member, agency: Agency, *, is_applying: bool) -> None:
    """Owners, while no other upload is being applied."""
    check_owner(by, agency)
    if is_applying:
        raise UserError(
            N_("Unggahan sebelumnya sedang diterapkan. Tunggu sampai selesai, lalu unggah lagi.")
        )


def warnings_of(upload: RosterUpload, n_employees: int) -> list[Unusual]:
    """Return what is unusual about a preview for a roster of ``n_employees``."""
    shares = {
        Unusual.MANY_LEAVE: (upload.n_left, MANY_LEAVE),
        Unusual.MANY_MOVE: (upload.n_moved, MANY_MOVE),
    }
    return [warning for warning, (n, most) in shares.items() if n > most * n_employees]


def check_can_accept(
    by: Member, upload: RosterUpload, *, is_newest: bool, n_employees: int, confirmed: bool
) -> None:
    """Owners, for the newest upload, once it has been read and its warnings were seen."""
    check_owner(by, upload.agency)
    if UploadState.ACCEPTING not in TRANSITIONS[UploadState(upload.state)] or not is_newest:
        raise UserError(N_("Unggahan ini tidak lagi dapat diterapkan. Muat ulang halamannya."))
    if not upload.n_added + upload.n_moved + upload.n_changed + upload.n_left:
        raise UserError(N_("Tidak ada perubahan untuk diterapkan."))
    if warnings_of(upload, n_employees) and not confirmed:
        raise UserError(N_("Centang dahulu bahwa perubahan besar ini memang benar."))


def check_can_discard(by: Member, upload: RosterUpload) -> None:
    """Owners, until it is being applied."""
    check_owner(by, upload.agency)
    if upload.state not in DISCARDABLE:
        raise UserError(N_("Unggahan ini tidak lagi dapat dibatalkan."))
