"""Roles, invitations and people in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cermin.web.organisations.models import Agency, Invitation, Role
from cermin.web.organisations.queries.members import Person, RoleHeld, unit_names

_Words = str | Promise


@dataclass(frozen=True)
class RoleWords:
    """What a role may do and see, and what it may not."""

    role: Role
    name: _Words
    may: tuple[_Words, ...]
    may_not: tuple[_Words, ...]


ROLE_WORDS = {
    words.role: words
    for words in (
        RoleWords(
            Role.OWNER,
            Role.OWNER.label,
            (
                _("mengundang orang, memberi dan mencabut peran"),
                _("menyusun unit kerja, mengunggah daftar pegawai, dan menjalankan periode"),
                _("mengubah pengaturan instansi dan melihat jejak audit"),
            ),
            (_("melihat siapa menjawab apa dalam survei; tidak seorang pun dapat"),),
        ),
        RoleWords(
            Role.CONTACT,
            Role.CONTACT.label,
            (
                _("mengisi lembar kerja dan bukti dukung unit kerjanya"),
                _("melihat keikutsertaan dan hasil unit kerjanya"),
            ),
            (
                _("melihat bukti dukung unit kerja lain"),
                _("mengubah struktur dan daftar pegawai"),
            ),
        ),
        RoleWords(
            Role.EVALUATOR,
            Role.EVALUATOR.label,
            (
                _("melihat bukti dukung semua unit kerja"),
                _("memberi nilai dan catatan penilaian"),
            ),
            (_("mengubah bukti dukung"), _("mengubah struktur dan daftar pegawai")),
        ),
        RoleWords(
            Role.HEAD,
            Role.HEAD.label,
            (_("membaca kemajuan periode evaluasi dan hasilnya"),),
            (_("mengubah apa pun"),),
        ),
        RoleWords(
            Role.ANALYST,
            Role.ANALYST.label,
            (_("membaca hasil dan mengunduh data yang sudah aman untuk diolah"),),
            (_("melihat nama pegawai"), _("mengubah apa pun")),
        ),
    )
}


@dataclass(frozen=True)
class InvitationWords:
    """An invitation as its e-mail and its page tell it."""

    agency: str
    email: str
    name: str
    role: RoleWords
    unit: str
    invited_by: str
    expires_at: datetime


def invitation_words(invitation: Invitation) -> InvitationWords:
    """Return what the invited person should know."""
    unit = invitation.unit_code and unit_names(invitation.agency).get(invitation.unit_code, "")
    return InvitationWords(
        agency=invitation.agency.name,
        email=invitation.email,
        name=invitation.name,
        role=ROLE_WORDS[Role(invitation.role)],
        unit=unit,
        invited_by=invitation.invited_by,
        expires_at=invitation.expires_at,
    )


@dataclass(frozen=True)
class PendingInvitation:
    """A line in the list of invitations without an answer."""

    id: int
    email: str
    name: str
    role: str
    invited_by: str
    created_at: datetime
    expires_at: datetime
    is_expired: bool


def pending_lines(
    invitations: Iterable[Invitation], names: dict[str, str], *, now: datetime
) -> list[PendingInvitation]:
    """Return invitations as lines; ``names`` are those of units by code."""
    return [
        PendingInvitation(
            id=one.pk,
            email=one.email,
            name=one.name,
            role=role_line(one.role, one.unit_code, names.get(one.unit_code, "")),
            invited_by=one.invited_by,
            created_at=one.created_at,
            expires_at=one.expires_at,
            is_expired=one.expires_at <= now,
        )
        for one in invitations
    ]


def role_line(role: str, unit_code: str, unit_name: str) -> str:
    """Return a role and, of a contact, its unit; a unit that is gone is said to be."""
    label = str(Role(role).label)
    if not unit_code:
        return label
    unit = unit_name or _("{code} (tidak ada lagi dalam struktur)").format(code=unit_code)
    return f"{label}: {unit}"


def role_held_line(held: RoleHeld) -> str:
    """Return a role somebody holds in words."""
    return role_line(held.role, held.unit_code, held.unit_name)


PEOPLE_HEADINGS = (
    _("Nama"), _("Surel"), _("Peran"), _("Autentikator"), _("Terakhir masuk"),
)  # fmt: skip


def people_rows(people: Iterable[Person], agency: Agency) -> list[tuple[object, ...]]:
    """Return people as lines of a table; of the last sign-in only the day in the agency."""
    day = partial(_day, zone=ZoneInfo(agency.time_zone))
    return [
        (
            person.name,
            person.email,
            "; ".join(role_held_line(held) for held in person.roles),
            str(_("aktif") if person.second_factor else _("belum aktif")),
            day(person.last_sign_in),
        )
        for person in people
    ]


def _day(moment: datetime | None, *, zone: ZoneInfo) -> object:
    return moment.astimezone(zone).date() if moment else None
