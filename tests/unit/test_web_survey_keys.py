"""Sealed ballots, locked copies of the box key, and the files with a survey's keys."""

from __future__ import annotations

import stat
from pathlib import Path
from threading import Thread

import pytest
from nacl.public import PrivateKey, PublicKey, SealedBox

from cermin.web import survey_keys
from cermin.web.ballot_sealing import (
    KEY_BYTES,
    BallotSealingError,
    BoxOpener,
    locked_copy,
    make_box_key,
    public_of,
    seal_ballot,
    unlocked_copy,
)
from cermin.web.blind_signatures import SigningKey
from cermin.web.survey_keys import SurveyKeyError

PASSPHRASE = "sungai tenang di rawa"
LENGTH = 200


# ------------------------------------------------------------------ ballots at rest
def test_padding_hides_how_long_a_ballot_is() -> None:
    private, public = make_box_key()
    ballots = [b"", b"a", b"a" * 7 + b"\0", b"x" * LENGTH]
    sealed = [seal_ballot(one, public, length=LENGTH) for one in ballots]
    assert len({len(one) for one in sealed}) == 1
    assert [BoxOpener(private).open(one) for one in sealed] == ballots
    assert len(set(sealed) | {seal_ballot(b"a", public, length=LENGTH)}) == len(ballots) + 1
    with pytest.raises(ValueError, match="longer"):
        seal_ballot(b"x" * (LENGTH + 1), public, length=LENGTH)


def test_only_the_key_of_the_box_opens() -> None:
    private, public = make_box_key()
    assert public_of(private) == public
    sealed = seal_ballot(b"answers", public, length=LENGTH)
    other, _ = make_box_key()
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for key, content in (
        (other, sealed), (private, changed), (private, sealed[:-1]), (private, sealed[:20]),
        (private, b""), (public, sealed),
    ):  # fmt: skip
        with pytest.raises(BallotSealingError):
            BoxOpener(key).open(content)


def test_ballot_that_lies_about_its_length() -> None:
    """Who has the public key can seal anything, so what comes out is still to be doubted."""
    private, public = make_box_key()
    for padded in (b"", b"\0\0", b"\xff\xff\xff\xff" + b"x" * 10):
        sealed = SealedBox(PublicKey(public)).encrypt(padded)
        with pytest.raises(BallotSealingError):
            BoxOpener(private).open(sealed)


@pytest.fixture(scope="module")
def copy() -> tuple[bytes, bytes]:
    private, _ = make_box_key()
    return private, locked_copy(private, PASSPHRASE)


def test_passphrase_opens_the_copy(copy) -> None:
    private, content = copy
    assert private not in content
    assert unlocked_copy(content, f" {PASSPHRASE}\n") == private
    assert len(private) == KEY_BYTES == len(bytes(PrivateKey(private)))


@pytest.mark.parametrize("passphrase", ["", "sungai tenang di rawa 4", "Sungai tenang di rawa"])
def test_another_passphrase_does_not(copy, passphrase) -> None:
    with pytest.raises(BallotSealingError, match="Frasa sandi"):
        unlocked_copy(copy[1], passphrase)


@pytest.mark.parametrize(
    "damage",
    [lambda _: b"", lambda c: b"PK\3\4" + c, lambda c: c[:20],
     lambda c: c.replace(b"\n", b"\r\n", 1)],
)  # fmt: skip
def test_file_that_is_no_copy(copy, damage) -> None:
    with pytest.raises(BallotSealingError, match="bukan salinan"):
        unlocked_copy(damage(copy[1]), PASSPHRASE)


@pytest.mark.parametrize(
    "damage", [lambda c: c[:-1], lambda c: c + b"\n", lambda c: c[:31], lambda c: c[:40]]
)
def test_damaged_copy_is_told_from_a_good_one(copy, damage) -> None:
    with pytest.raises(BallotSealingError, match="rusak"):
        unlocked_copy(damage(copy[1]), PASSPHRASE)


def test_accents_of_a_passphrase_may_be_typed_on_another_keyboard(copy) -> None:
    composed, decomposed = "cafe\u0301 di tepi sungai", "caf\u00e9 di tepi sungai"
    assert unlocked_copy(locked_copy(copy[0], composed), decomposed) == copy[0]


