"""What people may do with accounts: pure rules. They never query."""

from __future__ import annotations

from cermin.core.errors import UserError
from cermin.language import LANGUAGES, N_
from cermin.web.accounts.models import User
from cermin.web.audit.actor import Actor

LONGEST_NAME = 150


def check_can_change_profile(by: Actor, user: User) -> None:
    """Only the person."""
    if by.id != str(user.pk):
        raise UserError(N_("Hanya pemilik akun yang dapat mengubah akunnya."))


def check_profile(name: str, language: str) -> None:
    """A name that people can be told apart by, and a language the site speaks."""
    if not name:
        raise UserError(N_("Isi nama Anda."))
    if len(name) > LONGEST_NAME:
        raise UserError(N_("Nama paling panjang {limit} huruf."), limit=LONGEST_NAME)
    if language not in LANGUAGES:
        raise UserError(N_("Bahasa “{language}” tidak tersedia."), language=language)


def check_can_switch_account(by: Actor, user: User, *, by_operator: bool) -> None:
    """Operators and the site itself; nobody locks themselves out."""
    if not (by.is_system or by_operator):
        raise UserError(N_("Hanya operator situs yang dapat menonaktifkan atau mengaktifkan akun."))
    if by.id == str(user.pk):
        raise UserError(N_("Anda tidak dapat menonaktifkan akun Anda sendiri."))


def check_can_remove_second_factor(*, needed: bool | None) -> None:
    """Not while a role needs it; who has not been asked about roles is refused, too."""
    if needed is not False:
        raise UserError(
            N_(
                "Peran Anda memerlukan kode autentikator, sehingga autentikator tidak dapat "
                "dinonaktifkan. Bila ponsel diganti, hubungi operator situs."
            )
        )
