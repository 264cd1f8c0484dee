"""Ballots at rest: sealed to a public key, so that the site that stores them cannot read them.

Sealed boxes of libsodium (X25519, XSalsa20-Poly1305). All ballots of a survey are padded to one
length before they are sealed, so that the size of a row tells nothing about what was answered.
A copy of the private key is locked with a passphrase: Argon2id, then a secret box.
"""

from __future__ import annotations

from unicodedata import normalize

from nacl import pwhash
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox
from nacl.utils import random as random_bytes

from cermin.core.errors import UserError
from cermin.language import N_

KEY_BYTES = 32
_COPY_MARK = b"cermin-kunci-1\n"
_LENGTH_BYTES = 4


class BallotSealingError(UserError):
    """A key that does not fit, a wrong passphrase, or a file that is no copy of a key."""


def make_box_key() -> tuple[bytes, bytes]:
    """Return a new private and public key, 32 bytes each."""
    key = PrivateKey.generate()
    return bytes(key), bytes(key.public_key)


def public_of(private_key: bytes) -> bytes:
    """Return the public key that belongs to a private one."""
    return bytes(PrivateKey(private_key).public_key)


def seal_ballot(ballot: bytes, public_key: bytes, *, length: int) -> bytes:
    """Return ``ballot`` padded to ``length`` bytes and sealed.

    Raises
    ------
    ValueError
        When the ballot is longer than the length that was agreed for all.
    """
    if len(ballot) > length:
        raise ValueError("ballot longer than agreed")
    padded = len(ballot).to_bytes(_LENGTH_BYTES, "big") + ballot.ljust(length, b"\0")
    return SealedBox(PublicKey(public_key)).encrypt(padded)


def seal_for_staging(sealed: bytes, public_key: bytes) -> bytes:
    """Return a sealed ballot sealed once more, until it moves to the box."""
    return SealedBox(PublicKey(public_key)).encrypt(sealed)


def opened_from_staging(staged: bytes, private_key: bytes) -> bytes:
    """Return the sealed ballot; what was never sealed to this key is returned as it is."""
    try:
        return SealedBox(PrivateKey(private_key)).decrypt(staged)
    except (CryptoError, ValueError):
        return staged


class BoxOpener:
    """Opens the ballots of one box with its private key."""

    def __init__(self, private_key: bytes) -> None:
        self._box = SealedBox(PrivateKey(private_key))

    def open(self, sealed: bytes) -> bytes:
        """Return the ballot; raise BallotSealingError when it was sealed to another key."""
        try:
            padded = self._box.decrypt(sealed)
        except (CryptoError, ValueError) as error:
            raise BallotSealingError(
                N_("Kunci ini bukan kunci kotak suara periode ini.")
            ) from error
        length = int.from_bytes(padded[:_LENGTH_BYTES], "big")
        if len(padded) < _LENGTH_BYTES + length or len(padded) < _LENGTH_BYTES:
            raise BallotSealingError(N_("Ada surat suara yang rusak di kotak suara."))
        return padded[_LENGTH_BYTES : _LENGTH_BYTES + length]


def locked_copy(private_key: bytes, passphrase: str) -> bytes:
    """Return a copy of the key that only ``passphrase`` opens, as the bytes of a file."""
    salt = random_bytes(pwhash.argon2id.SALTBYTES)
    return _COPY_MARK + salt + SecretBox(_stretched(passphrase, salt)).encrypt(private_key)


def unlocked_copy(content: bytes, passphrase: str) -> bytes:
    """Return the private key of a locked copy.

    Raises
    ------
    BallotSealingError
        When the file is no copy of a key, or the passphrase is another one.
    """
    if not content.startswith(_COPY_MARK):
        raise BallotSealingError(N_("Berkas ini bukan salinan kunci kotak suara."))
    salt, locked = _split(content[len(_COPY_MARK) :])
    try:
        key = SecretBox(_stretched(passphrase, salt)).decrypt(locked)
    except (CryptoError, ValueError) as error:
        raise BallotSealingError(
            N_("Frasa sandi tidak cocok dengan salinan kunci ini, atau berkasnya rusak.")
        ) from error
    return bytes(key)


def _split(content: bytes) -> tuple[bytes, bytes]:
    salt = content[: pwhash.argon2id.SALTBYTES]
    if len(salt) < pwhash.argon2id.SALTBYTES:
        raise BallotSealingError(N_("Berkas ini bukan salinan kunci kotak suara."))
    return salt, content[pwhash.argon2id.SALTBYTES :]


def _stretched(passphrase: str, salt: bytes) -> bytes:
    return pwhash.argon2id.kdf(
        SecretBox.KEY_SIZE,
        normalize("NFC", passphrase.strip()).encode(),
        salt,
        opslimit=pwhash.argon2id.OPSLIMIT_MODERATE,
        memlimit=pwhash.argon2id.MEMLIMIT_MODERATE,
    )
