"""Handing out invitations and pairing over a number, in a real browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from page_checks import listening, looked_at
from playwright.sync_api import Browser, Page, expect
from served_site import run
from survey_server import LIKERT

WORKER = """import django
django.setup()
from django.core.management import call_command
call_command("db_worker", batch=True, startup_delay=False, interval=0, verbosity=0)
"""


@pytest.fixture
def desk(owner_page: Page) -> Page:
    """The owner, signed in, on the page of the invitations."""
    owner_page.goto(f"/i/lebak-jati/periode/{datetime.now(UTC).year}/undangan/")
    return owner_page


def test_a_lost_code_is_made_anew_over_a_number(surveys, desk: Page, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="id-ID")
    phone = context.new_page()
    with listening(desk) as said, listening(phone) as told:
        looked_at(desk, "undangan")
        desk.get_by_role("link", name="Ganti kode seseorang").click()
        looked_at(desk, "orang")
        desk.get_by_role("link", name="Pegawai 7", exact=True).click()
        looked_at(desk, "nomor")
        phone.goto(surveys.page(LIKERT, "kode-baru/"))
        looked_at(phone, "kode-mulai")
        phone.get_by_role("button", name="Minta nomor").click()
        looked_at(phone, "kode-menunggu")
        number = phone.locator("samp").inner_text()
        desk.fill("input[name=number]", "123456" if number != "123 456" else "654321")
        desk.click("form.form .button:not(.secondary)")
        expect(desk.get_by_role("alert")).to_contain_text("Tidak ada halaman")
        desk.fill("input[name=number]", number)
        desk.click("form.form .button:not(.secondary)")
        expect(desk.get_by_role("status")).to_contain_text("Pegawai 7")
        expect(phone.get_by_role("status")).to_contain_text("Kode baru Anda")  # by itself
        code = phone.locator("samp").inner_text()
        assert re.fullmatch(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", code)
        looked_at(phone, "kode-baru")
        assert code not in desk.content()
        phone.get_by_role("link", name="Buka survei dengan kode ini").click()
        expect(phone).to_have_url(re.compile(f"/survei/{surveys.public_ids[LIKERT]}/"))
    assert context.cookies() == []
    assert said + told == []
    context.close()


def test_without_script_a_button_shows_the_code(surveys, desk: Page, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="id-ID")
    phone = context.new_page()
    phone.goto(surveys.page(LIKERT, "en/kode-baru/"))
    phone.get_by_role("button").click()
    number = phone.locator("samp").inner_text()
    phone.get_by_role("button").click()
    assert phone.locator("samp").inner_text() == number  # still waiting
    desk.get_by_role("link", name="Ganti kode seseorang").click()
    desk.get_by_role("link", name="Pegawai 8", exact=True).click()
    desk.fill("input[name=number]", number)
    desk.click("form.form .button:not(.secondary)")
    expect(desk.get_by_role("status")).to_contain_text("Pegawai 8")
    phone.get_by_role("button").click()
    assert len(phone.locator("samp").inner_text()) == 19
    context.close()


def test_sheets_are_made_and_fetched(surveys, desk: Page) -> None:
    desk.get_by_label("Saya memperlakukan").check()
    desk.get_by_role("button", name="Ambil undangan").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Lembar undangan")
    run(surveys.environment, "-c", WORKER)
    button = desk.get_by_role("button", name="Unduh lembar")
    expect(button).to_be_visible(timeout=60_000)
    looked_at(desk, "lembar-siap")
    with desk.expect_download() as fetched:
        button.click()
    assert Path(fetched.value.path()).read_bytes().startswith(b"%PDF")
    assert fetched.value.suggested_filename.startswith("undangan-")
