"""Secret keys of a survey: files in the site's key folder, outside the database and its backups.

Each survey has a folder there with the secret of its invitation codes, the signing keys of its
classes and, unless key holders have it, the private key of its box. Ballots that wait in staging
are sealed once more, to a key that is destroyed when they move to the box. All of it is destroyed
when the survey closes.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.ballot_sealing import make_box_key
from cermin.web.blind_signatures import SigningKey
from cermin.web.files import to_disk

_INVITATIONS, _SIGNING, _BOX = "undangan.key", "tanda-tangan.keys", "kotak.key"
_STAGING = "antrean"
_SECRET_BYTES = 32


class SurveyKeyError(UserError):
    """A key file that should be there is not, or cannot be read."""

    status = 503


def folder_of(keys: Path, survey: str) -> Path:
    """Return the folder of the survey with this public id."""
    return keys / "survei" / survey


def make_invitation_secret(folder: Path) -> bytes:
    """Return the secret from which the codes of a survey follow; made once."""
    path = folder / _INVITATIONS
    if not path.exists():
        _write(path, secrets.token_bytes(_SECRET_BYTES))
    return invitation_secret(folder)


def invitation_secret(folder: Path) -> bytes:
    """Return the secret from which the codes of a survey follow."""
    return _secret(folder / _INVITATIONS)


def write_box_key(folder: Path, private_key: bytes) -> None:
    """Keep the private key of a box."""
    if not _write(folder / _BOX, private_key):
        raise FileExistsError(folder / _BOX)


def box_key(folder: Path) -> bytes:
    """Return the private key of a box; SurveyKeyError where the site does not have it."""
    return _secret(folder / _BOX)


def has_box_key(folder: Path) -> bool:
    """Whether the site itself has the private key of the box."""
    return (folder / _BOX).exists()


def destroy_box_key(folder: Path) -> None:
    """Destroy the site's own copy, once key holders have theirs."""
    for path in sorted(folder.glob(f"{_BOX}*")):  # also a draft that a crash left behind
        _destroy(path)


def make_staging_key(folder: Path) -> bytes:
    """Make a key for what waits in staging and return its public half."""
    private_key, public_key = make_box_key()
    _write(_staging_path(folder, public_key), private_key)
    return public_key


def staging_key(folder: Path, public_key: bytes) -> bytes:
    """Return the private half of a staging key; SurveyKeyError once it is destroyed."""
    return _secret(_staging_path(folder, public_key))


def destroy_staging_keys(folder: Path, *, but: bytes) -> None:
    """Destroy every staging key except the one with this public half."""
    for path in sorted(folder.glob(f"{_STAGING}-*")):
        if path != _staging_path(folder, but):
            _destroy(path)


def _staging_path(folder: Path, public_key: bytes) -> Path:
    return folder / f"{_STAGING}-{public_key[:8].hex()}.key"


def add_signing_keys(folder: Path, made: Iterable[tuple[int, SigningKey]]) -> None:
    """Append keys of classes; they are on the disk when this returns."""
    _make_folder(folder)
    descriptor = os.open(folder / _SIGNING, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # two that prepare at once must not mix their lines
        # A line that a crash left half-written ends here, and is skipped in reading.
        file.write("\n")
        file.writelines(f"{number} {key.p:x} {key.q:x} .\n" for number, key in made)
        file.flush()
        os.fsync(file.fileno())
    to_disk(folder)


def signing_keys(folder: Path) -> dict[int, SigningKey]:
    """Return the keys of all classes that have one; the first that was made counts."""
    found: dict[int, SigningKey] = {}
    for line in _read(folder / _SIGNING).splitlines():
        parts = line.split()
        if len(parts) == 4 and parts[3] == ".":
            found.setdefault(int(parts[0]), SigningKey(int(parts[1], 16), int(parts[2], 16)))
    return found


def has_signing_keys(folder: Path) -> bool:
    """Whether any class has a key yet."""
    return (folder / _SIGNING).exists()


def destroy_keys(folder: Path) -> None:
    """Overwrite and remove every key of a survey; doing it again does no harm.

    Overwriting is a wish on disks that write elsewhere (SSD, copy-on-write); the guide says so.
    """
    if folder.exists():
        for path in sorted(folder.iterdir()):
            _destroy(path)
        shutil.rmtree(folder)


def _destroy(path: Path) -> None:
    if not path.exists():
        return
    with path.open("r+b") as file:
        file.write(secrets.token_bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def _make_folder(folder: Path) -> None:
    # One by one: pathlib gives the mode to the last folder only.
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def _write(path: Path, secret: bytes) -> bool:
    """Write a whole secret under its name, or nothing; False when the name was taken."""
    _make_folder(path.parent)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secret.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
        to_disk(path.parent)
    return True


def _secret(path: Path) -> bytes:
    try:
        secret = bytes.fromhex(_read(path))
    except ValueError:
        secret = b""
    if len(secret) != _SECRET_BYTES:  # an empty secret would make codes that anybody can guess
        raise SurveyKeyError(N_("Kunci survei {name} rusak."), name=path.name)
    return secret


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SurveyKeyError(
            N_("Kunci survei {name} tidak ada di folder kunci situs."), name=path.name
        ) from error
