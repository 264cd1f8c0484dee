"""``cermin site demo``: a site with the fictional kabupaten, ready to look at."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from cermin.cli.output import notes, page, print_table
from cermin.cli.site.door import check_installed, site
from cermin.cli.site.new import TimeZone, Wishes, empty_again, make_folder
from cermin.language import _, active

HELP = _("Buat situs contoh dengan kabupaten fiktif di folder kosong, lalu jalankan.")
_HOSTS = "127.0.0.1,localhost"


def demo(
    folder: Annotated[Path, typer.Argument(help=_("Folder situs contoh."))] = Path("demo-situs"),
    *,
    host: Annotated[str, typer.Option(help=_("Alamat yang didengarkan."))] = "127.0.0.1",
    port: Annotated[int, typer.Option(help=_("Porta."), min=1, max=65535)] = 8000,
    database: Annotated[
        str,
        typer.Option(
            help=_("postgresql://pengguna:sandi@host:5432/basisdata; tanpa ini SQLite."),
            envvar="CERMIN_DATABASE_URL",
        ),
    ] = "",
    run: Annotated[
        bool, typer.Option("--serve/--no-serve", help=_("Jalankan situs sesudah dibuat."))
    ] = True,
) -> None:
    check_installed()
    is_new = not (folder / "site.env").exists()
    if is_new:
        make_folder(folder, Wishes(database, _HOSTS, https=False, time_zone=TimeZone.WIB), None)
        with (folder / "site.env").open("a", encoding="utf-8") as settings:
            settings.write("\nCERMIN_DEMO=1\n")
    with site(folder):
        if is_new:
            _fill(folder)
        _show_accounts()
        _show_invitation(host, port)
        if run:
            _serve(folder, host, port)


def _fill(folder: Path) -> None:
    from cermin.web.operations.actions.demo import make_demo
    from cermin.web.operations.actions.installation import install
    from cermin.web.pages import clock

    logs = logging.getLogger("cermin")
    usual = logs.level
    logs.setLevel(logging.WARNING)  # "Mengisi" says enough
    try:
        install()
        make_demo(
            now=clock.now(), told=lambda words: notes.print(_("Mengisi: {what}").format(what=words))
        )
    except BaseException:
        empty_again(folder)
        raise
    finally:
        logs.setLevel(usual)


def _show_accounts() -> None:
    from cermin.web.operations.queries.demo import ACCOUNTS, PASSWORD

    print_table(
        _("Akun contoh; kata sandi semuanya: {password}").format(password=PASSWORD),
        [_("Peran"), _("Surel"), _("Nama")],
        [[str(one.role.label), one.email, one.name] for one in ACCOUNTS],
    )


def _show_invitation(host: str, port: int) -> None:
    from cermin.web.operations.queries.demo_answers import unused_invitation

    if path := unused_invitation():
        page.print(
            _("Isi surveinya sebagai pegawai: {address}").format(
                address=f"http://{host}:{port}{path}"
            )
        )


def _serve(folder: Path, host: str, port: int) -> None:
    from cermin.web.operations.actions.server import check_servable, serve

    check_servable(0)
    page.print(_("Situs berjalan di {address}").format(address=f"http://{host}:{port}/"))
    sys.stdout.flush()
    command = (sys.executable, "-m", "cermin.cli", "--lang", active(), "site", "worker")
    serve(
        host=host, port=port, workers=0, threads=8,
        worker_command=(*command, str(folder.resolve())),
    )  # fmt: skip
