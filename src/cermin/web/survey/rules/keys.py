"""Who may do what with the key of a ballot box, and which passphrases lock a copy of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.cycles.models import NOT_OPENED, Cycle, State
from cermin.web.organisations.models import Role
from cermin.web.organisations.rules import Forbidden, Member, check_owner, check_role
from cermin.web.survey.models import BoxKey, KeyHolder, KeyMode

FEWEST_HOLDERS = 2
LEAST_CHARACTERS = 16
LEAST_WORDS = 5
_SHORTEST_WORD = 3
_LEAST_DISTINCT = 6  # characters; "aaaaaaaaaaaaaaaa" is long and worth nothing


def check_can_see_keys(by: Member, cycle: Cycle, holder: KeyHolder | None) -> None:
    """Owners and the holders of a copy."""
    if holder is None:
        check_owner(by, cycle.agency)
    else:
        check_role(by, cycle.agency, *Role)


def check_can_choose_keys(by: Member, cycle: Cycle) -> None:
    """Owners, until the survey opens; choosing again starts anew with another key."""
    check_owner(by, cycle.agency)
    if State(cycle.state) not in NOT_OPENED:
        raise UserError(N_("Kunci kotak suara tidak dapat diganti setelah survei dibuka."))


def check_holders(chosen: Collection[str], members: Collection[str]) -> None:
    """Two or more people, all of them members of the agency; ids of accounts."""
    if not set(chosen) <= set(members):
        raise UserError(N_("Pemegang kunci harus orang yang mempunyai peran di instansi ini."))
    if len(set(chosen)) < FEWEST_HOLDERS:
        raise UserError(
            N_("Pilih sedikitnya {n} pemegang kunci: bila satu salinan hilang, yang lain masih "
               "dapat membuka kotak suara."),
            n=FEWEST_HOLDERS,
        )  # fmt: skip


def check_can_copy(by: Member, cycle: Cycle, box_key: BoxKey, holder: KeyHolder | None) -> None:
    """Holders, as long as the site still has the key."""
    check_is_holder(by, cycle, holder)
    if box_key.handed_over_at is not None:
        raise UserError(
            N_("Situs sudah memusnahkan kuncinya, sehingga salinan baru tidak dapat dibuat.")
        )


def check_can_test(
    by: Member, cycle: Cycle, holder: KeyHolder | None, closed_at: datetime | None
) -> None:
    """Holders who have their copy, until the survey is closed."""
    check_is_holder(by, cycle, holder)
    if holder is None or holder.downloaded_at is None:
        raise UserError(N_("Unduh salinan Anda lebih dahulu, lalu uji."))
    if closed_at is not None:
        raise UserError(N_("Survei sudah ditutup dan kotaknya sudah dibuka."))


def check_is_holder(by: Member, cycle: Cycle, holder: KeyHolder | None) -> None:
    """Only who was named a holder of this key."""
    check_role(by, cycle.agency, *Role)
    if holder is None:
        raise Forbidden(N_("Hanya pemegang kunci yang ditunjuk yang dapat melakukan ini."))


def check_can_hand_over(
    by: Member, cycle: Cycle, box_key: BoxKey, holders: Sequence[KeyHolder]
) -> None:
    """Owners, once enough copies have opened a test ballot."""
    check_can_choose_keys(by, cycle)
    if box_key.mode != KeyMode.WITNESSED:
        raise UserError(N_("Kunci periode ini disimpan situs; tidak ada yang diserahkan."))
    if box_key.handed_over_at is not None:
        raise UserError(N_("Kunci periode ini sudah diserahkan kepada para pemegangnya."))
    if n_tested(holders) < FEWEST_HOLDERS:
        raise UserError(
            N_("Sedikitnya {n} pemegang harus sudah mengunduh dan menguji salinannya; "
               "baru {ready}."),
            n=FEWEST_HOLDERS, ready=n_tested(holders),
        )  # fmt: skip


def n_tested(holders: Sequence[KeyHolder]) -> int:
    """Return how many hold a copy that has opened a test ballot."""
    return sum(one.tested_at is not None for one in holders)


def check_passphrase(passphrase: str) -> None:
    """Long enough that nobody who finds the file can guess it."""
    typed = passphrase.strip()
    words = [word for word in typed.split() if len(word) >= _SHORTEST_WORD]
    if len(typed) < LEAST_CHARACTERS and len(words) < LEAST_WORDS:
        raise UserError(
            N_("Frasa sandi terlalu pendek: pakai sedikitnya {characters} karakter, atau "
               "{words} kata."),
            characters=LEAST_CHARACTERS, words=LEAST_WORDS,
        )  # fmt: skip
    if len(set(typed.casefold())) < _LEAST_DISTINCT:
        raise UserError(
            N_("Frasa sandi terlalu mudah ditebak: pakai kata-kata yang tidak berulang.")
        )


def problem_before_opening(box_key: BoxKey | None) -> UserError | None:
    """Return why a cycle with this key cannot open yet; None for nothing."""
    if box_key is None or box_key.mode == KeyMode.SIMPLE or box_key.handed_over_at is not None:
        return None
    return UserError(
        N_("Kunci kotak suara belum diserahkan kepada para pemegangnya; selesaikan di halaman "
           "kunci, atau pilih kunci yang disimpan situs.")
    )  # fmt: skip