# ------------------------------------------------------------------ key files
@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return survey_keys.folder_of(tmp_path, "abc123")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def fill(folder: Path) -> None:
    survey_keys.make_invitation_secret(folder)
    survey_keys.write_box_key(folder, bytes(32))
    survey_keys.add_signing_keys(folder, [(1, SigningKey(3, 5))])


def test_nobody_else_may_read_the_files_or_see_their_names(folder) -> None:
    fill(folder)
    assert mode(folder) == mode(folder.parent) == 0o700
    assert {mode(path) for path in folder.iterdir()} == {0o600}
    assert len(list(folder.iterdir())) == 3  # no drafts stay


def test_secret_of_the_codes_is_made_once(folder) -> None:
    made = survey_keys.make_invitation_secret(folder)
    assert len(made) == 32
    assert survey_keys.make_invitation_secret(folder) == made
    assert survey_keys.invitation_secret(folder) == made


def test_secret_that_is_made_twice_at_once_is_one_secret(folder) -> None:
    found: list[bytes] = []
    threads = [
        Thread(target=lambda: found.append(survey_keys.make_invitation_secret(folder)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.parametrize("content", ["", "\n", "00" * 31, "00" * 33, "zz" * 32])
def test_half_written_secret_is_never_used(folder, content) -> None:
    """The codes of an empty secret could be computed by anybody who has the database."""
    fill(folder)
    for name, read in (
        ("undangan.key", survey_keys.make_invitation_secret), ("kotak.key", survey_keys.box_key)
    ):  # fmt: skip
        (folder / name).write_text(content)
        with pytest.raises(SurveyKeyError, match="rusak"):
            read(folder)


def test_full_disk_leaves_no_half_of_a_secret(folder, monkeypatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(survey_keys.os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            survey_keys.make_invitation_secret(folder)
    assert list(folder.iterdir()) == []
    assert len(survey_keys.make_invitation_secret(folder)) == 32


def test_box_key_is_never_replaced_and_can_be_given_away(folder) -> None:
    survey_keys.write_box_key(folder, b"k" * 32)
    with pytest.raises(FileExistsError):
        survey_keys.write_box_key(folder, b"l" * 32)
    assert survey_keys.box_key(folder) == b"k" * 32
    assert survey_keys.has_box_key(folder)
    (folder / "kotak.key.0123abcd").write_text("left by a crash")
    survey_keys.destroy_box_key(folder)
    survey_keys.destroy_box_key(folder)
    assert not survey_keys.has_box_key(folder)
    assert list(folder.iterdir()) == []
    with pytest.raises(SurveyKeyError) as refused:
        survey_keys.box_key(folder)
    assert refused.value.status == 503


def test_signing_key_that_was_made_first_counts(folder) -> None:
    assert not survey_keys.has_signing_keys(folder)
    survey_keys.add_signing_keys(folder, [(1, SigningKey(3, 5)), (2, SigningKey(7, 11))])
    survey_keys.add_signing_keys(folder, [(2, SigningKey(13, 17)), (3, SigningKey(19, 23))])
    assert survey_keys.has_signing_keys(folder)
    assert survey_keys.signing_keys(folder) == {
        1: SigningKey(3, 5), 2: SigningKey(7, 11), 3: SigningKey(19, 23)
    }  # fmt: skip


@pytest.mark.parametrize("cut", range(1, 12))
def test_line_cut_by_a_crash_is_skipped_wherever_it_was_cut(folder, cut: int) -> None:
    survey_keys.add_signing_keys(folder, [(1, SigningKey(3, 5)), (12, SigningKey(0xABC, 0xDEF))])
    path = folder / "tanda-tangan.keys"
    path.write_bytes(path.read_bytes()[:-cut])
    kept = survey_keys.signing_keys(folder)
    assert set(kept) <= {1, 12}
    assert kept.get(12, SigningKey(0xABC, 0xDEF)) == SigningKey(0xABC, 0xDEF)
    survey_keys.add_signing_keys(folder, [(13, SigningKey(7, 11))])
    assert survey_keys.signing_keys(folder) == {**kept, 13: SigningKey(7, 11)}


def test_destroyed_twice_and_missing(folder) -> None:
    fill(folder)
    survey_keys.destroy_keys(folder)
    survey_keys.destroy_keys(folder)
    assert not folder.exists()
    for read in (survey_keys.invitation_secret, survey_keys.box_key, survey_keys.signing_keys):
        with pytest.raises(SurveyKeyError, match="tidak ada"):
            read(folder)
