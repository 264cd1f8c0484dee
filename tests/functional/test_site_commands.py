"""``cermin site`` as its operator uses it, on the database of the tests."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from cermin.web.accounts.models import User
from cermin.web.audit.models import AuditEvent
from cermin.web.organisations.models import Role
from cermin.web.sealing import KEY_FILE, make_key
from cli_calls import Cermin
from site_factory import as_member, give_role, make_agency, make_user
from site_flush import trail_can_be_emptied
from site_processes import COMMAND, environment
from site_seed import everything, seed


@pytest.fixture(scope="module", autouse=True)
def emptied_between_tests() -> Iterator[None]:
    """Tests that commit leave an empty trail behind, which the site itself never could."""
    with trail_can_be_emptied():
        yield


@pytest.fixture
def folder(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the site of the tests, with its settings file."""
    monkeypatch.setenv("CERMIN_SITE", str(settings.SITE_FOLDER))
    written = settings.SITE_FOLDER / "site.env"
    written.write_text("# tes\n")
    for path in (settings.SITE_FOLDER, written):
        path.chmod(0o700)
    shutil.rmtree(settings.SITE_FOLDER / "files", ignore_errors=True)
    yield settings.SITE_FOLDER
    shutil.rmtree(settings.SITE_FOLDER / "files", ignore_errors=True)
    written.unlink()


def checked(cermin: Cermin, folder: Path) -> dict[str, dict[str, str]]:
    finished = cermin("site", "check", folder, "--json")
    answer = json.loads(finished.out)
    assert finished.code == (0 if answer["ok"] else 2)
    return {one["part"]: one for one in answer["findings"]}


# ------------------------------------------------------------------ init


def test_a_new_folder_is_closed_and_explained(cermin: Cermin, folder: Path, tmp_path: Path) -> None:
    made = tmp_path / "baru"
    finished = cermin("site", "init", made, "--hosts", "a.example", "--time-zone", "Asia/Jayapura")
    assert finished.code == 0, finished.err
    assert "salin" in finished.out
    assert oct(made.stat().st_mode)[-3:] == "700"
    for path in (made / "site.env", made / "keys" / KEY_FILE):
        assert oct(path.stat().st_mode)[-3:] == "600"
    text = (made / "site.env").read_text()
    assert "CERMIN_HOSTS=a.example\n" in text
    assert "CERMIN_TIME_ZONE=Asia/Jayapura\n" in text
    assert "CERMIN_HTTPS=1\n" in text
    comments = [line for line in text.splitlines() if line.startswith("# ")]
    assert len(comments) >= 10
    again = cermin("site", "init", made)
    assert again.code == 2
    assert "tidak kosong" in again.err
    assert (made / "site.env").read_text() == text


def test_secrets_differ_and_a_known_key_is_taken_over(
    cermin: Cermin, folder: Path, tmp_path: Path
) -> None:
    key = make_key(tmp_path / "lama")
    for name in ("a", "b"):
        assert cermin("site", "init", tmp_path / name, "--key", key).code == 0
    texts = [(tmp_path / name / "site.env").read_text() for name in ("a", "b")]
    assert texts[0] != texts[1]
    assert (tmp_path / "a" / "keys" / KEY_FILE).read_text() == key.read_text()


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (("--database", "mysql://a@b/c"), "CERMIN_DATABASE_URL harus berbentuk"),
        (("--hosts", "a\nCERMIN_DEMO=1"), "harus satu baris"),
        (("--time-zone", "Europe/Paris"), "Nilai --time-zone tidak sah"),
        (("--key", "tidak-ada.key"), "tidak ada"),
    ],
)
def test_nonsense_leaves_no_folder(
    cermin: Cermin, folder: Path, tmp_path: Path, wish: tuple[str, str], words: str
) -> None:
    finished = cermin("site", "init", tmp_path / "baru", *wish)
    assert finished.code == 2
    assert words in finished.err
    assert not (tmp_path / "baru").exists()


