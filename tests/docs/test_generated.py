"""Generated pages, the English catalogue and the house's promises are up to date."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("script", ["generate.py", "catalogue.py"])
def test_generated_files_are_current(script: str) -> None:
    finished = subprocess.run(
        [sys.executable, ROOT / "docs" / script, "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_adr_numbers_are_consecutive_and_match_their_titles() -> None:
    numbers = []
    for path in sorted((ROOT / "docs" / "adr").glob("*.md")):
        number = path.name[:4]
        assert path.read_text(encoding="utf-8").startswith(f"# {number}. "), path.name
        numbers.append(int(number))
    assert numbers == list(range(1, len(numbers) + 1))


def test_no_committed_file_names_a_package_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    registry = re.compile("|".join(("py" + "pi.org", "python" + "hosted", "registry." + "npmjs")))
    named = [
        name
        for name in listed
        if name
        and Path(name).suffix in {".py", ".md", ".toml", ".txt", ".yaml", ".json", ".in", ""}
        and registry.search((ROOT / name).read_text(encoding="utf-8", errors="replace"))
    ]
    assert named == []


def test_every_command_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    for command in (
        "index", "compare", "report", "snapshot verify", "instrument list", "instrument show",
        "instrument check", "template", "sample-size", "simulate", "demo",
    ):  # fmt: skip
        assert f"## `cermin {command}`" in page, command


def test_readme_commands_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"^make (\w+)$", readme, flags=re.MULTILINE))
    assert {"demo", "test"} <= named
    assert all(re.search(rf"^{target}:", makefile, flags=re.MULTILINE) for target in named)
