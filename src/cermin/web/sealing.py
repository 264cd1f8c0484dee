"""Employee numbers at rest: sealed so that they can be shown again, indexed so that they are found.

The key is a file in the site's key folder, outside the database and its backups. Sealing is
AES-256-GCM (NIST SP 800-38D) with a random nonce; the blind index is HMAC-SHA-256 over the agency
and the value, so that the same person in two agencies cannot be joined. Both keys are derived from
the one file by HKDF (RFC 5869).
"""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cermin.core.errors import UserError
from cermin.language import N_

KEY_FILE = "site.key"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"


class SealingError(UserError):
    """The key is missing, or is not the one with which something was sealed."""


def make_key(folder: Path) -> Path:
    """Write a new key, readable by the owner only; an existing one is never replaced."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / KEY_FILE
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(os.urandom(_KEY_BYTES).hex() + "\n")
    return path


@lru_cache(maxsize=16)
def _derived(folder: Path, purpose: str) -> bytes:
    path = folder / KEY_FILE
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise SealingError(
            N_("Kunci situs {path} tidak terbaca. Pulihkan berkas kunci dari salinan Anda."),
            path=str(path),
        ) from error
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose.encode()).derive(key)


def seal(content: bytes, *, folder: Path, purpose: str = "seal") -> bytes:
    """Return ``content`` sealed with the key in ``folder``."""
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(_derived(folder, purpose)).encrypt(nonce, content, None)


def unseal(sealed: bytes, *, folder: Path, purpose: str = "seal") -> bytes:
    """Return what was sealed; raise SealingError when the key does not fit."""
    nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return AESGCM(_derived(folder, purpose)).decrypt(nonce, body, None)
    except InvalidTag as error:
        raise SealingError(N_("Data tersegel dengan kunci lain, atau telah diubah.")) from error


def blind_index(agency: str, value: str, *, folder: Path) -> bytes:
    """Return 32 bytes that are equal for equal values of one agency and tell nothing else."""
    key = _derived(folder, "blind-index")
    return hmac.digest(key, f"{agency}\0{value}".encode(), hashlib.sha256)


def chain_code(previous: bytes, content: bytes, *, folder: Path) -> bytes:
    """Return the code that ties ``content`` to what stood before it (the audit trail)."""
    return hmac.digest(_derived(folder, "audit-chain"), previous + content, hashlib.sha256)


def proof(content: bytes, *, folder: Path, purpose: str) -> bytes:
    """Return a code over ``content`` that only the holder of this site's key can make."""
    return hmac.digest(_derived(folder, purpose), content, hashlib.sha256)
