"""What the environment says of a site: read once, nonsense refused with a hint."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cermin.web.environment import (
    Environment,
    SettingError,
    database_settings,
    read_environment,
    site_folder,
)
from cermin.web.single_sign_on import oidc_apps


def test_the_process_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "site.env").write_text("# catatan\n\nCERMIN_A='satu'\nCERMIN_B=dua\n")
    read = read_environment(tmp_path, {"CERMIN_B": "tiga", "PATH": "/bin"})
    assert dict(read.values) == {"CERMIN_A": "satu", "CERMIN_B": "tiga"}


@pytest.mark.parametrize("line", ["CERMIN_A", "LAIN=1", "=1"])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "site.env").write_text(f"CERMIN_A=1\n{line}\n")
    with pytest.raises(SettingError, match=r"site\.env, baris 2"):
        read_environment(tmp_path, {})


def test_secrets_may_stand_in_files(tmp_path: Path) -> None:
    (tmp_path / "rahasia").write_text(" isi\n")
    read = Environment({"CERMIN_X_FILE": str(tmp_path / "rahasia"), "CERMIN_X": "lain"})
    assert read.text("CERMIN_X") == "isi"


def test_what_is_required_says_what_to_do() -> None:
    with pytest.raises(SettingError, match=r"CERMIN_X belum diisi\. Jalankan sesuatu"):
        Environment({}).required("CERMIN_X", "Jalankan sesuatu.")
    assert Environment({"CERMIN_X": "ada"}).required("CERMIN_X", "") == "ada"


@pytest.mark.parametrize(
    ("text", "meaning"), [("1", True), ("Ya", True), ("no", False), ("", False), ("0", False)]
)
def test_flags(text: str, meaning: bool) -> None:
    assert Environment({"CERMIN_X": text}).flag("CERMIN_X") is meaning


def test_nonsense_is_refused() -> None:
    with pytest.raises(SettingError, match="isi dengan 1 atau 0"):
        Environment({"CERMIN_X": "mungkin"}).flag("CERMIN_X")
    with pytest.raises(SettingError, match="bilangan bulat"):
        Environment({"CERMIN_X": "-3"}).number("CERMIN_X", 1)
    for url in ("mysql://a/b", "postgresql://host", "apa saja"):
        with pytest.raises(SettingError, match="postgresql://"):
            database_settings(url, Path())
    with pytest.raises(SettingError, match="CERMIN_SITE"):
        site_folder({})


def test_the_address_of_a_database_is_taken_apart() -> None:
    found = database_settings("postgresql://si%40apa:s%2Fandi@db.example:5433/cermin", Path())
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"], found["NAME"]) == (
        "si@apa", "s/andi", "db.example", "5433", "cermin",
    )  # fmt: skip


def test_providers_are_complete_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "sso.json"
    env = Environment({"CERMIN_OIDC_FILE": str(path)})
    with pytest.raises(SettingError, match="tidak terbaca"):
        oidc_apps(env)
    path.write_text(json.dumps([{"id": "a", "name": "SSO"}]))
    with pytest.raises(SettingError, match="issuer, client_id, secret, domains"):
        oidc_apps(env)
    assert oidc_apps(Environment({})) == []
