"""What an owner still has to do before the year can run, in the order in which it is done."""

from __future__ import annotations

from django.utils.translation import gettext as _

from cermin.web.cycles.models import Cycle, State
from cermin.web.cycles.queries.home import HomeTask
from cermin.web.operations.queries.home import House
from cermin.web.organisations.models import UploadState
from cermin.web.pages.navigation import address

_AT_WORK = (UploadState.QUEUED, UploadState.READING, UploadState.ACCEPTING)
_OVER = (State.PUBLISHED, State.ARCHIVED)


def set_up_tasks(house: House, agency: str, *, year: int, cycle: Cycle | None) -> list[HomeTask]:
    """Return the open tasks of setting up; the weights put them in the order of the work."""
    tasks = [
        _units_task(house, agency, year),
        _roster_task(house, agency),
        _cycle_task(agency, year, cycle),
        _contacts_task(house, agency),
        _invitations_task(house, agency),
    ]
    return [task for task in tasks if task is not None]


def _units_task(house: House, agency: str, year: int) -> HomeTask | None:
    if house.n_units:
        return None
    return HomeTask(
        title=_("Susun unit kerja tahun {year}").format(year=year),
        detail=_(
            "Hasil disajikan per unit kerja. Tambahkan perangkat daerah dan unit di bawahnya, atau "
            "unggah daftar unit dari SIASN."
        ),
        url=address("unit_list", agency),
        due=None, late=False, weight=95,
    )  # fmt: skip


def _roster_task(house: House, agency: str) -> HomeTask | None:
    upload = house.upload
    if upload and upload.state == UploadState.READY:
        title, detail = (
            _("Periksa pratinjau daftar pegawai"),
            _(
                "Berkas {name} sudah terbaca. Tidak ada yang berubah sebelum Anda menerapkannya."
            ).format(name=upload.file_name),
        )
    elif upload and upload.state == UploadState.FAILED:
        title, detail = (
            _("Unggah ulang daftar pegawai"),
            _("Berkas {name} tidak terbaca. Lihat sebabnya, perbaiki, lalu unggah lagi.").format(
                name=upload.file_name
            ),
        )
    elif house.n_employees or not house.n_units or (upload and upload.state in _AT_WORK):
        return None
    else:
        title, detail = (
            _("Unggah daftar pegawai"),
            _(
                "Ekspor pegawai dari SIASN menentukan siapa yang diundang ke survei dan berapa "
                "responden yang diperlukan."
            ),
        )
    url = address("roster_upload_detail", agency, upload.pk) if upload else ""
    return HomeTask(
        title=title, detail=detail, url=url or address("roster_upload", agency),
        due=None, late=False, weight=85,
    )  # fmt: skip


def _cycle_task(agency: str, year: int, cycle: Cycle | None) -> HomeTask | None:
    """Return the task of beginning the next year; the first year's comes from the cycles."""
    if cycle is None or cycle.year >= year or cycle.state not in _OVER:
        return None
    return HomeTask(
        title=_("Buat periode evaluasi {year}").format(year=year),
        detail=_("Pilih metode dan jadwal. Semuanya masih dapat diubah sampai survei dibuka."),
        url=address("cycle_create", agency),
        due=None, late=False, weight=50,
    )  # fmt: skip


def _contacts_task(house: House, agency: str) -> HomeTask | None:
    if not house.n_units_without_contact:
        return None
    return HomeTask(
        title=_("Undang penghubung unit"),
        detail=_(
            "{n} perangkat daerah belum punya penghubung, yang mengisi bukti dukung dan mengajak "
            "unitnya ikut survei."
        ).format(n=house.n_units_without_contact),
        url=address("member_invite", agency),
        due=None, late=False, weight=20,
    )  # fmt: skip


def _invitations_task(house: House, agency: str) -> HomeTask | None:
    if not house.n_invitations:
        return None
    return HomeTask(
        title=_("Ingatkan yang belum menjawab undangan"),
        detail=_("{n} undangan belum dijawab.").format(n=house.n_invitations),
        url=address("member_list", agency),
        due=None, late=False, weight=10,
    )  # fmt: skip
