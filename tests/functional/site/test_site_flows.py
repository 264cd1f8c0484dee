"""The main work of an agency in a browser without scripts, from the empty site on."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time
from datetime import UTC, datetime

import pytest
from page_checks import problems_at
from playwright.sync_api import Browser, Page, expect
from served_site import Site

AGENCY = "/i/rawa-bening/"
YEAR = datetime.now(UTC).year + 1  # as in the seed: all its days are still to come
DAYS = {
    "Survei mulai (boleh dikosongkan)": "07-01",
    "Survei sampai dengan (boleh dikosongkan)": "07-15",
    "Pengumpulan bukti dukung mulai (boleh dikosongkan)": "07-16",
    "Pengumpulan bukti dukung sampai dengan (boleh dikosongkan)": "07-31",
    "Verifikasi mulai (boleh dikosongkan)": "08-01",
    "Verifikasi sampai dengan (boleh dikosongkan)": "08-31",
    "Penetapan paling lambat (boleh dikosongkan)": "09-30",
}
PEOPLE = ["Bunga Melur", *(f"Pegawai {letter}" for letter in "ABCDEFGHIJKLM")]
ROSTER = "\n".join(
    ["NIP;Nama;Nama Unit;Jenis Pegawai", *(f";{name};Dinas Kesehatan;Non-ASN" for name in PEOPLE)]
)
NEW_PASSWORD = "payung biru di jembatan 7"


def press(page: Page, name: str) -> None:
    """Press the button ``name`` of the page itself, not of its head or foot."""
    page.locator("main").get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    """Follow the first link ``name`` of the page itself."""
    page.locator("main").get_by_role("link", name=name, exact=True).first.click()


def code_now(secret: str) -> str:
    """Return what an authenticator app shows for ``secret`` now (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1)
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


@pytest.fixture
def desk(sign_in) -> Page:
    """The owner's browser, without scripts."""
    return sign_in("owner", java_script_enabled=False).new_page()


