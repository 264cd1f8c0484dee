"""The file of a backup: a ZIP archive whose manifest names, counts and proves every part.

``data/<model>.jsonl`` holds the rows of a model, ``files/…`` the uploads, ``manifest.json`` what
is inside, and ``manifest.proof`` a code over the manifest that needs the site's key. So a file
that was cut off, damaged, altered, or made with another key is known before anything is written.
"""

from __future__ import annotations

import hashlib
import hmac
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import msgspec
from django.conf import settings

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.sealing import proof

MANIFEST = "manifest.json"
PROOF = "manifest.proof"
_CHUNK = 1 << 20
# What the library raises, one way or another, for an archive that is not whole.
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError,
)  # fmt: skip
Progress = Callable[[str, int, int], None]  # what is being done, how much of how much


class Part(msgspec.Struct, frozen=True):
    """One member of the archive."""

    name: str
    size: int
    sha256: str


class ModelRows(msgspec.Struct, frozen=True):
    """The rows of one model; each row lists the values of ``fields``."""

    model: str
    fields: list[str]
    rows: int

    @property
    def member(self) -> str:
        """Name of the part that holds the rows."""
        return f"data/{self.model}.jsonl"


class Manifest(msgspec.Struct, frozen=True, tag_field="schema", tag="cermin.backup/1"):
    """What a backup holds."""

    version: str
    made_at: str
    database: str
    key: str  # proves which key belongs to it, and tells nothing of the key
    migrations: list[tuple[str, str]]
    models: list[ModelRows]
    parts: list[Part]

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return sum(one.rows for one in self.models)

    @property
    def files(self) -> list[Part]:
        """The uploads."""
        return [part for part in self.parts if part.name.startswith("files/")]


class Damaged(UserError):  # noqa: N818 - a name people read
    """The file is not, or no longer, what a backup wrote."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            N_("Berkas cadangan rusak atau tidak utuh ({reason}). Pakai salinan yang lain."),
            reason=reason,
        )


def key_mark() -> str:
    """Return a mark of this site's key from which nothing of the key can be learned."""
    return proof(b"cermin.backup/1", folder=settings.KEY_FOLDER, purpose="backup-key-mark").hex()


def proof_of(manifest: bytes) -> bytes:
    """Return the code over ``manifest``."""
    code = proof(manifest, folder=settings.KEY_FOLDER, purpose="backup-manifest")
    return code.hex().encode("ascii")


def read_manifest(archive: zipfile.ZipFile) -> Manifest:
    """Return the manifest after checking that this site's key made it."""
    try:
        written, code = archive.read(MANIFEST), archive.read(PROOF)
        manifest = msgspec.json.decode(written, type=Manifest)
    except (KeyError, msgspec.DecodeError, *_UNREADABLE) as error:
        raise Damaged(MANIFEST) from error
    if not hmac.compare_digest(manifest.key, key_mark()):
        raise UserError(
            N_(
                "Cadangan ini dibuat dengan kunci lain. Letakkan berkas kunci situs asalnya di "
                "{folder}, lalu ulangi."
            ),
            folder=str(settings.KEY_FOLDER),
        )
    if not hmac.compare_digest(code, proof_of(written)):
        raise Damaged(PROOF)
    return manifest


def check_parts(archive: zipfile.ZipFile, manifest: Manifest, progress: Progress) -> None:
    """Read the whole archive once; raise Damaged unless every part is as it was written."""
    present = sorted(archive.namelist())
    expected = sorted([part.name for part in manifest.parts] + [MANIFEST, PROOF])
    if present != expected:
        raise Damaged(", ".join(sorted(set(present) ^ set(expected))[:3]) or MANIFEST)
    total = sum(part.size for part in manifest.parts)
    done = 0
    for part in manifest.parts:
        progress(part.name, done, total)
        if not safe(part.name) or _measured(archive, part.name) != part:
            raise Damaged(part.name)
        done += part.size


def safe(name: str) -> bool:
    """Whether a member's name stays inside the folder it is unpacked to."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _measured(archive: zipfile.ZipFile, name: str) -> Part:
    digest, size = hashlib.sha256(), 0
    try:
        with archive.open(name) as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except _UNREADABLE as error:
        raise Damaged(name) from error
    return Part(name, size, digest.hexdigest())


def lines_of(archive: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    """Return the lines of a part, one in memory at a time."""
    with archive.open(member) as stream:
        yield from stream


def opened(file: Path) -> zipfile.ZipFile:
    """Return the archive; a file that is none, or was cut off, is Damaged."""
    try:
        return zipfile.ZipFile(file)
    except _UNREADABLE as error:
        raise Damaged(file.name) from error
