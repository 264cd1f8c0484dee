"""The commands of the operator of a site."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cermin.cli.options import AsJson
from cermin.cli.output import EXIT_BAD_INPUT, notes, page, print_json, print_table, steps
from cermin.cli.site.door import HERE, Folder, check_installed, site
from cermin.cli.site.new import TimeZone, Wishes, empty_again, make_folder
from cermin.cli.usage import Command, Group
from cermin.core.rounding import format_number
from cermin.language import _, active

app = typer.Typer(
    help=_("Situs instansi: pasang, jalankan, cadangkan, pulihkan, periksa."),
    cls=Group,
    no_args_is_help=True,
)


class CheckedPart(msgspec.Struct, frozen=True):
    """One line of ``cermin site check``."""

    part: str
    level: str
    words: str
    remedy: str


class CheckAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="cermin.site-check/1"):
    """Answer of ``cermin site check --json``."""

    ok: bool
    findings: list[CheckedPart]


@app.command("init", cls=Command, help=_("Buat situs baru di folder kosong."))
def init(
    folder: Annotated[Path, typer.Argument(help=_("Folder situs."), envvar="CERMIN_SITE")] = Path(
        "situs"
    ),
    *,
    database: Annotated[
        str,
        typer.Option(
            help=_("postgresql://pengguna:sandi@host:5432/basisdata; tanpa ini SQLite."),
            envvar="CERMIN_DATABASE_URL",
        ),
    ] = "",
    hosts: Annotated[
        str, typer.Option(help=_("Alamat situs, dipisah koma."))
    ] = "127.0.0.1,localhost",
    https: Annotated[
        bool, typer.Option("--https/--no-https", help=_("Di belakang proksi dengan HTTPS."))
    ] = True,
    time_zone: Annotated[TimeZone, typer.Option(help=_("Zona waktu situs."))] = TimeZone.WIB,
    key: Annotated[
        Path | None,
        typer.Option(help=_("Kunci situs lama, bila cadangannya akan dipulihkan ke sini.")),
    ] = None,
) -> None:
    check_installed()
    make_folder(folder, Wishes(database, hosts, https, time_zone), key)
    try:
        with site(folder):
            from cermin.web.operations.actions.installation import install

            install()
    except BaseException:
        empty_again(folder)
        raise
    page.print(_("Situs dibuat di {folder}.").format(folder=folder))
    page.print(
        _(
            "PENTING: salin {key} ke tempat lain yang aman, terpisah dari cadangan. Tanpa kunci "
            "itu NIP tidak dapat dibaca dan cadangan tidak dapat dipulihkan."
        ).format(key=folder / "keys" / "site.key")
    )
    page.print(_("Jalankan: cermin site serve {folder} --with-worker").format(folder=folder))


@app.command("serve", cls=Command, help=_("Jalankan situs sampai dihentikan."))
def serve(
    folder: Folder = HERE,
    *,
    host: Annotated[str, typer.Option(help=_("Alamat yang didengarkan."))] = "127.0.0.1",
    port: Annotated[int, typer.Option(help=_("Porta."), min=1, max=65535)] = 8000,
    workers: Annotated[
        int, typer.Option(help=_("Jumlah proses; 0 memilih sendiri."), min=0, max=64)
    ] = 0,
    threads: Annotated[int, typer.Option(help=_("Utas tiap proses."), min=1, max=64)] = 8,
    with_worker: Annotated[
        bool, typer.Option("--with-worker", help=_("Jalankan juga pekerja latar."))
    ] = False,
) -> None:
    with site(folder):
        from cermin.web.operations.actions.server import check_servable, public_address
        from cermin.web.operations.actions.server import serve as serve_site
        from cermin.web.operations.queries.setup import is_set_up, setup_code

        check_servable(workers)
        address = public_address(host, port)
        page.print(_("Situs berjalan di {address}").format(address=address))
        if not is_set_up():
            page.print(
                _("Situs masih kosong. Siapkan di {address}mulai/ dengan kode: {code}").format(
                    address=address, code=setup_code()
                )
            )
        sys.stdout.flush()
        command = (sys.executable, "-m", "cermin.cli", "--lang", active(), "site", "worker")
        serve_site(
            host=host, port=port, workers=workers, threads=threads,
            worker_command=(*command, str(folder.resolve())) if with_worker else (),
        )  # fmt: skip


@app.command("worker", cls=Command, help=_("Jalankan pekerja latar: unggahan, surel, jadwal."))
def worker(
    folder: Folder = HERE,
    *,
    interval: Annotated[
        float, typer.Option(help=_("Jeda antarperiksa, dalam detik."), min=0.1, max=60)
    ] = 1.0,
    once: Annotated[
        bool, typer.Option("--once", help=_("Kerjakan yang menunggu, lalu selesai."))
    ] = False,
    parent: Annotated[int, typer.Option(hidden=True, help=_("Proses induk."))] = 0,
) -> None:
    with site(folder):
        from cermin.web.operations.actions.worker import BackgroundWorker

        one = BackgroundWorker(interval=interval, parent=parent)
        if once:
            one.run_once()
        else:
            one.run()


@app.command(
    "migrate", cls=Command, help=_("Sesuaikan basis data dan berkas tampilan dengan versi ini.")
)
def migrate(folder: Folder = HERE) -> None:
    with site(folder):
        from cermin.web.operations.actions.installation import install

        install()
    page.print(_("Basis data dan berkas tampilan mutakhir."))


@app.command("check", cls=Command, help=_("Periksa situs; kode keluar 2 bila ada yang gagal."))
def check(folder: Folder = HERE, *, as_json: AsJson = False) -> None:
    with site(folder):
        from cermin.web.operations.queries.health import Level, findings
        from cermin.web.pages import clock

        found = findings(clock.now())
    ok = all(one.level is not Level.FAIL for one in found)
    if as_json:
        print_json(
            CheckAnswer(ok, [CheckedPart(f.part, f.level, f.words, f.remedy) for f in found])
        )
    else:
        print_table(
            "",
            [_("Bagian"), _("Hasil"), _("Keadaan"), _("Cara memperbaiki")],
            [[one.part, one.level, one.words, one.remedy] for one in found],
        )
    if not ok:
        raise typer.Exit(EXIT_BAD_INPUT)


@app.command("backup", cls=Command, help=_("Cadangkan basis data dan berkas, tanpa kunci."))
def backup(
    folder: Folder = HERE,
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help=_("Berkas cadangan, atau folder untuk nama bertanggal.")
        ),
    ],
    keep: Annotated[
        int, typer.Option(help=_("Simpan sekian cadangan terbaru di folder itu; 0: semua."), min=0)
    ] = 0,
) -> None:
    with site(folder):
        from cermin.web.audit.actor import system
        from cermin.web.operations.actions.backup import back_up, remove_older
        from cermin.web.pages import clock

        with _told() as progress:
            path = back_up(
                output=output, by=system("cermin site backup"), now=clock.now(), progress=progress
            )
        removed = remove_older(folder=output, keep=keep) if keep and output.is_dir() else []
    size = format_number(path.stat().st_size / 1_000_000, 1, active())
    page.print(_("Cadangan: {path} ({size} MB).").format(path=path, size=size))
    for old in removed:
        page.print(_("Dihapus: {path}").format(path=old))
    notes.print(_("Kunci tidak ada di dalamnya: simpan salinan kunci terpisah."))


@app.command("restore", cls=Command, help=_("Pulihkan cadangan ke situs kosong dengan kunci sama."))
def restore(
    file: Annotated[Path, typer.Argument(help=_("Berkas cadangan."))], folder: Folder = HERE
) -> None:
    with site(folder):
        from cermin.web.audit.actor import system
        from cermin.web.operations.actions.backup_restore import restore as restore_site
        from cermin.web.pages import clock

        with _told() as progress:
            manifest = restore_site(
                file=file, by=system("cermin site restore"), now=clock.now(), progress=progress
            )
    page.print(
        _("Dipulihkan: {rows} baris dan {files} berkas dari cadangan {made_at}.").format(
            rows=manifest.n_rows, files=len(manifest.files), made_at=manifest.made_at
        )
    )


@app.command(
    "reset-second-factor",
    cls=Command,
    help=_("Hapus autentikator sebuah akun; pemiliknya memasang yang baru saat masuk."),
)
def reset_second_factor(
    email: Annotated[str, typer.Argument(help=_("Alamat surel akun."))], folder: Folder = HERE
) -> None:
    with site(folder):
        from cermin.web.audit.actor import system
        from cermin.web.operations.actions.rescue import reset_second_factor as reset
        from cermin.web.pages import clock

        user = reset(email=email, by=system("cermin site reset-second-factor"), now=clock.now())
        name = str(user)
    page.print(
        _("Autentikator {name} dihapus dan sesinya diakhiri. Kata sandinya tetap.").format(
            name=name
        )
    )


@app.command(
    "deploy-files", cls=Command, help=_("Tulis berkas nginx, systemd, PostgreSQL untuk situs ini.")
)
def deploy_files(
    folder: Folder = HERE,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help=_("Folder keluaran."))],
    user: Annotated[str, typer.Option(help=_("Pengguna sistem yang menjalankan."))] = "cermin",
    port: Annotated[int, typer.Option(help=_("Porta situs di belakang proksi."))] = 8000,
) -> None:
    with site(folder):
        from cermin.web.operations.actions.deploy import write_files

        program = Path(sys.executable).with_name("cermin")
        for path in write_files(output, user=user, port=port, program=program):
            page.print(os.fspath(path))


@contextmanager
def _told() -> Iterator[Callable[[str, int, int], None]]:
    """Show how far the work is, on a terminal."""
    with steps(1) as bar:
        task = bar.tasks[0].id

        def told(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=max(total, 1))

        yield told