def test_an_empty_site_is_set_up_from_the_printed_address(
    empty_site: Site, chromium: Browser
) -> None:
    printed = re.search(r"(\S*/mulai/) \S+ \S+: (\S+)", " ".join(empty_site.log.split()))
    assert printed, empty_site.log
    context = chromium.new_context(java_script_enabled=False)
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(printed[1])
    page.get_by_label("Kode penyiapan").fill(printed[2])
    press(page, "Lanjutkan")
    page.get_by_label("Nama instansi").fill("Pemerintah Kabupaten Muara Tenang")
    page.get_by_label("Kelompok instansi").select_option("kabupaten")
    page.get_by_label("Kode instansi").fill("?")
    press(page, "Lanjutkan")
    expect(page.get_by_role("alert")).to_contain_text("Kode instansi")
    page.get_by_label("Kode instansi").fill("7999")
    press(page, "Lanjutkan")
    page.get_by_label("Nanti").check()
    press(page, "Lanjutkan")
    page.get_by_label("Nama lengkap").fill("Sri Lestari")
    page.get_by_label("Surel").fill("sri@muaratenang.example")
    page.get_by_label("Kata sandi", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("Ulangi kata sandi").fill(NEW_PASSWORD)
    press(page, "Buat situs")
    page.locator("input[name=code]").fill(code_now(page.locator("main code").inner_text().strip()))
    press(page, "Aktifkan")
    page.wait_for_url(lambda address: "aktifkan" not in address)
    page.goto(f"{empty_site.url}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Kabupaten Muara Tenang")
    expect(page.get_by_role("heading", name=re.compile("Langkah|Susun unit kerja"))).to_be_visible()
    context.close()


def test_an_invited_person_makes_an_account_and_sees_the_part_that_is_theirs(
    desk: Page, sign_in
) -> None:
    desk.goto(f"{AGENCY}orang/undang/")
    desk.get_by_label("Alamat surel").fill("Rina Wati, rina@rawabening.example")
    desk.get_by_label("Peran").select_option("contact")
    desk.get_by_label("Unit kerja").select_option(label="Dinas Pendidikan")
    press(desk, "Kirim undangan")
    link = re.search(r"http://\S+/undangan/[\w-]+/", desk.locator("main").inner_html())
    assert link, desk.locator("main").inner_text()

    phone = sign_in("", width=360, java_script_enabled=False).new_page()
    phone.goto(link[0])
    expect(phone.locator("main")).to_contain_text("Dinas Pendidikan")
    phone.get_by_label("Nama lengkap").fill("Rina Wati")
    phone.get_by_label("Kata sandi", exact=True).fill(NEW_PASSWORD)
    phone.get_by_label("Ulangi kata sandi").fill(NEW_PASSWORD)
    press(phone, "Buat akun dan terima undangan")
    phone.wait_for_url(re.compile("/i/rawa-bening/"))
    phone.goto("/")
    expect(phone.get_by_role("heading", name="Unit Anda")).to_be_visible()
    expect(phone.locator("main")).to_contain_text("Dinas Pendidikan")


def test_the_tree_of_units_is_edited(desk: Page) -> None:
    desk.goto(f"{AGENCY}unit/tambah/")
    desk.get_by_label("Nama unit").fill("Puskesmas Rawa Barat")
    parent = desk.get_by_label("Unit induk")
    health = parent.locator("option", has_text="Dinas Kesehatan").get_attribute("value")
    parent.select_option(health)
    press(desk, "Tambah unit")
    desk.wait_for_url(lambda address: "tambah" not in address)
    desk.goto(f"{AGENCY}unit/?q=rawa+barat")
    follow(desk, "Puskesmas Rawa Barat")
    follow(desk, "Ganti nama")
    desk.get_by_label("Nama baru").fill("Puskesmas Rawa Barat Daya")
    press(desk, "Simpan nama")
    desk.wait_for_url(lambda address: "ganti-nama" not in address)
    desk.goto(f"{AGENCY}unit/?q=barat+daya")
    expect(desk.locator("main")).to_contain_text("Puskesmas Rawa Barat Daya")


def test_a_roster_is_uploaded_looked_through_and_applied(desk: Page) -> None:
    """Without scripts the page that waits for the worker loads itself anew."""
    desk.goto(f"{AGENCY}pegawai/unggah/")
    desk.get_by_label("Berkas daftar pegawai").set_input_files(
        {"name": "pegawai.csv", "mimeType": "text/csv", "buffer": ROSTER.encode()}
    )
    press(desk, "Unggah dan baca")
    apply = desk.get_by_role("button", name="Terapkan 14 perubahan")
    expect(apply).to_be_visible(timeout=90_000)
    expect(desk.locator("main")).to_contain_text("14 pegawai aktif terbaca")
    apply.click()
    expect(desk.locator("main")).to_contain_text("Diterapkan pada", timeout=90_000)
    desk.goto(f"{AGENCY}pegawai/")
    expect(desk.locator("main")).to_contain_text("Bunga Melur")


def test_a_cycle_is_created_and_scheduled(desk: Page) -> None:
    desk.goto(f"{AGENCY}periode/baru/")
    desk.get_by_label("Tahun evaluasi").fill(str(YEAR))
    desk.get_by_label("Nama periode").fill(f"Evaluasi BerAKHLAK {YEAR}")
    press(desk, "Buat konsep")
    desk.wait_for_url(lambda address: "baru" not in address)
    desk.goto(f"{AGENCY}periode/{YEAR}/ubah/")
    for label, day in DAYS.items():
        desk.get_by_label(label, exact=True).fill(f"{YEAR}-{day}")
    worksheet = desk.get_by_label("Lembar kerja bukti dukung")
    worksheet.select_option(index=1)
    press(desk, "Simpan pengaturan")
    follow(desk, "Jadwalkan")
    press(desk, "Jadwalkan")
    desk.wait_for_url(lambda address: "jadwalkan" not in address)
    expect(desk.locator("h1")).to_contain_text("Terjadwal")
    desk.goto(AGENCY)
    expect(desk.locator("h1")).to_contain_text(f"Evaluasi BerAKHLAK {YEAR}")
    expect(desk.locator(".steps")).to_contain_text(f"1 Juli sampai dengan 15 Juli {YEAR}")


def test_a_form_with_errors_is_as_accessible_as_one_without(sign_in) -> None:
    page = sign_in("owner").new_page()
    page.goto(f"{AGENCY}unit/tambah/")
    page.get_by_label("Nama unit").fill("Dinas Perikanan")
    page.get_by_label("Kode unit").fill("dua kata")
    press(page, "Tambah unit")
    expect(page.get_by_role("alert")).to_be_visible()
    assert not (found := problems_at(page, 360)), "\n".join(found)
