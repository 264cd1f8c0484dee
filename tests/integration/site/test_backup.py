"""Backups of real sites: what is restored is every row and file, on and between both databases."""

from __future__ import annotations

import json
import os
import shutil
import stat
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from site_processes import Site, copied, new_site, postgres

pytestmark = pytest.mark.own_site

EVERYTHING = "from site_seed import everything; answer = everything()"
CHAIN = """
from cermin.web.audit.queries import verify_chain
verdict = verify_chain()
answer = [repr(verdict), verdict.broken is None and verdict.length == 41]
"""


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Site]]:
    """An empty site on each database, with the same key."""
    folder = tmp_path_factory.mktemp("empty")
    with postgres() as database:
        sqlite = new_site(folder / "sqlite")
        key = sqlite.folder / "keys" / "site.key"
        server = new_site(folder / "postgresql", "--no-https", "--key", key, database=database)
        yield {"sqlite": sqlite, "postgresql": server}


@pytest.fixture(scope="module")
def databases() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def another(empty: dict[str, Site], kind: str, folder: Path, databases: ExitStack) -> Site:
    site = empty[kind]
    database = databases.enter_context(postgres(site.database)) if site.database else ""
    return copied(site, folder, database)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def source(
    request: pytest.FixtureRequest, empty: dict[str, Site], databases: ExitStack,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Site, Path]:  # fmt: skip
    """A site full of rows and files, and its backup."""
    folder = tmp_path_factory.mktemp("source")
    site = another(empty, request.param, folder / "site", databases)
    site.python("from site_seed import seed; seed()")
    file = folder / "cadangan.zip"
    site.run("backup", "--output", file)
    return site, file


def files_of(site: Site) -> dict[str, bytes]:
    folder = site.folder / "files"
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_all_rows_and_files_come_back(
    kind: str, source: tuple[Site, Path], empty: dict[str, Site], databases: ExitStack,
    tmp_path: Path,
) -> None:  # fmt: skip
    site, file = source
    target = another(empty, kind, tmp_path / "site", databases)
    printed = target.run("restore", file)
    assert "Dipulihkan:" in printed
    before, after = site.python(EVERYTHING), target.python(EVERYTHING)
    # Each site wrote one event of its own after the picture was taken: backed up, restored.
    assert before["audit.AuditEvent"].pop()[6] == "'site_backed_up'"
    assert after["audit.AuditEvent"].pop()[6] == "'site_restored'"
    assert before.pop("audit.ChainHead") != after.pop("audit.ChainHead")
    assert after == before
    filled = {label for label, rows in after.items() if rows}
    assert {"accounts.User", "organisations.Employee", "mfa.Authenticator"} <= filled
    assert files_of(target) == files_of(site)
    assert len(files_of(target)) == 3
    assert target.python(CHAIN)[1] is True, target.python(CHAIN)
    # New rows get new numbers, also where the database counts them itself.
    target.python("from site_factory import make_agency; make_agency('baru')")
    modes = {stat.S_IMODE(p.stat().st_mode) for p in (target.folder / "files").rglob("*.bin")}
    assert modes == {0o600}
    assert "sudah berisi data" in target.run("restore", file, code=2)


@pytest.mark.slow
def test_the_file_holds_no_key_and_no_session(source: tuple[Site, Path]) -> None:
    site, file = source
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with zipfile.ZipFile(file) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
        names = archive.namelist()
    assert (site.folder / "keys" / "site.key").read_bytes().strip() not in content
    secret = next(
        line for line in (site.folder / "site.env").read_text().splitlines() if "SECRET_KEY" in line
    )
    assert secret.split("=", 1)[1].encode() not in content
    assert not [n for n in names if "session" in n or "django_tasks" in n or "cache" in n]
    assert [p.name for p in file.parent.iterdir() if ".part" in p.name] == []


@pytest.mark.slow
def test_another_key_is_refused_before_anything_is_written(
    source: tuple[Site, Path], tmp_path: Path
) -> None:
    stranger = new_site(tmp_path / "lain")
    assert "kunci lain" in stranger.run("restore", source[1], code=2)
    assert stranger.python(EVERYTHING)["accounts.User"] == []


