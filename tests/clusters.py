"""A PostgreSQL server of a test's own: set up as our guide says, stopped and limited at will."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from ports import free_port

DEPLOY = Path(__file__).resolve().parents[1] / "src" / "cermin" / "web" / "deploy"
_MIB = 1 << 20


def _programs() -> Path:
    """Return the folder of the newest server's programs (Debian keeps them off the path)."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    at = found[-1] if found else Path(shutil.which("initdb") or "")
    return at.resolve().parent


def _runner() -> str | None:
    """PostgreSQL refuses to run as root."""
    return "postgres" if os.geteuid() == 0 else None


@dataclass(frozen=True)
class Cluster:
    """A server with its data and its log in a folder."""

    folder: Path
    port: int

    @property
    def data(self) -> Path:
        """The data directory, where an attacker on the machine looks."""
        return self.folder / "data"

    @property
    def log(self) -> str:
        """Everything that the server has written down."""
        path = self.folder / "log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def address(self, database: str = "postgres") -> str:
        """Return the address of a database."""
        return f"postgresql://cermin@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._run("pg_ctl", "start", "-w", "-D", self.data, "-l", self.folder / "log")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it; ``immediate`` is how a power cut looks to it."""
        self._run("pg_ctl", "stop", "-w", "-D", self.data, "-m", mode)

    def create(self, name: str) -> str:
        """Return the address of a new database."""
        with psycopg.connect(self.address(), autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.address(name)

    def limit_files(self, size: int) -> None:
        """Let no file of clients' processes grow over ``size`` bytes: a disk that is full.

        The server itself treats that limit of the kernel like a full disk.
        """
        with psycopg.connect(self.address(), autocommit=True) as server:
            rows = server.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' "
                "AND pid <> pg_backend_pid()"
            ).fetchall()
        main = int((self.data / "postmaster.pid").read_text().split()[0])
        limit_files(main, size, user=_runner())
        for (pid,) in rows:
            with suppress(subprocess.CalledProcessError):  # it has ended meanwhile
                limit_files(pid, size, user=_runner())

    def _run(self, program: str, *arguments: object) -> None:
        finished = subprocess.run(
            [str(_programs() / program), *map(str, arguments)], user=_runner(), cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, check=False, timeout=120,
        )  # fmt: skip
        assert finished.returncode == 0, finished.stderr + self.log[-2000:]


def limit_files(pid: int, size: int, *, user: str | None = None) -> None:
    """Let a process write no file beyond ``size`` bytes; a negative size ends that.

    Only the account that a process belongs to may do so without further rights.
    """
    soft = "unlimited" if size < 0 else size
    subprocess.run(
        ["prlimit", "--pid", str(pid), f"--fsize={soft}:"], user=user, cwd="/", check=True
    )


@contextmanager
def cluster(**changes: object) -> Iterator[Cluster]:
    """Run a server with the settings that we ship, and ``changes`` over them.

    Not in the folder of the tests, which only their own account may enter.
    """
    folder = Path(tempfile.mkdtemp(prefix="cermin-cluster-"))
    try:
        yield from _cluster_in(folder, changes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _cluster_in(folder: Path, changes: Mapping[str, object]) -> Iterator[Cluster]:
    if (runner := _runner()) is not None:
        account = pwd.getpwnam(runner)
        os.chown(folder, account.pw_uid, account.pw_gid)
    one = Cluster(folder, free_port())
    one._run(
        "initdb", "-D", one.data, "--username=cermin", "--auth=trust", "--encoding=UTF8",
        "--no-sync", "--wal-segsize=1",
    )  # fmt: skip
    settings = {
        "port": one.port, "unix_socket_directories": f"'{folder}'", "shared_buffers": "'64MB'",
        "max_wal_size": "'2GB'", "min_wal_size": "'32MB'", **changes,
    }  # fmt: skip
    with (one.data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write((DEPLOY / "postgresql.conf").read_text(encoding="utf-8") + "\n")
        file.writelines(f"{name} = {value}\n" for name, value in settings.items())
    one.start()
    try:
        yield one
    finally:
        one.stop()
