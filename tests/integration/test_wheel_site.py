"""The built wheel with the locked packages of the site, alone: installed, served, backed up."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ports import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
pytestmark = pytest.mark.timeout(900)  # installs some sixty packages
ENVIRONMENT = {
    # Nothing of the checkout may leak in: no PYTHONPATH, no current folder inside it.
    k: v for k, v in os.environ.items()
    if not k.startswith(("PYTHON", "COVERAGE", "CERMIN", "DJANGO"))
}  # fmt: skip


def run(*command: str | Path, cwd: Path, code: int = 0) -> str:
    finished = subprocess.run(
        [str(part) for part in command],
        cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert finished.returncode == code, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(
        sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT,
        cwd=folder,
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def cermin(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the command of an environment with the wheel and the site's locked packages only."""
    home = tmp_path_factory.mktemp("site")
    run(sys.executable, "-m", "venv", home, cwd=home)
    python = home / "bin" / "python"
    pip = (python, "-m", "pip", "install", "--quiet", "--no-compile",
           "--disable-pip-version-check")  # fmt: skip
    run(*pip, "--require-hashes", "-r", ROOT / "requirements" / "web.txt", cwd=home)
    run(*pip, "--no-deps", wheel, cwd=home)
    run(python, "-m", "pip", "check", cwd=home)
    return home / "bin" / "cermin"


@pytest.fixture(scope="module")
def site(cermin: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kerja")
    run(cermin, "site", "init", "situs", "--no-https", cwd=folder)
    return folder / "situs"


@pytest.fixture(scope="module")
def served(cermin: Path, site: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The site, served with its worker on a free port."""
    port = free_port()
    process = subprocess.Popen(
        [str(cermin), "site", "serve", str(site), "--port", str(port), "--with-worker"],
        cwd=site.parent, env=ENVIRONMENT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield wait_for(f"http://127.0.0.1:{port}", process), process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def wait_for(address: str, process: subprocess.Popen[str]) -> str:
    """Return ``address`` when something answers there."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            get(f"{address}/mulai/")
        except OSError:
            time.sleep(0.1)
        else:
            return address
    process.kill()
    raise AssertionError(process.communicate()[0])


def get(address: str) -> tuple[str, dict[str, str]]:
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - our own server
        return answer.read().decode(), dict(answer.headers)


def test_wheel_carries_every_file_of_the_site(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    source = ROOT / "src"
    kinds = ("templates", "static", "locale", "deploy", "migrations")
    needed = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*")
        if path.is_file() and set(kinds) & set(path.parts) and "__pycache__" not in path.parts
    }
    assert needed - packed == set()
    for kind in kinds:
        assert any(f"/{kind}/" in name for name in packed), kind


@pytest.mark.slow
def test_pages_and_their_files_are_served(served: tuple[str, subprocess.Popen[str]]) -> None:
    address, _process = served
    body, headers = get(f"{address}/")
    assert "<h1" in body
    assert "default-src 'none'" in headers["content-security-policy"]
    style = re.search(r'href="(/static/cermin/[^"]+\.css)"', body)
    assert style is not None
    css, headers = get(address + style[1])
    assert "{" in css
    assert "immutable" in headers["cache-control"]


@pytest.mark.slow
def test_worker_lives_and_the_site_is_in_order(
    cermin: Path, site: Path, served: tuple[str, subprocess.Popen[str]]
) -> None:
    end = time.monotonic() + PATIENCE
    while not list((site / "workers").glob("*.worker")) and time.monotonic() < end:
        time.sleep(0.1)
    # 2: without HTTPS a site is not in order, and nothing else is wrong with this one.
    found = json.loads(run(cermin, "site", "check", site, "--json", cwd=site.parent, code=2))
    failed = [one["part"] for one in found["findings"] if one["level"] == "fail"]
    assert failed == ["HTTPS"]


@pytest.mark.slow
def test_backup_is_restored_by_the_same_wheel(cermin: Path, site: Path, tmp_path: Path) -> None:
    run(cermin, "site", "worker", site, "--once", cwd=tmp_path)
    run(cermin, "site", "backup", site, "--output", tmp_path / "a.zip", cwd=tmp_path)
    key = site / "keys" / "site.key"
    run(cermin, "site", "init", tmp_path / "baru", "--no-https", "--key", key, cwd=tmp_path)
    printed = run(cermin, "site", "restore", tmp_path / "a.zip", tmp_path / "baru", cwd=tmp_path)
    assert "Dipulihkan" in printed


@pytest.mark.slow
def test_files_for_the_server_are_filled_in(cermin: Path, site: Path, tmp_path: Path) -> None:
    printed = run(cermin, "site", "deploy-files", site, "--output", tmp_path / "d", cwd=tmp_path)
    texts = [Path(line).read_text() for line in printed.splitlines()]
    assert len(texts) == 5
    assert not [text for text in texts if re.search(r"@[A-Z_]+@", text)]
    assert str(cermin) in (tmp_path / "d" / "cermin-web.service").read_text()


@pytest.mark.slow
def test_it_stops_when_asked_and_takes_its_worker_along(
    site: Path, served: tuple[str, subprocess.Popen[str]]
) -> None:
    _address, process = served
    process.send_signal(signal.SIGTERM)
    output, _none = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert re.search(r"dengan kode: ([a-z2-7]{4}-){3}[a-z2-7]{4}", output)
    assert "/undangan/" not in output
    assert "GET" not in output  # no access log
    assert list((site / "workers").glob("*.worker")) == []