@pytest.mark.slow
def test_a_database_that_is_not_there_leaves_an_empty_folder(tmp_path: Path) -> None:
    finished = subprocess.run(
        [*COMMAND, "site", "init", str(tmp_path / "baru"),
         "--database", "postgresql://root@127.0.0.1:1/tidak_ada"],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert finished.returncode == 2
    assert "Basis data situs tidak dapat dipakai" in finished.stderr
    assert list((tmp_path / "baru").iterdir()) == []


def test_a_folder_without_a_site_is_refused(cermin: Cermin, tmp_path: Path) -> None:
    for command in ("serve", "worker", "migrate", "check"):
        finished = cermin("site", command, tmp_path)
        assert finished.code == 2
        assert "bukan folder situs" in finished.err


# ------------------------------------------------------------------ backup and restore


def test_backup_and_restore_by_command(cermin: Cermin, folder: Path, tmp_path: Path) -> None:
    seed()
    before = everything()
    finished = cermin("site", "backup", folder, "--output", tmp_path, "--keep", "3")
    assert finished.code == 0, finished.err
    (file,) = tmp_path.glob("cermin-cadangan-*.zip")
    assert str(file) in finished.out
    files = {p.name: p.read_bytes() for p in (folder / "files").rglob("*") if p.is_file()}
    refused = cermin("site", "restore", file, folder)
    assert (refused.code, "sudah berisi data" in refused.err) == (2, True)
    call_command("flush", interactive=False, verbosity=0)
    refused = cermin("site", "restore", file, folder)
    assert (refused.code, "tidak kosong" in refused.err) == (2, True)
    shutil.rmtree(folder / "files")
    finished = cermin("site", "restore", file, folder)
    assert finished.code == 0, finished.err
    assert "Dipulihkan" in finished.out
    after = everything()
    assert after["audit.AuditEvent"].pop()[6] == "'site_restored'"
    for each in (before, after):
        each.pop("audit.ChainHead")
    assert after == before
    assert files == {p.name: p.read_bytes() for p in (folder / "files").rglob("*") if p.is_file()}


def test_another_version_and_damage_are_refused(
    cermin: Cermin, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.zip"
    assert cermin("site", "backup", folder, "--output", file).code == 0
    call_command("flush", interactive=False, verbosity=0)
    file.write_bytes(file.read_bytes()[:-200])
    refused = cermin("site", "restore", file, folder)
    assert (refused.code, "rusak atau tidak utuh" in refused.err) == (2, True)
    file.unlink()
    other = "cermin.web.operations.actions.backup.applied_migrations"
    monkeypatch.setattr(other, lambda: [("audit", "0099_yang_akan_datang")])
    assert cermin("site", "backup", folder, "--output", file).code == 0
    call_command("flush", interactive=False, verbosity=0)
    refused = cermin("site", "restore", file, folder)
    assert (refused.code, "Pasang versi itu" in refused.err) == (2, True)


# ------------------------------------------------------------------ check


def test_every_part_of_the_site_is_examined(cermin: Cermin, folder: Path) -> None:
    (folder / "static" / "staticfiles.json").write_text("{}")
    found = checked(cermin, folder)
    levels = {part: one["level"] for part, one in found.items()}
    assert levels == {
        "Kunci": "ok", "Folder situs": "ok", "Pengaturan": "ok", "HTTPS": "fail", "Surel": "warn",
        "Penyimpanan": levels["Penyimpanan"], "Pekerja latar": "fail", "Basis data": "ok",
        "Cadangan": "warn",
    }  # fmt: skip
    assert all(one["remedy"] for one in found.values() if one["level"] != "ok")
    (folder / "static" / "staticfiles.json").unlink()


def test_what_others_can_read_is_found(cermin: Cermin, folder: Path) -> None:
    key = settings.KEY_FOLDER / KEY_FILE
    file = folder / "site.env"
    for path, part in ((key, "Kunci"), (folder, "Folder situs"), (file, "Folder situs")):
        mode = path.stat().st_mode
        path.chmod(0o755)
        assert checked(cermin, folder)[part]["level"] == "fail"
        path.chmod(mode)


def test_a_missing_key_is_found(cermin: Cermin, folder: Path, settings, tmp_path: Path) -> None:
    settings.KEY_FOLDER = tmp_path
    assert "Pulihkan kunci" in checked(cermin, folder)["Kunci"]["remedy"]


def test_https_mail_and_disk_are_judged(
    cermin: Cermin, folder: Path, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SECURE, settings.EMAIL_HOST = True, "smtp.contoh.example"
    assert checked(cermin, folder)["HTTPS"]["level"] == "fail"
    settings.BEHIND_PROXY = True
    found = checked(cermin, folder)
    assert (found["HTTPS"]["level"], found["Surel"]["level"]) == ("ok", "ok")
    for free, level in ((100 << 20, "fail"), (1 << 30, "warn"), (90 << 30, "ok")):
        usage = shutil._ntuple_diskusage(100 << 30, 0, free)
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, usage=usage: usage)
        assert checked(cermin, folder)["Penyimpanan"]["level"] == level


def test_an_old_backup_is_told(cermin: Cermin, folder: Path, tmp_path: Path) -> None:
    assert cermin("site", "backup", folder, "--output", tmp_path).code == 0
    assert checked(cermin, folder)["Cadangan"]["level"] == "ok"
    shown = cermin("site", "check", folder)
    assert "Cadangan" in shown.out


# ------------------------------------------------------------------ the others


def test_worker_does_what_waits_and_ends(cermin: Cermin, folder: Path) -> None:
    finished = cermin("site", "worker", folder, "--once")
    assert finished.code == 0, finished.err
    assert list((folder / "workers").glob("*.worker")) == []


def test_migrate_can_be_repeated(cermin: Cermin, folder: Path) -> None:
    for _time in range(2):
        assert cermin("site", "migrate", folder).code == 0


def test_serving_an_old_database_is_refused(
    cermin: Cermin, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "cermin.web.operations.actions.server.pending_migrations", lambda: ["audit.0099"]
    )
    finished = cermin("site", "serve", folder)
    assert (finished.code, "1 migrasi belum diterapkan" in finished.err) == (2, True)


def test_the_address_shown_is_the_one_that_people_open(settings) -> None:
    from cermin.web.operations.actions.server import public_address

    settings.ALLOWED_HOSTS = ["[::1]", "cermin.contoh.go.id"]
    assert public_address("127.0.0.1", 8000) == "http://127.0.0.1:8000/"
    settings.SECURE = True
    assert public_address("127.0.0.1", 8000) == "https://cermin.contoh.go.id/"


def test_the_files_for_a_server_fit_the_site(
    cermin: Cermin, folder: Path, tmp_path: Path, settings
) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1", "cermin.contoh.go.id", "lain.contoh.go.id"]
    assert cermin("site", "deploy-files", folder, "--output", tmp_path, "--port", "8010").code == 0
    nginx = (tmp_path / "nginx.conf").read_text()
    assert "server_name cermin.contoh.go.id lain.contoh.go.id;" in nginx
    assert "server 127.0.0.1:8010;" in nginx
    service = (tmp_path / "cermin-web.service").read_text()
    assert f"site serve {folder} --port 8010" in service
    assert "@" not in nginx.replace("@cermin", "")
    refused = cermin("site", "deploy-files", folder, "--output", tmp_path, "--user", "a b")
    assert refused.code == 2


def test_systemd_accepts_the_units(cermin: Cermin, folder: Path, tmp_path: Path) -> None:
    finished = cermin("site", "deploy-files", folder, "--output", tmp_path, "--user", "daemon")
    assert finished.code == 0, finished.err
    verified = subprocess.run(
        ["systemd-analyze", "verify", *map(str, tmp_path.glob("cermin-*"))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    told = [line for line in verified.stderr.splitlines() if "cermin-" in line]
    assert [line for line in told if "not executable" not in line] == []


def test_a_lost_authenticator_is_removed_and_told(cermin: Cermin, folder: Path) -> None:
    from allauth.mfa.models import Authenticator
    from allauth.usersessions.models import UserSession
    from django.contrib.sessions.backends.db import SessionStore

    agency, owner = make_agency(), make_user("pengelola@rawa.example")
    give_role(owner, agency, Role.OWNER)
    missing = cermin("site", "reset-second-factor", "lain@rawa.example", folder)
    assert (missing.code, "Tidak ada akun" in missing.err) == (2, True)
    without = cermin("site", "reset-second-factor", owner.email, folder)
    assert (without.code, "tidak memakai autentikator" in without.err) == (2, True)
    Authenticator.objects.create(user=owner, type=Authenticator.Type.TOTP, data={})
    session = SessionStore()
    session.save()
    UserSession.objects.create(user=owner, ip="127.0.0.1", session_key=session.session_key)
    done = cermin("site", "reset-second-factor", "PENGELOLA@rawa.example", folder)
    assert done.code == 0, done.err
    assert not Authenticator.objects.exists()
    assert not SessionStore().exists(session.session_key)
    assert User.objects.get().has_usable_password()
    (event,) = AuditEvent.objects.all()
    assert (event.action, event.object_id) == ("second_factor_reset", str(owner.pk))
    assert event.page == "cermin site reset-second-factor"
    assert as_member(owner, agency).has(Role.OWNER)


def test_help_does_not_load_the_site() -> None:
    script = (
        "import sys; from cermin.cli.main import app; "
        "sys.exit(any(m.split('.')[0] in ('django', 'granian') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script], env=environment()).returncode == 0  # noqa: PLW1510


def test_without_its_packages_the_site_says_how_to_get_them(
    cermin: Cermin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cermin.cli.site.door.find_spec", lambda _name: None)
    finished = cermin("site", "check", tmp_path)
    assert finished.code == 2
    assert 'pip install "cermin[web]"' in finished.err
