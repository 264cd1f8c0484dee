"""The key of the box in the hands of witnesses: copies, test openings, handing over.

A passphrase and a private key pass through and are written nowhere but into the locked copy.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web import survey_keys
from cermin.web.ballot_sealing import (
    BoxOpener,
    locked_copy,
    public_of,
    seal_ballot,
    unlocked_copy,
)
from cermin.web.cycles.actions.states import locked, record_cycle
from cermin.web.cycles.models import Cycle
from cermin.web.organisations.rules import Member
from cermin.web.survey.actions.opening import make_key_pair
from cermin.web.survey.models import BoxKey, KeyHolder, KeyMode, Survey
from cermin.web.survey.queries.keys import box_key_of, holder_of, holders_of, people_of
from cermin.web.survey.rules.keys import (
    check_can_choose_keys,
    check_can_copy,
    check_can_hand_over,
    check_can_test,
    check_holders,
    check_passphrase,
)

_TEST_BALLOT = b"uji buka"


def keep_key_on_site(*, cycle: Cycle, by: Member, now: datetime) -> None:
    """Choose the simple mode: the site makes the key when the survey opens, and keeps it."""
    with transaction.atomic():
        row = locked(cycle)
        check_can_choose_keys(by, row)
        _discard_key(row)
        record_cycle("box_key_kept_on_site", row, by=by, now=now)


def name_holders(*, cycle: Cycle, users: Collection[str], by: Member, now: datetime) -> None:
    """Choose the witnessed mode with these holders; a key from before is worth nothing now."""
    with transaction.atomic():
        row = locked(cycle)
        check_can_choose_keys(by, row)
        people = {str(person.pk): person for person in people_of(row.agency)}
        check_holders(users, people)
        _discard_key(row)
        box_key = make_key_pair(cycle=row, mode=KeyMode.WITNESSED, now=now)
        chosen = [people[one] for one in sorted(set(users))]
        KeyHolder.objects.bulk_create(
            KeyHolder(box_key=box_key, user=one, name=one.name or one.email) for one in chosen
        )
        names = ", ".join(sorted(one.name or one.email for one in chosen))
        record_cycle("box_key_holders_named", row, by=by, now=now, people=names)


def make_copy(*, cycle: Cycle, passphrase: str, by: Member, now: datetime) -> bytes:
    """Return the holder's copy of the private key, locked with ``passphrase``."""
    check_passphrase(passphrase)
    box_key = _needed(cycle)
    check_can_copy(by, cycle, box_key, holder_of(box_key, by))
    # Stretching a passphrase takes a second, so no transaction waits for it.
    copy = locked_copy(survey_keys.box_key(folder_of(box_key)), passphrase)
    with transaction.atomic():
        row = locked(cycle)
        same = BoxKey.objects.filter(pk=box_key.pk, handed_over_at=None)
        if not same.exists():
            raise UserError(N_("Kunci ini baru saja diganti atau diserahkan; muat ulang halaman."))
        # A new copy has not been tested, whatever an earlier one did.
        KeyHolder.objects.filter(box_key=box_key, user_id=by.id).update(
            downloaded_at=now, tested_at=None
        )
        record_cycle("box_key_copied", row, by=by, now=now)
    return copy


def try_copy(*, cycle: Cycle, copy: bytes, passphrase: str, by: Member, now: datetime) -> None:
    """Open a test ballot, sealed to the key of this cycle, with a holder's copy."""
    box_key = _needed(cycle)
    closed_at = Survey.objects.filter(cycle=cycle).values_list("closed_at", flat=True).first()
    check_can_test(by, cycle, holder_of(box_key, by), closed_at)
    key_from_copy(box_key, copy, passphrase)
    with transaction.atomic():
        holder = KeyHolder.objects.filter(box_key=box_key, user_id=by.id)
        if holder.update(tested_at=now):  # the owner may have started anew meanwhile
            record_cycle("box_key_tested", cycle, by=by, now=now)


def key_from_copy(box_key: BoxKey, copy: bytes, passphrase: str) -> bytes:
    """Return the private key, after it has opened a ballot that was sealed as all others are."""
    private_key = unlocked_copy(copy, passphrase)
    sealed = seal_ballot(_TEST_BALLOT, bytes(box_key.public_key), length=len(_TEST_BALLOT))
    if public_of(private_key) != bytes(box_key.public_key):
        raise UserError(N_("Ini salinan kunci dari periode lain, atau dari kunci yang diganti."))
    if BoxOpener(private_key).open(sealed) != _TEST_BALLOT:
        raise UserError(N_("Kunci ini bukan kunci kotak suara periode ini."))
    return private_key


def hand_over(*, cycle: Cycle, by: Member, now: datetime) -> None:
    """Destroy the site's own copy: from now on only the holders can open the box."""
    with transaction.atomic():
        row = locked(cycle)
        box_key = _needed(row)
        holders = holders_of(box_key)
        check_can_hand_over(by, row, box_key, holders)
        # Before it is written that it is gone: interrupted here, the owner does it once more.
        survey_keys.destroy_box_key(folder_of(box_key))
        BoxKey.objects.filter(pk=box_key.pk).update(handed_over_at=now)
        tested = ", ".join(one.name for one in holders if one.tested_at is not None)
        record_cycle("box_key_handed_over", row, by=by, now=now, people=tested)


def folder_of(box_key: BoxKey) -> Path:
    """Return the folder with the key files of a cycle."""
    return survey_keys.folder_of(settings.KEY_FOLDER, box_key.folder)


def _discard_key(cycle: Cycle) -> None:
    box_key = box_key_of(cycle)
    if box_key is not None:
        transaction.on_commit(partial(survey_keys.destroy_keys, folder_of(box_key)))
        box_key.delete()


def _needed(cycle: Cycle) -> BoxKey:
    box_key = box_key_of(cycle)
    if box_key is None or box_key.mode != KeyMode.WITNESSED:
        raise UserError(N_("Kunci periode ini disimpan situs; tidak ada yang diserahkan."))
    return box_key