def truncated(file: Path) -> None:
    os.truncate(file, file.stat().st_size * 2 // 3)


def one_bit(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        info = archive.getinfo("data/organisations.employee.jsonl")
    content = bytearray(file.read_bytes())
    content[info.header_offset + 120] ^= 1
    file.write_bytes(content)


def rewritten(file: Path, change: dict[str, bytes | None], extra: dict[str, bytes]) -> None:
    """Write the archive anew, as somebody without the key could."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts = {n: change.get(n, c) for n, c in parts.items()} | extra
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            if content is not None:
                archive.writestr(name, content)


def other_rows(file: Path) -> None:
    rewritten(file, {"data/organisations.agency.jsonl": b""}, {})


def missing_part(file: Path) -> None:
    rewritten(file, {"data/organisations.agency.jsonl": None}, {})


def added_part(file: Path) -> None:
    rewritten(file, {}, {"files/../../keys/site.key": b"00"})


def other_manifest(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    manifest["models"][0]["rows"] += 1
    rewritten(file, {"manifest.json": json.dumps(manifest).encode()}, {})


def no_manifest(file: Path) -> None:
    rewritten(file, {"manifest.json": None}, {})


def no_archive(file: Path) -> None:
    file.write_bytes(b"bukan cadangan")


@pytest.mark.slow
@pytest.mark.parametrize(
    "damage",
    [truncated, one_bit, other_rows, missing_part, added_part, other_manifest, no_manifest,
     no_archive],
)  # fmt: skip
def test_damage_is_known_before_anything_is_written(
    damage, source: tuple[Site, Path], empty: dict[str, Site], tmp_path: Path
) -> None:
    file = tmp_path / "rusak.zip"
    shutil.copy(source[1], file)
    damage(file)
    target = copied(empty["sqlite"], tmp_path / "site")
    assert "rusak atau tidak utuh" in target.run("restore", file, code=2)
    assert target.python(EVERYTHING)["accounts.User"] == []
    assert not list(target.folder.glob("**/*.bin"))


@pytest.mark.slow
def test_rows_that_contradict_each_other_leave_nothing(
    source: tuple[Site, Path], empty: dict[str, Site], tmp_path: Path
) -> None:
    """Made with the right key: a role of an account that is not there."""
    site, _file = source
    file = tmp_path / "janggal.zip"
    site.python(f"""
from cermin.web.operations.actions import backup
from cermin.web.accounts.models import User
from cermin.web.audit.actor import system
from cermin.web.pages import clock
real = backup.rows_of
backup.rows_of = lambda model: iter(()) if model is User else real(model)
kept = type(User._base_manager.all()).count
type(User._base_manager.all()).count = lambda self: 0 if self.model is User else kept(self)
backup.back_up(output=Path({str(file)!r}), by=system("tes"), now=clock.now(),
               progress=lambda *told: None)
""")
    target = copied(empty["sqlite"], tmp_path / "site")
    assert "Basis data situs tidak dapat dipakai" in target.run("restore", file, code=2)
    assert target.python(EVERYTHING)["organisations.Agency"] == []
    assert files_of(target) == {}


@pytest.mark.slow
def test_an_existing_file_is_never_replaced(source: tuple[Site, Path]) -> None:
    site, file = source
    content = file.read_bytes()
    assert "sudah ada" in site.run("backup", "--output", file, code=2)
    assert file.read_bytes() == content


@pytest.mark.slow
def test_dated_backups_are_thinned_out(source: tuple[Site, Path], tmp_path: Path) -> None:
    site, _file = source
    for day in ("20260101-010000", "20260102-010000"):
        (tmp_path / f"cermin-cadangan-{day}.zip").write_bytes(b"")
    (tmp_path / "catatan.txt").write_text("bukan cadangan")
    printed = site.run("backup", "--output", tmp_path, "--keep", 2)
    assert "20260101" in printed.split("Dihapus:")[1]
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert len(kept) == 3
    assert "cermin-cadangan-20260102-010000.zip" in kept
    assert "catatan.txt" in kept


@pytest.mark.slow
def test_writing_goes_on_while_a_backup_is_taken(source: tuple[Site, Path], tmp_path: Path) -> None:
    """The picture is of one moment, and nobody waits for it."""
    answer = source[0].python(f"""
import threading, zipfile
from cermin.web.operations.actions import backup
from cermin.web.organisations.models import Agency
from cermin.web.audit.actor import system
from cermin.web.pages import clock
from site_factory import make_agency
real, waited = backup.rows_of, []
def rows_of(model):
    if model is Agency:
        def write():
            make_agency("menyela-{tmp_path.name[-12:]}")
            from django.db import connection; connection.close()
        thread = threading.Thread(target=write); thread.start(); thread.join(60)
        waited.append(thread.is_alive())
    return real(model)
backup.rows_of = rows_of
before = Agency.objects.count()
path = backup.back_up(output=Path({str(tmp_path / "a.zip")!r}), by=system("tes"),
                      now=clock.now(), progress=lambda *told: None)
rows = zipfile.ZipFile(path).read("data/organisations.agency.jsonl").count(b"\\n")
answer = [before, rows, Agency.objects.count(), waited == [False]]
""")
    before, in_backup, after, nobody_waited = answer
    assert (in_backup, after, nobody_waited) == (before, before + 1, True)
